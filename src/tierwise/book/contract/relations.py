"""People and dealings with customers: contacts, interactions, calls, complaints, surveys, hours, signals, referrals.

**Source** spec 4.2, 4.3, 4.6, 14. Lengths of time are stated in seconds, minutes or hours, not as two
instants: what decides is the length, and instants do not mean the same on every engine.
"""

from __future__ import annotations

from tierwise.book.contract import choices as c
from tierwise.book.contract.columns import CUSTOMER, col
from tierwise.book.contract.model import Table
from tierwise.kernel.text import Text

_NUMBER = col("number", "text", "record number", "记录号", "编号 单号 number id")

CONTACTS = Table(
    name="contacts",
    label=Text("contacts", "联系人"),
    owner="edited",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    columns=(
        col("code", "text", "contact code", "联系人编码", "联系人编号 contact contact_code contact_id", required=True),
        CUSTOMER,
        col("name", "text", "name", "姓名", "联系人 联系人姓名 contact_name", required=True),
        col("title", "text", "title", "职务", "职位 头衔"),
        col("department", "text", "department", "部门", ""),
        col("level", "integer", "level, 1 top to 4 working", "层级", "级别", between=(1, 4)),
        col("roles", "text", "buying roles, codes separated by ;", "购买角色", "角色 buying_roles"),
        col("stance", "integer", "stance, -2 opponent to +2 supporter", "立场", "态度", between=(-2, 2)),
        col("influence", "integer", "influence, 1 to 5", "影响力", "", between=(1, 5)),
        col("phone", "text", "phone", "电话", "手机 联系电话"),
        col("email", "text", "e-mail", "邮箱", "电子邮箱 邮件"),
        col("location", "text", "location", "所在地", "地点"),
        col("language", "text", "language", "语言", ""),
        col("active", "flag", "still there", "在职", "", default="true"),
        col("successor_code", "text", "successor", "接任者编码", "接任者", refers_to="contacts"),
        col("valid_from", "date", "valid from", "生效日期", ""),
    ),
    about=Text(
        "Roles: " + ", ".join(f"`{r.code}`" for r in c.BUYING_ROLES) + ".",
        "角色：" + "、".join(f"`{r.code}` {r.label.zh}" for r in c.BUYING_ROLES) + "。",
    ),
)  # fmt: skip

INTERACTIONS = Table(
    name="interactions",
    label=Text("interactions", "接触记录"),
    owner="edited",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="date",
    about=Text(
        "Visits, calls, meetings and other contacts with a customer, with what was promised.",
        "拜访、通话、会议等与客户的接触，以及所作的承诺。",
    ),
    columns=(
        _NUMBER,
        CUSTOMER,
        col("date", "date", "date", "日期", "接触日期 拜访日期 跟进日期 started_at time", required=True),
        col("kind", "choice", "kind", "接触方式", "类型 方式 跟进方式", required=True, choices=c.INTERACTION_KIND),
        col("contact_code", "text", "contact", "联系人编码", "联系人", refers_to="contacts"),
        col("channel", "choice", "channel", "渠道", "", choices=c.CHANNEL_KIND),
        col("direction", "choice", "direction", "方向", "", default="out", choices=c.DIRECTION),
        col("by", "text", "by", "经办人", "拜访人 跟进人 负责人"),
        col("visitor_level", "choice", "level of the visitor", "拜访人级别", "拜访级别", choices=c.VISITOR_LEVEL),
        col("minutes", "quantity", "minutes", "时长分钟", "分钟 时长"),
        col("summary", "text", "summary", "摘要", "内容 跟进内容"),
        col("outcome", "text", "outcome", "结果", ""),
        col("next_step", "text", "next step", "下一步", ""),
        col("promise", "text", "promise made", "承诺内容", "承诺"),
        col("promise_due_on", "date", "promise due on", "承诺到期日", "承诺日期"),
        col("promise_state", "choice", "state of the promise", "承诺状态", "", choices=c.PROMISE_STATE),
    ),
)  # fmt: skip

CALLS = Table(
    name="calls",
    label=Text("calls", "通话记录"),
    owner="imported",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="date",
    by_month=True,
    columns=(
        col("number", "text", "call number", "通话编号", "记录号 编号 通话流水号 call_id number id"),
        col("customer_code", "text", "customer code", "客户编码", "客户代码 客户编号 客户号 customer customer_id customerid",
            refers_to="customers",
        ),
        col("date", "date", "day on which the call entered the queue", "日期", "进队日期 来电日期 entered_queue_at time", required=True),
        col("left_reason", "choice", "how the call left the queue", "离队原因", "通话结果 结果 接听结果",
            required=True, choices=c.CALL_END,
        ),
        col("wait_seconds", "quantity", "seconds in the queue", "等待秒数", "等待时长 排队时长 wait", default="0"),
        col("talk_seconds", "quantity", "seconds of conversation", "通话秒数", "通话时长 talk"),
        col("caller_number", "text", "caller's number", "来电号码", "主叫号码"),
        col("tier_at_entry", "text", "service tier at entry", "进队时服务层级", "服务层级"),
        col("agent", "text", "agent", "坐席", "客服"),
        col("queue", "text", "queue", "队列", ""),
        col("skill", "text", "skill", "技能", ""),
        col("resolution", "text", "resolution", "处理结果", ""),
    ),
    about=Text(
        "Waiting is counted from entering the human queue until the call is answered or leaves.",
        "等待时长自进入人工队列起，至接通或离队止。",
    ),
)  # fmt: skip

