"""The methods that a policy may name: one model each, a closed set. Source: spec 6.1 to 6.12."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from tierwise.metrics.settings import Number
from tierwise.policy.base import (
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
from tierwise.policy.card import Criterion, card_faults
from tierwise.policy.combine import Combination
from tierwise.policy.judged import Attractiveness, KeyAccount


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
    shares_pct: dict[Code, Share] = Field(default={"A": Decimal(5), "B": Decimal(20)})
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
    cumulative_pct: dict[Code, Share] = Field(default={"A": Decimal(80), "B": Decimal(95)})
    grades: tuple[Grade, ...] = ()


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
    max_missing_weight_pct: Annotated[Number, Field(ge=0, lt=100, decimal_places=4)] = Decimal(30)
    grades: tuple[Grade, ...] = ()

    def faults(self) -> Iterator[Fault]:
        yield from card_faults(self.criteria)
        if self.template is None and any(c.source.kind == "assessment" for c in self.criteria):
            yield fault(
                "template",
                "a template is needed, because a criterion reads assessments",
                "有评分项读取人工评估，须给出 template（评估模板）",
            ).reading(("template",), ("criteria", "*", "source"))


class QualitySet(Declared):
    """G09: the best share by a weighted total of rank scores; a set, not a grade. Source: spec 6.9."""

    method: Literal["quality_set"]
    id: Identifier = "quality"
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    share_pct: Share = Decimal(20)
    positive: MetricName = "net_sales"
    """Customers whose value here is not positive are never members."""

    def faults(self) -> Iterator[Fault]:
        yield from card_faults(self.criteria)
        for at, criterion in enumerate(self.criteria):
            if criterion.source.kind != "rank_score":
                yield fault(
                    "quality-source",
                    "a quality set reads rank scores only",
                    "优质客户集合只读取排名得分（rank_score）",
                    "criteria",
                    at,
                    "source",
                    "kind",
                )


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
    sum_thresholds: dict[Code, Annotated[int, Field(ge=3, le=15)]] = Field(default={"A": 13, "B": 9})
    segment_grades: dict[Identifier, Code] = Field(default={})
    grades: tuple[Grade, ...] = ()

    def faults(self) -> Iterator[Fault]:
        if self.binning == "nested" and self.scoring != "rank":
            yield fault(
                "nested",
                "nested binning goes with scoring: rank",
                "嵌套分箱只能与 scoring: rank 同用",
                "binning",
            )
        yield from self._bin_faults()
        if self.grade_by == "segment" and (self.segments == "none" or not self.segment_grades):
            yield fault(
                "grade-by-segment",
                "grading by segment needs segments and segment_grades",
                "按细分定级须给出 segments 与 segment_grades",
                "grade_by",
            )

    def _bin_faults(self) -> Iterator[Fault]:
        for name in ("recency_bins", "frequency_bins", "monetary_bins"):
            bins = list(getattr(self, name))
            if len(bins) != 4 or bins != sorted(set(bins), reverse=name != "recency_bins"):
                yield fault(
                    "bins",
                    "four limits are needed, best first, without repeats",
                    "须给出四个界限，从最好的一档起依次排列且不重复",
                    name,
                )


RFM_SEGMENTS: dict[str, tuple[str, ...]] = {
    "eight": (
        "important_value",
        "important_keep",
        "important_develop",
        "important_winback",
        "general_value",
        "general_keep",
        "general_develop",
        "general_winback",
    ),
    "named": (
        "champions",
        "loyal_customers",
        "potential_loyalist",
        "new_customers",
        "promising",
        "need_attention",
        "about_to_sleep",
        "at_risk",
        "cant_lose_them",
        "lost",
        "others",
    ),
    "none": (),
}
"""The segment codes of each table; ``named``: those of the R package rfm, ``others`` where no range fits."""


class CreditRating(Declared):
    """G07: the credit score in levels. Source: spec 6.7, 5.4."""

    method: Literal["credit_rating"]
    id: Identifier = "credit"
    score: MetricName = "credit_score"
    levels: dict[Code, Points] = Field(
        default={"excellent": Decimal(90), "good": Decimal(75), "fair": Decimal(60)}
    )
    """Lower bounds, inclusive, best first; the last grade of the scale takes the rest."""
    grades: tuple[Grade, ...] = (
        Grade(code="excellent", title=Words(en="excellent", zh="优")),
        Grade(code="good", title=Words(en="good", zh="良")),
        Grade(code="fair", title=Words(en="fair", zh="中")),
        Grade(code="poor", title=Words(en="poor", zh="差")),
    )


class ValueBands(Declared):
    """G08 and G06: grades by fixed bands of a value. Source: spec 6.8, 6.6."""

    method: Literal["value_bands"]
    id: Identifier = "bands"
    value: MetricName
    bands: dict[Code, Limit]
    """Lower bounds, inclusive, best grade first; the last grade of the scale takes the rest."""
    grades: tuple[Grade, ...] = ()


Method = Annotated[
    AbcRank
    | AbcCumulative
    | Scorecard
    | QualitySet
    | Rfm
    | CreditRating
    | ValueBands
    | Combination
    | Attractiveness
    | KeyAccount,
    Field(discriminator="method"),
]

CUTS = ("shares_pct", "cumulative_pct", "thresholds", "levels", "bands", "sum_thresholds")
"""The fields that hold the cuts of a method."""


def cut_table(method: Any) -> dict[str, Any] | None:
    """The table of cuts of a method (shares, thresholds, levels), or ``None`` if it has none."""
    for name in CUTS[:-1]:
        if isinstance(getattr(method, name, None), dict):
            table: dict[str, Any] = getattr(method, name)
            return table
    if isinstance(method, Rfm) and method.grade_by == "sum":
        return dict(method.sum_thresholds)
    return None


def _cut_name(method: Any) -> str:
    return next(name for name in CUTS if isinstance(getattr(method, name, None), dict))


def cut_faults(method: Any, codes: list[str], place: Path) -> Iterator[Fault]:
    """What is wrong between the cuts of a method and the grades of its scale, best first."""
    scale = (*place, "grades", "*", "code") if getattr(method, "grades", ()) else ("scale", "*", "code")
    for found in (*_segment_grade_faults(method, codes), *_table_faults(method, codes)):
        placed = found.under(place)
        yield placed.reading(placed.path, scale)


def _segment_grade_faults(method: Any, codes: list[str]) -> Iterator[Fault]:
    if not isinstance(method, Rfm) or method.grade_by != "segment":
        return
    for segment, code in method.segment_grades.items():
        if code not in codes:
            yield fault(
                "not-on-scale",
                "{code} is not on the scale {scale}",
                "{code} 不在等级表 {scale} 中",
                "segment_grades",
                segment,
                code=code,
                scale=", ".join(codes),
            )


def _table_faults(method: Any, codes: list[str]) -> Iterator[Fault]:
    table = cut_table(method)
    if table is None or len(codes) < 2:  # such a scale is a mistake of its own, and names no cuts
        return
    values = list(table.values())
    rising = isinstance(method, AbcRank | AbcCumulative)
    if list(table) != codes[:-1]:
        yield fault(
            "cuts-named",
            "cuts must name {codes} in this order (the last grade takes the rest)",
            "须依次给出 {codes} 的界限（最后一个等级取其余客户）",
            _cut_name(method),
            codes=", ".join(codes[:-1]),
        )
    elif values != sorted(set(values), reverse=not rising):
        yield fault(
            "cuts-rise" if rising else "cuts-fall",
            "cuts must rise from grade to grade without repeats"
            if rising
            else "cuts must fall from grade to grade without repeats",
            "各等级的界限须逐级递增且不重复" if rising else "各等级的界限须逐级递减且不重复",
            _cut_name(method),
        )
