"""The scores of a scorecard's criteria, as exact integers over one common denominator. Source: spec 6.3, 6.4.

Every criterion leaves three columns: ``<code>_score`` for people (0 … its top), ``<code>_status``
(``ok``, ``from_attribute``, ``missing``, ``expired``, ``invalid``), and ``<code>_x``, the score times
the common denominator as decimal(38,0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, constant
from tierwise.grading.normalising import KINDS, Extent, extents, normalised
from tierwise.kernel.ratio import (
    INTEGER,
    PLACES,
    RATIO,
    count_where,
    exact,
    floor_divide,
    product,
    quotient,
    units,
    whole,
)
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.model import Use
from tierwise.metrics.scene import book_table, day, visible

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import Criterion, FromAssessment, FromRank

PLAIN = 10_000
"""Scores given as decimals have four places."""
FINE = 10**9
"""Linear scores are rounded half up to nine places, by declaration."""
WIDEST = 35
"""Digits of the largest numerator of a total: three below the kernel's 38, for the long division."""
VALID_MONTHS = 12
"""An assessment without ``valid_until`` speaks for twelve months (spec 4.4)."""
EXACT_PARTS = {"credit_score": ("c_points", "c_amount")}
"""Numerator and denominator columns of metrics that are ratios with a denominator per customer."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A ranked criterion: the metric used and how many members have a value."""

    criterion: Criterion
    use: Use
    n: int


@dataclass(frozen=True, slots=True)
class Card:
    """The criteria as compiled: the table, the common denominator, and those scored among the others."""

    table: Table
    denominator: int
    ranks: tuple[Rank, ...]
    extents: tuple[Extent, ...] = ()


def compile_criteria(
    name: str,
    criteria: tuple[Criterion, ...],
    template: str | None,
    context: Context,
    *,
    orders_for_volume: bool = False,
) -> Card:
    """Scores of all criteria for every member.

    With ``orders_for_volume`` the orders take the place of a volume that cannot be added up (spec 6.9).
    """
    ranked = [c for c in criteria if c.source.kind == "rank_score"]
    ranks = tuple(_rank(c, context, orders_for_volume=orders_for_volume) for c in ranked)
    coarse = _too_wide(ranks, criteria, context)
    parts = [PLAIN]
    if coarse or _rounded(criteria):
        parts.append(FINE)
    if not coarse:
        parts += [rank.n - 1 for rank in ranks if rank.n > 1]
    common = math.lcm(*parts)
    t = context.members
    assessed = [c for c in criteria if c.source.kind == "assessment"]
    if assessed and template:
        asked = {c.code: getattr(c.source, "criterion", None) or c.code for c in assessed}
        t = with_assessments(t, asked, template, context)
    uses = {rank.criterion.code: rank for rank in ranks}
    among = extents(criteria, context)
    columns: dict[str, Any] = {}
    for c in criteria:
        columns |= _one(c, t, context, common, uses.get(c.code), coarse)
    for extent in among:
        columns |= _among_others(extent, t, common)
    table = context.stages.keep(f"tw_{name}_criteria", t.select("unit", "bought", **columns))
    return Card(table, common, ranks, among)


def _rounded(criteria: tuple[Criterion, ...]) -> bool:
    """Whether a score is rounded to nine places, by declaration."""
    return any(c.source.kind in ("metric_linear", *KINDS) for c in criteria)


def _too_wide(ranks: tuple[Rank, ...], criteria: tuple[Criterion, ...], context: Context) -> bool:
    """Whether exact rank scores would not fit the kernel; then they are cut at nine places (decision 0004)."""
    common = math.lcm(PLAIN, FINE if _rounded(criteria) else 1, *(rank.n - 1 for rank in ranks if rank.n > 1))
    scale = 10 ** max(-int(c.weight.normalize().as_tuple().exponent) for c in criteria)
    factors = 100 * max(scale, 1) * len(criteria)
    size = 100 * factors * common * _largest_own(criteria, context)
    return bool(size >= 10**WIDEST)


