"""Small companies as Arrow tables, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from tests.engine.events import event_tables
from tests.oracle.facts import arrow_tables
from tests.oracle.random_facts import random_facts
from tierwise.book.settings import Settings
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.scene import Scene

DEMO_DAY = date(2025, 6, 30)
METRIC_NAMES = sorted(name for name, metric in METRICS.items() if metric.sort != "field")
"""Every metric that needs no population."""


@dataclass(frozen=True)
class Company:
    """Facts with the day and the settings under which they are graded."""

    tables: dict[str, pa.Table]
    as_of: date
    settings: Settings


def random_company(seed: int, size: int) -> Company:
    """The company of a seed: ties, zeros, negatives, late knowledge, groups, unknown customers."""
    facts = random_facts(seed, size)
    settings = Settings(
        name="engines",
        posting_basis="invoice" if facts.posting_basis == "invoice" else "order",
        fiscal_year_start_month=facts.fiscal_year_start,
        financing_rate_pct=facts.financing_rate_pct,
    )
    return Company(arrow_tables(facts) | event_tables(facts, seed), facts.as_of, settings)


def scene_of_facts(company: Company) -> Scene:
    """The point of view from which metrics are computed."""
    settings = company.settings
    return Scene(
        company.as_of,
        by_invoice=settings.posting_basis == "invoice",
        fiscal_year_start=settings.fiscal_year_start_month,
        financing_rate_pct=settings.financing_rate_pct,
    )
