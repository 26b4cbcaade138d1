"""The closed list of metrics that a policy may use. Source: spec 5.2 to 5.9.

The arithmetic is in the modules of the families; here stand names, units and words.
"""

from __future__ import annotations

from tierwise.book.contract.choices import CONFIDENCE
from tierwise.metrics.catalogue_dealings import DEALINGS
from tierwise.metrics.declaring import W12
from tierwise.metrics.declaring import metric as _m
from tierwise.metrics.model import Metric, Use, split_window

_LIST: tuple[Metric, ...] = (
    # ------------------------------------------------------------------ sales (spec 5.2)
    _m("net_sales", "SAL-01", "money", "base", "net sales", "净销售额",
       "sum of base amounts of sale, service, return, rebate and allowance lines by posting date",
       "按过账日期，销售、服务、退货、返利、折让行的本位币金额之和", statuses="no_history no_lines"),
    _m("order_amount", "SAL-01", "money", "base", "order amount (by order date)", "下单金额",
       "as net sales, by order date", "同净销售额，按下单日期", statuses="no_history no_lines"),
    _m("gross_sales", "SAL-02", "money", "base", "gross sales", "毛销售额",
       "sum of sale and service lines", "销售行与服务行之和", statuses="no_history no_lines"),
    _m("sales_volume", "SAL-03", "quantity", "base", "sales volume", "销售量",
       "sum of quantities in the base unit; only within one unit dimension", "按基本单位的数量之和；仅限同一量纲",
       statuses="no_history no_lines mixed_units", tables="order_lines products"),
    _m("cumulative_sales", "SAL-04", "money", "base", "cumulative sales", "累计销售额",
       "net sales since the first order", "自首单以来的净销售额", months=None, statuses="no_history"),
    _m("average_sales_per_month", "SAL-05", "money", "derived", "average sales a month", "月均销售额",
       "net sales of the window / months of the window", "窗口净销售额 ÷ 窗口月数", needs="net_sales", statuses="no_history"),
    _m("average_sales_per_quarter", "SAL-05", "money", "derived", "average sales a quarter", "季均销售额",
       "net sales of the window / quarters of the window", "窗口净销售额 ÷ 窗口季度数", needs="net_sales", statuses="no_history"),
    _m("average_sales_per_year", "SAL-05", "money", "derived", "average sales a year", "年均销售额",
       "net sales of the window / years of the window", "窗口净销售额 ÷ 窗口年数", months=36, needs="net_sales", statuses="no_history"),
    _m("average_sales_per_month_since_first_order", "SAL-05", "money", "derived",
       "average sales a month since the first order", "自首单起的月均销售额",
       "net sales of the window / months since the first order (at least 1, at most the window)",
       "窗口净销售额 ÷ 自首单起的月数（至少 1，至多窗口月数）", needs="net_sales tenure_months", statuses="no_history"),
    _m("orders", "SAL-06", "count", "base", "orders", "订单数",
       "distinct counted orders: a sale or service line with a positive amount, not cancelled, not fully returned",
       "有效订单数：至少一行金额为正的销售或服务，未取消且未全部退货", statuses=""),
    _m("average_order_value", "SAL-07", "money", "derived", "average order value", "客单价",
       "net sales / orders", "净销售额 ÷ 订单数", needs="net_sales orders", statuses="no_history no_orders"),
    _m("share_of_sales_pct", "SAL-08", "percent", "field", "share of sales", "销售占比",
       "net sales / sum of net sales of the population", "净销售额 ÷ 人群净销售额合计", needs="net_sales",
       statuses="no_history nonpositive_total"),
    _m("sales_rank", "SAL-09", "rank", "field", "rank by net sales", "销售排名",
       "competition rank of net sales, 1 = best", "净销售额竞争排名，1 为最好", needs="net_sales", statuses="no_history", less=True),
    _m("sales_growth_pct", "SAL-10", "percent", "derived", "sales growth", "销售增长率",
       "(net sales - net sales of the window before) / net sales of the window before",
       "（本期净销售额 − 上期净销售额）÷ 上期净销售额", needs="net_sales net_sales_before",
       statuses="no_history from_zero no_activity negative_base"),
    _m("net_sales_before", "SAL-10", "money", "base", "net sales of the window before", "上期净销售额",
       "net sales in the window of the same length before", "前一同长窗口的净销售额", statuses=""),
    _m("three_year_growth_pct", "SAL-11", "percent", "outside", "three-year average growth", "近三年平均销售增长率",
       "(last completed fiscal year / the year three years before) ^ (1/3) - 1",
       "（上一完整财年 ÷ 三年前财年）^(1/3) − 1", months=None,
       statuses="no_history from_zero negative_base negative_end short_history", rules=2),
    _m("sales_volatility", "SAL-12", "ratio", "outside", "sales volatility", "销售波动",
       "population standard deviation of monthly net sales / mean", "月净销售额的总体标准差 ÷ 均值", less=True,
       statuses="no_history nonpositive_mean short_history"),
    _m("return_rate_pct", "SAL-13", "percent", "derived", "return rate", "退货率",
       "- returns / gross sales", "−退货额 ÷ 毛销售额", needs="returns gross_sales", less=True, statuses="no_history no_sales"),
    _m("returns", "SAL-13", "money", "base", "returns (negative)", "退货额（负数）",
       "sum of return lines", "退货行之和", statuses=""),
    _m("recency_days", "SAL-14", "days", "derived", "days since the last order", "最近购买间隔",
       "as-of day - day of the last counted order", "时点 − 最近有效订单日", months=None, less=True,
       needs="last_order_on", statuses="never_bought"),
    _m("first_order_on", "SAL-14", "date", "base", "first order", "首次下单日",
       "day of the first counted order", "首个有效订单日", months=None, statuses="never_bought"),
    _m("last_order_on", "SAL-14", "date", "base", "last order", "最近下单日",
       "day of the last counted order", "最近有效订单日", months=None, statuses="never_bought"),
    _m("purchase_interval_days", "SAL-15", "days", "base", "median purchase interval", "购买间隔中位数",
       "median of gaps between distinct order dates of the last 24 months, else of the last 3 dates of all time",
       "近 24 个月下单日间隔的中位数；不足 3 个下单日时取历史最近 3 个", months=None, less=True,
       statuses="never_bought single_gap default_interval"),
    _m("expected_next_order_on", "SAL-16", "date", "derived", "expected next order", "预计下次下单日",
       "last order + median interval, rounded down", "最近下单日 + 间隔中位数（向下取整）", months=None,
       needs="last_order_on purchase_interval_days", statuses="never_bought"),
    _m("expected_next_order_confidence", "SAL-16", "code", "base", "confidence of the expected next order", "预计下单日的可信度",
       "by the gaps of the median interval: high with at least 4 gaps, three quarters of them within a quarter of the median; "
       "medium with at least 2, half of them within a half; else low",
       "按计算间隔中位数的各次间隔：至少 4 次且四分之三与中位数相差不超过四分之一为高；至少 2 次且半数相差不超过一半为中；否则为低",
       months=None, statuses="never_bought", codes=CONFIDENCE),
    _m("purchasing_cycle_days", "SAL-17", "days", "derived", "purchasing cycle", "采购周期",
       "median interval; null for a one-time buyer", "间隔中位数；仅一次购买者为空", months=None, less=True,
       needs="purchase_interval_days", statuses="never_bought default_interval"),
    _m("tenure_months", "SAL-18", "months", "derived", "tenure", "合作月数",
       "whole months since the first order", "自首单起的整月数", months=None, needs="first_order_on", statuses="never_bought"),
    _m("product_breadth", "SAL-19", "count", "base", "product breadth", "产品宽度",
       "distinct categories bought", "购买的产品类别数", statuses="", tables="order_lines products"),
    _m("momentum_pct", "SAL-20", "percent", "derived", "momentum against the 3 months before", "业务势头（环比）",
       "net sales of the last 3 months / of the 3 months before - 1", "近 3 个月净销售额 ÷ 前 3 个月 − 1", months=3,
       needs="net_sales net_sales_before", statuses="no_history from_zero no_activity negative_base"),
    _m("momentum_year_pct", "SAL-20", "percent", "derived", "momentum against last year", "业务势头（同比）",
       "net sales of the last 3 months / of the same months last year - 1", "近 3 个月净销售额 ÷ 去年同期 − 1", months=3,
       needs="net_sales net_sales_year_ago", statuses="no_history from_zero no_activity negative_base"),
    _m("net_sales_year_ago", "SAL-20", "money", "base", "net sales of the same months last year", "去年同期净销售额",
       "net sales in the window one year earlier", "去年同一窗口的净销售额", statuses=""),
    _m("largest_order", "SAL-01", "money", "base", "largest order", "最大一单金额",
       "largest net amount of one order in the window", "窗口内单个订单的最大净额", statuses=""),
    _m("projects", "SAL-21", "count", "base", "projects", "合作项目数",
       "projects running on any day of the window", "窗口内任意一天在进行的项目数", months=36, tables="projects"),
    _m("project_income", "SAL-21", "money", "base", "income of projects", "合作项目累计收入",
       "sum of the cumulative income, up to the as-of day, of projects running on any day of the window",
       "窗口内在进行的项目截至时点的累计收入之和", months=36, tables="projects"),
    # ------------------------------------------------------------------ profit (spec 5.3)
    _m("cost_of_goods_sold", "PRF-01", "money", "base", "cost of goods sold", "销售成本",
       "cost of the lines of net sales: given, else quantity x standard cost, else amount x (1 - margin)",
       "净销售额各行的成本：实际，否则数量×标准成本，否则金额×（1−毛利率）",
       statuses="no_history no_lines missing_cost cost_estimated", tables="order_lines products"),
    _m("gross_profit", "PRF-02", "money", "derived", "gross profit", "毛利", "net sales - cost of goods sold", "净销售额 − 销售成本",
       needs="net_sales cost_of_goods_sold", statuses="no_history no_lines missing_cost cost_estimated", tables="order_lines products"),
    _m("gross_margin_pct", "PRF-03", "percent", "derived", "gross margin", "毛利率", "gross profit / net sales", "毛利 ÷ 净销售额",
       needs="net_sales gross_profit", statuses="no_history nonpositive_sales missing_cost cost_estimated", tables="order_lines products"),
    _m("cost_to_serve", "PRF-04", "money", "base", "cost to serve", "服务成本", "sum of service costs", "服务成本之和",
       statuses="not_recorded", less=True, tables="service_costs"),
    _m("customer_profit", "PRF-05", "money", "derived", "customer profit (contribution)", "客户利润",
       "gross profit - cost to serve", "毛利 − 服务成本", needs="gross_profit cost_to_serve",
       statuses="no_history no_lines missing_cost cost_estimated", tables="order_lines products service_costs"),
    _m("profit_margin_pct", "PRF-06", "percent", "derived", "profit margin", "销售利润率", "customer profit / net sales", "客户利润 ÷ 净销售额",
       needs="net_sales customer_profit", statuses="no_history nonpositive_sales missing_cost cost_estimated",
       tables="order_lines products service_costs"),
    _m("profit_contribution_pct", "PRF-07", "percent", "field", "profit contribution share", "利润贡献率",
       "customer profit / sum of customer profit of the population", "客户利润 ÷ 人群客户利润合计", needs="customer_profit",
       statuses="no_history missing_cost nonpositive_total", tables="order_lines products service_costs"),
    _m("profit_rank", "PRF-08", "rank", "field", "rank by customer profit", "利润排名", "competition rank of customer profit", "客户利润竞争排名",
       needs="customer_profit", statuses="no_history missing_cost", less=True, tables="order_lines products service_costs"),
    _m("loss_making", "PRF-09", "flag", "derived", "loss-making", "亏损客户", "customer profit < 0", "客户利润 < 0", needs="customer_profit",
       statuses="no_history missing_cost", tables="order_lines products service_costs"),
    _m("financing_cost", "PRF-10", "money", "base", "financing cost", "资金占用成本",
       "sum over the days of the window of the receivable at the end of the day x annual rate / 365",
       "窗口内逐日末应收余额 × 年利率 ÷ 365 之和", less=True, statuses="no_rate", tables="invoices payments allocations", rules=2),
    # ------------------------------------------------------------------ credit (spec 5.4)
    _m("on_time_rate_pct", "CRD-01", "percent", "base", "on-time rate", "按时付款率",
       "amount paid within grace / amount due in the population", "宽限期内付款金额 ÷ 应付金额", statuses="no_due_invoices",
       tables="invoices payments allocations late_reasons", rules=2),
    _m("on_time_rate_adjusted_pct", "CRD-01", "percent", "base", "on-time rate without excused delays", "按时付款率（剔除免责）",
       "as the on-time rate, excused delays counted as on time", "免责延期视为按时", statuses="no_due_invoices",
       tables="invoices payments allocations late_reasons", rules=2),
    _m("average_days_late", "CRD-02", "days", "base", "weighted average days late", "加权平均拖延天数",
       "sum of amount x days late / amount", "Σ 金额×拖延天数 ÷ Σ 金额", less=True, statuses="no_due_invoices",
       tables="invoices payments allocations late_reasons", rules=2),
    _m("average_days_late_adjusted", "CRD-02", "days", "base", "weighted average days late without excused delays",
       "加权平均拖延天数（剔除免责）", "as above, excused delays counted as none", "免责延期按 0 天计", less=True,
       statuses="no_due_invoices", tables="invoices payments allocations late_reasons", rules=2),
    _m("max_days_late", "CRD-03", "count", "base", "maximum days late", "最长拖延天数", "largest delay in days", "最大拖延天数", less=True,
       statuses="no_due_invoices", tables="invoices payments allocations late_reasons", rules=2),
    _m("late_invoices", "CRD-04", "count", "base", "late invoices", "拖延次数", "number of invoices with any delay beyond grace", "超过宽限期的发票数",
       less=True, tables="invoices payments allocations late_reasons", rules=2),
    _m("overdue", "CRD-05", "money", "base", "open overdue (arrears)", "逾期欠款", "sum of unpaid amounts due before the as-of day",
       "时点前已到期未付金额之和", months=None, less=True, tables="invoices payments allocations", rules=2),
    _m("unallocated_receipts", "CRD-05", "money", "base", "unallocated receipts", "未核销收款",
       "received up to the as-of day and settling no invoice; shown beside the arrears, never taken off them",
       "截至时点已收到但未核销任何发票的款项；列于逾期欠款之旁，不冲抵欠款", months=None, statuses="without_rate",
       tables="payments allocations invoices", rules=3),
    _m("receivable", "CRD-06", "money", "base", "total receivable", "应收余额", "sum of unpaid amounts of all issued invoices", "全部已开票未付金额之和",
       months=None, less=True, tables="invoices payments allocations", rules=2),
    _m("receivable_disputed", "CRD-06", "money", "base", "disputed receivable", "争议应收", "sum of unpaid amounts of disputed invoices, which the "
       "total receivable keeps and the rating leaves out", "有争议发票的未付金额之和；计入应收余额，不计入信用评级", months=None, less=True,
       tables="invoices payments allocations", rules=2),
    _m("late_excused", "CRD-07", "money", "base", "late amount, excused", "免责延期金额", "amount paid late or overdue with an excused reason",
       "原因免责的延期金额", less=True, tables="invoices payments allocations late_reasons", rules=2),
    _m("late_not_excused", "CRD-07", "money", "base", "late amount, not excused", "非免责延期金额", "amount paid late or overdue without an excused reason",
       "原因不免责的延期金额", less=True, tables="invoices payments allocations late_reasons", rules=2),
    _m("credit_score", "CRD-08", "score", "base", "credit score", "信用得分", "sum of amount x points by days late / amount", "Σ 金额×按拖延天数得分 ÷ Σ 金额",
       statuses="no_due_invoices", tables="invoices payments allocations late_reasons", rules=2),
    _m("credit_limit_use_pct", "CRD-09", "percent", "derived", "credit limit use", "信用额度使用率", "receivable / credit limit", "应收余额 ÷ 信用额度",
       months=None, less=True, needs="receivable credit_limit", statuses="no_limit", tables="invoices payments allocations customers credit_terms", rules=3),
    _m("credit_limit", "CRD-09", "money", "base", "credit limit", "信用额度",
       "the limit of the credit terms in force, else of the customer's record", "生效信用条件中的额度，无则取客户档案", months=None,
       statuses="no_limit", tables="customers credit_terms", rules=2),
    _m("days_sales_outstanding", "CRD-10", "days", "base", "days sales outstanding", "应收周转天数",
       "mean of month-end receivables / invoiced amount x days of the window", "月末应收余额均值 ÷ 开票金额 × 窗口天数", less=True,
       statuses="no_invoices", tables="invoices payments allocations", rules=3),
    _m("bad_debt", "CRD-11", "money", "base", "bad debt", "坏账", "sum written off", "核销坏账之和", less=True, tables="invoices payments allocations"),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.name: metric for metric in (*_LIST, *DEALINGS)}


def use_of(text: str, default_months: int) -> Use:
    """The metric and window that a policy means by ``net_sales`` or ``net_sales_24m``.

    Metrics without a window stay without; metrics whose own default differs from 12 months keep it.
    **Raises** ``KeyError`` for a name that is not in the catalogue, ``ValueError`` for a window on a
    metric that has none.
    """
    if text in METRICS:
        metric = METRICS[text]
        if metric.months is None:
            return Use(text, None)
        return Use(text, default_months if metric.months == W12 else metric.months)
    name, months = split_window(text)
    metric = METRICS[name]
    if metric.months is None:
        raise ValueError(f"{name} has no window")
    return Use(name, months)


def with_needs(uses: set[Use]) -> set[Use]:
    """The given metrics and all that they are derived from."""
    found: set[Use] = set()
    todo = list(uses)
    while todo:
        use = todo.pop()
        if use in found:
            continue
        found.add(use)
        todo += [need_of(text, use) for text in METRICS[use.name].needs]
    return found


def need_of(text: str, use: Use) -> Use:
    """A metric that another is derived from: with the other's window, unless it names its own."""
    name, months = (text, use.months) if text in METRICS else split_window(text)
    return Use(name, None if METRICS[name].months is None else months)