def _largest_own(criteria: tuple[Criterion, ...], context: Context) -> int:
    """The largest denominator of a ratio score in the population."""
    for c in criteria:
        if c.source.kind == "metric_score":
            use = use_of(c.source.metric, context.policy.window_months)
            if use.name not in EXACT_PARTS:
                return 10**10
            bottom = context.members[f"{EXACT_PARTS[use.name][1]}_{use.months}m"]
            largest = one(context.stages.engine, context.members.agg(m=units(bottom).max()))["m"]
            return int(largest or 1)
    return 1


def _rank(criterion: Criterion, context: Context, *, orders_for_volume: bool) -> Rank:
    source = criterion.source
    assert source.kind == "rank_score"
    use = use_of(source.metric, context.policy.window_months)
    m = context.members
    if orders_for_volume and use.name == "sales_volume":
        mixed = one(context.stages.engine, m.agg(n=count_where(m[use.status] == "mixed_units")))["n"]
        if mixed:
            use = Use("orders", use.months)
    n = one(context.stages.engine, m.agg(n=m[use.column].count()))["n"]
    return Rank(criterion, use, n)


def _one(
    c: Criterion, t: Table, context: Context, common: int, rank: Rank | None, coarse: bool
) -> dict[str, Any]:
    source = c.source
    match source.kind:
        case "rank_score":
            assert rank is not None
            return _ranked(c, source, rank, t, common, coarse)
        case "metric_score":
            return _metric_score(c, source.metric, t, context)
        case "assessment":
            score, status = _assessed(c, source, t)
        case "fixed_by_enum":
            value = t[source.attribute]
            branches = [(value == code, exact(str(points))) for code, points in source.points.items()]
            other = ibis.null("decimal(38,4)") if source.otherwise is None else exact(str(source.otherwise))
            score = ibis.cases(*branches, else_=other) if branches else other
            score = ibis.ifelse(value.isnull(), ibis.null("decimal(38,4)"), score)
            status = ibis.ifelse(score.isnull(), "missing", "ok")
        case "metric_bands":
            value = (
                t[source.attribute]
                if source.attribute
                else t[use_of(source.metric or "", context.policy.window_months).column]
            )
            value = value.cast(RATIO)
            branches = [
                (
                    (value >= constant(b.start)) if b.start is not None else ibis.literal(True),
                    exact(str(b.points)),
                )
                for b in source.bands
            ]
            score = ibis.ifelse(
                value.isnull(), ibis.null("decimal(38,4)"), ibis.cases(*branches, else_=exact("0"))
            )
            status = ibis.ifelse(value.isnull(), "missing", "ok")
        case "metric_linear":
            return _linear(c, t, context, common)
        case _:
            return {}
    who: dict[str, Any] = {}
    if source.kind == "assessment":
        spoke = status.isin(("ok", "invalid", "expired"))
        who = {
            f"{c.code}_assessor": ibis.ifelse(spoke, t[f"a_{c.code}_by"], ibis.null("string")),
            f"{c.code}_assessed_on": ibis.ifelse(spoke, t[f"a_{c.code}_on"], ibis.null("date")),
        }
    present = ~status.isin(("missing", "expired", "invalid"))
    x = (units(score) * whole(common // PLAIN)).cast(INTEGER)
    return {
        f"{c.code}_score": score.cast(RATIO),
        f"{c.code}_status": status,
        f"{c.code}_x": ibis.ifelse(present, x, ibis.null(INTEGER)),
        **who,
    }


def _linear(c: Criterion, t: Table, context: Context, common: int) -> dict[str, Any]:
    source = c.source
    assert source.kind == "metric_linear"
    value = t[use_of(source.metric, context.policy.window_months).column].cast(RATIO)
    span = source.full_at - source.zero_at
    sign = 1 if span > 0 else -1
    offset = (value - constant(source.zero_at)) * whole(sign)
    zero, full = constant(Decimal(0)), constant(abs(span))
    inside = ibis.cases((offset <= zero, zero), (offset >= full, full), else_=offset)
    # score x 10^9 = inside x 10^10 x (top x 10^4 x 10^9) / (|span| x 10^10 x 10^4), a fraction in lowest terms
    share = Fraction(int(c.top * PLAIN) * FINE, int(abs(span) * 10**9) * 10 * PLAIN)
    steps = (inside * whole(10**10)).cast(INTEGER)
    # half up: floor((2 x steps x n + d) / 2d)
    kept, _ = floor_divide(
        steps * whole(2 * share.numerator) + whole(share.denominator), whole(2 * share.denominator)
    )
    rounded = product(kept, exact("0.000000001", PLACES), PLACES)
    missing = value.isnull()
    x = kept * whole(common // FINE)
    return {
        f"{c.code}_score": ibis.ifelse(missing, ibis.null(RATIO), rounded.cast(RATIO)),
        f"{c.code}_status": ibis.ifelse(missing, "missing", "ok"),
        f"{c.code}_x": ibis.ifelse(missing, ibis.null(INTEGER), x),
    }


def _ranked(
    c: Criterion, source: FromRank, rank: Rank, t: Table, common: int, coarse: bool
) -> dict[str, Any]:
    value = t[rank.use.column]
    order = value.desc(nulls_first=False) if source.better == "more" else value.asc(nulls_first=False)
    place = ibis.rank().over(ibis.window(order_by=[order]))  # 0 = best; nulls come last and are not read
    steps = max(rank.n - 1, 1)
    left = (
        whole(100) * (whole(rank.n) - whole(1) - whole(place))
        if rank.n > 1
        else whole(100) + whole(place) * whole(0)
    )
    full = quotient(left, whole(steps))
    if coarse:
        kept, _ = floor_divide(left * whole(FINE), whole(steps))
        x = kept * whole(common // FINE)
    else:
        x = left * whole(common // steps)
    zeroed = ibis.literal(False)
    if source.nonpositive_is_zero and source.better == "more":
        zeroed = (value <= 0).coalesce(False)
    if source.null_is_zero:
        zeroed = zeroed | value.isnull()
    missing = value.isnull() & ~zeroed
    score = (
        full
        if c.weight_pct is not None
        else quotient(left * whole(int(c.top * PLAIN)), whole(steps * 100 * PLAIN))
    )
    return {
        f"{c.code}_score": ibis.cases(
            (missing, ibis.null(RATIO)), (zeroed, constant(Decimal(0))), else_=score
        ),
        f"{c.code}_status": ibis.ifelse(missing, "missing", "ok"),
        f"{c.code}_x": ibis.cases((missing, ibis.null(INTEGER)), (zeroed, whole(0)), else_=x),
        f"{c.code}_rank": ibis.ifelse(value.isnull(), ibis.null("int64"), (place + 1).cast("int64")),
    }


def _among_others(extent: Extent, t: Table, common: int) -> dict[str, Any]:
    """A score by the smallest and the largest value, or by bands of places."""
    code = extent.criterion.code
    found = normalised(extent, t)
    x = (found.billionths * whole(common // FINE)).cast(INTEGER)
    return {
        f"{code}_score": found.score,
        f"{code}_status": ibis.ifelse(found.missing, "missing", "ok"),
        f"{code}_x": ibis.ifelse(found.missing, ibis.null(INTEGER), x),
    }


def _metric_score(c: Criterion, metric: str, t: Table, context: Context) -> dict[str, Any]:
    """A ratio with its own denominator: ``_x`` is the numerator and ``_y`` the denominator."""
    use = use_of(metric, context.policy.window_months)
    value = t[use.column].cast(RATIO)
    missing = value.isnull()
    if use.name in EXACT_PARTS:
        top, bottom = (f"{part}_{use.months}m" for part in EXACT_PARTS[use.name])
        numerator, denominator = units(t[top]), units(t[bottom])
    else:
        numerator, denominator = (value * whole(10**10)).cast(INTEGER), whole(10**10)
    # from the exact parts: seven tenths of a value that was cut at nine places may miss the ninth
    of_points = quotient(numerator * whole(int(c.top * PLAIN)), denominator * whole(100 * PLAIN))
    score = value if c.weight_pct is not None else ibis.ifelse(missing, ibis.null(RATIO), of_points)
    return {
        f"{c.code}_score": score,
        f"{c.code}_status": ibis.ifelse(missing, "missing", "ok"),
        f"{c.code}_x": ibis.ifelse(missing, ibis.null(INTEGER), numerator),
        f"{c.code}_y": ibis.ifelse(missing, ibis.null(INTEGER), denominator),
    }


def _assessed(c: Criterion, source: FromAssessment, t: Table) -> tuple[Any, Any]:
    """Score and status of a human criterion: given, from an attribute, expired, missing or invalid."""
    given, level = t[f"a_{c.code}_score"].cast("decimal(38,4)"), t[f"a_{c.code}_level"]
    fresh = t[f"a_{c.code}_fresh"].coalesce(False)
    invalid = (given < 0) | (given > exact(str(c.top)))
    if source.step is not None:
        step = int(source.step * PLAIN)
        invalid = invalid | ((units(given).cast("int64") % step) != 0)
    if source.fixed:
        invalid = invalid | _fixed_invalid(source, given, level)
    if source.levels:
        invalid = invalid | _level_invalid(source, given, level)
    attribute = ibis.null("decimal(38,4)")
    if source.attribute is not None:
        branches = [
            (t[source.attribute] == a, exact(str(source.fixed[lv])))
            for a, lv in source.attribute_levels.items()
        ]
        attribute = ibis.cases(*branches, else_=ibis.null("decimal(38,4)"))
    status = ibis.cases(
        (fresh & invalid.coalesce(False), "invalid"),
        (fresh, "ok"),
        (attribute.notnull(), "from_attribute"),
        (given.notnull(), "expired"),
        else_="missing",
    )
    score = ibis.cases(
        (status.isin(("ok", "invalid")), given),
        (status == "from_attribute", attribute),
        else_=ibis.null("decimal(38,4)"),
    )
    return score, status


def _fixed_invalid(source: FromAssessment, given: Any, level: Any) -> Any:
    of_level = ibis.cases(
        *[(level == code, given != exact(str(p))) for code, p in source.fixed.items()], else_=True
    )
    points = sorted(set(source.fixed.values()))
    listed = ibis.literal(False)
    for p in points:
        listed = listed | (given == exact(str(p)))
    return ibis.ifelse(level.isnull(), ~listed, of_level)


def _level_invalid(source: FromAssessment, given: Any, level: Any) -> Any:
    """A score outside the band of the level that the assessor named."""
    branches = []
    upper: Decimal | None = None
    for band in source.levels:
        outside = given < exact(str(band.min))
        if upper is not None:
            outside = outside | (given >= exact(str(upper)))
        branches.append((level == band.code, outside))
        upper = band.min
    return ibis.ifelse(level.isnull(), ibis.literal(False), ibis.cases(*branches, else_=True))


def with_assessments(
    t: Table, asked: dict[str, str], template: str, context: Context, *, evidence: bool = False
) -> Table:
    """Joins the latest assessment of each criterion: score, level, assessor, date, and whether it still speaks.

    ``asked``: name of the columns -> criterion of the template. ``evidence``: what was said for it, too.
    """
    as_of = context.scene.as_of
    seen = visible(book_table("assessments"), as_of, "as_of")
    mine = seen.filter(seen.template == template)
    newest = ibis.window(group_by=[mine.customer_code, mine.criterion], order_by=[mine.as_of.desc()])
    last = mine.mutate(back=ibis.row_number().over(newest)).filter(lambda a: a.back == 0)
    start = context.scene.window(VALID_MONTHS).start
    fresh = ibis.ifelse(last.valid_until.notnull(), last.valid_until >= day(as_of), last.as_of >= day(start))
    last = last.mutate(fresh=fresh)
    columns: dict[str, Any] = {}
    for name, criterion in asked.items():
        is_it = last.criterion == criterion
        columns[f"a_{name}_score"] = last.score.max(where=is_it)
        columns[f"a_{name}_level"] = last.level.max(where=is_it)
        columns[f"a_{name}_fresh"] = last.fresh.max(where=is_it)
        columns[f"a_{name}_by"] = last.assessor.max(where=is_it)
        columns[f"a_{name}_on"] = last.as_of.max(where=is_it)
        if evidence:
            columns[f"a_{name}_why"] = last.evidence.max(where=is_it)
    wide = context.stages.keep(
        f"tw_assessed_{template}", last.group_by(assessed=last.customer_code).agg(**columns)
    )
    joined = t.left_join(wide, t.unit == wide.assessed)
    return joined.drop("assessed")
