"""Every metric of the catalogue for one unit at one day: value and status. Source: spec 5.2 to 5.5.

A method is named after its metric and takes the unit and the window in months. Values are exact
fractions, stored as decision 0004 says; dates, counts and flags are plain Python values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

from tests.oracle.cost import Costs, cost_of
from tests.oracle.credit import Ledger, Part
from tests.oracle.days import (
    DAY,
    add_months,
    month_parts,
    span,
    span_before,
    span_year_ago,
    whole_months,
    within,
)
from tests.oracle.dealings import Dealings
from tests.oracle.facts import Facts, Row, visible
from tests.oracle.lines import SALES, Order, amount, counted_lines, orders_of
from tests.oracle.numbers import best_rank, half_away, median, root, stored_ratio
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import Use
from tierwise.metrics.settings import MetricSettings

Answer = tuple[Any, str | None]
OK = "ok"
RATIOS = ("percent", "days", "score", "ratio", "hours")


class Measure:
    """All metrics over one book, seen from one day."""

    def __init__(
        self,
        facts: Facts,
        as_of: date,
        settings: MetricSettings,
        unit_of: dict[str, str],
        records: dict[str, Row],
    ) -> None:
        self.as_of, self.settings, self.unit_of, self.records = as_of, settings, unit_of, records
        self.basis = "posting_date" if facts.posting_basis == "invoice" else "order_date"
        self.fiscal_year_start = facts.fiscal_year_start
        self.financing_rate_pct = facts.financing_rate_pct
        seen = visible(facts.rows("order_lines"), as_of, "order_date", "posting_date")
        self.lines = counted_lines(seen, unit_of, freight=settings.include_freight)
        self.all_lines = counted_lines(seen, unit_of, freight=True)
        self.orders_by_unit = orders_of(self.lines)
        self.products: dict[str, Row] = {}
        for row in sorted(
            visible(facts.rows("products"), as_of, "valid_from"), key=lambda r: r["valid_from"]
        ):
            self.products[row["code"]] = row
        self.costs = Costs(self.all_lines, self.products)
        self.service = visible(facts.rows("service_costs"), as_of, "date")
        self.ledger = Ledger(facts, as_of, unit_of)
        self.dealings = Dealings(facts, as_of, unit_of)
        self.population: list[str] = []
        self._known: dict[tuple[str, str, int | None], Answer] = {}

    # ------------------------------------------------------------------ asking
    def answer(self, unit: str, use: Use) -> Answer:
        """The stored value and status of one use."""
        key = (unit, use.name, use.months)
        if key not in self._known:
            value, status = getattr(self, use.name)(unit, use.months)
            self._known[key] = (_stored(value, METRICS[use.name].unit), status)
        return self._known[key]

    def get(self, unit: str, name: str, months: int | None = None) -> Answer:
        """As ``answer``, by name."""
        return self.answer(unit, Use(name, None if METRICS[name].months is None else months))

    # ------------------------------------------------------------------ lines
    def ever(self, unit: str) -> list[Row]:
        """Every visible counted line of the unit."""
        return [line for line in self.lines if line["unit"] == unit]

    def between(self, unit: str, bounds: tuple[date, date], basis: str = "") -> list[Row]:
        """The unit's lines whose day (of the sales basis, unless named) lies in the span."""
        return [line for line in self.ever(unit) if within(line[basis or self.basis], bounds)]

    def window_lines(self, unit: str, months: int) -> list[Row]:
        """The unit's lines of the window that closes at the point of view."""
        return self.between(unit, span(self.as_of, months))

    def has_history(self, unit: str) -> bool:
        """Whether any line of net sales was ever counted."""
        return bool(self.ever(unit))

    def orders_of(self, unit: str) -> list[Order]:
        """The counted orders of the unit, of all time."""
        return [order for order in self.orders_by_unit.get(unit, []) if order.counted]

    def order_days(self, unit: str) -> list[date]:
        """The distinct days of counted orders."""
        return sorted({order.date for order in self.orders_of(unit)})

    def _sum(self, unit: str, lines: list[Row], value: Callable[[], Any]) -> Answer:
        if not self.has_history(unit):
            return None, "no_history"
        return value(), OK if lines else "no_lines"

    # ------------------------------------------------------------------ sales
    def net_sales(self, unit: str, months: int) -> Answer:
        lines = self.window_lines(unit, months)
        return self._sum(unit, lines, lambda: amount(lines))

    def order_amount(self, unit: str, months: int) -> Answer:
        lines = self.between(unit, span(self.as_of, months), "order_date")
        return self._sum(unit, lines, lambda: amount(lines))

    def gross_sales(self, unit: str, months: int) -> Answer:
        lines = self.window_lines(unit, months)
        return self._sum(unit, lines, lambda: amount(lines, *SALES, "freight"))

    def sales_volume(self, unit: str, months: int) -> Answer:
        lines = [
            r
            for r in self.window_lines(unit, months)
            if r["line_type"] in (*SALES, "return") and r["qty"] is not None
        ]
        if not self.has_history(unit):
            return None, "no_history"
        if not self.window_lines(unit, months):
            return Fraction(0), "no_lines"
        if len({self._dimension(line) for line in lines}) > 1:
            return None, "mixed_units"
        return sum((self._base_quantity(line) for line in lines), Fraction(0)), OK

    def _dimension(self, line: Row) -> str | None:
        product = self.products.get(line["product_code"])
        return product["uom_dimension"] if product else line["uom"]

    def _base_quantity(self, line: Row) -> Fraction:
        product = self.products.get(line["product_code"])
        factor = Fraction(product["uom_factor"]) if product else Fraction(1)
        return half_away(Fraction(line["qty"]) * factor, 4)

    def cumulative_sales(self, unit: str, _: None) -> Answer:
        return (amount(self.ever(unit)), OK) if self.has_history(unit) else (None, "no_history")

    def average_sales_per_month(self, unit: str, months: int) -> Answer:
        return self._average(unit, months, Fraction(months))

    def average_sales_per_quarter(self, unit: str, months: int) -> Answer:
        return self._average(unit, months, Fraction(months, 3))

    def average_sales_per_year(self, unit: str, months: int) -> Answer:
        return self._average(unit, months, Fraction(months, 12))

    def average_sales_per_month_since_first_order(self, unit: str, months: int) -> Answer:
        tenure = self.get(unit, "tenure_months")[0]
        return self._average(
            unit, months, Fraction(months if tenure is None else min(months, max(1, tenure)))
        )

    def _average(self, unit: str, months: int, parts: Fraction) -> Answer:
        net, _ = self.get(unit, "net_sales", months)
        return (None, "no_history") if net is None else (net / parts, OK)

    def orders(self, unit: str, months: int) -> Answer:
        bounds = span(self.as_of, months)
        return sum(1 for order in self.orders_of(unit) if within(order.date, bounds)), OK

    def average_order_value(self, unit: str, months: int) -> Answer:
        net, status = self.get(unit, "net_sales", months)
        orders, _ = self.get(unit, "orders", months)
        if net is None:
            return None, status
        return (net / orders, OK) if orders else (None, "no_orders")

    def share_of_sales_pct(self, unit: str, months: int) -> Answer:
        return self._share(unit, "net_sales", months)

    def _share(self, unit: str, name: str, months: int) -> Answer:
        if unit not in self.population:
            return None, None
        value, status = self.get(unit, name, months)
        if value is None:
            return None, status
        total = sum(
            (self.get(other, name, months)[0] or Fraction(0) for other in self.population), Fraction(0)
        )
        return (100 * value / total, OK) if total > 0 else (None, "nonpositive_total")

    def sales_rank(self, unit: str, months: int) -> Answer:
        return self._rank(unit, "net_sales", months)

    def _rank(self, unit: str, name: str, months: int) -> Answer:
        if unit not in self.population:
            return None, None
        value, status = self.get(unit, name, months)
        if value is None:
            return None, status
        values = [self.get(other, name, months)[0] for other in self.population]
        return best_rank(value, [other for other in values if other is not None]), OK

    def sales_growth_pct(self, unit: str, months: int) -> Answer:
        return self._growth(unit, months, "net_sales_before")

    def momentum_pct(self, unit: str, months: int) -> Answer:
        return self._growth(unit, months, "net_sales_before")

    def momentum_year_pct(self, unit: str, months: int) -> Answer:
        return self._growth(unit, months, "net_sales_year_ago")

    def _growth(self, unit: str, months: int, before: str) -> Answer:
        now, status = self.get(unit, "net_sales", months)
        if now is None:
            return None, status
        return growth(self.get(unit, before, months)[0], now)

    def net_sales_before(self, unit: str, months: int) -> Answer:
        return amount(self.between(unit, span_before(self.as_of, months))), OK

    def net_sales_year_ago(self, unit: str, months: int) -> Answer:
        return amount(self.between(unit, span_year_ago(self.as_of, months))), OK

    def fiscal_years(self) -> list[tuple[date, date]]:
        """The last four completed fiscal years, oldest first."""
        start = date(self.as_of.year, self.fiscal_year_start, 1)
        while add_months(start, 12) - DAY > self.as_of:
            start = add_months(start, -12)
        return [(add_months(start, -12 * n), add_months(start, -12 * (n - 1)) - DAY) for n in (3, 2, 1, 0)]

    def three_year_growth_pct(self, unit: str, _: None) -> Answer:
        if not self.has_history(unit):
            return None, "no_history"
        years = self.fiscal_years()
        first = min(line[self.basis] for line in self.ever(unit))
        while len(years) > 1 and years[0][1] < first:
            years = years[1:]
        sales = [amount(self.between(unit, year)) for year in (years[0], years[-1])]
        return compound_growth(sales[0], sales[1], len(years) - 1)

    def sales_volatility(self, unit: str, months: int) -> Answer:
        if not self.has_history(unit):
            return None, "no_history"
        parts = [self.between(unit, bounds) for bounds in month_parts(self.as_of, months)]
        sums = [amount(lines) for lines in parts]
        total = sum(sums, Fraction(0))
        if total <= 0:
            return None, "nonpositive_mean"
        spread = root(months * sum(x * x for x in sums) - total * total, 2)
        return half_away(spread / total, 9), OK if sum(
            1 for lines in parts if lines
        ) >= 6 else "short_history"

    def return_rate_pct(self, unit: str, months: int) -> Answer:
        gross, status = self.get(unit, "gross_sales", months)
        if gross is None:
            return None, status
        return (-100 * self.get(unit, "returns", months)[0] / gross, OK) if gross > 0 else (None, "no_sales")

    def returns(self, unit: str, months: int) -> Answer:
        return amount(self.window_lines(unit, months), "return"), OK

    def recency_days(self, unit: str, _: None) -> Answer:
        last, status = self.get(unit, "last_order_on")
        return (None, status) if last is None else (Fraction((self.as_of - last).days), OK)

    def first_order_on(self, unit: str, _: None) -> Answer:
        days = self.order_days(unit)
        return (days[0], OK) if days else (None, "never_bought")

    def last_order_on(self, unit: str, _: None) -> Answer:
        days = self.order_days(unit)
        return (days[-1], OK) if days else (None, "never_bought")

    def purchase_interval_days(self, unit: str, _: None) -> Answer:
        days = self.order_days(unit)
        if not days:
            return None, "never_bought"
        if len(days) == 1:
            return Fraction(self.settings.default_interval_days), "default_interval"
        return median_interval(days, self.as_of), "single_gap" if len(days) == 2 else OK

    def expected_next_order_on(self, unit: str, _: None) -> Answer:
        interval, status = self.get(unit, "purchase_interval_days")
        if interval is None:
            return None, status
        return self.get(unit, "last_order_on")[0] + timedelta(days=floor(interval)), OK

    def expected_next_order_confidence(self, unit: str, _: None) -> Answer:
        days = self.order_days(unit)
        if not days:
            return None, "never_bought"
        if len(days) == 1:
            return "low", OK
        gaps, middle = gaps_of(days, self.as_of), median_interval(days, self.as_of)
        near = sum(1 for gap in gaps if 4 * abs(gap - middle) <= middle)
        about = sum(1 for gap in gaps if 2 * abs(gap - middle) <= middle)
        if len(gaps) >= 4 and 4 * near >= 3 * len(gaps):
            return "high", OK
        return ("medium" if len(gaps) >= 2 and 2 * about >= len(gaps) else "low"), OK

    def purchasing_cycle_days(self, unit: str, _: None) -> Answer:
        interval, status = self.get(unit, "purchase_interval_days")
        return (None, status) if status in ("never_bought", "default_interval") else (interval, OK)

    def tenure_months(self, unit: str, _: None) -> Answer:
        first, status = self.get(unit, "first_order_on")
        return (None, status) if first is None else (whole_months(first, self.as_of), OK)

    def product_breadth(self, unit: str, months: int) -> Answer:
        lines = [
            r for r in self.window_lines(unit, months) if r["line_type"] in SALES and r["base_amount"] > 0
        ]
        categories = {self.products.get(line["product_code"], {}).get("category") for line in lines}
        return len(categories - {None}), OK

    def largest_order(self, unit: str, months: int) -> Answer:
        bounds = span(self.as_of, months)
        sizes = []
        for order in self.orders_of(unit):
            lines = [line for line in order.lines if within(line[self.basis], bounds)]
            if lines:
                sizes.append(amount(lines))
        return max(sizes, default=Fraction(0)), OK

    # ------------------------------------------------------------------ profit
    def cost_of_goods_sold(self, unit: str, months: int) -> Answer:
        lines = self.window_lines(unit, months)
        if not self.has_history(unit):
            return None, "no_history"
        if not lines:
            return Fraction(0), "no_lines"
        return cost_of(lines, self.costs, Fraction(self.settings.missing_cost_limit_pct))

    def gross_profit(self, unit: str, months: int) -> Answer:
        cost, status = self.get(unit, "cost_of_goods_sold", months)
        return (None, status) if cost is None else (self.get(unit, "net_sales", months)[0] - cost, status)

    def gross_margin_pct(self, unit: str, months: int) -> Answer:
        return self._margin(unit, "gross_profit", months)

    def profit_margin_pct(self, unit: str, months: int) -> Answer:
        return self._margin(unit, "customer_profit", months)

    def _margin(self, unit: str, profit: str, months: int) -> Answer:
        net, status = self.get(unit, "net_sales", months)
        if net is None:
            return None, status
        if net <= 0:
            return None, "nonpositive_sales"
        value, status = self.get(unit, profit, months)
        return (None, status) if value is None else (100 * value / net, status)

    def cost_to_serve(self, unit: str, months: int) -> Answer:
        if not self.service:
            return Fraction(0), "not_recorded"
        bounds = span(self.as_of, months)
        mine = [r for r in self.service if self.unit_of.get(r["customer_code"], r["customer_code"]) == unit]
        return sum((Fraction(r["base_amount"]) for r in mine if within(r["date"], bounds)), Fraction(0)), OK

    def customer_profit(self, unit: str, months: int) -> Answer:
        gross, status = self.get(unit, "gross_profit", months)
        return (
            (None, status) if gross is None else (gross - self.get(unit, "cost_to_serve", months)[0], status)
        )

    def profit_contribution_pct(self, unit: str, months: int) -> Answer:
        return self._share(unit, "customer_profit", months)

    def profit_rank(self, unit: str, months: int) -> Answer:
        return self._rank(unit, "customer_profit", months)

    def loss_making(self, unit: str, months: int) -> Answer:
        profit, status = self.get(unit, "customer_profit", months)
        return (None if profit is None else profit < 0), status

    def financing_cost(self, unit: str, months: int) -> Answer:
        if self.financing_rate_pct is None:
            return None, "no_rate"
        start, end = span(self.as_of, months)
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        held = sum((self.ledger.receivable(unit, day) for day in days), Fraction(0))
        return half_away(held * Fraction(self.financing_rate_pct) / 36500, 4), OK

    # ------------------------------------------------------------------ credit
    def _of_parts(self, unit: str, months: int, share: Callable[[Part], Fraction]) -> Answer:
        parts = self.ledger.parts(unit, months)
        total = sum((part.amount for part in parts), Fraction(0))
        if total <= 0:
            return None, "no_due_invoices"
        return sum((part.amount * share(part) for part in parts), Fraction(0)) / total, OK

    def _late(self, part: Part, *, adjusted: bool) -> int:
        """Days late; a delay within grace, and an excused one where asked, counts as none."""
        late = max(0, part.days_late)
        return 0 if late <= self.settings.grace_days or (adjusted and part.excused) else late

    def on_time_rate_pct(self, unit: str, months: int) -> Answer:
        return self._of_parts(unit, months, lambda p: Fraction(0 if self._late(p, adjusted=False) else 100))

    def on_time_rate_adjusted_pct(self, unit: str, months: int) -> Answer:
        return self._of_parts(unit, months, lambda p: Fraction(0 if self._late(p, adjusted=True) else 100))

    def average_days_late(self, unit: str, months: int) -> Answer:
        return self._of_parts(unit, months, lambda p: Fraction(max(0, p.days_late)))

    def average_days_late_adjusted(self, unit: str, months: int) -> Answer:
        return self._of_parts(unit, months, lambda p: Fraction(0 if p.excused else max(0, p.days_late)))

    def max_days_late(self, unit: str, months: int) -> Answer:
        parts = self.ledger.parts(unit, months)
        if not parts:
            return None, "no_due_invoices"
        return max(max(0, part.days_late) for part in parts), OK

    def late_invoices(self, unit: str, months: int) -> Answer:
        parts = self.ledger.parts(unit, months)
        return len({part.invoice for part in parts if self._late(part, adjusted=False)}), OK

    def overdue(self, unit: str, _: None) -> Answer:
        parts = self.ledger.parts(unit, 1)
        return sum((part.amount for part in parts if part.paid is None), Fraction(0)), OK

    def unallocated_receipts(self, unit: str, _: None) -> Answer:
        return self.ledger.unallocated(unit), OK

    def receivable(self, unit: str, _: None) -> Answer:
        return self.ledger.receivable(unit, self.as_of), OK

    def receivable_disputed(self, unit: str, _: None) -> Answer:
        return self.ledger.disputed(unit, self.as_of), OK

    def late_excused(self, unit: str, months: int) -> Answer:
        return self._late_amount(unit, months, excused=True)

    def late_not_excused(self, unit: str, months: int) -> Answer:
        return self._late_amount(unit, months, excused=False)

    def _late_amount(self, unit: str, months: int, *, excused: bool) -> Answer:
        parts = [p for p in self.ledger.parts(unit, months) if p.days_late > 0 and p.excused == excused]
        return sum((part.amount for part in parts), Fraction(0)), OK

    def credit_score(self, unit: str, months: int) -> Answer:
        return self._of_parts(unit, months, lambda p: Fraction(self._points(self._late(p, adjusted=True))))

    def _points(self, days: int) -> int:
        bands = self.settings.credit_points
        return next(b.points for b in bands if b.up_to_days is None or days <= b.up_to_days)

    def credit_limit(self, unit: str, _: None) -> Answer:
        limit = self.dealings.limit(unit)
        limit = self.records.get(unit, {}).get("credit_limit") if limit is None else limit
        return (None, "no_limit") if limit is None else (Fraction(limit), OK)

    def credit_limit_use_pct(self, unit: str, _: None) -> Answer:
        limit, _status = self.get(unit, "credit_limit")
        if limit is None or limit <= 0:
            return None, "no_limit"
        return 100 * self.get(unit, "receivable")[0] / limit, OK

    # ------------------------------------------------------------------ plans, spending, hours
    def planned_sales(self, unit: str, _: None) -> Answer:
        return sum(self.dealings.plan(unit).values(), Fraction(0)), OK

    def planned_months(self, unit: str, _: None) -> Answer:
        return len(self.dealings.plan(unit)), OK

    def expected_sales(self, unit: str, months: int) -> Answer:
        sold = self.get(unit, "net_sales", months)[0] or Fraction(0)
        planned = self.dealings.plan(unit)
        unplanned = 24 - len(planned)
        return sold + sum(planned.values(), Fraction(0)) + sold / months * unplanned, OK

    def category_spend(self, unit: str, _: None) -> Answer:
        stated = self.dealings.spending(unit)
        amounts = [amount for member in stated.values() for amount in member.values()]
        return (sum(amounts, Fraction(0)), OK) if stated else (None, "unknown_total")

    def share_of_wallet_pct(self, unit: str, months: int) -> Answer:
        spent, status = self.get(unit, "category_spend")
        if spent is None:
            return None, status
        if spent <= 0:
            return None, "invalid_total"
        share = 100 * self._in_stated_categories(unit, months) / spent
        return (Fraction(100), "capped") if share > 100 else (share, OK)

    def open_potential(self, unit: str, months: int) -> Answer:
        spent, status = self.get(unit, "category_spend")
        if spent is not None:
            return max(Fraction(0), spent - self._in_stated_categories(unit, months)), OK
        need = self.records.get(unit, {}).get("potential_need")
        return (None, status) if need is None else (Fraction(need), OK)

    def _in_stated_categories(self, unit: str, months: int) -> Fraction:
        stated = self.dealings.spending(unit)
        lines = self.window_lines(unit, months)
        return amount([line for line in lines if self._is_stated(line, stated, unit)])

    def _is_stated(self, line: Row, stated: dict[str, dict[str, Fraction]], unit: str) -> bool:
        speaker = unit if set(stated) == {unit} else line["customer_code"]
        said = stated.get(speaker, {})
        return "all" in said or self.products.get(line["product_code"], {}).get("category") in said

    def worked_minutes(self, unit: str, months: int) -> Answer:
        return self.dealings.minutes(unit, span(self.as_of, months)), OK

    def hours(self, unit: str, months: int) -> Answer:
        return self.get(unit, "worked_minutes", months)[0] / 60, OK

    def sales_per_hour(self, unit: str, months: int) -> Answer:
        sold, status = self.get(unit, "net_sales", months)
        if sold is None:
            return None, status
        minutes = self.get(unit, "worked_minutes", months)[0]
        return (60 * sold / minutes, OK) if minutes > 0 else (None, "no_hours")

    def days_sales_outstanding(self, unit: str, months: int) -> Answer:
        invoiced = self.ledger.invoiced(unit, months)
        if invoiced <= 0:
            return None, "no_invoices"
        ends = self.ledger.month_ends(months)
        open_amounts = sum((self.ledger.receivable(unit, day) for day in ends), Fraction(0))
        start, end = span(self.as_of, months)
        return open_amounts / len(ends) / invoiced * ((end - start).days + 1), OK

    def bad_debt(self, unit: str, months: int) -> Answer:
        return self.ledger.written_off(unit, months), OK


