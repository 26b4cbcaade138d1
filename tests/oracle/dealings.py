"""What is agreed, planned and known with customers: terms, plans, spending, hours. Source: spec 5.4, 5.8, 5.10, 6.11."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tests.oracle.days import DAY, add_months, within
from tests.oracle.facts import Facts, Row, visible

Month = tuple[int, int]


class Dealings:
    """The rows of a book beside its lines and payments, as a day sees them."""

    def __init__(self, facts: Facts, as_of: date, unit_of: dict[str, str]) -> None:
        self.as_of, self.unit_of = as_of, unit_of
        self.terms = visible(facts.rows("credit_terms"), as_of, "valid_from")
        self.spent = visible(facts.rows("category_spend"), as_of, "known_from")
        self.plans = visible(facts.rows("plans"), as_of)
        self.logs = visible(facts.rows("time_logs"), as_of, "date")

    def _is(self, code: str, unit: str) -> bool:
        return self.unit_of.get(code, code) == unit

    def limit(self, unit: str) -> Fraction | None:
        """CRD-09: the limit of the unit's own terms in force; of several, those that began last."""
        own = [
            row
            for row in self.terms
            if row["customer_code"] == unit
            and row["credit_limit"] is not None
            and (row["valid_to"] is None or row["valid_to"] >= self.as_of)
        ]
        last = max(own, key=lambda row: (row["valid_from"], row["credit_limit"]), default=None)
        return None if last is None else Fraction(last["credit_limit"])

    def plan(self, unit: str) -> dict[Month, Fraction]:
        """KC-08: national plans of sales, for the 24 months that begin after the month of the day."""
        first = add_months(self.as_of.replace(day=1), 1)
        ahead = (first, add_months(first, 24) - DAY)
        asked = [
            row
            for row in self.plans
            if row["region"] == "national" and row["measure"] == "sales" and within(row["month"], ahead)
        ]
        found: dict[Month, Fraction] = {}
        for account in {row["account_code"] for row in asked if self._is(row["account_code"], unit)}:
            for month, plan in _by_month([r for r in asked if r["account_code"] == account]).items():
                found[month] = found.get(month, Fraction(0)) + plan
        return found

    def spending(self, unit: str) -> dict[str, dict[str, Fraction]]:
        """KAM-01: member -> what it spends by category."""
        members = sorted({row["customer_code"] for row in self.spent if self._is(row["customer_code"], unit)})
        return {code: stated for code in members if (stated := self._stated(code))}

    def _stated(self, code: str) -> dict[str, Fraction]:
        """What one customer spends by category in the latest year it stated; ``all`` speaks for every one."""
        rows = [r for r in self.spent if r["customer_code"] == code and r["year"] <= self.as_of.year]
        latest = max((row["year"] for row in rows), default=0)
        found: dict[str, Fraction] = {}
        for row in rows:
            if row["year"] == latest:
                found[row["category"]] = found.get(row["category"], Fraction(0)) + Fraction(row["amount"])
        return {"all": found["all"]} if "all" in found else found

    def minutes(self, unit: str, bounds: tuple[date, date]) -> Fraction:
        """SVC-09: minutes of work logged in a span of days."""
        rows = [r for r in self.logs if self._is(r["customer_code"], unit) and within(r["date"], bounds)]
        return sum((Fraction(row["minutes"]) for row in rows), Fraction(0))


def _by_month(rows: list[Row]) -> dict[Month, Fraction]:
    """The plan of one account; its row for every category counts alone where there is one."""
    found: dict[Month, Fraction] = {}
    for month in {(row["month"].year, row["month"].month) for row in rows}:
        mine = [row for row in rows if (row["month"].year, row["month"].month) == month]
        whole = [row for row in mine if row["category"] == "all"]
        found[month] = sum((Fraction(row["plan"]) for row in whole or mine), Fraction(0))
    return found
