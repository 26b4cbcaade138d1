"""The report of a published month shows the grades in force, with overrides; that of a simulation the computed ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.unit.movement.conftest import _monthly, _november, book, november
from tests.unit.movement.monthly import AT, document, publish, review
from tierwise.book.store import Book
from tierwise.grading.record import RunRecord
from tierwise.grading.run import find_run, grade_book, read_results
from tierwise.movement.overriding import Request, approve_override, request_override
from tierwise.policy.load import parse_policy
from tierwise.report.day.build import build
from tierwise.report.day.facts import DayFacts, gather

__all__ = ["_monthly", "_november", "book", "november"]
DAY = date(2025, 12, 31)
EARLY = datetime(2025, 12, 5, 2, tzinfo=UTC)


def facts(book: Book, record: RunRecord) -> DayFacts:
    return gather(book, DAY, (record, parse_policy(record.policy_text, "x"), read_results(book, record)))


def test_an_overridden_customer_stands_in_the_pyramid_with_its_grade_in_force(november: Book) -> None:
    asked = Request("C5", "A", "strategic", "a test", date(2025, 12, 1), DAY)
    made = request_override(november, document().policy, asked, actor="mia", at=EARLY)
    approve_override(november, made.override_id, actor="bo", at=EARLY)
    run = publish(november, review(november, "2025-12"))
    graded = facts(november, find_run(november, run.run_id)).graded
    assert graded is not None
    assert graded.published
    assert graded.rows["C5"]["grade"] == graded.grade_of["C5"] == "A"
    assert graded.grade_of["C3"] == "C"  # bought nothing in December: counts as the lowest grade
    simulation = grade_book(november, document(), DAY, actor="ann", at=AT).record
    computed = facts(november, simulation).graded
    assert computed is not None
    assert (computed.published, computed.grade_of["C5"], "C3" in computed.grade_of) == (False, "B", False)


def test_the_page_says_which_grades_it_shows(november: Book) -> None:
    run = publish(november, review(november, "2025-12"))
    shown = build(facts(november, find_run(november, run.run_id))).subtitle
    assert "effective grades" in shown.en
    assert "生效等级" in shown.zh
    simulation = grade_book(november, document(), DAY, actor="ann", at=AT).record
    assert "effective" not in build(facts(november, simulation)).subtitle.en
