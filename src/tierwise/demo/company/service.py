"""What serving a customer costs: month by month, by kind, from the sales served and a fixed part."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tierwise.demo.company.amounts import text
from tierwise.demo.company.days import Days
from tierwise.demo.company.orders import Order
from tierwise.demo.company.profile import Profile
from tierwise.demo.company.rates import TYPICAL
from tierwise.demo.company.receivables import Receivables

COLUMNS = ("number", "customer_code", "date", "kind", "amount", "currency", "driver")

_FINANCE_SHARE = 0.08
_KINDS = (
    ("logistics", 34), ("sales_time", 28), ("service_time", 16), ("after_sales", 14), ("promotion", 7), ("other", 1),
)  # fmt: skip
_HOUR_CENTS = 16_000


def service_rows(
    profile: Profile, days: Days, orders: list[Order], found: Receivables
) -> Iterator[tuple[str, ...]]:
    """Rows of ``service_costs``. Months without sales gather their fixed part until it is worth a record."""
    served = served_by_month(profile, days, orders)
    waiting, number = 0, 0
    for back, closing in zip(range(days.months - 1, -1, -1), days.closings, strict=True):
        sold = served.get(back, 0)
        waiting += round(sold * profile.service_share) + (
            profile.service_fixed if _served_in(profile, closing) else 0
        )
        if not waiting or (not sold and waiting < 80_000):
            continue
        for kind, amount in _split(profile, waiting):
            number += 1
            yield _row(profile, days, number, closing, kind, amount)
        waiting = 0
    for invoice in found.invoices:
        if invoice.written_off:
            number += 1
            base = round(invoice.written_off * TYPICAL[profile.currency] / 1.13)
            yield _row(profile, days, number, invoice.statuses[-1][1], "bad_debt", base)


def served_by_month(profile: Profile, days: Days, orders: list[Order]) -> dict[int, int]:
    """Months before the last one -> what was invoiced, in cents of base currency."""
    rate, served = TYPICAL[profile.currency], dict[int, int]()
    for order in orders:
        if order.counts:
            back = days.months_ago(order.posted)
            served[back] = served.get(back, 0) + round(order.invoiced * rate)
    return served


def _served_in(profile: Profile, closing: int) -> bool:
    return profile.buys and profile.start <= closing <= profile.stop + 90


def _split(profile: Profile, cents: int) -> list[tuple[str, int]]:
    """One record, or two for larger amounts; slow payers also cost interest."""
    rng = profile.rng
    parts = [(_kind(rng), cents)]
    if cents > 400_000:
        share = cents * rng.randint(35, 70) // 100
        parts = [("logistics", share), (_kind(rng), cents - share)]
    if profile.payer.late > 0.5 and cents > 50_000:
        parts.append(("finance_cost", max(100, round(cents * _FINANCE_SHARE))))
    return parts


def _kind(rng: Random) -> str:
    point = rng.random() * 100
    for kind, weight in _KINDS:
        point -= weight
        if point < 0:
            return kind
    return "other"


def _row(profile: Profile, days: Days, number: int, day: int, kind: str, cents: int) -> tuple[str, ...]:
    booked = days.iso(days.work_by(day))
    driver = ""
    if kind in ("sales_time", "service_time"):
        driver = f"工时 {cents // _HOUR_CENTS + 1} h"
    elif kind == "logistics":
        driver = f"发运 {cents // 60_000 + 1} 次"
    return f"FY{profile.code[1:]}-{number:04d}", profile.code, booked, kind, text(cents), "CNY", driver
