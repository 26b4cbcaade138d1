"""The closed lists that columns choose from. Source: spec 3.1, 4.2, 4.3, 5.4."""

from __future__ import annotations

from tierwise.book.contract.model import Choice
from tierwise.kernel.text import Text


def _list(*items: tuple[str, str, str, tuple[str, ...]]) -> tuple[Choice, ...]:
    return tuple(Choice(code, Text(en, zh), synonyms) for code, en, zh, synonyms in items)


CUSTOMER_KIND = _list(
    ("suspect", "suspect", "待甄别对象", ("待甄别",)),
    ("prospect", "prospect", "潜在客户", ("潜在", "意向客户")),
    ("existing", "existing customer", "现有客户", ("现有", "老客户", "成交客户")),
    ("internal", "internal customer", "内部客户", ("内部",)),
)
RELATION_TYPE = _list(
    ("consumer", "consumer", "消费客户", ("个人消费者",)),
    ("business", "business", "企业客户", ("B2B", "企业")),
    ("channel", "channel", "渠道客户", ("渠道",)),
    ("internal", "internal", "内部客户", ("内部",)),
)
PARTY_TYPE = _list(
    ("organisation", "organisation", "组织", ("organization", "企业", "单位")),
    ("person", "person", "个人", ("自然人",)),
)
OWNERSHIP_NATURE = _list(
    ("government", "government", "政府", ("政府机关", "事业单位")),
    (
        "state_owned",
        "state-owned or state-controlled",
        "国有全资或控股",
        ("国有", "国企", "央企", "国有企业"),
    ),
    ("joint_stock", "joint-stock company", "股份公司", ("股份制", "股份制企业", "股份有限公司")),
    ("private", "private", "民营全资或控股", ("民营", "私营", "民企", "民营企业")),
    ("foreign", "foreign-owned", "外资", ("外商独资", "外企", "外资企业", "合资")),
    ("individual", "individual", "个人", ("个体", "个体户")),
    ("other", "other", "其他", ("其它",)),
)
HIERARCHY_NODE = _list(
    ("group", "group", "集团", ()),
    ("headquarters", "headquarters", "总部", ("总公司",)),
    ("branch", "branch", "分部", ("分公司", "分支机构")),
    ("site", "site", "门店/工厂", ("门店", "工厂")),
    ("standalone", "standalone", "独立", ()),
)
CUSTOMER_STATUS = _list(
    ("active", "active", "正常", ("启用", "有效")),
    ("archived", "archived", "归档", ("停用", "无效")),
    ("merged", "merged into another", "已合并", ()),
)
LIFECYCLE_STATUS = _list(
    ("never_bought", "never bought", "未成交", ()),
    ("active", "active", "活跃", ()),
    ("at_risk", "at risk", "有流失风险", ()),
    ("dormant", "dormant", "沉睡", ()),
    ("lost", "lost", "流失", ()),
    ("regained", "regained", "已赢回", ()),
)
"""Computed (RET-01), never read from a file."""
CONFIDENCE = _list(("high", "high", "高", ()), ("medium", "medium", "中", ()), ("low", "low", "低", ()))
"""How far an expected day can be trusted; computed (SAL-16)."""
LINE_TYPE = _list(
    ("sale", "sale", "销售", ("销货", "出货")),
    ("return", "return", "退货", ("销售退货", "退回")),
    ("rebate", "rebate", "返利", ("返点",)),
    ("allowance", "allowance", "折让", ("销售折让", "折扣")),
    ("freight", "freight", "运费", ()),
    ("service", "service", "服务", ("服务费",)),
)
ORDER_STATUS = _list(
    ("draft", "draft", "草稿", ()),
    ("posted", "posted", "已过账", ("已审核", "已记账", "confirmed")),
    ("part_shipped", "partly shipped", "部分发货", ()),
    ("shipped", "shipped", "已发货", ()),
    ("closed", "closed", "已关闭", ("已完成", "完成", "done")),
    ("cancelled", "cancelled", "已取消", ("canceled", "取消", "作废")),
)
INVOICE_STATUS = _list(
    ("open", "open", "未结清", ("未付",)),
    ("part_paid", "partly paid", "部分付款", ()),
    ("paid", "paid", "已付清", ("已结清",)),
    ("disputed", "disputed", "有争议", ("争议",)),
    ("written_off", "written off", "已核销坏账", ("坏账",)),
    ("void", "void", "作废", ("已作废",)),
)
SERVICE_COST_KIND = _list(
    ("sales_time", "sales time", "销售工时", ()),
    ("service_time", "service time", "服务工时", ()),
    ("logistics", "logistics", "物流", ("运输",)),
    ("after_sales", "after-sales", "售后", ()),
    ("promotion", "promotion", "促销", ("市场费用",)),
    ("finance_cost", "financing cost", "资金占用", ("财务费用",)),
    ("bad_debt", "bad debt", "坏账", ()),
    ("other", "other", "其他", ("其它",)),
)
LATE_REASON = _list(
    ("our_invoice_error", "our invoice error", "我方开票错误", ()),
    ("our_delivery_fault", "our delivery or quality fault", "我方交付或质量问题", ("质量问题",)),
    ("bank_or_holiday", "bank or holiday delay", "银行或节假日延误", ()),
    ("force_majeure", "force majeure", "不可抗力", ()),
    ("agreed_extension", "agreed extension", "协商展期", ("同意展期",)),
    ("cash_shortage", "cash shortage", "资金紧张", ("资金短缺",)),
    ("internal_approval", "customer's internal approval", "对方内部审批", ("内部审批",)),
    ("deliberate_delay", "deliberate delay", "故意拖延", ()),
    ("lost_documents", "lost documents", "单据遗失", ()),
    ("unjustified_dispute", "unjustified dispute", "无理争议", ()),
    ("unknown", "unknown", "不明", ("未知",)),
)
EXCUSED_REASONS: frozenset[str] = frozenset(
    {"our_invoice_error", "our_delivery_fault", "bank_or_holiday", "force_majeure", "agreed_extension"}
)
"""Late reasons that are not attributable to the customer (spec 5.4)."""
BANK_OR_HOLIDAY_MAX_DAYS = 3
"""A bank or holiday delay is excused up to this many days (spec 5.4)."""
COUNTED_STATUSES: tuple[str, ...] = ("posted", "part_shipped", "shipped", "closed")
"""Order lines that count: posted or later, never draft or cancelled (spec 5.1(3))."""
CHANNEL_KIND = _list(
    ("traditional", "traditional", "传统", ()),
    ("telephone", "telephone", "电话", ("phone", "电话营销")),
    ("web", "web", "网络", ("internet", "互联网", "线上")),
    ("field", "field", "上门", ("地推",)),
    ("agent", "agent", "代理", ("代理商",)),
    ("store", "store", "门店", ("店铺",)),
)
INTERACTION_KIND = _list(
    ("visit", "visit", "拜访", ("上门拜访", "走访")),
    ("call", "call", "电话", ("通话",)),
    ("meeting", "meeting", "会议", ("会谈",)),
    ("email", "e-mail", "邮件", ("电子邮件",)),
    ("message", "message", "消息", ("短信", "微信")),
    ("greeting", "greeting", "问候", ("节日问候",)),
    ("event", "event", "活动", ()),
)
DIRECTION = _list(
    ("in", "from the customer", "来访", ("呼入", "inbound")),
    ("out", "to the customer", "外出", ("呼出", "outbound")),
)
VISITOR_LEVEL = _list(
    ("account_manager", "account manager", "客户经理", ()),
    ("supervisor", "supervisor", "主管", ("经理",)),
    ("executive", "executive", "高层", ("领导", "高管")),
)
PROMISE_STATE = _list(
    ("open", "open", "待兑现", ("进行中", "未到期")),
    ("kept", "kept", "已兑现", ("兑现",)),
    ("late", "kept late", "逾期兑现", ("延迟",)),
    ("broken", "broken", "未兑现", ("食言",)),
    ("withdrawn", "withdrawn", "已撤回", ("撤回",)),
)
CALL_END = _list(
    ("answered", "answered", "已接通", ("接通",)),
    ("abandoned", "abandoned", "主动放弃", ("放弃", "挂断")),
    ("rejected_busy", "turned away busy", "忙线拒绝", ("忙线", "占线")),
)
ACTIVITY = _list(
    ("selling", "selling", "销售", ()),
    ("service", "service", "服务", ()),
    ("planning", "planning", "计划", ()),
    ("travel", "travel", "差旅", ("路途",)),
)
SIGNAL_KIND = _list(
    ("industry_trend", "industry trend", "行业趋势", ()),
    ("personnel_change", "change of personnel", "人事变动", ()),
    ("payment_ability", "ability to pay", "支付能力", ()),
    ("reorganisation", "reorganisation", "重组", ("reorganization",)),
    ("product_sales", "sales of its products", "产品销售", ()),
    ("policy", "policy", "政策", ()),
    ("competitor_move", "move of a competitor", "对手动作", ()),
    ("innovation", "innovation", "创新", ()),
    ("other_anomaly", "other anomaly", "其它异常", ("其他异常",)),
)
SIGNAL_STATE = _list(
    ("new", "new", "新建", ()),
    ("assessed", "assessed", "已评估", ()),
    ("acted", "acted upon", "已处理", ()),
    ("closed", "closed", "已关闭", ()),
)
RESPONSE = _list(
    ("none", "none", "无响应", ("无",)),
    ("opened", "opened", "已打开", ("打开",)),
    ("answered", "answered", "已回复", ("回复",)),
    ("lead", "lead", "形成商机", ("商机", "线索")),
    ("order", "order", "下单", ("成交",)),
)
PAYMENT_METHOD = _list(
    ("cash_on_delivery", "cash on delivery", "货到付款", ()),
    ("prepaid", "prepaid", "预付", ("款到发货",)),
    ("credit", "on credit", "赊销", ("账期",)),
)
TERM_SOURCE = _list(
    ("grade", "grade", "等级", ()),
    ("contract", "contract", "合同", ()),
    ("exception", "approved exception", "特批", ("例外",)),
    ("hold", "credit hold", "信用冻结", ("冻结",)),
)
PLAN_MEASURE = _list(
    ("sales", "sales", "销售额", ("净销售额",)),
    ("revenue_received", "revenue received", "回款", ("回款额",)),
    ("margin_pct", "margin, %", "毛利率", ()),
    ("profit", "profit", "利润", ("毛利",)),
)
COVERAGE = _list(("direct", "direct", "直接", ("直销",)), ("agent", "by an agent", "代理", ("代理商",)))
BUYING_ROLES = _list(
    ("decision_maker", "decision maker", "决策者", ()),
    ("user", "user", "使用者", ()),
    ("adviser", "adviser", "顾问", ()),
    ("gatekeeper", "gatekeeper", "把关者", ()),
    ("outsider", "outsider", "外部人士", ()),
    ("approver", "approver", "审核者", ()),
    ("budget_owner", "budget owner", "预算人", ()),
)
GENDER = _list(("female", "female", "女", ("f",)), ("male", "male", "男", ("m",)))
SEGMENT_DIMENSION = _list(
    ("industry", "industry", "行业", ()),
    ("region", "region", "地区", ("区域",)),
    ("consumer_gender", "consumer's gender", "消费者性别", ("性别",)),
    ("size", "size", "规模", ("企业规模",)),
    ("ownership", "ownership", "企业性质", ("所有制",)),
    ("need", "need", "需求", ()),
    ("behaviour", "behaviour", "行为", ("behavior", "行为特征")),
    ("expectation", "expectation", "期望", ()),
    ("channel", "channel", "渠道", ()),
    ("other", "other", "其他", ("其它",)),
)
SEGMENT_BASIS = _list(
    ("manual", "by hand", "手工", ("人工", "hand")),
    ("rule", "by rule", "规则", ("按规则",)),
)
