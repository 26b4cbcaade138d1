"""What a rule segment is declared with: conditions over what a customer is, never over what it is worth.

**Source** spec 1 (classes by objective attributes and needs, grades by value), 2.2 (S1-39).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import Field

from tierwise.book.contract import TABLES, Column
from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS
from tierwise.policy.base import Code, Declared, Fault, Words

Dimension = Literal[
    "industry", "region", "consumer_gender", "size", "ownership", "need", "behaviour", "expectation", "channel", "other"
]  # fmt: skip
ATTRIBUTES: tuple[str, ...] = tuple(
    "kind relation_type party_type ownership_nature industry segment region country hierarchy_node "
    "registered_capital total_assets annual_turnover development_speed_pct potential_need listed employees "
    "coverage gender land_area_m2 tags expectations source first_contact_on".split()
)
"""The columns of ``customers`` that a rule may ask for: what the customer is, not what we decided about it."""
OPERATORS: tuple[str, ...] = tuple("equals one_of none_of starts_with has at_least below known".split())
_WORTH = frozenset(
    "grade grades effective_grade tier service_tier class abc score rank points rfm clv lifetime_value "
    "等级 客户等级 分级 级别 评分 得分 排名".split()
)
_WINDOW = re.compile(r"_\d+m$")
_FITTING = {
    "text": ("equals", "one_of", "none_of", "starts_with", "known"),
    "choice": ("equals", "one_of", "none_of", "known"),
    "flag": ("equals", "known"),
    "date": ("at_least", "below", "known"),
}
_NUMERIC = ("at_least", "below", "known")
_MOST = 200
_GREATEST, _PLACES = Decimal(10) ** 18, 8


def column_of(attribute: str) -> Column:
    """The declared column of an attribute. **Raises** ``KeyError`` if there is none."""
    return TABLES["customers"].column(attribute)


def operators_of(attribute: str) -> tuple[str, ...]:
    """The operators that an attribute may be asked with."""
    if attribute == "tags":
        return ("has", "known")
    return _FITTING.get(column_of(attribute).kind, _NUMERIC)


def _fault(code: str, en: str, zh: str, *path: str | int, **slots: Any) -> Fault:
    return Fault(f"segments.{code}", Text(en, zh), path, slots)


class Condition(Declared):
    """One condition: an attribute with one operator, or ``any`` of several conditions.

    What is not known fulfils no condition but ``known: false``.
    """

    attribute: str | None = Field(default=None, min_length=1)
    equals: Any = None
    one_of: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=_MOST)
    none_of: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=_MOST)
    starts_with: str | None = Field(default=None, min_length=1)
    has: str | None = Field(default=None, min_length=1)
    at_least: Any = None
    below: Any = None
    known: bool | None = Field(default=None, strict=True)
    any: tuple[Condition, ...] | None = Field(default=None, min_length=2, max_length=_MOST)

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that are stated."""
        return tuple(name for name in OPERATORS if getattr(self, name) is not None)

    def faults(self) -> Iterator[Fault]:
        if self.any is not None:
            if self.attribute is not None or self.operators:
                yield _fault("any-alone", "any stands alone; its conditions name the attributes",
                             "any 须单独使用，属性写在其内的各条件中", "any")  # fmt: skip
            return
        if self.attribute is None:
            yield _fault("no-attribute", "a condition names an attribute, or any of several conditions",
                         "条件须写明 attribute，或用 any 列出若干条件")  # fmt: skip
        elif self.attribute not in ATTRIBUTES:
            yield _no_attribute(self.attribute)
        else:
            yield from self._asked(self.attribute)

    def _asked(self, attribute: str) -> Iterator[Fault]:
        stated, fitting = self.operators, operators_of(attribute)
        allowed = ", ".join(fitting)
        if not stated or (len(stated) > 1 and set(stated) != {"at_least", "below"}):
            yield _fault("one-operator", "a condition asks one thing of {attribute}: {allowed} (at_least and below may stand together)",
                         "条件对 {attribute} 只能使用一种判断：{allowed}（at_least 与 below 可并用）",
                         attribute=attribute, allowed=allowed)  # fmt: skip
            return
        for name in stated:
            if name not in fitting:
                yield _fault("operator", "{attribute} cannot be asked with {operator}; use {allowed}",
                             "{attribute} 不能使用 {operator}；可用：{allowed}",
                             name, attribute=attribute, operator=name, allowed=allowed)  # fmt: skip
            else:
                yield from _value_faults(column_of(attribute), name, getattr(self, name))
        if {"at_least", "below"} == set(stated):
            yield from self._empty_span()

    def _empty_span(self) -> Iterator[Fault]:
        low, high = bound(self.attribute or "", self.at_least), bound(self.attribute or "", self.below)
        if low is not None and high is not None and low >= high:
            yield _fault("empty-span", "nothing is at least {low} and below {high}", "没有值既不小于 {low} 又小于 {high}",
                         "below", low=str(self.at_least), high=str(self.below))  # fmt: skip