COMPLAINTS = Table(
    name="complaints",
    label=Text("complaints", "投诉"),
    owner="edited",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="received_on",
    columns=(
        col("number", "text", "complaint number", "投诉编号", "记录号 编号 投诉单号 number id"),
        CUSTOMER,
        col("received_on", "date", "received on", "投诉日期", "受理日期 日期 received_at date time", required=True),
        col("category", "text", "category", "投诉类别", "类别 类型 kind"),
        col("severity", "integer", "severity, 1 to 4", "严重程度", "级别 等级", between=(1, 4)),
        col("channel", "choice", "channel", "渠道", "", choices=c.CHANNEL_KIND),
        col("text", "text", "text", "投诉内容", "内容"),
        col("first_response_hours", "quantity", "hours until the first response", "首次响应小时", "首次响应时长 响应时长"),
        col("resolution_hours", "quantity", "hours until resolved", "解决小时", "解决时长 处理时长"),
        col("resolved_on", "date", "resolved on", "解决日期", "结案日期 resolved_at"),
        col("repeat_of", "text", "repeats the complaint", "重复投诉的编号", "原投诉编号", refers_to="complaints"),
        col("root_cause", "text", "root cause", "根本原因", "原因"),
        col("lesson", "text", "lesson", "经验教训", ""),
        col("compensation", "money", "compensation (base currency)", "赔偿金额", "赔偿 补偿"),
        col("satisfied", "flag", "satisfied with the solution", "是否满意", "满意"),
    ),
    about=Text(
        "A complaint is open until the day before `resolved_on`.",
        "投诉在“解决日期”前一日为止视为未解决。",
    ),
)  # fmt: skip

SURVEYS = Table(
    name="surveys",
    label=Text("survey answers", "满意度调查"),
    owner="edited",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="answered_on",
    about=Text(
        "Answers to surveys of satisfaction and recommendation.",
        "满意度与推荐意愿调查的答复。",
    ),
    columns=(
        _NUMBER,
        CUSTOMER,
        col("answered_on", "date", "answered on", "答复日期", "调查日期 日期 answered_at date time", required=True),
        col("sent_on", "date", "sent on", "发送日期", "sent_at"),
        col("kind", "text", "kind of survey", "调查类型", "类型"),
        col("contact_code", "text", "contact", "联系人编码", "联系人", refers_to="contacts"),
        col("csat", "integer", "satisfaction, 1 to 5", "满意度", "满意度评分 csat", between=(1, 5)),
        col("nps", "integer", "would recommend, 0 to 10", "推荐意愿", "净推荐值 nps", between=(0, 10)),
        col("expectation_met", "integer", "expectation met, -2 to +2", "期望满足", "期望差", between=(-2, 2)),
        col("comments", "text", "comments", "意见", "备注"),
    ),
)  # fmt: skip

TIME_LOGS = Table(
    name="time_logs",
    label=Text("hours of work", "投入工时"),
    owner="edited",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="date",
    about=Text(
        "Minutes that people worked for a customer, by activity.",
        "员工为客户投入的工时（分钟），按活动类别。",
    ),
    columns=(
        _NUMBER,
        CUSTOMER,
        col("date", "date", "date", "日期", "工作日期 time", required=True),
        col("minutes", "quantity", "minutes", "分钟", "时长分钟 工时分钟", required=True, positive=True),
        col("user", "text", "our person", "人员", "员工 业务员"),
        col("activity", "choice", "activity", "活动类型", "工作类型 类型 kind", default="service", choices=c.ACTIVITY),
        col("note", "text", "note", "备注", ""),
    ),
)  # fmt: skip

SIGNALS = Table(
    name="signals",
    label=Text("signals", "客户动向"),
    owner="edited",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="seen_on",
    about=Text(
        "What was noticed at a customer: a change of people, a competitor, a new project.",
        "在客户处观察到的信号：人事变动、竞争对手、新项目等。",
    ),
    columns=(
        _NUMBER,
        CUSTOMER,
        col("seen_on", "date", "seen on", "发现日期", "日期 seen_at date time", required=True),
        col("kind", "choice", "kind", "动向类型", "类型", required=True, choices=c.SIGNAL_KIND),
        col("severity", "integer", "severity, 1 to 3", "严重程度", "级别", between=(1, 3)),
        col("text", "text", "text", "内容", "说明"),
        col("source", "text", "source", "来源", ""),
        col("owner", "text", "owner", "负责人", ""),
        col("state", "choice", "state", "状态", "处理状态", default="new", choices=c.SIGNAL_STATE),
        col("action", "text", "action", "措施", ""),
    ),
)  # fmt: skip

REFERRALS = Table(
    name="referrals",
    label=Text("referrals", "推荐"),
    owner="edited",
    key=("number",),
    history="versioned",
    identities=("key", "occurrence"),
    effective_on="date",
    about=Text(
        "Who recommended whom, and when.",
        "谁在何时推荐了谁。",
    ),
    columns=(
        _NUMBER,
        col("referrer_code", "text", "customer that referred", "推荐方客户编码", "推荐人 推荐方 推荐客户 customer_code 客户编码",
            required=True, refers_to="customers",
        ),
        col("referred_code", "text", "customer that was referred", "被推荐方客户编码", "被推荐人 被推荐方 被推荐客户",
            required=True, refers_to="customers",
        ),
        col("date", "date", "date", "日期", "推荐日期 time", required=True),
        col("kind", "text", "kind", "类型", ""),
        col("evidence", "text", "evidence", "依据", "证据"),
        col("converted_on", "date", "converted on", "转化日期", "成交日期 converted_at"),
    ),
)  # fmt: skip
