"""Labels of the report of a backtest: ``key|English|中文``; two blanks continue a line."""

from __future__ import annotations

import re
from typing import Any

from tierwise.kernel.text import Lang, Text

_LABELS = """
title|Backtest to {day}|回测（截至 {day}）
subtitle|graded with what was known on {day}, held against {start} to {end} · {count} customers
  |按 {day} 已知的数据分级，对照 {start} 至 {end} 的实际结果 · {count} 家客户
nav_caught|What was caught|命中
nav_lost|Lost customers|流失
nav_stable|Month to month|逐月
nav_trust|Limits|局限
kpi_best|Future sales caught by {grade}|{grade} 级命中的未来销售额
kpi_best_note|{policy}; 95 % interval {low} to {high}|{policy}；95% 区间 {low} 至 {high}
kpi_best_plain|{policy}|{policy}
kpi_past|The same number by past spend|同等数量按过去消费额
kpi_past_note|The policy {sign} past spend|策略相对过去消费额：{sign}
ahead|is {points} points ahead of|领先 {points} 个百分点
behind|is {points} points behind|落后 {points} 个百分点
even|catches as much as|持平
kpi_none_note|Nothing was sold in the horizon, so nothing could be caught|观察期内没有销售，无从比较
kpi_foresight|The same number by perfect foresight|同等数量若完全预知
kpi_foresight_note|Nobody could catch more|理论上限
kpi_rho|Rank correlation with the future|与未来的秩相关
kpi_rho_note|Spearman; past spend alone {past}|Spearman；仅过去消费额为 {past}
kpi_lost|{grade} customers lost|流失的 {grade} 级客户
kpi_lost_note|of {size}; {warned} of them were foreseen|共 {size} 家，其中 {warned} 家已有预警
kpi_new|Sales of newcomers|新客户销售额
kpi_new_note|{count} {count#customer|customers} that had never ordered before|{count} 家此前从未下单的客户
gains|Future sales caught, best customers first|按顺序命中的未来销售额
gains_lead|How much of the future each order catches with so many percent of the customers
  |各排序方式取前若干比例客户时命中的未来销售额
customers_pct|Customers chosen (%)|所选客户占比 (%)
sales_pct|Future sales (%)|未来销售额 (%)
best_of|The best grades of {policy}|{policy} 的最高等级
best_lead|{count} customers of {grade}, and as many chosen in other ways|{grade} 级 {count} 家，与其他方式选出的同等数量比较
best_caption|{grade}: {count} customers|{grade}：{count} 家
tops|Top 5, 10 and 20 %|前 5%、10%、20%
tops_lead|The same number for every rule; ties at the last place share it evenly
  |各规则取同等数量；末位并列者均分名额
rule|Chosen by|选择方式
share_sales|Of future sales|占未来销售额
share_profit|Of future profit|占未来利润
interval|95 % interval|95% 区间
over_interval|95 % interval|95% 区间
was_foreseen|Foreseen|有预警
lift|Times chance|相对随机倍数
over_past|Over past spend (points)|超过去消费额（点）
top|Top {pct} %|前 {pct}%
correlation|Rank correlation with the future|与未来的秩相关
correlation_lead|Spearman's correlation: 1 is the same order, 0 is none|Spearman 相关：1 为顺序一致，0 为无关
with_sales|With future sales|与未来销售额
with_profit|With future profit|与未来利润
criterion|{title} alone|仅{title}
criterion_of|{title} alone ({policy})|仅{title}（{policy}）
losses|Best customers lost, and whether it was foreseen|流失的最高等级客户及预警
losses_lead|Lost: no order in the horizon. Warned: silent beyond its rhythm (at risk, dormant or lost) or near the lower cut
  |流失：观察期内无订单。预警：沉默超过其购买节奏（有风险、休眠或流失），或临近下限
policy|Policy|策略
best_grade|Best grade|最高等级
size|Customers|客户数
lost|Lost|流失
foreseen|Lost, warned|流失且有预警
unforeseen|Lost, no warning|流失无预警
false_alarm|Stayed, warned|留存但有预警
past_spend_lost|Their past spend|其过去消费额
who_lost|The largest of the lost: {policy}|流失客户中最大者：{policy}
customer|Customer|客户
past_spend|Past spend|过去消费额
lifecycle|Lifecycle then|当时生命周期
near|Near the lower cut|临近下限
yes|yes|是
no|no|否
stable|Stability from month to month|逐月稳定性
stable_lead|Customers graded on both days, and how many kept their grade|两次均有等级的客户中保持等级的比例
before|From|自
after|To|至
both|Graded on both|两次均有等级
kept_pct|Same grade|等级不变
best_kept_pct|Best grade kept|保持最高等级
rolling|Every training day|各训练日
rolling_lead|The same question asked of earlier months: one good year proves little|对更早的月份提同样的问题：一年的好成绩说明不了什么
day|Trained to|训练截止
best_caught|Best grade catches|最高等级命中
by_past|As many by past spend|同等数量按过去消费额
by_foresight|By foresight|若完全预知
imported|Taken on trust|未经证实的时点
imported_lead|Rows that came into the book after the training day; their business day stands for the day on which they were known
  |训练日之后才导入的行，以业务日期视为知悉日期
imported_none|Every row that was read was in the book on the training day|所读取的行在训练日均已在账簿中
table|Table|表
rows|Rows|行数
timeless|State as of import|导入时状态
columns|Columns|列
how|How it was measured|度量方法
note_field|The field: customers that every policy has in its population on the day.
   Customers that had never ordered are in no field; they brought {newcomers}, others outside the field {outside}.
  |客户群：当日同时属于各策略人群的客户。从未下单者不在其中，带来 {newcomers}；其他群外客户带来 {outside}。
note_ties|Top so many percent are rounded up. Customers that tie for the last places share them:
   of five that tie for two places each counts for two fifths.
  |比例名额向上取整。末位并列者均分名额：五家争两席，各按五分之二计。
note_bootstrap|Intervals: {count} resamples of the customers with seed {seed},
   sets as chosen and ranks of the whole field kept; the middle 95 percent.
   They say how much hangs on single customers, not how the next year differs.
  |区间：以种子 {seed} 对客户重抽样 {count} 次，保持所选集合与全体秩次，取中间 95%。它反映结果对个别客户的依赖，而非来年的差异。
note_policy|A policy written today may know the past: who tests many policies on one past finds one that fits by chance.
  |今天编写的策略可能已了解过去：在同一段历史上试验许多策略，总会碰巧有一个合适。
horizon|Horizon|观察期
seed|Seed and resamples|种子与重抽样次数
version|Book version|账簿版本
made|Made by Tierwise {version} from the facts of the book; nothing is loaded from the network.
  |由 Tierwise {version} 根据账簿事实生成，不访问网络。
""".strip()

_BAR = re.compile(r"\|(?![^{]*\})")
LABELS: dict[str, Text] = {
    key: Text(en, zh)
    for key, en, zh in (_BAR.split(line) for line in _LABELS.replace("\n  ", "").splitlines())
}


def say(key: str, **slots: Any) -> Text:
    """A label with its slots filled; a slot that is a ``Text`` stands in its language."""

    def fill(lang: Lang) -> str:
        return LABELS[key].fill(
            lang, **{k: v.in_lang(lang) if isinstance(v, Text) else v for k, v in slots.items()}
        )

    return Text(fill("en"), fill("zh"))
