"""From a draft to the month with which it holds: rehearsed, decided by somebody else, and never in the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.book.bookkit import Kit, line
from tests.unit.movement.monthly import AT, company, document, publish, through
from tests.unit.rehearsal.test_rehearse import JANUARY, lower
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.history import build_history
from tierwise.movement.in_use import in_use, use_policy
from tierwise.movement.managed import policy_of_period, present_policy
from tierwise.movement.policy_log import Managed
from tierwise.policy.fingerprint import METHOD_RULES
from tierwise.policy.load import PolicyDocument, load_policy
from tierwise.rehearsal.policies import (
    decide_on_policy,
    draft_policy,
    last_closed,
    policy_states,
    publish_policy,
    retire_policy,
    submit_policy,
)
from tierwise.rehearsal.rehearse import rehearse

APRIL = Period(2026, 4)
"""The first month that has not begun on the day of ``AT``."""
JUNE = datetime(2026, 6, 10, 2, tzinfo=UTC)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(TierwiseError) as caught:
        call()
    assert all(problem.say("zh") and problem.say("en") for problem in caught.value.problems)
    return caught.value.code


def draft(book: Book, new: PolicyDocument | None = None, actor: str = "ann") -> Managed:
    return draft_policy(book, new or lower(), actor=actor, at=AT)


def rehearsed(book: Book, new: PolicyDocument | None = None) -> None:
    rehearse(book, new or lower(), JANUARY, actor="ann", at=AT)


def submit(book: Book) -> Managed:
    return submit_policy(book, "monthly", actor="ann", at=AT)


def decide(book: Book, actor: str = "bo", *, approve: bool = True, note: str = "") -> Managed:
    return decide_on_policy(book, "monthly", approve=approve, note=note, actor=actor, at=AT)


def approved(book: Book, new: PolicyDocument | None = None) -> None:
    draft(book, new)
    rehearsed(book, new)
    submit(book)
    decide(book)


def published(book: Book, period: Period = APRIL, new: PolicyDocument | None = None) -> Managed:
    approved(book, new)
    return publish_policy(book, "monthly", period, actor="ann", at=AT)


def states(book: Book, at: datetime = AT) -> list[tuple[int, str, str | None]]:
    return [(one.managed.version, one.state, one.effective_from) for one in policy_states(book, at)]


def test_a_version_goes_from_draft_to_effective(january: Book) -> None:
    draft(january)
    assert states(january) == [(2, "draft", None)]
    rehearsed(january)
    assert states(january) == [(2, "rehearsed", None)]
    submit(january)
    assert states(january) == [(2, "submitted", None)]
    decide(january)
    assert states(january) == [(2, "approved", None)]
    publish_policy(january, "monthly", APRIL, actor="ann", at=AT)
    assert states(january) == [(2, "published", "2026-04")]
    assert states(january, JUNE) == [(2, "effective", "2026-04")]


def test_months_before_it_keep_the_old_wording_and_the_first_month_switches_what_is_in_use(
    january: Book,
) -> None:
    use_policy(january, document(), actor="ann", at=AT)
    published(january)
    assert (last_closed(january), in_use(january)[0].version) == (Period(2026, 1), 1)
    for period in (Period(2026, 2), Period(2026, 3)):
        publish(january, run_cycle(january, document(), period, actor="ann", at=JUNE).run)
    assert in_use(january)[0].version == 1
    assert refused(lambda: run_cycle(january, document(), APRIL, actor="ann", at=JUNE)) == "policy.managed"
    found = policy_of_period(january, "monthly", APRIL)
    assert found.fingerprint == lower().fingerprint
    done = run_cycle(january, found, APRIL, actor="ann", at=JUNE)
    assert done.record.policy_version == 2
    publish(january, done.run)
    assert [(one.version, one.leading) for one in in_use(january)] == [(2, True)]


def test_nothing_is_rehearsed_on_a_day_that_is_not_over(january: Book) -> None:
    before = january.current().number
    for day in (AT.date(), Period(2027, 12).end):
        for dry in (True, False):
            assert (
                refused(
                    lambda on=day, dry=dry: rehearse(january, lower(), on, actor="ann", at=AT, dry_run=dry)  # type: ignore[misc]
                )
                == "rehearsal.not-over"
            )
    assert january.current().number == before


def test_a_published_wording_does_not_grade_a_month_before_it_begins(january: Book) -> None:
    """Neither does a third one, nor does putting it into use open the month to it."""
    published(january)
    february, third = Period(2026, 2), document(old="B: 500", new="B: 400")
    use_policy(january, lower(), actor="ann", at=JUNE)
    for other in (lower(), third):
        assert (
            refused(lambda new=other: run_cycle(january, new, february, actor="ann", at=JUNE))
            == "policy.managed"
        )  # type: ignore[misc]
    assert policy_of_period(january, "monthly", february).fingerprint == document().fingerprint
    assert run_cycle(january, document(), february, actor="ann", at=JUNE).record.policy_version == 1


def test_the_policy_that_leads_service_is_found_without_a_name(january: Book) -> None:
    assert refused(lambda: policy_of_period(january, None, APRIL)) == "cycle.which-policy"
    use_policy(january, document(), actor="ann", at=AT)
    assert policy_of_period(january, None, APRIL).policy.version == 1
    published(january)
    assert policy_of_period(january, None, APRIL).policy.version == 2
    assert policy_of_period(january, None, Period(2026, 3)).policy.version == 1


def test_the_same_wording_grades_also_after_the_rules_of_a_method_were_raised(
    january: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was approved tells its rules by its fingerprint; the file that people keep has not changed."""
    use_policy(january, document(), actor="ann", at=AT)
    published(january)
    before = lower().fingerprint
    for method in METHOD_RULES:
        monkeypatch.setitem(METHOD_RULES, method, 99)
    assert lower().fingerprint != before
    for period in (Period(2026, 2), Period(2026, 3)):
        publish(january, run_cycle(january, document(), period, actor="ann", at=JUNE).run)
    assert run_cycle(january, lower(), APRIL, actor="ann", at=JUNE).run.period == APRIL
    assert refused(lambda: run_cycle(january, document(), APRIL, actor="ann", at=JUNE)) == "policy.managed"