class Rule(Declared):
    """A segment with the conditions that all hold for its members."""

    code: Code
    title: Words
    dimension: Dimension
    when: tuple[Condition, ...] = Field(min_length=1, max_length=_MOST)


class RuleBook(Declared):
    """A file of rule segments. That no code stands twice is seen by whoever reads the text."""

    segments: tuple[Rule, ...] = Field(min_length=1, max_length=_MOST)


def bound(attribute: str, value: Any) -> Any:
    """The day or the exact number of a limit; ``None`` if the value is none."""
    if column_of(attribute).kind == "date":
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    fits = abs(number) < _GREATEST and isinstance(exponent, int) and exponent >= -_PLACES
    return number if fits else None


def _value_faults(column: Column, operator: str, value: Any) -> Iterator[Fault]:
    if operator in ("at_least", "below"):
        if bound(column.name, value) is None:
            wanted = (
                ("a day such as 2026-03-31", "日期，如 2026-03-31")
                if column.kind == "date"
                else ("a number (18 digits, 8 places)", "数字（至多 18 位整数、8 位小数）")
            )
            yield _fault("limit", "{attribute} needs {wanted}, not {found}", "{attribute} 需要{wanted_zh}，而非 {found}",
                         operator, attribute=column.name, wanted=wanted[0], wanted_zh=wanted[1], found=value)  # fmt: skip
    elif operator == "equals" and isinstance(value, bool) != (column.kind == "flag"):
        yield _fault("truth", "{attribute} is asked for {wanted}, not {found}", "{attribute} 需要{wanted_zh}，而非 {found}",
                     operator, attribute=column.name, found=value,
                     wanted="true or false" if column.kind == "flag" else "a text",
                     wanted_zh=" true 或 false" if column.kind == "flag" else "文本")  # fmt: skip
    elif operator == "equals" and not isinstance(value, bool | str):
        yield _fault("text", "text is expected, not {found}; put it in quotes", "此处应为文本，而非 {found}；请加引号",
                     operator, found=value)  # fmt: skip
    elif column.choices and operator != "known":
        yield from _unknown_codes(column, operator, [value] if isinstance(value, str) else value)


def _unknown_codes(column: Column, operator: str, values: Any) -> Iterator[Fault]:
    known = [choice.code for choice in column.choices]
    for value in values:
        if value not in known:
            yield _fault("not-one-of", "{attribute} is never {found}; it is one of {known}",
                         "{attribute} 没有取值 {found}；可选：{known}",
                         operator, attribute=column.name, found=value, known=", ".join(known))  # fmt: skip


def _no_attribute(name: str) -> Fault:
    if name.lower() in _WORTH or _WINDOW.sub("", name) in METRICS or name in METRICS:
        return _fault("worth", "{attribute} says what a customer is worth; a segment is made of what it is, and grades stay apart",
                      "{attribute} 反映客户的价值；细分只依据客户本身的属性，与等级分开",
                      "attribute", attribute=name)  # fmt: skip
    if TABLES["customers"].has(name):
        return _fault("not-objective", "{attribute} names the customer or is our own decision about it; there are {known}",
                      "{attribute} 是客户标识或我方的决定，不能用于细分；可用属性：{known}",
                      "attribute", attribute=name, known=", ".join(ATTRIBUTES))  # fmt: skip
    near = get_close_matches(name, ATTRIBUTES, 3, 0.6)
    return _fault("no-such-attribute", "there is no attribute {attribute}; {hint}: {known}", "没有属性 {attribute}；{hint_zh}：{known}",
                  "attribute", attribute=name, known=", ".join(near or ATTRIBUTES),
                  hint="did you mean" if near else "there are", hint_zh="相近的有" if near else "可用属性")  # fmt: skip


_MISLEADING = re.compile(r"""[,()\[\]"]|^\s|\s$|\s(and|or)\s""")
"""What makes a value look like a part of the rule: two rules would be said in the same words."""
_MARKS = {"equals": "=", "one_of": "in", "none_of": "not in", "starts_with": "starts with", "has": "has",
          "at_least": ">=", "below": "<"}  # fmt: skip


def say(conditions: tuple[Condition, ...]) -> str:
    """The rule in one line, the same for the same conditions: what the book keeps of it."""
    return " and ".join(_said(condition) for condition in conditions)


def _said(condition: Condition) -> str:
    if condition.any is not None:
        return "(" + " or ".join(_said(one) for one in condition.any) + ")"
    parts = []
    for name in condition.operators:
        value = getattr(condition, name)
        if name == "known":
            parts.append(f"{condition.attribute} is {'known' if value else 'unknown'}")
        else:
            listed = isinstance(value, tuple)
            shown = f"[{', '.join(_plain(one) for one in sorted(value))}]" if listed else _plain(value)
            parts.append(f"{condition.attribute} {_MARKS[name]} {shown}")
    return " and ".join(parts)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_number(value)
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if _MISLEADING.search(text) else text
