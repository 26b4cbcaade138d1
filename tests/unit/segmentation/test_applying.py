"""Who enters and leaves: dated rows, so that a past day keeps what it saw."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.book.bookkit import AT, Kit, day
from tierwise.kernel.errors import TierwiseError
from tierwise.segmentation import applying
from tierwise.segmentation.load import parse_rules
from tierwise.segmentation.memberships import history, members, overlaps, segment, segments
from tierwise.segmentation.rules import RuleBook

JANUARY, FEBRUARY, MARCH = day("2026-01-31"), day("2026-02-28"), day("2026-03-31")


def rules(*segments: tuple[str, str, str]) -> RuleBook:
    """Rule segments of (code, dimension, conditions)."""
    text = "segments:\n" + "".join(
        f"  - {{code: {code}, title: {{en: {code}, zh: 细分}}, dimension: {dimension}, when: [{when}]}}\n"
        for code, dimension, when in segments
    )
    return parse_rules(text, "rules.yaml")


BIG = rules(("big", "size", "{attribute: employees, at_least: 100}"))


def customer(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": f"Customer {code}", "valid_from": "2025-01-01"} | more


def apply(kit: Kit, asked: RuleBook, as_of: date, at: datetime = AT) -> applying.Plan:
    planned = applying.plan(kit.book, asked, as_of)
    applying.write(kit.book, asked, planned, name="rules.yaml", actor="alice", at=at)
    return planned


def inside(kit: Kit, as_of: date, *codes: str) -> list[tuple[str, str]]:
    found = members(kit.book, as_of, codes).to_pylist()
    return [(row["segment_code"], row["customer_code"]) for row in found]


def refused(code: str, *call: Any, **more: Any) -> TierwiseError:
    with pytest.raises(TierwiseError) as caught:
        call[0](*call[1:], **more)
    assert caught.value.code == code
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.problems[0].say("zh"))
    return caught.value


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path)
    made.put(
        "customers",
        customer("C1", employees=500, region="华东"),
        customer("C2", employees=99, region="华东"),
        customer("C3", employees=100, region="华南"),
        customer("C4", region="华南"),
        customer("C5", employees=900, status="archived"),
    )
    return made


def test_a_preview_writes_nothing(kit: Kit) -> None:
    before = kit.book.current().number
    planned = applying.plan(kit.book, BIG, JANUARY)
    assert [(c.customer, c.enters) for c in planned.changes] == [("C1", True), ("C3", True)]
    assert (kit.book.current().number, inside(kit, JANUARY)) == (before, [])


def test_a_preview_says_that_its_day_cannot_be_written(kit: Kit) -> None:
    assert applying.plan(kit.book, BIG, JANUARY).refusal is None
    apply(kit, BIG, FEBRUARY)
    early = applying.plan(kit.book, BIG, JANUARY).refusal
    assert early is not None
    assert early.code == "segments.back-dated"
    kit.close("2026-02-28")
    closed = applying.plan(kit.book, BIG, FEBRUARY).refusal
    assert closed is not None
    assert closed.code == "segments.closed"


def test_of_two_who_apply_different_rules_at_once_the_slower_one_is_told(kit: Kit) -> None:
    """Otherwise the members of both would stand under the rule of one."""
    stricter = rules(("big", "size", "{attribute: employees, at_least: 200}"))
    mine, other = applying.plan(kit.book, BIG, JANUARY), applying.plan(kit.book, stricter, JANUARY)
    applying.write(kit.book, stricter, other, name="b", actor="bo", at=AT)
    before = kit.book.current().number
    with pytest.raises(TierwiseError) as caught:
        applying.write(kit.book, BIG, mine, name="a", actor="ann", at=AT)
    assert (caught.value.code, caught.value.problems[0].slots["actor"]) == ("import.moved-on", "bo")
    assert (kit.book.current().number, inside(kit, JANUARY)) == (before, [("big", "C1")])


def test_applying_twice_changes_nothing(kit: Kit) -> None:
    apply(kit, BIG, JANUARY)
    before = kit.book.current().number
    again = apply(kit, BIG, JANUARY)
    assert again.nothing
    assert kit.book.current().number == before
    assert inside(kit, JANUARY) == [("big", "C1"), ("big", "C3")]


def test_who_leaves_was_inside_before_and_nobody_is_seen_before_the_first_application(kit: Kit) -> None:
    apply(kit, BIG, JANUARY)
    kit.put("customers", customer("C1", employees=50, valid_from="2026-02-15"),
            customer("C2", employees=150, valid_from="2026-02-20"))  # fmt: skip
    planned = apply(kit, BIG, FEBRUARY)
    assert [(c.customer, c.enters) for c in planned.changes] == [("C2", True), ("C1", False)]
    assert inside(kit, day("2026-01-30")) == []
    assert inside(kit, JANUARY) == inside(kit, day("2026-02-27")) == [("big", "C1"), ("big", "C3")]
    assert inside(kit, FEBRUARY) == inside(kit, MARCH) == [("big", "C2"), ("big", "C3")]


def test_a_segment_and_its_members_are_one_version_of_the_book(kit: Kit) -> None:
    before = kit.book.current().number
    apply(kit, BIG, JANUARY)
    assert kit.book.current().number == before + 1
    assert kit.rows("segments", "code", "name", "name_en", "basis", "rule", "valid_from") == [
        ("big", "细分", "big", "rule", "employees >= 100", JANUARY)
    ]


def test_a_changed_rule_is_a_new_state_of_the_segment_and_the_old_one_stays(kit: Kit) -> None:
    apply(kit, BIG, JANUARY)
    stricter = rules(("big", "size", "{attribute: employees, at_least: 200}"))
    assert apply(kit, stricter, FEBRUARY).effects[0].declared == "changed"
    assert segment(kit.book, "big", JANUARY).rule == "employees >= 100"
    assert segment(kit.book, "big", FEBRUARY).rule == "employees >= 200"
    assert [state.rule for state in history(kit.book, "big")] == ["employees >= 100", "employees >= 200"]
    assert inside(kit, FEBRUARY) == [("big", "C1")]


def test_rules_of_the_same_day_can_be_mended(kit: Kit) -> None:
    apply(kit, BIG, JANUARY)
    apply(kit, rules(("big", "size", "{attribute: employees, at_least: 200}")), JANUARY)
    assert inside(kit, JANUARY) == inside(kit, MARCH) == [("big", "C1")]
    apply(kit, BIG, JANUARY)
    assert inside(kit, JANUARY) == inside(kit, MARCH) == [("big", "C1"), ("big", "C3")]
    assert apply(kit, BIG, JANUARY).nothing


def test_a_membership_by_hand_is_left_alone(kit: Kit) -> None:
    apply(kit, BIG, JANUARY)
    kit.put("segment_memberships", {"customer_code": "C4", "segment_code": "big", "valid_from": "2026-02-01"},
            {"customer_code": "C3", "segment_code": "big", "valid_from": "2026-02-01", "valid_to": "2026-03-15"})  # fmt: skip
    kit.put("customers", customer("C3", employees=5, valid_from="2026-02-10"))
    planned = apply(kit, BIG, FEBRUARY)
    assert [(c.customer, c.enters, c.stays_by_hand) for c in planned.changes] == [("C3", False, True)]
    (effect,) = planned.effects
    assert (effect.before, effect.entering, effect.leaving, effect.after) == (3, 0, 0, 3)
    assert inside(kit, FEBRUARY) == [("big", "C1"), ("big", "C3"), ("big", "C4")]
    assert inside(kit, day("2026-03-16")) == [("big", "C1"), ("big", "C4")]


def test_the_last_day_of_a_membership_belongs_to_it(kit: Kit) -> None:
    kit.put("segments", {"code": "vip", "name": "贵宾", "dimension": "其他"})
    kit.put(
        "segment_memberships",
        {"客户编码": "C1", "细分编码": "vip", "归入日期": "2026-02-01", "退出日期": "2026-02-10"},
    )
    days = ["2026-01-31", "2026-02-01", "2026-02-10", "2026-02-11"]
    assert [len(inside(kit, day(text))) for text in days] == [0, 1, 1, 0]


def test_a_segment_that_ended_has_no_members_and_one_that_nobody_declared_is_said(kit: Kit) -> None:
    kit.put("segments", {"code": "old", "name": "旧", "dimension": "other", "valid_to": "2026-01-31"})
    rows = [
        {"customer_code": "C1", "segment_code": code, "valid_from": "2026-01-01"} for code in ("old", "lost")
    ]
    kit.put("segment_memberships", *rows)
    assert inside(kit, JANUARY) == [("lost", "C1"), ("old", "C1")]
    assert inside(kit, FEBRUARY) == [("lost", "C1")]
    assert [(one.code, one.dimension, one.members) for one in segments(kit.book, FEBRUARY)] == [
        ("lost", None, 1)
    ]
    assert (
        "big"
        not in refused("segments.unknown", members, kit.book, FEBRUARY, ["old"]).problems[0].slots["known"]
    )


def test_two_segments_of_one_dimension_are_a_warning_and_of_two_are_none(kit: Kit) -> None:
    asked = rules(("big", "size", "{attribute: employees, at_least: 100}"),
                  ("huge", "size", "{attribute: employees, at_least: 500}"),
                  ("east", "region", "{attribute: region, equals: 华东}"))  # fmt: skip
    planned = apply(kit, asked, JANUARY)
    assert [(o.dimension, o.customers, o.examples) for o in planned.overlaps] == [("size", 1, ("C1",))]
    assert list(planned.overlaps) == overlaps(kit.book, JANUARY)


def test_rules_are_not_applied_before_a_day_on_which_they_were(kit: Kit) -> None:
    apply(kit, BIG, FEBRUARY)
    refused("segments.back-dated", apply, kit, BIG, JANUARY)
    assert inside(kit, JANUARY) == []
    apply(kit, rules(("small", "size", "{attribute: employees, below: 100}")), JANUARY)
    assert inside(kit, JANUARY) == [("small", "C2")]


def test_rules_are_not_applied_in_a_closed_period_and_what_was_seen_there_stays(kit: Kit) -> None:
    apply(kit, BIG, JANUARY)
    kit.put("customers", customer("C1", employees=50, valid_from="2026-02-15"))
    kit.close("2026-02-28")
    error = refused("segments.closed", apply, kit, BIG, FEBRUARY)
    assert error.problems[0].slots["first"] == day("2026-03-01")
    apply(kit, BIG, day("2026-03-01"), datetime(2026, 3, 12, tzinfo=UTC))
    assert inside(kit, FEBRUARY) == [("big", "C1"), ("big", "C3")]
    assert inside(kit, day("2026-03-01")) == [("big", "C3")]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("{attribute: region, equals: 华东}", ["C1", "C2"]),
        ("{attribute: region, one_of: [华南, 西北]}", ["C3", "C4"]),
        ("{attribute: industry, none_of: [钢铁]}", ["C1", "C4"]),
        ("{attribute: region, starts_with: 华}", ["C1", "C2", "C3", "C4"]),
        ("{attribute: employees, known: false}", ["C4"]),
        ("{attribute: employees, at_least: 99, below: 500}", ["C2", "C3"]),
        ("{attribute: employees, at_least: 99.5, below: 500.5}", ["C1", "C3"]),
        ("{attribute: listed, equals: false}", ["C2"]),
        ("{attribute: tags, has: new}", ["C3"]),
        ("{attribute: first_contact_on, below: 2024-01-01}", ["C1"]),
        ("{attribute: registered_capital, at_least: 1000000.5}", ["C2"]),
        ("{attribute: ownership_nature, one_of: [private, foreign]}", ["C4"]),
        ("{any: [{attribute: listed, equals: true}, {attribute: tags, has: old}]}", ["C1", "C4"]),
    ],
)
def test_a_condition_takes_in_whom_it_names_and_nobody_of_whom_nothing_is_known(
    condition: str, wanted: list[str], tmp_path: Path
) -> None:
    kit = Kit(tmp_path)
    kit.put(
        "customers",
        customer(
            "C1", employees=500, region="华东", listed="true", industry="机械", first_contact_on="2023-12-31"
        ),
        customer(
            "C2", employees=99, region="华东", listed="false", industry="钢铁", registered_capital="1000000.5"
        ),
        customer("C3", employees=100, region="华南", tags="big; new", registered_capital="1000000.4"),
        customer(
            "C4",
            region="华南",
            industry="化工",
            tags="old;newer",
            ownership_nature="民营",
            first_contact_on="2024-01-01",
        ),
        customer("C5", employees=100, region="华东", listed="false", tags="new", status="archived"),
    )
    planned = applying.plan(kit.book, rules(("seg", "other", condition)), JANUARY)
    assert [change.customer for change in planned.changes] == wanted


COMPANIES = st.lists(
    st.tuples(st.integers(0, 300) | st.none(), st.sampled_from(["华东", "华南", ""])), min_size=2, max_size=8
)


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(first=COMPANIES, seed=st.integers(0, 9))
def test_the_order_of_rows_and_of_rules_makes_no_difference(
    first: Sequence[tuple[int | None, str]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [
        customer(f"C{n}", region=region, **({} if size is None else {"employees": size}))
        for n, (size, region) in enumerate(first)
    ]
    listed = [("big", "size", "{attribute: employees, at_least: 100}"), ("east", "region", "{attribute: region, equals: 华东}"),
              ("mixed", "other", "{any: [{attribute: employees, below: 50}, {attribute: region, known: false}]}")]  # fmt: skip
    seen = []
    for shuffled in (False, True):
        kit = Kit(tmp_path_factory.mktemp("book"))
        if shuffled:
            random.Random(seed).shuffle(rows)
            random.Random(seed).shuffle(listed)
        kit.put("customers", *rows)
        apply(kit, rules(*listed), JANUARY)
        seen.append(inside(kit, JANUARY))
    assert sorted(seen[0]) == sorted(seen[1])
    assert seen[1] == seen[0]


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(sizes=st.lists(st.tuples(*[st.integers(0, 200)] * 3), min_size=1, max_size=5))
def test_whatever_is_applied_later_a_past_day_keeps_its_members(
    sizes: Sequence[tuple[int, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kit = Kit(tmp_path_factory.mktemp("book"))
    days = [JANUARY, FEBRUARY, MARCH]
    seen: list[list[tuple[str, str]]] = []
    for at, as_of in enumerate(days):
        kit.put(
            "customers",
            *(
                customer(f"C{n}", employees=own[at], valid_from=as_of.isoformat())
                for n, own in enumerate(sizes)
            ),
        )
        apply(kit, BIG, as_of)
        seen.append(inside(kit, as_of))
        wanted = [("big", f"C{n}") for n, own in enumerate(sizes) if own[at] >= 100]
        assert seen[-1] == wanted
        assert [inside(kit, day) for day in days[: at + 1]] == seen
