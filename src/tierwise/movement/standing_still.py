"""The grade that each customer's own new metrics would have had, had all others stood still. Source: spec 8.1(6), decision 0014.

A method that looks at nobody else gives the grade that it gave. Rank and cumulative share are asked exactly: the
customer's new value among the old values of all others. RFM reads the cut points that the run stored. For what cannot be
told so, nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.abc import cut_count
from tierwise.grading.base import constant, threshold_grade
from tierwise.grading.gates import gated, read_by_gates
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import split_window
from tierwise.policy.card import FIELD_KINDS
from tierwise.policy.check import metrics_of
from tierwise.policy.model import (
    AbcCumulative,
    AbcRank,
    Combination,
    CreditRating,
    KeyAccount,
    QualitySet,
    Rfm,
    Scorecard,
    ValueBands,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.policy.model import Policy


@dataclass(frozen=True, slots=True)
class World:
    """A graded population: its rows (units alone), the policy, the facts of its field, and its size."""

    rows: Table
    policy: Policy
    facts: dict[str, Any]
    population: int


def looks_at_others(policy: Policy) -> bool:
    """Whether a customer's grade can change although nothing of its own does."""
    ranked = any(METRICS[split_window(named.text)[0]].sort == "field" for named in metrics_of(policy))
    return ranked or any(_depends(method, policy) for method in policy.methods if _counts(method, policy))


def can_be_told(policy: Policy) -> bool:
    """Whether the grade under others that stand still can be asked of this policy."""
    if not looks_at_others(policy):
        return True
    if any(METRICS[split_window(named.text)[0]].sort == "field" for named in metrics_of(policy)):
        return False
    lead = policy.leading
    if isinstance(lead, Rfm):
        return lead.grade_by == "sum" and lead.binning == "independent"
    fallback = next((m for m in policy.advisory if policy.fallback and m.id == policy.fallback.method), None)
    return isinstance(lead, AbcRank | AbcCumulative) and not (fallback and _depends(fallback, policy))


def _counts(method: Any, policy: Policy) -> bool:
    """Whether a method has a say in the grade."""
    return method.id == policy.leading.id or (
        policy.fallback is not None and policy.fallback.method == method.id
    )


def _depends(method: Any, policy: Policy) -> bool:
    if isinstance(method, ValueBands | CreditRating):
        return False
    if isinstance(method, Scorecard | QualitySet):
        return any(c.source.kind in FIELD_KINDS for c in method.criteria)
    if isinstance(method, Rfm):
        by_mean = method.grade_by == "segment" and method.segments == "eight" and method.high == "above_mean"
        return method.scoring != "fixed_bins" or by_mean
    if isinstance(method, Combination):
        return any(_depends(other, policy) for other in policy.methods if not isinstance(other, Combination))
    return isinstance(method, AbcRank | AbcCumulative | KeyAccount)


def among_the_old(stages: Stages, old: World, now: World) -> Table:
    """Unit and ``alone``, the grade among the others of ``old``, gates included; for units graded in ``now``."""
    lead = now.policy.leading
    rows = now.rows.filter(now.rows.grade.notnull())
    if "family" in rows.columns:
        rows = rows.filter((rows.family == lead.id).coalesce(True))
    if isinstance(lead, AbcRank):
        graded = _by_rank(stages, lead, old, rows)
    elif isinstance(lead, AbcCumulative):
        graded = _by_share(stages, lead, old, rows)
    else:
        assert isinstance(lead, Rfm)
        graded = _by_scores(lead, old, rows)
    columns = [*dict.fromkeys(read_by_gates(now.policy))]
    held = rows.select(key=rows.unit, **{c: rows[c] for c in columns})
    joined = graded.join(held, graded.unit == held.key)
    grade, _ = gated(joined.bare, joined, now.policy)
    return joined.select("unit", alone=grade)


def _old_values(old: World, column: str) -> Table:
    """The values of the members that have one."""
    t = old.rows
    t = t.filter(t.status != "not_in_population", t[column].notnull())
    return t.select(o_unit=t.unit, o_value=t[column].cast(RATIO))


