"""The median purchase interval. Source: spec SAL-15, SAL-17; example E20."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import count_where, integer_sum, quotient, whole
from tierwise.metrics.sales import INTERVAL_MONTHS
from tierwise.metrics.scene import Scene, within

if TYPE_CHECKING:
    from ibis.expr.types import Table


def order_dates(orders: Table) -> Table:
    """Distinct days of counted orders: unit, ordered_on."""
    counted = orders.filter(orders.counted)
    return counted.select("unit", "ordered_on").distinct()


def intervals(dates: Table, scene: Scene) -> Table:
    """One row per unit: ``interval_days`` and ``interval_status``.

    The days of the last 24 months count; with fewer than three of them, the last three days of all time.
    """
    return medians(dates, ("unit",), within(dates.ordered_on, scene.window(INTERVAL_MONTHS)), scene)


def medians(dates: Table, keys: tuple[str, ...], recent: Any, scene: Scene) -> Table:
    """The median interval of every history: its keys, ``interval_days`` and ``interval_status``.

    ``dates`` has the keys and ``ordered_on``, distinct; ``recent`` says which days are of the last 24 months.
    """
    gaps = _gaps(dates, keys, recent)
    of_keys = _middle(gaps, keys)
    seen = dates.group_by(list(keys)).agg(days=dates.ordered_on.count())
    joined = seen.left_join(of_keys, list(keys))
    default = ibis.literal(str(scene.settings.default_interval_days)).cast("decimal(38,10)")
    return joined.select(
        *[joined[key] for key in keys],
        interval_days=ibis.ifelse(joined.days == 1, default, joined.interval_days),
        interval_status=ibis.cases(
            (joined.days == 1, "default_interval"), (joined.days == 2, "single_gap"), else_="ok"
        ),
    )


def regularity(dates: Table, scene: Scene) -> Table:
    """One row per unit: ``gap_count``, and how many gaps lie within a quarter and a half of the median."""
    recent = within(dates.ordered_on, scene.window(INTERVAL_MONTHS))
    gaps = _gaps(dates, ("unit",), recent)
    joined = gaps.join(_middle(gaps, ("unit",)), "unit")
    off = joined.gap.cast("decimal(38,10)") - joined.interval_days
    size = ibis.ifelse(off < 0, -off, off)
    counts = joined.group_by("unit").agg(
        gap_count=joined.gap.count(),
        gaps_near=count_where(size * whole(4) <= joined.interval_days),
        gaps_about=count_where(size * whole(2) <= joined.interval_days),
    )
    everyone = dates.select("unit").distinct().left_join(counts, "unit")
    named = {name: everyone[name].coalesce(0) for name in ("gap_count", "gaps_near", "gaps_about")}
    return everyone.select("unit", **named)


def _gaps(dates: Table, keys: tuple[str, ...], recent: Any) -> Table:
    """The gaps between neighbouring days that count: the keys, ``ordered_on`` and ``gap``.

    The recent days are the newest ones, so that those and the last three are all that count: with three recent ones the
    last three are among them, with fewer these are among the last three. A gap counts if its older day does.
    """
    marked = dates.mutate(recent=recent)
    newest_first = ibis.window(group_by=[marked[key] for key in keys], order_by=marked.ordered_on.desc())
    steps = marked.mutate(
        place=ibis.row_number().over(newest_first),
        before=marked.ordered_on.lead().over(newest_first),
        recent_before=marked.recent.lead().over(newest_first),
    )
    used = steps.filter(steps.before.notnull() & (steps.recent_before | (steps.place < 2)))
    return used.select(*keys, "ordered_on", gap=used.ordered_on.delta(used.before, unit="day"))


def _middle(gaps: Table, keys: tuple[str, ...]) -> Table:
    """The median gap of every history: the keys and ``interval_days``."""
    whose = [gaps[key] for key in keys]
    ranked = gaps.mutate(
        place=ibis.row_number().over(
            ibis.window(group_by=whose, order_by=[gaps.gap.asc(), gaps.ordered_on.asc()])
        ),
        gaps=gaps.gap.count().over(ibis.window(group_by=whose)),
    )
    # zero-based places p with |2p - (k - 1)| <= 1 are the one or two middle gaps
    offset = ranked.place * 2 - (ranked.gaps - 1)
    middle = ranked.filter((offset >= -1) & (offset <= 1))
    halves = middle.group_by(list(keys)).agg(total=integer_sum(middle.gap), count=middle.gap.count())
    median = quotient(whole(halves.total), whole(halves["count"]))
    return halves.select(*keys, interval_days=median)
