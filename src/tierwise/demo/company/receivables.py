"""Invoices, payments, allocations and the reasons of delays of one customer.

Nothing is recorded after the last day: what would be paid later is unpaid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tierwise.demo.company import words
from tierwise.demo.company.amounts import text, with_tax
from tierwise.demo.company.days import Days
from tierwise.demo.company.deductions import Deduction
from tierwise.demo.company.orders import Order
from tierwise.demo.company.profile import Profile

Row = tuple[str, ...]

INVOICE_COLUMNS = (
    "number", "customer_code", "issue_date", "due_date", "amount", "currency", "order_number", "credit_of",
    "status", "valid_from",
)  # fmt: skip
PAYMENT_COLUMNS = ("number", "customer_code", "date", "amount", "currency", "method")
ALLOCATION_COLUMNS = ("number", "invoice_number", "payment_number", "allocated_on", "amount")
REASON_COLUMNS = ("invoice_number", "reason", "excused", "decided_on", "decided_by", "note")

_VAT_PCT = 13
_DISPUTED, _SPLIT, _SHORT_PAID, _EARLY = 0.008, 0.08, 0.01, 0.5
_WRITE_OFF_DAYS = 240
_REASON_KNOWN = 0.45
_BATCH_BELOW_DAYS = 14
_OWN_REASONS = ("cash_shortage", "internal_approval", "cash_shortage", "deliberate_delay", "lost_documents",
                "unjustified_dispute", "unknown")  # fmt: skip
_EXCUSED_REASONS = ("our_invoice_error", "our_delivery_fault", "agreed_extension", "force_majeure")


@dataclass(slots=True)
class Invoice:
    """One invoice of an order; credits and payments lower what is open."""

    number: str
    order: Order
    issued: int
    due: int
    amount: int
    credited: int = 0
    statuses: list[tuple[str, int]] = field(default_factory=list)
    paid: list[tuple[int, int]] = field(default_factory=list)
    """Day and amount of what arrives, also after the last day."""
    reason: tuple[str, str, int] | None = None
    written_off: int = 0

    @property
    def last_paid(self) -> int:
        """The day of the last payment, 0 if none."""
        return max((day for day, _ in self.paid), default=0)


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note for a return."""

    number: str
    invoice: Invoice
    day: int
    amount: int


@dataclass(slots=True)
class Receivables:
    """What a customer owes and has paid."""

    invoices: list[Invoice]
    credits: list[Credit]


def receivables_of(
    profile: Profile, days: Days, orders: list[Order], deductions: list[Deduction]
) -> Receivables:
    """Invoices of the counted orders with what happens to them."""
    invoices = [
        _invoice(profile, number, order)
        for number, order in enumerate((o for o in orders if o.counts), start=1)
    ]
    plans = {invoice.order.number: invoice for invoice in invoices}
    for invoice in invoices:
        _settle(profile, days, invoice)
    notes = _credits(profile, days, plans, deductions)
    for invoice in invoices:
        _follow_up(profile, days, invoice)
    return Receivables(invoices, notes)


def _invoice(profile: Profile, number: int, order: Order) -> Invoice:
    amount = with_tax(order.invoiced, 0 if profile.export else _VAT_PCT)
    return Invoice(
        f"FP{profile.code[1:]}-{number:04d}", order, order.posted, order.posted + profile.terms, amount
    )


def _settle(profile: Profile, days: Days, invoice: Invoice) -> None:
    rng, payer = profile.rng, profile.payer
    late = rng.random() < payer.late
    delay = rng.randint(*payer.delay) if late else -rng.randint(0, 12) * (rng.random() < _EARLY)
    day = max(invoice.issued, invoice.due + delay)
    if rng.random() < _DISPUTED and payer.kind != "perfect":
        day = _dispute(profile, days, invoice, day)
    if rng.random() < payer.never:
        return
    day = _pay_day(profile, days, day, late)
    _instalments(profile, days, invoice, day)


def _dispute(profile: Profile, days: Days, invoice: Invoice, day: int) -> int:
    begun = days.work(invoice.issued + profile.rng.randint(5, 25))
    if begun > days.end or begun >= day:
        return day
    decided = days.work(begun + profile.rng.randint(20, 90))
    invoice.statuses.append(("disputed", begun))
    if decided <= days.end:
        invoice.statuses.append(("open", decided))
    return max(day, decided + 5)


def _pay_day(profile: Profile, days: Days, day: int, late: bool) -> int:
    """A working day; whoever orders often pays on the 10th and 25th, before the due date unless late."""
    if profile.gap_days < _BATCH_BELOW_DAYS and late:
        of_month = int(days.iso(day)[8:])
        day += (10 if of_month <= 10 else 25 if of_month <= 25 else 35) - of_month
    if late or days.work_by(day) < days.first:
        return days.work(day)
    return days.work_by(day)