def _beside_old(rows: Table, old: World, column: str) -> Table:
    """The new value, the own old value (null for a newcomer), and whether the customer was a member."""
    values = _old_values(old, column)
    was = old.rows.filter(old.rows.status != "not_in_population").select(w_unit=old.rows.unit)
    t: Any = rows.select("unit", value=rows[column].cast(RATIO))
    t = t.left_join(was, t.unit == was.w_unit)
    return t.left_join(values, t.unit == values.o_unit).select(
        "unit", "value", "o_value", was=t.w_unit.notnull()
    )


def _by_rank(stages: Stages, method: AbcRank, old: World, rows: Table) -> Table:
    column = use_of(method.value, old.policy.window_months).column
    t = stages.keep("mv_alone", _beside_old(rows, old, column))
    codes = [grade.code for grade in old.policy.scale]
    place = (
        _place_of_tied(stages, method, old, rows, t)
        if method.tie_rule == "break"
        else _place(stages, method, old, t)
    )
    member, more = _counts_of(method, codes, old.population), _counts_of(method, codes, old.population + 1)
    p = place
    within = ibis.cases(
        *[(p.place <= ibis.ifelse(p.was, member[code], more[code]), code) for code in codes[:-1]],
        else_=codes[-1],
    )
    return p.select("unit", bare=ibis.ifelse(p.value > 0, within, codes[-1]))


def _counts_of(method: AbcRank, codes: list[str], population: int) -> dict[str, int]:
    return {code: cut_count(population, method.shares_pct[code], method.rounding) for code in codes[:-1]}


def _place(stages: Stages, method: AbcRank, old: World, t: Table) -> Table:
    """The place among the old values of all others: the best of a tie, or the worst if ties are excluded."""
    values = _old_values(old, use_of(method.value, old.policy.window_months).column)
    one, none = ibis.literal(1).cast("int64"), ibis.literal(0).cast("int64")
    marks = values.select(v=values.o_value, n=one).union(t.select(v=t.value, n=none))
    levels = marks.group_by("v").agg(n=marks.n.sum().cast("decimal(38,0)").cast("int64"))
    levels = levels.mutate(
        upto=levels.n.sum().over(ibis.window(order_by=[levels.v.desc()], rows=(None, 0))).cast("int64")
    )
    levels = stages.keep("mv_levels", levels)
    joined = t.join(levels, t.value == levels.v)
    own_above = ibis.ifelse((joined.o_value > joined.value).coalesce(False), 1, 0)
    own_least = ibis.ifelse((joined.o_value >= joined.value).coalesce(False), 1, 0)
    above, least = joined.upto - joined.n - own_above, joined.upto - own_least
    place = (least if method.tie_rule == "exclude" else above) + 1
    return joined.select("unit", "value", "was", place=place.cast("int64"))


def _place_of_tied(stages: Stages, method: AbcRank, old: World, rows: Table, t: Table) -> Table:
    """The place where ties are broken: by the tie-breakers as they are now against those of the others then."""
    months = old.policy.window_months
    column = use_of(method.value, months).column
    ties = [(use_of(step.metric, months).column, step.order) for step in method.tie_break]
    before = old.rows.filter(old.rows.status != "not_in_population", old.rows[column].notnull())

    def line(r: Table, old_one: int) -> Table:
        extra = {f"t{i}": r[name] for i, (name, _) in enumerate(ties)}
        return r.select(u=r.unit, v=r[column].cast(RATIO), o=ibis.literal(old_one).cast("int64"), **extra)

    both = line(before, 1).union(line(rows, 0))
    order: list[Any] = [both.v.desc()]
    for i, (_, way) in enumerate(ties):
        key = both[f"t{i}"]
        order.append(key.desc(nulls_first=False) if way == "more" else key.asc(nulls_first=False))
    order += [both.u.asc(), both.o.desc()]
    upto = both.o.sum().over(ibis.window(order_by=order, rows=(None, 0))).cast("int64")
    place = ibis.row_number().over(ibis.window(order_by=order)).cast("int64")
    kept = stages.keep("mv_lined", both.mutate(upto=upto, line=place))
    new = kept.filter(kept.o == 0).select(n_unit=kept.u, upto=kept.upto, line=kept.line)
    mine = kept.filter(kept.o == 1).select(m_unit=kept.u, m_line=kept.line)
    joined: Any = t.join(new, t.unit == new.n_unit)
    joined = joined.left_join(mine, joined.unit == mine.m_unit)
    own = ibis.ifelse((joined.m_line < joined.line).coalesce(False), 1, 0)
    return joined.select("unit", "value", "was", place=(joined.upto - own + 1).cast("int64"))


