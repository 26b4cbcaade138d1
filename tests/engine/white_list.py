"""What an expression may be made of, so that it means the same on every engine. House rules, section 9.

An operation that is not listed is refused. Before one is added: what do DuckDB, PostgreSQL and Spark answer
for null, for negative numbers, for ties and for the widest decimals?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

if TYPE_CHECKING:
    from ibis.expr.types import Table

Rule = Callable[[Any], str | None]
"""Says what is wrong with an operation, or nothing."""

EXACT = (dt.Decimal, dt.Integer)
STATED = (*EXACT, dt.String, dt.Date, dt.Boolean)
"""What may be compared, counted, grouped and sorted: never a float, never an instant."""


def anywhere(_: Any) -> str | None:
    """No condition."""
    return None


def exact(op: Any) -> str | None:
    """Numbers with a declared scale: integers and decimals."""
    wrong = [arg.dtype for arg in _values(op) if not isinstance(arg.dtype, EXACT)]
    return f"on {wrong[0]}" if wrong else None


def stated(op: Any) -> str | None:
    """Operands whose order and equality are the same everywhere; texts are ordered by code point."""
    wrong = [arg.dtype for arg in _values(op) if not isinstance(arg.dtype, STATED)]
    return f"on {wrong[0]}" if wrong else None


def literal(op: Any) -> str | None:
    """Exact constants: text, whole numbers, dates, truth, null."""
    return f"of type {op.dtype}" if not isinstance(op.dtype, STATED) else None


def cast(op: Any) -> str | None:
    """Between exact types, text constants to decimals, and the float estimate of the ratio kernel."""
    source, target = op.arg.dtype, op.to
    if target.is_string():
        return f"from {source}: texts of numbers differ"
    if source.is_string():
        return (
            None
            if isinstance(op.arg, ops.Literal) and target.is_decimal()
            else "of a text that is no constant"
        )
    if source.is_floating() or target.is_floating():
        return None  # see ``estimates``
    if source.is_temporal() or target.is_temporal():
        known = (source.is_date() and target.is_timestamp()) or (source.is_timestamp() and target.is_date())
        return None if known else f"from {source} to {target}"
    return None if isinstance(source, EXACT) and isinstance(target, EXACT) else f"from {source} to {target}"


def whole_numbers(op: Any) -> str | None:
    """The remainder of whole numbers; engines agree for operands that are not negative, callers see to that."""
    return None if all(arg.dtype.is_integer() for arg in _values(op)) else "of numbers that are not whole"


def day_difference(op: Any) -> str | None:
    """Days between dates; months and years differ between engines."""
    part = op.part.value if isinstance(op.part, ops.Literal) else op.part
    return None if str(getattr(part, "value", part)).lower() in ("day", "d") else f"in {part}"


def day_interval(op: Any) -> str | None:
    """An interval of whole days."""
    return None if op.unit.value == "D" else f"in {op.unit}"


def whole_frame(op: Any) -> str | None:
    """Row numbers and ranks need an order; sums are over all rows of a group or over a range by value."""
    ordered = isinstance(op.func, ops.RowNumber | ops.RankBase | ops.Lag | ops.Lead)
    if ordered and not op.order_by:
        return "without an order"
    if not ordered and op.order_by and op.how != "range":
        return "over rows in an order: ties make it differ"
    return None


def summed(op: Any) -> str | None:
    """Sums of exact numbers, under a condition or not."""
    return None if isinstance(op.arg.dtype, EXACT) else f"of {op.arg.dtype}"


ALLOWED: dict[type, Rule] = {
    # tables: what every SQL has
    ops.UnboundTable: anywhere,
    ops.Project: anywhere,
    ops.Filter: anywhere,
    ops.Aggregate: anywhere,
    ops.Sort: anywhere,
    ops.Distinct: anywhere,
    ops.DropColumns: anywhere,
    ops.JoinChain: anywhere,
    ops.JoinLink: anywhere,
    ops.JoinReference: anywhere,
    ops.Union: lambda op: "that drops duplicates" if op.distinct else None,
    # columns and constants
    ops.Field: anywhere,
    ops.Alias: anywhere,
    ops.Literal: literal,
    ops.Cast: cast,
    # three-valued logic is the same everywhere
    ops.And: anywhere,
    ops.Or: anywhere,
    ops.Not: anywhere,
    ops.IsNull: anywhere,
    ops.NotNull: anywhere,
    ops.Coalesce: anywhere,
    ops.IfElse: anywhere,
    ops.SearchedCase: anywhere,
    ops.InValues: stated,
    ops.Between: stated,
    ops.Equals: stated,
    ops.NotEquals: stated,
    ops.Less: stated,
    ops.LessEqual: stated,
    ops.Greater: stated,
    ops.GreaterEqual: stated,
    # exact arithmetic; a product of two fractions states its scale, see ``products``
    ops.Add: exact,
    ops.Subtract: exact,
    ops.Multiply: lambda op: None if op.dtype.is_floating() else exact(op),  # floats: see ``estimates``
    ops.Negate: exact,
    ops.Abs: exact,
    ops.Modulus: whole_numbers,
    ops.Floor: exact,
    # only inside the ratio kernel, see ``estimates``
    ops.Divide: anywhere,
    # days: differences, parts of a date, and one day plus whole days by way of an instant in UTC
    ops.DateFromYMD: anywhere,
    ops.DateDelta: day_difference,
    ops.ExtractYear: anywhere,
    ops.ExtractMonth: anywhere,
    ops.ExtractDay: anywhere,
    ops.IntervalFromInteger: day_interval,
    ops.TimestampAdd: anywhere,
    # texts: put together from codes, and the first character cut off
    ops.StringConcat: anywhere,
    ops.Substring: anywhere,
    # aggregates that do not depend on the order of the rows; nothing to sum gives null everywhere
    ops.Sum: summed,
    ops.Count: anywhere,
    ops.CountStar: lambda op: (
        None if op.where is None else "under a condition: null on Spark where nothing is"
    ),
    ops.CountDistinct: stated,
    ops.Min: stated,
    ops.Max: stated,
    # windows
    ops.WindowFunction: whole_frame,
    ops.WindowBoundary: anywhere,
    ops.MinRank: anywhere,
    ops.RowNumber: anywhere,
    ops.Lag: anywhere,
    ops.Lead: anywhere,
    ops.SortKey: lambda op: f"by {op.dtype}" if not isinstance(op.dtype, STATED) else None,
}
"""Every operation with its condition. ``SortKey`` always says where nulls go: Ibis writes it out in every dialect.

