"""The tables of the book, declared once. Source: spec 4 and 14.

Dated attributes: a customer or product row speaks from ``valid_from`` until the next row of the same
code. A file without ``valid_from`` describes a new code "from always" (1900-01-01) and a changed code
from the day of the import.
"""

from __future__ import annotations

from tierwise.book.contract import business, identity, relations, segmenting
from tierwise.book.contract import choices as c
from tierwise.book.contract.columns import CURRENCY, CUSTOMER, RATE, col
from tierwise.book.contract.model import IBIS_TYPES, SYSTEM_COLUMNS, Table
from tierwise.kernel.text import Text

CUSTOMERS = Table(
    name="customers",
    label=Text("customers", "客户"),
    owner="edited",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    about=Text(
        "Everybody the company supplies or wants to supply; a change of region, owner or state is a new row from its day on.",
        "公司供货或希望供货的所有对象；地区、客户经理、状态等变更时，自生效日起为新行。",
    ),
    columns=(
        col("code", "text", "customer code", "客户编码", "客户代码 客户编号 客户号 编码 customer_code customer_id customerid id", required=True),
        col("name", "text", "customer name", "客户名称", "名称 客户名 公司名称 customer_name company", required=True),
        col("short_name", "text", "short name", "客户简称", "简称"),
        col("kind", "choice", "kind", "客户类型", "客户性质类型", default="existing", choices=c.CUSTOMER_KIND),
        col("relation_type", "choice", "relation type", "关系类型", "", default="business", choices=c.RELATION_TYPE),
        col("party_type", "choice", "party type", "主体类型", "", default="organisation", choices=c.PARTY_TYPE),
        col("ownership_nature", "choice", "ownership nature", "企业性质", "客户性质 所有制 性质", choices=c.OWNERSHIP_NATURE),
        col("industry", "text", "industry", "行业", "所属行业 industry_code"),
        col("segment", "text", "main segment", "客户分类", "细分 细分市场 segment"),
        col("region", "text", "region", "地区", "区域 大区 省份 area"),
        col("country", "text", "country", "国家", "国别"),
        col("hierarchy_node", "choice", "hierarchy node", "层级", "节点类型", default="standalone", choices=c.HIERARCHY_NODE),
        col("parent_code", "text", "parent customer", "上级客户编码", "上级客户 上级编码 母公司 母公司编码 父级编码 parent", refers_to="customers"),
        col("unified_credit_code", "text", "unified social credit code", "统一社会信用代码", "信用代码"),
        col("registered_capital", "money", "registered capital (base currency)", "注册资本（本位币）", "注册资本"),
        col("total_assets", "money", "total assets (base currency)", "总资产（本位币）", "总资产 资产规模 资产总额"),
        col("annual_turnover", "money", "annual turnover (base currency)", "年营业额（本位币）", "年营业额 营业额 年销售额 turnover"),
        col("development_speed_pct", "percent", "speed of development, % a year", "发展速度", "年增长率"),
        col("potential_need", "money", "potential need a year (base currency)", "年潜在需求（本位币）", "潜在需求 年潜在需求额"),
        col("listed", "flag", "listed on a stock exchange", "是否上市", "上市"),
        col("employees", "integer", "employees", "员工人数", "人数"),
        col("credit_limit", "money", "credit limit (base currency)", "信用额度（本位币）", "信用额度 授信额度"),
        col("owner", "text", "account manager", "客户经理", "业务员 负责人 销售员 owner"),
        col("team", "text", "team", "团队", "销售团队 部门"),
        col("agent_code", "text", "agent", "代理商编码", "代理商 agent", refers_to="customers"),
        col("coverage", "choice", "coverage", "覆盖方式", "", choices=c.COVERAGE),
        col("backup", "text", "stand-in of the account manager", "备份负责人", "代理负责人"),
        col("acquisition_cost", "money", "cost of acquisition (base currency)", "获客成本（本位币）", "获客成本 开发成本"),
        col("referred_by", "text", "referred by", "推荐人编码", "推荐人 推荐方 介绍人", refers_to="customers"),
        col("expectations", "text", "expectations", "客户期望", "期望"),
        col("credit_standing_note", "text", "note on credit standing", "信用状况说明", ""),
        col("gender", "choice", "gender (consumers only)", "性别（仅消费客户）", "性别", choices=c.GENDER),
        col("land_area_m2", "quantity", "land, square metres", "土地面积", "占地面积"),
        col("tags", "text", "tags, separated by ;", "标签", ""),
        col("kept_for_image", "flag", "kept for image", "形象客户", "", default="false"),
        col("blacklisted", "flag", "blacklisted", "黑名单", "", default="false"),
        col("status", "choice", "record status", "档案状态", "客户状态", default="active", choices=c.CUSTOMER_STATUS),
        col("first_contact_on", "date", "first contact", "首次接触日期", "建档日期 first_contact"),
        col("source", "text", "acquisition source", "客户来源", "来源"),
        col("valid_from", "date", "valid from", "生效日期", "起效日期"),
    ),
)  # fmt: skip

