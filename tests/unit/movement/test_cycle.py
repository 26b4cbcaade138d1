"""The monthly cycle: order, two people, publication, reopening, history, resuming. Spec W02, 12.2, decision 0011."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit, line
from tests.unit.movement.monthly import (
    AT,
    MONTHS,
    company,
    document,
    grades,
    publish,
    review,
    through,
)
from tierwise.book.store import Book
from tierwise.grading.run import list_runs
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.periods import Period
from tierwise.kernel.text import Lang
from tierwise.movement import closing
from tierwise.movement.cycle import run_cycle
from tierwise.movement.history import build_history
from tierwise.movement.overriding import Request, approve_override, request_override
from tierwise.movement.publishing import approve_run, publish_run, request_reopening
from tierwise.movement.review import (
    events_of,
    grades_of_day,
    grades_of_period,
    published_run,
)
from tierwise.movement.review import review as review_of
from tierwise.movement.standing import standing_of
from tierwise.movement.states import CycleRun, chain, cycle_runs

NOV, DEC, JAN, FEB = MONTHS


def refused(work: Callable[..., Any], *words: Any, **named: Any) -> str:
    with pytest.raises(TierwiseError) as error:
        work(*words, **named)
    for problem in error.value.problems:
        assert problem.say("en") != problem.say("zh")
    return error.value.code


def put(book: Book, *rows: dict[str, Any]) -> None:
    kit = Kit.__new__(Kit)
    kit.folder, kit.book, kit._files = book.path.parent, book, 100 + book.current().number
    kit.put("order_lines", *rows, at=AT)


def override(book: Book, customer: str, grade: str, first: str, last: str, at: datetime = AT) -> str:
    days = date.fromisoformat(first), date.fromisoformat(last)
    asked = Request(customer, grade, "strategic", "because", *days)
    made = request_override(book, document().policy, asked, actor="mia", at=at)
    return approve_override(book, made.override_id, actor="bo", at=at).override_id


def test_four_months_give_the_grades_that_the_rule_gives(book: Book) -> None:
    through(book, *MONTHS)
    assert grades(book, NOV) == {"C1": "A", "C2": "B", "C3": "A", "C4": None, "C5": "C"}
    assert grades(book, DEC) == {"C1": "A", "C2": "A", "C3": "C", "C4": None, "C5": "B"}
    assert grades(book, JAN) == {"C1": "A", "C2": "B", "C3": "C", "C4": "B", "C5": "C"}
    assert grades(book, FEB) == {"C1": "A", "C2": "C", "C3": "C", "C4": "C", "C5": "B"}


def test_a_downgrade_may_wait_for_a_second_month(book: Book) -> None:
    through(book, NOV, DEC, JAN, confirm=2)
    rows = grades_of_period(book, published_run(book, None, None)).to_pylist()
    found = {row["customer_id"]: (row["effective"], row["worse"], row["cause"]) for row in rows}
    assert found["C2"] == ("A", 1, "run")
    assert found["C3"] == ("C", 0, "no_purchase")
    assert found["C5"] == ("B", 1, "run")


def test_a_run_under_review_changes_nothing(november: Book) -> None:
    book = november
    review(book, DEC)
    assert published_run(book, "monthly", None).period == Period.of(NOV)
    assert grades(book, NOV)["C3"] == "A"


def test_the_review_list_has_the_movers_and_what_is_near(november: Book) -> None:
    book = november
    seen = review_of(book, review(book, DEC))
    assert seen.movements == {"lost": 1, "stable": 1, "upgrade": 2}
    rows = {row["customer_id"]: row for row in seen.rows.to_pylist()}
    assert (rows["C3"]["movement"], rows["C3"]["previous"], rows["C3"]["effective"]) == ("lost", "A", "C")
    assert rows["C3"]["cause"] == "no_purchase"
    assert rows["C5"]["near_cut"] == "up"
    assert "C1" not in rows


def test_events_tell_what_happened_to_whom(january: Book) -> None:
    book = january

    def kinds(month: str) -> set[tuple[str, str, str | None, str | None]]:
        rows = events_of(book, published_run(book, None, Period.of(month))).to_pylist()
        named = ("customer_id", "kind", "from_grade", "to_grade")
        return {tuple(row[n] for n in named) for row in rows if not row["kind"].startswith("flag")}

    assert {kind for _, kind, *_ in kinds(NOV)} == {"new"}
    assert kinds(DEC) == {
        ("C2", "upgrade", "B", "A"),
        ("C3", "lost", "A", "C"),
        ("C5", "upgrade", "C", "B"),
        ("C5", "near_cut_up", "C", "B"),
    }
    assert kinds(JAN) == {
        ("C2", "downgrade", "A", "B"),
        ("C4", "new", None, "B"),
        ("C5", "downgrade", "B", "C"),
    }


def test_flags_are_events_when_they_go_up_and_down(book: Book) -> None:
    through(book, NOV, DEC)
    rows = events_of(book, published_run(book, None, None)).to_pylist()
    flags = {(row["customer_id"], row["kind"], row["detail"]) for row in rows if row["detail"]}
    assert ("C3", "flag_off", "single_order") in flags
    first = events_of(book, published_run(book, None, Period.of(NOV))).to_pylist()
    assert {row["detail"] for row in first if row["kind"] == "flag_on"} >= {"new_customer", "single_order"}


@pytest.mark.parametrize("name", ["ann", "Ann ", "\uff21\uff2e\uff2e", "a\u200dnn"])
def test_whoever_ran_may_neither_approve_nor_publish(book: Book, name: str) -> None:
    run = review(book, NOV).run_id
    assert refused(approve_run, book, run, actor=name, at=AT) == "cycle.own-run"
    approve_run(book, run, actor="bo", at=AT)
    assert refused(publish_run, book, run, actor=name, at=AT) == "cycle.own-run"
    assert publish_run(book, run, actor="bo", at=AT).run.state == "published"


def test_nothing_is_published_without_approval_and_nothing_twice(book: Book) -> None:
    run = review(book, NOV).run_id
    assert refused(publish_run, book, run, actor="cy", at=AT) == "cycle.wrong-state"
    approve_run(book, run, actor="bo", at=AT)
    assert refused(approve_run, book, run, actor="cy", at=AT) == "cycle.wrong-state"
    publish_run(book, run, actor="cy", at=AT)
    assert refused(publish_run, book, run, actor="cy", at=AT) == "cycle.wrong-state"


def test_a_simulation_is_no_run_of_a_cycle(book: Book) -> None:
    from tierwise.grading.run import grade_book

    grade_book(book, document(), date(2025, 11, 30), actor="ann", at=AT)
    assert cycle_runs(book) == []
    assert refused(approve_run, book, "run-000001", actor="bo", at=AT) == "cycle.unknown-run"
    assert refused(published_run, book, None, None) == "cycle.nothing-published"


def test_a_chain_does_not_begin_before_there_is_anybody(book: Book) -> None:
    for actor in ("ann", "bo"):
        assert refused(review, book, "2020-10", actor=actor) == "cycle.nobody"
    asked = Period.of("2020-10"), Period.of(NOV)
    assert refused(build_history, book, document(), *asked, actor="imp", at=AT) == "cycle.nobody"
    assert (cycle_runs(book), list_runs(book)) == ([], [])


def test_of_two_who_run_a_month_at_once_one_finds_the_run_of_the_other(book: Book) -> None:
    def work(who: str) -> tuple[str, bool]:
        done = run_cycle(Book.open(book.path), document(), Period.of(NOV), actor=who, at=AT)
        return done.run.run_id, done.made

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(work, ("ann", "bo")))
    assert answers == [("run-000001", False), ("run-000001", True)]
    assert [run.state for run in cycle_runs(book)] == ["under_review"]


def test_two_threads_that_close_at_once_write_beside_each_other(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, both = closing._read, Barrier(2, timeout=20)

    def read(file: Path) -> Any:
        both.wait()  # each has written its file, neither has named it
        return real(file)

    monkeypatch.setattr(closing, "_read", read)
    day = Period.of(NOV).end

    def work(who: str) -> None:
        closing._write(
            book.path / "book.yaml", settings, settings.model_copy(update={"closed_through": day}), day
        )

    settings = book.upcoming().settings
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ("ann", "bo")))
    assert book.upcoming().settings.closed_through == day
    assert [path.name for path in book.path.glob(".*.part")] == []


def test_closing_keeps_what_the_file_of_settings_is(book: Book, tmp_path: Path) -> None:
    """A shared file behind a link stays shared, and a file that only its owner reads stays so."""
    file, shared = book.path / "book.yaml", tmp_path / "shared.yaml"
    shared.write_text(file.read_text("utf-8"), encoding="utf-8")
    shared.chmod(0o600)
    file.unlink()
    file.symlink_to(shared)
    review(book, NOV)
    assert file.is_symlink()
    assert "closed_through: 2025-11-30" in shared.read_text("utf-8")
    assert shared.stat().st_mode & 0o777 == 0o600


def test_months_come_in_order_and_without_a_gap(november: Book) -> None:
    book = november
    assert refused(review, book, JAN) == "cycle.gap"
    assert refused(review, book, "2025-10") == "cycle.out-of-order"
    assert refused(review, book, NOV) == "cycle.published"
    assert refused(review, book, "2026-03") == "cycle.not-over"
    assert refused(Period.of, "2026-13") == "period.unreadable"


def test_another_scale_needs_another_code(november: Book) -> None:
    book = november
    other = document(1, "code: C, title", "code: D, title")
    assert refused(run_cycle, book, other, Period.of(DEC), actor="ann", at=AT) == "cycle.scale-changed"
    renamed = document(1, "code: monthly", "code: other")
    assert run_cycle(book, renamed, Period.of(DEC), actor="ann", at=AT).run.state == "under_review"


def test_the_period_is_closed_in_the_book_and_in_its_file(book: Book) -> None:
    before = (book.path / "book.yaml").read_text("utf-8")
    review(book, NOV)
    assert book.current().settings.closed_through == date(2025, 11, 30)
    assert (book.path / "book.yaml").read_text("utf-8") == before + "closed_through: 2025-11-30\n"
    assert book.pending() is None


def test_what_blocks_is_named_and_nothing_is_closed(book: Book) -> None:
    put(book, line("X1", 1, 5, "2025-11-20", customer_code="C1", currency="USD"))
    assert refused(review, book, NOV) == "cycle.blocked"
    assert book.current().settings.closed_through is None
    assert cycle_runs(book) == []


def test_the_same_cycle_again_finds_what_stands(book: Book) -> None:
    first = run_cycle(book, document(), Period.of(NOV), actor="ann", at=AT)
    version = book.current().number
    again = run_cycle(book, document(), Period.of(NOV), actor="dee", at=AT + timedelta(days=1))
    assert (first.made, again.made, again.run) == (True, False, first.run)
    assert book.current().number == version


def test_new_facts_before_publication_replace_the_run_under_review(book: Book) -> None:
    first = review(book, NOV)
    approve_run(book, first.run_id, actor="bo", at=AT)
    put(book, line("L1", 1, 5000, "2026-03-05", customer_code="C5"))
    second = review(book, NOV)
    states = {run.run_id: run.state for run in cycle_runs(book)}
    assert states == {first.run_id: "superseded", second.run_id: "under_review"}
    assert refused(publish_run, book, first.run_id, actor="cy", at=AT) == "cycle.wrong-state"


def test_two_cycles_of_the_same_facts_are_the_same(book: Book) -> None:
    from tierwise.grading.digest import digest_of

    def made() -> list[str]:
        run = review(book, NOV)
        record = next(record for record in list_runs(book) if record.run_id == run.run_id)
        return [record.digest, digest_of(book.read(run.effective, book.current()))]

    first = made()
    put(book, line("L1", 1, 5000, "2026-03-05", customer_code="C5"))
    assert made() == first


def test_one_cycle_twice_from_the_same_versions_is_the_same_to_the_byte_but_for_its_times(book: Book) -> None:
    """Two copies of a book, the same month by the same people, at other times."""

    def made(name: str, later: timedelta) -> tuple[Book, CycleRun]:
        copy = Book.open(Path(shutil.copytree(book.path, book.path.parent / name)))
        at = AT + later
        run = run_cycle(copy, document(), Period.of(NOV), actor="ann", at=at).run
        approve_run(copy, run.run_id, actor="bo", at=at)
        publish_run(copy, run.run_id, actor="cy", at=at)
        return copy, run

    one, run = made("one", timedelta(0))
    two, again = made("two", timedelta(hours=7))
    assert (run.run_id, run.effective) == (again.run_id, again.effective)
    changed = [name for name in one.current().state if name not in book.current().state]
    assert {f"results/{run.run_id}", run.effective} <= set(changed)
    compared = 0
    for name in changed:
        tables = [each.read(name, each.current()) for each in (one, two)]
        timed = [f.name for f in tables[0].schema if str(f.type).startswith("timestamp")]
        rows = [sorted(map(str, table.drop_columns(timed).to_pylist())) for table in tables]
        assert rows[0] == rows[1], name  # logs are added to file by file, and files have no order
        if not timed:
            files = [each.files(name, each.current()) for each in (one, two)]
            bytes_of = [sorted(Path(file).read_bytes() for file in some) for some in files]
            assert bytes_of[0] == bytes_of[1], name
            compared += 1
    assert compared >= 2


def test_a_published_month_is_run_again_only_after_two_agreed(november: Book) -> None:
    book = november
    (old,) = through(book, DEC)
    assert refused(request_reopening, book, old.run_id, reason=" ", actor="ann", at=AT) == "cycle.no-reason"
    request_reopening(book, old.run_id, reason="returns forgotten", actor="ann", at=AT)
    assert refused(review, book, DEC) == "cycle.published"
    assert refused(approve_run, book, old.run_id, actor="ann", at=AT) == "decision.own-request"
    assert approve_run(book, old.run_id, actor="bo", at=AT).state == "reopened"
    assert book.current().settings.closed_through == date(2025, 11, 30)
    assert refused(review, book, JAN) == "cycle.reopened"
    put(book, line("C1-2025-12", 1, 600, "2025-12-15", customer_code="C1"))
    new = review(book, DEC)
    assert grades(book, DEC)["C1"] == "A"
    publish(book, new)
    assert (grades(book, DEC)["C1"], grades(book, NOV)["C1"]) == ("B", "A")
    kept = {run.run_id: (run.state, run.kind) for run in cycle_runs(book)}
    assert kept[old.run_id] == ("superseded", "official")
    assert kept[new.run_id] == ("published", "rerun")
    rows = {row["customer_id"]: row for row in book.read(old.effective, book.current()).to_pylist()}
    assert rows["C1"]["effective"] == "A"


def test_only_the_last_published_month_can_be_reopened(book: Book) -> None:
    first, _ = through(book, NOV, DEC)
    assert (
        refused(request_reopening, book, first.run_id, reason="x", actor="ann", at=AT) == "cycle.reopen-last"
    )


def test_a_month_that_others_followed_is_not_opened_after_all(november: Book) -> None:
    (run,) = chain(cycle_runs(november), "monthly")
    request_reopening(november, run.run_id, reason="x", actor="ann", at=AT)
    through(november, DEC)
    assert refused(approve_run, november, run.run_id, actor="bo", at=AT) == "cycle.reopen-last"
    assert november.current().settings.closed_through == date(2025, 12, 31)
    assert grades(november, NOV)["C3"] == "A"


def test_of_two_first_months_under_review_the_later_one_has_to_be_run_again(book: Book) -> None:
    first, second = review(book, NOV), review(book, DEC)
    for run in (first, second):
        approve_run(book, run.run_id, actor="bo", at=AT)
    publish_run(book, first.run_id, actor="bo", at=AT)
    assert refused(publish_run, book, second.run_id, actor="bo", at=AT) == "cycle.moved-on"
    publish(book, review(book, DEC))
    assert grades(book, DEC)["C3"] == "C"


def test_a_line_that_the_file_cannot_take_is_asked_for(book: Book) -> None:
    file = book.path / "book.yaml"
    text = "{" + ", ".join(line for line in file.read_text("utf-8").splitlines()) + "}\n"
    file.write_text(text, "utf-8")
    assert refused(review, book, NOV) == "cycle.book-yaml"
    assert file.read_text("utf-8") == text
    assert [path.name for path in book.path.glob(".*.part")] == []


def test_an_override_is_the_grade_and_its_end_brings_the_computed_one_back_at_once(november: Book) -> None:
    book = november
    override(book, "C5", "A", "2025-12-20", "2026-04-10")
    through(book, DEC, JAN, FEB, confirm=2)
    assert [grades(book, month)["C5"] for month in (DEC, JAN, FEB)] == ["A", "A", "A"]
    run = published_run(book, None, None)

    def on(day: str) -> tuple[str, str, str]:
        rows = grades_of_day(book, run, date.fromisoformat(day)).to_pylist()
        found = next(row for row in rows if row["customer_id"] == "C5")
        return found["effective"], found["cause"], found["since"]

    assert on("2026-04-10") == ("A", "override", DEC)
    assert on("2026-04-11") == on("2026-05-20") == ("B", "override_expired", "2026-04-11")


def test_an_override_between_two_months_interrupts_the_grade(november: Book) -> None:
    """C1 is A in all months, but was C for ten days of December: it is A again since then, not since November."""
    override(november, "C1", "C", "2025-12-05", "2025-12-14", datetime(2025, 12, 4, 2, tzinfo=UTC))
    run = published_run(november, None, None)

    def on(day: str) -> tuple[str, str, str]:
        rows = grades_of_day(november, run, date.fromisoformat(day)).to_pylist()
        found = next(row for row in rows if row["customer_id"] == "C1")
        return found["effective"], found["cause"], found["since"]

    assert on("2025-12-04")[2] == NOV
    assert on("2025-12-14") == ("C", "override", "2025-12-05")
    assert on("2025-12-20") == ("A", "override_expired", "2025-12-15")
    through(november, DEC)
    rows = grades_of_period(november, published_run(november, None, Period.of(DEC))).to_pylist()
    row = next(row for row in rows if row["customer_id"] == "C1")
    assert (row["effective"], row["cause"], row["since"]) == ("A", "override_expired", DEC)


def test_a_merged_record_leaves_without_being_lost(tmp_path: Path) -> None:
    made = company(tmp_path)
    through(made.book, NOV)
    made.put("customers", {"code": "C1", "name": "C1", "status": "merged", "valid_from": "2025-12-10"},
             {"code": "C2", "name": "C2", "status": "archived", "valid_from": "2025-12-10"})  # fmt: skip
    run = review(made.book, DEC)
    moved = {row["customer_id"]: row["movement"] for row in review_of(made.book, run).rows.to_pylist()}
    assert (moved["C1"], moved["C2"]) == ("merged", "lost")
    publish(made.book, run)
    events = events_of(made.book, published_run(made.book, None, Period.of(DEC))).to_pylist()
    told = {
        row["customer_id"]: (row["kind"], row["cause"]) for row in events if row["kind"] in ("merged", "lost")
    }
    assert told["C1"] == ("merged", "left_population")
    assert told["C2"] == ("lost", "left_population")
    through(made.book, JAN)
    assert grades(made.book, JAN)["C1"] is None


def test_an_override_begins_on_its_day(book: Book) -> None:
    through(book, *MONTHS)
    override(book, "C2", "A", "2026-03-15", "2026-05-31")
    run = published_run(book, None, None)
    days = [date(2026, 3, 14), date(2026, 3, 15)]
    found = [
        {r["customer_id"]: r["effective"] for r in grades_of_day(book, run, day).to_pylist()} for day in days
    ]
    assert [grade["C2"] for grade in found] == ["C", "A"]
    later = grades_of_day(book, run, date(2026, 5, 31)).to_pylist()
    assert {row["since"] for row in later if row["customer_id"] == "C2"} == {"2026-03-15"}
    assert found[0] | {"C2": "A"} == found[1]


def test_an_override_approved_during_the_review_is_in_what_is_published(january: Book) -> None:
    book = january
    run = review(book, FEB)
    approve_run(book, run.run_id, actor="bo", at=AT)
    number = override(book, "C2", "A", "2026-02-28", "2026-05-31")
    done = publish_run(book, run.run_id, actor="cy", at=AT)
    assert done.derived_anew
    rows = grades_of_period(book, done.run).to_pylist()
    found = next(row for row in rows if row["customer_id"] == "C2")
    assert (found["effective"], found["override_id"]) == ("A", number)


def test_overrides_survive_a_re_run(january: Book) -> None:
    book = january
    override(book, "C2", "A", "2026-02-10", "2026-05-31")
    (old,) = through(book, FEB)
    request_reopening(book, old.run_id, reason="late return", actor="ann", at=AT)
    approve_run(book, old.run_id, actor="bo", at=AT)
    through(book, FEB)
    assert grades(book, FEB)["C2"] == "A"


def test_no_override_reaches_into_a_published_month(january: Book) -> None:
    book = january
    assert refused(override, book, "C2", "A", "2026-01-31", "2026-05-31") == "override.published-period"


def test_an_override_asked_for_before_publication_begins_after_what_was_published_meanwhile(
    january: Book,
) -> None:
    book = january
    asked = Request("C2", "A", "strategic", "because", date(2026, 2, 15), date(2026, 6, 30))
    request_override(book, document().policy, asked, actor="mia", at=AT)
    through(book, FEB)
    made = approve_override(book, "1", actor="bo", at=AT)
    assert made.valid_from == date(2026, 3, 1)


def test_overrides_that_lapse_soon_are_on_the_review_list(january: Book) -> None:
    book = january
    number = override(book, "C2", "A", "2026-02-10", "2026-03-20")
    seen = review_of(book, review(book, FEB))
    assert [one.override_id for one in seen.lapsing] == [number]
    assert (seen.overridden, seen.many_overrides) == (1, True)


def test_an_explanation_tells_the_override_and_how_far_a_change_is_confirmed(november: Book) -> None:
    book = november
    override(book, "C5", "A", "2025-12-20", "2026-04-10")
    through(book, DEC, JAN, confirm=2)
    run = published_run(book, None, None).run_id

    def told(customer: str, lang: Lang) -> list[str]:
        found = standing_of(book, run, customer)
        assert found is not None
        return list(found.sentences(lang))

    assert told("C5", "en") == [
        "Effective grade of 2026-01: A, since 2025-12 (override).",
        "override-000001: A from 2025-12-20 to 2026-04-10, strategic importance: because (asked by mia, approved by bo).",
    ]
    assert told("C2", "zh") == [
        "2026-01 的生效等级为 A，自 2025-12 起（计算结果）。",
        "降级待确认：2 期中已有 1 期。",
    ]
    assert standing_of(book, run, "C9") is None


def test_history_is_published_by_its_importer_and_marked(book: Book) -> None:
    first, last = Period.of(NOV), Period.of(JAN)
    built = build_history(book, document(), first, last, actor="imp", at=AT)
    assert [(str(r.period), r.kind, r.state) for r in built.made] == [
        (month, "historical", "published") for month in (NOV, DEC, JAN)
    ]
    assert {entered.actor for run in built.made for entered in run.history} == {"imp"}
    assert grades(book, JAN) == {"C1": "A", "C2": "B", "C3": "C", "C4": "B", "C5": "C"}
    through(book, FEB)
    assert grades(book, FEB)["C2"] == "C"
    late = refused(build_history, book, document(), first, Period.of(FEB), actor="imp", at=AT)
    assert late == "cycle.history-late"


def test_history_goes_on_where_it_stopped(book: Book) -> None:
    build_history(book, document(), Period.of(NOV), Period.of(DEC), actor="imp", at=AT)
    built = build_history(book, document(), Period.of(NOV), Period.of(FEB), actor="imp", at=AT)
    assert [str(run.period) for run in built.found] == [NOV, DEC]
    assert [str(run.period) for run in built.made] == [JAN, FEB]
    again = build_history(book, document(), Period.of(NOV), Period.of(FEB), actor="imp", at=AT)
    assert (len(again.made), len(again.found)) == (0, 4)


def test_a_month_that_was_not_over_when_history_was_begun_is_decided_by_two(book: Book) -> None:
    """Or the importer could publish month after month alone."""
    then = datetime(2026, 1, 20, 2, tzinfo=UTC)
    build_history(book, document(), Period.of(NOV), Period.of(NOV), actor="imp", at=then)
    asked = (Period.of(NOV), Period.of(JAN))
    assert refused(build_history, book, document(), *asked, actor="imp", at=AT) == "cycle.history-over"
    goes_on = build_history(book, document(), Period.of(NOV), Period.of(DEC), actor="imp", at=AT)
    assert [str(run.period) for run in goes_on.made] == [DEC]
    through(book, JAN)
    assert grades(book, JAN)["C1"] == "A"


def test_history_has_one_beginning_and_no_gap(book: Book) -> None:
    def build(first: str, last: str) -> Any:
        return build_history(book, document(), Period.of(first), Period.of(last), actor="imp", at=AT)

    assert refused(build, FEB, NOV) == "cycle.history-order"
    assert refused(build, NOV, "2026-03") == "cycle.not-over"
    build(NOV, NOV)
    assert refused(build, "2025-10", DEC) == "cycle.history-before"
    assert refused(build, JAN, FEB) == "cycle.gap"


def test_history_reads_what_was_known_then(book: Book) -> None:
    """The same months one after the other, each closed before the next came in, and all of them at the end."""
    one = through(book, *MONTHS)
    renamed = document(1, "code: monthly", "code: other")
    built = build_history(book, renamed, Period.of(NOV), Period.of(FEB), actor="imp", at=AT)
    for mine, theirs in zip(one, built.made, strict=True):
        tables = [book.read(run.effective, book.current()).sort_by("customer_id") for run in (mine, theirs)]
        assert tables[0].equals(tables[1])


def test_a_book_whose_decisions_are_made_in_the_web_computes_and_decides_nothing(book: Book) -> None:
    file = book.path / "book.yaml"
    file.write_text(file.read_text("utf-8").replace("decisions: book", "decisions: web"), "utf-8")
    run = review(book, NOV).run_id
    assert refused(approve_run, book, run, actor="bo", at=AT) == "decision.elsewhere"
    assert refused(publish_run, book, run, actor="bo", at=AT) == "decision.elsewhere"
    months = Period.of(NOV), Period.of(DEC)
    assert refused(build_history, book, document(), *months, actor="i", at=AT) == "decision.elsewhere"


def test_two_policies_have_chains_of_their_own(book: Book) -> None:
    through(book, NOV, DEC)
    renamed = document(1, "code: monthly", "code: other")
    publish(book, run_cycle(book, renamed, Period.of(DEC), actor="ann", at=AT).run)
    runs = cycle_runs(book)
    assert [len(chain(runs, code)) for code in ("monthly", "other")] == [2, 1]
    assert book.current().settings.closed_through == date(2025, 12, 31)
    assert refused(published_run, book, None, None) == "cycle.which-policy"


def test_who_reads_at_an_older_version_sees_the_older_grades(november: Book) -> None:
    book = november
    seen = book.current()
    through(book, DEC)
    assert [str(run.period) for run in chain(cycle_runs(book, seen), "monthly")] == [NOV]
