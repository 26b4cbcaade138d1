"""Population, methods, gates, flags and the result rows of decision 0005. Source: spec 6, 8.1, 12.4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle import card, combine, cuts, judged, rfm
from tests.oracle.cuts import Verdict
from tests.oracle.facts import Facts, Row, visible
from tests.oracle.hierarchy import unit_of
from tests.oracle.metrics import Measure
from tests.oracle.numbers import best_rank, ceil_share, stored_ratio
from tierwise.book.contract import schema_of
from tierwise.book.contract.choices import COUNTED_STATUSES
from tierwise.metrics.catalogue import METRICS, use_of, with_needs
from tierwise.metrics.model import Use, split_window
from tierwise.policy.model import Policy

RATIOS_OF_SUMS = ("credit_score",)
NO_RECORD: Row = dict.fromkeys(schema_of("customers")) | {"kind": "existing", "status": "active"}


class Grading:
    """One run of a policy over a book, seen from one day."""

    def __init__(self, facts: Facts, policy: Policy, as_of: date) -> None:
        self.policy, self.as_of = policy, as_of
        self.records: dict[str, Row] = {}
        for row in sorted(
            visible(facts.rows("customers"), as_of, "valid_from"), key=lambda r: r["valid_from"]
        ):
            self.records[row["code"]] = row
        level = policy.population.level
        self.unit_of = {code: unit_of(code, self.records, level) for code in self.records}
        self.measure = Measure(facts, as_of, policy.settings, self.unit_of, self.records)
        by_itself = {code: code for code in self.records}
        self.alone = Measure(facts, as_of, policy.settings, by_itself, self.records)
        counted = [
            line
            for line in visible(facts.rows("order_lines"), as_of, "posting_date")
            if line["status"] in COUNTED_STATUSES
            and line["order_date"] <= as_of
            and not line["reported_by_agent"]
        ]
        named = {line["customer_code"] for line in counted}
        self.customers = sorted({*self.records, *named})
        self.units = [code for code in self.customers if self.unit_of.get(code, code) == code]
        self.outside = {unit: self._outside(unit) for unit in self.units}
        self.population = [unit for unit in self.units if self.outside[unit] is None]
        self.measure.population = self.population
        self.assessments = visible(facts.rows("assessments"), as_of, "as_of")
        self.verdicts: dict[str, dict[str, Verdict]] = {}
        for method in sorted(policy.methods, key=lambda m: m.method == "combination"):
            self.verdicts[method.id] = self._judge(method)

    # ------------------------------------------------------------------ what criteria ask for
    def use(self, name: str) -> Use:
        """The metric and window that the policy means."""
        return use_of(name, self.policy.window_months)

    def metric(self, unit: str, name: str) -> Any:
        """The stored value of a metric that the policy names."""
        value = self.measure.answer(unit, self.use(name))[0]
        return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def exact(self, unit: str, name: str) -> Any:
        """The metric before it is cut to the places that are stored, where it is a ratio of two sums."""
        use = self.use(name)
        stored = self.metric(unit, name)
        ratio = use.name in RATIOS_OF_SUMS and stored is not None
        return getattr(self.measure, use.name)(unit, use.months)[0] if ratio else stored

    def record(self, unit: str) -> Row:
        """The customer's record, or that of somebody who has none."""
        return self.records.get(unit, NO_RECORD) | {"kind": self.kind(unit)}

    def assessment(self, unit: str, template: str | None, criterion: str) -> Row | None:
        """The newest assessment that the point of view sees."""
        rows = [
            row
            for row in self.assessments
            if (row["customer_code"], row["template"], row["criterion"]) == (unit, template, criterion)
        ]
        return max(rows, key=lambda row: row["as_of"], default=None)

    # ------------------------------------------------------------------ population
    def kind(self, unit: str) -> str:
        """The kind; with the first posted order a prospect becomes an existing customer at once."""
        record = self.records.get(unit, NO_RECORD)
        if "internal" in (record["kind"], record["relation_type"]):
            return "internal"
        return "existing" if self.measure.has_history(unit) else record["kind"]

    def _outside(self, unit: str) -> str | None:
        """Why the unit is not in the population."""
        asked, record = self.policy.population, self.record(unit)
        if self.kind(unit) not in asked.kinds:
            return "population.kind"
        if record["status"] != "active":
            return "population.archived"
        if (asked.segments and record["segment"] not in asked.segments) or (
            asked.regions and record["region"] not in asked.regions
        ):
            return "population.scope"
        fall = self.policy.fallback
        ahead = fall is not None and "no_history" in fall.statuses and not self.measure.has_history(unit)
        bought = self.measure.window_lines(unit, self.policy.window_months)
        if asked.lines_in_window and not bought and not ahead:
            return "population.no-purchase"
        return None

    # ------------------------------------------------------------------ methods
    def _judge(self, method: Any) -> dict[str, Verdict]:
        found = {
            unit: Verdict("not_in_population", self.outside[unit])
            for unit in self.units
            if self.outside[unit]
        }
        inside = [unit for unit in self.population if self._counts(unit, method)]
        for unit in set(self.population) - set(inside):
            found[unit] = Verdict("no_history", "history.none")
        self.ranked = inside
        found |= getattr(self, f"_{method.method}")(method, inside)
        # a card of attributes and judgements alone lacks no history when it lacks a score
        asks = any(getattr(c.source, "metric", None) for c in getattr(method, "criteria", ()))
        asks = asks or method.method not in ("scorecard", "attractiveness")
        for unit in inside if asks else ():
            if found[unit].status in ("incomplete", "invalid") and not self.measure.has_history(unit):
                found[unit].status, found[unit].reason = "no_history", "history.none"
        return found

    def _counts(self, unit: str, method: Any) -> bool:
        """Whether the unit has the history that a result asks for; a prospect's scorecard asks for none."""
        prospect = method.method == "scorecard" and self.kind(unit) != "existing"
        return prospect or method.method == "attractiveness" or self.measure.has_history(unit)

    def _grades(self, method: Any) -> list[str]:
        return [grade.code for grade in self.policy.scale_of(method)]

    @property
    def pct(self) -> Fraction:
        """How near is near a cut."""
        return Fraction(self.policy.near_cut_pct)

    def _values(self, name: str, inside: list[str]) -> tuple[cuts.Values, dict[str, Verdict]]:
        values = {unit: self.metric(unit, name) for unit in inside}
        missing = {unit: Verdict("incomplete", "value.missing") for unit, v in values.items() if v is None}
        return {unit: v for unit, v in values.items() if v is not None}, missing

    def _abc_rank(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        values, missing = self._values(method.value, inside)
        shares = [Fraction(share) for share in method.shares_pct.values()]

        def tie_key(unit: str) -> list[tuple[bool, Fraction]]:
            steps = [(self.metric(unit, step.metric), step.order) for step in method.tie_break]
            return [
                (v is None, Fraction(0) if v is None else -v if order == "more" else v) for v, order in steps
            ]

        return missing | cuts.abc_rank(
            values,
            len(inside),
            self._grades(method),
            shares,
            tie_rule=method.tie_rule,
            rounding=method.rounding,
            tie_key=tie_key,
            pct=self.pct,
        )

    def _abc_cumulative(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        values, missing = self._values(method.value, inside)
        limits = [Fraction(limit) for limit in method.cumulative_pct.values()]
        return missing | cuts.abc_cumulative(values, self._grades(method), limits)

    def _credit_rating(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        values, missing = self._values(method.score, inside)
        limits = [Fraction(limit) for limit in method.levels.values()]
        missing = {unit: Verdict("incomplete", "credit.no-rating") for unit in missing}
        return missing | cuts.by_thresholds(values, self._grades(method), limits, "credit.", self.pct)

    def _value_bands(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        values, missing = self._values(method.value, inside)
        limits = [Fraction(limit) for limit in method.bands.values()]
        return missing | cuts.by_thresholds(values, self._grades(method), limits, "bands.", self.pct)

    def _combination(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        return {
            unit: combine.verdict(method, self._grades(method), self._said(method, unit)) for unit in inside
        }

    def _attractiveness(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        return judged.attractiveness(self, method, inside)

    def _key_account(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        return judged.key_account(self, method, inside, self._grades(method), self.pct)

    def _said(self, method: Any, unit: str) -> list[str | None]:
        """What the components say of a unit: a grade, membership of a set, or nothing."""
        said: list[str | None] = []
        for name in method.of:
            verdict = self.verdicts[name][unit]
            a_set = next(m for m in self.policy.methods if m.id == name).method == "quality_set"
            code = verdict.grade if not a_set else "member" if verdict.own["member"] else "not_member"
            said.append(code if verdict.status == "graded" else None)
        return said

    def _show(self, method: Any, unit: str, verdict: Verdict, marks: dict[str, card.Mark]) -> None:
        """The scores of a card with their statuses, and who assessed what a person judged."""
        _show_marks(verdict, marks)
        for criterion in method.criteria:
            if criterion.source.kind == "assessment":
                row = self.assessment(unit, method.template, criterion.source.criterion or criterion.code)
                row = None if marks[criterion.code][1] == "from_attribute" else row
                verdict.own[f"{criterion.code}_assessor"] = row["assessor"] if row else None
                verdict.own[f"{criterion.code}_assessed_on"] = row["as_of"] if row else None

    def _marks(self, method: Any, unit: str) -> dict[str, card.Mark]:
        return {c.code: card.mark(self, unit, getattr(method, "template", None), c) for c in method.criteria}

    def _scorecard(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        marks = {unit: self._marks(method, unit) for unit in inside}
        reweight, limit = method.missing_rule == "reweight", Fraction(method.max_missing_weight_pct)
        totals = {unit: card.total_of(method, m, reweight=reweight, limit=limit) for unit, m in marks.items()}
        scores = {unit: stored_ratio(t.score) for unit, t in totals.items() if t.score is not None}
        limits = [Fraction(limit) for limit in method.thresholds.values()]
        found = cuts.by_thresholds(scores, self._grades(method), limits, "scorecard.", self.pct)
        for unit, total in totals.items():
            if total.score is None:
                why = "scorecard.invalid" if total.status == "invalid" else "scorecard.missing"
                found[unit] = Verdict(total.status, why)
            self._show(method, unit, found[unit], marks[unit])
        return found

    def _quality_set(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        method = self._without_mixed_units(method)
        marks = {unit: self._marks(method, unit) for unit in inside}
        totals = {
            unit: card.total_of(method, m, reweight=False, limit=Fraction(0)) for unit, m in marks.items()
        }
        scores = {unit: stored_ratio(t.score) for unit, t in totals.items() if t.score is not None}
        places = ceil_share(len(inside), Fraction(method.share_pct))
        found = {}
        for unit in inside:
            if unit not in scores:
                found[unit] = Verdict("incomplete", "value.missing", own={"member": False})
            else:
                rank = best_rank(scores[unit], scores.values())
                member = rank <= places and (self.metric(unit, method.positive) or 0) > 0
                reason = "quality.member" if member else "quality.not-member"
                found[unit] = Verdict(reason=reason, score=scores[unit], rank=rank, own={"member": member})
            _show_marks(found[unit], marks[unit], status=False)
        return found

    def _without_mixed_units(self, method: Any) -> Any:
        """Where volumes of anyone cannot be added up, the number of orders stands for them (spec 6.9)."""
        criteria = []
        for criterion in method.criteria:
            use = self.use(criterion.source.metric)
            mixed = use.name == "sales_volume" and any(
                self.measure.answer(unit, use)[1] == "mixed_units" for unit in self.population
            )
            source = (
                criterion.source.model_copy(update={"metric": f"orders_{use.months}m"})
                if mixed
                else criterion.source
            )
            criteria.append(criterion.model_copy(update={"source": source}))
        return method.model_copy(update={"criteria": tuple(criteria)})

    def _rfm(self, method: Any, inside: list[str]) -> dict[str, Verdict]:
        asked = (method.recency, method.frequency, method.monetary)
        values = {unit: [self.metric(unit, name) for name in asked] for unit in inside}
        known = {unit: rfm.Values(*three) for unit, three in values.items() if None not in three}
        triples = rfm.scores(known, method)
        names = rfm.segments(triples, method)
        sums = {unit: Fraction(sum(triple)) for unit, triple in triples.items()}
        found = {unit: Verdict("incomplete", "value.missing") for unit in inside if unit not in known}
        if method.grade_by == "sum":
            limits = [Fraction(limit) for limit in method.sum_thresholds.values()]
            found |= cuts.by_thresholds(sums, self._grades(method), limits, "rfm.sum-", self.pct)
        else:
            for unit, score in sums.items():
                grade = method.segment_grades[names[unit]] if method.grade_by == "segment" else None
                reason = "rfm.segment" if method.grade_by == "segment" else None
                found[unit] = Verdict(
                    reason=reason, grade=grade, score=score, rank=best_rank(score, sums.values()), near="none"
                )
        for unit, (r, f, m) in triples.items():
            found[unit].own = {
                "r": r,
                "f": f,
                "m": m,
                "cell": 100 * r + 10 * f + m,
                "sum": r + f + m,
                "weighted": sum(w * x for w, x in zip(method.weights, (r, f, m), strict=True)),
            }
            if method.segments != "none":
                found[unit].own["segment"] = names[unit]
        return found

    # ------------------------------------------------------------------ gates and flags
    def gated(self, unit: str, grade: str) -> tuple[str, list[str], set[str]]:
        """The grade after all gates, the gates that acted, and the flags they set."""
        order = [g.code for g in self.policy.scale]
        acted, flags = [], set()
        for gate in self.policy.gates:
            if (gate.grades and grade not in gate.grades) or not self._holds(unit, gate.when):
                continue
            if gate.effect == "flag":
                flags.add(gate.flag)
            else:
                moved = (
                    max(grade, gate.to, key=order.index)
                    if gate.effect == "cap"
                    else min(grade, gate.to, key=order.index)
                )
                if moved == grade:
                    continue
                grade = moved
            acted.append(gate.code)
        return grade, acted, flags

    def _holds(self, unit: str, when: Any) -> bool:
        value = self.metric(unit, when.metric)
        if value is None:
            return False
        if when.answer is not None:
            return bool(value == when.answer if isinstance(when.answer, bool) else value in when.answer)
        if when.below is not None:
            return bool(value < Fraction(when.below))
        if when.at_most is not None:
            return bool(value <= Fraction(when.at_most))
        if when.at_least is not None:
            return bool(value >= Fraction(when.at_least))
        return bool(value > Fraction(when.above))

    def flags(self, unit: str) -> set[str]:
        """The flags that do not come from gates."""
        statuses = {self.measure.answer(unit, use)[1] for use in self.uses()}
        unclear = unit not in self.records or statuses & {"missing_cost", "cost_estimated"}
        found = {"data_issue"} if unclear else set()
        settings, months = self.policy.settings, self.policy.window_months
        tenure = self.measure.get(unit, "tenure_months")[0]
        if tenure is not None and tenure < settings.new_customer_months:
            found.add("new_customer")
        net = self.measure.get(unit, "net_sales", months)[0]
        largest = self.measure.get(unit, "largest_order", months)[0]
        if net is not None and net > 0 and 100 * largest > Fraction(settings.single_order_pct) * net:
            found.add("single_order")
        if (
            Use("customer_profit", months) in self.uses()
            and (self.measure.get(unit, "customer_profit", months)[0] or 0) < 0
        ):
            found.add("loss_making")
        if any(
            v[unit].own.get(k) == "expired"
            for v in self.verdicts.values()
            for k in v[unit].own
            if k.endswith("_status")
        ):
            found.add("stale_assessment")
        for verdict in (v[unit] for v in self.verdicts.values()):
            found |= {
                k.removeprefix("flag_") for k, up in verdict.own.items() if k.startswith("flag_") and up
            }
        return found | self.verdicts[self.policy.leading.id][unit].flags

    def uses(self) -> set[Use]:
        """The metrics that the policy names, and what they are derived from."""
        return with_needs(
            {self.use(name) for method in self.policy.methods for name in _names(method)}
            | {self.use(gate.when.metric) for gate in self.policy.gates}
        )

    # ------------------------------------------------------------------ rows
    def rows(self, extra: set[Use] = frozenset()) -> list[dict[str, Any]]:  # type: ignore[assignment]
        """One row per customer, sorted by code; ``extra`` asks for more metrics."""
        uses = sorted(self.uses() | set(extra))
        return [self._row(code, uses) for code in self.customers]

    def _row(self, code: str, uses: list[Use]) -> dict[str, Any]:
        unit = self.unit_of.get(code, code)
        verdict, more = self._fallen_back(unit)
        grade, acted, flags = verdict.grade, [], set()
        if verdict.grade in [g.code for g in self.policy.scale]:
            grade, acted, flags = self.gated(unit, verdict.grade)
        flags |= self.flags(unit)
        if unit != code:
            return self._member(code, unit, verdict, more, grade, acted, flags) | self._own_metrics(
                code, uses
            )
        row = more | {
            "customer_id": code,
            "grade": grade,
            "status": verdict.status,
            "score": verdict.score,
            "rank": verdict.rank,
            "population": len(self.population),
            "gap_to_next": verdict.gap,
            "cushion_down": verdict.cushion,
            "near_cut": verdict.near,
            "flags": _joined(flags),
            "unit": unit,
            "reason": verdict.reason,
            "grade_before_gates": verdict.grade,
            "gates": ";".join(acted),
        }
        for method in self.policy.methods:
            row |= self._columns(
                method, self.verdicts[method.id][unit], leading=method is self.policy.leading
            )
        for use in uses:
            row[use.column], status = self.measure.answer(unit, use)
            if METRICS[use.name].statuses:
                row[use.status] = status
        return row

    def _member(
        self,
        code: str,
        unit: str,
        verdict: Verdict,
        more: dict[str, Any],
        grade: str | None,
        acted: list[str],
        flags: set[str],
    ) -> dict[str, Any]:
        """What a customer below a unit takes from it, if the policy lets it."""
        row: dict[str, Any] = {"customer_id": code, "unit": unit, "population": len(self.population)}
        used = self.records[code]["status"] == "active"
        if not used or not self._inherits(code):
            why = "population.not-inherited" if used else "population.archived"
            nothing = {"status": "not_in_population", "reason": why}
            return row | nothing | {"flags": "group_member"}
        return (
            row
            | {
                "grade": grade,
                "status": verdict.status,
                "flags": _joined(flags | {"group_member"}),
                "reason": verdict.reason,
                "grade_before_gates": verdict.grade,
                "gates": ";".join(acted),
            }
            | {name: value for name, value in more.items() if name == "family"}
        )

    def _inherits(self, code: str) -> bool:
        asked, record = self.policy.population.inherit, self.records[code]
        if asked.grade == "none":
            return False
        if asked.nodes and (record["hierarchy_node"] or "standalone") not in asked.nodes:
            return False
        kind = "existing" if self.alone.has_history(code) else record["kind"]
        if "internal" in (record["kind"], record["relation_type"]):
            kind = "internal"
        return not asked.kinds or kind in asked.kinds

    def _own_metrics(self, code: str, uses: list[Use]) -> dict[str, Any]:
        """The member's own figures; ranks and shares are of the field, in which it does not stand."""
        row: dict[str, Any] = {}
        for use in uses:
            if METRICS[use.name].sort != "field":
                row[use.column], status = self.alone.answer(code, use)
                if METRICS[use.name].statuses:
                    row[use.status] = status
        return row

    def _fallen_back(self, unit: str) -> tuple[Verdict, dict[str, Any]]:
        """Who gives the grade of a unit, and the columns that a policy with a fallback has."""
        lead, fall = self.policy.leading.id, self.policy.fallback
        verdict = self.verdicts[lead][unit]
        if fall is None:
            return verdict, {}
        more = {f"{lead}_status": verdict.status, f"{lead}_reason": verdict.reason}
        other = self.verdicts[fall.method][unit]
        if verdict.status in fall.statuses and other.grade is not None:
            return other, more | {"family": fall.method}
        return verdict, more | {"family": lead if verdict.status == "graded" else None}

    def _columns(self, method: Any, verdict: Verdict, *, leading: bool) -> dict[str, Any]:
        own = {f"{method.id}_{name}": value for name, value in verdict.own.items()}
        if leading:
            return own
        if verdict.status == "not_in_population":
            verdict = Verdict(status=None)
        names = ("grade", "status", "score", "rank", "gap", "cushion", "near", "reason")
        if method.method == "quality_set":
            names = ("status", "score", "rank", "reason")
        return {f"{method.id}_{name}": getattr(verdict, name) for name in names} | own


def _show_marks(verdict: Verdict, marks: dict[str, card.Mark], *, status: bool = True) -> None:
    for code, (score, why) in marks.items():
        verdict.own[f"{code}_score"] = None if score is None else stored_ratio(score)
        if status:
            verdict.own[f"{code}_status"] = why


def _joined(flags: set[str]) -> str:
    return ";".join(sorted(flags))


def _names(method: Any) -> Iterator[str]:
    """The metrics that a method names."""
    if method.method == "abc_rank" and method.tie_rule == "break":
        yield from (step.metric for step in method.tie_break)
    for rating in getattr(method, "ratings", ()):
        if rating.proposal:
            yield rating.proposal
    asked = ("value", "score", "recency", "frequency", "monetary", "positive", "profit", "sales_share")
    for name in (*asked, "expected", "work"):
        if isinstance(getattr(method, name, None), str):
            yield getattr(method, name)
    for criterion in getattr(method, "criteria", ()):
        if getattr(criterion.source, "metric", None):
            yield criterion.source.metric


def metric_behind(column: str) -> Use | None:
    """The use behind a result column, if it is the value column of a metric."""
    name, months = split_window(column)
    if name not in METRICS or (METRICS[name].months is None) != (months is None):
        return None
    return Use(name, months)