def growth(before: Fraction, now: Fraction) -> Answer:
    """SAL-10 and SAL-20, example E08."""
    if before == 0:
        return None, "no_activity" if now == 0 else "from_zero"
    return (None, "negative_base") if before < 0 else (100 * (now - before) / before, OK)


def compound_growth(start: Fraction, end: Fraction, years: int) -> Answer:
    """SAL-11, example E08: over three years, or as many as there are."""
    if years == 0:
        return None, "short_history"
    if start <= 0:
        return None, "from_zero" if start == 0 else "negative_base"
    if end < 0:
        return None, "negative_end"
    return half_away(100 * (root(end / start, years) - 1), 9), OK if years == 3 else "short_history"


def median_interval(days: list[date], as_of: date) -> Fraction:
    """SAL-15 of at least two distinct order days, example E20."""
    return median(gaps_of(days, as_of))


def gaps_of(days: list[date], as_of: date) -> list[int]:
    """The gaps of SAL-15: of the last 24 months, or of the last three days of all time."""
    recent = [day for day in days if within(day, span(as_of, 24))]
    used = recent if len(recent) >= 3 else days[-3:]
    return [(b - a).days for a, b in pairwise(used)]


def _stored(value: Any, unit: str) -> Any:
    if not isinstance(value, Fraction):
        return value
    return stored_ratio(value) if unit in RATIOS else half_away(value, 4)
