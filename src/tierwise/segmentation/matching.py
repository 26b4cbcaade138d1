"""Which customers the rules take in, as an expression over the customer records of a day."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.contract import IBIS_TYPES
from tierwise.metrics.scene import book_table, day, visible
from tierwise.segmentation.rules import Condition, Rule, bound, column_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ibis.expr.types import BooleanValue, Table


def attributes_of(rules: Iterable[Rule]) -> list[str]:
    """The attributes that rules ask for, sorted."""
    return sorted({name for rule in rules for condition in rule.when for name in _asked_by(condition)})


def _asked_by(condition: Condition) -> Iterator[str]:
    if condition.attribute:
        yield condition.attribute
    for one in condition.any or ():
        yield from _asked_by(one)


def matches(rules: tuple[Rule, ...], as_of: date) -> Table:
    """``customer_code`` and ``segment_code`` of everyone whom a rule takes in on the day.

    Records that are archived or merged belong to nobody's segment.
    """
    asked = attributes_of(rules)
    records = visible(book_table("customers", "code", "status", "valid_from", *asked), as_of, "valid_from")
    active = records.filter(records.status.isnull() | (records.status == "active"))
    return reduce(lambda left, right: left.union(right), (_members(active, rule) for rule in rules))


def _members(records: Table, rule: Rule) -> Table:
    inside = records.filter(reduce(and_, (holds(records, condition) for condition in rule.when)))
    return inside.select(customer_code=inside.code, segment_code=ibis.literal(rule.code))


def holds(records: Table, condition: Condition) -> BooleanValue:
    """Whether a condition holds; what is not known fulfils none but ``known: false``."""
    if condition.any is not None:
        return reduce(or_, (holds(records, one) for one in condition.any))
    assert condition.attribute is not None
    column = records[condition.attribute]
    parts = [_part(column, condition, name) for name in condition.operators]
    return reduce(and_, parts)


def _part(column: Any, condition: Condition, name: str) -> BooleanValue:
    value = getattr(condition, name)
    if name == "known":
        return column.notnull() if value else column.isnull()
    asked = {
        "equals": lambda: column == value,
        "one_of": lambda: column.isin(sorted(value)),
        "none_of": lambda: column.notin(sorted(value)),
        "starts_with": lambda: column.startswith(value),
        "has": lambda: (ibis.literal(";") + column.replace(" ", "") + ";").contains(
            f";{value.replace(' ', '')};"
        ),
        "at_least": lambda: column >= _limit(condition, value),
        "below": lambda: column < _limit(condition, value),
    }
    return asked[name]().coalesce(False)


def _limit(condition: Condition, value: Any) -> Any:
    assert condition.attribute is not None
    found = bound(condition.attribute, value)
    if isinstance(found, date):
        return day(found)
    kind = IBIS_TYPES[column_of(condition.attribute).kind]
    return ibis.literal(str(found)).cast("decimal(38,10)" if kind.startswith(("decimal", "int")) else kind)
