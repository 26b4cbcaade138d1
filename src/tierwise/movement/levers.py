"""What would move one customer: the smallest change of one metric to the next grade, the largest that keeps the grade.

**Source** spec 8.1(7), 6.1, example E35. Others stand still. A change is a whole number of steps (cents, days, orders), so that
one step less would not reach, and one step more would not keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal

from tierwise.grading.wording import WIDE
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import split_window
from tierwise.movement.scorecard_levers import scorecard_levers
from tierwise.policy.model import AbcRank, CreditRating, Gate, Policy, Rfm, Scorecard, ValueBands

Row = Mapping[str, Any]
Way = Literal["up", "keep"]
STEPS = {
    "money": Decimal("0.01"),
    "percent": Decimal("0.01"),
    "score": Decimal("0.01"),
    "quantity": Decimal("0.01"),
    "ratio": Decimal("0.0001"),
}
"""By what steps a metric is changed; days, months and counts by whole ones."""
NOT_GRADED, GROUP, METHOD, GATE, FALLBACK, BEST, OUT_OF_REACH = (
    "not_graded", "group", "method", "gate", "fallback", "best", "out_of_reach",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lever:
    """A change of one metric. ``up`` reaches ``grade``; ``keep`` is the largest loss with which ``grade`` is kept."""

    way: Way
    column: str
    grade: str
    before: Decimal
    change: Decimal
    """Signed: more or less of the metric."""
    criterion: str | None = None
    by_run: bool = False
    """Whether it is measured against cut points of the run, which the change itself may shift."""

    @property
    def after(self) -> Decimal:
        """The value with the change."""
        return WIDE.add(self.before, self.change)

    @property
    def size(self) -> Decimal:
        """The change relative to the value, for order alone."""
        return WIDE.divide(abs(self.change), max(abs(self.before), Decimal(1)))


@dataclass(frozen=True, slots=True)
class Levers:
    """The levers of one customer; ``why`` says why there is none, or none upwards."""

    customer: str
    grade: str | None
    levers: tuple[Lever, ...] = ()
    why: str | None = None

    def of(self, way: Way) -> list[Lever]:
        """The levers of one way, the smallest change relative to the value first."""
        return sorted(
            (lever for lever in self.levers if lever.way == way), key=lambda lever: (lever.size, lever.column)
        )


def step_of(column: str) -> Decimal:
    """The step by which a metric is changed."""
    name = column if column in METRICS else split_window(column)[0]
    return STEPS.get(METRICS[name].unit, Decimal(1)) if name in METRICS else Decimal("0.01")


def levers(policy: Policy, facts: Mapping[str, Any], row: Row) -> Levers:
    """The levers of a stored row; ``facts`` are those of the run's methods."""
    why = _blocked(policy, row)
    if why is not None:
        return Levers(row["customer_id"], row["grade"], (), why)
    found = [*_of_method(policy, facts, row)]
    kept = tuple(lever for lever in found if lever.way == "keep" or not _gated(policy, row, lever))
    codes = [grade.code for grade in policy.scale]
    if any(lever.way == "up" for lever in kept):
        reason = None
    elif row["grade"] == codes[0]:
        reason = BEST
    else:
        reason = GATE if len(kept) < len(found) else OUT_OF_REACH
    return Levers(row["customer_id"], row["grade"], kept, reason)


def _blocked(policy: Policy, row: Row) -> str | None:
    if row["unit"] != row["customer_id"]:
        return GROUP
    if row["status"] != "graded":
        return NOT_GRADED
    if row.get("family", policy.leading.id) != policy.leading.id:
        return FALLBACK
    if row["grade"] != row["grade_before_gates"]:
        return GATE
    told = isinstance(policy.leading, AbcRank | ValueBands | CreditRating | Scorecard)
    if isinstance(policy.leading, Rfm):
        told = policy.leading.grade_by == "sum" and policy.leading.binning == "independent"
    return None if told else METHOD


def _of_method(policy: Policy, facts: Mapping[str, Any], row: Row) -> Iterator[Lever]:
    lead, own = policy.leading, facts[policy.leading.id]
    if isinstance(lead, AbcRank):
        yield from _rank(policy, lead, own, row)
    elif isinstance(lead, ValueBands | CreditRating):
        cuts = lead.bands if isinstance(lead, ValueBands) else lead.levels
        yield from _bands(policy, dict(cuts), own["value"], row)
    elif isinstance(lead, Scorecard):
        for way, column, grade, before, change, code in scorecard_levers(policy, lead, row, step_of):
            yield Lever(way, column, grade, before, change, code)
    elif isinstance(lead, Rfm):
        yield from _rfm(policy, lead, own, row)


def _beside(policy: Policy, row: Row) -> tuple[str | None, str | None]:
    """The next better grade, and the own one if there is a worse one."""
    codes = [grade.code for grade in policy.scale]
    place = codes.index(row["grade"])
    return (codes[place - 1] if place else None, codes[place] if place < len(codes) - 1 else None)


def _rank(policy: Policy, lead: AbcRank, facts: Mapping[str, Any], row: Row) -> Iterator[Lever]:
    column, value = facts["value"], row["score"]
    better, own = _beside(policy, row)
    cuts = {cut["grade"]: cut for cut in facts["cuts"]}
    strict = lead.tie_rule != "include"
    """With ties excluded, or broken by other metrics, only a larger value is sure."""
    if better is not None and cuts[better]["count"] > 0:
        cut = cuts[better]["value"]
        change = more(value, Decimal(cut), step_of(column), strict=strict) if cut is not None else Decimal(0)
        yield Lever(
            "up", column, better, value, max(change, more(value, Decimal(0), step_of(column), strict=True))
        )
    if own is not None:
        step = step_of(column)
        room = less(value, Decimal(0), step, strict=True)
        if row["cushion_down"] is not None:
            limit = WIDE.subtract(value, row["cushion_down"])
            room = min(room, less(value, limit, step, strict=strict))
        yield Lever("keep", column, own, value, -max(room, Decimal(0)))


