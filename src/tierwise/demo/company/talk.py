"""The people at the customers of the sample company, and what is talked about with them. All are invented.

样例公司客户方的人员与往来内容，均为虚构。
"""

from __future__ import annotations

from typing import NamedTuple

SURNAMES = (
    "褚卫蒋韩杨秦尤许何吕施孔曹严华金魏陶姜戚谢邹喻柏窦云葛奚范郎鲁韦昌苗凤方俞任袁柳史唐费廉岑薛雷贺倪汤"
)
GIVEN: tuple[str, ...] = (
    "建业", "永康", "丽华", "志强", "晓燕", "国梁", "海波", "雅琴", "卫东", "思远", "文斌", "秀兰", "立新", "春晖", "明达",
    "慧敏", "学军", "亚男", "振宇", "佳怡", "长河", "玉洁", "宏图", "静宜", "德胜", "若冰", "少华", "桂英", "一凡", "景山",
)  # fmt: skip
FOREIGNERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "US": ("英语", ("Dana Whitcombe", "Earl Brandvold", "Marcy Tillery", "Glenn Ostrow")),
    "DE": ("德语", ("Jutta Reinfeld", "Holger Amsbach", "Silke Dorfner", "Uwe Kranzler")),
    "JP": ("日语", ("滝沢 和宏", "真壁 由紀", "稲村 浩二", "小笠 恵")),
    "SG": ("英语", ("Kelvin Tay Boon", "Serene Ong Lay", "Arjun Pillay", "Mei Fen Loke")),
}
"""Country -> language, and names of people there."""


class Position(NamedTuple):
    """A place in a customer's house, and the part that it plays when something is bought."""

    title: str
    department: str
    level: int
    roles: str
    mailbox: str


BUYER = Position("采购经理", "采购部", 3, "gatekeeper", "purchasing")
POSITIONS: tuple[Position, ...] = (
    BUYER,
    Position("设备部经理", "设备部", 3, "adviser;user", "maintenance"),
    Position("副总经理", "管理层", 2, "approver;budget_owner", "deputy"),
    Position("总经理", "管理层", 1, "decision_maker", "office"),
    Position("财务经理", "财务部", 3, "approver", "finance"),
)
"""In the order in which one gets to know them; those of large customers."""
SMALL_BUYERS: tuple[Position, ...] = (
    Position("采购主管", "采购部", 4, "gatekeeper;user", "purchasing"),
    Position("采购员", "采购部", 4, "gatekeeper", "buyer"),
    Position("仓库主管", "仓储部", 4, "user", "warehouse"),
    Position("维修班长", "生产部", 4, "user", "workshop"),
)
SHOPKEEPER = Position("负责人", "", 1, "decision_maker;user", "shop")
OFFICIAL = Position("设备科科长", "设备科", 3, "gatekeeper;adviser", "equipment")


class Talk(NamedTuple):
    """What a record of a contact says; where something was promised, that, too."""

    summary: str
    outcome: str
    next_step: str
    promise: str = ""
    direction: str = "out"


