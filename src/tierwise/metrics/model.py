"""How a metric is declared. A metric is one number (or date, flag, code) per customer. Source: spec 5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tierwise.book.contract.model import Choice
from tierwise.kernel.text import Text

Unit = Literal[
    "money",
    "percent",
    "days",
    "months",
    "count",
    "score",
    "date",
    "flag",
    "quantity",
    "ratio",
    "rank",
    "code",
    "hours",
    "seconds",
]
Sort = Literal["base", "derived", "field", "outside"]
"""``base``: one aggregate over a prepared view; ``derived``: from metrics of the same customer;
``field``: over the population (ranks, shares); ``outside``: a root, computed in decimal beside the engine."""


@dataclass(frozen=True, slots=True)
class Metric:
    """The declaration of one metric; its arithmetic stands in the module of its family."""

    name: str
    id: str
    title: Text
    unit: Unit
    sort: Sort
    formula: Text
    months: int | None = None
    """Default window in months; ``None`` for metrics without a window."""
    less_is_better: bool = False
    statuses: tuple[str, ...] = ()
    """Why the value can be null or qualified; empty if it is always there."""
    needs: tuple[str, ...] = ()
    """Metrics it is derived from, by name; they get the same window, unless they name their own."""
    tables: tuple[str, ...] = ("order_lines",)
    codes: tuple[Choice, ...] = ()
    """The closed list that a metric of unit ``code`` chooses from, with their words."""
    rules_version: int = 1
    """Raised whenever the number could change for the same facts."""

    @property
    def ibis_type(self) -> str:
        """The stored type. Ratios have nine places and a sticky tenth (decision 0004)."""
        return TYPE_OF_UNIT[self.unit]


TYPE_OF_UNIT: dict[str, str] = {
    "money": "decimal(38,4)",
    "quantity": "decimal(38,4)",
    "percent": "decimal(38,10)",
    "score": "decimal(38,10)",
    "ratio": "decimal(38,10)",
    "days": "decimal(38,10)",
    "hours": "decimal(38,10)",
    "seconds": "decimal(38,10)",
    "months": "int64",
    "count": "int64",
    "rank": "int64",
    "date": "date",
    "flag": "boolean",
    "code": "string",
}

_WINDOWED = re.compile(r"^(?P<name>[a-z0-9_]+?)_(?P<months>[1-9][0-9]{0,2})m$")


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A metric with its window: ``net_sales`` over 12 months is the column ``net_sales_12m``."""

    name: str
    months: int | None

    @property
    def column(self) -> str:
        """The column that holds the value."""
        return self.name if self.months is None else f"{self.name}_{self.months}m"

    @property
    def status(self) -> str:
        """The column that says why the value is null or qualified (``ok`` otherwise)."""
        return f"{self.column}_status"


def split_window(text: str) -> tuple[str, int | None]:
    """``net_sales_24m`` -> (``net_sales``, 24); ``net_sales`` -> (``net_sales``, None)."""
    match = _WINDOWED.match(text)
    return (match["name"], int(match["months"])) if match else (text, None)
