"""Numbers, metrics and codes in words, for explanations. Source: spec 5.1(8), 8.1, 12.8."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from tierwise.book.contract.choices import LATE_REASON
from tierwise.kernel.text import Lang, Text, Words
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import Use, split_window

STATUS = Words(
    {
        "ok": Text("", ""),
        "graded": Text("graded", "已分级"),
        "incomplete": Text("incomplete", "资料不全"),
        "invalid": Text("invalid", "评分无效"),
        "no_history": Text("no order ever", "从未成交"),
        "not_in_population": Text("not in the population", "不在分级范围"),
        "no_lines": Text("nothing in the window", "窗口内无记录"),
        "never_bought": Text("no order counted", "无有效订单"),
        "no_orders": Text("no orders in the window", "窗口内无订单"),
        "no_sales": Text("no gross sales", "无毛销售额"),
        "from_zero": Text("from zero, no rate", "基数为零，无法计算增长率"),
        "no_activity": Text("no activity in both windows", "两期均无业务"),
        "negative_base": Text("negative base", "基数为负"),
        "negative_end": Text("negative end value", "期末为负"),
        "short_history": Text("short history", "历史较短"),
        "nonpositive_mean": Text("mean not positive", "均值非正"),
        "nonpositive_total": Text("total not positive", "合计非正"),
        "nonpositive_sales": Text("net sales not positive", "净销售额非正"),
        "mixed_units": Text("units cannot be added up", "计量单位不可相加"),
        "single_gap": Text("from one gap only", "仅有一个间隔"),
        "default_interval": Text("default interval, one order date only", "仅一个下单日，取默认间隔"),
        "missing_cost": Text("costs are missing for too large a part", "成本缺失过多"),
        "cost_estimated": Text("part of the cost is estimated", "部分成本为估算"),
        "not_recorded": Text("no service cost is recorded", "未记录服务成本"),
        "no_due_invoices": Text("no invoice was due", "无到期发票"),
        "no_limit": Text("no credit limit", "无信用额度"),
        "no_invoices": Text("nothing invoiced", "无开票"),
        "no_answers": Text("no survey answered", "无调查答复"),
        "no_complaints": Text("no complaint", "无投诉"),
        "no_times": Text("no times are recorded", "未记录时长"),
        "no_calls": Text("no calls", "无来电"),
        "never_visited": Text("never visited", "从未拜访"),
        "no_shipments": Text("no shipments", "无交货记录"),
        "no_promises": Text("no promises", "无承诺"),
        "no_hours": Text("no hours are logged", "未登记工时"),
        "no_touches": Text("no touches", "无触达"),
        "no_referrals": Text("no referrals", "无推荐"),
        "no_cost": Text("no cost", "无成本"),
        "unknown_total": Text("total unknown", "总额未知"),
        "invalid_total": Text("total not positive", "总额无效"),
        "capped": Text("above 100, shown as 100", "超过 100，按 100 显示"),
        "not_regained": Text("did not come back", "无赢回"),
        "without_rate": Text("a receipt or its invoice has no exchange rate", "有收款或其发票缺少汇率"),
        "no_rate": Text("no financing rate is set", "未设置资金利率"),
        "missing": Text("missing", "缺失"),
        "expired": Text("expired", "已过期"),
        "from_attribute": Text("from the customer record", "取自客户档案"),
    }
)

FLAGS = Words(
    {
        "credit_watch": Text("payment behaviour needs watching", "付款情况需关注"),
        "data_issue": Text("part of the data is estimated or missing", "部分数据缺失或为估算"),
        "group_member": Text("its figures count for its group or account", "其数值并入集团或上级客户"),
        "at_risk": Text("the relationship is threatened", "客户关系受到威胁"),
        "key_candidate": Text("candidate for a key account", "重点客户候选"),
        "worth_pursuing": Text("unattractive today, but worth pursuing", "目前吸引力低，但值得争取"),
        "loss_making": Text("loss-making after cost to serve", "扣除服务成本后亏损"),
        "new_customer": Text("new customer", "新客户"),
        "nonpositive_value": Text("value is not positive", "数值非正"),
        "single_order": Text("one order makes most of the sales", "销售主要来自单笔订单"),
        "stale_assessment": Text("an assessment has expired", "有评估已过期"),
    }
)

WARNINGS = Words(
    {
        "run.no-population": Text("Nobody is in the population.", "没有客户在分级范围内。"),
        "run.no-discrimination": Text(
            "All values are equal: the policy tells nobody apart. Change the metric or the tie rule.",
            "所有数值相同，无法区分客户。请更换指标或并列规则。",
        ),
        "run.nobody-graded": Text(
            "Nobody got a grade: every member lacks what the leading method reads. `tierwise explain` names what is "
            "missing of a customer.",
            "没有客户得到等级：主导方法所需的数据全部缺失。`tierwise explain` 可查看某客户缺少什么。",
        ),
        "run.all-nonpositive": Text(
            "No value is positive: everybody has the lowest grade.", "没有正值，全部为最低等级。"
        ),
        "run.class-enlarged": Text(
            "Ties enlarge class {grade} to {size}, more than twice its cut of {cut}.",
            "并列使 {grade} 级扩大到 {size} 家，超过其名额 {cut} 的两倍。",
        ),
        "key.total-not-positive": Text(
            "The total profit is not positive: the profit set is measured on the positive profits alone.",
            "总利润非正，利润集合仅按正利润计算。",
        ),
        "key.set-large": Text(
            "The profit set has {size} of {n} customers, more than {limit} %: that is no small share.",
            "利润集合含 {size} 家（共 {n} 家），超过 {limit}%，已不是少数客户。",
        ),
        "run.no-order-lines": Text(
            "The book holds no order lines: nobody can have bought.", "账簿中没有订单行，无法得知任何成交。"
        ),
        "run.before-data": Text(
            "{as_of} lies before all order lines, which begin on {first}: the grades rest on nothing.",
            "{as_of} 早于全部订单行（最早为 {first}），等级没有依据。",
        ),
        "run.unknown-customers": Text(
            "{count} {count#customer is|customers are} graded without a record among the customers of the book: {names}. "
            "Import {count#its record|their records}: kind, status and attributes are unknown.",
            "有 {count} 家参评客户在账簿中没有客户档案：{names}。请导入其档案，否则类别、状态与属性不明。",
        ),
    }
)

SEGMENTS = Words(
    {
        "important_value": Text("important, high value", "重要价值客户"),
        "important_keep": Text("important, keep", "重要保持客户"),
        "important_develop": Text("important, develop", "重要发展客户"),
        "important_winback": Text("important, win back", "重要挽留客户"),
        "general_value": Text("general value", "一般价值客户"),
        "general_keep": Text("general, keep", "一般保持客户"),
        "general_develop": Text("general, develop", "一般发展客户"),
        "general_winback": Text("general, win back", "一般挽留客户"),
        "champions": Text("champions", "冠军客户"),
        "loyal_customers": Text("loyal customers", "忠诚客户"),
        "potential_loyalist": Text("potential loyalist", "潜在忠诚客户"),
        "new_customers": Text("new customers", "新客户"),
        "promising": Text("promising", "有潜力客户"),
        "need_attention": Text("need attention", "需要关注"),
        "about_to_sleep": Text("about to sleep", "即将沉睡"),
        "at_risk": Text("at risk", "有流失风险"),
        "cant_lose_them": Text("can't lose them", "不可失去"),
        "lost": Text("lost", "已流失"),
        "others": Text("others", "其他"),
    }
)

WIDE = Context(prec=60)

_MONTHS = Text(" ({n} {n#month|months})", "（近 {n} 个月）")
_UNITS = {
    "percent": Text("{n} %", "{n}%"),
    "days": Text("{n} {n#day|days}", "{n} 天"),
    "months": Text("{n} {n#month|months}", "{n} 个月"),
    "score": Text("{n} {n#point|points}", "{n} 分"),
}


def number(value: Decimal | int, places: int = 2) -> str:
    """A number with thousands separators, rounded half up for display, needless zeros left out."""
    exact = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=WIDE) + 0
    text = f"{exact:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal, currency: str) -> str:
    """An amount with its currency: two places, none for whole amounts."""
    cents = Decimal(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP, context=WIDE) + 0
    return f"{currency} {cents:,.0f}" if cents == cents.to_integral_value() else f"{currency} {cents:,.2f}"


def metric_use(column: str) -> Use | None:
    """The metric of a column, or ``None`` if it is none."""
    name, months = (column, None) if column in METRICS else split_window(column)
    return Use(name, months) if name in METRICS else None


def metric_title(column: str, lang: Lang) -> str:
    """The name of a metric, with its window in months."""
    use = metric_use(column)
    if use is None:
        return column
    title = METRICS[use.name].title.in_lang(lang)
    if use.months is None:
        return title
    return title + _MONTHS.fill(lang, n=use.months)


def metric_value(column: str, value: Any, lang: Lang, currency: str) -> str:
    """A value with its unit."""
    if value is None:
        return "—"
    use = metric_use(column)
    unit = METRICS[use.name].unit if use else "count"
    if isinstance(value, bool):
        return {("en", True): "yes", ("en", False): "no", ("zh", True): "是", ("zh", False): "否"}[
            lang, value
        ]
    if isinstance(value, date):
        return value.isoformat()
    if unit == "code":
        return code_words(column, value, lang)
    if unit == "money":
        return money(value, currency)
    shown = number(value, 4 if unit == "ratio" else 2)
    return _UNITS[unit].fill(lang, n=shown) if unit in _UNITS else shown


def code_words(column: str, code: str, lang: Lang) -> str:
    """The word of a code that a metric chose."""
    use = metric_use(column)
    codes = METRICS[use.name].codes if use else ()
    return next((choice.label.in_lang(lang) for choice in codes if choice.code == code), code)


def reason_words(code: str, lang: Lang) -> str:
    """The word of a reason of late payment."""
    return next((choice.label.in_lang(lang) for choice in LATE_REASON if choice.code == code), code)


def status_words(status: str | None, lang: Lang) -> str:
    """A status in words; nothing for ``ok``."""
    if status is None:
        return ""
    return STATUS.say(status, lang) if status in STATUS else status


def flag_words(flag: str, lang: Lang) -> str:
    """A flag in words; a policy's own flag by its code."""
    return FLAGS.say(flag, lang) if flag in FLAGS else flag
