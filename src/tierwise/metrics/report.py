"""Metrics for people: chosen numbers of chosen customers on a day, from a book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import ibis

from tierwise.book.contract import TABLES
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.kernel.errors import fail
from tierwise.metrics.catalogue import METRICS, use_of, with_needs
from tierwise.metrics.compute import Level, Progress, compute_metrics, silent
from tierwise.metrics.field import field_columns
from tierwise.metrics.model import Use
from tierwise.metrics.scene import Scene

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book

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

        near = ", ".join(get_close_matches(name, METRICS, n=3)) or "tierwise metrics list"
        raise fail(
            "metric.unknown",
            "there is no metric {name}; did you mean: {near}?",
            "没有指标 {name}；是否指：{near}？",
            name=name,
            near=near,
        ) from None


def compute_for_people(
    book: Book,
    names: Sequence[str],
    as_of: date,
    customers: Sequence[str] | None = None,
    *,
    months: int = WINDOW,
    level: Level = "site",
    progress: Progress = silent,
) -> pa.Table:
    """Customer and the asked metrics with their statuses, sorted by customer.

    Ranks and shares are over all customers that have the value. **Raises** ``metric.unknown``.
    """
    version = book.upcoming()
    settings = version.settings
    uses = uses_named(names, months)
    scene = Scene(
        as_of,
        by_invoice=settings.posting_basis == "invoice",
        fiscal_year_start=settings.fiscal_year_start_month,
        financing_rate_pct=settings.financing_rate_pct,
    )
    scene = replace(
        scene,
        settings=scene.settings.model_copy(
            update={
                "default_interval_days": settings.default_interval_days,
                "grace_days": settings.credit_grace_days,
            }
        ),
    )
    with DuckDBEngine() as engine:
        for name in TABLES:
            engine.read_files(name, book.files(name, version), book.schema(name))
        stages = Stages(engine)
        compute_metrics(stages, uses, scene, level=level, progress=progress)
        t = stages["tw_metrics"]
        for use in sorted(with_needs(set(uses))):
            if METRICS[use.name].sort == "field":
                t = t.mutate(**field_columns(t, use))
        columns = [
            c for use in uses for c in (use.column, *((use.status,) if METRICS[use.name].statuses else ()))
        ]
        chosen = t.select(*columns, customer_id=t.unit)
        if customers is not None:
            chosen = chosen.filter(chosen.customer_id.isin(list(customers) or [""]))
        ordered = chosen.order_by(ibis.asc("customer_id")).select("customer_id", *columns)
        return engine.fetch(ordered)