PRODUCTS = Table(
    name="products",
    label=Text("products", "产品"),
    owner="imported",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    about=Text(
        "What is sold, with its unit and cost; the cost stands in where an order line brings none.",
        "所售产品及其计量单位与成本；订单行没有成本时以此代替。",
    ),
    columns=(
        col("code", "text", "product code", "产品编码", "物料编码 产品代码 商品编码 货号 编码 sku product_code product_id productid stockcode", required=True),
        col("name", "text", "product name", "产品名称", "物料名称 商品名称 品名 product_name product", required=True),
        col("category", "text", "category", "产品类别", "类别 品类 product_category"),
        col("uom", "text", "base unit", "计量单位", "单位 unit"),
        col("uom_dimension", "text", "unit dimension", "单位量纲", "", default="=uom"),
        col("uom_factor", "rate", "base units per unit", "换算系数", "", default="1", positive=True),
        col("standard_cost", "money", "standard cost per unit (base currency)", "标准成本", "standardcost"),
        col("standard_margin_pct", "percent", "standard margin, %", "标准毛利率", ""),
        col("category_margin_pct", "percent", "category margin, %", "类别毛利率", ""),
        col("valid_from", "date", "valid from", "生效日期", ""),
    ),
)  # fmt: skip

ORDER_LINES = Table(
    name="order_lines",
    label=Text("order lines", "订单行"),
    owner="imported",
    key=("order_number", "line_no"),
    history="ledger",
    identities=("key", "document", "occurrence"),
    document=("order_number",),
    effective_on="posting_date",
    about=Text(
        "Every line of every order, return, rebate and allowance: the base of sales and of profit.",
        "全部订单、退货、返利与折让的明细行，是销售与利润的依据。",
    ),
    amounts=("qty", "amount_ex_tax", "cost_amount"),
    by_month=True,
    columns=(
        col("order_number", "text", "order number", "订单号", "订单编号 单号 订单号码 order order_id orderid invoiceno", required=True),
        col("line_no", "integer", "line number", "行号", "订单行号 行项目 line order_line_no"),
        CUSTOMER,
        col("order_date", "date", "order date", "订单日期", "下单日期 日期 date orderdate invoicedate", required=True),
        col("posting_date", "date", "posting date (invoice or shipment)", "过账日期", "开票日期 记账日期 发货日期", default="=order_date"),
        col("amount_ex_tax", "money", "amount without tax", "未税金额", "不含税金额 金额 销售额 amount sales net_amount", required=True),
        CURRENCY,
        col("line_type", "choice", "line type", "行类型", "业务类型", default="sale", choices=c.LINE_TYPE),
        col("status", "choice", "status", "订单状态", "状态", default="posted", choices=c.ORDER_STATUS),
        col("product_code", "text", "product code", "产品编码", "物料编码 商品编码 货号 product sku stockcode productkey", refers_to="products"),
        col("qty", "quantity", "quantity", "数量", "销售数量 quantity"),
        col("uom", "text", "unit", "单位", "计量单位"),
        col("cost_amount", "money", "cost (same currency)", "成本金额", "成本 销售成本 cost total_cost"),
        col("linked_order", "text", "order of the linked sale", "原订单号", "", default=None),
        col("linked_line", "integer", "line of the linked sale", "原行号", ""),
        col("to_stock", "flag", "returned goods go back to stock", "退货入库", "", default="true"),
        col("reported_by_agent", "flag", "sell-through reported by an agent (never counted)", "代理商上报", "", default="false"),
        col("channel", "text", "channel", "渠道", ""),
        col("sales_person", "text", "sales person", "销售员", "业务员 salesperson"),
        col("note", "text", "note", "备注", ""),
        RATE,
        col("base_amount", "money", "amount in base currency", "本位币金额", derived=True),
        col("base_cost", "money", "given cost in base currency", "本位币成本", derived=True),
    ),
)  # fmt: skip