def _bands(policy: Policy, cuts: dict[str, Decimal], column: str, row: Row) -> Iterator[Lever]:
    value, step = row["score"], step_of(column)
    better, own = _beside(policy, row)
    if better is not None:
        yield Lever("up", column, better, value, more(value, cuts[better], step))
    if own is not None:
        yield Lever("keep", column, own, value, -less(value, cuts[own], step))


def _rfm(policy: Policy, lead: Rfm, facts: Mapping[str, Any], row: Row) -> Iterator[Lever]:
    better, own = _beside(policy, row)
    by_run = lead.scoring != "fixed_bins"
    for letter, name in zip("rfm", (lead.recency, lead.frequency, lead.monetary), strict=True):
        column = use_of(name, policy.window_months).column
        score, value = row[f"{lead.id}_{letter}"], Decimal(row[column])
        others = row[f"{lead.id}_sum"] - score
        if better is not None:
            change = _to_score(lead, facts, letter, column, value, lead.sum_thresholds[better] - others)
            if change is not None:
                yield Lever("up", column, better, value, change, by_run=by_run)
        if own is not None:
            change = _within_score(lead, facts, letter, column, value, lead.sum_thresholds[own] - others)
            if change is not None:
                yield Lever("keep", column, own, value, change, by_run=by_run)


def _falls(column: str) -> bool:
    return METRICS[column if column in METRICS else split_window(column)[0]].less_is_better


def _cut_of(lead: Rfm, facts: Mapping[str, Any], letter: str, column: str, points: int) -> Decimal | None:
    """The value from which a dimension has so many points; nothing if no value gives them, or every value does."""
    cuts = facts["cuts"][letter]
    if not 2 <= points <= 5 or len(cuts) != 4:
        return None
    rising = lead.scoring == "quantile_bins" and not _falls(column)
    cut = cuts[points - 2] if rising else cuts[5 - points]
    return None if cut is None else Decimal(cut)


def _to_score(
    lead: Rfm, facts: Mapping[str, Any], letter: str, column: str, value: Decimal, points: int
) -> Decimal | None:
    cut, step = _cut_of(lead, facts, letter, column, points), step_of(column)
    if cut is None:
        return None
    if not _falls(column):
        return more(value, cut if letter == "r" else max(cut, step), step)
    change = -fall(value, cut, step, strict=lead.scoring == "quantile_bins")
    return change if WIDE.add(value, change) >= 0 else None


def _within_score(
    lead: Rfm, facts: Mapping[str, Any], letter: str, column: str, value: Decimal, points: int
) -> Decimal | None:
    cut, step = _cut_of(lead, facts, letter, column, points), step_of(column)
    if cut is None:
        return None
    if not _falls(column):
        return -less(value, cut if letter == "r" else max(cut, step), step)
    return less(-value, -cut, step, strict=lead.scoring == "quantile_bins")


def more(value: Decimal, limit: Decimal, step: Decimal, *, strict: bool = False) -> Decimal:
    """The smallest number of steps, as a change, that brings a value to a limit, or (``strict``) above it."""
    steps = WIDE.divide(WIDE.subtract(limit, value), step)
    count = steps.to_integral_value(ROUND_FLOOR) + 1 if strict else steps.to_integral_value(ROUND_CEILING)
    return WIDE.multiply(max(count, Decimal(0)), step)


def less(value: Decimal, limit: Decimal, step: Decimal, *, strict: bool = False) -> Decimal:
    """The largest number of steps, as a positive change, with which a value stays at or above a limit (or above it)."""
    steps = WIDE.divide(WIDE.subtract(value, limit), step)
    count = steps.to_integral_value(ROUND_CEILING) - 1 if strict else steps.to_integral_value(ROUND_FLOOR)
    return WIDE.multiply(max(count, Decimal(0)), step)


def fall(value: Decimal, limit: Decimal, step: Decimal, *, strict: bool = False) -> Decimal:
    """The smallest number of steps, as a positive change, that brings a value down to a limit, or below it."""
    return more(-value, -limit, step, strict=strict)


def _gated(policy: Policy, row: Row, lever: Lever) -> bool:
    """Whether a cap would take the better grade away again."""
    codes = [grade.code for grade in policy.scale]
    caps = [g for g in policy.gates if g.effect == "cap" and g.to is not None]
    return any(
        codes.index(lever.grade) < codes.index(str(gate.to))
        and (not gate.grades or lever.grade in gate.grades)
        and _meets(gate, policy, row, lever)
        for gate in caps
    )


def _meets(gate: Gate, policy: Policy, row: Row, lever: Lever) -> bool:
    test, column = gate.when, use_of(gate.when.metric, policy.window_months).column
    value: Any = lever.after if column == lever.column else row[column]
    if value is None:
        return False
    if test.answer is not None:
        return bool(value is test.answer or (not isinstance(test.answer, bool) and value in test.answer))
    return (
        (test.below is not None and value < test.below)
        or (test.at_most is not None and value <= test.at_most)
        or (test.at_least is not None and value >= test.at_least)
        or (test.above is not None and value > test.above)
    )
