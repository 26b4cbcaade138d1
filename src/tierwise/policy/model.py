"""What a grading policy may say: frozen models with a closed set of kinds. Source: spec 6.

Numbers that decide are exact decimals. What a method *means* stands in ``tierwise.grading`` in the
module of the same name. The parts stand in ``base`` (names, grades, number types), ``card``
(criteria of scorecards) and ``methods``; all names can be imported from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from tierwise.metrics.settings import MetricSettings, Number
from tierwise.policy.base import (
    Answers,
    BrokenRulesError,
    Code,
    Declared,
    Fault,
    Grade,
    Identifier,
    Limit,
    MetricName,
    Path,
    Points,
    Share,
    Words,
    fault,
)
from tierwise.policy.card import (
    Band,
    Criterion,
    FromAssessment,
    FromBands,
    FromEnum,
    FromLinear,
    FromMaximum,
    FromMetric,
    FromMinMax,
    FromPlaces,
    FromRank,
    Level,
    Source,
)
from tierwise.policy.combine import Case, Combination, combination_faults, said_by
from tierwise.policy.judged import Attractiveness, KeyAccount, Rating
from tierwise.policy.methods import (
    DEFAULT_TIE_BREAK,
    RFM_SEGMENTS,
    AbcCumulative,
    AbcRank,
    CreditRating,
    Method,
    QualitySet,
    Rfm,
    Scorecard,
    TieBreak,
    ValueBands,
    cut_faults,
    cut_table,
)
from tierwise.policy.population import Inheritance, Population

__all__ = [
    "DEFAULT_SCALE",
    "DEFAULT_TIE_BREAK",
    "RFM_SEGMENTS",
    "AbcCumulative",
    "AbcRank",
    "Attractiveness",
    "Band",
    "BrokenRulesError",
    "Case",
    "Code",
    "Combination",
    "Condition",
    "CreditRating",
    "Criterion",
    "Declared",
    "Effective",
    "Fallback",
    "Fault",
    "FromAssessment",
    "FromBands",
    "FromEnum",
    "FromLinear",
    "FromMaximum",
    "FromMetric",
    "FromMinMax",
    "FromPlaces",
    "FromRank",
    "Gate",
    "Grade",
    "Identifier",
    "Inheritance",
    "KeyAccount",
    "Level",
    "Limit",
    "Method",
    "MetricName",
    "Points",
    "Policy",
    "Population",
    "QualitySet",
    "Rating",
    "Rfm",
    "Scorecard",
    "Share",
    "Source",
    "TieBreak",
    "ValueBands",
    "Words",
    "cut_table",
]


class Condition(Declared):
    """A test on one metric; a null metric never meets it. Exactly one comparison."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    metric: MetricName
    below: Limit | None = None
    at_most: Limit | None = None
    at_least: Limit | None = None
    above: Limit | None = None
    answer: Answers | None = Field(default=None, alias="is")
    """For a flag ``true`` or ``false``, for a code the list of those that meet it."""

    def faults(self) -> Iterator[Fault]:
        tests = (self.below, self.at_most, self.at_least, self.above, self.answer)
        if len([x for x in tests if x is not None]) != 1:
            yield fault(
                "one-comparison",
                "give exactly one of below, at_most, at_least, above, is",
                "below、at_most、at_least、above、is 须且只能给出一个",
            )


class Gate(Declared):
    """A condition that flags, caps or floors a grade. Source: spec 6.14. Gates act in their order."""

    code: Identifier
    when: Condition
    grades: tuple[Code, ...] = ()
    """Grades it watches; empty: all."""
    effect: Literal["flag", "cap", "floor"]
    flag: Identifier | None = None
    to: Code | None = None
    title: Words | None = None

    def faults(self) -> Iterator[Fault]:
        if self.effect == "flag" and (self.flag is None or self.to is not None):
            yield fault(
                "flag-gate",
                "a flag gate has flag and no to",
                "标记型门槛（flag）须给出 flag，不得给出 to",
                "effect",
            ).reading(("effect",), ("flag",), ("to",))
        if self.effect != "flag" and (self.to is None or self.flag is not None):
            yield fault(
                "cap-gate",
                "a cap or floor gate has to (which grade) and no flag",
                "封顶（cap）或保底（floor）门槛须用 to 给出等级，不得给出 flag",
                "effect",
            ).reading(("effect",), ("flag",), ("to",))


class Fallback(Declared):
    """Another family of grades for whom the leading method cannot grade. Source: spec 6.12, 6.13."""

    method: Identifier
    """The id of the advisory method that gives the grade instead."""
    statuses: tuple[Literal["no_history", "incomplete"], ...] = Field(default=("no_history",), min_length=1)
    """For whom: whoever has no counted line ever, and, if asked, whoever lacks data of the leading method."""


class Effective(Declared):
    """For how many periods a change must be computed before it takes effect. Source: spec 8.2."""

    upgrade_confirm: int = Field(default=1, ge=1, le=12)
    downgrade_confirm: int = Field(default=1, ge=1, le=12)


DEFAULT_SCALE: tuple[Grade, ...] = (
    Grade(code="A", title=Words(en="key customers", zh="关键客户"), colour="#1f7a4d"),
    Grade(code="B", title=Words(en="main customers", zh="主要客户"), colour="#2b62b8"),
    Grade(code="C", title=Words(en="ordinary customers", zh="普通客户"), colour="#b07d2b"),
)