INVOICES = Table(
    name="invoices",
    label=Text("invoices", "发票"),
    owner="imported",
    key=("number", "valid_from"),
    history="dated",
    effective_on="valid_from",
    columns=(
        col("number", "text", "invoice number", "发票号", "发票号码 票号 invoice invoice_number", required=True),
        CUSTOMER,
        col("issue_date", "date", "issue date", "开票日期", "发票日期 invoice_date", required=True),
        col("due_date", "date", "due date", "到期日", "到期日期 应收日期 付款到期日", required=True),
        col("amount", "money", "amount with tax", "含税金额", "金额 价税合计 发票金额", required=True),
        CURRENCY,
        col("order_number", "text", "order number", "订单号", "订单编号"),
        col("credit_of", "text", "invoice that this credit note reduces", "冲减的发票号", "原发票号"),
        col("status", "choice", "status", "发票状态", "状态", default="open", choices=c.INVOICE_STATUS),
        col("valid_from", "date", "valid from (of this status)", "状态生效日期", ""),
        RATE,
        col("base_amount", "money", "amount in base currency", "本位币金额", derived=True),
    ),
    about=Text(
        "A changed status (disputed, written off) is a new row from its day on; the first row of a number "
        "speaks from the issue date.",
        "状态变化（争议、核销）自生效日起为新行；同一发票号的首行自开票日起生效。",
    ),
)  # fmt: skip

PAYMENTS = Table(
    name="payments",
    label=Text("payments", "收款"),
    owner="imported",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="date",
    about=Text(
        "What customers paid, by number; a payment that names an invoice needs no allocation. In another currency than its "
        "invoice it settles what it is worth in base currency on its day, at the rate of the invoice.",
        "客户付款，按付款单号；已注明发票的付款无须核销。币种与发票不同时，按付款当日折合的本位币金额、以发票汇率核销。",
    ),
    columns=(
        col("number", "text", "payment number", "收款单号", "收款编号 流水号 payment_number"),
        CUSTOMER,
        col("date", "date", "date", "收款日期", "付款日期 日期 payment_date", required=True),
        col("amount", "money", "amount", "收款金额", "金额", required=True),
        CURRENCY,
        col("invoice_number", "text", "invoice paid (whole amount)", "发票号", "发票号码", refers_to="invoices"),
        col("late_reason", "choice", "reason of a late payment", "延期原因", "拖延原因", choices=c.LATE_REASON),
        col("excused", "flag", "delay excused", "是否免责", ""),
        col("method", "text", "method", "付款方式", "收款方式"),
        RATE,
        col("base_amount", "money", "amount in base currency", "本位币金额", derived=True),
    ),
)  # fmt: skip

ALLOCATIONS = Table(
    name="allocations",
    label=Text("payment allocations", "核销"),
    owner="imported",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="allocated_on",
    about=Text(
        "Which part of a payment settled which invoice, and when: days late follow from it.",
        "付款的哪一部分在何时核销了哪张发票；拖延天数由此得出。",
    ),
    columns=(
        col("number", "text", "allocation number", "核销单号", "核销编号"),
        col("invoice_number", "text", "invoice number", "发票号", "发票号码 invoice", required=True, refers_to="invoices"),
        col("payment_number", "text", "payment number", "收款单号", "payment", refers_to="payments"),
        col("allocated_on", "date", "allocated on", "核销日期", "日期 date allocated_at", required=True),
        col("amount", "money", "amount in the invoice's currency", "核销金额", "金额", required=True),
        col("late_reason", "choice", "reason of a late payment", "延期原因", "拖延原因", choices=c.LATE_REASON),
        col("excused", "flag", "delay excused", "是否免责", ""),
    ),
)  # fmt: skip

LATE_REASONS = Table(
    name="late_reasons",
    label=Text("late-payment reasons", "延期原因"),
    owner="edited",
    key=("invoice_number",),
    history="versioned",
    effective_on="decided_on",
    about=Text(
        "Why an invoice was paid late, as a person decided; some reasons excuse the delay.",
        "由人认定的付款拖延原因；部分原因可免责。",
    ),
    columns=(
        col("invoice_number", "text", "invoice number", "发票号", "发票号码", required=True, refers_to="invoices"),
        col("reason", "choice", "reason", "原因", "延期原因 拖延原因", required=True, choices=c.LATE_REASON),
        col("excused", "flag", "excused", "是否免责", ""),
        col("decided_on", "date", "decided on", "认定日期", "日期", required=True),
        col("decided_by", "text", "decided by", "认定人", ""),
        col("note", "text", "note", "备注", ""),
    ),
)  # fmt: skip