def _instalments(profile: Profile, days: Days, invoice: Invoice, day: int) -> None:
    draw, amount = profile.rng.random(), invoice.amount
    if profile.payer.kind == "perfect" or draw > _SPLIT + _SHORT_PAID:
        invoice.paid = [(day, amount)]
    elif draw < _SHORT_PAID:
        invoice.paid = [(day, amount - amount // 50 // 100 * 100)]
    else:
        first = amount * profile.rng.randint(3, 7) // 10 // 100 * 100
        later = days.work(day + profile.rng.randint(10, 40))
        invoice.paid = [(day, first), (later, amount - first)] if first else [(day, amount)]


def _credits(
    profile: Profile, days: Days, invoices: dict[str, Invoice], deductions: list[Deduction]
) -> list[Credit]:
    """Credit notes for returns that come before the invoice is paid; later ones are settled in goods."""
    notes: list[Credit] = []
    for d in deductions:
        if d.order is None or d.order.number not in invoices:
            continue
        invoice = invoices[d.order.number]
        amount = with_tax(-d.amount, 0 if profile.export else _VAT_PCT)
        unpaid = all(day > d.day for day, _ in invoice.paid)
        if unpaid and 0 < amount <= invoice.amount - invoice.credited:
            invoice.credited += amount
            notes.append(Credit(f"HZ{invoice.number[2:]}-{len(notes) + 1}", invoice, d.day, amount))
            _reduce(invoice, amount)
    return notes


def _reduce(invoice: Invoice, amount: int) -> None:
    """Takes the amount off the payments, the last one first."""
    for position in reversed(range(len(invoice.paid))):
        day, planned = invoice.paid[position]
        taken = min(planned, amount)
        invoice.paid[position] = (day, planned - taken)
        amount -= taken
    invoice.paid = [(day, planned) for day, planned in invoice.paid if planned]


def _follow_up(profile: Profile, days: Days, invoice: Invoice) -> None:
    """Keeps what the data can know, then writes off hopeless debts and notes why others are late."""
    settled = invoice.last_paid if invoice.paid else days.end + 1
    received = sum(amount for day, amount in invoice.paid if day <= days.end)
    open_amount = invoice.amount - invoice.credited - received
    invoice.paid = [(day, amount) for day, amount in invoice.paid if day <= days.end]
    hopeless = days.work(invoice.due + _WRITE_OFF_DAYS)
    if not invoice.paid and open_amount and hopeless <= days.end and profile.rng.random() < 0.6:
        invoice.written_off = open_amount
        invoice.statuses = [s for s in invoice.statuses if s[1] < hopeless] + [("written_off", hopeless)]
    if min(settled, days.end) - invoice.due > 4 and profile.rng.random() < _reason_known(profile):
        _give_reason(profile, days, invoice)


def _reason_known(profile: Profile) -> float:
    return 0.9 if profile.role in ("late_payer_own_fault", "late_payer_excused") else _REASON_KNOWN


def _give_reason(profile: Profile, days: Days, invoice: Invoice) -> None:
    rng = profile.rng
    decided = days.work(invoice.due + rng.randint(5, 20))
    if decided > days.end:
        return
    excused = profile.payer.kind == "excused" or (profile.payer.kind != "own_fault" and rng.random() < 0.3)
    if excused and rng.random() < 0.1:
        invoice.reason = ("bank_or_holiday", "", decided)
    elif excused:
        invoice.reason = (rng.choice(_EXCUSED_REASONS), "true", decided)
    else:
        invoice.reason = (rng.choice(_OWN_REASONS), "false", decided)


def invoice_rows(profile: Profile, days: Days, found: Receivables) -> Iterator[Row]:
    """Rows of ``invoices``: a row per status, then the credit notes."""
    for invoice in found.invoices:
        issued, due, order = days.iso(invoice.issued), days.iso(invoice.due), invoice.order.number
        amount = text(invoice.amount)
        head = (invoice.number, profile.code, issued, due, amount, profile.currency, order, "")
        yield *head, "open", issued
        for status, day in invoice.statuses:
            yield *head, status, days.iso(day)
    for credit in found.credits:
        noted = days.iso(credit.day)
        yield (
            credit.number, profile.code, noted, noted, text(-credit.amount), profile.currency,
            credit.invoice.order.number, credit.invoice.number, "open", noted,
        )  # fmt: skip


def payment_rows(profile: Profile, days: Days, found: Receivables) -> tuple[list[Row], list[Row]]:
    """Rows of ``payments`` and of ``allocations``: what arrives on one day is one payment."""
    by_day: dict[int, list[tuple[str, int]]] = {}
    for invoice in found.invoices:
        for day, amount in invoice.paid:
            by_day.setdefault(day, []).append((invoice.number, amount))
    payments: list[Row] = []
    allocations: list[Row] = []
    for day in sorted(by_day):
        number = f"SK{profile.code[1:]}-{len(payments) + 1:04d}"
        total, written = sum(amount for _, amount in by_day[day]), days.iso(day)
        method = words.PAYMENT_METHODS[day % len(words.PAYMENT_METHODS)]
        payments.append((number, profile.code, written, text(total), profile.currency, method))
        for invoice_number, amount in by_day[day]:
            key = f"HX{profile.code[1:]}-{len(allocations) + 1:04d}"
            allocations.append((key, invoice_number, number, written, text(amount)))
    if payments and profile.index % 45 == 9:
        payments.append(_prepayment(profile, days, len(payments) + 1))
    return payments, allocations


def _prepayment(profile: Profile, days: Days, number: int) -> Row:
    """Money received that belongs to no invoice yet."""
    day = days.iso(days.work_by(days.end - 12))
    amount = text(profile.rng.randint(20, 400) * 10_000)
    return f"SK{profile.code[1:]}-{number:04d}", profile.code, day, amount, profile.currency, "预收款"


def reason_rows(days: Days, found: Receivables) -> Iterator[Row]:
    """Rows of ``late_reasons``."""
    for invoice in found.invoices:
        if invoice.reason is not None:
            reason, excused, decided = invoice.reason
            by = words.CREDIT_CONTROLLERS[decided % len(words.CREDIT_CONTROLLERS)]
            yield invoice.number, reason, excused, days.iso(decided), by, ""
