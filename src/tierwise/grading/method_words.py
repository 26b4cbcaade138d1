"""What the sentences of single methods need besides their standard columns. Source: spec 8.1, decision 0006."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tierwise.grading.wording import status_words
from tierwise.kernel.text import Lang, Text, Words
from tierwise.policy.combine import MEMBER, OUTSIDE

if TYPE_CHECKING:
    from tierwise.policy.model import Policy

_SET = {MEMBER: Text("member", "入选"), OUTSIDE: Text("not a member", "未入选")}
_UNKNOWN_STATE = Text("the relationship is not assessed", "客户关系未评估")
_BOUGHT = {True: Text("with purchases", "已有购买"), False: Text("no purchase yet", "尚无购买")}
_RELATION = Text(", relationship: {state}", "，关系：{state}")
_PROFIT_SET = {
    True: Text(
        "In the profit set: one of the few that bring most of the profit.",
        "属于利润集合（贡献大部分利润的少数客户）。",
    ),
    False: Text("Not in the profit set.", "不属于利润集合。"),
}
LEVELS = Words({"high": Text("high", "高"), "medium": Text("medium", "中"), "low": Text("low", "低")})
STATES = Words(
    {
        "limited": Text("limited", "目前相当有限"),
        "potential": Text("with potential", "有发展潜力"),
        "developing": Text("developing", "发展中"),
        "good": Text("good", "良好"),
        "very_strong": Text("very strong", "非常牢固"),
        "defensive": Text("on the defensive", "防守阶段"),
        "regressing": Text("regressing", "倒退中"),
    }
)
FELL_BACK = Text("So the method {family} grades in its place.", "因此改由方法 {family} 定级。")
_NO_GRADE = Text("no grade", "无等级")


def own_slots(
    method: Any, policy: Policy, row: Mapping[str, Any], graded: Mapping[str, Any], lang: Lang
) -> dict[str, Any]:
    """The slots of one method's sentences. ``row``: its own columns; ``graded``: the row of the graded unit."""
    if method.method == "combination":
        return {"components": _components(method, policy, graded, lang)}
    if method.method in ("attractiveness", "key_account"):
        return _lacking(method, row, lang) | (
            _matrix(row, lang) if method.method == "attractiveness" else _set(row, lang)
        )
    return {}


def _lacking(method: Any, row: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """The ratings that are missing or cannot be right, by their titles; for the matrix also the relationship."""
    named: dict[str, list[str]] = {"missing": [], "invalid": []}
    for rating in method.ratings:
        status = row.get(f"{rating.code}_status")
        if status == "invalid":
            named["invalid"].append(rating.title.in_lang(lang))
        elif status in ("missing", "expired"):
            why = status_words(status, lang)
            title = rating.title.in_lang(lang)
            named["missing"].append(f"{title}（{why}）" if lang == "zh" else f"{title} ({why})")
    if row.get("reason") == "matrix.open" and not named["missing"]:
        named["missing"].append(_UNKNOWN_STATE.in_lang(lang))
    joiner = "、" if lang == "zh" else ", "
    return {name: joiner.join(parts) for name, parts in named.items()}


def _matrix(row: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """Level, purchase and relationship in words."""
    level, state = row.get("level"), row.get("relationship")
    bought = _BOUGHT[bool(row.get("purchased"))].in_lang(lang)
    relation = _RELATION.fill(lang, state=STATES.say(state, lang)) if state else ""
    return {"level": LEVELS.say(level, lang) if level else "—", "purchase": bought, "relationship": relation}


def _set(row: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """Whether the customer is in the profit set."""
    return {"profit_set": _PROFIT_SET[bool(row.get("member"))].in_lang(lang)}


def _components(method: Any, policy: Policy, graded: Mapping[str, Any], lang: Lang) -> str:
    """``abc A, credit good``: what each component said."""
    parts = [f"{name} {_said(name, policy, graded, lang)}" for name in method.of]
    return ("、" if lang == "zh" else ", ").join(parts)


def _said(name: str, policy: Policy, graded: Mapping[str, Any], lang: Lang) -> str:
    method = next(one for one in policy.methods if one.id == name)
    if method.method == "quality_set":
        known = graded.get(f"{name}_status") == "graded"
        member = MEMBER if graded.get(f"{name}_member") else OUTSIDE
        return _SET[member].in_lang(lang) if known else _NO_GRADE.in_lang(lang)
    code: str | None = graded.get("grade_before_gates" if method is policy.leading else f"{name}_grade")
    titles = {grade.code: grade.title.in_lang(lang) for grade in policy.scale_of(method)}
    if code is None:
        return _NO_GRADE.in_lang(lang)
    return titles.get(code, code) if code.islower() else code