def test_another_wording_cannot_be_put_into_use_once_one_is_published(january: Book) -> None:
    published(january)
    use_policy(january, document(), actor="ann", at=AT)  # in March nothing is published yet
    assert (
        refused(lambda: use_policy(january, document(), lead=True, actor="ann", at=JUNE)) == "policy.managed"
    )
    assert use_policy(january, lower(), actor="ann", at=JUNE).changed


def test_what_is_not_rehearsed_on_the_last_closed_month_is_neither_submitted_nor_published(
    january: Book,
) -> None:
    draft(january)
    assert refused(lambda: submit(january)) == "policy.not-rehearsed"
    rehearse(january, lower(), JANUARY, against=document(2), actor="ann", at=AT)  # not what holds now
    rehearse(
        january, document(1, "{A: 1000, B: 500}", "{A: 600, B: 90}"), JANUARY, actor="ann", at=AT
    )  # other cuts
    rehearse(january, lower(), Period(2025, 12).end, actor="ann", at=AT)  # another month
    assert refused(lambda: submit(january)) == "policy.not-rehearsed"
    rehearsed(january)
    submit(january)
    decide(january)
    through(january, "2026-02")  # another month is closed meanwhile
    assert (
        refused(lambda: publish_policy(january, "monthly", APRIL, actor="ann", at=AT))
        == "policy.not-rehearsed"
    )
    rehearse(january, lower(), Period(2026, 2).end, actor="ann", at=AT)
    publish_policy(january, "monthly", APRIL, actor="ann", at=AT)


def test_nobody_approves_what_is_ones_own(january: Book) -> None:
    draft(january, actor="mia")
    rehearsed(january)
    submit(january)
    for own in ("mia", " Ann "):
        assert refused(lambda own=own: decide(january, own)) == "decision.own-request"
        assert (
            refused(lambda own=own: decide(january, own, approve=False, note="no")) == "decision.own-request"
        )
    assert decide(january).last.actor == "bo"


def test_a_rejection_says_why_and_the_version_can_be_drafted_again(january: Book) -> None:
    draft(january)
    rehearsed(january)
    submit(january)
    assert refused(lambda: decide(january, approve=False)) == "policy.no-reason"
    decide(january, approve=False, note="too many A")
    assert states(january) == [(2, "rejected", None)]
    assert refused(lambda: submit(january)) == "policy.wrong-state"
    other = load_policy("x.yaml", text=lower().text.replace("A: 700", "A: 750"))
    draft(january, other)
    assert states(january) == [(2, "draft", None)]
    assert refused(lambda: submit(january)) == "policy.not-rehearsed"


def test_a_new_wording_after_submission_must_be_decided_on_anew(january: Book) -> None:
    draft(january)
    rehearsed(january)
    submit(january)
    draft(january, load_policy("x.yaml", text=lower().text.replace("A: 700", "A: 750")))
    assert refused(lambda: decide(january)) == "policy.wrong-state"


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("2025-12", "policy.closed-period"),
        ("2026-01", "policy.closed-period"),
        ("2026-02", "policy.not-future"),
        ("2026-03", "policy.not-future"),
    ],
)
def test_a_policy_holds_only_from_a_month_that_has_not_begun(january: Book, month: str, code: str) -> None:
    approved(january)
    period = Period.of(month)
    assert refused(lambda: publish_policy(january, "monthly", period, actor="ann", at=AT)) == code


def test_an_approved_version_stays_as_it_is(january: Book) -> None:
    approved(january)
    assert refused(lambda: draft(january)) == "policy.version-taken"
    publish_policy(january, "monthly", APRIL, actor="ann", at=AT)
    assert refused(lambda: draft(january)) == "policy.version-taken"


