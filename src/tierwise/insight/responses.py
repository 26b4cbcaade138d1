"""How long every grade waits for us: on the telephone and for an answer to a complaint. Source: spec 8.6, SVC-01."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tierwise.insight.retention import pct
from tierwise.metrics.service import ANSWER_SECONDS

Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One grade: calls with their waiting, complaints with the hours until the first response; null without any."""

    grade: str
    calls: int
    answer_seconds: Fraction | None
    """Mean waiting of the answered calls."""
    service_level_pct: Fraction | None
    """Answered within 20 seconds of those answered, turned away, or given up after 20 seconds."""
    complaints: int
    response_hours: Fraction | None
    """Median; half of the answered complaints waited at most so long."""
    response_hours_p90: Fraction | None
    unanswered: int
    """Complaints without a recorded first response."""


def waiting_by_grade(
    calls: Rows, complaints: Rows, grade_of: Mapping[str, str], scale: Sequence[str]
) -> tuple[Waiting, ...]:
    """Waiting of every grade, the best first. Customers without a grade do not count. **Source** spec 8.6.

    Calls have ``customer_code``, ``left_reason`` and ``wait_seconds``; complaints ``customer_code`` and
    ``first_response_hours``.
    """
    heard, asked = _by_grade(calls, grade_of), _by_grade(complaints, grade_of)
    return tuple(_waiting(grade, heard[grade], asked[grade]) for grade in scale)


def _by_grade(rows: Rows, grade_of: Mapping[str, str]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        grade = grade_of.get(row["customer_code"] or "")
        if grade is not None:
            found[grade].append(row)
    return found


def _waiting(grade: str, calls: list[Mapping[str, Any]], complaints: list[Mapping[str, Any]]) -> Waiting:
    answered = [Decimal(c["wait_seconds"] or 0) for c in calls if c["left_reason"] == "answered"]
    in_time = sum(1 for seconds in answered if seconds <= ANSWER_SECONDS)
    lost = sum(1 for c in calls if _counts_as_lost(c))
    hours = sorted(c["first_response_hours"] for c in complaints if c["first_response_hours"] is not None)
    return Waiting(
        grade,
        len(calls),
        Fraction(sum(answered, Decimal(0))) / len(answered) if answered else None,
        pct(in_time, len(answered) + lost),
        len(complaints),
        percentile(hours, 50),
        percentile(hours, 90),
        len(complaints) - len(hours),
    )


def _counts_as_lost(call: Mapping[str, Any]) -> bool:
    if call["left_reason"] == "rejected_busy":
        return True
    return bool(call["left_reason"] == "abandoned" and (call["wait_seconds"] or 0) > ANSWER_SECONDS)


def percentile(ascending: Sequence[Decimal], share: int) -> Fraction | None:
    """A percentile of ascending values, interpolated between neighbours (type 7); null without any."""
    if not ascending:
        return None
    place, rest = divmod((len(ascending) - 1) * share, 100)
    here = Fraction(ascending[place])
    return here + Fraction(rest, 100) * (Fraction(ascending[place + 1]) - here) if rest else here
