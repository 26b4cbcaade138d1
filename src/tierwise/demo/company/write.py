"""Writes the sample company: customer by customer, so that memory does not grow with the company."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from tierwise.book.contract import TABLES
from tierwise.demo.company import (
    contacts,
    deductions,
    doubles,
    effort,
    judgement,
    masters,
    orders,
    products,
    receivables,
    service,
    stories,
    visits,
    voices,
)
from tierwise.demo.company.days import Days
from tierwise.demo.company.files import CompanyFiles, Sheets
from tierwise.demo.company.masters import Record
from tierwise.demo.company.profile import Profile, profile_of
from tierwise.demo.company.rates import rate_rows

Row = tuple[str, ...]

_LAST_MONTH = date(2026, 10, 31)

_PRODUCT_COLUMNS = (
    "code", "name", "category", "uom", "uom_dimension", "uom_factor", "standard_cost", "standard_margin_pct",
    "category_margin_pct", "valid_from",
)  # fmt: skip

_FILES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "customers": ("customers.csv", masters.COLUMNS, "utf-8-sig"),
    "products": ("products.csv", _PRODUCT_COLUMNS, "gb18030"),
    "fx_rates": ("fx_rates.csv", ("currency", "date", "rate_to_base", "source"), "utf-8"),
    "invoices": ("invoices.csv", receivables.INVOICE_COLUMNS, "utf-8"),
    "payments": ("payments.csv", receivables.PAYMENT_COLUMNS, "utf-8"),
    "allocations": ("allocations.csv", receivables.ALLOCATION_COLUMNS, "utf-8"),
    "late_reasons": ("late_reasons.csv", receivables.REASON_COLUMNS, "utf-8"),
    "service_costs": ("service_costs.csv.gz", service.COLUMNS, "utf-8"),
    "assessments": ("assessments.csv", judgement.COLUMNS, "utf-8"),
    "time_logs": ("time_logs.csv", effort.TIME_COLUMNS, "utf-8"),
    "calls": ("calls.csv", effort.CALL_COLUMNS, "utf-8-sig"),
    "complaints": ("complaints.csv", voices.COMPLAINT_COLUMNS, "utf-8-sig"),
    "surveys": ("surveys.csv", voices.SURVEY_COLUMNS, "utf-8"),
    "contacts": ("contacts.csv", contacts.COLUMNS, "utf-8-sig"),
    "interactions": ("interactions.csv", visits.COLUMNS, "utf-8-sig"),
    "signals": ("signals.csv", visits.SIGNAL_COLUMNS, "utf-8-sig"),
}
"""Table -> file, columns, encoding. Order lines have a file per year."""

_CHINESE_HEADERS = frozenset(
    {"customers", "products", "calls", "complaints", "contacts", "interactions", "signals"}
)
_IMPORT_ORDER = (
    "customers", "products", "fx_rates", "order_lines", "invoices", "payments", "allocations", "late_reasons",
    "service_costs", "assessments", "time_logs", "calls", "complaints", "surveys", "contacts", "interactions", "signals",
)  # fmt: skip


def write_company(
    folder: Path, *, customers: int = 2400, seed: int = 1, last_month: date = _LAST_MONTH, months: int = 36
) -> CompanyFiles:
    """Writes the CSV files of the sample company and says what they are.

    The same arguments give the same bytes. A customer's data depend on the seed, the months and its own
    number, not on how many others there are.

    **Raises** ``ValueError`` if ``customers`` or ``months`` is not positive.
    """
    if customers < 1:
        raise ValueError(f"the company has at least one customer, not {customers}")
    days = Days(last_month, months)
    folder.mkdir(parents=True, exist_ok=True)
    with Sheets(folder) as sheets:
        company = _Company(folder, sheets, seed, days)
        company.write_common()
        for index in range(1, customers + 1):
            company.write_customer(index)
    return company.result()


class _Company:
    """The files being written and what is remembered between customers."""

    def __init__(self, folder: Path, sheets: Sheets, seed: int, days: Days) -> None:
        self._folder, self._sheets, self._seed, self._days = folder, sheets, seed, days
        self._products = products.catalogue(seed)
        self._rows: Counter[str] = Counter()
        self._stories: dict[str, list[str]] = {name: [] for name in stories.NOTES}
        self._head: Record | None = None
        self._doubles = doubles.doubles_of(seed, days, self._products)
        for table, (name, columns, encoding) in _FILES.items():
            sheets.open(name, _header(table, columns), encoding)
        for year in range(days.year(days.first), days.year(days.end) + 1):
            sheets.open(_lines_file(year), orders.COLUMNS)

    def write_common(self) -> None:
        """Products and exchange rates."""
        self._add("products", list(products.product_rows(self._products, self._days)))
        self._add("fx_rates", list(rate_rows(self._seed, self._days)))

    def write_customer(self, index: int) -> None:
        """Everything of one customer."""
        profile = profile_of(index, self._seed, self._days, self._products)
        story = stories.story_of(index)
        if story is not None:
            self._stories[story].append(profile.code)
        sold = orders.orders_of(profile, self._days)
        records = self._records(profile, sold)
        self._add("customers", [masters.as_row(record) for record in records])
        self._transactions(profile, sold)
        self._dealings(profile, sold)
        nature = records[0]["ownership_nature"]
        self._add("assessments", list(judgement.assessment_rows(profile, self._days, nature)))

    def _records(self, profile: Profile, sold: list[orders.Order]) -> list[Record]:
        place = stories.place_of(profile.index)
        head = self._head if 0 < place < stories.GROUP_SIZE else None
        first_order = min((order.ordered for order in sold if order.counts), default=None)
        records = masters.record_rows(profile, head, self._seed, self._days, first_order)
        if place == 0:
            self._head = records[0]
        first = self._doubles.get(profile.index)
        if first is not None:
            way = list(self._doubles).index(profile.index)
            records = [doubles.as_double(record, first, self._seed, way) for record in records]
        return records

    def _transactions(self, profile: Profile, sold: list[orders.Order]) -> None:
        days = self._days
        taken = deductions.deductions_of(profile, days, sold)
        for year, row in (
            *orders.line_rows(profile, days, sold),
            *deductions.deduction_rows(profile, days, taken),
        ):
            self._sheets.write(_lines_file(year), (row,))
            self._rows["order_lines"] += 1
        owed = receivables.receivables_of(profile, days, sold, taken)
        payments, allocations = receivables.payment_rows(profile, days, owed)
        self._add("invoices", list(receivables.invoice_rows(profile, days, owed)))
        self._add("payments", payments)
        self._add("allocations", allocations)
        self._add("late_reasons", list(receivables.reason_rows(days, owed)))
        self._add("service_costs", list(service.service_rows(profile, days, sold, owed)))

    def _dealings(self, profile: Profile, sold: list[orders.Order]) -> None:
        """Work, calls, complaints, answers, people and visits: from streams of their own, so that nothing else moves."""
        seed, days = self._seed, self._days
        self._add("time_logs", list(effort.time_rows(profile, seed, days, sold)))
        self._add("calls", list(effort.call_rows(profile, seed, days, sold)))
        complaints = voices.complaints_of(profile, seed, days, sold)
        self._add("complaints", list(voices.complaint_rows(profile, days, complaints)))
        self._add("surveys", list(voices.survey_rows(profile, seed, days, sold, complaints)))
        known = contacts.contacts_of(profile, seed, days)
        self._add("contacts", list(contacts.contact_rows(profile, days, known)))
        self._add("interactions", list(visits.visit_rows(profile, seed, days, known)))
        self._add("signals", list(visits.signal_rows(profile, seed, days, known)))

    def _add(self, table: str, rows: list[Row]) -> None:
        self._sheets.write(_FILES[table][0], rows)
        self._rows[table] += len(rows)

    def result(self) -> CompanyFiles:
        """What was written."""
        years = range(self._days.year(self._days.first), self._days.year(self._days.end) + 1)
        files: dict[str, tuple[Path, ...]] = {
            table: (self._folder / name,) for table, (name, _, _) in _FILES.items()
        }
        files["order_lines"] = tuple(self._folder / _lines_file(year) for year in years)
        return CompanyFiles(
            self._folder,
            {table: files[table] for table in _IMPORT_ORDER},
            {table: self._rows[table] for table in _IMPORT_ORDER},
            {name: tuple(codes) for name, codes in self._stories.items()},
            dict(stories.NOTES),
        )


def _header(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    if table in _CHINESE_HEADERS:
        return tuple(TABLES[table].column(column).label.zh for column in columns)
    return columns


def _lines_file(year: int) -> str:
    return f"order_lines_{year}.csv"
