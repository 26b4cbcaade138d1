"""What is done, agreed and planned with customers: projects, shipments, terms, campaigns, plans, spending.

**Source** spec 4.2, 4.3, 4.7, 10.13, 14.
"""

from __future__ import annotations

from tierwise.book.contract import choices as c
from tierwise.book.contract.columns import CUSTOMER, col
from tierwise.book.contract.model import Table
from tierwise.kernel.text import Text

PROJECTS = Table(
    name="projects",
    label=Text("projects", "合作项目"),
    owner="edited",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    columns=(
        col("code", "text", "project code", "项目编码", "项目编号 项目代码 project project_code project_id", required=True),
        CUSTOMER,
        col("name", "text", "project name", "项目名称", "名称 project_name", required=True),
        col("kind", "text", "kind", "项目类型", "类型"),
        col("start_on", "date", "start", "开始日期", "起始日期 开工日期 start start_date", required=True),
        col("end_on", "date", "end", "结束日期", "完工日期 竣工日期 end end_date"),
        col("cumulative_income", "money", "cumulative income (base currency)", "累计收入", "累计合同收入 项目收入 income", default="0"),
        col("status", "text", "status", "项目状态", "状态"),
        col("note", "text", "note", "备注", ""),
        col("valid_from", "date", "valid from (of this state)", "状态生效日期", "生效日期"),
    ),
    about=Text(
        "A changed income or end is a new row from its day on; a project without an end is still running.",
        "收入或结束日期变化时，自生效日起为新行；没有结束日期的项目视为仍在进行。",
    ),
)  # fmt: skip

SHIPMENTS = Table(
    name="shipments",
    label=Text("shipments", "交货"),
    owner="imported",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="promised_on",
    by_month=True,
    columns=(
        col("number", "text", "shipment number", "交货单号", "发货单号 出库单号 number id"),
        CUSTOMER,
        col("order_number", "text", "order number", "订单号", "订单编号", required=True, refers_to="order_lines"),
        col("ordered_on", "date", "day of the order", "下单日期", "订单日期 order_date"),
        col("promised_on", "date", "promised for", "承诺交货日", "承诺日期 要求交货日 promised promised_delivery", required=True),
        col("delivered_on", "date", "delivered on", "实际交货日", "交货日期 送达日期 delivered actual_delivery"),
    ),
    about=Text(
        "A shipment counts in the period of the promised day; whether it was on time and how long it took follow from the days.",
        "交货按承诺交货日计入期间；是否准时与交货期由日期推算。",
    ),
)  # fmt: skip

CREDIT_TERMS = Table(
    name="credit_terms",
    label=Text("credit terms", "信用条件"),
    owner="edited",
    key=("customer_code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    about=Text(
        "How a customer may pay, its credit days and limit, from their day on.",
        "客户的付款方式、信用期与信用额度，自生效日起。",
    ),
    columns=(
        CUSTOMER,
        col("payment_method", "choice", "payment method", "付款方式", "结算方式", required=True, choices=c.PAYMENT_METHOD),
        col("credit_days", "integer", "credit period, days", "信用期天数", "账期 信用期", between=(0, 3650)),
        col("credit_limit", "money", "credit limit (base currency)", "信用额度", "授信额度"),
        col("source", "choice", "source", "来源", "", default="contract", choices=c.TERM_SOURCE),
        col("approved_by", "text", "approved by", "批准人", ""),
        col("valid_from", "date", "valid from", "生效日期", ""),
        col("valid_to", "date", "valid until", "失效日期", "有效期至"),
    ),
)  # fmt: skip