SERVICE_COSTS = Table(
    name="service_costs",
    label=Text("service costs", "服务成本"),
    owner="imported",
    key=("number",),
    history="ledger",
    identities=("key", "occurrence"),
    effective_on="date",
    about=Text(
        "What serving a customer cost beside the goods: selling and service time, logistics, promotion, financing, bad debt.",
        "货物以外的服务成本：销售与服务工时、物流、促销、资金占用、坏账等。",
    ),
    amounts=("amount",),
    by_month=True,
    columns=(
        col("number", "text", "record number", "记录号", "编号"),
        CUSTOMER,
        col("date", "date", "date", "日期", "发生日期", required=True),
        col("kind", "choice", "kind", "成本类型", "类型 费用类型", required=True, choices=c.SERVICE_COST_KIND),
        col("amount", "money", "amount", "金额", "费用金额", required=True),
        CURRENCY,
        col("driver", "text", "driver", "动因", ""),
        RATE,
        col("base_amount", "money", "amount in base currency", "本位币金额", derived=True),
    ),
)  # fmt: skip

FX_RATES = Table(
    name="fx_rates",
    label=Text("exchange rates", "汇率"),
    owner="imported",
    key=("currency", "date"),
    history="versioned",
    effective_on="date",
    about=Text(
        "Rates of exchange to the base currency by day; an amount takes the latest rate that is not too old.",
        "各币种对本位币的每日汇率；金额取未超期的最近汇率。",
    ),
    columns=(
        col("currency", "text", "currency", "币种", "货币 币别", required=True),
        col("date", "date", "date", "日期", "汇率日期", required=True),
        col("rate_to_base", "rate", "rate to base currency", "折本位币汇率", "汇率 rate", required=True, positive=True),
        col("source", "text", "source", "来源", ""),
    ),
)  # fmt: skip

ASSESSMENTS = Table(
    name="assessments",
    label=Text("assessments", "评估"),
    owner="edited",
    key=("customer_code", "template", "criterion", "as_of"),
    history="versioned",
    effective_on="as_of",
    about=Text(
        "Scores and levels that people gave, by template and criterion; the latest that is still valid counts.",
        "人工评分与等级档，按模板与评分项；取仍在有效期内的最近一次。",
    ),
    columns=(
        CUSTOMER,
        col("template", "text", "template", "评估模板", "模板 评分表", required=True),
        col("criterion", "text", "criterion", "评分项", "指标 评估项", required=True),
        col("score", "money", "score", "得分", "分数 实际得分", required=True),
        col("level", "text", "level", "等级", "档次"),
        col("assessor", "text", "assessor", "评估人", "评分人", required=True),
        col("as_of", "date", "as of", "评估日期", "日期 as_of", required=True),
        col("valid_until", "date", "valid until", "有效期至", ""),
        col("evidence", "text", "evidence", "依据", "证据"),
        col("comment", "text", "remarks", "备注", ""),
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        CUSTOMERS,
        PRODUCTS,
        ORDER_LINES,
        INVOICES,
        PAYMENTS,
        ALLOCATIONS,
        LATE_REASONS,
        SERVICE_COSTS,
        FX_RATES,
        ASSESSMENTS,
        business.PROJECTS,
        business.SHIPMENTS,
        business.CREDIT_TERMS,
        business.CAMPAIGNS,
        business.TOUCHES,
        business.PLANS,
        business.CATEGORY_SPEND,
        relations.CONTACTS,
        relations.INTERACTIONS,
        relations.CALLS,
        relations.COMPLAINTS,
        relations.SURVEYS,
        relations.TIME_LOGS,
        relations.SIGNALS,
        relations.REFERRALS,
        segmenting.SEGMENTS,
        segmenting.SEGMENT_MEMBERSHIPS,
        identity.MERGES,
        identity.DIFFERENT_CUSTOMERS,
    )
}


def table(name: str) -> Table:
    """The declared table. **Raises** ``KeyError`` if there is none of that name."""
    return TABLES[name]


def schema_of(name: str) -> dict[str, str]:
    """Column name -> Ibis type of a stored table: declared columns, then system columns."""
    declared = {column.name: IBIS_TYPES[column.kind] for column in TABLES[name].columns}
    return declared | SYSTEM_COLUMNS
