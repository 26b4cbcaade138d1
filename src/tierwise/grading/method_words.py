"""What the sentences of single methods need besides their standard columns. Source: spec 8.1, decision 0006."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tierwise.kernel.text import Lang, Text
from tierwise.policy.combine import MEMBER, OUTSIDE

if TYPE_CHECKING:
    from tierwise.policy.model import Policy

_SET = {MEMBER: Text("member", "入选"), OUTSIDE: Text("not a member", "未入选")}
_NO_GRADE = Text("no grade", "无等级")


def own_slots(
    method: Any, policy: Policy, row: Mapping[str, Any], graded: Mapping[str, Any], lang: Lang
) -> dict[str, Any]:
    """The slots of one method's sentences. ``row``: its own columns; ``graded``: the row of the graded unit."""
    if method.method == "combination":
        return {"components": _components(method, policy, graded, lang)}
    return {}


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
