"""G09: the quality set, the best share by a weighted total of rank scores. Source: spec 6.9; example E12."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tierwise.engine.base import one
from tierwise.grading.abc import cut_count
from tierwise.grading.base import Context, Graded
from tierwise.grading.criteria import compile_criteria
from tierwise.grading.scorecard import criteria_facts, weighted_totals
from tierwise.kernel.ratio import RATIO
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from tierwise.policy.model import QualitySet


def grade_quality_set(method: QualitySet, context: Context) -> Graded:
    """Members are the best ceil(share x N) by competition rank of the total, ties included."""
    card = compile_criteria(method.id, method.criteria, None, context, orders_for_volume=True)
    t = card.table
    complete = ibis.literal(True)
    for c in method.criteria:
        complete = complete & t[f"{c.code}_x"].notnull()
    totals = weighted_totals(method.id, method.criteria, card, t.filter(complete), context)
    engine = context.stages.engine
    n = one(engine, totals.agg(n=totals.count()))["n"]
    count = cut_count(context.population, method.share_pct, "ceil")
    positive = use_of(method.positive, context.policy.window_months).column
    m = context.members
    base = m.select("unit", "bought", worth=m[positive].cast(RATIO))
    own = t.select("unit", **{f"{c.code}_score": t[f"{c.code}_score"] for c in method.criteria})
    rank = (ibis.rank().over(ibis.window(order_by=[totals.score.desc()])) + 1).cast("int64")
    ranked = totals.mutate(rank=rank)
    joined = base.left_join(ranked, "unit").drop("unit_right").left_join(own, "unit")
    member = ((joined["rank"] <= count) & (joined.worth > 0)).coalesce(False)
    missing = joined.score.isnull()
    table = joined.select(
        joined.unit,
        status=ibis.cases((~missing, "graded"), (joined.bought, "incomplete"), else_="no_history"),
        score=joined.score,
        rank=joined["rank"],
        member=member,
        reason=ibis.cases(
            (missing & ~joined.bought, "history.none"),
            (missing, "value.missing"),
            (member, "quality.member"),
            else_="quality.not-member",
        ),
        **{c: joined[c] for c in own.columns if c != "unit"},
    )
    facts = {
        "n": context.population,
        "with_value": n,
        "share_pct": str(method.share_pct),
        "count": count,
        "criteria": criteria_facts(method.criteria, card),
    }
    return Graded(table, facts)
