"""The matrix between two runs, counted in one pass: each result is read once, and what is joined is as small as can be.

States are small numbers while they are counted, and get their names afterwards. Source: spec 8.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.wording import WIDE
from tierwise.movement.between import (
    MONEY,
    Pair,
    Side,
    effective_state,
    not_seen,
    people_on,
    profit_of,
    rows_of,
    was_merged,
)
from tierwise.movement.migration import INACTIVE, MERGED, NEW, OUTSIDE, UNGRADED

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine
    from tierwise.policy.model import Policy

SUMS = ("sales_before", "sales_after", "profit_before", "profit_after")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many went from one state to another, with what they bring."""

    previous: str
    current: str
    customers: int
    sums: tuple[Decimal | None, ...]
    """In the order of ``SUMS``."""


def counted(engine: Engine, pair: Pair) -> Iterator[Counted]:
    """The movement between two registered runs, everybody together; a pair of states may come more than once."""
    numbers = _numbers(pair)
    names = {number: state for state, number in numbers.items()}
    merged = _merged(pair)
    gone = engine.fetch(merged.limit(1)).num_rows > 0
    for row in engine.fetch(_joined(pair, numbers, merged if gone else None)).to_pylist():
        previous, current = names.get(row["previous"], NEW), names.get(row["current"], INACTIVE)
        if previous in (NEW, INACTIVE) and row.get("was_gone"):
            previous = MERGED
        if current in (NEW, INACTIVE):
            current = MERGED if row.get("gone") else INACTIVE
        yield Counted(previous, current, row["customers"], tuple(row[name] for name in SUMS))


def added(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is there; null if nothing is."""
    there = [value for value in values if value is not None]
    return reduce(WIDE.add, there) if there else None


def _numbers(pair: Pair) -> dict[str, int]:
    """Every state that either run can give as a small number."""
    grades = [code for side in (pair.before, pair.after) for code in _grades(side.policy)]
    return {state: number for number, state in enumerate(dict.fromkeys([*OUTSIDE, *grades]), 1)}


def _grades(policy: Policy) -> list[str]:
    """The grades that a policy can give: of its scale, and of its fallback's."""
    asked = [m for m in policy.methods if policy.fallback and m.id == policy.fallback.method]
    scales = (policy.scale, *(policy.scale_of(method) for method in asked))
    return [grade.code for scale in scales for grade in scale]


def _merged(pair: Pair) -> Table:
    people = people_on(pair.after.record.as_of)
    return people.filter(people.p_status == "merged").select("p_code")


def _joined(pair: Pair, numbers: Mapping[str, int], merged: Table | None) -> Table:
    """One row for each two states, as numbers; null is who the run does not know, or says nothing of."""
    a = _side("mv_a", pair.before, pair, numbers).rename("a_{name}")
    b = _side("mv_b", pair.after, pair, numbers).rename("b_{name}")
    t: Any = a.outer_join(b, a.a_id == b.b_id)
    keys = {"previous": t.a_state, "current": t.b_state}
    if merged is not None:
        t = t.mutate(code=t.a_id.coalesce(t.b_id))
        t = t.left_join(merged, t.code == merged.p_code)
        keys |= {"previous": t.a_state, "current": t.b_state, "gone": t.p_code.notnull()}
    was_gone = was_merged(pair.before, t.a_id.coalesce(t.b_id))
    keys |= {} if was_gone is None else {"was_gone": was_gone}
    sums = dict(zip(SUMS, (t.a_sales, t.b_sales, t.a_profit, t.b_profit), strict=True))
    return t.group_by(**keys).agg(customers=t.count(), **{n: v.sum().cast(MONEY) for n, v in sums.items()})


def _side(name: str, side: Side, pair: Pair, numbers: Mapping[str, int]) -> Table:
    """Customer, state as a number, sales and profit of one run."""
    t = rows_of(name, side)
    profit: Any = ibis.null(MONEY)
    if pair.profit is not None:
        profit = t[profit_of(side, pair.profit).column].cast(MONEY)
    money = {"sales": t[side.sales.column].cast(MONEY), "profit": profit}
    if pair.grades == "computed":
        return t.select(id=t.customer_id, state=_number(t, side, numbers, last=name == "mv_b"), **money)
    own, e = t.select(id=t.customer_id, **money), effective_state(f"{name}_effective")
    told = [(e.state == state, number) for state, number in numbers.items()]
    e = e.select("e_id", state=ibis.cases(*told, else_=None))
    both = own.outer_join(e, own.id == e.e_id)
    return both.select(both.state, both.sales, both.profit, id=both.id.coalesce(both.e_id))


def _number(t: Table, side: Side, numbers: Mapping[str, int], *, last: bool) -> Any:
    """The state of a computed row as a number. In the later run (``last``) whoever has none is inactive, seen or not:
    then the state needs one column less.
    """
    small = {state: ibis.literal(number, "int8") for state, number in numbers.items()}
    grades = [(t.grade == code, number) for code, number in small.items() if code not in OUTSIDE]
    new, outside = not_seen(t, side.sales), t.status == "not_in_population"
    if last:
        states = [(t.status.isin(("no_history", "not_in_population")), small[INACTIVE])]
    else:
        states = [(new, small[NEW]), (outside, small[INACTIVE])]
    return ibis.cases(*grades, *states, else_=small[UNGRADED])
