"""The stories planted in the sample company, by the customer's place in its block of 240.

Each block begins with a group of seven and one customer per story, so that a company of twenty customers
tells them all; larger companies repeat them. ``level`` is a story's course over time.
"""

from __future__ import annotations

from tierwise.kernel.text import Text

BLOCK = 240
GROUP_SIZE = 7
"""The first customers of a block form a group."""

AT: dict[int, str] = {
    7: "rising_star",
    8: "rising_star",
    9: "fading",
    10: "lost_key",
    11: "regained",
    12: "late_payer_own_fault",
    13: "late_payer_excused",
    14: "single_huge_order",
    15: "big_but_unprofitable",
    16: "small_but_perfect_payer",
    17: "seasonal",
    18: "missing_cost",
    19: "hot_prospect",
    20: "agent",
    21: "internal_unit",
}

NOTES: dict[str, Text] = {
    "group_only_together_a": Text(
        "a group of headquarters and six branches: each is a B by itself, together they are an A",
        "集团总部与六家分公司：单独看都是B类，合并后是A类",
    ),
    "rising_star": Text(
        "rising stars: sales grow 13 % a month for nine months, pays on time",
        "明日之星：近九个月月均增长13%，付款准时",
    ),
    "fading": Text(
        "fading customers: orders shrink month by month for over a year", "下滑客户：一年多来订单逐月萎缩"
    ),
    "lost_key": Text(
        "lost key customers: among the largest until the orders stopped half a year ago",
        "流失大客户：曾居前列，半年前起不再下单",
    ),
    "regained": Text(
        "regained customers: lost for almost a year, buying again in the last quarter",
        "赢回客户：中断近一年，最近一个季度恢复下单",
    ),
    "late_payer_own_fault": Text(
        "late payers through their own fault: cash shortage, slow approval",
        "自身原因拖延付款：资金紧张、内部审批慢",
    ),
    "late_payer_excused": Text(
        "late payers who are excused: our invoice or delivery errors, agreed extensions",
        "可免责的延期付款：我方开票或交付差错、协商展期",
    ),
    "single_huge_order": Text(
        "a small customer with one huge order that makes up nearly all of its year",
        "单笔巨单：小客户，一笔订单几乎占全年销售额",
    ),
    "big_but_unprofitable": Text(
        "big but unprofitable: among the largest by sales, service costs more than the margin",
        "大而不赚：销售额居前，服务成本高于毛利",
    ),
    "small_but_perfect_payer": Text(
        "small, always pays early and costs nearly nothing to serve", "小而优：每次提前付款，几乎不占服务成本"
    ),
    "seasonal": Text("seasonal: buys from September to January only", "季节性客户：只在9月至次年1月采购"),
    "missing_cost": Text(
        "one-off goods without product code or cost: the profit cannot be told",
        "零星采购无产品编码、无成本：利润无法计算",
    ),
    "hot_prospect": Text(
        "prospects with large assets, high growth and a judged need",
        "高潜力的潜在客户：资产大、增长快、需求已评估",
    ),
    "agent": Text(
        "agents: buy for themselves and report the sell-through of the customers they cover",
        "代理商：自行采购，并上报其覆盖客户的终端销量",
    ),
    "internal_unit": Text("internal units: never part of a ranking", "内部单位：不参与排名"),
}
"""What each story is, in two languages."""

SIZE: dict[str, float] = {
    "rising_star": 6.5,
    "fading": 18.0,
    "lost_key": 45.0,
    "regained": 7.0,
    "late_payer_own_fault": 6.0,
    "late_payer_excused": 6.0,
    "single_huge_order": 0.6,
    "big_but_unprofitable": 26.0,
    "small_but_perfect_payer": 0.5,
    "seasonal": 4.0,
    "missing_cost": 2.0,
    "agent": 12.0,
    "internal_unit": 3.0,
}
"""Yearly sales of a story's customers in multiples of the median customer."""

_GROUP_SIZE_FACTOR = (9.2, 11.8, 10.8, 11.3, 10.4, 11.6, 10.6)

HUGE_ORDER_FACTOR = 9
"""The one huge order in multiples of a year's ordinary sales."""


def place_of(index: int) -> int:
    """The place of the 1-based customer index in its block."""
    return (index - 1) % BLOCK


def role_of(index: int) -> str:
    """The story of a customer: ``group``, one of ``AT``, or ``ordinary``."""
    place = place_of(index)
    return "group" if place < GROUP_SIZE else AT.get(place, "ordinary")


def story_of(index: int) -> str | None:
    """The name under which the customer's story is told, if it has one."""
    if index <= GROUP_SIZE:
        return "group_only_together_a"
    role = role_of(index)
    return role if role in NOTES else None


def group_size_factor(index: int) -> float:
    """Size of a group member; groups after the first are scaled differently, block by block."""
    block = (index - 1) // BLOCK
    return _GROUP_SIZE_FACTOR[place_of(index)] * (1.0, 0.25, 0.6, 0.12, 1.6)[block % 5]


def level(role: str, months_ago: int, month: int) -> float:
    """How much the customer buys in a month in relation to its normal self."""
    match role:
        case "rising_star":
            return 1.13 ** max(0, 9 - months_ago)
        case "fading":
            return 0.87 ** max(0, 15 - months_ago)
        case "lost_key":
            return 1.0 if months_ago > 6 else 0.0
        case "regained":
            return 0.0 if 3 <= months_ago <= 13 else 1.0
        case "seasonal":
            return 2.6 if month in (9, 10, 11, 12, 1) else 0.0
        case _:
            return 1.0
