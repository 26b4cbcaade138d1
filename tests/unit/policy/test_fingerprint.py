"""The identity of a policy: words do not change it, everything that decides does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import Use
from tierwise.policy.base import RULES_LATER
from tierwise.policy.fingerprint import METHOD_RULES, fingerprint, rules_of, uses_of
from tierwise.policy.load import list_policies, load_policy, parse_policy
from tierwise.policy.model import Policy

CODES = [shipped.code for shipped in list_policies()]
HEAD = "code: mine\nversion: 1\ntitle: {en: Mine, zh: 我的}\n"


def data(code: str) -> dict[str, Any]:
    return load_policy(code).policy.model_dump(mode="json", by_alias=True)


def change_words(part: Any, word: str) -> Any:
    """The same policy with other titles, notes, guidance and colours."""
    if isinstance(part, list):
        return [change_words(item, word) for item in part]
    if not isinstance(part, dict):
        return part
    other: dict[str, Any] = {}
    for key, value in part.items():
        if key in ("title", "notes", "guidance"):
            other[key] = {"en": word, "zh": word}
        elif key == "colour":
            other[key] = "#123456"
        else:
            other[key] = change_words(value, word)
    return other


def numbers(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all numbers that decide."""
    if isinstance(part, dict):
        return [found for key, value in part.items() for found in numbers(value, (*path, key))]
    if isinstance(part, list):
        return [found for at, value in enumerate(part) for found in numbers(value, (*path, at))]
    is_number = isinstance(part, int) and not isinstance(part, bool)
    is_decimal = isinstance(part, str) and part.replace(".", "").isdigit()
    return [path] if (is_number or is_decimal) and path != ("version",) else []


def changed(part: Any, path: tuple[Any, ...], by: Decimal) -> Any:
    if not path:
        moved = Decimal(str(part)) + by
        return str(moved) if isinstance(part, str) else int(moved) if moved == int(moved) else str(moved)
    copy = dict(part) if isinstance(part, dict) else list(part)
    copy[path[0]] = changed(part[path[0]], path[1:], by)
    return copy


@given(code=st.sampled_from(CODES), word=st.text(min_size=1, max_size=40))
def test_titles_notes_guidance_and_colours_keep_the_fingerprint(code: str, word: str) -> None:
    policy = load_policy(code).policy
    other = Policy.model_validate(change_words(data(code), word))
    assert other != policy
    assert fingerprint(other) == fingerprint(policy)


@given(draw=st.data(), code=st.sampled_from(CODES), by=st.sampled_from([1, -1, 2, 5]))
def test_any_other_number_alters_the_fingerprint(draw: st.DataObject, code: str, by: int) -> None:
    before = data(code)
    path = draw.draw(st.sampled_from(numbers(before)))
    # Rules between fields are not asked here: any number that differs must tell.
    try:
        after = Policy.model_validate(changed(before, path, Decimal(by)), context=RULES_LATER)
    except ValueError:
        return
    assert fingerprint(after) != fingerprint(Policy.model_validate(before))


def test_the_shipped_policies_have_different_fingerprints() -> None:
    assert len({load_policy(code).fingerprint for code in CODES}) == len(CODES)


@pytest.mark.parametrize(
    "change",
    [
        {"near_cut_pct": "6"}, {"window_months": 11}, {"population": {"level": "site"}},
        {"population": {"kinds": ["existing", "prospect"]}}, {"population": {"segments": ["x"]}},
        {"population": {"regions": ["x"]}}, {"population": {"lines_in_window": False}},
        {"settings": {"grace_days": 3}}, {"settings": {"include_freight": True}}, {"gates": []}, {"advisory": []},
        {"leading": {"method": "abc_rank", "tie_rule": "exclude"}},
        {"leading": {"method": "abc_rank", "tie_rule": "break"}},
        {"leading": {"method": "abc_rank", "rounding": "floor"}},
        {"leading": {"method": "abc_rank", "value": "net_sales_24m"}},
        {"leading": {"method": "abc_cumulative", "id": "abc"}},
    ],
)  # fmt: skip
def test_whatever_decides_alters_the_fingerprint(change: dict[str, Any]) -> None:
    before = data("customer_value")
    assert (
        fingerprint(Policy.model_validate({**before, **change})) != load_policy("customer_value").fingerprint
    )


