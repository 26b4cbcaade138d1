"""Exchange rates of the sample company: a calm random walk on working days."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tierwise.demo.company.days import Days

TYPICAL: dict[str, float] = {"CNY": 1.0, "USD": 7.14, "EUR": 7.86, "JPY": 0.0482}
"""Where the rates hover: base currency per unit. Prices in foreign currency are made from these."""

_PLACES = {"USD": 4, "EUR": 4, "JPY": 6}
_LEAD_DAYS = 30  # quotations start before the first order


def rate_rows(seed: int, days: Days) -> Iterator[tuple[str, ...]]:
    """Rows of ``fx_rates``: currency, date, rate, source."""
    for currency, places in _PLACES.items():
        rng = Random(f"tierwise-demo:{seed}:rates:{currency}")
        drift = 0.0
        for day in days.working(days.first - _LEAD_DAYS, days.end):
            drift = 0.995 * drift + rng.uniform(-0.0032, 0.0032)
            rate = TYPICAL[currency] * (1 + drift)
            yield currency, days.iso(day), f"{rate:.{places}f}", "人民币汇率中间价"
