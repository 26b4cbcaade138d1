"""Every label of the report, in both languages: ``key|English|中文``. Patterns have {slots}."""

from __future__ import annotations

from tierwise.kernel.text import Text

_LABELS = """
title|Customer value report|客户价值分级报告
subtitle|As of {as_of} · sales from {start} to {end} · {policy} v{version}|截至 {as_of} · 统计期 {start} 至 {end} · {policy} v{version}
brand|Tierwise|Tierwise
skip|Skip to the report|跳到正文
language|中文|English
theme|Light or dark|浅色或深色
print|Print|打印
sections|Sections|章节
nav_overview|Overview|总览
nav_stories|What to look for|看点
nav_movement|Movement|变动
nav_risk|Credit and loyalty|信用与忠诚度
nav_customers|Customers|客户
nav_data|Data and method|数据与方法
table|Show as table|以表格显示
kpi_graded|Customers graded|参评客户
kpi_graded_note|of {all} on record|档案共 {all} 家
kpi_sales|Net sales, 12 months|净销售额（近 12 个月）
kpi_sales_note|{pct} % on a year ago|较上年同期 {pct}%
kpi_profit|Customer profit|客户利润
kpi_profit_note|after cost to serve; {count} customers unknown|已扣服务成本；{count} 家未知
kpi_share|Share of the A customers|A 级客户销售占比
kpi_share_note|from {pct} % of the customers|客户数仅占 {pct}%
kpi_peak|Whale curve peak|鲸鱼曲线峰值
kpi_peak_note|{amount} of profit given away again|其中 {amount} 利润又被亏掉
kpi_loss|Loss-making customers|亏损客户
kpi_loss_note|{pct} % of those with a known profit|占利润已知客户的 {pct}%
pyramid|Pyramid|客户金字塔
pyramid_lead|{pct} % of the customers bring {value} % of the sales|{pct}% 的客户带来 {value}% 的销售额
grade|Grade|等级
customers|Customers|客户数
sales|Net sales|净销售额
profit|Profit|利润
share_sales|of sales|销售占比
not_graded|not graded|未参评
why_population_kind|another kind (prospect, internal)|其他类型（潜在、内部）
why_population_archived|archived or merged|已归档或合并
why_population_no-purchase|no purchase in the period|本期无购买
why_population_scope|outside the scope|不在范围内
why_history_none|no order yet|尚无订单
why_value_missing|value unknown|数值未知
why_population_not-inherited|a member that does not inherit the grade of its unit|不继承所属单位等级的成员
why_scorecard_missing|scorecard incomplete|评分卡资料不全
why_scorecard_invalid|a score that cannot be right|评分无效
why_credit_no-rating|no credit rating: no invoice was due|无信用评级：没有到期发票
why_matrix_invalid|a rating that cannot be right|评分无效
why_key_missing|evaluation incomplete|评价资料不全
why_key_invalid|a rating that cannot be right|评价中有无效评分
why_quality_not-member|not in the quality set|不属于优质客户
why_combination_missing|a combined method gives no grade|所组合的方法没有等级
total|Total|合计
whale|Profit whale curve|利润鲸鱼曲线
whale_lead|The best {count} earn {pct} % of the profit; others give {amount} back|最好的 {count} 家贡献 {pct}% 的利润，其余又亏掉 {amount}
whale_x|customers by profit, best first, %|客户（按利润从高到低），%
whale_y|cumulative profit, %|累计利润，%
pareto|Concentration of sales|销售集中度
pareto_lead|The first {customers} customers bring {share} % of the sales|前 {customers} 家客户带来 {share}% 的销售额
pareto_x|customers by sales, largest first, %|客户（按销售额从大到小），%
pareto_y|cumulative sales, %|累计销售额，%
pareto_top|Best customers|前列客户
cumulative|Cumulative|累计
stories|What to look for|看点
stories_lead|Planted in the sample company: find them, explain them, watch them move|示例企业中埋设的情节：可查找、解释并观察其变化
story_group_only_together_a|Only together an A|合并才是 A
story_rising_star|Rising stars|明日之星
story_fading|Fading|持续下滑
story_lost_key|Lost key customers|流失大客户
story_regained|Regained|赢回客户
story_late_payer_own_fault|Late by their own fault|自身原因拖欠
story_late_payer_excused|Late, but excused|可免责的延期
story_single_huge_order|One huge order|单笔巨单
story_big_but_unprofitable|Big but unprofitable|大而不赚
story_small_but_perfect_payer|Small, pays perfectly|小而优
story_seasonal|Seasonal|季节性
story_missing_cost|Cost unknown|成本缺失
story_hot_prospect|Hot prospects|高潜力潜客
story_agent|Agents|代理商
story_internal_unit|Internal units|内部单位
story_count|{count} customers|{count} 家客户
grades_13|grades, 13 month ends|13 个月末的等级
trend|Trend|趋势
trail|12-month sales at 13 month ends|13 个月末的滚动 12 个月销售额
history|Grades over thirteen month ends|十三个月末的等级
history_lead|Each column is a stored run; every one can be replayed|每根柱子是一次已保存的运行，均可重放
measure|Measure|指标
history_customers|Customers|客户数
history_sales|Net sales|净销售额
history_profit|Profit|利润
moves_chart|Moves since the month before|较上月的变动
month|Month end|月末
up|Upgraded|升级
down|Downgraded|降级
new|Newly graded|新参评
left|No longer graded|退出参评
matrix|From {before} to {after}|{before} 至 {after} 的迁移
matrix_lead|{same} of {all} kept their grade|{all} 家中 {same} 家等级不变
from|From|原等级
to|To|现等级
movers|Movers of the month|本月变动客户
movers_lead|Two stored runs side by side; the reasons are read from them|对照两次已保存的运行，原因据此得出
movers_more|{count} more in the table of the history|其余 {count} 家计入上方历史表
customer|Customer|客户
change|Change|变动
sales_before|Before|此前
sales_after|Now|现在
brief|In brief|简述
brief_own_up|own sales {pct} %|自身销售额 {pct}%
brief_own_down|own sales {pct} %|自身销售额 {pct}%
brief_cut|sales {pct} %; the cut moved past it|销售额 {pct}%；分界线移动越过
brief_first|first purchase on {on}|{on} 首次购买
brief_back|buying again since a pause|停购后恢复购买
brief_lapsed|nothing bought since {on}|自 {on} 起无购买
brief_out|left the population|不再属于参评范围
near_up|Within reach of the next grade|距上一级一步之遥
near_up_lead|At most {pct} % short of a cut|距分界线不超过 {pct}%
near_down|About to fall|濒临降级
near_down_lead|Would lose the grade with {pct} % less, or before|再降 {pct}% 以内即降级
gap|Short by|还差
cushion|Cushion|余地
cut|Cut|分界线
credit|Credit and payment by grade|各等级的信用与付款
credit_lead|Ratings are stored with the run; receivables as of the same day|信用评级随运行保存，应收款为同日数据
excellent|excellent|优
good|good|良
fair|fair|中
poor|poor|差
unrated|not rated|未评
receivable|Receivable|应收账款
overdue|Overdue|逾期
overdue_share|overdue, %|逾期占比，%
watched|Credit watch|信用关注
rfm|RFM heat map|RFM 热力图
rfm_lead|Customers by recency and frequency score; {count} score 5-5|按最近购买与购买频次得分的客户数；{count} 家为 5-5
rfm_r|recency score|最近购买得分
rfm_f|frequency score|购买频次得分
segments|Segments|客群
segment|Segment|客群
why|Why this grade|为什么是这个等级
why_lead|An explanation is read from what the run stored, never computed again|说明取自运行所保存的数据，不重新计算
why_more|The lines behind it: tierwise explain {book} {code} --lines|背后的来源行：tierwise explain {book} {code} --lines
find|Find a customer: name or code|查找客户：名称或编码
find_all|All grades|全部等级
found|{count} customers|{count} 家客户
top|Customers|客户
top_lead|By rank; the line is the rolling 12-month sales|按排名；折线为滚动 12 个月销售额
rank|Rank|排名
region|Region|地区
industry|Industry|行业
owner|Account manager|客户经理
margin|Margin, %|利润率，%
credit_short|Credit|信用
flags|Notes|提示
flag_credit_watch|credit|信用
flag_loss_making|loss|亏损
flag_single_order|one order|单笔
flag_new_customer|new|新客户
flag_data_issue|cost?|缺成本
flag_nonpositive_value|≤ 0|非正值
prospects|Prospects by scorecard|潜在客户评分
prospects_lead|No orders yet: five criteria, {count} scored; best first|尚无订单：五项评分，已评 {count} 家，由高到低
score|Score|得分
criterion_nature|nature|性质
criterion_asset_size|assets|资产
criterion_turnover|turnover|营业额
criterion_development_speed|growth|增速
criterion_potential_demand|need|需求
data|Data health|数据健康
data_lead|Everything came through the ordinary importer|全部数据经常规导入程序导入
file|File|文件
table_name|Table|表
rows|Rows|行数
rejected|Rejected|拒绝
findings|Findings of the check|检查发现
finding_none|The check found nothing|检查未发现问题
severity_block|blocks|阻断
severity_warn|warning|警告
severity_info|note|提示
issue_flags|Notes on graded customers|参评客户的提示
method|Method and proof|方法与凭证
method_cut|Grade {grade}: first {share} % = {count} customers, from {value}|{grade} 级：前 {share}%，即 {count} 家，不低于 {value}
method_rest|Grade {grade}: all others|{grade} 级：其余客户
method_ties|Equal values, equal grades; places are rounded up; integers end to end.|同值同级，名额向上取整；全程为精确整数。
method_book|Book version|账簿版本
method_run|Run|运行
method_policy|Policy fingerprint|策略指纹
method_digest|Result digest|结果摘要
method_engine|Engine|引擎
method_members|Members of an account|上级合并的客户
replay|Every digit can be computed again: {command}|每一位数字都可重算：{command}
runs|Runs in this report|本报告所用的运行
made|Made by Tierwise {version} from stored runs; loads nothing from the network.|由 Tierwise {version} 根据已保存的运行生成，不访问网络。
licences|Charts: Apache ECharts (Apache-2.0), with code of d3 (BSD-3-Clause)|图表：Apache ECharts（Apache-2.0），含 d3 代码（BSD-3-Clause）
none|None|无
pct_of_total|% of total|占比 %
""".strip()

LABELS: dict[str, Text] = {
    key: Text(en, zh) for key, en, zh in (line.split("|") for line in _LABELS.splitlines())
}

_DATA = """
华东|East China
华南|South China
华北|North China
华中|Central China
西南|Southwest
西北|Northwest
东北|Northeast
海外|Overseas
汽车零部件|Automotive parts
通用机械|Machinery
电子制造|Electronics
食品饮料|Food and drink
化工|Chemicals
钢铁冶金|Steel
新能源|New energy
仓储物流|Logistics
造纸印刷|Paper and print
纺织|Textiles
船舶海工|Shipbuilding
园区与地产工程|Property projects
""".strip()
DATA_LABELS: dict[str, str] = dict(line.split("|") for line in _DATA.splitlines())
"""Values that are usual in Chinese data -> English; others are shown as they are."""


def label(key: str) -> Text:
    """The label of a key. **Raises** ``KeyError`` for an unknown one."""
    return LABELS[key]
