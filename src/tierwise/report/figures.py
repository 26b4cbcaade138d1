"""The figures of a report, computed once from its facts: tables and charts show the same numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tierwise.insight.concentration import (
    Curve,
    LossMaking,
    PyramidLevel,
    loss_making,
    pareto_curve,
    pyramid,
    top_share,
    whale_curve,
)
from tierwise.report.facts import NONE, PROFIT, SALES, WAYS

if TYPE_CHECKING:
    from tierwise.report.facts import Facts, Row

RATINGS = ("excellent", "good", "fair", "poor")
UNRATED = "unrated"
TOP_STEPS = (1, 5, 10, 20, 50, 80, 100)
CURVE_POINTS = 160


@dataclass(frozen=True, slots=True)
class CreditLine:
    """Ratings, receivables and overdue of one grade."""

    grade: str
    ratings: dict[str, int]
    receivable: Decimal
    overdue: Decimal
    watched: int

    @property
    def overdue_pct(self) -> Fraction | None:
        """The overdue share of the receivable."""
        return Fraction(100) * Fraction(self.overdue) / Fraction(self.receivable) if self.receivable else None


class Figures:
    """The figures of a report."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.graded: list[Row] = facts.graded

    @cached_property
    def by_sales(self) -> tuple[PyramidLevel, ...]:
        """Customers and sales of every grade."""
        return pyramid(self.graded, SALES, self.facts.scale)

    @cached_property
    def by_profit(self) -> tuple[PyramidLevel, ...]:
        """Customers and profit of every grade."""
        return pyramid(self.graded, PROFIT, self.facts.scale)

    @cached_property
    def outside(self) -> dict[str, int]:
        """Why customers are not graded -> how many."""
        found = Counter(row["reason"] for row in self.facts.rows if not row["grade"])
        return dict(found.most_common())

    @cached_property
    def whale(self) -> Curve:
        """Cumulative profit, best customer first."""
        return whale_curve([row[PROFIT] for row in self.graded], CURVE_POINTS)

    @cached_property
    def losses(self) -> LossMaking:
        """Customers that cost more than they bring."""
        return loss_making([row[PROFIT] for row in self.graded])

    @cached_property
    def unknown_profit(self) -> int:
        """Graded customers whose profit is unknown."""
        return sum(row[PROFIT] is None for row in self.graded)

    @cached_property
    def pareto(self) -> Curve:
        """Cumulative sales, largest customer first."""
        return pareto_curve([row[SALES] for row in self.graded], CURVE_POINTS)

    @cached_property
    def top_shares(self) -> dict[int, Fraction | None]:
        """Share of sales of the best so many percent of the customers."""
        return {step: top_share([row[SALES] for row in self.graded], step) for step in TOP_STEPS}

    @cached_property
    def matrix(self) -> dict[tuple[str, str], int]:
        """Grade before and after -> customers, over the last two runs."""
        found: Counter[tuple[str, str]] = Counter()
        for trail in self.facts.trails.values():
            if len(trail) > 1:
                found[trail[-2][0], trail[-1][0]] += 1
        return dict(found)

    @cached_property
    def rfm(self) -> dict[tuple[int, int], int]:
        """Recency and frequency score -> customers."""
        found = Counter((row["rfm_r"], row["rfm_f"]) for row in self.graded if row.get("rfm_r"))
        return {(int(r), int(f)): n for (r, f), n in found.items()}

    @cached_property
    def segments(self) -> list[tuple[str, int, Decimal]]:
        """Segment, customers and sales, the most sales first."""
        people: Counter[str] = Counter()
        sales: Counter[str] = Counter()
        for row in self.graded:
            if row.get("rfm_segment"):
                people[row["rfm_segment"]] += 1
                sales[row["rfm_segment"]] += row[SALES]
        found = [(code, n, Decimal(sales[code])) for code, n in people.items()]
        return sorted(found, key=lambda item: (-item[2], item[0]))

    @cached_property
    def credit(self) -> list[CreditLine]:
        """Credit and payment of every grade."""
        return [self._credit(grade) for grade in self.facts.scale]

    def _credit(self, grade: str) -> CreditLine:
        rows = [row for row in self.graded if row["grade"] == grade]
        ratings = Counter(row.get("credit_grade") or UNRATED for row in rows)
        paid = [self.facts.payment.get(row["unit"], {}) for row in rows]
        return CreditLine(
            grade,
            {name: ratings[name] for name in (*RATINGS, UNRATED)},
            _sum(paid, "receivable"),
            _sum(paid, "overdue"),
            sum("credit_watch" in flags_of(row) for row in rows),
        )

    @cached_property
    def flags(self) -> list[tuple[str, int]]:
        """Notes on graded customers, the most frequent first."""
        found = Counter(flag for row in self.graded for flag in flags_of(row))
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))

    def near(self, side: str) -> list[Row]:
        """Graded customers near a cut on one side (``up`` or ``down``), the nearest first."""
        column = "gap_to_next" if side == "up" else "cushion_down"
        rows = [row for row in self.graded if row["near_cut"] in (side, "both")]
        return sorted(rows, key=lambda row: (row["grade"], Fraction(row[column]) / Fraction(row["score"])))

    def _cuts(self) -> list[list[Any]]:
        """Every grade but the last with the share of customers up to its end."""
        done, found = Fraction(0), []
        for level in self.by_sales[:-1]:
            done += level.customer_pct
            found.append([level.grade, _float(done)])
        return found

    def payload(self) -> dict[str, Any]:
        """What the charts draw, as plain data."""
        facts = self.facts
        keys = (*facts.scale, NONE)
        return {
            "scale": list(facts.scale),
            "whale": curve_payload(self.whale),
            "pareto": curve_payload(self.pareto) | {"cuts": self._cuts()},
            "history": {
                "months": [month.as_of.isoformat() for month in facts.months],
                "customers": {k: [month.customers.get(k, 0) for month in facts.months] for k in keys},
                "sales": {k: [_amount(month.sales.get(k)) for month in facts.months] for k in facts.scale},
                "profit": {k: [_amount(month.profit.get(k)) for month in facts.months] for k in facts.scale},
                "moves": {way: [month.moves.get(way, 0) for month in facts.months] for way in WAYS},
            },
            "credit": {
                line.grade: [line.ratings[name] for name in (*RATINGS, UNRATED)] for line in self.credit
            },
            "rfm": [[r, f, self.rfm.get((r, f), 0)] for r in range(1, 6) for f in range(1, 6)],
        }


def flags_of(row: Row) -> list[str]:
    """The flags of a stored row."""
    return [flag for flag in (row["flags"] or "").split(";") if flag]


def _sum(rows: list[Row], column: str) -> Decimal:
    return sum((row.get(column) or Decimal(0) for row in rows), Decimal(0))


def curve_payload(curve: Curve) -> dict[str, Any]:
    """What a chart of a curve draws, as plain data."""
    return {
        "points": [
            [_float(p.customer_pct), _float(p.pct), p.customers, _amount(p.cumulative)] for p in curve.points
        ],
        "peak": [_float(curve.peak_customer_pct), _float(curve.peak_pct), curve.peak_customers],
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 2)


def _amount(value: Decimal | None) -> int:
    return 0 if value is None else round(value)