CAMPAIGNS = Table(
    name="campaigns",
    label=Text("campaigns", "营销活动"),
    owner="edited",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    about=Text(
        "Campaigns with their days and cost; touches name them.",
        "营销活动及其起止日与成本，供触达记录引用。",
    ),
    columns=(
        col("code", "text", "campaign code", "活动编码", "活动编号 campaign campaign_code", required=True),
        col("name", "text", "campaign name", "活动名称", "名称 campaign_name", required=True),
        col("goal", "text", "goal", "目标", ""),
        col("start_on", "date", "start", "开始日期", "start start_date", required=True),
        col("end_on", "date", "end", "结束日期", "end end_date"),
        col("budget", "money", "budget (base currency)", "预算", ""),
        col("cost", "money", "cost so far (base currency)", "实际费用", "费用 成本"),
        col("segments", "text", "segments aimed at, separated by ;", "目标细分", ""),
        col("grades", "text", "grades aimed at, separated by ;", "目标等级", ""),
        col("channels", "text", "channels, codes separated by ;", "渠道", ""),
        col("valid_from", "date", "valid from (of this state)", "状态生效日期", "生效日期"),
    ),
)  # fmt: skip

TOUCHES = Table(
    name="touches",
    label=Text("touches of campaigns", "触达"),
    owner="imported",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="date",
    about=Text(
        "Whom a campaign reached, how, and what came of it.",
        "营销活动触达了谁、以何种方式、有何反应。",
    ),
    by_month=True,
    columns=(
        col("number", "text", "touch number", "触达编号", "记录号 编号 number id"),
        CUSTOMER,
        col("campaign_code", "text", "campaign code", "活动编码", "活动编号 campaign", required=True, refers_to="campaigns"),
        col("channel", "choice", "channel", "渠道", "", required=True, choices=c.CHANNEL_KIND),
        col("date", "date", "date", "触达日期", "日期 at time", required=True),
        col("response", "choice", "response", "响应", "反馈", default="none", choices=c.RESPONSE),
        col("order_number", "text", "order number", "订单号", "订单编号", refers_to="order_lines"),
    ),
)  # fmt: skip

PLANS = Table(
    name="plans",
    label=Text("plans", "销售计划"),
    owner="edited",
    key=("account_code", "month", "region", "category", "measure"),
    history="versioned",
    effective_on="month",
    columns=(
        col("account_code", "text", "account code", "客户编码", "客户代码 客户编号 账户编码 customer_code account",
            required=True, refers_to="customers",
        ),
        col("month", "date", "month (a day in it)", "月份", "期间 计划月份 period", required=True),
        col("region", "text", "region; `national` is the whole", "区域", "地区 大区", required=True),
        col("category", "text", "product category; `all` is every one", "产品类别", "类别 品类", default="all"),
        col("measure", "choice", "measure", "指标", "计划指标", default="sales", choices=c.PLAN_MEASURE),
        col("plan", "money", "plan (base currency)", "计划", "计划额 计划金额 目标", required=True),
        col("forecast", "money", "forecast (base currency)", "预测", "预测额"),
        col("branch_code", "text", "the customer's branch", "分部客户编码", "分支编码", refers_to="customers"),
        col("comment", "text", "comment", "备注", ""),
    ),
    about=Text(
        "The regions of an account and month must add up to the row `national`. "
        "It is the form in which lines of benefit and budgets come in.",
        "同一客户同月各区域之和须等于 `national` 一行。收益计划与预算均以此形式导入。",
    ),
)  # fmt: skip

CATEGORY_SPEND = Table(
    name="category_spend",
    label=Text("spending by category", "客户品类支出"),
    owner="edited",
    key=("customer_code", "category", "year"),
    history="versioned",
    effective_on="known_from",
    about=Text(
        "What a customer spends in a category in a year with all suppliers: the base of the share of wallet. In a group "
        "state it for each member, or for the head alone, which then speaks for all.",
        "客户一年内在某品类向所有供应商的采购额，是客户份额的依据。集团请按成员申报，或只由总部申报（此时代表整个集团）。",
    ),
    columns=(
        CUSTOMER,
        col("category", "text", "product category; `all` is every one", "产品类别", "类别 品类", default="all"),
        col("year", "integer", "year", "年份", "年度", required=True, between=(1900, 9999)),
        col("amount", "money", "spending in the year with all suppliers (base currency)", "年支出额", "支出额 采购额 金额", required=True),
        col("source", "text", "source", "来源", ""),
        col("known_from", "date", "stated on", "获知日期", "日期 date", required=True),
    ),
)  # fmt: skip
