"""``tierwise cycle``, ``run``, ``grades`` and ``events`` in both languages, and who may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tierwise.kernel.text import Lang

CYCLE = ("--policy", "abc_sales", "--period", "2026-02")


def run_of(cli: Cli, book: Path, actor: str = "ann") -> str:
    return str(cli("cycle", book, *CYCLE, "--actor", actor, "--json").data["run"]["run_id"])


def published(cli: Cli, book: Path) -> str:
    run = run_of(cli, book)
    assert cli("run", "approve", book, run, "--actor", "bo").code == 0
    assert cli("run", "publish", book, run, "--actor", "bo").code == 0
    return run


def test_a_month_goes_from_the_book_to_grades_in_force(cli: Cli, book: Path, tmp_path: Path) -> None:
    answer = cli("cycle", book, *CYCLE, "--json", "--out", tmp_path / "review.csv")
    assert answer.data["run"]["state"] == "under_review"
    assert answer.data["review"]["movements"] == {"new": 12}
    assert len((tmp_path / "review.csv").read_text("utf-8-sig").splitlines()) == 13
    run = answer.data["run"]["run_id"]
    assert cli("run", "approve", book, run, "--actor", "bo", "--json").data["run"]["state"] == "approved"
    assert cli("run", "publish", book, run, "--actor", "cy", "--json").data["run"]["state"] == "published"
    nobody = cli("grades", book, "--customer", "C01", "--customer", "C999")
    assert (nobody.code, "C999" in nobody.err, "run.no-customer" in nobody.err) == (2, True, True)
    rows = cli("grades", book, "--json", "--customer", "C01").data["rows"]
    assert [(row["customer_id"], row["effective"], row["computed"]) for row in rows] == [("C01", "A", "A")]
    assert cli("events", book, "--period", "2026-02", "--json").data["counts"]["new"] == 12


@pytest.mark.parametrize(("lang", "words"), [("en", "somebody else"), ("zh", "须由他人批准和发布")])
def test_whoever_ran_is_refused_in_both_languages(cli: Cli, book: Path, lang: Lang, words: str) -> None:
    run = run_of(cli, book)
    for verb in ("approve", "publish"):
        answer = cli("run", verb, book, run, "--actor", "ann", "--lang", lang)
        assert answer.code == 2
        if verb == "approve":
            assert words in answer.err
            assert "cycle.own-run" in answer.err


def test_a_publisher_needs_an_approval_first(cli: Cli, book: Path) -> None:
    answer = cli("run", "publish", book, run_of(cli, book), "--actor", "bo")
    assert (answer.code, "cycle.wrong-state" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["under review", "new", "grade that would follow", "tierwise run approve"]),
        ("zh", ["待审核", "新进入", "将生效的等级", "tierwise run approve"]),
    ],
)
def test_the_review_reads_well(cli: Cli, book: Path, lang: Lang, words: list[str]) -> None:
    shown = cli("cycle", book, *CYCLE, "--lang", lang).out
    assert all(word in shown for word in words), shown


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["in force on", "first grade"]), ("zh", ["生效", "首次定级"])]
)
def test_the_grades_read_well(cli: Cli, book: Path, lang: Lang, words: list[str]) -> None:
    published(cli, book)
    shown = cli("grades", book, "--lang", lang).out
    assert all(word in shown for word in words), shown
    events = cli("events", book, "--lang", lang).out
    assert ("新进入" if lang == "zh" else "new") in events


def test_a_published_month_is_reopened_by_two(cli: Cli, book: Path) -> None:
    run = published(cli, book)
    assert cli("cycle", book, *CYCLE).code == 2
    asked = cli("cycle", book, *CYCLE, "--reopen", "--reason", "late return", "--json", "--actor", "ann")
    assert asked.data["run"]["state"] == "reopen_requested"
    assert cli("run", "approve", book, run, "--actor", "ann").code == 2
    assert cli("run", "approve", book, run, "--actor", "bo", "--json").data["run"]["state"] == "reopened"
    again = cli("cycle", book, *CYCLE, "--reopen", "--json")
    assert (again.data["run"]["kind"], again.data["run"]["state"]) == ("rerun", "under_review")
    listed = cli("run", "list", book, "--json").data["runs"]
    assert [one["state"] for one in listed] == ["reopened", "under_review"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Effective grade of 2026-02, if run-000002 is published: C", "first grade"]),
        ("zh", ["若发布 run-000002，2026-02 的生效等级为 C", "首次定级"]),
    ],
)
def test_an_explanation_says_which_grade_would_be_in_force(
    cli: Cli, book: Path, lang: Lang, words: list[str]
) -> None:
    run = run_of(cli, book)
    shown = "".join(cli("explain", book, "C12", "--run", run, "--lang", lang).out.split())
    assert all("".join(word.split()) in shown for word in words), shown
    assert "effective" not in cli("explain", book, "C12", "--run", "run-000001", "--json").data


def test_history_is_built_and_told(cli: Cli, book: Path) -> None:
    words = ("cycle", book, "--policy", "abc_sales", "--history", "--from", "2025-12", "--to", "2026-02")
    assert "3 months published as history by imp" in cli(*words, "--actor", "imp").out
    assert "其中 3 个月此前已建立" in cli(*words, "--actor", "imp", "--lang", "zh").out
    assert cli("grades", book, "--period", "2025-12", "--json").data["run"]["kind"] == "historical"


def test_a_history_wants_its_importer_named(cli: Cli, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIERWISE_ACTOR")
    words = ("cycle", book, "--policy", "abc_sales", "--history", "--from", "2025-12", "--to", "2026-02")
    refused = cli(*words, "--json")
    assert (refused.code, "cycle.history-unnamed" in refused.out + refused.err) == (2, True)


def test_options_that_do_not_go_together_are_wrong(cli: Cli, book: Path) -> None:
    assert cli("cycle", book, "--policy", "abc_sales").code == 2
    assert cli("cycle", book, *CYCLE, "--history").code == 2
    assert cli("cycle", book, *CYCLE, "--from", "2026-01").code == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((*CYCLE, "--reason", "why"), ["--reason"]),
        (
            ("--policy", "abc_sales", "--history", "--from", "2025-12", "--to", "2026-01", "--reopen", "--out", "x.csv"),
            ["--reopen", "--out"],
        ),
    ],
)  # fmt: skip
def test_an_option_that_would_say_nothing_is_refused(
    cli: Cli, book: Path, words: tuple[str, ...], named: list[str]
) -> None:
    for lang in ("en", "zh"):
        refused = cli("cycle", book, *words, "--lang", lang)
        assert (refused.code, "cycle.idle-options" in refused.err) == (2, True)
        assert all(name in refused.err for name in named)


@pytest.mark.parametrize("command", [("grades",), ("events",)])
def test_without_a_publication_there_is_nothing_to_show(cli: Cli, book: Path, command: tuple[str]) -> None:
    answer = cli(*command, book, "--lang", "zh")
    assert (answer.code, "尚未发布任何等级" in answer.err) == (2, True)


def test_an_empty_list_says_so(cli: Cli, book: Path) -> None:
    assert cli("run", "list", book).out.strip() == "No monthly cycle yet."
