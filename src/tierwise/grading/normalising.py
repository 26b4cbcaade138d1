"""Scores of a value among the values of the others, beside the rank score: share of the maximum, min–max, bands of places.

Source: spec 6.4. Share of the maximum and min–max are rounded half up to nine places, by declaration, like a line
between two anchors: the anchors are the smallest and the largest value of the population.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import ibis

from tierwise.engine.base import one
from tierwise.kernel.ratio import INTEGER, PLACES, RATIO, exact, floor_divide, product, units, whole
from tierwise.metrics.catalogue import use_of
from tierwise.policy.card import FromMaximum, FromMinMax, FromPlaces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibis.expr.types import Table

    from tierwise.grading.base import Context
    from tierwise.metrics.model import Use
    from tierwise.policy.card import Criterion

STRETCHED = ("share_of_maximum", "min_max")
"""Kinds whose scores are rounded to nine places."""
KINDS = (*STRETCHED, "percentile_bands")
NINE = 10**PLACES


@dataclass(frozen=True, slots=True)
class Extent:
    """A criterion scored among the others: the metric used, how many have a value, the smallest and the largest."""

    criterion: Criterion
    use: Use
    n: int
    low: Decimal | None
    high: Decimal | None

    @property
    def facts(self) -> dict[str, Any]:
        """What explains the scores, as stored with the run."""
        ends = {"low": self.low, "high": self.high}
        return {"metric": self.use.column, "n": self.n} | {
            name: None if end is None else f"{end:f}" for name, end in ends.items()
        }


class Scored(NamedTuple):
    """A score in billionths, whether there is a value at all, and the score for people."""

    billionths: Any
    missing: Any
    score: Any


def extents(criteria: Iterable[Criterion], context: Context) -> tuple[Extent, ...]:
    """The extent of every criterion that is scored among the others by something else than its rank."""
    return tuple(_extent(c, context) for c in criteria if c.source.kind in KINDS)


def _extent(criterion: Criterion, context: Context) -> Extent:
    source = criterion.source
    assert isinstance(source, FromMaximum | FromMinMax | FromPlaces)
    use = use_of(source.metric, context.policy.window_months)
    value = context.members[use.column]
    row = one(context.stages.engine, context.members.agg(n=value.count(), low=value.min(), high=value.max()))
    ends = [None if row[end] is None else Decimal(row[end]) for end in ("low", "high")]
    return Extent(criterion, use, int(row["n"]), *ends)


def normalised(extent: Extent, t: Table) -> Scored:
    """The score of every member by the extent of its criterion, 0 to the criterion's top."""
    c, value = extent.criterion, t[extent.use.column]
    match c.source.kind:
        case "share_of_maximum":
            found = _of_maximum(c.source, extent, value)
        case "min_max":
            found = _between_ends(c.source, extent, value)
        case "percentile_bands":
            return _by_places(c.source, extent, value)
        case _:
            raise AssertionError(c.source.kind)
    missing = value.isnull()
    shown = product(found, exact("0.000000001", PLACES), PLACES).cast(RATIO)
    return Scored(found, missing, ibis.ifelse(missing, ibis.null(RATIO), shown))


def _of_maximum(source: FromMaximum, extent: Extent, value: Any) -> Any:
    del source
    if extent.high is None or extent.high <= 0:
        return _same(value, Decimal(0))
    found = _stretched(_digits(value), _number(extent.high, value), extent.criterion.top)
    return _zero_where(value <= 0, found)


def _between_ends(source: FromMinMax, extent: Extent, value: Any) -> Any:
    top, low, high = extent.criterion.top, extent.low, extent.high
    if low is None or high is None:
        return _same(value, Decimal(0))
    more = source.better == "more"
    if low == high:
        # nobody stands before anybody: full points, unless there is nothing to speak of
        return _same(value, top if not more or low > 0 else Decimal(0))
    least, most = _number(low, value), _number(high, value)
    offset = _digits(value) - whole(least) if more else whole(most) - _digits(value)
    found = _stretched(offset, most - least, top)
    return _zero_where(value <= 0, found) if more and source.nonpositive_is_zero else found


def _by_places(source: FromPlaces, extent: Extent, value: Any) -> Scored:
    more = source.better == "more"
    order = value.desc(nulls_first=False) if more else value.asc(nulls_first=False)
    before = whole(ibis.rank().over(ibis.window(order_by=[order])).cast("int64")) * whole(1_000_000)
    reached = [
        (before < whole(int(band.top_pct * 10_000) * extent.n), exact(str(band.points)))
        for band in source.bands
    ]
    score = ibis.cases(*reached, else_=exact("0"))
    if more and source.nonpositive_is_zero:
        score = ibis.ifelse((value <= 0).coalesce(False), exact("0"), score)
    missing = value.isnull()
    billionths = (units(score) * whole(10 ** (PLACES - 4))).cast(INTEGER)
    return Scored(billionths, missing, ibis.ifelse(missing, ibis.null(RATIO), score.cast(RATIO)))


def _stretched(offset: Any, span: int, top: Decimal) -> Any:
    """offset / span x top in billionths, rounded half up; 0 <= offset <= span.

    **Bounds** 2 x span x top x 10^9 must fit 38 digits: money of 10^13 in ten-thousandths against 100.00 points.
    """
    share = Fraction(Fraction(top) * NINE, span)
    kept, _ = floor_divide(
        offset * whole(2 * share.numerator) + whole(share.denominator), whole(2 * share.denominator)
    )
    return kept


def _scale_of(value: Any) -> int:
    """The decimal places of a metric."""
    kind = value.type()
    return int(kind.scale) if kind.is_decimal() else 0


def _digits(value: Any) -> Any:
    """A value as the integer of its digits: money in ten-thousandths."""
    scale = _scale_of(value)
    return (value.cast(f"decimal(38,{scale})") * whole(10**scale)).cast(INTEGER)


def _number(end: Decimal, value: Any) -> int:
    return int(end.scaleb(_scale_of(value)))


def _same(value: Any, score: Decimal) -> Any:
    """One score for everybody."""
    return whole(int(score * NINE)) + ibis.ifelse(value.isnull(), whole(0), whole(0))


def _zero_where(condition: Any, score: Any) -> Any:
    return ibis.ifelse(condition.coalesce(False), whole(0), score)
