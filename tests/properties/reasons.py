"""What every reason code claims, checked again from the stored row, the field's facts and the records.

Independent of ``tierwise.grading``: plain Python over the result rows. Source: decision 0006.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.policy.model import Policy

Row = dict[str, Any]
FIXED = {
    "grade": "grade_before_gates",
    "status": "status",
    "score": "score",
    "rank": "rank",
    "gap": "gap_to_next",
    "cushion": "cushion_down",
    "near": "near_cut",
    "reason": "reason",
}
ABSENT = ("missing", "expired", "invalid")


@dataclass(frozen=True)
class Run:
    """A policy, its stored rows, the facts of the field, and the customer records seen on the day."""

    policy: Policy
    rows: list[Row]
    facts: dict[str, Any]
    records: dict[str, Row]

    def by_unit(self) -> dict[str, Row]:
        """Rows of graded units."""
        return {row["customer_id"]: row for row in self.rows if row["customer_id"] == row["unit"]}


@dataclass(frozen=True)
class Case:
    """One stored reason with all that may prove or refute it."""

    run: Run
    method: Any
    row: Row

    def __getitem__(self, name: str) -> Any:
        """A column of the method: a fixed one for the leading method, else ``<id>_<name>``."""
        return self.of(self.row, name)

    def of(self, row: Row, name: str) -> Any:
        """The same column of another row."""
        leads = self.method is self.run.policy.leading
        if leads and name in FIXED and row.get("family") not in (None, self.method.id):
            return row[f"{self.method.id}_{name}"] if name in ("status", "reason") else None
        if self.method.method == "quality_set" and name in ("grade", "gap", "cushion", "near"):
            return None  # a set, not a grade
        return row[FIXED[name] if leads and name in FIXED else f"{self.method.id}_{name}"]

    @property
    def facts(self) -> dict[str, Any]:
        """The facts of the method's field."""
        found: dict[str, Any] = self.run.facts[self.method.id]
        return found

    @property
    def codes(self) -> list[str]:
        """Grades of the method, best first."""
        return [grade.code for grade in self.run.policy.scale_of(self.method)]

    @property
    def scores(self) -> list[Decimal]:
        """All scores of the method, largest first."""
        found = (self.of(row, "score") for row in self.run.by_unit().values())
        return sorted((x for x in found if x is not None), reverse=True)

    def metric(self, name: str) -> Any:
        """A stored metric that the policy names."""
        return self.row[self.use(name).column]

    def use(self, name: str) -> Any:
        """The metric and window that the policy means."""
        return use_of(name, self.run.policy.window_months)

    def status_of(self, name: str) -> str:
        """The stored status of a metric; ``ok`` if it has none."""
        return str(self.row.get(self.use(name).status, "ok"))

    @property
    def record(self) -> Row:
        """The record of the graded unit; empty for one that only lines name."""
        return self.run.records.get(self.row["unit"], {})

    @property
    def bought(self) -> bool:
        """Whether a counted line was ever seen."""
        return self.status_of("net_sales") != "no_history"


# ---------------------------------------------------------------------- population
def kind(case: Case) -> bool:
    record = case.record
    found = "existing" if case.bought else record.get("kind", "existing")
    if "internal" in (record.get("kind"), record.get("relation_type")):
        found = "internal"
    return found not in case.run.policy.population.kinds


def not_inherited(case: Case) -> bool:
    """Only a member can inherit nothing; its own record and whether it bought say why."""
    member = case.run.records[case.row["customer_id"]]
    asked = case.run.policy.population.inherit
    if case.row["unit"] == case.row["customer_id"]:
        return False
    kind = "existing" if case.bought else member["kind"]
    if "internal" in (member["kind"], member["relation_type"]):
        kind = "internal"
    node = bool(asked.nodes) and (member["hierarchy_node"] or "standalone") not in asked.nodes
    return asked.grade == "none" or node or (bool(asked.kinds) and kind not in asked.kinds)


def archived(case: Case) -> bool:
    return not kind(case) and case.record.get("status", "active") != "active"


