"""Codes of rehearsals in words. Decision 0018."""

from __future__ import annotations

from tierwise.kernel.text import Text
from tierwise.movement.words import MOVE_CAUSES, MOVEMENTS
from tierwise.rehearsal.rehearse import PREFIX

MOVES: dict[str, Text] = {
    **{code: MOVEMENTS[code] for code in ("upgrade", "downgrade", "other_scale")},
    "reactivated": Text("begins to be graded", "开始参评"),
    "rated": Text("graded, data suffices", "数据已足，获得等级"),
    "lost": Text("ceases to be graded", "不再参评"),
    "unrated": Text("data missing for a grade", "缺少评级所需数据"),
}
"""Kinds of move between two policies on one day."""
CAUSES: dict[str, Text] = {
    "policy": Text("policy", "策略"),
    f"{PREFIX}population": Text("who is graded", "参评范围"),
    f"{PREFIX}window": Text("window and settings", "窗口与参数"),
    f"{PREFIX}method": Text("method, metrics, cuts", "方法、指标与界线"),
    f"{PREFIX}gates": Text("gates", "门槛"),
    "override": MOVE_CAUSES["override"],
    "confirmation": MOVE_CAUSES["confirmation"],
}
"""What a step is split into; the sections of the policy add up to its part."""
