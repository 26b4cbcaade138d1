"""Terms, plans, spending and hours of a random company. Dice of their own, so that older facts stay as they were."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.oracle.facts import Facts, Row


def add_dealings(facts: Facts, seed: int, codes: list[str]) -> None:
    """Adds the rows of every customer. The same seed adds the same rows."""
    maker = _Maker(Random(f"dealings {seed}"), facts.as_of)
    for code in codes:
        facts.credit_terms += maker.terms(code)
        facts.plans += maker.plans(code)
        facts.category_spend += maker.spending(code)
        facts.time_logs += maker.hours(code)


class _Maker:
    def __init__(self, dice: Random, as_of: date) -> None:
        self.dice, self.as_of = dice, as_of
        self.logs = 0

    def day(self, back: int, ahead: int) -> date:
        return self.as_of + timedelta(days=self.dice.randint(-back, ahead))

    def times(self, *choices: int) -> range:
        return range(self.dice.choice(choices))

    def terms(self, code: str) -> list[Row]:
        """Terms follow one another; some end, some begin later, some state no limit."""
        days = sorted({self.day(700, 60) for _ in self.times(0, 0, 0, 1, 2)})
        return [self._term(code, start, *days[i : i + 1]) for i, start in enumerate(days, 1)]

    def _term(self, code: str, start: date, after: date | None = None) -> Row:
        return {
            "customer_code": code,
            "payment_method": "credit",
            "credit_limit": self.dice.choice([Decimal(0), Decimal(500), Decimal("2500.5"), None]),
            "valid_from": start,
            "valid_to": self.dice.choice([None, None, start + timedelta(days=90), self.as_of]),
            "superseded_on": after,
        }

    def plans(self, code: str) -> list[Row]:
        """Months before, within and beyond the two plan years, of the account, its regions and its profit."""
        return [self._plan(code) for _ in self.times(0, 0, 0, 2, 6, 12)]

    def _plan(self, code: str) -> Row:
        month = self.day(60, 800)
        return {
            "account_code": code,
            "month": month if self.dice.random() < 0.3 else month.replace(day=1),
            "region": self.dice.choice(["national"] * 4 + ["east"]),
            "category": self.dice.choice(["all", "all", "pumps", "valves"]),
            "measure": self.dice.choice(["sales"] * 5 + ["profit"]),
            "plan": self.dice.choice([Decimal(100), Decimal("3333.3333"), Decimal(50_000), Decimal(0)]),
            "known_on": self.day(300, 20),
            "superseded_on": self.day(100, 60) if self.dice.random() < 0.06 else None,
        }

    def spending(self, code: str) -> list[Row]:
        """What was stated of a year, seldom of the year to come."""
        found = []
        for _ in self.times(0, 0, 0, 1, 2, 3):
            stated = self.day(700, 20)
            row = {
                "customer_code": code,
                "category": self.dice.choice(["pumps", "pumps", "valves", "seals", "other", "all"]),
                "year": stated.year - self.dice.choice([0, 0, 0, 1, -1]),
                "amount": self.dice.choice([Decimal(0), Decimal(300), Decimal("777.7777"), Decimal(90_000)]),
                "known_from": stated,
            }
            found.append(row)
        return found

    def hours(self, code: str) -> list[Row]:
        """Minutes that somebody worked."""
        found = []
        for _ in self.times(0, 0, 1, 3):
            self.logs += 1
            row = {"number": f"T{self.logs}", "customer_code": code, "date": self.day(500, 20)}
            minutes = self.dice.choice([Decimal(1), Decimal(7), Decimal("90.5"), Decimal(480)])
            found.append(row | {"minutes": minutes, "activity": "service"})
        return found
