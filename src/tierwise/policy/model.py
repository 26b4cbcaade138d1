"""What a grading policy may say: frozen models with a closed set of kinds. Source: spec 6.

Numbers that decide are exact decimals. What a method *means* stands in ``tierwise.grading`` in the
module of the same name.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tierwise.metrics.settings import MetricSettings, Number

Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Share = Annotated[Number, Field(gt=0, le=100, decimal_places=4)]
Points = Annotated[Number, Field(ge=0, le=100, decimal_places=4)]
Limit = Annotated[Number, Field(decimal_places=9, max_digits=28)]


class Declared(BaseModel):
    """Every part of a policy: frozen, nothing unknown allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Declared):
    """A name in English and Chinese."""

    en: str = Field(min_length=1, max_length=2000)
    zh: str = Field(min_length=1, max_length=2000)


class Grade(Declared):
    """One grade of a scale, best first."""

    code: Code
    title: Words
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")


class Population(Declared):
    """Who is graded. Source: spec 6.1(1), 5.1(9)."""

    kinds: tuple[Literal["suspect", "prospect", "existing"], ...] = ("existing",)
    segments: tuple[str, ...] = ()
    """Main segments; empty means all."""
    regions: tuple[str, ...] = ()
    level: Literal["site", "account", "group"] = "account"
    """``site``: every record by itself; ``account``: sites count for their parent; ``group``: all
    descendants count for the group root."""
    lines_in_window: bool = True
    """Whether a counted line in the policy's window is asked for."""


class TieBreak(Declared):
    """One step of a tie-break: a metric and which end is better."""

    metric: MetricName
    order: Literal["more", "less"]


DEFAULT_TIE_BREAK: tuple[TieBreak, ...] = (
    TieBreak(metric="customer_profit", order="more"),
    TieBreak(metric="recency_days", order="less"),
    TieBreak(metric="on_time_rate_pct", order="more"),
)


class AbcRank(Declared):
    """G01 and G06: classes by rank of a value. Source: spec 6.1, 6.6."""

    method: Literal["abc_rank"]
    id: Identifier = "abc"
    value: MetricName = "net_sales"
    shares_pct: dict[Code, Share] = {"A": Decimal(5), "B": Decimal(20)}
    """Cumulative share of customers, best grade first; the last grade of the scale takes the rest."""
    tie_rule: Literal["include", "exclude", "break"] = "include"
    tie_break: tuple[TieBreak, ...] = DEFAULT_TIE_BREAK
    """Used by ``break`` only; the last step is always the customer code, ascending."""
    rounding: Literal["ceil", "nearest", "floor"] = "ceil"
    grades: tuple[Grade, ...] = ()
    """An own scale for an advisory method; empty: the policy's scale."""


class AbcCumulative(Declared):
    """G02: classes by cumulative share of the value. Source: spec 6.2."""

    method: Literal["abc_cumulative"]
    id: Identifier = "cumulative"
    value: MetricName = "net_sales"
    cumulative_pct: dict[Code, Share] = {"A": Decimal(80), "B": Decimal(95)}
    grades: tuple[Grade, ...] = ()


class Level(Declared):
    """A named band of an assessment; the lower bound belongs to it."""

    code: Code
    title: Words | None = None
    min: Points


class FromAssessment(Declared):
    """A score given by a person. Source: spec 4.4, 6.3."""

    kind: Literal["assessment"]
    criterion: Identifier | None = None
    """Criterion code in the assessment template; by default the criterion's own code."""
    levels: tuple[Level, ...] = ()
    """Bands, best first; each reaches up to the next better one (half open), the best to the maximum."""
    fixed: dict[Code, Points] = {}
    """Levels with fixed points instead of bands."""
    step: Number | None = None
    """Scores come in steps of this size; another score is invalid."""
    attribute: Literal["ownership_nature"] | None = None
    """Where there is no assessment: the customer attribute that gives the level …"""
    attribute_levels: dict[Code, Code] = {}
    """… by this table, attribute value -> level of ``fixed``."""