def scope(case: Case) -> bool:
    asked = case.run.policy.population
    outside = bool(asked.segments) and case.record.get("segment") not in asked.segments
    return outside or (bool(asked.regions) and case.record.get("region") not in asked.regions)


def no_purchase(case: Case) -> bool:
    if case.run.policy.looks_ahead and not case.bought:
        return False
    return case.run.policy.population.lines_in_window and case.status_of("net_sales") != "ok"


# ---------------------------------------------------------------------- values that are missing
def never(case: Case) -> bool:
    return case["status"] == "no_history" and case["grade"] is None and not case.bought


def value_missing(case: Case) -> bool:
    if case["grade"] is not None or case["score"] is not None:
        return False
    if case.method.method == "quality_set":
        return any(case[f"{c.code}_score"] is None for c in case.method.criteria)
    names = (
        [case.method.recency, case.method.frequency, case.method.monetary]
        if case.method.method == "rfm"
        else [case.method.value]
    )
    return any(case.metric(name) is None for name in names)


def no_rating(case: Case) -> bool:
    return case["grade"] is None and case.metric(case.method.score) is None


# ---------------------------------------------------------------------- classes by rank
def place(case: Case) -> int:
    """Best rank, worst rank or position by the tie rule."""
    score = case["score"]
    assert case["rank"] == 1 + sum(1 for x in case.scores if x > score)
    if case.method.tie_rule == "include":
        return int(case["rank"])
    if case.method.tie_rule == "exclude":
        return sum(1 for x in case.scores if x >= score)
    return int(case.row[f"{case.method.id}_position"])


def within_cut(case: Case) -> bool:
    cuts = {cut["grade"]: cut["count"] for cut in case.facts["cuts"]}
    better = [n for code, n in cuts.items() if case.codes.index(code) < case.codes.index(case["grade"])]
    return case["score"] > 0 and place(case) <= cuts[case["grade"]] and all(place(case) > n for n in better)


def below_cut(case: Case) -> bool:
    last = max(cut["count"] for cut in case.facts["cuts"])
    return case["score"] > 0 and place(case) > last and case["grade"] == case.codes[-1]


def nonpositive(case: Case) -> bool:
    return case["score"] <= 0 and case["grade"] == case.codes[-1]


# ---------------------------------------------------------------------- classes by cumulative share
def before(case: Case) -> tuple[Fraction, Fraction]:
    """The positive values strictly above, and the positive total."""
    above = sum((x for x in case.scores if x > max(case["score"], 0)), Decimal(0))
    total = sum((x for x in case.scores if x > 0), Decimal(0))
    assert case.row[f"{case.method.id}_before"] == above
    assert Decimal(case.facts["total"]) == total
    return Fraction(above), Fraction(total)


def within_share(case: Case) -> bool:
    above, total = before(case)
    limits = {code: Fraction(pct) for code, pct in case.method.cumulative_pct.items()}
    better = [x for code, x in limits.items() if case.codes.index(code) < case.codes.index(case["grade"])]
    inside = 100 * above < limits[case["grade"]] * total
    return case["score"] > 0 and inside and all(100 * above >= x * total for x in better)


def below_share(case: Case) -> bool:
    above, total = before(case)
    last = max(Fraction(pct) for pct in case.method.cumulative_pct.values())
    return case["score"] > 0 and 100 * above >= last * total and case["grade"] == case.codes[-1]


# ---------------------------------------------------------------------- thresholds
def thresholds(case: Case) -> dict[str, Decimal]:
    """Lower bounds of the grades above the last."""
    method = case.method
    names = {"credit_rating": "levels", "rfm": "sum_thresholds", "value_bands": "bands"}
    table = names.get(method.method, "thresholds")
    return {code: Decimal(limit) for code, limit in getattr(method, table).items()}


def reaches(case: Case) -> bool:
    reached = [code for code, limit in thresholds(case).items() if case["score"] >= limit]
    return bool(reached) and case["grade"] == min(reached, key=case.codes.index)


def below_all(case: Case) -> bool:
    return case["score"] < min(thresholds(case).values()) and case["grade"] == case.codes[-1]


