"""What differs between two policies, as people say it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tierwise.policy.diff import Change, diff
from tierwise.policy.fingerprint import fingerprint
from tierwise.policy.labels import FIELDS
from tierwise.policy.load import list_policies, load_policy
from tierwise.policy.mend import models_of
from tierwise.policy.model import Policy

CODES = [shipped.code for shipped in list_policies()]


def changes(**change: Any) -> list[Change]:
    policy = load_policy("customer_value").policy
    data = policy.model_dump(mode="json", by_alias=True)
    return diff(policy, Policy.model_validate({**data, **change}))


def leading(**change: Any) -> dict[str, Any]:
    return {"method": "abc_rank", "id": "abc", **change}


def test_equal_policies_do_not_differ() -> None:
    for code in CODES:
        assert diff(load_policy(code).policy, load_policy(code).policy) == []


def test_a_changed_cut_is_told_in_both_languages() -> None:
    [change] = changes(leading=leading(shares_pct={"A": "7.50", "B": 20}))
    assert (change.path, change.decides) == ("leading.shares_pct.A", True)
    assert change.say("en").endswith("cumulative share of customers, percent › A: 5 → 7.5")
    assert change.say("zh").endswith("累计客户占比（%） › A: 5 → 7.5")


def test_a_new_title_does_not_decide() -> None:
    [change] = changes(title={"en": "Worth", "zh": "客户价值分级"})
    assert (change.path, change.decides) == ("title.en", False)
    assert change.say("en") == "title › English: Customer value → Worth"


def test_a_removed_and_an_added_gate_are_called_by_their_titles() -> None:
    gate = {
        "code": "late", "title": {"en": "Pays late", "zh": "拖延"},
        "when": {"metric": "late_invoices", "above": 3}, "effect": "cap", "to": "B",
    }  # fmt: skip
    said = [(change.path, change.say("zh")) for change in changes(gates=[gate])]
    assert said == [
        ("gates.credit_watch", "门槛（按顺序） › credit_watch: 删除 关键客户信用偏低"),
        ("gates.loss", "门槛（按顺序） › loss: 删除 亏损客户"),
        ("gates.late", "门槛（按顺序） › late: 新增 拖延"),
    ]


def test_another_order_of_gates_is_one_change_that_decides() -> None:
    gates = load_policy("customer_value").policy.model_dump(mode="json", by_alias=True)["gates"]
    [change] = changes(gates=gates[::-1])
    assert change.decides
    assert change.say("en") == "gates, in order › order: credit_watch, loss → loss, credit_watch"


def test_another_method_is_one_change() -> None:
    [change] = changes(leading={"method": "abc_cumulative"})
    assert change.say("en") == "leading method, gives the grade: abc_rank → abc_cumulative"


def test_yes_and_no_are_words() -> None:
    [change] = changes(population={"lines_in_window": False})
    assert change.say("zh").endswith("是 → 否")


def test_a_list_of_plain_values_is_shown_whole() -> None:
    [change] = changes(population={"regions": ["east", "west"]})
    assert change.say("en") == "population › regions: – → east, west"


@given(one=st.sampled_from(CODES), other=st.sampled_from(CODES))
def test_policies_with_another_fingerprint_differ_in_something_that_decides(one: str, other: str) -> None:
    a, b = load_policy(one), load_policy(other)
    found = diff(a.policy, b.policy)
    assert (a.fingerprint != b.fingerprint) == any(change.decides for change in found)
    for change in found:
        assert change.say("en")
        assert change.say("zh")


def test_what_does_not_decide_keeps_the_fingerprint() -> None:
    policy = load_policy("customer_value").policy
    other = policy.model_copy(update={"version": 9, "notes": None})
    assert [change.decides for change in diff(policy, other)] == [False, False]
    assert fingerprint(policy) == fingerprint(other)


def test_every_field_of_a_policy_has_a_name_in_both_languages() -> None:
    todo, seen, names = [Policy], set(), set()
    while todo:
        model = todo.pop()
        seen.add(model)
        for name, field in model.model_fields.items():
            names.add(field.alias or name)
            todo += [inner for inner in models_of(field.annotation) if inner not in seen]
    assert names == set(FIELDS)
