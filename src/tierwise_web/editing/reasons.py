"""Why somebody changed a fact: a closed list, with room for words."""

from __future__ import annotations

from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Lang, Text

LONGEST = 500

REASONS: dict[str, Text] = {
    "wrong_in_file": Text("the file or its source is wrong", "文件或来源系统有误"),
    "changed": Text("it changed at the customer", "客户情况发生变化"),
    "completed": Text("it was missing", "补充缺失信息"),
    "reorganised": Text("our responsibilities changed", "我方职责调整"),
    "duplicate": Text("two records of one customer", "同一客户的重复档案"),
    "other": Text("something else (see the note)", "其他（见备注）"),
}
CREATED = "created"
OWN: dict[str, Text] = {
    "assessment": Text("accepted assessment", "已接受的评估"),
    "ended": Text("correction ended", "终止更正"),
    "undone": Text("taken back", "撤回"),
    CREATED: Text("new customer", "新建客户"),
    "claimed": Text("taken from the pool", "从公海领取"),
}
"""Reasons that no form offers: they follow from what was done."""


def given_reason(text: str) -> str:
    """A reason in one's own words. **Raises** ``edit.required``, at its field, for none."""
    if not text.strip():
        raise TierwiseError([Problem("edit.required", Text("say why", "请说明原因"), column="reason")])
    return text.strip()[:LONGEST]


def reason_words(code: str, lang: Lang) -> str:
    """A reason in words."""
    found = REASONS.get(code) or OWN.get(code)
    return found.in_lang(lang) if found else code
