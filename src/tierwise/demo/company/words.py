"""The words of the sample company. Places, firms and persons are invented; regions and trades are real.

虚构的样例公司用词：地名、企业与人名均为虚构，地区与行业为真实名称。
"""

from __future__ import annotations

REGIONS: tuple[tuple[str, int], ...] = (
    ("华东", 44), ("华南", 18), ("华北", 13), ("华中", 11), ("西南", 7), ("西北", 4), ("东北", 3),
)  # fmt: skip
"""Region and weight. The distributor sits in East China."""

PLACES: dict[str, tuple[str, ...]] = {
    "华东": ("澜江", "临沅", "青屿", "吴桥港", "云泾", "越溪湾", "锡澄", "虞山口", "甬澜", "沪浦湾"),
    "华南": ("岭川", "榕湾", "珠澜", "海陵港", "粤溪"),
    "华北": ("燕岭", "冀原", "沽海", "晋川口"),
    "华中": ("荆泽", "汉洲", "湘浦", "豫川"),
    "西南": ("蜀屏", "渝岭", "滇澜"),
    "西北": ("秦塬", "陇川"),
    "东北": ("辽屿", "松江口"),
}

BRAND_FIRST = "泓骐琨岚澍烨翊霁桓璟沅珩昱铄钧铖峻淳颢煜衡砺锐驰恒嘉启瑞盛腾旭毅"
BRAND_SECOND = "珩霖岳澜炜峥铠玮钊澄驭锴泽辰邦远达源晟图诺通科驰信裕兴和川泰宏昌"

INDUSTRIES: tuple[tuple[str, str, str, int], ...] = (
    ("automotive", "汽车零部件", "汽车部件", 14),
    ("machinery", "通用机械", "机械制造", 18),
    ("electronics", "电子制造", "精密电子", 12),
    ("food", "食品饮料", "食品", 9),
    ("chemical", "化工", "化工", 9),
    ("steel", "钢铁冶金", "重工", 6),
    ("energy", "新能源", "新能源科技", 9),
    ("logistics", "仓储物流", "物流装备", 6),
    ("paper", "造纸印刷", "纸业", 4),
    ("textile", "纺织", "纺织", 5),
    ("shipbuilding", "船舶海工", "船舶", 3),
    ("property", "园区与地产工程", "园区建设", 5),
)
"""Code, Chinese name, word in a firm's name, weight."""

SEGMENTS: tuple[str, ...] = ("流程工业", "离散制造", "工程项目", "设备厂OEM", "维修服务商")

TEAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "华东": ("华东一部", ("沈知远", "陆清和", "顾明轩", "钱思源", "汪若澜", "许承安", "朱以宁", "章书涵")),
    "华南": ("华南部", ("林嘉树", "陈奕川", "黄若云", "梁景行")),
    "华北": ("华北部", ("赵允恒", "孟祥宇", "田一鸣")),
    "华中": ("华中部", ("周望舒", "熊立言", "彭予安")),
    "西南": ("西部大区", ("罗锦程", "何秋白")),
    "西北": ("西部大区", ("马骁腾", "何秋白")),
    "东北": ("华北部", ("孙北辰", "田一鸣")),
    "海外": ("国际部", ("方泊宁", "苏以安")),
}
"""Team and account managers by region."""

CREDIT_CONTROLLERS: tuple[str, ...] = ("信控 吴敏之", "信控 郑海岚", "财务 严书简")
ASSESSORS: tuple[str, ...] = ("市场部 秦一诺", "市场部 卢思齐", "战略部 白景澄")

SOURCES: tuple[str, ...] = ("展会", "转介绍", "电话开发", "官网", "招投标", "代理商", "老客户")
CHANNELS: tuple[str, ...] = ("传统", "传统", "上门", "电话", "网络")

OVERSEAS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("US", "USD", "美国", ("湖港工业供应", "铁桥传动", "北溪备件", "峡湾气动")),
    ("DE", "EUR", "德国", ("莱恩堡机械", "鲁溪传动技术", "阿勒谷工业")),
    ("JP", "JPY", "日本", ("滨岛商事", "南浦机工", "秋川精密")),
    ("SG", "USD", "新加坡", ("狮湾海工", "樟洲工业")),
)
"""Country, currency, Chinese name, invented firms."""

PAYMENT_METHODS: tuple[str, ...] = ("电汇", "电汇", "银行承兑汇票", "网银转账")

EVIDENCE: tuple[str, ...] = ("拜访记录", "年报摘要", "项目清单", "招标公告", "客户访谈", "公开信息")

ENGINEERS: tuple[str, ...] = (
    "服务 龚子谦", "服务 蓝一川", "服务 邵景和", "服务 祁若水", "服务 康以恒", "服务 庄明哲", "服务 滕书远", "服务 骆清扬",
)  # fmt: skip
CALL_AGENTS: tuple[str, ...] = (
    "坐席 温如玉",
    "坐席 乔一帆",
    "坐席 丁思涵",
    "坐席 江晚晴",
    "坐席 万嘉宁",
    "坐席 俞若彤",
)

WORK: dict[str, tuple[str, ...]] = {
    "selling": ("拜访采购", "报价与议价", "新品介绍", "合同洽谈", "订单跟进"),
    "service": ("现场调试", "备件更换", "选型支持", "故障排查", "使用培训"),
    "travel": ("往返途中",),
    "planning": ("季度需求对接", "客户计划整理"),
}
"""Activity -> what the person wrote."""

MATTERS: dict[str, tuple[str, str, str]] = {
    "交期": ("到货晚于承诺日期", "备货预测不足", "承诺交期前核对库存与在途"),
    "开票": ("发票内容与订单不符", "开票信息未更新", "客户开票资料变更后当日更新"),
    "质量": ("产品试用后出现故障", "批次质量波动", "同批次发货前抽检"),
    "服务": ("现场服务响应慢", "服务人员排班不足", "高峰月份提前排班"),
    "价格": ("结算价与报价不一致", "调价通知未送达", "调价前逐户书面确认"),
}
"""Matter of a complaint -> what the customer said, the root cause, the lesson."""

PRAISE: tuple[str, ...] = ("交货及时，沟通顺畅", "技术支持专业", "", "")
BLAME: tuple[str, ...] = ("希望缩短响应时间", "多次催促才有回复", "", "开票与交期需改进")
