"""The explanation of one customer's grade, read from what a run stored. Source: spec 8.1."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from tierwise.book.surviving import survivors
from tierwise.grading.components import ComponentRow, component_rows
from tierwise.grading.distance import distance_sentences
from tierwise.grading.lines import source_lines
from tierwise.grading.member_words import member_sentences
from tierwise.grading.members import NOT_INHERITED, OUT_OF_USE, has_own_figures
from tierwise.grading.method_words import FELL_BACK, own_slots
from tierwise.grading.pointing import FIELD, Piece, bare, pieces, pointed, pointed_value
from tierwise.grading.rfm_words import rfm_cuts
from tierwise.grading.run import find_run, read_result
from tierwise.grading.sentences import grade_words, reason_sentence
from tierwise.grading.withholding import (
    GATE_ALONE,
    WITHHELD,
    telling_criteria,
    telling_flags,
    telling_methods,
    tells,
    tells_cost,
)
from tierwise.grading.wording import (
    FLAGS,
    WARNINGS,
    flag_words,
    metric_title,
    number,
    reason_words,
    status_words,
)
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.catalogue import use_of, with_needs
from tierwise.metrics.credit import ITEM_METRICS
from tierwise.metrics.report import late_reasons_for_people
from tierwise.policy.fingerprint import uses_of
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Gate, Policy

GOES_ON = Text("It goes on in {survivor}.", "已并入 {survivor}。")
STANDARD = ("grade", "status", "score", "rank", "gap", "cushion", "near", "reason")
_FIXED = {"gap": "gap_to_next", "cushion": "cushion_down", "near": "near_cut"}


@dataclass(frozen=True)
class Explanation:
    """A stored result with all that is needed to put it in words."""

    record: RunRecord
    policy: Policy
    row: dict[str, Any]
    graded: dict[str, Any]
    """The row of the unit that was graded: the customer's own, or that of its account or group."""
    name: str | None
    unit_name: str | None = None
    """The name of the graded unit, where the customer is a member of one."""
    source_lines: list[dict[str, Any]] = field(default_factory=list)
    late_reasons: list[dict[str, Any]] = field(default_factory=list)
    """Late amounts by reason, where the policy reads how customers pay (CRD-07)."""
    profit: bool = True
    """Whether the reader may see profit and cost; otherwise nothing is said that would tell them (spec 12.5)."""
    survivor: str | None = None
    """The customer in which this one goes on, where the run read that it was merged."""

    @cached_property
    def withheld(self) -> frozenset[str]:
        """The methods of which this reader learns no figure: those that read profit or cost."""
        return frozenset() if self.profit else telling_methods(self.policy)

    @property
    def currency(self) -> str:
        """The book's base currency."""
        return str(self.record.settings["base_currency"])

    @property
    def member(self) -> bool:
        """Whether the customer was graded with its account or group."""
        return bool(self.row["unit"] != self.row["customer_id"])

    @property
    def own(self) -> dict[str, Any] | None:
        """The row of a member that has figures of its own; ``None`` for units and in runs of before."""
        return self.row if self.member and has_own_figures(self.record.rules) else None

    @property
    def family(self) -> str:
        """The id of the method that gave the grade: the leading one, unless the fallback took over."""
        return self.graded.get("family") or self.policy.leading.id

    def of_method(self, method_id: str) -> dict[str, Any]:
        """The standard columns of a method and its own, without the prefix."""
        own = {
            name.removeprefix(f"{method_id}_"): v
            for name, v in self.graded.items()
            if name.startswith(f"{method_id}_")
        }
        if method_id != self.policy.leading.id:
            return own
        if self.family != method_id:  # the fallback took over: the fixed columns are not its own
            return dict.fromkeys(STANDARD) | own
        fixed = {name: self.graded[_FIXED.get(name, name)] for name in STANDARD}
        return own | fixed | {"grade": self.graded["grade_before_gates"]}

    def sentences(self, lang: Lang, *, advisory: bool = True) -> list[str]:
        """What an account manager would say to a colleague, sentence by sentence; with the advisory methods or without."""
        return [bare(said) for said in self._marked(lang, advisory=advisory)]

    def told(self, lang: Lang) -> list[tuple[Piece, ...]]:
        """The same sentences, without the advisory methods, in pieces: of each number what it is."""
        return [pieces(said) for said in self._marked(lang, advisory=False)]

    def _marked(self, lang: Lang, *, advisory: bool) -> list[str]:
        said = [self._opening(lang), *self._reasons(lang)]
        said += [GOES_ON.fill(lang, survivor=self.survivor)] if self.survivor else []
        said += self._gates(lang)
        said += distance_sentences(self, lang)
        said += self._flags(lang)
        said += self._advice(lang) if advisory else []
        return [sentence for sentence in said if sentence]

    def _reasons(self, lang: Lang) -> list[str]:
        """Why the grade; where the fallback gave it, first why the leading method could not."""
        if self.withheld.intersection((self.policy.leading.id, self.family)):
            return [WITHHELD.in_lang(lang)]
        lead = self._reason(self.policy.leading.id, lang)
        if self.family == self.policy.leading.id:
            return [lead]
        return [lead, FELL_BACK.fill(lang, family=self.family), self._reason(self.family, lang)]

    def reason(self, method_id: str, lang: Lang) -> str:
        """The reason of one method as a sentence; an advisory one says what it would give."""
        return bare(self._reason(method_id, lang))

    def _reason(self, method_id: str, lang: Lang) -> str:
        facts = self.record.facts["methods"][method_id]
        row = self.of_method(method_id)
        titles = {
            g.code: g.title.in_lang(lang)
            for m in self.policy.methods
            if m.id == method_id
            for g in self.policy.scale_of(m)
        }
        window = self.record.facts["window"]
        slots: dict[str, Any] = {
            "currency": self.currency,
            "start": window["start"],
            "end": window["end"],
            "titles": titles,
        }
        column = facts.get("value") or facts.get("recency")
        if column:
            slots["value_status"] = self.graded.get(f"{column}_status")
        slots |= self._lacking(method_id, lang)
        slots["advisory"] = method_id != self.family
        method = next(m for m in self.policy.methods if m.id == method_id)
        if method.method == "rfm":
            slots["cuts"] = rfm_cuts(method, facts, row, self.graded, lang, self.currency)
        slots["own"] = own_slots(method, self.policy, row, self.graded, lang)
        code = row.get("reason") or self.row["reason"]
        if self.row["status"] == "not_in_population":
            code = self.row["reason"]
        return reason_sentence(code, row, facts, lang, slots)

    def components(self, lang: Lang) -> list[ComponentRow]:
        """The table behind the grade: criteria of scorecards first, then every metric."""
        facts = self.record.facts["methods"]
        rows = component_rows(self.policy, self.graded, self.currency, lang, self.own, facts)
        if self.profit:
            return rows
        telling = telling_criteria(self.policy)
        return [row for row in rows if row.code not in telling and not tells_cost(row.code)]

    def advisory(self, lang: Lang) -> list[tuple[str, str]]:
        """The advisory methods: id and sentence."""
        return [(name, "".join(p.text for p in said)) for name, said in self.advisory_told(lang)]

    def advisory_told(self, lang: Lang) -> list[tuple[str, tuple[Piece, ...]]]:
        """The same, the sentences in pieces: of each number what it is."""
        told = (method.id for method in self.policy.advisory if method.id not in self.withheld)
        return [(name, pieces(self._reason(name, lang))) for name in told]

    def warnings(self, lang: Lang) -> list[str]:
        """Warnings of the run in words."""
        return [
            WARNINGS.say(w["code"], lang, **{slot: value for slot, value in w.items() if slot != "code"})
            for w in self.record.warnings
        ]

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Everything as plain data: stored values as exact text, sentences in one language."""
        return {
            "customer": self.row["customer_id"],
            "name": self.name,
            "goes_on_in": self.survivor,
            "run": self.record.run_id,
            "policy": {
                "code": self.record.policy_code,
                "version": self.record.policy_version,
                "fingerprint": self.record.policy_fingerprint,
            },
            "as_of": self.record.as_of.isoformat(),
            "window": self.record.facts["window"],
            "population": self.record.population,
            "currency": self.currency,
            "data_cutoff_at": self.record.data_cutoff_at.isoformat(),
            "book_version": self.record.book_version,
            "sentences": self.sentences(lang),
            "advisory": [{"method": name, "sentence": sentence} for name, sentence in self.advisory(lang)],
            "components": [
                {name: getattr(row, name) for name in ComponentRow.__slots__} for row in self.components(lang)
            ],
            "stored": {name: _plain(value) for name, value in self.row.items()},
            "facts": self.record.facts["methods"],
            "late_reasons": [
                {k: _plain(v) for k, v in row.items()} | {"title": reason_words(row["reason"], lang)}
                for row in self.late_reasons
            ],
            "warnings": self.warnings(lang),
            "lines": [{k: _plain(v) for k, v in line.items()} for line in self.source_lines],
        }

    def _opening(self, lang: Lang) -> str:
        title = self.policy.title.zh if lang == "zh" else self.policy.title.en
        who = (
            f"{self.name}（{self.row['customer_id']}）"
            if lang == "zh"
            else f"{self.name} ({self.row['customer_id']})"
        )
        if not self.name:
            who = f"{self.row['customer_id']}{' ' if lang == 'zh' else ''}"
        titles = {g.code: g.title.in_lang(lang) for m in self.policy.methods for g in self.policy.scale_of(m)}
        grade = grade_words(self.row["grade"], titles) if self.row["grade"] else None
        day = self.record.as_of.isoformat()
        policy = f"{title} v{self.record.policy_version}"
        n = pointed(number(self.record.population), FIELD)
        customers = "customer" if self.record.population == 1 else "customers"
        if lang == "zh":
            result = f"为 {grade} 级" if grade else f"没有等级（{status_words(self.row['status'], lang)}）"
            return f"{who}在 {day} 按“{policy}”{result}；参评客户 {n} 家。" + member_sentences(self, lang)
        result = f"has grade {grade}" if grade else f"has no grade ({status_words(self.row['status'], lang)})"
        return f"{who} {result} on {day} under “{policy}”, among {n} {customers}." + member_sentences(
            self, lang
        )

    def _gates(self, lang: Lang) -> list[str]:
        if self.row["reason"] == NOT_INHERITED:
            return []
        acted = [code for code in (self.graded["gates"] or "").split(";") if code]
        said = []
        for gate in self.policy.gates:
            if gate.code not in acted:
                continue
            if not self.profit and tells(gate):
                said += self._gate_alone(gate, lang)
                continue
            use = use_of(gate.when.metric, self.policy.window_months)
            value = pointed_value(use.column, self.graded[use.column], lang, self.currency)
            title = metric_title(use.column, lang)
            if gate.effect == "flag":
                words = _flag_words(gate, lang)
                said.append(
                    f"提示：{title}为 {value}，{words}。"
                    if lang == "zh"
                    else f"Note: {title} is {value}; {words}."
                )
            elif lang == "zh":
                said.append(
                    f"门槛“{gate.code}”（{title}为 {value}）使等级由 {self.graded['grade_before_gates']} 变为 {self.graded['grade']}。"
                )
            else:
                before, after = self.graded["grade_before_gates"], self.graded["grade"]
                said.append(
                    f"The gate “{gate.code}” ({title} is {value}) changed the grade from {before} to {after}."
                )
        return said

    def _gate_alone(self, gate: Gate, lang: Lang) -> list[str]:
        """That a gate changed the grade, without the figure on which it acts; a flag would tell it."""
        if gate.effect == "flag":
            return []
        before, after = self.graded["grade_before_gates"], self.graded["grade"]
        return [GATE_ALONE.fill(lang, code=gate.code, before=before, after=after)]

    def _flags(self, lang: Lang) -> list[str]:
        acted = set((self.row["gates"] or "").split(";"))
        gate_flags = {gate.flag for gate in self.policy.gates if gate.code in acted}
        gate_flags |= set() if self.profit else telling_flags(self.policy)
        flags = [f for f in (self.row["flags"] or "").split(";") if f and f not in gate_flags and f in FLAGS]
        if (self.row["reason"] or "").endswith("nonpositive"):
            flags = [flag for flag in flags if flag != "nonpositive_value"]  # the reason says it
        if not flags:
            return []
        words = [flag_words(flag, lang) for flag in flags]
        return ["另请注意：" + "；".join(words) + "。" if lang == "zh" else "Also: " + "; ".join(words) + "."]

    def _advice(self, lang: Lang) -> list[str]:
        if self.row["status"] == "not_in_population" or self.member or not self.policy.advisory:
            return []
        lead = "参考（{id}）：{said}" if lang == "zh" else "Beside it, {id}: {said}"
        return [
            lead.format(id=name, said=sentence)
            for name, sentence in self.advisory(lang)
            if name != self.family
        ]

    def _lacking(self, method_id: str, lang: Lang) -> dict[str, str]:
        method = next(m for m in self.policy.methods if m.id == method_id)
        found: dict[str, list[str]] = {"missing": [], "invalid": []}
        for c in getattr(method, "criteria", ()):
            status = self.graded.get(f"{method_id}_{c.code}_status")
            title = c.title.zh if lang == "zh" else c.title.en
            if status == "invalid":
                found["invalid"].append(title)
            elif status in ("missing", "expired"):
                why = status_words(status, lang)
                found["missing"].append(f"{title}（{why}）" if lang == "zh" else f"{title} ({why})")
        joiner = "、" if lang == "zh" else ", "
        return {name: joiner.join(parts) for name, parts in found.items()}


def _flag_words(gate: Gate, lang: Lang) -> str:
    """A flag in words; a policy's own flag by the title of the gate that sets it."""
    flag = gate.flag or ""
    return flag_words(flag, lang) if gate.title is None or flag in FLAGS else gate.title.in_lang(lang)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def explain(book: Book, customer: str, *, run: str | None = None, lines: bool = False) -> Explanation:
    """The explanation of a customer's grade in a run (the latest by default).

    **Raises** ``run.none``, ``run.unknown`` or ``run.no-customer``.
    """
    record = find_run(book, run)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    row = read_result(book, record, customer)
    graded = row if row["unit"] == customer else read_result(book, record, row["unit"])
    behind = source_lines(book, record, [customer]) if lines else []
    reasons = _late_reasons(book, record, policy, row["unit"]) if lines else []
    above = None if row["unit"] == customer else _name(book, record, row["unit"])
    name, survivor = _name(book, record, customer), survivor_in(book, record, row)
    return Explanation(record, policy, row, graded, name, above, behind, reasons, survivor=survivor)


