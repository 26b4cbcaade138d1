"""Customers that stand under two codes: the same name, or the same unified social credit code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tierwise.book.looking import Desk
from tierwise.onboarding.model import Proposal

_LEGAL = re.compile(
    r"(股份)?有限责任公司$|(股份)?有限公司$|\b(co\.?,? ?ltd|ltd|limited|inc|llc|gmbh|ag|corp|corporation|company)\.?$"
)
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Twins:
    """Codes that may be one customer, and what they share."""

    by: Literal["name", "unified_credit_code"]
    value: str
    codes: tuple[str, ...]


def duplicates(desk: Desk, proposal: Proposal) -> list[Twins]:
    """The codes of a customers proposal that share a name or a credit code, by name first."""
    headers = {s.column: s.headers[0] for s in proposal.sources if s.expression in s.headers}
    found = []
    for column in ("name", "unified_credit_code"):
        if "code" in headers and column in headers and headers[column] != headers["code"]:
            pairs = desk.pairs(proposal.sheet, headers["code"], headers[column])
            found += _shared(pairs, "name" if column == "name" else "unified_credit_code")
    return found


def _shared(pairs: Iterable[tuple[str, str]], by: Literal["name", "unified_credit_code"]) -> list[Twins]:
    groups: dict[str, dict[str, str]] = {}
    for code, value in pairs:
        key = same_name(value) if by == "name" else value.strip().upper()
        groups.setdefault(key, {}).setdefault(code, value)
    return [
        Twins(by, next(iter(codes.values())), tuple(sorted(codes)))
        for key, codes in groups.items()
        if key and len(codes) > 1
    ]


def same_name(name: str) -> str:
    """A company's name without case, width, marks and legal form: what must be equal to be suspected."""
    narrow = unicodedata.normalize("NFKC", name).casefold().strip()
    return _MARKS.sub("", _LEGAL.sub("", narrow)) or _MARKS.sub("", narrow)
