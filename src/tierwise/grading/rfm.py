"""G05: recency, frequency, monetary value. Source: spec 6.5; examples E04.

Quantile bins and named segments give the published figures of the R package rfm
(docs/algorithms/rfm-quantile-notes.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import (
    Context,
    Graded,
    constant,
    distances,
    threshold_grade,
    with_missing,
)
from tierwise.kernel.ratio import RATIO, integer_sum, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import Use

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import Rfm

DIMENSIONS = ("r", "f", "m")
EIGHT = {
    "HHH": "important_value",
    "LHH": "important_keep",
    "HLH": "important_develop",
    "LLH": "important_winback",
    "HHL": "general_value",
    "LHL": "general_keep",
    "HLL": "general_develop",
    "LLL": "general_winback",
}
NAMED: tuple[tuple[str, tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ("champions", (5, 5), (5, 5), (5, 5)),
    ("potential_loyalist", (3, 5), (3, 5), (2, 5)),
    ("loyal_customers", (2, 4), (2, 4), (2, 4)),
    ("promising", (3, 4), (1, 3), (3, 5)),
    ("new_customers", (4, 5), (1, 3), (1, 5)),
    ("cant_lose_them", (1, 2), (3, 4), (4, 5)),
    ("at_risk", (1, 2), (2, 5), (4, 5)),
    ("need_attention", (1, 3), (3, 5), (3, 5)),
    ("about_to_sleep", (2, 3), (1, 3), (1, 4)),
    ("lost", (1, 1), (1, 5), (1, 5)),
)


def grade_rfm(method: Rfm, context: Context) -> Graded:
    """Scores of the members that ever ordered; cell, sum, weighted sum, segment, and a grade if asked."""
    uses = [
        use_of(name, context.policy.window_months)
        for name in (method.recency, method.frequency, method.monetary)
    ]
    m = context.members
    valued = m.filter(m[uses[0].column].notnull() & m[uses[1].column].notnull() & m[uses[2].column].notnull())
    base = valued.select(
        "unit", **{f"v{d}": valued[u.column].cast(RATIO) for d, u in zip(DIMENSIONS, uses, strict=True)}
    )
    base = context.stages.keep(f"tw_{method.id}_base", base)
    count = one(context.stages.engine, base.agg(n=base.count()))["n"]
    scored, facts = _scores(method, context, base, count, uses)
    scored = context.stages.keep(f"tw_{method.id}_scores", scored)
    scored, means = _segments(method, context, scored)
    table = _grades(method, context, scored)
    return Graded(
        with_missing(context, table, count),
        {"n": count, "recency": uses[0].column, "frequency": uses[1].column, "monetary": uses[2].column}
        | facts
        | means,
    )


def _less(use: Use) -> bool:
    return METRICS[use.name].less_is_better


def _scores(
    method: Rfm, context: Context, t: Table, count: int, uses: list[Use]
) -> tuple[Table, dict[str, Any]]:
    facts: dict[str, Any] = {"scoring": method.scoring, "binning": method.binning}
    columns: dict[str, Any] = {}
    if method.scoring == "rank":
        t = context.stages.keep(f"tw_{method.id}_ranks", _rank_scores(method, t, uses, count))
        facts["cuts"] = _rank_cuts(context, t, uses) if method.binning == "independent" else {}
    else:
        for d, use in zip(DIMENSIONS, uses, strict=True):
            limits = (
                _fixed(method, d)
                if method.scoring == "fixed_bins"
                else _quantiles(context, t, f"v{d}", count)
            )
            facts.setdefault("cuts", {})[d] = [f"{x:f}" for x in limits]
            columns[d] = _binned(t[f"v{d}"], limits, _less(use), upper=method.scoring == "quantile_bins")
        t = t.mutate(**columns)
    zero_f = ibis.ifelse(t.vf <= 0, ibis.literal(1, "int64"), t.f)
    zero_m = ibis.ifelse(t.vm <= 0, ibis.literal(1, "int64"), t.m)
    return t.mutate(r=t.r.cast("int64"), f=zero_f.cast("int64"), m=zero_m.cast("int64")), facts


def _rank_scores(method: Rfm, t: Table, uses: list[Use], count: int) -> Table:
    """5 - floor((rank - 1) x 5 / N), equal values equal scores; nested within the dimension before."""
    within: list[str] = []
    for d, use in zip(DIMENSIONS, uses, strict=True):
        group = [t[c] for c in within] if method.binning == "nested" else []
        value = t[f"v{d}"]
        order = value.asc() if _less(use) else value.desc()
        before = ibis.rank().over(ibis.window(group_by=group, order_by=[order])) * 5
        size = t.unit.count().over(ibis.window(group_by=group)) if group else ibis.literal(count, "int64")
        score = ibis.cases(*[(before < size * k, 6 - k) for k in range(1, 5)], else_=1)
        t = t.mutate(**{d: score.cast("int64")})
        within.append(d)
    return t


def _rank_cuts(context: Context, t: Table, uses: list[Use]) -> dict[str, list[str | None]]:
    """The worst value of each score from 5 to 2, so that every score can cite its threshold."""
    out: dict[str, list[str | None]] = {}
    for d, use in zip(DIMENSIONS, uses, strict=True):
        value = t[f"v{d}"]
        edge = value.max() if _less(use) else value.min()
        rows = {
            row["s"]: row["v"]
            for row in context.stages.engine.fetch(t.group_by(s=t[d]).agg(v=edge)).to_pylist()
        }
        out[d] = [None if rows.get(s) is None else f"{rows[s]:f}" for s in (5, 4, 3, 2)]
    return out


def _fixed(method: Rfm, dimension: str) -> list[Decimal]:
    return list({"r": method.recency_bins, "f": method.frequency_bins, "m": method.monetary_bins}[dimension])


def _quantiles(context: Context, t: Table, column: str, n: int) -> list[Decimal]:
    """The limits by fifths, ascending and exact (a fifth of a ten-place decimal fits eleven)."""
    if n == 0:
        return []
    places = positions(n)
    numbered = t.select(v=t[column], p=ibis.row_number().over(ibis.window(order_by=[t[column].asc()])))
    rows = context.stages.engine.fetch(numbered.filter(numbered.p.isin(places))).to_pylist()
    return fifths({row["p"]: row["v"] for row in rows}, n)


def positions(n: int) -> list[int]:
    """The places from 0 whose values the fifths of n values are made of."""
    near = {((n - 1) * i) // 5 + extra for i in range(1, 5) for extra in (0, 1)}
    return sorted(k for k in near if k < n)


def fifths(at: Mapping[int, Decimal], n: int) -> list[Decimal]:
    """The four type-7 fifths of n ascending values plus one, from the values at the places next to them."""
    cuts = []
    for i in range(1, 5):
        k, rest = divmod((n - 1) * i, 5)
        step = (at[k + 1] - at[k]) * rest / 5 if rest else Decimal(0)
        cuts.append(at[k] + step + 1)
    return cuts


def _binned(value: Any, limits: list[Decimal], less: bool, *, upper: bool) -> Any:
    """A score from four limits. ``upper``: the score counts limits that are at most the value."""
    if not limits:
        return ibis.literal(1, "int64")
    if not upper:
        tests = [value <= constant(x) if less else value >= constant(x) for x in limits]
        return ibis.cases(*[(test, 5 - i) for i, test in enumerate(tests)], else_=1)
    scaled = value * whole(10)  # limits may have eleven places; compare ten times both
    reached = ibis.cases(
        *[(scaled >= constant(x * 10), i + 1) for i, x in reversed(list(enumerate(limits)))], else_=0
    )
    return 5 - reached if less else 1 + reached


def _segments(method: Rfm, context: Context, t: Table) -> tuple[Table, dict[str, Any]]:
    if method.segments != "eight":
        return t.mutate(segment=segment_of(method, t)) if method.segments == "named" else t, {}
    if method.high == "at_least":
        return t.mutate(segment=segment_of(method, t)), {"high_from": method.high_from}
    sums = one(context.stages.engine, t.agg(n=t.count(), **{d: integer_sum(t[d]) for d in DIMENSIONS}))
    of_all = {d: sums[d] or 0 for d in DIMENSIONS}
    return t.mutate(segment=segment_of(method, t, sums["n"] or 1, of_all)), {"score_sums": of_all}


def segment_of(method: Rfm, t: Table, n: Any = None, sums: Mapping[str, Any] | None = None) -> Any:
    """The segment of scores ``r``, ``f`` and ``m``; above the mean asks for the sums of all ``n``."""
    if method.segments == "named":
        branches = [(t.r.between(*r) & t.f.between(*f) & t.m.between(*m), code) for code, r, f, m in NAMED]
        return ibis.cases(*branches, else_="others")
    if sums is None:
        high = {d: t[d] >= method.high_from for d in DIMENSIONS}
    else:
        high = {d: t[d] * n > sums[d] for d in DIMENSIONS}
    letters = [ibis.ifelse(high[d], "H", "L") for d in DIMENSIONS]
    key = letters[0] + letters[1] + letters[2]
    return ibis.cases(*[(key == k, v) for k, v in EIGHT.items()], else_="general_winback")


def grade_of(method: Rfm, t: Table, last: str) -> Any:
    """The grade of scores ``r``, ``f`` and ``m``, or of their segment; null where nothing is graded."""
    if method.grade_by == "sum":
        cuts = {code: Decimal(least) for code, least in method.sum_thresholds.items()}
        return threshold_grade((t.r + t.f + t.m).cast(RATIO), cuts, last)
    if method.grade_by == "segment":
        branches = [(t.segment == s, g) for s, g in method.segment_grades.items()]
        return ibis.cases(*branches, else_=last)
    return ibis.null("string")


def _grades(method: Rfm, context: Context, t: Table) -> Table:
    total = (t.r + t.f + t.m).cast("int64")
    wr, wf, wm = method.weights
    t = t.mutate(
        sum=total,
        cell=(t.r * 100 + t.f * 10 + t.m).cast("int64"),
        weighted=(t.r * wr + t.f * wf + t.m * wm).cast("int64"),
    )
    nothing, near = ibis.null(RATIO), ibis.literal("none")
    last = context.policy.scale_of(method)[-1].code
    grade = grade_of(method, t, last)
    if method.grade_by == "sum":
        cuts = {c: Decimal(v) for c, v in method.sum_thresholds.items()}
        score = t["sum"].cast(RATIO)
        gap, cushion, near = distances(score, grade, cuts, last, context.policy.near_cut_pct)
        reason = ibis.ifelse(grade == last, "rfm.sum-below-all", "rfm.sum-at-or-above")
    elif method.grade_by == "segment":
        reason, gap, cushion = ibis.literal("rfm.segment"), nothing, nothing
    else:
        reason, gap, cushion = ibis.literal("rfm.scored"), nothing, nothing
    extra = {"segment": t.segment} if method.segments != "none" else {}
    rank = (ibis.rank().over(ibis.window(order_by=[t["sum"].desc()])) + 1).cast("int64")
    return t.select(
        "unit",
        "r",
        "f",
        "m",
        "cell",
        "sum",
        "weighted",
        **extra,
        score=t["sum"].cast(RATIO),
        rank=rank,
        grade=grade,
        gap=gap.cast(RATIO),
        cushion=cushion.cast(RATIO),
        near=near,
        reason=reason,
    )