def survivor_in(book: Book, record: RunRecord, row: Mapping[str, Any]) -> str | None:
    """The customer in which that of a stored row goes on as its run read it; the book is asked only of a record out of use."""
    if row["reason"] != OUT_OF_USE:
        return None
    return survivors(book, book.version(record.book_version), record.as_of).get(row["customer_id"])


def _late_reasons(book: Book, record: RunRecord, policy: Policy, unit: str) -> list[dict[str, Any]]:
    """The late amounts of the graded unit by reason, from the facts of the run; none if the policy reads none."""
    months = [use.months or 12 for use in with_needs(uses_of(policy)) if use.name in ITEM_METRICS]
    if not months:
        return []
    version = book.version(record.book_version)
    table = late_reasons_for_people(
        book, record.as_of, [unit], months=max(months), level=policy.population.level, version=version
    )
    return [{k: v for k, v in row.items() if k != "customer_id"} for row in table.to_pylist()]


def _name(book: Book, record: RunRecord, customer: str) -> str | None:
    """The customer's name as it could be known on the day of the run."""
    columns = ["name", "valid_from", "known_on", "superseded_on"]
    rows = [
        row
        for file in book.files("customers", book.version(record.book_version))
        for row in pq.read_table(file, columns=columns, filters=[("code", "=", customer)]).to_pylist()
    ]
    day = record.as_of
    seen = [r for r in rows if r["valid_from"] <= day and r["known_on"] <= day]
    seen = [r for r in seen if r["superseded_on"] is None or r["superseded_on"] > day]
    return str(max(seen, key=lambda r: r["valid_from"])["name"]) if seen else None