def test_the_order_of_gates_and_of_criteria_decides() -> None:
    before = data("customer_value")
    turned = Policy.model_validate({**before, "gates": before["gates"][::-1]})
    assert fingerprint(turned) != load_policy("customer_value").fingerprint
    card = data("five_indicator_composite")
    card["leading"] = {**card["leading"], "criteria": card["leading"]["criteria"][::-1]}
    assert fingerprint(Policy.model_validate(card)) != load_policy("five_indicator_composite").fingerprint


def test_a_default_left_out_is_the_default_written_out() -> None:
    short = parse_policy(HEAD + "leading: {method: abc_rank}\n", "x")
    full = parse_policy(short.model_dump_json(by_alias=True), "x")
    long = parse_policy(HEAD + "leading: {method: abc_rank, shares_pct: {A: 5.00, B: '20.0'}}\n", "x")
    assert fingerprint(short) == fingerprint(full) == fingerprint(long)


def test_code_version_and_the_order_of_regions_do_not_decide() -> None:
    one = "leading: {method: abc_rank}\npopulation: {regions: [a, b]}\n"
    first = parse_policy(HEAD + one, "x")
    second = parse_policy(HEAD.replace("mine", "yours").replace("1", "2") + one.replace("a, b", "b, a"), "x")
    assert fingerprint(first) == fingerprint(second)


def test_new_rules_of_a_method_or_metric_alter_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load_policy("abc_cumulative").policy
    before = fingerprint(policy)
    monkeypatch.setitem(METHOD_RULES, "rfm", 2)
    assert fingerprint(policy) == before, "a method that the policy does not use"
    monkeypatch.setitem(METHOD_RULES, "abc_cumulative", METHOD_RULES["abc_cumulative"] + 1)
    assert fingerprint(policy) != before


def test_rules_name_every_method_and_metric_with_what_they_stand_on() -> None:
    rules = rules_of(load_policy("abc_profit").policy)
    assert rules["abc_rank"] == 1
    assert {"customer_profit", "gross_profit", "cost_of_goods_sold", "cost_to_serve", "net_sales"} <= set(
        rules
    )
    assert set(rules) - set(METHOD_RULES) <= set(METRICS)


def test_every_method_of_the_model_has_rules() -> None:
    text = str(Policy.model_json_schema()["properties"]["leading"]["discriminator"]["mapping"])
    assert all(method in text for method in METHOD_RULES)
    assert text.count("#/$defs/") == len(METHOD_RULES)


def test_uses_are_resolved_against_the_window_of_the_policy() -> None:
    policy = parse_policy(
        HEAD + "window_months: 6\nleading: {method: abc_rank, value: net_sales_24m, tie_rule: break}\n"
        "advisory: [{method: rfm}]\n"
        "gates: [{code: g, when: {metric: momentum_pct, below: 0}, effect: flag, flag: f}]\n",
        "x",
    )
    assert uses_of(policy) == {
        Use("net_sales", 24), Use("customer_profit", 6), Use("recency_days", None), Use("on_time_rate_pct", 6),
        Use("orders", 6), Use("net_sales", 6), Use("momentum_pct", 3), Use("largest_order", 6),
        Use("first_order_on", None),
    }  # fmt: skip


def test_tie_breaks_are_used_only_where_ties_are_broken() -> None:
    policy = parse_policy(HEAD + "leading: {method: abc_rank}\n", "x")
    assert {use.name for use in uses_of(policy)} == {"net_sales", "largest_order", "orders", "first_order_on"}


def test_orders_stand_by_for_a_sales_volume_that_cannot_be_added_up() -> None:
    text = load_policy("quality_20").text.replace("metric: sales_volume", "metric: sales_volume_24m")
    assert Use("orders", 24) in uses_of(parse_policy(text, "x"))


def test_a_gate_without_an_answer_has_the_fingerprint_it_always_had() -> None:
    assert load_policy("customer_value").fingerprint.startswith("e434337abe11")
    gate = {"code": "g", "effect": "flag", "flag": "f"}
    asked = [{**data("abc_sales"), "gates": [{**gate, "when": when}]}
             for when in ({"metric": "loss_making", "is": True}, {"metric": "loss_making", "is": False})]  # fmt: skip
    assert len({fingerprint(Policy.model_validate(one)) for one in asked}) == 2
