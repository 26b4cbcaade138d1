"""The table behind a grade: every criterion, rating and metric with its value and status. Source: spec 8.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.grading.export import plain
from tierwise.grading.wording import metric_value, number, status_words
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.catalogue import METRICS, with_needs
from tierwise.policy.fingerprint import uses_of
from tierwise.policy.judged import CHARACTERISTICS

if TYPE_CHECKING:
    from tierwise.metrics.model import Use
    from tierwise.policy.model import Policy


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One number behind a grade."""

    code: str
    title: str
    value: str
    status: str
    window: str
    score: str = ""
    weight: str = ""
    points: str = ""
    exact: str | None = None
    """The number (score, day, code) behind ``value`` (or ``score``) with all its digits; None if there is none."""
    unit: str = ""
    """The unit of the metric; ``money`` is in the base currency; ``score`` for criteria."""
    status_code: str | None = None
    """The code behind ``status``."""
    exact_points: str | None = None
    own: str = ""
    """What a member of a graded unit contributes itself, beside ``value`` of the unit."""
    own_status: str = ""
    own_exact: str | None = None
    own_status_code: str | None = None


def component_rows(
    policy: Policy,
    graded: Mapping[str, Any],
    currency: str,
    lang: Lang,
    own: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> list[ComponentRow]:
    """Criteria of scorecards first, then ratings, characteristics of key accounts, and every metric.

    ``graded``: the row of the graded unit; ``own``: that of a member of it, where it has figures of its own;
    ``facts``: those of the methods, as the run stored them.
    """
    told = facts or {}
    rows = [row for m in policy.methods for row in _criteria(m, graded, lang, told.get(m.id, {}), currency)]
    rows += [row for method in policy.methods for row in _ratings(method, graded, lang)]
    rows += [row for method in policy.methods for row in _characteristics(method, graded, lang)]
    uses = [use for use in sorted(with_needs(uses_of(policy))) if use.column in graded]
    metrics = [_metric(use, graded, currency, lang) for use in uses]
    return rows + [_beside(row, use, own, currency, lang) for row, use in zip(metrics, uses, strict=True)]


def _beside(
    row: ComponentRow, use: Use, own: Mapping[str, Any] | None, currency: str, lang: Lang
) -> ComponentRow:
    """A metric of the unit with that of the member; none over the whole field, in which no member stands."""
    if own is None or METRICS[use.name].sort == "field":
        return row
    mine = _metric(use, own, currency, lang)
    return replace(
        row,
        own=mine.value,
        own_status=mine.status,
        own_exact=mine.exact,
        own_status_code=mine.status_code,
    )


def _metric(use: Use, graded: Mapping[str, Any], currency: str, lang: Lang) -> ComponentRow:
    stored, code = graded[use.column], graded.get(use.status)
    metric = METRICS[use.name]
    return ComponentRow(
        use.column,
        metric.title.in_lang(lang),
        metric_value(use.column, stored, lang, currency),
        status_words(code, lang),
        "" if use.months is None else f"{use.months}",
        exact=_exact(stored),
        unit=metric.unit,
        status_code=code,
    )


_AMONG = {
    "share_of_maximum": Text("{value}; the largest of {n} is {high}", "{value}；{n} 家中最大为 {high}"),
    "min_max": Text("{value}; {n} run from {low} to {high}", "{value}；{n} 家介于 {low} 至 {high}"),
    "percentile_bands": Text("{value} among {n} values", "{value}；共 {n} 家有值"),
}


def _among_others(told: Mapping[str, Any], graded: Mapping[str, Any], lang: Lang, currency: str) -> str:
    """The value among those of the others by which a criterion was scored; nothing for other kinds."""
    words, column = _AMONG.get(told.get("kind", "")), told.get("metric", "")
    if words is None or graded.get(column) is None:
        return ""
    ends = {name: None if told[name] is None else Decimal(told[name]) for name in ("low", "high")}
    values = {"value": graded[column], **ends}
    shown = {name: metric_value(column, value, lang, currency) for name, value in values.items()}
    return words.fill(lang, n=number(told["n"]), **shown)


def _criteria(
    method: Any, graded: Mapping[str, Any], lang: Lang, facts: Mapping[str, Any], currency: str
) -> list[ComponentRow]:
    rows = []
    stored = {told["code"]: told for told in facts.get("criteria", ())}
    for c in getattr(method, "criteria", ()):
        score = graded.get(f"{method.id}_{c.code}_score")
        status = graded.get(f"{method.id}_{c.code}_status")
        top, weight = c.top, c.weight
        points = None if score is None else score * weight / top
        title = c.title.zh if lang == "zh" else c.title.en
        by = graded.get(f"{method.id}_{c.code}_assessor")
        on = graded.get(f"{method.id}_{c.code}_assessed_on")
        rows.append(
            ComponentRow(
                f"{method.id}.{c.code}",
                title,
                f"{by}, {on}" if by else _among_others(stored.get(c.code, {}), graded, lang, currency),
                status_words(status, lang),
                "",
                "—" if score is None else f"{number(score)} / {number(top)}",
                f"{number(weight)} %" if lang == "en" else f"{number(weight)}%",
                "—" if points is None else number(points),
                exact=_exact(score),
                unit="score",
                status_code=status,
                exact_points=_exact(points),
            )
        )
    return rows


def _ratings(method: Any, graded: Mapping[str, Any], lang: Lang) -> list[ComponentRow]:
    rows = []
    for rating in getattr(method, "ratings", ()):
        given = graded.get(f"{method.id}_{rating.code}_rating")
        status = graded.get(f"{method.id}_{rating.code}_status")
        weight = number(rating.weight_pct)
        rows.append(
            ComponentRow(
                f"{method.id}.{rating.code}",
                rating.title.in_lang(lang),
                "",
                status_words(status, lang),
                "",
                "—" if given is None else f"{number(given)} / 5",
                f"{weight} %" if lang == "en" else f"{weight}%",
                exact=_exact(given),
                unit="score",
                status_code=status,
            )
        )
    return rows


_ANSWERS: dict[bool | None, Text] = {
    True: Text("met", "符合"),
    False: Text("not met", "不符合"),
    None: Text("not known", "未知"),
}
_CORRECTED = Text(
    "corrected by {by}, {on}: {why} (facts: {found})", "{by} 于 {on} 更正：{why}（数据显示：{found}）"
)


def _characteristics(method: Any, graded: Mapping[str, Any], lang: Lang) -> list[ComponentRow]:
    """What facts or people say of each characteristic; nothing where the unit was not evaluated."""
    if method.method != "key_account" or graded.get(f"{method.id}_kc_02") is None:
        return []
    rows = []
    for code, title in CHARACTERISTICS.items():
        name = f"{method.id}_{code}"
        by, answer = graded.get(f"{name}_by"), _ANSWERS[graded.get(name)].in_lang(lang)
        found = _ANSWERS[graded.get(f"{name}_found")].in_lang(lang)
        slots = {"by": by, "on": graded.get(f"{name}_on"), "why": graded.get(f"{name}_why"), "found": found}
        rows.append(
            ComponentRow(
                f"{method.id}.{code}",
                title.in_lang(lang),
                _CORRECTED.fill(lang, **slots) if by else "",
                "",
                "",
                answer,
                exact=None if graded.get(name) is None else str(graded[name]).lower(),
                unit="flag",
                status_code="corrected" if by else None,
            )
        )
    return rows


def _exact(value: Any) -> str | None:
    """A stored value as text with all its digits and no needless zeros."""
    return None if value is None else plain(value)