TALKS: dict[str, tuple[Talk, ...]] = {
    "visit": (
        Talk("走访车间，了解下季度检修计划", "检修提前两周，备件需求增加约一成", "整理备件清单", "提供下季度备件备货计划"),
        Talk("与采购核对年度框架协议执行情况", "用量达到协议的八成", "尽快补签附件", "提交协议执行对账单"),
        Talk("现场查看气动元件使用情况", "部分型号可替换为国产系列", "寄送样品", "免费提供两套试用样品"),
        Talk("拜访管理层，介绍新一年合作方案", "对方认可，待内部讨论", "两周后回访", "提交书面合作方案"),
        Talk("现场处理交期投诉", "对方接受补救安排", "跟踪到货", "剩余货物全部补齐"),
        Talk("例行拜访，了解竞争对手报价", "价格略高，但服务受认可", "申请阶梯价格"),
        Talk("介绍新品密封件", "设备部愿意试用", "安排技术交流"),
    ),
    "call": (
        Talk("来电询问在途订单到货时间", "已告知物流单号", "到货后回访", direction="in"),
        Talk("来电核对月末对账差异", "差异来自退货冲减", "补寄红字发票", "寄出更正后的发票", "in"),
        Talk("回访新到货批次使用情况", "反馈良好", ""),
        Talk("电话跟进报价", "对方要求再降两个点", "与主管商议", "回复最终报价"),
        Talk("提醒逾期货款", "承诺月内安排付款", "月末再确认"),
        Talk("询问下月订货计划", "与上月持平", ""),
    ),
    "meeting": (
        Talk("半年度业务回顾会", "双方确认交付改进目标", "形成会议纪要", "发出会议纪要与改进清单"),
        Talk("技术交流：轴承选型与寿命", "确定三种型号进入试用", "编制试用方案", "提交选型报告"),
        Talk("新项目物资需求沟通会", "项目明年一季度启动", "参与投标准备", "提供项目物资初步报价"),
        Talk("供应商质量会", "未出现质量问题，评分靠前", "保持抽检"),
    ),
    "email": (
        Talk("发送新版产品目录与价目表", "对方已收悉", ""),
        Talk("对方邮件索取检测报告", "已转质量部", "跟踪报告", "补齐批次检测报告", "in"),
        Talk("发送年度满意度改进说明", "", ""),
    ),
    "message": (
        Talk("微信确认送货时间", "次日上午送达", "", direction="in"),
        Talk("微信发送紧急备件照片核对型号", "型号确认无误", "当日发货"),
    ),
    "event": (
        Talk("参加新品发布会", "对节能系列感兴趣", "会后拜访", "安排节能系列现场演示"),
        Talk("参观我方仓配中心", "认可现货能力", "跟进框架协议"),
    ),
}  # fmt: skip
"""Kind of contact -> what was noted."""
WEIGHTS: tuple[tuple[str, int], ...] = (
    ("visit", 36), ("call", 32), ("meeting", 11), ("email", 10), ("message", 7), ("event", 4),
)  # fmt: skip
CHANNEL: dict[str, str] = {"visit": "field", "call": "telephone", "email": "web", "message": "web"}
DUE: dict[str, tuple[int, int]] = {"visit": (10, 45), "meeting": (20, 150), "event": (20, 120)}
"""Kind -> days after which something that was promised there is due, at the soonest and at the latest."""
DUE_SOON = (4, 20)
LASTS: dict[str, tuple[int, int]] = {
    "visit": (45, 180),
    "call": (5, 30),
    "meeting": (60, 180),
    "event": (90, 240),
}
"""Kind -> shortest and longest, in minutes."""


class Notice(NamedTuple):
    """Something noticed at a customer, what it may mean, and what is done about it."""

    kind: str
    severity: int
    text: str
    action: str


NOTICES: tuple[Notice, ...] = (
    Notice("competitor_move", 2, "竞争对手在对方仓库设置寄售备件", "评估寄售方案"),
    Notice("competitor_move", 3, "竞争对手报出低于我方一成的年度价格", "申请特价并安排高层拜访"),
    Notice("industry_trend", 1, "所在行业开工率回升", "提前备货"),
    Notice("industry_trend", 2, "下游订单减少，生产线轮休", "下调季度预测"),
    Notice("innovation", 1, "新产线将采用伺服驱动，备件需求将变化", "安排选型交流"),
    Notice("product_sales", 1, "新产品销售旺盛，产线满负荷", "推荐备件包"),
    Notice("product_sales", 2, "主要产品出口下滑", "关注订货节奏"),
    Notice("policy", 1, "当地出台设备更新补贴", "协助准备申报材料"),
    Notice("reorganisation", 2, "集团拟将各分公司采购集中到总部", "与总部采购建立联系"),
    Notice("other_anomaly", 2, "近期多次小批量零散订货", "了解库存变化原因"),
)
"""What may be noticed anywhere."""
STORY_NOTICES: dict[str, Notice] = {
    "fading": Notice("competitor_move", 3, "部分品类已改由竞争对手供货", "制定挽回方案"),
    "lost_key": Notice("competitor_move", 3, "年度框架协议被竞争对手取得", "安排高层拜访，争取备选供应商资格"),
    "late_payer_own_fault": Notice("payment_ability", 3, "对方资金紧张，多家供应商反映拖欠", "收紧信用额度"),
    "rising_star": Notice("product_sales", 1, "新厂房投产，产能翻倍", "提前洽谈明年框架协议"),
    "group_head": Notice("reorganisation", 2, "集团讨论统一采购", "准备集团价格方案"),
    "hot_prospect": Notice("innovation", 2, "新建智能工厂项目进入招标准备", "争取入围"),
}  # fmt: skip
LEFT = Notice("personnel_change", 2, "采购负责人离任，由他人接任", "拜访接任者")
HEARD_FROM: tuple[str, ...] = ("拜访", "同行", "客户来电", "行业网站")