def is_total(case: Case) -> bool:
    """The total is the weighted mean of the stored scores, within what their ten places leave open."""
    total = weight = Fraction(0)
    for c in case.method.criteria:
        if case[f"{c.code}_status"] not in ABSENT:
            total += 100 * Fraction(c.weight) * Fraction(case[f"{c.code}_score"]) / Fraction(c.top)
            weight += Fraction(c.weight)
    return abs(Fraction(case["score"]) - total / weight) < Fraction(1, 10**7)


def lacks(case: Case) -> bool:
    """Criteria are missing that may not be, or too much of the weight is."""
    method = case.method
    gone = [c for c in method.criteria if case[f"{c.code}_status"] in ABSENT]
    weight = sum((c.weight for c in gone), Decimal(0))
    strict = method.missing_rule == "incomplete" or any(c.required for c in gone)
    return bool(gone) and (strict or weight > method.max_missing_weight_pct or weight == 100)


def invalid(case: Case) -> bool:
    return any(case[f"{c.code}_status"] == "invalid" for c in case.method.criteria)


# ---------------------------------------------------------------------- RFM
def sums(case: Case) -> bool:
    r, f, m = (case[d] for d in "rfm")
    return bool(
        1 <= min(r, f, m) <= max(r, f, m) <= 5
        and (case["sum"], case["cell"]) == (r + f + m, 100 * r + 10 * f + m)
        and case["score"] == r + f + m
        and all(rfm_score(case, d) for d in "rfm")
    )


def rfm_score(case: Case, d: str) -> bool:
    """A score by its stored cuts: fixed and quantile bins, and independent ranks."""
    method, own = case.method, case[d]
    name = {"r": method.recency, "f": method.frequency, "m": method.monetary}[d]
    value, less = case.metric(name), METRICS[case.use(name).name].less_is_better
    if d != "r" and value <= 0:
        return bool(own == 1)
    limits = case.facts["cuts"].get(d)
    if limits is None:
        return method.binning == "nested"
    if method.scoring == "quantile_bins":
        reached = sum(1 for x in limits if value >= Decimal(x))
        return bool(own == (5 - reached if less else 1 + reached))
    held = [
        i
        for i, x in enumerate(limits)
        if x is not None and (value <= Decimal(x) if less else value >= Decimal(x))
    ]
    return bool(own == (5 - held[0] if held else 1))


def segment_grade(case: Case) -> bool:
    wanted = case.method.segment_grades.get(case["segment"], case.codes[-1])
    return sums(case) and bool(case["grade"] == wanted)


# ---------------------------------------------------------------------- the quality set
def member(case: Case) -> bool:
    worth = case.metric(case.method.positive)
    best = sum(1 for x in case.scores if x > case["score"])
    return best < case.facts["count"] and worth is not None and worth > 0


# ---------------------------------------------------------------------- what other methods say
def component(case: Case, name: str) -> str | None:
    """The grade (or membership) that a component gave to the same unit."""
    method = next(m for m in case.run.policy.methods if m.id == name)
    other = Case(case.run, method, case.row)
    if method.method == "quality_set":
        return None if other["status"] != "graded" else "member" if other["member"] else "not_member"
    grade: str | None = other["grade"]
    return grade


def by_table(case: Case) -> bool:
    said = {name: component(case, name) or "none" for name in case.method.of}
    met = [
        number
        for number, row in enumerate(case.method.table, 1)
        if all(said[name] in codes for name, codes in row.when.items())
    ]
    return case["row"] == met[0] and case["grade"] == case.method.table[met[0] - 1].grade


def of_all(case: Case, choose: Callable[[list[int]], int]) -> bool:
    said = [component(case, name) for name in case.method.of]
    return case["grade"] == case.codes[choose([case.codes.index(code) for code in said if code])]


def nothing_to_combine(case: Case) -> bool:
    said = [component(case, name) for name in case.method.of]
    return case["grade"] is None and (
        not any(said) if case.method.without_grade == "count" else not all(said)
    )


# ---------------------------------------------------------------------- ratings
def states(case: Case) -> list[str]:
    return [case[f"{rating.code}_status"] for rating in case.method.ratings]


