"""The grade that each customer's own new metrics would have had, had all others stood still. Source: spec 8.1(6), decision 0014.

A method that looks at nobody else gives the grade that it gave. The others are asked exactly: the customer's new value among
the old values of all others, its own old one taken out. For what cannot be told so, nothing is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.abc import cut_count
from tierwise.grading.combine import grade_of, said_of
from tierwise.grading.gates import gated, read_by_gates
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import split_window
from tierwise.movement.still_cards import by_card
from tierwise.movement.still_rfm import above_mean, by_scores, can_be_scored
from tierwise.movement.world import World, beside_old, values_of
from tierwise.policy.card import FIELD_KINDS
from tierwise.policy.check import metrics_of
from tierwise.policy.model import (
    AbcCumulative,
    AbcRank,
    Combination,
    CreditRating,
    FromRank,
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
    fallback = next((m for m in policy.advisory if policy.fallback and m.id == policy.fallback.method), None)
    return _told(policy.leading, policy) and not (fallback and _depends(fallback, policy))


def _told(method: Any, policy: Policy) -> bool:
    if not _depends(method, policy):
        return True
    if isinstance(method, Combination):
        return all(_told(part, policy) for part in _parts(method, policy))
    if isinstance(method, Rfm):
        return can_be_scored(method)
    if isinstance(method, Scorecard):
        among = [c.source for c in method.criteria if c.source.kind in FIELD_KINDS]
        return all(isinstance(source, FromRank) for source in among)
    return isinstance(method, AbcRank | AbcCumulative)


def _parts(method: Combination, policy: Policy) -> list[Any]:
    return [part for part in policy.methods if part.id in method.of]


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
        return method.scoring != "fixed_bins" or above_mean(method)
    if isinstance(method, Combination):
        return any(_depends(part, policy) for part in _parts(method, policy))
    return isinstance(method, AbcRank | AbcCumulative | KeyAccount)


def among_the_old(stages: Stages, old: World, now: World, asked: Table | None = None) -> Table:
    """Unit and ``alone``, the grade among the others of ``old``, gates included; for units graded in ``now``.

    ``asked``: only those of its ``unit``. The grade is null where the stored scores do not decide it.
    """
    lead = now.policy.leading
    rows = now.rows.filter(now.rows.grade.notnull())
    if "family" in rows.columns:
        rows = rows.filter((rows.family == lead.id).coalesce(True))
    rows = rows if asked is None else rows.semi_join(asked, "unit")
    graded = _bare(stages, lead, old, now, rows)
    columns = [*dict.fromkeys(read_by_gates(now.policy))]
    held = rows.select(key=rows.unit, **{c: rows[c] for c in columns})
    joined = graded.join(held, graded.unit == held.key)
    grade, _ = gated(joined.bare, joined, now.policy)
    return joined.select("unit", alone=grade)


def _bare(stages: Stages, method: Any, old: World, now: World, rows: Table) -> Table:
    """Unit and ``bare``, the grade that a method gives before gates; units without one have none or are left out."""
    if not _depends(method, now.policy):
        return rows.select("unit", bare=rows[now.said(method, "grade")])
    rows = rows.filter(rows[now.said(method, "grade")].notnull())
    if isinstance(method, AbcRank):
        return _by_rank(stages, method, old, rows)
    if isinstance(method, AbcCumulative):
        return _by_share(stages, method, old, rows)
    if isinstance(method, Scorecard):
        return by_card(stages, method, old, now, rows)
    if isinstance(method, Rfm):
        return by_scores(stages, method, old, now, rows)
    return _combined(stages, method, old, now, rows)


def _combined(stages: Stages, method: Combination, old: World, now: World, rows: Table) -> Table:
    """What a combination makes of the grades of its parts; null where one of them is not decided."""
    parts, t = {}, rows.select("unit", open=ibis.literal(False))
    for part in _parts(method, now.policy):
        stored = now.said(part, "grade")
        if not _depends(part, now.policy):
            parts[part.id] = rows.select("unit", grade=rows[stored])
            continue
        found = parts[part.id] = _bare(stages, part, old, now, rows).rename(grade="bare")
        undecided = found.filter(found.grade.isnull()).select(open_unit=found.unit)
        joined = t.left_join(undecided, t.unit == undecided.open_unit)
        t = joined.select("unit", open=joined.open | joined.open_unit.notnull())
    said = said_of(method, t, parts)
    grade = grade_of(method, said, [grade.code for grade in now.policy.scale_of(method)])
    return said.select("unit", bare=ibis.ifelse(said.open, ibis.null("string"), grade))


def _by_rank(stages: Stages, method: AbcRank, old: World, rows: Table) -> Table:
    column = use_of(method.value, old.policy.window_months).column
    t = stages.keep(f"mv_{method.id}_beside", beside_old(rows, old, method, column))
    codes = [grade.code for grade in old.policy.scale_of(method)]
    n = old.facts[method.id]["n"]
    place = (
        _place_of_tied(stages, method, old, rows, t)
        if method.tie_rule == "break"
        else _place(stages, method, old, t)
    )
    member, more = _counts_of(method, codes, n), _counts_of(method, codes, n + 1)
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
    values = values_of(old, method, use_of(method.value, old.policy.window_months).column)
    one, none = ibis.literal(1).cast("int64"), ibis.literal(0).cast("int64")
    marks = values.select(v=values.o_value, n=one).union(t.select(v=t.value, n=none))
    levels = marks.group_by("v").agg(n=marks.n.sum().cast("decimal(38,0)").cast("int64"))
    levels = levels.mutate(
        upto=levels.n.sum().over(ibis.window(order_by=[levels.v.desc()], rows=(None, 0))).cast("int64")
    )
    levels = stages.keep(f"mv_{method.id}_levels", levels)
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
    before = old.members(method)
    before = before.filter(before[column].notnull())

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
    kept = stages.keep(f"mv_{method.id}_lined", both.mutate(upto=upto, line=place))
    new = kept.filter(kept.o == 0).select(n_unit=kept.u, upto=kept.upto, line=kept.line)
    mine = kept.filter(kept.o == 1).select(m_unit=kept.u, m_line=kept.line)
    joined: Any = t.join(new, t.unit == new.n_unit)
    joined = joined.left_join(mine, joined.unit == mine.m_unit)
    own = ibis.ifelse((joined.m_line < joined.line).coalesce(False), 1, 0)
    return joined.select("unit", "value", "was", place=(joined.upto - own + 1).cast("int64"))


def _by_share(stages: Stages, method: AbcCumulative, old: World, rows: Table) -> Table:
    """The class by the share of the positive total that stood before the new value, the own old value taken out."""
    column = use_of(method.value, old.policy.window_months).column
    t = stages.keep(f"mv_{method.id}_beside", beside_old(rows, old, method, column))
    values = values_of(old, method, column)
    zero = ibis.literal("0").cast(RATIO)
    positive = ibis.ifelse(values.o_value > 0, values.o_value, zero)
    marks = values.select(v=values.o_value, s=positive).union(t.select(v=t.value, s=zero))
    levels = marks.group_by("v").agg(s=marks.s.sum().cast(RATIO))
    running = levels.s.sum().over(ibis.window(order_by=[levels.v.desc()], rows=(None, 0)))
    levels = levels.mutate(
        above=(running - levels.s).cast(RATIO), total=levels.s.sum().over(ibis.window()).cast(RATIO)
    )
    levels = stages.keep(f"mv_{method.id}_levels", levels)
    joined = t.join(levels, t.value == levels.v)
    mine = ibis.ifelse((joined.o_value > 0).coalesce(False), joined.o_value, zero)
    own_above = ibis.ifelse((joined.o_value > joined.value).coalesce(False), mine, zero)
    before = (joined.above - own_above).cast(RATIO) * whole(1_000_000)
    total = (joined.total - mine + joined.value).cast(RATIO)
    codes = [grade.code for grade in old.policy.scale_of(method)]
    within = ibis.cases(
        *[(before < total * whole(int(method.cumulative_pct[code] * 10_000)), code) for code in codes[:-1]],
        else_=codes[-1],
    )
    return joined.select("unit", bare=ibis.ifelse(joined.value > 0, within, codes[-1]))
