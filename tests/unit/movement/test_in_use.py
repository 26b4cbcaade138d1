"""Several policies may be in use; exactly one leads service of each kind of customer once any is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.book.bookkit import AT, Kit
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.in_use import InUse, Used, drop_policy, entries, in_use, leading, use_policy
from tierwise.policy.load import PolicyDocument, load_policy

LATER = datetime(2026, 3, 11, tzinfo=UTC)
NAMES = ("abc_sales", "abc_profit", "rfm_quantile")


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def use(kit: Kit, name: str, *, lead: bool = False, at: datetime = AT) -> Used:
    return use_policy(kit.book, load_policy(name), lead=lead, actor="alice", at=at)


def drop(kit: Kit, code: str) -> InUse:
    return drop_policy(kit.book, code, actor="alice", at=LATER)


def standing(kit: Kit) -> list[tuple[str, bool]]:
    return [(one.code, one.leading) for one in in_use(kit.book)]


def other(document: PolicyDocument) -> PolicyDocument:
    """The same policy with another cut: the name stays, the fingerprint does not."""
    return load_policy("mine.yaml", text=document.text.replace("{A: 5, B: 20}", "{A: 6, B: 20}"))


def test_no_policy_leads_before_one_is_in_use(kit: Kit) -> None:
    assert (in_use(kit.book), leading(kit.book), entries(kit.book)) == ([], None, [])


def test_the_first_policy_leads_and_the_next_does_not_take_the_mark(kit: Kit) -> None:
    use(kit, "abc_sales")
    assert use(kit, "abc_profit").led_before == ()
    assert standing(kit) == [("abc_sales", True), ("abc_profit", False)]


def test_leading_moves_the_mark_and_says_who_led(kit: Kit) -> None:
    use(kit, "abc_sales")
    moved = use(kit, "abc_profit", lead=True)
    assert ([one.code for one in moved.led_before], moved.now.leading) == (["abc_sales"], True)
    assert standing(kit) == [("abc_profit", True), ("abc_sales", False)]
    assert use(kit, "abc_sales", lead=True).changed
    assert standing(kit) == [("abc_sales", True), ("abc_profit", False)]


def test_the_same_again_writes_nothing(kit: Kit) -> None:
    use(kit, "abc_sales", lead=True)
    before = kit.book.current().number
    assert not use(kit, "abc_sales", lead=True).changed
    assert not use(kit, "abc_sales").changed
    assert kit.book.current().number == before


def test_another_wording_takes_the_place_and_keeps_the_mark(kit: Kit) -> None:
    use(kit, "abc_sales")
    use(kit, "abc_profit")
    changed = use_policy(kit.book, other(load_policy("abc_sales")), actor="bob", at=LATER)
    assert changed.replaced is not None
    assert changed.replaced.fingerprint == load_policy("abc_sales").fingerprint
    assert standing(kit) == [("abc_sales", True), ("abc_profit", False)]
    now = leading(kit.book)
    assert now is not None
    assert (now.by, now.since, now.fingerprint) == ("bob", LATER, changed.now.fingerprint)
    assert now.document.policy.leading.shares_pct["A"] == 6


def test_the_leading_policy_is_dropped_last(kit: Kit) -> None:
    use(kit, "abc_sales")
    use(kit, "abc_profit")
    with pytest.raises(TierwiseError) as caught:
        drop(kit, "abc_sales")
    assert caught.value.code == "policy.leads"
    drop(kit, "abc_profit")
    drop(kit, "abc_sales")
    assert standing(kit) == []
    assert use(kit, "rfm_quantile").now.leading


def test_what_is_not_in_use_cannot_be_dropped(kit: Kit) -> None:
    use(kit, "abc_sales")
    with pytest.raises(TierwiseError) as caught:
        drop(kit, "abc_profit")
    assert (caught.value.code, caught.value.problems[0].slots["known"]) == ("policy.not-in-use", "abc_sales")


def test_an_earlier_version_of_the_book_still_sees_who_led_then(kit: Kit) -> None:
    use(kit, "abc_sales")
    then = kit.book.current()
    use(kit, "abc_profit", lead=True)
    earlier = leading(kit.book, then)
    assert earlier is not None
    assert earlier.code == "abc_sales"
    assert [(e.event, e.code, e.actor) for e in entries(kit.book)] == [
        ("use", "abc_sales", "alice"),
        ("use", "abc_profit", "alice"),
        ("lead", "abc_profit", "alice"),
    ]


def test_a_book_whose_decisions_are_made_in_the_web_refuses(tmp_path: Path) -> None:
    kit = Kit(tmp_path, decisions="web")
    with pytest.raises(TierwiseError) as caught:
        use(kit, "abc_sales")
    assert caught.value.code == "decision.elsewhere"
    assert in_use(kit.book) == []


def refused(kit: Kit, name: str, *, lead: bool = False) -> str:
    with pytest.raises(TierwiseError) as caught:
        use(kit, name, lead=lead)
    assert caught.value.code == "policy.kinds-overlap"
    return caught.value.problems[0].say("en")


def test_policies_of_different_kinds_of_customers_both_lead(kit: Kit) -> None:
    use(kit, "prospect_scorecard")
    use(kit, "abc_sales")
    assert standing(kit) == [("abc_sales", True), ("prospect_scorecard", True)]
    assert use(kit, "abc_profit", lead=True).led_before[0].code == "abc_sales"
    assert standing(kit) == [("abc_profit", True), ("prospect_scorecard", True), ("abc_sales", False)]
    lead = leading(kit.book)
    assert lead is not None
    assert lead.code == "abc_profit"  # existing customers come first


def test_a_policy_of_both_kinds_takes_both_marks(kit: Kit) -> None:
    use(kit, "prospect_scorecard")
    use(kit, "abc_sales")
    moved = use(kit, "abc_with_prospects", lead=True)
    assert [one.code for one in moved.led_before] == ["abc_sales", "prospect_scorecard"]
    assert standing(kit)[0] == ("abc_with_prospects", True)
    assert [led for _, led in standing(kit)] == [True, False, False]


def test_taking_some_kinds_of_a_leading_policy_is_refused(kit: Kit) -> None:
    use(kit, "abc_with_prospects")
    said = refused(kit, "abc_sales", lead=True)
    assert "abc_with_prospects leads service for prospect, existing:" in said
    assert "tierwise policy drop" in said
    assert standing(kit) == [("abc_with_prospects", True)]
    use(kit, "abc_sales")
    drop(kit, "abc_with_prospects")  # nobody in use could take all its kinds
    assert standing(kit) == [("abc_sales", False)]
    assert use(kit, "abc_sales", lead=True).now.leading


def test_a_new_wording_does_not_take_further_kinds_unasked(kit: Kit) -> None:
    use(kit, "abc_sales")
    use(kit, "prospect_scorecard")
    text = load_policy("abc_sales").text.replace("kinds: [existing]", "kinds: [existing, prospect]")
    wider = load_policy("wider.yaml", text=text)
    with pytest.raises(TierwiseError) as caught:
        use_policy(kit.book, wider, actor="bob", at=LATER)
    assert caught.value.code == "policy.kinds-overlap"
    assert "--leading" in caught.value.problems[0].say("en")
    taken = use_policy(kit.book, wider, lead=True, actor="bob", at=LATER)
    assert [one.code for one in taken.led_before] == ["prospect_scorecard"]
    assert standing(kit) == [("abc_sales", True), ("prospect_scorecard", False)]


def test_a_leading_policy_goes_while_nobody_could_take_its_place(kit: Kit) -> None:
    use(kit, "abc_sales")
    use(kit, "prospect_scorecard")
    drop(kit, "prospect_scorecard")
    assert standing(kit) == [("abc_sales", True)]


STEPS = st.lists(st.tuples(st.sampled_from(["use", "lead", "drop"]), st.sampled_from(NAMES)), max_size=7)


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_is_decided_exactly_one_leads_once_any_is_in_use(
    steps: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kit = Kit(tmp_path_factory.mktemp("book"))
    for step, name in steps:
        before = in_use(kit.book)
        mine = next((one for one in before if one.code == name), None)
        if step != "drop":
            assert use(kit, name, lead=step == "lead").now.leading or step == "use"
        elif mine is None or (mine.leading and len(before) > 1):
            with pytest.raises(TierwiseError, match="in use" if mine is None else "leads service"):
                drop(kit, name)
        else:
            drop(kit, name)
        assert [one.leading for one in in_use(kit.book)] == [True, False, False][: len(in_use(kit.book))]
