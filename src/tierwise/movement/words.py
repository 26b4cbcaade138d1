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
    "merged": Text("merged into another customer", "并入其他客户"),
    "unrated": Text("no grade: data is missing", "因缺少数据失去等级"),
    "rated": Text("graded again: data came", "补齐数据后重新定级"),
}
_OF_RUNS = ("unrated", "rated")
"""Movements between two runs that the chain of effective grades does not know."""
EVENTS: dict[str, Text] = {
    **{code: text for code, text in MOVEMENTS.items() if code not in ("stable", "inactive", *_OF_RUNS)},
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
STATES: dict[str, Text] = {
    "NEW": Text("new", "新"),
    "INACTIVE": Text("inactive", "未参评"),
    "UNGRADED": Text("data missing", "缺数据"),
    "MERGED": Text("merged", "已合并"),
}
"""States beside the grades."""
MOVE_CAUSES: dict[str, Text] = {
    "data": Text("missing or late data", "数据缺失或迟到"),
    "policy": Text("policy change", "策略变更"),
    "own": Text("own facts", "自身变化"),
    "facts": Text("own facts and the field together", "自身与其他客户的变化"),
    "field": Text("change of the field", "其他客户的变化"),
    "override": Text("override", "人工调整"),
    "confirmation": Text("confirmation period", "确认期"),
}
"""What the step of a grade is split into."""
NO_LEVER: dict[str, Text] = {
    "not_graded": Text("it has no grade", "没有等级"),
    "group": Text("it has the grade of the unit above it", "等级取自上级单位"),
    "method": Text(
        "no single metric can be named for the method of this policy", "该策略的方法无法指明单一指标"
    ),
    "gate": Text("a gate decides, or would cap the better grade", "由门槛决定，或更高等级会被门槛封顶"),
    "fallback": Text("the fallback gave the grade", "等级由后备方法给出"),
    "best": Text("it has the best grade", "已是最高等级"),
    "out_of_reach": Text("no single metric reaches the next grade", "任何单一指标都达不到上一等级"),
}
"""Why there is no lever upwards."""
NO_FACT_LEVER: dict[str, Text] = {
    "no_metric": Text("no metric of this policy hangs on it", "该策略没有与之相关的指标"),
    "no_grade": Text("it has no grade of its own", "没有自身的等级"),
    "best": Text("it has the best grade", "已是最高等级"),
    "payments.nothing": Text("no payment came late", "没有逾期付款"),
    "payments.not_enough": Text("not even if every payment had come in time", "即使全部按时付款也不够"),
    "sale.not_enough": Text("not even with an order of ten milliard", "即使再下一百亿的订单也不够"),
    "orders.nothing": Text(
        "no order in the window says how large one is", "窗口内没有订单，无从得知每单金额"
    ),
    "orders.not_enough": Text("not even with a thousand more orders", "即使再下一千单也不够"),
    "cost.nothing": Text("no cost of what it bought is given", "其购买没有给出成本"),
    "cost.not_enough": Text("not even without any cost", "即使成本为零也不够"),
}
"""Why no change of the facts would bring a better grade; some words hang on the kind of fact."""
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
