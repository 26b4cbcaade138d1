"""What is wrong with a policy: the rules between its parts, and its metrics against the catalogue. Source: spec 6.13."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel

from tierwise.book.contract import choices
from tierwise.kernel.errors import Problem
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import Metric, split_window
from tierwise.policy.base import Fault, Path, fault, show_path
from tierwise.policy.model import (
    RFM_SEGMENTS,
    AbcCumulative,
    AbcRank,
    Attractiveness,
    Condition,
    CreditRating,
    Criterion,
    Declared,
    FromAssessment,
    FromBands,
    FromEnum,
    FromLinear,
    FromMaximum,
    FromMetric,
    FromMinMax,
    FromPlaces,
    FromRank,
    KeyAccount,
    Policy,
    QualitySet,
    Rfm,
    Scorecard,
    ValueBands,
)

MAX_WINDOW_MONTHS = 120
SCORES_OF_CREDIT = ("credit_score", "on_time_rate_pct", "on_time_rate_adjusted_pct")
"""Metrics that run from 0 to 100 and say how somebody pays."""

Fit = Literal["number", "more", "sum", "score", "credit", "days", "flag", "code"]
"""What a use asks of a metric: any number, one that adds up, a 0-100 score, a 0-100 credit figure, days, a yes
or no, a code."""


@dataclass(frozen=True, slots=True)
class Named:
    """A metric named by a policy: as written, where, and what it is needed for."""

    text: str
    path: Path
    fit: Fit
    beside: tuple[Path, ...] = ()
    """Where else is said what it is needed for."""


def check_policy(policy: Policy) -> list[Problem]:
    """Everything that is wrong with a policy, without lines; empty for a sound one."""
    return [Problem(f.code, f.text, f.slots, column=show_path(f.path)) for f in faults_of(policy)]


def faults_of(policy: Policy) -> Iterator[Fault]:
    """Every broken rule, each with its place: between fields first, then against the catalogue."""
    for path, part in parts_of(policy):
        yield from (found.under(path) for found in part.faults())
    for named in metrics_of(policy):
        for found in _metric_faults(named, policy.window_months):
            yield found.under(named.path).reading(named.path, *named.beside)
    for path, method in policy.placed():
        yield from (found.under(path) for found in _method_faults(method))
    for at, gate in enumerate(policy.gates):
        yield from (found.under(("gates", at, "when")) for found in _code_faults(gate.when))
    yield from _leading_scale_faults(policy)
    yield from _id_faults(policy)


def parts_of(part: Any, path: Path = ()) -> Iterator[tuple[Path, Declared]]:
    """The part itself and every part in it, with their places."""
    if isinstance(part, Declared):
        yield path, part
    if isinstance(part, BaseModel):
        for name, field in type(part).model_fields.items():
            yield from parts_of(getattr(part, name), (*path, field.alias or name))
    elif isinstance(part, tuple):
        for at, item in enumerate(part):
            yield from parts_of(item, (*path, at))


def metrics_of(policy: Policy) -> Iterator[Named]:
    """Every metric that the policy names (a tie-break only where ties are broken), with its place."""
    for path, method in policy.placed():
        for named in metrics_of_method(method):
            yield Named(named.text, path + named.path, named.fit)
    for at, gate in enumerate(policy.gates):
        place = ("gates", at, "when")
        yield Named(gate.when.metric, (*place, "metric"), _fit_of(gate.when), ((*place, "is"),))


def _fit_of(condition: Condition) -> Fit:
    if condition.answer is None:
        return "number"
    return "flag" if isinstance(condition.answer, bool) else "code"


def metrics_of_method(method: Any) -> Iterator[Named]:
    """Every metric that a method names, with its place in it."""
    if isinstance(method, AbcRank):
        yield Named(method.value, ("value",), "more")
        for at, step in enumerate(method.tie_break if method.tie_rule == "break" else ()):
            yield Named(step.metric, ("tie_break", at, "metric"), "number")
    elif isinstance(method, AbcCumulative):
        yield Named(method.value, ("value",), "sum")
    elif isinstance(method, ValueBands):
        yield Named(method.value, ("value",), "more")
    elif isinstance(method, Rfm):
        yield Named(method.recency, ("recency",), "days")
        yield Named(method.frequency, ("frequency",), "number")
        yield Named(method.monetary, ("monetary",), "number")
    elif isinstance(method, CreditRating):
        yield Named(method.score, ("score",), "credit")
    elif isinstance(method, Attractiveness | KeyAccount):
        yield from _judged_metrics(method)
    elif isinstance(method, Scorecard | QualitySet):
        yield from _card_metrics(method)


def _judged_metrics(method: Attractiveness | KeyAccount) -> Iterator[Named]:
    for at, rating in enumerate(method.ratings):
        if rating.proposal is not None:
            yield Named(rating.proposal, ("ratings", at, "proposal"), "number")
    if isinstance(method, KeyAccount):
        yield Named(method.profit, ("profit",), "sum")
        yield Named(method.sales_share, ("sales_share",), "number")
        if method.expected is not None:
            yield Named(method.expected, ("expected",), "sum")
        if method.work is not None:
            yield Named(method.work, ("work",), "sum")


def _card_metrics(method: Scorecard | QualitySet) -> Iterator[Named]:
    for at, criterion in enumerate(method.criteria):
        source, path = criterion.source, ("criteria", at, "source", "metric")
        if isinstance(source, FromMetric):
            yield Named(source.metric, path, "score")
        elif (
            isinstance(source, FromBands | FromLinear | FromRank | FromMaximum | FromMinMax | FromPlaces)
            and source.metric is not None
        ):
            yield Named(source.metric, path, "number")
    if isinstance(method, QualitySet):
        yield Named(method.positive, ("positive",), "number")


def _metric_faults(named: Named, window_months: int) -> Iterator[Fault]:
    try:
        use = use_of(named.text, window_months)
    except KeyError:
        yield _unknown_metric(named.text)
        return
    except ValueError:
        yield fault(
            "window", "{metric} has no window", "指标 {metric} 没有窗口", metric=split_window(named.text)[0]
        )
        return
    if use.months is not None and not 1 <= use.months <= MAX_WINDOW_MONTHS:
        yield fault(
            "window-length",
            "a window has 1 to {limit} months, not {months}",
            "窗口为 1 至 {limit} 个月，而非 {months} 个月",
            limit=MAX_WINDOW_MONTHS,
            months=use.months,
        )
    yield from _fit_faults(METRICS[use.name], named.fit)


def _unknown_metric(text: str) -> Fault:
    name, months = split_window(text)
    close = [f"{near}_{months}m" if months else near for near in get_close_matches(name, METRICS, 3, 0.6)]
    if not close:
        return fault(
            "unknown-metric",
            "there is no metric {metric}; `tierwise metrics list` shows all",
            "没有指标 {metric}；全部指标见 `tierwise metrics list`",
            metric=text,
        )
    return fault(
        "unknown-metric",
        "there is no metric {metric}; did you mean {close}?",
        "没有指标 {metric}；是否指 {close}？",
        metric=text,
        close=", ".join(close),
    )


_FITS: dict[Fit, tuple[str, str]] = {
    "number": ("a number", "数值型指标"),
    "more": ("a number of which more is better", "数值越大越好的指标"),
    "sum": ("a number that adds up (money, quantity or count)", "可加总的指标（金额、数量或次数）"),
    "score": ("a score from 0 to 100 such as credit_score", "0 至 100 的得分，如 credit_score"),
    "credit": ("a credit figure from 0 to 100: " + ", ".join(SCORES_OF_CREDIT),
               "0 至 100 的信用指标：" + "、".join(SCORES_OF_CREDIT)),
    "days": ("a number of days such as recency_days", "以天计的指标，如 recency_days"),
    "flag": ("a yes or no such as silent_churn", "是否型指标，如 silent_churn"),
    "code": ("a code such as lifecycle", "代码型指标，如 lifecycle"),
}  # fmt: skip


def _fits(metric: Metric, fit: Fit) -> bool:
    if fit == "credit":
        return metric.name in SCORES_OF_CREDIT
    units = {
        "sum": ("money", "quantity", "count"),
        "score": ("score",),
        "days": ("days",),
        "flag": ("flag",),
        "code": ("code",),
    }
    if fit == "more":
        return metric.unit not in ("date", "flag", "rank", "code") and not metric.less_is_better
    if fit == "number":
        return metric.unit not in ("date", "flag", "code")
    return metric.unit in units[fit]


def _fit_faults(metric: Metric, fit: Fit) -> Iterator[Fault]:
    if not _fits(metric, fit):
        en, zh = _FITS[fit]
        yield fault(
            "metric-kind",
            "{metric} ({unit}) does not fit here; needed is " + en,
            "指标 {metric}（{unit}）不适用于此处，须为" + zh,
            metric=metric.name,
            unit=metric.unit,
        )


def _id_faults(policy: Policy) -> Iterator[Fault]:
    """Ids of which one continues another: their result columns could not be told apart."""
    ids = [method.id for method in policy.methods]
    for path, method in policy.placed():
        other = next((one for one in ids if method.id.startswith(f"{one}_")), None)
        if other is not None:
            yield fault(
                "id-continues",
                "{id} continues the id {other} of another method; result columns could share names",
                "{id} 以另一方法的 id {other} 开头，结果列可能重名",
                "id",
                id=method.id,
                other=other,
            ).under(path)


def _method_faults(method: Any) -> Iterator[Fault]:
    if method.id in METRICS:
        yield fault(
            "id-is-metric",
            "{id} is the name of a metric; result columns would share names",
            "{id} 是指标名，结果列会重名",
            "id",
            id=method.id,
        )
    if isinstance(method, Rfm) and method.grade_by == "segment":
        yield from _segment_faults(method)
    if isinstance(method, Scorecard | QualitySet):
        yield from _denominator_faults(method.criteria)
        for at, criterion in enumerate(method.criteria):
            yield from (f.under(("criteria", at, "source")) for f in _source_faults(criterion))


def _code_faults(condition: Condition) -> Iterator[Fault]:
    """Codes that the metric of a condition never takes."""
    metric = METRICS.get(
        split_window(condition.metric)[0] if condition.metric not in METRICS else condition.metric
    )
    if not isinstance(condition.answer, tuple) or metric is None or not metric.codes:
        return
    known = [choice.code for choice in metric.codes]
    for at, code in enumerate(condition.answer):
        if code not in known:
            yield fault(
                "unknown-value",
                "{attribute} has no value {value}; there are {known}",
                "{attribute} 没有取值 {value}；可用：{known}",
                "is",
                at,
                attribute=condition.metric,
                value=code,
                known=", ".join(known),
            ).reading(("is", at), ("metric",))


def _segment_faults(method: Rfm) -> Iterator[Fault]:
    known = RFM_SEGMENTS[method.segments]
    for segment in method.segment_grades:
        if segment not in known:
            yield fault(
                "unknown-segment",
                "there is no segment {segment}; there are {known}",
                "没有细分 {segment}；可用：{known}",
                "segment_grades",
                segment,
                segment=segment,
                known=", ".join(known),
            ).reading(("segments",), ("segment_grades", segment))
    if missing := [segment for segment in known if segment not in method.segment_grades]:
        yield fault(
            "segment-without-grade",
            "these segments have no grade: {missing}",
            "下列细分没有等级：{missing}",
            "segment_grades",
            missing=", ".join(missing),
        ).reading(("segments",), ("segment_grades",))


def _denominator_faults(criteria: tuple[Criterion, ...]) -> Iterator[Fault]:
    """At most one score of a card has a denominator of its own (decision 0004)."""
    own = [at for at, criterion in enumerate(criteria) if isinstance(criterion.source, FromMetric)]
    for at in own[1:]:
        yield fault(
            "two-metric-scores",
            "only one criterion of a card may be a metric_score (its denominator is its own); "
            "use metric_linear from 0 to 100",
            "一张评分卡只能有一个 metric_score 评分项（其分母自成一体）；请改用 0 至 100 的 metric_linear",
            "criteria",
            at,
            "source",
            "kind",
        )


_VALUES = {
    "ownership_nature": choices.OWNERSHIP_NATURE,
    "relation_type": choices.RELATION_TYPE,
    "party_type": choices.PARTY_TYPE,
    "kind": choices.CUSTOMER_KIND,
}


def _source_faults(criterion: Criterion) -> Iterator[Fault]:
    source = criterion.source
    if isinstance(source, FromBands) and source.bands[-1].start is not None:
        yield fault(
            "bands-gap",
            "the last band must be from: null, otherwise lower values have no points",
            "最后一档须为 from: null，否则更低的值没有分数",
            "bands",
            len(source.bands) - 1,
            "from",
        )
    if isinstance(source, FromEnum):
        yield from _value_faults(source.attribute, "points", tuple(source.points))
    if isinstance(source, FromAssessment) and source.attribute is not None:
        yield from _value_faults(source.attribute, "attribute_levels", tuple(source.attribute_levels))


def _value_faults(attribute: str, field: str, values: tuple[str, ...]) -> Iterator[Fault]:
    known = [choice.code for choice in _VALUES[attribute]]
    for value in values:
        if value not in known:
            yield fault(
                "unknown-value",
                "{attribute} has no value {value}; there are {known}",
                "{attribute} 没有取值 {value}；可用：{known}",
                field,
                value,
                attribute=attribute,
                value=value,
                known=", ".join(known),
            )


def _leading_scale_faults(policy: Policy) -> Iterator[Fault]:
    own = [grade.code for grade in policy.scale_of(policy.leading)]
    scale = [grade.code for grade in policy.scale]
    if own != scale:
        yield Fault(
            "policy.leading-scale",
            fault("", "the leading method grades by {own}; state the same codes as the policy's scale",
                  "主导方法的等级为 {own}；请把策略的等级表（scale）写成相同代码").text,
            ("leading",),
            {"own": ", ".join(own)},
            (("scale",),),
        )  # fmt: skip
