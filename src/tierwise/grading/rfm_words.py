"""The cuts of RFM in words: what each value scored, and from where the other scores begin. Source: spec 6.9, 8.1."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tierwise.grading.pointing import FIELD, pointed, pointed_value
from tierwise.grading.wording import metric_title, metric_use, metric_value, number
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.catalogue import METRICS

_PARTS = {"r": "recency", "f": "frequency", "m": "monetary"}
_ONE = Text("{letter} {score}: {title} {value}{limits}", "{letter} {score}：{title} {value}{limits}")
_WITHIN = Text(" (ranked among customers of the same {before})", "（在 {before} 得分相同的客户中排名）")
_SUM = Text(" Sum: {cuts}.", "合计：{cuts}。")


def rfm_cuts(
    method: Any,
    facts: Mapping[str, Any],
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    lang: Lang,
    currency: str,
) -> str:
    """The three values with the limits of their scores, then the thresholds of the sum; empty without scores.

    ``row``: the method's own columns; ``values``: the columns of the graded unit.
    """
    if row.get("r") is None:
        return ""
    parts = [_dimension(d, facts, row, values, lang, currency) for d in _PARTS]
    said = ("；" if lang == "zh" else "; ").join(parts) + ("。" if lang == "zh" else ".")
    if method.grade_by != "sum":
        return said
    cuts = [
        f"{code} ≥ {pointed(number(Decimal(limit)), FIELD)}" for code, limit in method.sum_thresholds.items()
    ]
    return said + _SUM.fill(lang, cuts=("，" if lang == "zh" else ", ").join(cuts))


def _dimension(
    d: str,
    facts: Mapping[str, Any],
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    lang: Lang,
    currency: str,
) -> str:
    column = facts[_PARTS[d]]
    limits = _limits(d, facts, column, row[d], lang, currency)
    return _ONE.fill(
        lang,
        letter=d.upper(),
        score=row[d],
        title=metric_title(column, lang).split(" (")[0].split("（")[0],
        value=pointed_value(column, values.get(column), lang, currency),
        limits=limits,
    )


def _limits(d: str, facts: Mapping[str, Any], column: str, reached: int, lang: Lang, currency: str) -> str:
    """The limits of all scores; marked is the one that was reached, below all of them the next one."""
    if facts.get("binning") == "nested" and facts.get("scoring") == "rank":
        before = {"r": "", "f": "R", "m": "R, F" if lang == "en" else "R、F"}[d]
        return _WITHIN.fill(lang, before=before) if before else ""
    cuts = facts.get("cuts", {}).get(d) or []
    steps = _steps(cuts, facts, column)
    mine = max(reached, min((score for score, _, _ in steps), default=reached))
    shown = []
    for score, sign, cut in steps:
        limit = metric_value(column, Decimal(cut), lang, currency)
        shown.append(f"{score}: {sign} {pointed(limit, f'{FIELD}:{column}') if score == mine else limit}")
    if not shown:
        return ""
    return "（" + "，".join(shown) + "）" if lang == "zh" else " (" + ", ".join(shown) + ")"


def _steps(cuts: list[str | None], facts: Mapping[str, Any], column: str) -> list[tuple[int, str, str]]:
    """Score, sign and limit from 5 down to 2. Quantiles are kept ascending, and a value at one has reached it."""
    use = metric_use(column)
    less = use is not None and METRICS[use.name].less_is_better
    quantiles = facts.get("scoring") == "quantile_bins"
    ordered = cuts if not quantiles or less else list(reversed(cuts))
    sign = ("<" if quantiles else "≤") if less else "≥"
    return [(5 - i, sign, cut) for i, cut in enumerate(ordered) if cut is not None]