def is_mean(case: Case) -> bool:
    total = sum(Fraction(r.weight_pct) * Fraction(case[f"{r.code}_rating"]) for r in case.method.ratings)
    return abs(Fraction(case["score"]) - total / 100) < Fraction(1, 10**7)


def account_class(case: Case) -> bool:
    level, state, score = case["level"], case["relationship"], case["score"]
    high, medium = case.method.high_from, case.method.medium_from
    assert level == ("high" if score >= high else "medium" if score >= medium else "low")
    if not case.bought:
        return bool(case["grade"] == ("unattractive" if level == "low" else "prospect"))
    if level == "high" and state is None:
        return False
    strong = state not in ("limited", "potential")
    return bool(case["grade"] == ("key" if level == "high" and strong else "ordinary"))


def class_open(case: Case) -> bool:
    absent = any(state in ABSENT for state in states(case))
    undecided = case["level"] == "high" and case.bought and case["relationship"] is None
    return case["grade"] is None and (absent or undecided)


def in_set(case: Case) -> bool:
    base, part = Decimal(case.facts["base"]), case.method.more_than_pct
    profit = case.metric(case.method.profit)
    inside = profit is not None and profit > 0 and case["profit_before"] * 100 <= base * part
    return bool(case["member"] == inside)


CHECKS: dict[str, Callable[[Case], bool]] = {
    "population.kind": kind,
    "population.archived": archived,
    "population.not-inherited": not_inherited,
    "population.scope": scope,
    "population.no-purchase": no_purchase,
    "history.none": never,
    "value.missing": value_missing,
    "abc.within-cut": within_cut,
    "abc.below-cut": below_cut,
    "abc.nonpositive": nonpositive,
    "cumulative.within-cut": within_share,
    "cumulative.below-cut": below_share,
    "cumulative.nonpositive": nonpositive,
    "scorecard.at-or-above": lambda case: is_total(case) and reaches(case),
    "scorecard.below-all": lambda case: is_total(case) and below_all(case),
    "scorecard.missing": lambda case: lacks(case) and not invalid(case),
    "scorecard.invalid": invalid,
    "rfm.sum-at-or-above": lambda case: sums(case) and reaches(case),
    "rfm.sum-below-all": lambda case: sums(case) and below_all(case),
    "rfm.segment": segment_grade,
    "rfm.scored": lambda case: sums(case) and case["grade"] is None,
    "credit.at-or-above": reaches,
    "credit.below-all": below_all,
    "credit.no-rating": no_rating,
    "bands.at-or-above": reaches,
    "bands.below-all": below_all,
    "matrix.class": lambda case: is_mean(case) and account_class(case),
    "matrix.open": class_open,
    "matrix.invalid": lambda case: case["grade"] is None and "invalid" in states(case),
    "key.at-or-above": lambda case: is_mean(case) and in_set(case) and reaches(case),
    "key.below-all": lambda case: is_mean(case) and in_set(case) and below_all(case),
    "key.missing": lambda case: (
        in_set(case) and case["grade"] is None and set(states(case)) & set(ABSENT) != set()
    ),
    "key.invalid": lambda case: in_set(case) and case["grade"] is None and "invalid" in states(case),
    "combination.table": by_table,
    "combination.worst": lambda case: of_all(case, max),
    "combination.best": lambda case: of_all(case, min),
    "combination.missing": nothing_to_combine,
    "quality.member": lambda case: case["member"] and member(case),
    "quality.not-member": lambda case: not case["member"] and not member(case),
}


def cases(run: Run) -> Iterator[Case]:
    """Every stored reason of every method, of graded units."""
    for row in run.by_unit().values():
        for method in run.policy.methods:
            case = Case(run, method, row)
            if case["reason"] is not None:
                yield case


def near(case: Case) -> str:
    """Near-cut of a graded customer from the stored distances alone."""
    gap, cushion, score, pct = case["gap"], case["cushion"], case["score"], case.run.policy.near_cut_pct
    up = gap is not None and Fraction(gap) * 100 <= Fraction(pct) * Fraction(gap + score)
    down = cushion is not None and score > 0 and Fraction(cushion) * 100 <= Fraction(pct) * Fraction(score)
    return "both" if up and down else "up" if up else "down" if down else "none"
