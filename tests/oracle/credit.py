"""What customers owed and when they paid. Source: spec 5.4, example E06."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.days import add_months, span, within
from tests.oracle.facts import Facts, Row, visible
from tests.oracle.numbers import half_away
from tierwise.book.contract.choices import BANK_OR_HOLIDAY_MAX_DAYS, EXCUSED_REASONS

LEFT_OUT = ("disputed", "void", "written_off")


@dataclass(frozen=True)
class Part:
    """A part of an invoice: paid on a day, or not yet paid."""

    amount: Fraction
    due: date
    paid: date | None
    days_late: int
    excused: bool
    invoice: str


class Ledger:
    """All invoices of a book as a day sees them; ``seen`` is the point of view."""

    def __init__(self, facts: Facts, seen: date, unit_of: dict[str, str]) -> None:
        self.facts, self.seen, self.unit_of = facts, seen, unit_of
        self.invoices = facts.rows("invoices")
        self.payments = visible(facts.rows("payments"), seen, "date")
        self.allocations = visible(facts.rows("allocations"), seen, "allocated_on")
        self.reasons = {
            row["invoice_number"]: row for row in visible(facts.rows("late_reasons"), seen, "decided_on")
        }
        self.by_number = {row["number"]: row for row in self.payments}
        self._days: dict[date, list[Row]] = {}

    def rows(self, day: date) -> list[Row]:
        """The invoice rows that speak on a day (as we know now), each with its unit."""
        if day not in self._days:
            self._days[day] = [
                row | {"unit": self.unit_of.get(row["customer_code"], row["customer_code"])}
                for row in self.invoices
                if row["known_on"] <= self.seen
                and row["issue_date"] <= day
                and row["valid_from"] <= day
                and (row["superseded_on"] is None or row["superseded_on"] > day)
            ]
        return self._days[day]

    def invoices_of(self, unit: str, day: date) -> list[Row]:
        """The unit's invoices without its credit notes."""
        return [row for row in self.rows(day) if row["unit"] == unit and row["credit_of"] is None]

    def credited(self, number: str, day: date) -> Fraction:
        """What credit notes take off an invoice."""
        notes = [r for r in self.rows(day) if r["credit_of"] == number and r["status"] != "void"]
        return sum((abs(_base(r["amount"], r)) for r in notes), Fraction(0))

    def receipts(self, invoice: Row, day: date) -> list[tuple[Fraction, date, list[Row]]]:
        """Amount, day and the rows that may explain a delay: allocations, and payments that name the invoice."""
        number = invoice["number"]
        found = []
        for row in self.allocations:
            if row["invoice_number"] == number and row["allocated_on"] <= day:
                payment = self.by_number.get(row["payment_number"])
                found.append(
                    (
                        _base(row["amount"], invoice),
                        row["allocated_on"],
                        [row, *([payment] if payment else [])],
                    )
                )
        allocated = {row["payment_number"] for row in self.allocations}
        for row in self.payments:
            if row["invoice_number"] == number and row["date"] <= day and row["number"] not in allocated:
                payer = invoice if row["currency"] == invoice["currency"] else row
                found.append((_base(row["amount"], payer), row["date"], [row]))
        return found

    def unpaid(self, invoice: Row, day: date) -> Fraction:
        """The open amount at the end of a day."""
        paid = sum((amount for amount, _, _ in self.receipts(invoice, day)), Fraction(0))
        return max(
            Fraction(0), _base(invoice["amount"], invoice) - self.credited(invoice["number"], day) - paid
        )

    def unallocated(self, unit: str) -> Fraction:
        """CRD-05: what was received and settles no invoice."""
        bills = {row["number"]: row for row in self.rows(self.seen)}
        left = Fraction(0)
        for payment in self.payments:
            if self.unit_of.get(payment["customer_code"], payment["customer_code"]) != unit:
                continue
            parts = [row for row in self.allocations if row["payment_number"] == payment["number"]]
            if payment["invoice_number"] in bills and not parts:
                continue
            own, other = Fraction(payment["amount"]), Fraction(0)
            for row in parts:
                bill = bills.get(row["invoice_number"], payment)
                if bill["currency"] == payment["currency"]:
                    own -= Fraction(row["amount"])
                else:
                    other += _base(row["amount"], bill)
            left += max(Fraction(0), _base(own, payment) - other)
        return left

    def receivable(self, unit: str, day: date) -> Fraction:
        """CRD-06: open amounts of all issued invoices, disputed ones too."""
        rows = [row for row in self.invoices_of(unit, day) if row["status"] not in ("void", "written_off")]
        return sum((self.unpaid(row, day) for row in rows), Fraction(0))

    def disputed(self, unit: str, day: date) -> Fraction:
        """CRD-06: what of the receivable is disputed."""
        rows = [row for row in self.invoices_of(unit, day) if row["status"] == "disputed"]
        return sum((self.unpaid(row, day) for row in rows), Fraction(0))

    def parts(self, unit: str, months: int) -> list[Part]:
        """The population of spec 5.4."""
        window = span(self.seen, months)
        found: list[Part] = []
        for invoice in self.invoices_of(unit, self.seen):
            due = invoice["due_date"]
            if due > self.seen or invoice["status"] in LEFT_OUT:
                continue
            for amount, paid, sources in self.receipts(invoice, self.seen):
                if within(due, window) or within(paid, window):
                    found.append(self._part(invoice, amount, paid, sources))
            if due < self.seen:
                found.append(self._part(invoice, self.unpaid(invoice, self.seen), None, []))
        return [part for part in found if part.amount != 0]

    def _part(self, invoice: Row, amount: Fraction, paid: date | None, sources: list[Row]) -> Part:
        late = ((paid or self.seen) - invoice["due_date"]).days
        reason = self.reasons.get(invoice["number"])
        rows = [(row["late_reason"], row["excused"]) for row in sources]
        rows += [(reason["reason"], reason["excused"])] if reason else []
        return Part(amount, invoice["due_date"], paid, late, _excused(rows, late), invoice["number"])

    def invoiced(self, unit: str, months: int) -> Fraction:
        """Amounts of the invoices issued in the window, less their credit notes, without void ones."""
        window = span(self.seen, months)
        rows = [
            r
            for r in self.invoices_of(unit, self.seen)
            if r["status"] != "void" and within(r["issue_date"], window)
        ]
        net = (_base(r["amount"], r) - self.credited(r["number"], self.seen) for r in rows)
        return sum((max(Fraction(0), amount) for amount in net), Fraction(0))

    def written_off(self, unit: str, months: int) -> Fraction:
        """Open amounts of the invoices written off in the window."""
        window = span(self.seen, months)
        rows = [
            r
            for r in self.invoices_of(unit, self.seen)
            if r["status"] == "written_off" and within(r["valid_from"], window)
        ]
        return sum((self.unpaid(r, self.seen) for r in rows), Fraction(0))

    def month_ends(self, months: int) -> list[date]:
        """The calendar month ends of the window."""
        start, end = span(self.seen, months)
        days = [add_months(start.replace(day=1), n + 1) - timedelta(days=1) for n in range(months + 1)]
        return [day for day in days if start <= day <= end]


def _base(amount: object, invoice: Row) -> Fraction:
    return half_away(Fraction(amount) * Fraction(invoice["fx_rate"]), 4)  # type: ignore[arg-type]


def _excused(sources: list[tuple[str | None, bool | None]], days_late: int) -> bool:
    """The first row that says something decides: its own flag, else its reason."""
    for reason, flag in sources:
        if flag is not None:
            return flag
        if reason is not None:
            too_long = reason == "bank_or_holiday" and days_late > BANK_OR_HOLIDAY_MAX_DAYS
            return reason in EXCUSED_REASONS and not too_long
    return False
