"""Metrics for people: chosen numbers of chosen customers on a day, from a book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import ibis

from tierwise.engine.stages import Stages
from tierwise.kernel.errors import fail
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.compute import Level, Progress, compute_metrics, customers_seen, silent
from tierwise.metrics.field import columns_of, over_the_field, with_field
from tierwise.metrics.model import Use
from tierwise.metrics.reasons import late_reasons
from tierwise.metrics.scene import Scene
from tierwise.metrics.settings import MetricSettings

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.book.settings import Settings
    from tierwise.book.store import Book, BookVersion
    from tierwise.engine.base import Engine

WINDOW = 12


def uses_named(names: Sequence[str], months: int = WINDOW) -> list[Use]:
    """The metrics that a person named, in their order; no name means all.

    **Raises** ``metric.unknown`` with near names.
    """
    return [_use(name, months) for name in (names or sorted(METRICS))]


def _use(name: str, months: int) -> Use:
    try:
        return use_of(name, months)
    except (KeyError, ValueError):
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(name.casefold(), METRICS, n=3, cutoff=0.7))
        raise fail(
            "metric.unknown",
            "there is no metric {name}; "
            + ("did you mean: {near}?" if near else "`tierwise metrics list` names all"),
            "没有指标 {name}；" + ("是否指：{near}？" if near else "可用 `tierwise metrics list` 列出全部"),
            name=name,
            near=near,
        ) from None


def scene_for_people(settings: Settings, as_of: date) -> Scene:
    """The point of view of a day under the settings of a book, without a policy."""
    said = {"default_interval_days": settings.default_interval_days, "grace_days": settings.credit_grace_days}
    return Scene(
        as_of,
        MetricSettings().model_copy(update=said),
        by_invoice=settings.posting_basis == "invoice",
        fiscal_year_start=settings.fiscal_year_start_month,
        financing_rate_pct=settings.financing_rate_pct,
    )


def _opened(engine: Engine, book: Book, version: BookVersion, as_of: date) -> Stages:
    book.open_in(engine, version, as_of=as_of)
    return Stages(engine)


def late_reasons_for_people(
    book: Book,
    as_of: date,
    customers: Sequence[str] | None = None,
    *,
    months: int = WINDOW,
    level: Level = "site",
    version: BookVersion | None = None,
) -> pa.Table:
    """Late amounts by customer, reason and whether it excuses, the largest first. **Source** spec CRD-07."""
    shown = version or book.upcoming()
    with book.engine() as engine:
        stages = _opened(engine, book, shown, as_of)
        scene = customers_seen(stages, scene_for_people(shown.settings, as_of), level)
        t = late_reasons(stages, scene, months)
        if customers is not None:
            t = t.filter(t.customer_id.isin(list(customers) or [""]))
        order = [t.customer_id.asc(), t.amount.desc(), t.reason.asc(), t.excused.asc()]
        return engine.fetch(t.order_by(order).select("customer_id", "reason", "excused", "amount", "parts"))


def measured(stages: Stages, uses: Sequence[Use]) -> Table:
    """What ``compute_metrics`` has made ready, with ranks and shares over all customers; one row per ``unit``."""
    t = stages["tw_metrics"]
    return with_field(stages, stages.keep("tw_measured", t), uses) if over_the_field(uses) else t


def compute_for_people(
    book: Book,
    names: Sequence[str],
    as_of: date,
    customers: Sequence[str] | None = None,
    *,
    months: int = WINDOW,
    level: Level = "site",
    version: BookVersion | None = None,
    progress: Progress = silent,
) -> pa.Table:
    """Customer and the asked metrics with their statuses, sorted by customer.

    Ranks and shares are over all customers that have the value. **Raises** ``metric.unknown``.
    """
    shown = version or book.upcoming()
    uses = uses_named(names, months)
    scene = scene_for_people(shown.settings, as_of)
    with book.engine() as engine:
        stages = _opened(engine, book, shown, as_of)
        compute_metrics(stages, uses, scene, level=level, progress=progress)
        t = measured(stages, uses)
        columns = [column for use in uses for column in columns_of(use)]
        chosen = t.select(*columns, customer_id=t.unit)
        if customers is not None:
            chosen = chosen.filter(chosen.customer_id.isin(list(customers) or [""]))
        ordered = chosen.order_by(ibis.asc("customer_id")).select("customer_id", *columns)
        return engine.fetch(ordered)