Left out on purpose: ``FloorDivide`` (a float floor), ``Round`` (halves differ), hashes, ``First``, ``Last``,
``Collect``, ``Arbitrary`` (row order), ``Quantile``, ``NTile`` and ``PercentRank`` (definitions differ), ``Mean``
and ``StandardDev`` (floats), months and years of intervals, upper and lower case, patterns, ``Now``, ``Random``.
"""


def violations(expr: Table) -> Iterator[str]:
    """Everything in an expression that is not on the list, as sentences."""
    nodes = list(expr.op().find(ops.Node))
    parents: dict[Any, list[Any]] = {}
    for node in nodes:
        for child in node.__children__:
            parents.setdefault(child, []).append(node)
        rule = ALLOWED.get(type(node))
        if rule is None:
            yield f"{type(node).__name__} is not on the list"
        elif (said := rule(node)) is not None:
            yield f"{type(node).__name__} {said}"
    for node in nodes:
        yield from estimates(node, parents.get(node, []))
        yield from products(node, parents.get(node, []))


def estimates(node: Any, parents: list[Any]) -> Iterator[str]:
    """A float is nothing but the estimate of the ratio kernel.

    decimal(38,s) -> float, perhaps times a constant, divided by another of the same scale, and at once back to
    decimal(38,0).
    """
    if not isinstance(node, ops.Value) or not node.dtype.is_floating():
        return
    if isinstance(node, ops.Cast):
        good = _is_wide(node.arg.dtype) and all(isinstance(p, ops.Divide | ops.Multiply) for p in parents)
    elif isinstance(node, ops.Multiply):
        constant = isinstance(node.right, ops.Cast) and not node.right.find(ops.Field)
        good = constant and all(isinstance(p, ops.Divide) and p.left is node for p in parents)
    elif isinstance(node, ops.Divide):
        left = node.left.left if isinstance(node.left, ops.Multiply) else node.left
        casts = [side for side in (left, node.right) if isinstance(side, ops.Cast)]
        one_scale = len({side.arg.dtype.scale for side in casts if side.arg.dtype.is_decimal()}) == 1
        good = one_scale and all(isinstance(p, ops.Cast) and _is_whole(p.to) for p in parents)
    else:
        good = False
    if not good:
        yield f"{type(node).__name__} is a float outside the ratio kernel"


def products(node: Any, parents: list[Any]) -> Iterator[str]:
    """The scale of a product of two fractions is stated at once: Ibis takes it for the larger of the two.

    It leaves out a cast to that scale, and then every engine goes on with places of its own.
    """
    if not isinstance(node, ops.Multiply):
        return
    scales = [arg.dtype.scale if arg.dtype.is_decimal() else 0 for arg in (node.left, node.right)]
    if 0 in scales:
        return
    if not all(isinstance(p, ops.Cast) and p.to.is_decimal() for p in parents):
        yield f"Multiply of scales {scales} that does not say its scale: use kernel.ratio.product"


def _values(op: Any) -> list[Any]:
    return [child for child in op.__children__ if isinstance(child, ops.Value)]


def _is_wide(type_: Any) -> bool:
    return bool(type_.is_decimal() and type_.precision == 38)


def _is_whole(type_: Any) -> bool:
    return _is_wide(type_) and type_.scale == 0
