"""G02: classes by cumulative share of the value. Source: spec 6.2; example E38."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, Graded, with_missing
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import AbcCumulative


def grade_abc_cumulative(method: AbcCumulative, context: Context) -> Graded:
    """A member's class is decided by the share of the positive total that stands strictly before it."""
    use = use_of(method.value, context.policy.window_months)
    m = context.members
    valued = m.filter(m[use.column].notnull()).select("unit", score=m[use.column].cast(RATIO))
    positive = ibis.ifelse(valued.score > 0, valued.score, ibis.literal("0").cast(RATIO))
    marked = valued.mutate(positive=positive)
    # all rows with a strictly larger value: a running sum by value less the own tie group
    running = marked.positive.sum().over(ibis.window(order_by=[marked.score.desc()], range=(None, 0)))
    ties = marked.positive.sum().over(ibis.window(group_by=[marked.score]))
    placed = marked.mutate(
        before=(running - ties).cast(RATIO),
        total=marked.positive.sum().over(ibis.window()).cast(RATIO),
        rank=(ibis.rank().over(ibis.window(order_by=[marked.score.desc()])) + 1).cast("int64"),
    )
    codes = [grade.code for grade in context.policy.scale_of(method)]
    t = context.stages.keep(f"tw_{method.id}_places", _classes(method, placed, codes))
    classes = _class_limits(context, t, codes)
    # No distances: with a value the total moves, and with it every share before every customer (spec 6.2).
    nothing = {"gap": ibis.null(RATIO), "cushion": ibis.null(RATIO), "near": ibis.null("string")}
    table = t.select("unit", "score", "rank", "grade", "reason", **nothing, before=t.before)
    total = one(context.stages.engine, t.agg(n=t.count(), total=t.positive.sum().cast(RATIO)))
    facts = {
        "value": use.column,
        "n": total["n"],
        "total": None if total["total"] is None else f"{total['total']:f}",
        "cuts": [
            {
                "grade": c,
                "cumulative_pct": str(method.cumulative_pct[c]),
                "count": classes[c][2],
                "value": None if classes[c][0] is None else f"{classes[c][0]:f}",
            }
            for c in codes[:-1]
        ],
    }
    return Graded(with_missing(context, table, total["n"]), facts)


def _classes(method: AbcCumulative, t: Table, codes: list[str]) -> Table:
    last = codes[-1]
    share = t.before * whole(1_000_000)
    within = ibis.cases(
        *[(share < t.total * whole(int(method.cumulative_pct[code] * 10_000)), code) for code in codes[:-1]],
        else_=last,
    )
    positive = t.score > 0
    grade = ibis.ifelse(positive, within, last)
    reason = ibis.cases(
        (~positive, "cumulative.nonpositive"),
        (grade == last, "cumulative.below-cut"),
        else_="cumulative.within-cut",
    )
    return t.mutate(grade=grade, reason=reason)


def _class_limits(
    context: Context, t: Table, codes: list[str]
) -> dict[str, tuple[Decimal | None, Decimal | None, int]]:
    """Smallest and largest value and size of every class that has positive members."""
    rows = context.stages.engine.fetch(
        t.group_by("grade").agg(low=t.score.min(where=t.score > 0), high=t.score.max(), n=t.count())
    ).to_pylist()
    found: dict[str, tuple[Any, Any, int]] = {
        row["grade"]: (row["low"], row["high"], row["n"]) for row in rows
    }
    return {code: found.get(code, (None, None, 0)) for code in codes}
