"""Codes of movement in words. Source: spec 8.2, 8.3, 4.5."""

from __future__ import annotations

from tierwise.kernel.text import Lang, Text

MOVEMENTS: dict[str, Text] = {
    "new": Text("new", "新进入"),
    "reactivated": Text("reactivated", "重新激活"),
    "lost": Text("lost", "流失"),
    "upgrade": Text("upgrade", "升级"),
    "downgrade": Text("downgrade", "降级"),
    "stable": Text("stable", "不变"),
    "inactive": Text("inactive as before", "仍未参评"),
    "assigned": Text("first grade by override", "经人工调整首次定级"),
    "ended": Text("grade ended", "等级终止"),
    "other_scale": Text("moved to another family of grades", "转入另一等级体系"),
}
EVENTS: dict[str, Text] = {
    **{code: text for code, text in MOVEMENTS.items() if code not in ("stable", "inactive")},
    "near_cut_up": Text("near the next better grade", "临近升级"),
    "near_cut_down": Text("near the next worse grade", "临近降级"),
    "flag_on": Text("flag up", "出现标记"),
    "flag_off": Text("flag down", "标记解除"),
}
CAUSES: dict[str, Text] = {
    "run": Text("computed", "计算结果"),
    "confirmed_upgrade": Text("upgrade confirmed", "升级已确认"),
    "confirmed_downgrade": Text("downgrade confirmed", "降级已确认"),
    "no_purchase": Text("nothing bought in the window", "窗口内无购买"),
    "left_population": Text("left the population", "退出参评范围"),
    "override": Text("override", "人工调整"),
    "override_expired": Text("override ended", "人工调整到期"),
    "initial": Text("first grade", "首次定级"),
}
NEAR: dict[str, Text] = {
    "up": Text("near the next better grade", "临近升级"),
    "down": Text("near the next worse grade", "临近降级"),
    "both": Text("near both", "两端临界"),
}
KINDS: dict[str, Text] = {
    "official": Text("official", "正式"),
    "rerun": Text("re-run", "重算"),
    "historical": Text("historical", "历史"),
}


def said(words: dict[str, Text], code: str | None, lang: Lang) -> str | None:
    """A code in words; a code that nobody declared stays as it is."""
    return words[code].in_lang(lang) if code in words else code
