"""Labels of the report of a day beside those of the sample company's report: ``key|English|中文``; two blanks continue a line."""

from __future__ import annotations

import re

from tierwise.kernel.text import Text
from tierwise.report.words import LABELS as SHARED

_LABELS = """
title|Customer value on {day}|客户价值报告 {day}
title_plain|Customer value report|客户价值报告
subtitle_run|12 months from {start} to {end} · grades of {policy} v{version}
  |近 12 个月（{start} 至 {end}）· 等级取自“{policy}”v{version}
subtitle_published|12 months from {start} to {end} · effective grades of {policy} v{version}
  |近 12 个月（{start} 至 {end}）· “{policy}”v{version} 的生效等级
subtitle_no_run|12 months from {start} to {end} · without grades|近 12 个月（{start} 至 {end}）· 无等级
nav_overview|Overview|总览
nav_spread|Concentration|集中度
nav_grades|Grades|等级
nav_case|Effort and effect|投入与成效
nav_keeping|Staying and winning|留存与营销
nav_lists|Who needs a look|关注名单
nav_proof|Proof|凭证
kpi_field|Customers with purchases|有购买的客户
kpi_field_note|In the twelve months; internal units and prospects left out|近 12 个月；不含内部单位与潜在客户
kpi_sales|Net sales, 12 months|净销售额（近 12 个月）
kpi_sales_note|{pct} on a year ago|较上年同期 {pct}
kpi_top|Share of the best 20 %|前 20% 客户销售占比
kpi_top_note|{before} a year ago|上年同期 {before}
kpi_needed|Customers for 80 % of sales|达到 80% 销售额的客户
kpi_needed_note|{pct} of the customers|占客户数 {pct}
kpi_gini|Gini of sales|销售额基尼系数
kpi_gini_note|HHI {hhi}; 0 is evenly spread, 1 is one customer|HHI {hhi}；0 为均等，1 为独占
kpi_loss|Loss-making customers|亏损客户
kpi_loss_note|Take {amount} of profit back|吞掉利润 {amount}
pareto|Concentration of sales|销售集中度
pareto_lead|The first {count} customers bring 80 % of the sales|前 {count} 家客户带来 80% 的销售额
top_shares|Share of the best customers|前列客户占比
best|Best customers|前列客户
share_of_sales|Of sales|占销售额
share_of_profit|Of profit (best by profit)|占利润（按利润排）
needed|Customers needed for a share|达到占比所需客户
share_asked|Share of sales|销售占比
customers_pct|Of customers|占客户数
last_value|Sales of the last of them|其中末位的销售额
whale|Profit whale curve|利润鲸鱼曲线
whale_lead|The best {count} earn {pct} of the profit; others give {amount} back
  |最好的 {count} 家贡献 {pct} 的利润，其余又亏掉 {amount}
whale_lead_money|The best {count} earn {peak}; others lose {amount}: the total is not positive, so there are no shares
  |最好的 {count} 家赚 {peak}，其余亏掉 {amount}：合计不为正，无占比
whale_unknown|{count} {count#customer is|customers are} left out: profit unknown for want of costs
  |{count} 家因缺少成本、利润未知而未计入
of_total|Of the total|占合计
earlier|Against earlier|与以前比较
earlier_lead|The same figures a month and a year before, as they could be seen on those days
  |一个月前与一年前的同样指标，按当日可见的数据
earlier_sales|Spread of sales|销售额的分布
earlier_profit|Spread of profit|利润的分布
day|Day|日期
top_20|Best 20 %|前 20% 占比
needed_80|Customers for 80 %|80% 所需客户
gini|Gini|基尼系数
hhi|HHI|HHI
p90_p10|p90 / p10|p90 / p10
peak|Whale peak|鲸鱼峰值
peak_customers|Customers at the peak|峰值处客户
destroyed|Given back|吞掉的利润
losing|Loss-making|亏损客户
losing_pct|Loss-making, share|亏损客户占比
pyramid|Pyramid with time|客户金字塔与时间
pyramid_lead|{grade}: {customers} of the customers, {sales} of the sales, {hours} of the hours
  |{grade} 级：客户数占 {customers}，销售额占 {sales}，工时占 {hours}
pyramid_lead_no_hours|{grade}: {customers} of the customers, {sales} of the sales
  |{grade} 级：客户数占 {customers}，销售额占 {sales}
share|Share|占比
hours|Hours|工时
intensity|Time intensity|时间强度
intensity_note|Time intensity = share of hours / share of customers: 1 is the average customer
  |时间强度 = 工时占比 ÷ 客户占比；1 为平均水平
dispersion_note|The mean profit of {best} is {times} times that of {worst}|{best} 级的平均利润是 {worst} 级的 {times} 倍
inversion|Service against profit|服务投入与利润
inversion_graded|Better grades get more service per customer|等级越高，每户服务投入越多
inversion_flat|Everybody is served alike: the best grade gets less than one and a half times the worst
  |大锅饭：最高等级的每户投入不到最低等级的 1.5 倍
inversion_inverted|Upside down: a better grade gets less service per customer than a worse one
  |资源倒置：较高等级的每户投入低于较低等级
inversion_none|No verdict: one grade only, or nothing spent|无法判断：只有一个等级，或没有投入
inversion_cost|By service cost|按服务成本
inversion_hours|By hours of work|按工时
share_profit|Of profit|占利润
share_cost|Of service cost|占服务成本
share_hours|Of hours|占工时
cost|Service cost|服务成本
index|Index|指数
per_customer|Per customer|每户
index_note|Index = share of cost / share of profit; the verdict follows from the cost per customer
  |指数 = 成本占比 ÷ 利润占比；结论依据每户成本
burden|Burden of new customers|新客户的负担
burden_lead|{count} customers younger than 12 months: {sales} of the sales, {overdue} of the arrears
  |{count} 家客户不满 12 个月：销售额占 {sales}，逾期欠款占 {overdue}
burden_lead_plain|{count} customers younger than 12 months bring {sales} of the sales|{count} 家客户不满 12 个月，销售额占 {sales}
group|Group|客户组
new|Younger than 12 months|不满 12 个月
older|Older|12 个月及以上
burden_sums|Amounts|数额
burden_shares|Shares|占比
calls|Calls|通话
complaints|Complaints|投诉
overdue|Arrears|逾期欠款
retention|Customers that stay|客户保持
retention_lead|{kept} of {base} customers of the year before ordered again: {pct}; their sales are {sales} of what they were
  |上年客户 {base} 家中有 {kept} 家再次下单，保持率 {pct}；其销售额为上年的 {sales}
retention_note|By the grade at the start of the twelve months; whoever had none counts for all only
  |按 12 个月期初的等级；当时没有等级者只计入全部
retention_no_grades|No run of the policy is stored for {day}: no grades at the start
  |没有保存 {day} 的分级运行，故无期初等级
grade_before|Grade at the start|期初等级
bought_before|Ordered the year before|上年下单客户
bought_again|Ordered again|再次下单
retention_pct|Retention|保持率
churn_pct|Churn|流失率
sales_kept|Sales kept|收入保持率
all_customers|All|全部
regain|Won back|流失与赢回
regain_lead|{lost} losses of customers in two years; {back} came back within a year
  |近两年流失 {lost} 次，其中 {back} 次在一年内赢回
regain_none|Nobody was lost in two years|近两年没有客户流失
regain_note|Lost: silent for three of its purchase intervals, at least 90 days. Contacted: touched or spoken to by us after that
  |流失：超过三个购买间隔（至少 90 天）未下单；联系过：流失后我方触达或主动联系
regain_value_note|What a second life is worth (RET-07, RET-08) comes with lifetime value
  |二次生命周期价值与赢回收益（RET-07、RET-08）随客户终生价值一并提供
lost_in|Lost in|流失月份
lost_customers|Lost|流失
contacted|Contacted|联系过
came_back|Came back in a year|一年内赢回
regain_of_lost|Of the lost|占流失
regain_of_contacted|Of the contacted|占联系过
cohort_state|State|状态
cohort_open|open: younger than a year|未满一年
cohort_over|complete|已满一年
visiting|Visits against their rhythm|拜访达成
visiting_lead|{count} customers of the best grades wait for a visit|最好的等级中有 {count} 家待拜访
visiting_note|The rhythm is a sample: 30 and 90 days (account manager, executive) for the best grade, 90 and 180 (account manager,
   supervisor) for the next; service policies will set it. A visit without a level counts as the account manager's
  |拜访间隔为示例：最高等级 30 天（客户经理）与 90 天（高层），次一级 90 天（客户经理）与 180 天（主管），
  将来由服务策略设定；未注明级别的拜访视为客户经理拜访
visitor|Visitor|拜访人
rhythm_days|Every … days|间隔天数
visits_due|Visits due|应拜访
visits_in_time|Made in time|按期达成
visit_overdue|Customers waiting|待拜访客户
never_visited|Never visited|从未拜访
overdue_visits|Longest overdue; never visited last|逾期最久者（从未拜访者列后）
last_visit|Last visit|最近拜访
overdue_days|Days overdue|逾期天数
why_no_visits|No dealings are recorded|没有接触记录
offers|Cross-selling|交叉销售
offers_lead|{count} offers to {customers} customers: what at least half of their peers buy and they do not
  |为 {customers} 家客户提出 {count} 项推荐：半数以上同类客户购买而其未购买
offers_note|Peers: one grade and main segment, the grade alone below five. Nothing is offered over an open complaint. Hit rate: of what
   the facts of three months ago would have recommended to the peers of today, the share ordered since
  |同类客户：同一等级与主要细分，不足五家时只按等级。有未解决投诉者不推荐。命中率：按三个月前的数据对今日同类客户应作的推荐中，此后已下单的比例
offers_note_categories|Counted by category of product, over twelve months|按产品类别统计，近 12 个月
offers_note_products|Counted by product, as no categories are known, over twelve months|没有产品类别，按产品统计，近 12 个月
why_no_items|No line names a product or category|订单行没有产品或类别
penetration|Penetration and hits|渗透率与命中率
peers|Peers|同类客户
most_held|Most have|最普遍的产品
recommended_before|Recommended|应推荐
hit_rate|Hit rate|命中率
rules|What goes together|关联规则
who_has|Who has|已购买
has_too|has, too|也购买
support|Support|支持度
confidence|Confidence|置信度
lift|Lift|提升度
offers_made|Offers, the largest expected margin first|推荐清单（按预期毛利）
offer|Offer|推荐
peers_have|Peers have it|同类渗透率
expected_margin|Expected margin|预期毛利
marketing|Campaigns and referrals|营销活动与推荐
marketing_lead|{touches} touches, {responses} responses; the campaigns begun in the twelve months brought {orders} {orders#order|orders}
  |触达 {touches} 次，响应 {responses} 次；近 12 个月开始的活动带来 {orders} 笔订单
reach|Reach and response by channel|各渠道的触达与响应
channel|Channel|渠道
touches|Touches|触达
responses|Responses|响应
response_pct|Response rate|响应率
touch_orders|Named as order|记为下单
campaigns|Return of campaigns|营销活动回报
campaign|Campaign|活动
begun|Began|开始日期
brought_orders|Orders brought|带来订单
brought_margin|Their margin|订单毛利
margin_unknown|Margin unknown|毛利未知
campaign_cost|Cost|费用
campaign_return|Return|回报率
campaign_state|State|状态
campaign_open|open|未满 30 天
campaign_over|closed|已满 30 天
return_note|An order is brought by the last touch of its customer in the 30 days before it; return = (margin - cost) / cost,
   null where a cost or a margin is not known; a campaign is open until 30 days after its beginning and its last touch
  |订单归于此前 30 天内对该客户的最后一次触达；回报率 =（毛利 − 费用）÷ 费用，费用或毛利未知时为空；开始与最后一次触达均满 30 天前为未满
mentions|{given} {given#referral|referrals} given, {per} per active customer and year; {converted} became customers: {pct}
  |推荐 {given} 次，活跃客户年均 {per} 次；成交 {converted} 家，转化率 {pct}
churn|Silent churn|静默流失
churn_lead|{count} customers of high margin go away without a word; {amount} of gross profit lost in three months
  |{count} 家高毛利客户正在无声离开；三个月少赚毛利 {amount}
churn_none|No customer of high margin is leaving silently|没有高毛利客户静默流失
churn_note|Margin at or above the median, sales down by more than half twice, no open complaint, and no seasonal dip
  |毛利率不低于中位数，连续两期销售额下降过半，无未结投诉，且非季节性回落
margin|Gross margin|毛利率
sales_before_3m|Sales, 3 months before|此前 3 个月销售额
sales_3m|Last 3 months|近 3 个月
momentum|Momentum|势头
lost|Gross profit lost|少赚毛利
last_order|Last order|最近下单
response|Response time by grade|各等级的响应时间
response_lead|{grade} waits {hours} hours for the first answer to a complaint (median)
  |{grade} 级投诉首次响应 {hours} 小时（中位数）
response_lead_calls|{grade} waits {seconds} seconds on the telephone|{grade} 级电话平均等待 {seconds} 秒
response_complaints|Hours until the first response|首次响应小时数
response_calls|Calls|通话
median_hours|Median hours|中位数（小时）
p90_hours|90th percentile|90 分位（小时）
unanswered|Without response|未响应
answer_seconds|Mean wait, seconds|平均等待（秒）
service_level|Within 20 seconds|20 秒内接通
halves|Half-year before and after|前后半年对比
halves_lead|Since {day}: profit {change}, service cost {service}|自 {day} 起：利润 {change}，服务成本 {service}
halves_note|The same customers by their grade of {day}; a month counts by its posting dates
  |按 {day} 的等级对同一批客户比较，以过账日期计
halves_quality|Quality 20 % and the others|20% 优质客户与其他客户
halves_grades|By grade|按等级
quality|Quality customers|优质客户
others|Others|其他客户
profit_before|Profit before|此前利润
profit_after|Profit after|此后利润
profit_change|Change|变动
change_pct|Change, %|变动率
service_before|Service cost before|此前服务成本
service_after|After|此后服务成本
unknown|Profit unknown|利润未知
stars|Rising stars|明日之星
stars_lead|{count} customers on the way up: each gets an owner and a development step
  |{count} 家客户正在上升：逐一指定负责人与培养措施
stars_none|Nobody meets the conditions|没有符合条件的客户
stars_note|Not in the best grade; momentum or growth of 30 % or a gap of at most 20 % of the cut; pays on
   time; not of low attractiveness, if assessed; sales at or above the median of the grade
  |非最高等级；势头或增长达 30%，或差距不超过分界线的 20%；按时付款；吸引力不为低（未评估者不计）；销售额不低于本级中位数
growth|Growth|增长
attractiveness|Attractiveness|吸引力
lifecycle|Lifecycle|生命周期
gap_pct|Gap, of the cut|差距占分界线
on_time|Paid on time|按时付款率
near_up|Within reach of the next grade|距上一级一步之遥
near_up_lead|{count} {count#customer is|customers are} at most {pct} % short of a cut|{count} 家距分界线不超过 {pct}%
near_down|About to fall|濒临降级
near_down_lead|{count} {count#customer|customers} would lose the grade with {pct} % less, or before|{count} 家再降 {pct}% 以内即降级
near_none|Nobody is that near|没有如此接近的客户
score|Value|分值
gap|Short by|还差
cushion|Cushion|余地
of_cut|Of the cut|占分界线
of_value|Of the value|占分值
more|{count} more: write a workbook (--out report.xlsx) for all of them|另有 {count} 家；输出 --out report.xlsx 可得全部
selections|Three selections|三种选择
selections_lead|{count} customers are selected by at least one, {disputed} of them not by all three
  |至少入选其一的客户 {count} 家，其中 {disputed} 家三者意见不一
selections_none|Nobody is selected|没有客户入选
selection_top|Top class (who buys most): {policy}, {count}|最高等级（谁买得最多）：{policy}，{count} 家
selection_quality|Quality set (who is good in every respect): {policy}, {count}
  |优质客户（谁各方面都好）：{policy}，{count} 家
selection_key|Key account proposals (who earns more than half of the profit): {policy}, {count}
  |重点客户建议（谁贡献一半以上利润）：{policy}，{count} 家
selection_areas|How they overlap|重合情况
selection_customers|Who is selected|入选客户
pick_top|Top class|最高等级
pick_quality|Quality|优质
pick_key|Key account|重点建议
sales_rank|Rank by the policy|名次
quality_rank|Quality rank|优质名次
why_no_run|No grades for this day|当日没有等级
why_no_costs|No service costs in the twelve months|近 12 个月没有服务成本
why_no_hours|No hours of work in the twelve months|近 12 个月没有工时
why_no_calls|No calls in the twelve months|近 12 个月没有通话记录
why_no_complaints|No complaints in the twelve months|近 12 个月没有投诉
why_no_touches|No touches of campaigns in the twelve months|近 12 个月没有营销触达
why_no_referrals|No referrals in the twelve months|近 12 个月没有推荐
why_no_year_before|Nobody ordered in the twelve months before|再前 12 个月没有订单
why_no_invoices|No invoices in the twelve months|近 12 个月没有发票
why_not_over|Six months from {day} are not over yet|自 {day} 起的六个月尚未结束
why_no_quality|The policy has no quality set; quality_20 has one|此策略没有优质客户集合；quality_20 策略有
why_no_profit|Nobody’s profit is known: neither lines nor products have costs|利润均未知：订单行与产品均无成本
why_no_field|Nobody bought in the twelve months|近 12 个月没有购买
fills|Brings it: table {table}|需要的表：{table}
run|Run|运行
run_of_report|Made for this report, not stored|为本报告试算，未保存
policy|Policy fingerprint|策略指纹
digest|Result digest|结果摘要
version|Book version|账簿版本
version_run|Book version of the run|运行所用账簿版本
day_of|As of|截至
made|Made by Tierwise {version} from the facts of the book; loads nothing from the network.
  |由 Tierwise {version} 根据账簿事实生成，不访问网络。
contents|Contents|目录
code|Code|编码
sheet_overview|Overview|总览
no_font|No Chinese font was found.|未找到中文字体。
""".strip()

_BAR = re.compile(r"\|(?![^{]*\})")
"""A bar between the parts; one inside braces parts the words of a plural."""
OWN: dict[str, Text] = {
    key: Text(en, zh)
    for key, en, zh in (_BAR.split(line) for line in _LABELS.replace("\n  ", "").splitlines())
}
LABELS: dict[str, Text] = SHARED | OWN