def test_a_later_version_retires_the_earlier_one(january: Book) -> None:
    published(january)
    third = load_policy(
        "x.yaml", text=lower().text.replace("version: 2", "version: 3").replace("A: 700", "A: 750")
    )
    published(january, Period(2026, 5), third)
    assert states(january) == [(2, "published", "2026-04"), (3, "published", "2026-05")]
    assert states(january, datetime(2026, 4, 20, tzinfo=UTC)) == [
        (2, "effective", "2026-04"),
        (3, "published", "2026-05"),
    ]
    assert states(january, JUNE) == [(2, "retired", "2026-04"), (3, "effective", "2026-05")]


def test_two_versions_of_one_month_the_later_word_counts(january: Book) -> None:
    published(january)
    third = load_policy(
        "x.yaml", text=lower().text.replace("version: 2", "version: 3").replace("A: 700", "A: 750")
    )
    published(january, APRIL, third)
    assert policy_of_period(january, "monthly", APRIL).policy.version == 3
    assert states(january) == [(2, "retired", "2026-04"), (3, "published", "2026-04")]


def test_a_retired_policy_grades_nobody_any_more(january: Book) -> None:
    published(january)
    assert refused(lambda: retire_policy(january, "monthly", actor="ann", at=JUNE)) == "policy.no-reason"
    retire_policy(january, "monthly", Period(2026, 8), note="another takes its place", actor="ann", at=JUNE)
    assert states(january, JUNE) == [(2, "effective", "2026-04")]
    assert states(january, datetime(2026, 9, 1, tzinfo=UTC)) == [(2, "retired", "2026-04")]
    assert policy_of_period(january, "monthly", Period(2026, 7)).policy.version == 2
    assert refused(lambda: policy_of_period(january, "monthly", Period(2026, 8))) == "policy.retired"
    assert present_policy(january, january.current(), "monthly") is None


def test_a_draft_is_withdrawn_with_a_reason(january: Book) -> None:
    draft(january)
    retire_policy(january, "monthly", note="not needed", actor="ann", at=AT)
    assert states(january) == [(2, "retired", None)]
    assert refused(lambda: submit(january)) == "policy.wrong-state"


def test_the_policy_that_leads_hands_the_mark_on_before_it_is_retired(january: Book) -> None:
    use_policy(january, document(), actor="ann", at=AT)
    use_policy(january, load_policy("abc_sales"), actor="ann", at=AT)
    published(january)
    assert refused(lambda: retire_policy(january, "monthly", note="x", actor="ann", at=AT)) == "policy.leads"


def test_another_scale_is_another_policy(january: Book) -> None:
    third = '  - {code: C, title: {en: c, zh: 丙}, colour: "#333333"}\n'
    text = (
        document()
        .text.replace(third, "")
        .replace("{A: 1000, B: 500}", "{A: 1000}")
        .replace("version: 1", "version: 2")
    )
    assert refused(lambda: draft(january, load_policy("x.yaml", text=text))) == "cycle.scale-changed"


def test_history_is_not_built_by_another_wording_than_the_published_one(tmp_path: Path) -> None:
    from tierwise.movement.closing import close_through

    kit = company(tmp_path)
    later = (
        line(f"C1-{month}", 1, 2000, f"{month}-15", customer_code="C1") for month in ("2026-03", "2026-04")
    )
    kit.put("order_lines", *later, at=JUNE)
    book = kit.book
    close_through(book, Period(2025, 11).end, actor="ann", at=AT)
    new = document()
    draft(book, new)
    rehearse(book, new, Period(2025, 11).end, actor="ann", at=AT)
    submit(book)
    decide(book)
    publish_policy(book, "monthly", APRIL, actor="ann", at=AT)
    assert (
        refused(lambda: build_history(book, lower(), Period(2026, 3), APRIL, actor="im", at=JUNE))
        == "policy.managed"
    )
    assert len(build_history(book, document(), Period(2026, 3), APRIL, actor="im", at=JUNE).made) == 2


def test_nothing_is_published_before_a_month_is_closed(book: Book) -> None:
    draft(book)
    assert refused(lambda: submit(book)) == "policy.nothing-closed"


def test_a_book_whose_decisions_are_made_in_the_web_takes_drafts_and_rehearsals_only(tmp_path: Path) -> None:
    kit = Kit(tmp_path, decisions="web")
    kit.put("customers", {"code": "K1", "name": "K1", "valid_from": "2025-01-01"})
    draft(kit.book)
    for call in (
        lambda: submit(kit.book),
        lambda: decide(kit.book),
        lambda: publish_policy(kit.book, "monthly", APRIL, actor="ann", at=AT),
        lambda: retire_policy(kit.book, "monthly", note="x", actor="ann", at=AT),
    ):
        assert refused(call) == "decision.elsewhere"


def test_what_was_never_drafted_is_named(january: Book) -> None:
    assert refused(lambda: submit(january)) == "policy.not-drafted"