class Policy(Declared):
    """A grading policy: one leading method gives the grade, advisory methods stand beside it."""

    code: Identifier
    version: int = Field(ge=1)
    title: Words
    notes: Words | None = None
    scale: tuple[Grade, ...] = DEFAULT_SCALE
    population: Population = Population()
    window_months: int = Field(default=12, ge=1, le=120)
    near_cut_pct: Annotated[Number, Field(ge=0, le=100, decimal_places=4)] = Decimal(5)
    leading: Method
    advisory: tuple[Method, ...] = ()
    gates: tuple[Gate, ...] = ()
    fallback: Fallback | None = None
    effective: Effective = Effective()
    settings: MetricSettings = MetricSettings()

    @property
    def looks_ahead(self) -> bool:
        """Whether whoever never bought is graded by the fallback, so that nobody asks them for a purchase."""
        return self.fallback is not None and "no_history" in self.fallback.statuses

    @property
    def methods(self) -> tuple[Any, ...]:
        """The leading method first, then the advisory ones."""
        return (self.leading, *self.advisory)

    def scale_of(self, method: Any) -> tuple[Grade, ...]:
        """The grades of one method, best first: its own scale or the policy's."""
        return getattr(method, "grades", ()) or self.scale

    def placed(self) -> Iterator[tuple[Path, Any]]:
        """Every method with its place in the policy, the leading one first."""
        yield ("leading",), self.leading
        yield from ((("advisory", at), method) for at, method in enumerate(self.advisory))

    def faults(self) -> Iterator[Fault]:
        yield from _scale_faults(self.scale, "scale")
        yield from _leading_faults(self.leading)
        ids = _twice_faults([method.id for method in self.advisory], "advisory", "id", (self.leading.id,))
        yield from (found.reading(found.path, ("leading", "id")) for found in ids)
        yield from _twice_faults([gate.code for gate in self.gates], "gates", "code", ())
        for place, method in self.placed():
            if own := getattr(method, "grades", ()):
                yield from _scale_faults(own, *place, "grades")
            yield from cut_faults(method, [grade.code for grade in self.scale_of(method)], place)
            if isinstance(method, Combination):
                own = [grade.code for grade in self.scale_of(method)]
                yield from combination_faults(method, place, self._said(), own)
        for at, gate in enumerate(self.gates):
            yield from _gate_faults(gate, at, [grade.code for grade in self.scale])
        yield from _fallback_faults(self)

    def _said(self) -> dict[str, list[str]]:
        """The codes of every method that can be combined, by its id."""
        silent = [m for m in self.methods if isinstance(m, Rfm) and m.grade_by == "none"]
        return {
            m.id: said_by(m, self.scale_of(m))
            for m in self.methods
            if not isinstance(m, Combination) and m not in silent
        }


def _fallback_faults(policy: Policy) -> Iterator[Fault]:
    if policy.fallback is None:
        return
    named = policy.fallback.method
    able = {
        m.id: m for m in policy.advisory if m.method != "quality_set" and getattr(m, "grade_by", "") != "none"
    }
    if named not in able:
        yield fault(
            "fallback-unknown",
            "no advisory method that gives a grade has the id {name}; there are {known}",
            "没有 id 为 {name} 且给出等级的参考方法；可用：{known}",
            "fallback",
            "method",
            name=named,
            known=", ".join(able) or "–",
        ).reading(("fallback", "method"), ("advisory",))
        return
    scale = [grade.code for grade in policy.scale]
    own = [grade.code for grade in policy.scale_of(able[named])]
    if own != scale and set(own) & set(scale):
        yield fault(
            "fallback-scale",
            "{name} grades by {own}; a fallback has the policy's scale {scale} or no code in common with it",
            "{name} 的等级为 {own}；后备方法须与策略等级表 {scale} 完全相同，或没有相同的代码",
            "fallback",
            "method",
            name=named,
            own=", ".join(own),
            scale=", ".join(scale),
        ).reading(("fallback", "method"), ("advisory",), ("scale",))


def _scale_faults(scale: tuple[Grade, ...], *place: str | int) -> Iterator[Fault]:
    codes = [grade.code for grade in scale]
    if len(codes) < 2 or len(set(codes)) != len(codes):
        yield fault(
            "scale",
            "a scale has at least two grades with different codes",
            "等级表至少有两个等级且代码不得重复",
            *place,
        )


def _leading_faults(leading: Any) -> Iterator[Fault]:
    if isinstance(leading, QualitySet):
        yield fault(
            "leading-set",
            "a quality set is a set, not a grade; use it as advisory",
            "优质客户是集合而非等级，只能作为参考方法（advisory）",
            "leading",
            "method",
        )
    if isinstance(leading, Rfm) and leading.grade_by == "none":
        yield fault(
            "leading-no-grade",
            "the leading method must give a grade; grade_by none gives none",
            "主导方法必须给出等级，grade_by: none 不给出等级",
            "leading",
            "grade_by",
        )


def _twice_faults(names: list[str], part: str, key: str, taken: tuple[str, ...]) -> Iterator[Fault]:
    for at, name in enumerate(names):
        if name in (*taken, *names[:at]):
            yield fault(
                "twice",
                "{name} is used twice; choose another {key}",
                "{name} 重复，请另取一个 {key}",
                part,
                at,
                key,
                name=name,
                key=key,
            )


def _gate_faults(gate: Gate, at: int, codes: list[str]) -> Iterator[Fault]:
    named: list[tuple[Path, str]] = [(("grades", i), code) for i, code in enumerate(gate.grades)]
    if gate.to is not None:
        named.append((("to",), gate.to))
    for path, code in named:
        if code not in codes:
            found = fault(
                "not-on-scale",
                "{code} is not on the scale {scale}",
                "{code} 不在等级表 {scale} 中",
                "gates",
                at,
                *path,
                code=code,
                scale=", ".join(codes),
            )
            yield found.reading(found.path, ("scale", "*", "code"))
