"""The lines of a scorecard: criteria and the closed set of sources of their points. Source: spec 6.3, 6.4."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tierwise.kernel.numbers import plain_number
from tierwise.metrics.settings import Number
from tierwise.policy.base import (
    Code,
    Declared,
    Fault,
    Identifier,
    Limit,
    MetricName,
    Points,
    Share,
    Words,
    fault,
)


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
    fixed: dict[Code, Points] = Field(default={})
    """Levels with fixed points instead of bands."""
    step: Annotated[Number, Field(gt=0, le=100, decimal_places=4)] | None = None
    """Scores come in steps of this size; another score is invalid."""
    attribute: Literal["ownership_nature"] | None = None
    """Where there is no assessment: the customer attribute that gives the level …"""
    attribute_levels: dict[Code, Code] = Field(default={})
    """… by this table, attribute value -> level of ``fixed``."""

    def faults(self) -> Iterator[Fault]:
        if self.levels and self.fixed:
            yield fault(
                "levels-or-fixed", "give either levels or fixed, not both", "levels 与 fixed 只能给一个"
            )
        yield from _level_faults(self.levels)
        yield from self._attribute_faults()

    def _attribute_faults(self) -> Iterator[Fault]:
        if (self.attribute is None) != (not self.attribute_levels):
            yield fault(
                "attribute-table",
                "attribute and attribute_levels go together",
                "attribute 与 attribute_levels 须同时给出",
            )
        for value, level in self.attribute_levels.items():
            if level not in self.fixed:
                yield fault(
                    "attribute-level",
                    "level {level} has no fixed points",
                    "等级 {level} 没有固定分值（fixed）",
                    "attribute_levels",
                    value,
                    level=level,
                )


def _level_faults(levels: tuple[Level, ...]) -> Iterator[Fault]:
    codes = [level.code for level in levels]
    if len(set(codes)) != len(codes):
        yield fault("levels-differ", "codes of levels must differ", "等级代码不得重复", "levels")
    bounds = [level.min for level in levels]
    if bounds != sorted(set(bounds), reverse=True):
        yield fault(
            "levels-descend",
            "lower bounds must descend, best level first, without repeats",
            "下限须从最好的等级起递减且不重复",
            "levels",
        )
    elif bounds and bounds[-1] != 0:
        yield fault(
            "levels-gap",
            "the last level must start at 0, otherwise lower scores have no level",
            "最后一个等级须从 0 起，否则更低的分数没有等级",
            "levels",
            len(levels) - 1,
            "min",
        )


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

    def faults(self) -> Iterator[Fault]:
        if (self.metric is None) == (self.attribute is None):
            yield fault(
                "one-source", "name either a metric or an attribute", "须且只能给出指标或客户属性之一"
            )
        starts = [band.start for band in self.bands]
        for at, start in enumerate(starts[:-1]):
            if start is None:
                yield fault(
                    "band-null",
                    "only the last band may have from: null",
                    "只有最后一档可以写 from: null",
                    "bands",
                    at,
                )
        known = [start for start in starts if start is not None]
        if known != sorted(set(known), reverse=True):
            yield fault(
                "bands-descend",
                "bounds must descend, best first, without repeats",
                "各档下限须从最好的一档起递减且不重复",
                "bands",
            )


class FromLinear(Declared):
    """Points linear between two anchors of a metric, clipped to 0 … maximum."""

    kind: Literal["metric_linear"]
    metric: MetricName
    zero_at: Limit
    full_at: Limit

    def faults(self) -> Iterator[Fault]:
        if self.zero_at == self.full_at:
            yield fault(
                "anchors", "zero_at and full_at must differ", "zero_at 与 full_at 不得相等", "full_at"
            )


class FromEnum(Declared):
    """Fixed points by a customer attribute with a closed list of values."""

    kind: Literal["fixed_by_enum"]
    attribute: Literal["ownership_nature", "relation_type", "party_type", "kind"]
    points: dict[Code, Points] = Field(default={})
    otherwise: Points | None = None
    """Points of a value that is not listed; null leaves the criterion missing."""

    def faults(self) -> Iterator[Fault]:
        if not self.points and self.otherwise is None:
            yield fault("no-points", "give points or otherwise", "须给出 points 或 otherwise")


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


class FromMaximum(Declared):
    """Share of the largest value in the population: 100 x value / maximum; zero or less scores 0. Source: spec 6.4."""

    kind: Literal["share_of_maximum"]
    metric: MetricName


class FromMinMax(Declared):
    """Between the smallest and the largest value: 100 x (value - minimum) / (maximum - minimum). Source: spec 6.4."""

    kind: Literal["min_max"]
    metric: MetricName
    better: Literal["more", "less"] = "more"
    nonpositive_is_zero: bool = True
    """A value <= 0 scores 0 wherever it stands (only where more is better)."""


class PlaceBand(Declared):
    """Points for the best so many percent of the customers with a value."""

    top_pct: Share
    points: Points


class FromPlaces(Declared):
    """Points by place: the first band of the best so many percent that holds the customer. Source: spec 6.4."""

    kind: Literal["percentile_bands"]
    metric: MetricName
    better: Literal["more", "less"] = "more"
    nonpositive_is_zero: bool = True
    """A value <= 0 scores 0 whatever its place (only where more is better)."""
    bands: tuple[PlaceBand, ...] = Field(min_length=1)

    def faults(self) -> Iterator[Fault]:
        shares = [band.top_pct for band in self.bands]
        if shares != sorted(set(shares)):
            yield fault(
                "places-ascend",
                "top_pct must rise, best band first, without repeats",
                "top_pct 须从最好的一档起递增且不重复",
                "bands",
            )
        elif shares[-1] != 100:
            yield fault(
                "places-gap",
                "the last band must reach 100 percent, otherwise the rest has no points",
                "最后一档须到 100%，否则其余客户没有分数",
                "bands",
                len(shares) - 1,
                "top_pct",
            )


FromField = FromRank | FromMaximum | FromMinMax | FromPlaces
"""Sources that score a customer among the others: the score moves when others move."""
FIELD_KINDS = ("rank_score", "share_of_maximum", "min_max", "percentile_bands")

Source = Annotated[
    FromAssessment | FromBands | FromLinear | FromEnum | FromMetric | FromField, Field(discriminator="kind")
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

    def faults(self) -> Iterator[Fault]:
        if (self.max_points is None) == (self.weight_pct is None):
            yield fault(
                "points-or-weight",
                "give either max_points or weight_pct",
                "须且只能给出 max_points 或 weight_pct 之一",
            ).reading(("max_points",), ("weight_pct",))
            return
        if self.max_points == 0:
            yield fault("no-maximum", "max_points must be more than 0", "max_points 须大于 0", "max_points")
        yield from self._beyond_top()

    def _beyond_top(self) -> Iterator[Fault]:
        for path, points in _stated_points(self.source):
            if points > self.top:
                yield fault(
                    "beyond-maximum",
                    "{points} is more than the criterion's maximum {top}",
                    "{points} 超过了该评分项的满分 {top}",
                    "source",
                    *path,
                    points=points,
                    top=self.top,
                )


def _stated_points(source: Declared) -> Iterator[tuple[tuple[str | int, ...], Decimal]]:
    if isinstance(source, FromAssessment):
        yield from ((("levels", at, "min"), level.min) for at, level in enumerate(source.levels))
        yield from ((("fixed", code), points) for code, points in source.fixed.items())
    elif isinstance(source, FromBands):
        yield from ((("bands", at, "points"), band.points) for at, band in enumerate(source.bands))
    elif isinstance(source, FromPlaces):
        yield from ((("bands", at, "points"), place.points) for at, place in enumerate(source.bands))
    elif isinstance(source, FromEnum):
        yield from ((("points", code), points) for code, points in source.points.items())
        if source.otherwise is not None:
            yield ("otherwise",), source.otherwise


_WEIGHTS = (("criteria", "*", "max_points"), ("criteria", "*", "weight_pct"))


def card_faults(criteria: tuple[Criterion, ...]) -> Iterator[Fault]:
    """The broken rules between the criteria of one card."""
    codes = [criterion.code for criterion in criteria]
    for at, code in enumerate(codes):
        if code in codes[:at]:
            yield fault(
                "criteria-differ",
                "the code {code} is used twice",
                "评分项代码 {code} 重复",
                "criteria",
                at,
                "code",
                code=code,
            )
    weights = [c.weight_pct if c.weight_pct is not None else c.max_points for c in criteria]
    total = sum((weight for weight in weights if weight is not None), Decimal(0))
    if len({criterion.max_points is None for criterion in criteria}) > 1:
        yield fault(
            "criteria-mixed",
            "either all criteria have max_points or all have weight_pct",
            "各评分项须统一使用 max_points 或统一使用 weight_pct",
            "criteria",
        ).reading(*_WEIGHTS)
    elif total != 100:
        yield fault(
            "criteria-total",
            "weights or maxima add to {total}, not to 100",
            "权重或满分之和为 {total}，应为 100",
            "criteria",
            total=plain_number(total),
        ).reading(*_WEIGHTS)