class Band(Declared):
    """Points for values from a lower bound on, inclusive; ``from: null`` is the last band."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: Limit | None = Field(alias="from")
    points: Points


class FromBands(Declared):
    """Points by a table over a metric or a customer attribute, best bound first."""

    kind: Literal["metric_bands"]
    metric: MetricName | None = None
    attribute: (
        Literal[
            "total_assets", "annual_turnover", "development_speed_pct", "registered_capital", "potential_need"
        ]
        | None
    ) = None
    bands: tuple[Band, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_source_descending(self) -> FromBands:
        if (self.metric is None) == (self.attribute is None):
            raise ValueError("name either a metric or an attribute")
        starts = [band.start for band in self.bands]
        if any(start is None for start in starts[:-1]):
            raise ValueError("bands: only the last band may have from: null")
        known = [start for start in starts if start is not None]
        if known != sorted(set(known), reverse=True):
            raise ValueError("bands: bounds must descend, best first, without repeats")
        return self


class FromLinear(Declared):
    """Points linear between two anchors of a metric, clipped to 0 … maximum."""

    kind: Literal["metric_linear"]
    metric: MetricName
    zero_at: Limit
    full_at: Limit

    @model_validator(mode="after")
    def _anchors_differ(self) -> FromLinear:
        if self.zero_at == self.full_at:
            raise ValueError("zero_at and full_at must differ")
        return self


class FromEnum(Declared):
    """Fixed points by a customer attribute with a closed list of values."""

    kind: Literal["fixed_by_enum"]
    attribute: Literal["ownership_nature", "relation_type", "party_type", "kind"]
    points: dict[Code, Points] = {}
    otherwise: Points | None = None
    """Points of a value that is not listed; null leaves the criterion missing."""


class FromMetric(Declared):
    """The metric itself is a score from 0 to 100 (the credit score)."""

    kind: Literal["metric_score"]
    metric: MetricName


class FromRank(Declared):
    """Rank score 100 x (N - rank) / (N - 1). Source: spec 6.4."""

    kind: Literal["rank_score"]
    metric: MetricName
    better: Literal["more", "less"] = "more"
    nonpositive_is_zero: bool = True
    """A value <= 0 scores 0 whatever its rank (only where more is better)."""
    null_is_zero: bool = False
    """A null value scores 0 and ranks nobody (a missing purchasing cycle); otherwise it is missing."""


Source = Annotated[
    FromAssessment | FromBands | FromLinear | FromEnum | FromMetric | FromRank, Field(discriminator="kind")
]


class Criterion(Declared):
    """One line of a scorecard: either ``max_points`` (maxima add to 100) or ``weight_pct`` over 0-100 scores."""

    code: Identifier
    title: Words
    max_points: Points | None = None
    weight_pct: Share | None = None
    required: bool = False
    """Whether the criterion may never be missing, whatever the missing rule."""
    source: Source
    guidance: Words | None = None

    @model_validator(mode="after")
    def _points_or_weight(self) -> Criterion:
        if (self.max_points is None) == (self.weight_pct is None):
            raise ValueError("give either max_points or weight_pct")
        return self

    @property
    def weight(self) -> Decimal:
        """Its share of the total, in percent (points of a points card are percent, too)."""
        weight = self.weight_pct if self.weight_pct is not None else self.max_points
        assert weight is not None
        return weight

    @property
    def top(self) -> Decimal:
        """The largest score of the criterion: its maximum, or 100 for a weighted one."""
        return self.max_points if self.max_points is not None else Decimal(100)


def _check_card(criteria: tuple[Criterion, ...]) -> None:
    codes = [criterion.code for criterion in criteria]
    if len(set(codes)) != len(codes):
        raise ValueError("criteria: codes must differ")
    if len({criterion.max_points is None for criterion in criteria}) > 1:
        raise ValueError("criteria: either all have max_points or all have weight_pct")
    total = sum((criterion.weight for criterion in criteria), Decimal(0))
    if total != 100:
        raise ValueError(f"criteria: weights or maxima add to {total}, not to 100")


class Scorecard(Declared):
    """G03, G04, G11: a weighted scorecard. Source: spec 6.3, 6.4, 6.12."""

    method: Literal["scorecard"]
    id: Identifier = "scorecard"
    template: Identifier | None = None
    """The assessment template that human criteria read."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    thresholds: dict[Code, Points]
    """Lower bounds, inclusive, best grade first; the last grade of the scale takes the rest."""
    missing_rule: Literal["incomplete", "reweight"] = "incomplete"
    max_missing_weight_pct: Annotated[Number, Field(ge=0, lt=100)] = Decimal(30)
    grades: tuple[Grade, ...] = ()

    @model_validator(mode="after")
    def _card(self) -> Scorecard:
        _check_card(self.criteria)
        if self.template is None and any(c.source.kind == "assessment" for c in self.criteria):
            raise ValueError("template: needed, because a criterion reads assessments")
        return self