def _by_share(stages: Stages, method: AbcCumulative, old: World, rows: Table) -> Table:
    """The class by the share of the positive total that stood before the new value, the own old value taken out."""
    column = use_of(method.value, old.policy.window_months).column
    t = stages.keep("mv_alone", _beside_old(rows, old, column))
    values = _old_values(old, column)
    zero = ibis.literal("0").cast(RATIO)
    positive = ibis.ifelse(values.o_value > 0, values.o_value, zero)
    marks = values.select(v=values.o_value, s=positive).union(t.select(v=t.value, s=zero))
    levels = marks.group_by("v").agg(s=marks.s.sum().cast(RATIO))
    running = levels.s.sum().over(ibis.window(order_by=[levels.v.desc()], rows=(None, 0)))
    levels = levels.mutate(
        above=(running - levels.s).cast(RATIO), total=levels.s.sum().over(ibis.window()).cast(RATIO)
    )
    levels = stages.keep("mv_levels", levels)
    joined = t.join(levels, t.value == levels.v)
    mine = ibis.ifelse((joined.o_value > 0).coalesce(False), joined.o_value, zero)
    own_above = ibis.ifelse((joined.o_value > joined.value).coalesce(False), mine, zero)
    before = (joined.above - own_above).cast(RATIO) * whole(1_000_000)
    total = (joined.total - mine + joined.value).cast(RATIO)
    codes = [grade.code for grade in old.policy.scale]
    within = ibis.cases(
        *[(before < total * whole(int(method.cumulative_pct[code] * 10_000)), code) for code in codes[:-1]],
        else_=codes[-1],
    )
    return joined.select("unit", bare=ibis.ifelse(joined.value > 0, within, codes[-1]))


def _by_scores(method: Rfm, old: World, rows: Table) -> Table:
    """The grade by the sum of the scores that the old cut points give."""
    facts = old.facts[method.id]
    total: Any = whole(0)
    for dimension, name in zip("rfm", ("recency", "frequency", "monetary"), strict=True):
        value = rows[facts[name]].cast(RATIO)
        less = METRICS[split_window(facts[name])[0]].less_is_better
        score = _score(value, method, dimension, facts, less=less)
        if dimension != "r":
            score = ibis.ifelse(value <= constant(Decimal(0)), 1, score)
        total = total + whole(score)
    cuts = {code: Decimal(least) for code, least in method.sum_thresholds.items()}
    grade = threshold_grade(total.cast(RATIO), cuts, old.policy.scale[-1].code)
    return rows.select("unit", bare=grade)


def _score(value: Any, method: Rfm, dimension: str, facts: dict[str, Any], *, less: bool) -> Any:
    cuts = [None if cut is None else Decimal(cut) for cut in facts["cuts"][dimension]]
    if method.scoring == "quantile_bins":
        # A limit of eleven places is compared as ten times both.
        scaled = value * whole(10)
        steps = [(scaled >= constant(cut * 10), at) for at, cut in enumerate(cuts, 1) if cut is not None]
        reached = ibis.cases(*reversed(steps), else_=0) if steps else ibis.literal(0)
        return (5 - reached if less else reached + 1) if steps else ibis.literal(1)
    tests = [
        (value <= constant(cut) if less else value >= constant(cut), score)
        for score, cut in zip((5, 4, 3, 2), cuts, strict=True)
        if cut is not None
    ]
    return ibis.cases(*tests, else_=1) if tests else ibis.literal(1)
