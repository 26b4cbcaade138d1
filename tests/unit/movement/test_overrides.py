"""Overrides: asked for by one, decided by another, once, for at most six months. Spec W04, decision 0011."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit
from tests.unit.movement.monthly import company, document, grades, through
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.overrides import Override, lapsing, last_day, list_overrides, marked
from tierwise.movement.overriding import (
    Request,
    approve_override,
    reject_override,
    request_override,
    revoke_override,
)
from tierwise.policy.load import load_policy

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
POLICY = load_policy("abc_sales").policy
ASKED = Request("C1", "A", "strategic", "enters our market", date(2026, 3, 15), date(2026, 9, 14), "letter 7")


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path)
    old = {"code": "C9", "name": "old", "status": "merged"}
    made.put("customers", {"code": "C1", "name": "one"}, {"code": "C2", "name": "two"}, old)
    return made


def ask(kit: Kit, actor: str = "mia", **changed: Any) -> Override:
    fields = {name: getattr(ASKED, name) for name in Request.__dataclass_fields__}
    return request_override(kit.book, POLICY, Request(**{**fields, **changed}), actor=actor, at=AT)


def refused(kit: Kit, **changed: Any) -> str:
    before = kit.book.current().number
    with pytest.raises(TierwiseError) as error:
        ask(kit, **changed)
    assert kit.book.current().number == before
    assert error.value.problems[0].say("zh")
    return error.value.code


def test_an_override_lives_from_its_first_day_to_its_last(kit: Kit) -> None:
    ask(kit)
    made = approve_override(kit.book, "1", actor="bo", at=AT)
    days = [date(2026, 3, 14), date(2026, 3, 15), date(2026, 9, 14), date(2026, 9, 15)]
    assert [made.state(day) for day in days] == ["approved", "active", "active", "expired"]
    assert [made.in_force(day) for day in days] == [False, True, True, False]
    assert (made.requested_by, made.decided_by, made.evidence) == ("mia", "bo", "letter 7")


def test_a_request_alone_changes_nothing(kit: Kit) -> None:
    made = ask(kit)
    assert made.state(date(2026, 4, 1)) == "requested"
    assert marked([made], "abc_sales", None, date(2026, 4, 1)) == []


@pytest.mark.parametrize(
    "name", ["mia", "Mia", " MIA ", "\uff2d\uff29\uff21", "m i a", "mi\u200ba", "\u3000mia"]
)
def test_nobody_decides_on_an_own_request(kit: Kit, name: str) -> None:
    ask(kit)
    for decide in (approve_override, reject_override):
        with pytest.raises(TierwiseError) as error:
            decide(kit.book, "override-000001", note="mine", actor=name, at=AT)
        assert error.value.code == "decision.own-request"
    assert list_overrides(kit.book)[0].decision is None


def test_somebody_else_whose_name_looks_alike_may_decide(kit: Kit) -> None:
    ask(kit, actor="\u738b\u82b3")
    assert approve_override(kit.book, "1", actor="\u738b\u65b9", at=AT).decided_by == "\u738b\u65b9"


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\t\n", "\u3000"])
def test_nobody_without_a_name_does_anything(kit: Kit, name: str) -> None:
    before = kit.book.current().number
    with pytest.raises(TierwiseError) as error:
        ask(kit, actor=name)
    assert error.value.code == "actor.nobody"
    assert kit.book.current().number == before


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(kit: Kit) -> None:
    ask(kit)

    def decide(who: str) -> str:
        way = approve_override if who == "bo" else reject_override
        try:
            way(kit.book, "1", note="x", actor=who, at=AT)
        except TierwiseError as error:
            return f"{error.code} by {error.problems[0].slots['by']}"
        return "decided"

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(("bo", "cy"), pool.map(decide, ("bo", "cy")), strict=True))
    (made,) = list_overrides(kit.book)
    winner = str(made.decided_by)
    assert answers.pop(winner) == "decided"
    assert list(answers.values()) == [f"override.decided by {winner}"]


def test_what_cannot_be_an_override_is_refused_with_a_reason(kit: Kit) -> None:
    assert refused(kit, customer="C7") == "override.no-customer"
    assert refused(kit, customer="C9") == "override.customer-not-active"
    assert refused(kit, grade="Z") == "override.not-on-scale"
    assert refused(kit, reason_code="whim") == "override.reason-code"
    assert refused(kit, reason_text="  ") == "override.no-reason"
    assert refused(kit, valid_to=date(2026, 9, 15)) == "override.too-long"
    assert refused(kit, valid_from=date(2026, 3, 20), valid_to=date(2026, 3, 19)) == "override.days"
    assert refused(kit, valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 9)) == "override.days"


def test_what_waits_for_a_customer_that_was_merged_meanwhile_can_only_be_rejected(kit: Kit) -> None:
    ask(kit)
    kit.put("customers", {"code": "C1", "name": "one", "status": "merged", "valid_from": "2026-03-10"})
    with pytest.raises(TierwiseError) as error:
        approve_override(kit.book, "1", actor="bo", at=AT)
    assert error.value.code == "override.customer-not-active"
    assert (
        reject_override(kit.book, "1", note="it was merged", actor="bo", at=AT).state(AT.date()) == "rejected"
    )


def test_six_months_from_the_end_of_august_end_with_february(kit: Kit) -> None:
    """The 31st of February is no day, so the span ends with the month; that of a leap year one day later."""
    assert refused(kit, valid_from=date(2026, 8, 31), valid_to=date(2027, 3, 1)) == "override.too-long"
    assert ask(kit, valid_from=date(2026, 8, 31), valid_to=date(2027, 2, 28)).grade == "A"
    assert [last_day(date(year, 8, day)) for year, day in ((2027, 31), (2027, 30), (2027, 29), (2027, 28), (2026, 28))] == [
        date(2028, 2, 29), date(2028, 2, 29), date(2028, 2, 28), date(2028, 2, 27), date(2027, 2, 27),
    ]  # fmt: skip


def test_a_customer_has_one_override_a_day(kit: Kit) -> None:
    ask(kit)
    assert refused(kit, grade="B") == "override.overlap"
    reject_override(kit.book, "1", note="no", actor="bo", at=AT)
    assert ask(kit, grade="B").override_id == "override-000002"
    assert ask(kit, customer="C2").override_id == "override-000003"


def test_a_revoked_override_ends_with_the_day_before(kit: Kit) -> None:
    ask(kit)
    approve_override(kit.book, "1", actor="bo", at=AT)
    later = AT + timedelta(days=30)
    made = revoke_override(kit.book, "1", note="moved away", actor="cy", at=later)
    assert made.valid_to == date(2026, 4, 8)
    assert made.state(date(2026, 4, 1)) == "revoked"
    assert made.in_force(date(2026, 4, 8))
    assert not made.in_force(date(2026, 4, 9))
    assert made.ended_within(date(2026, 3, 31), date(2026, 4, 30))


def test_one_that_is_revoked_before_it_began_never_was(kit: Kit) -> None:
    ask(kit)
    approve_override(kit.book, "1", actor="bo", at=AT)
    made = revoke_override(kit.book, "1", note="mistake", actor="cy", at=AT)
    assert not any(made.in_force(date(2026, 3, day)) for day in range(1, 31))
    assert not made.ended_within(None, date(2026, 12, 31))


def test_whoever_asked_takes_back_only_what_is_not_decided(kit: Kit) -> None:
    ask(kit)
    with pytest.raises(TierwiseError) as error:
        revoke_override(kit.book, "1", note="x", actor="bo", at=AT)
    assert error.value.code == "override.not-decided"
    assert revoke_override(kit.book, "1", note="mistaken", actor="mia", at=AT).state(AT.date()) == "revoked"
    ask(kit)
    approve_override(kit.book, "2", actor="bo", at=AT)
    with pytest.raises(TierwiseError) as error:
        revoke_override(kit.book, "2", note="x", actor="mia", at=AT)
    assert error.value.code == "decision.own-request"


def test_a_request_that_waited_too_long_cannot_be_approved(kit: Kit) -> None:
    ask(kit)
    with pytest.raises(TierwiseError) as error:
        approve_override(kit.book, "1", actor="bo", at=AT + timedelta(days=300))
    assert error.value.code == "override.over"


def test_an_unknown_override_is_told(kit: Kit) -> None:
    with pytest.raises(TierwiseError) as error:
        approve_override(kit.book, "7", actor="bo", at=AT)
    assert error.value.code == "override.unknown"


def test_a_book_whose_decisions_are_made_in_the_web_refuses(tmp_path: Path) -> None:
    kit = Kit(tmp_path, decisions="web")
    kit.put("customers", {"code": "C1", "name": "one"})
    assert refused(kit) == "decision.elsewhere"


def test_the_day_is_that_of_the_book(kit: Kit) -> None:
    evening = datetime(2026, 3, 14, 17, tzinfo=UTC)  # the 15th in Shanghai
    fields = {name: getattr(ASKED, name) for name in Request.__dataclass_fields__}
    asked = Request(**{**fields, "valid_from": date(2026, 3, 1), "valid_to": date(2026, 3, 14)})
    with pytest.raises(TierwiseError) as error:
        request_override(kit.book, POLICY, asked, actor="mia", at=evening)
    assert error.value.code == "override.days"


def test_what_ends_soon_is_found(kit: Kit) -> None:
    ask(kit)
    made = [approve_override(kit.book, "1", actor="bo", at=AT)]
    assert list(lapsing(made, "abc_sales", date(2026, 7, 31))) == made
    assert list(lapsing(made, "abc_sales", date(2026, 7, 30))) == []
    assert list(lapsing(made, "abc_profit", date(2026, 7, 31))) == []


def test_an_override_outlives_the_merging_of_its_customer_and_leaves_no_grade_behind(tmp_path: Path) -> None:
    """As for everybody who left the population: the rule of spec 8.2 lets a decision in force stand."""
    made = company(tmp_path)
    through(made.book, "2025-11")
    early = datetime(2025, 12, 5, 2, tzinfo=UTC)
    asked = Request("C1", "B", "strategic", "a test", date(2025, 12, 1), date(2025, 12, 31))
    override = request_override(made.book, document().policy, asked, actor="mia", at=early)
    approve_override(made.book, override.override_id, actor="bo", at=early)
    made.put("customers", {"code": "C1", "name": "C1", "status": "merged", "valid_from": "2025-12-10"})
    through(made.book, "2025-12", "2026-01")
    assert (grades(made.book, "2025-12")["C1"], grades(made.book, "2026-01").get("C1")) == ("B", None)
    asked = Request("C1", "B", "strategic", "a test", date(2026, 3, 11), date(2026, 3, 31))
    with pytest.raises(TierwiseError) as error:
        request_override(made.book, document().policy, asked, actor="mia", at=AT)
    assert error.value.code == "override.customer-not-active"
