"""Which metrics moved a customer's grade, each with its share of the change. Source: spec 8.1(6), 4.5 GradeEvent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tierwise.grading.wording import metric_title
from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Lang
from tierwise.metrics.catalogue import use_of
from tierwise.policy.check import metrics_of
from tierwise.policy.model import AbcCumulative, AbcRank, CreditRating, Policy, Rfm, Scorecard, ValueBands

Row = Mapping[str, Any]
_OF_ONE_METRIC = (AbcRank, AbcCumulative, ValueBands, CreditRating)
"""Methods by a single metric; the more of it, the better the grade."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A metric or criterion that changed, and its share of the change of the score; shares add up to 100.

    The share is null where no score says how much a metric weighs.
    """

    code: str
    before: Any
    after: Any
    share_pct: Fraction | None = None

    def title(self, policy: Policy, lang: Lang) -> str:
        """The name of the metric or criterion."""
        criteria = getattr(policy.leading, "criteria", ())
        named = next((c.title.in_lang(lang) for c in criteria if c.code == self.code), None)
        return named or metric_title(self.code, lang)


def as_text(found: Iterable[Driver]) -> str:
    """Drivers as JSON, for events: exact values as text, shares with two places."""
    return json.dumps([_plain(driver) for driver in found], ensure_ascii=False, separators=(",", ":"))


def _plain(driver: Driver) -> dict[str, Any]:
    share = driver.share_pct
    cents = None if share is None else Decimal(round(share * 100)).scaleb(-2)
    values = (driver.before, driver.after, cents)
    before, after, told = (None if value is None else _exact(value) for value in values)
    return {"code": driver.code, "before": before, "after": after, "share_pct": told}


def _exact(value: Any) -> str:
    return plain_number(value) if isinstance(value, Decimal) else str(value)


def columns_read(policy: Policy) -> list[str]:
    """The stored columns that drivers of a policy are told from."""
    lead = policy.leading
    if isinstance(lead, Scorecard):
        return [f"{lead.id}_{c.code}_score" for c in lead.criteria]
    scores = [f"{lead.id}_{d}" for d in "rfm"] if isinstance(lead, Rfm) else []
    return _metrics(policy) + scores


def drivers(policy: Policy, before: Row, after: Row) -> tuple[Driver, ...]:
    """What changed in the leading method, the largest share first; nothing if nothing did."""
    lead = policy.leading
    if isinstance(lead, Scorecard):
        found = _shared(_points(lead, before, after))
    elif isinstance(lead, Rfm):
        found = _shared(_scores(policy, lead, before, after))
    else:
        found = _changed(policy, before, after)
    return tuple(sorted(found, key=lambda driver: (-(driver.share_pct or 0), driver.code)))


def moved_against(policy: Policy, before: Row, after: Row, up: bool) -> bool:
    """Whether what the leading method looks at moved the other way than the grade, so that it did not move the grade."""
    lead = policy.leading
    if isinstance(lead, Scorecard):
        delta = sum((part for _, part in _points(lead, before, after)), Fraction(0))
    elif isinstance(lead, Rfm):
        delta = sum((part for _, part in _scores(policy, lead, before, after)), Fraction(0))
    elif isinstance(lead, _OF_ONE_METRIC):
        (column,) = _metrics(policy)
        delta = Fraction(after.get(column) or 0) - Fraction(before.get(column) or 0)
    else:
        return False
    return delta < 0 if up else delta > 0


def _metrics(policy: Policy) -> list[str]:
    """The metrics that the leading method names, as columns."""
    named = dict.fromkeys(n.text for n in metrics_of(policy) if n.path[:1] == ("leading",))
    if isinstance(policy.leading, AbcRank):
        named = dict.fromkeys([policy.leading.value])
    return [use_of(name, policy.window_months).column for name in named]


def _changed(policy: Policy, before: Row, after: Row) -> list[Driver]:
    columns = [c for c in _metrics(policy) if before.get(c) != after.get(c)]
    share = Fraction(100) if isinstance(policy.leading, _OF_ONE_METRIC) else None
    return [Driver(c, before.get(c), after.get(c), share) for c in columns]


def _points(method: Scorecard, before: Row, after: Row) -> list[tuple[Driver, Fraction]]:
    """Every criterion that changed, with what it adds to the total or takes from it."""
    was, now = _weighted(method, before), _weighted(method, after)
    found = []
    for c in method.criteria:
        column = f"{method.id}_{c.code}_score"
        delta = now.get(c.code, Fraction(0)) - was.get(c.code, Fraction(0))
        if delta:
            found.append((Driver(c.code, before.get(column), after.get(column)), delta))
    return found


def _weighted(method: Scorecard, row: Row) -> dict[str, Fraction]:
    """What each criterion that is present adds to the total of 100."""
    scores = {c.code: row.get(f"{method.id}_{c.code}_score") for c in method.criteria}
    present = [c for c in method.criteria if scores[c.code] is not None]
    weight = sum((Fraction(c.weight) for c in present), Fraction(0))
    return {
        c.code: Fraction(Decimal(scores[c.code] or 0)) * 100 * Fraction(c.weight) / Fraction(c.top) / weight
        for c in present
    }


def _scores(policy: Policy, method: Rfm, before: Row, after: Row) -> list[tuple[Driver, Fraction]]:
    found = []
    names = (method.recency, method.frequency, method.monetary)
    for letter, name in zip("rfm", names, strict=True):
        column = use_of(name, policy.window_months).column
        was, now = before.get(f"{method.id}_{letter}") or 0, after.get(f"{method.id}_{letter}") or 0
        if was != now:
            found.append((Driver(column, before.get(column), after.get(column)), Fraction(now - was)))
    return found


def _shared(deltas: list[tuple[Driver, Fraction]]) -> list[Driver]:
    whole = sum((delta for _, delta in deltas), Fraction(0))
    return [
        Driver(one.code, one.before, one.after, delta * 100 / whole if whole else None)
        for one, delta in deltas
    ]
