"""Compares the months of the order lines with those of a ledger, to the cent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tierwise.book.looking import Desk, Sheet, parts_of
from tierwise.book.reading.values import folded
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.onboarding.words import said

_MONTHS = {
    folded(word)
    for word in "month period yearmonth date monthend accountingperiod 月份 期间 会计期间 年月 日期 会计月 月".split()
}
_AMOUNTS = {
    folded(word)
    for word in "amount total sales netsales revenue netamount turnover value balance 金额 合计 收入 销售额 净销售额 "
    "主营业务收入 营业收入 本期发生额 贷方金额 贷方 未税金额 不含税金额".split()
}
_CURRENCIES = {"currency", "币种", "货币"}
_ISO = re.compile(r"^((?:19|20)\d\d)[-/.年 ]?(\d{1,2})(?:月)?(?:\D.*)?$")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)?$")
_FORMS = ("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %y", "%m/%Y", "%m-%Y", "%m.%Y", "%d.%m.%Y")
_TOTALS = ("合计", "总计", "total", "sum", "grandtotal")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Month:
    """One month: what the ledger says, what the files say, and the files less the ledger."""

    month: str
    currency: str
    ledger: Decimal | None
    files: Decimal | None

    @property
    def difference(self) -> Decimal:
        """The files less the ledger; nothing counts as zero."""
        return (self.files or Decimal(0)) - (self.ledger or Decimal(0))

    @property
    def same(self) -> bool:
        """Whether both agree to the cent, and both have the month if it is not zero."""
        return abs(self.difference) < CENT


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All months of both sides, in order."""

    months: tuple[Month, ...]

    @property
    def differing(self) -> tuple[Month, ...]:
        """The months that do not agree."""
        return tuple(month for month in self.months if not month.same)


def reconcile(
    ledger: Mapping[tuple[str, str], Decimal], files: Mapping[tuple[str, str], Decimal]
) -> Reconciliation:
    """Month by month, both sides by (month, currency)."""
    keys = sorted({*ledger, *files})
    return Reconciliation(tuple(Month(*key, ledger.get(key), files.get(key)) for key in keys))


def read_ledger(desk: Desk, path: Path, *, base_currency: str) -> dict[tuple[str, str], Decimal]:
    """The totals of a ledger file: one or more lines a month, with an amount each.

    **Raises** ``TierwiseError`` (``ledger.*``) for a file without months and amounts, or a line that has none.
    """
    parts = parts_of(path, desk.limits)
    sheet = desk.lay(parts[:1])
    month, amount = _month_header(sheet, path), _amount_header(desk, sheet, path)
    currency = next((h for h in sheet.headers if said(h).bare in _CURRENCIES), None)
    headers = [month, amount] + ([currency] if currency else [])
    totals: dict[tuple[str, str], Decimal] = {}
    factor = said(amount).factor
    for line, (when, how_much, *which) in desk.lines(sheet, headers):
        if (when is None and how_much is None) or folded(when or "") in _TOTALS:
            continue
        key = _month(when, path, line), (which[0] if which and which[0] else base_currency)
        totals[key] = totals.get(key, Decimal(0)) + _amount(how_much, path, line) * factor
    return totals


def _month_header(sheet: Sheet, path: Path) -> str:
    for header in sheet.headers:
        if header and said(header).bare in _MONTHS:
            return header
    raise fail(
        "ledger.no-months",
        "no header says month or period; found: {found}",
        "没有“月份”或“期间”列；文件中的表头：{found}",
        file=str(path),
        found=", ".join(sheet.headers),
    )


def _amount_header(desk: Desk, sheet: Sheet, path: Path) -> str:
    named = [header for header in sheet.headers if header and said(header).bare in _AMOUNTS]
    if len(named) == 1:
        return named[0]
    raise fail(
        "ledger.which-amount",
        "one header must say which amount to compare, such as amount or net sales; found: {found}",
        "须有且只有一列表示要核对的金额（如“金额”“净销售额”）；文件中的表头：{found}",
        file=str(path),
        found=", ".join(named or sheet.headers),
    )


def _month(text: str | None, path: Path, line: int) -> str:
    value = (text or "").strip()
    found = _COMPACT.match(value) or _ISO.match(value)
    if found and 1 <= int(found[2]) <= 12:
        return f"{found[1]}-{int(found[2]):02}"
    for form in _FORMS:
        try:
            return datetime.strptime(value, form).strftime("%Y-%m")  # noqa: DTZ007 - a month has no zone
        except ValueError:
            continue
    raise fail(
        "ledger.bad-month",
        "{value} is no month; write it as 2024-01",
        "{value} 不是月份；请写成 2024-01",
        file=str(path),
        line=line,
        value=value or "–",
    )


def _amount(text: str | None, path: Path, line: int) -> Decimal:
    value = re.sub(r"[,，\s¥￥$€£]", "", text or "")
    negative = value.startswith("(") and value.endswith(")")
    try:
        number = Decimal(value.strip("()"))
    except InvalidOperation:
        raise _bad_amount(text, path, line) from None
    if not number.is_finite():
        raise _bad_amount(text, path, line)
    return -number if negative else number


def _bad_amount(text: str | None, path: Path, line: int) -> TierwiseError:
    return fail(
        "ledger.bad-amount",
        "{value} is no amount; write it as 1234.50",
        "{value} 不是金额；请写成 1234.50",
        file=str(path),
        line=line,
        value=text or "–",
    )