class QualitySet(Declared):
    """G09: the best share by a weighted total of rank scores; a set, not a grade. Source: spec 6.9."""

    method: Literal["quality_set"]
    id: Identifier = "quality"
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    share_pct: Share = Decimal(20)
    positive: MetricName = "net_sales"
    """Customers whose value here is not positive are never members."""

    @model_validator(mode="after")
    def _card(self) -> QualitySet:
        _check_card(self.criteria)
        if any(c.source.kind != "rank_score" for c in self.criteria):
            raise ValueError("criteria: a quality set reads rank scores only")
        return self


class Rfm(Declared):
    """G05: recency, frequency, monetary value on five points. Source: spec 6.5."""

    method: Literal["rfm"]
    id: Identifier = "rfm"
    recency: MetricName = "recency_days"
    frequency: MetricName = "orders"
    monetary: MetricName = "net_sales"
    scoring: Literal["rank", "fixed_bins", "quantile_bins"] = "rank"
    binning: Literal["independent", "nested"] = "independent"
    """``nested`` (frequency within recency, money within frequency) goes with rank scoring."""
    recency_bins: tuple[Limit, ...] = (Decimal(30), Decimal(90), Decimal(180), Decimal(365))
    """Fixed bins: at most 30 days -> 5, … more than 365 -> 1."""
    frequency_bins: tuple[Limit, ...] = (Decimal(12), Decimal(6), Decimal(3), Decimal(2))
    """Fixed bins: at least 12 -> 5, … fewer than 2 -> 1."""
    monetary_bins: tuple[Limit, ...] = (Decimal(500_000), Decimal(100_000), Decimal(20_000), Decimal(5_000))
    weights: tuple[int, int, int] = (100, 10, 1)
    segments: Literal["eight", "named", "none"] = "eight"
    """``eight``: high or low against the mean; ``named``: the ten overlapping ranges of the R package rfm."""
    high: Literal["above_mean", "at_least"] = "above_mean"
    high_from: int = Field(default=4, ge=2, le=5)
    grade_by: Literal["sum", "segment", "none"] = "sum"
    sum_thresholds: dict[Code, Annotated[int, Field(ge=3, le=15)]] = {"A": 13, "B": 9}
    segment_grades: dict[Identifier, Code] = {}
    grades: tuple[Grade, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Rfm:
        if self.binning == "nested" and self.scoring != "rank":
            raise ValueError("binning: nested goes with scoring: rank")
        for name in ("recency_bins", "frequency_bins", "monetary_bins"):
            bins = list(getattr(self, name))
            ordered = sorted(set(bins), reverse=name != "recency_bins")
            if len(bins) != 4 or bins != ordered:
                raise ValueError(f"{name}: four limits, best first, without repeats")
        if self.grade_by == "segment" and (self.segments == "none" or not self.segment_grades):
            raise ValueError("grade_by: segment needs segments and segment_grades")
        return self


class CreditRating(Declared):
    """G07: the credit score in levels. Source: spec 6.7, 5.4."""

    method: Literal["credit_rating"]
    id: Identifier = "credit"
    score: MetricName = "credit_score"
    levels: dict[Code, Points] = {"excellent": Decimal(90), "good": Decimal(75), "fair": Decimal(60)}
    """Lower bounds, inclusive, best first; the last grade of the scale takes the rest."""
    grades: tuple[Grade, ...] = (
        Grade(code="excellent", title=Words(en="excellent", zh="优")),
        Grade(code="good", title=Words(en="good", zh="良")),
        Grade(code="fair", title=Words(en="fair", zh="中")),
        Grade(code="poor", title=Words(en="poor", zh="差")),
    )


Method = Annotated[
    AbcRank | AbcCumulative | Scorecard | QualitySet | Rfm | CreditRating, Field(discriminator="method")
]


class Condition(Declared):
    """A test on one metric; a null metric never meets it. Exactly one comparison."""

    metric: MetricName
    below: Limit | None = None
    at_most: Limit | None = None
    at_least: Limit | None = None
    above: Limit | None = None

    @model_validator(mode="after")
    def _one(self) -> Condition:
        given = [x for x in (self.below, self.at_most, self.at_least, self.above) if x is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of below, at_most, at_least, above")
        return self


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

    @model_validator(mode="after")
    def _complete(self) -> Gate:
        if self.effect == "flag" and (self.flag is None or self.to is not None):
            raise ValueError("a flag gate has flag and no to")
        if self.effect != "flag" and self.to is None:
            raise ValueError("a cap or floor gate says to which grade")
        return self


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
    settings: MetricSettings = MetricSettings()

    @property
    def methods(self) -> tuple[Any, ...]:
        """The leading method first, then the advisory ones."""
        return (self.leading, *self.advisory)

    def scale_of(self, method: Any) -> tuple[Grade, ...]:
        """The grades of one method, best first: its own scale or the policy's."""
        return getattr(method, "grades", ()) or self.scale

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        codes = [grade.code for grade in self.scale]
        if len(codes) < 2 or len(set(codes)) != len(codes):
            raise ValueError("scale: at least two grades with different codes")
        ids = [method.id for method in self.methods]
        if len(set(ids)) != len(ids):
            raise ValueError("methods: ids must differ; give an advisory method its own id")
        if isinstance(self.leading, QualitySet):
            raise ValueError("leading: a quality set is a set, not a grade; use it as advisory")
        if isinstance(self.leading, Rfm) and self.leading.grade_by == "none":
            raise ValueError("leading: grade_by none gives no grade")
        for method in self.methods:
            _check_grades(method, [grade.code for grade in self.scale_of(method)])
        for gate in self.gates:
            for code in (*gate.grades, *([gate.to] if gate.to else [])):
                if code not in codes:
                    raise ValueError(f"gates: {gate.code}: grade {code} is not on the scale")
        return self


def cut_table(method: Any) -> dict[str, Any] | None:
    """The table of cuts of a method (shares, thresholds, levels), or ``None`` if it has none."""
    for name in ("shares_pct", "cumulative_pct", "thresholds", "levels"):
        if isinstance(getattr(method, name, None), dict):
            table: dict[str, Any] = getattr(method, name)
            return table
    if isinstance(method, Rfm) and method.grade_by == "sum":
        return dict(method.sum_thresholds)
    return None


def _check_grades(method: Any, codes: list[str]) -> None:
    if isinstance(method, Rfm) and method.grade_by == "segment":
        unknown = sorted(set(method.segment_grades.values()) - set(codes))
        if unknown:
            raise ValueError(f"{method.id}: segment_grades: {', '.join(unknown)} is not on the scale")
    table = cut_table(method)
    if table is None:
        return
    if list(table) != codes[:-1]:
        raise ValueError(
            f"{method.id}: cuts must name {', '.join(codes[:-1])} in this order (the last grade takes the rest)"
        )
    rising = isinstance(method, AbcRank | AbcCumulative)
    values = list(table.values())
    if values != sorted(set(values), reverse=not rising):
        raise ValueError(
            f"{method.id}: cuts must {'rise' if rising else 'fall'} from grade to grade without repeats"
        )
