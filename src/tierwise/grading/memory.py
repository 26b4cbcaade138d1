"""Grading of Arrow tables in memory: the same pipeline without a book. For tests, notebooks and rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.pipeline import Outcome, grade
from tierwise.metrics.scene import Scene

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.settings import Settings
    from tierwise.engine.base import Engine
    from tierwise.policy.model import Policy


def register_tables(engine: Engine, tables: Mapping[str, pa.Table]) -> None:
    """Registers the given tables of the contract, and empty ones for the rest."""
    for name in TABLES:
        if name in tables:
            engine.register(name, tables[name])
        else:
            engine.read_files(name, [], schema_of(name))


def scene_of(policy: Policy, as_of: date, settings: Settings | None) -> Scene:
    """The point of view of a policy on a day under the settings of a book."""
    if settings is None:
        return Scene(as_of, policy.settings)
    said = policy.settings.model_fields_set
    of_book = {
        "default_interval_days": settings.default_interval_days,
        "grace_days": settings.credit_grace_days,
    }
    silent = {name: value for name, value in of_book.items() if name not in said}
    return Scene(
        as_of,
        policy.settings.model_copy(update=silent),
        by_invoice=settings.posting_basis == "invoice",
        fiscal_year_start=settings.fiscal_year_start_month,
        financing_rate_pct=settings.financing_rate_pct,
    )


def grade_tables(
    tables: Mapping[str, pa.Table],
    policy: Policy,
    as_of: date,
    settings: Settings | None = None,
    *,
    engine: Engine | None = None,
) -> pa.Table:
    """The result rows of a policy over tables in memory, sorted by customer.

    **Shape** one row per customer record, columns of decision 0005.
    """
    return grade_outcome(tables, policy, as_of, settings, engine=engine)[0]


def grade_outcome(
    tables: Mapping[str, pa.Table],
    policy: Policy,
    as_of: date,
    settings: Settings | None = None,
    *,
    engine: Engine | None = None,
) -> tuple[pa.Table, Outcome]:
    """As ``grade_tables``, with the facts and warnings of the run."""
    own = engine or DuckDBEngine()
    try:
        register_tables(own, tables)
        outcome = grade(Stages(own), policy, scene_of(policy, as_of, settings))
        results = outcome.results
        return own.fetch(results.order_by(results.customer_id.asc())), outcome
    finally:
        if engine is None:
            own.close()
