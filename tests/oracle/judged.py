"""Methods that rest on ratings from 1 to 5: attractiveness x relationship, key accounts. Source: spec 6.10, 6.11."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.oracle.card import last_day
from tests.oracle.cuts import Verdict, by_thresholds
from tests.oracle.numbers import best_rank, stored_ratio
from tierwise.metrics.catalogue import METRICS

Mark = tuple[Fraction | None, str]
STRONGEST = ("invalid", "missing", "expired")
LEVELS = ("limited", "potential", "developing", "good", "very_strong", "defensive", "regressing")


def given(world: Any, unit: str, template: str, criterion: str) -> Mark:
    """What a person said of one criterion."""
    row = world.assessment(unit, template, criterion)
    if row is None:
        return None, "missing"
    score = Fraction(row["score"])
    if last_day(row) < world.as_of:
        return score, "expired"
    return score, "ok" if 1 <= score <= 5 else "invalid"


def rating(world: Any, unit: str, template: str, asked: Any) -> Mark:
    """One rating: as given, or 6 minus the mean of its factors."""
    marks = [given(world, unit, template, criterion) for criterion in asked.asked]
    states = {state for _, state in marks}
    status = next((state for state in STRONGEST if state in states), "ok")
    if not asked.inverse_of:
        return (marks[0][0] if status in ("ok", "invalid") else None), status
    scores = [score for score, _ in marks if score is not None]
    return (6 - sum(scores) / len(scores) if status == "ok" else None), status


def all_ratings(world: Any, method: Any, inside: list[str]) -> dict[str, Verdict]:
    """A verdict per unit with the ratings in ``own`` and the exact weighted mean as score."""
    found = {}
    for unit in inside:
        marks = {r.code: rating(world, unit, method.template, r) for r in method.ratings}
        verdict = found[unit] = Verdict()
        for code, (score, status) in marks.items():
            verdict.own |= {
                f"{code}_rating": None if score is None else stored_ratio(score),
                f"{code}_status": status,
            }
        states = {status for _, status in marks.values()}
        verdict.status = "invalid" if "invalid" in states else "incomplete" if states != {"ok"} else "graded"
        if verdict.status == "graded":
            total = sum(Fraction(r.weight_pct) * (marks[r.code][0] or 0) for r in method.ratings)
            verdict.score = stored_ratio(total / 100)
    _propose(world, method, found)
    scores = [v.score for v in found.values() if v.score is not None]
    for verdict in found.values():
        verdict.rank = None if verdict.score is None else best_rank(verdict.score, scores)
    return found


def _propose(world: Any, method: Any, found: dict[str, Verdict]) -> None:
    for asked in method.ratings:
        if asked.proposal is None:
            continue
        less = METRICS[world.use(asked.proposal).name].less_is_better
        values = {unit: world.metric(unit, asked.proposal) for unit in found}
        known = [v for v in values.values() if v is not None]
        for unit, value in values.items():
            place = None if value is None else best_rank(value, known, more=not less)
            found[unit].own[f"{asked.code}_proposed"] = (
                None if place is None else 5 - (place - 1) * 5 // len(known)
            )


def attractiveness(world: Any, method: Any, inside: list[str]) -> dict[str, Verdict]:
    """G10: the proposed class and what stands out."""
    found = all_ratings(world, method, inside)
    for unit, verdict in found.items():
        bought = world.measure.has_history(unit)
        row = world.assessment(unit, method.template, method.relationship)
        state = row["level"] if row is not None and last_day(row) >= world.as_of else None
        state = state if state in LEVELS else None
        high, medium = Fraction(method.high_from), Fraction(method.medium_from)
        score = verdict.score
        level = None if score is None else "high" if score >= high else "medium" if score >= medium else "low"
        if level == "high" and bought and state is None:
            verdict.status = "incomplete"
        wanted = verdict.own[f"{method.pursue}_rating"]
        known = verdict.status == "graded"
        weak = state in ("limited", "potential")
        verdict.own |= {
            "level": level,
            "relationship": state,
            "purchased": bought,
            "flag_at_risk": bought and state in ("defensive", "regressing"),
            "flag_key_candidate": known and bought and weak and level == "high",
            "flag_worth_pursuing": known and not bought and level == "low" and wanted >= method.pursue_from,
        }
        verdict.reason = {"graded": "matrix.class", "invalid": "matrix.invalid"}.get(
            verdict.status, "matrix.open"
        )
        if known:
            verdict.near = "none"
            not_yet = "unattractive" if level == "low" else "prospect"
            verdict.grade = not_yet if not bought else "key" if level == "high" and not weak else "ordinary"
    return found


def key_account(
    world: Any, method: Any, inside: list[str], grades: list[str], pct: Fraction
) -> dict[str, Verdict]:
    """G12: the evaluation, the profit set, and the characteristics."""
    found = all_ratings(world, method, inside)
    limits = [Fraction(limit) for limit in method.thresholds.values()]
    scores = {unit: v.score for unit, v in found.items() if v.score is not None}
    for unit, graded in by_thresholds(scores, grades, limits, "key.", pct).items():
        graded.own = found[unit].own
        found[unit] = graded
    for verdict in found.values():
        verdict.reason = {"invalid": "key.invalid", "incomplete": "key.missing"}.get(
            verdict.status, verdict.reason
        )
    profits = {unit: world.metric(unit, method.profit) or Fraction(0) for unit in inside}
    total = sum(profits.values(), Fraction(0))
    if total <= 0:
        total = sum((p for p in profits.values() if p > 0), Fraction(0))
    busy, later = _busy(world, method, inside), _later(world, method, inside)
    for unit, verdict in found.items():
        mine = max(profits[unit], Fraction(0))
        before = sum((p for p in profits.values() if p > mine), Fraction(0))
        member = mine > 0 and 100 * before <= Fraction(method.more_than_pct) * total
        share = world.metric(unit, method.sales_share)
        large = share is not None and share >= Fraction(method.sales_share_from)
        verdict.own |= {"member": member, "profit_before": before}
        verdict.own |= {"kc_02": large or member, "kc_08": large or later[unit]}
        verdict.own |= {"kc_05": busy[unit], "kc_09": busy[unit]}
    return found


def _busy(world: Any, method: Any, inside: list[str]) -> dict[str, bool | None]:
    """KC-05 and KC-09: at least so many times an equal share of the hours; unknown where nobody worked."""
    worked = {unit: world.metric(unit, method.work) if method.work else Fraction(0) for unit in inside}
    total = sum((w for w in worked.values() if w is not None), Fraction(0))
    if total <= 0:
        return dict.fromkeys(inside)
    return {
        unit: w is not None and w * len(inside) >= Fraction(method.work_times) * total
        for unit, w in worked.items()
    }


def _later(world: Any, method: Any, inside: list[str]) -> dict[str, bool]:
    """KC-08: a large share of what is expected with the next two plan years."""
    if method.expected is None:
        return dict.fromkeys(inside, False)
    expected = {unit: world.metric(unit, method.expected) or Fraction(0) for unit in inside}
    total = sum(expected.values(), Fraction(0))
    limit = Fraction(method.sales_share_from)
    return {unit: total > 0 and 100 * e >= limit * total for unit, e in expected.items()}
