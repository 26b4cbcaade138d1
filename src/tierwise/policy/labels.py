"""What every field of a policy is called, in both languages: for differences, the schema and the reference."""

from __future__ import annotations

from tierwise.kernel.text import Text

_NAMES = """
above|more than|大于
advisory|advisory methods, shown beside the grade|参考方法（只作展示）
at_least|at least|不小于
at_most|at most|不大于
attribute|customer attribute|客户属性
attribute_levels|level by attribute value|属性值对应的等级
bands|bands, best first|分档（从好到差）
below|less than|小于
better|which end is better|何者为优
binning|binning|分箱方式
code|code|代码
colour|colour|颜色
credit_points|credit points by days late|按拖延天数的信用得分
criteria|criteria|评分项
criterion|criterion of the template|模板中的评分项
cumulative_pct|cumulative share of the value, percent|累计占比（%）
grade|grade|等级
of|methods that are combined|所组合的方法
rule|rule of combination|组合规则
table|decision table, the first match decides|决策表（首个匹配的行生效）
without_grade|where a method gives no grade|某方法没有等级时
high_from|high from here on, inclusive|高的下限（含）
inherit|what members take from their unit|成员从所属单位继承
inverse_of|6 minus the mean of these criteria|6 减去这些评分项的均值
medium_from|medium from, inclusive|中的下限（含）
more_than_pct|profit of the set, more than, percent of the total|利润集合须超过总利润的（%）
profit|profit metric|利润指标
proposal|metric that proposes the rating|给出建议评分的指标
pursue|rating that makes worth pursuing|判断是否值得争取的评分项
pursue_from|worth pursuing from, inclusive|值得争取的下限（含）
ratings|ratings from 1 to 5|1 至 5 的评分
relationship|criterion of the relationship|客户关系的评分项
sales_share|metric of the share of sales|销售占比指标
sales_share_from|large share of sales from, percent|大额占比的下限（%）
small_share_pct|largest small share of customers, percent|“少数客户”的上限（%）
expected|metric of sales with the next two plan years|含未来两年计划的销售额指标
work|metric of working time|投入工时指标
work_times|times an equal share of the time|平均工时占比的倍数
fallback|fallback, grades where the leading method cannot|后备方法（主导方法无法定级时）
statuses|for customers with these statuses|适用的状态
default_interval_days|purchase interval of a one-time buyer, days|一次购买者的默认间隔（天）
effect|effect|作用
effective|periods that confirm a change of grade|等级变动的确认期数
upgrade_confirm|periods until an upgrade takes effect|升级确认期数
downgrade_confirm|periods until a downgrade takes effect|降级确认期数
en|English|英文
fixed|levels with fixed points|固定分值
flag|flag|标记
frequency|frequency metric|频次指标
frequency_bins|frequency limits|频次界限
from|lower bound, inclusive|下限（含）
full_at|value with full points|满分对应的值
gates|gates, in order|门槛（按顺序）
grace_days|days of grace|宽限天数
grade_by|graded by|定级依据
grades|grades|等级
guidance|guidance for assessors|评分指引
high|what counts as high|高分的判定
id|id, prefix of the result columns|标识（结果列前缀）
is|is (a flag, or one of these codes)|取值为（是否或代码之一）
include_freight|freight counts as sales|运费计入销售
kind|kind of source|来源种类
kinds|customer kinds|客户类别
leading|leading method, gives the grade|主导方法（给出等级）
level|level|层级
levels|levels|等级档
lines_in_window|asks for a purchase in the window|要求窗口内有购买
max_missing_weight_pct|largest missing weight, percent|缺失权重上限（%）
max_points|maximum points|满分
method|method|方法
metric|metric|指标
min|lower bound, inclusive|下限（含）
missing_cost_limit_pct|largest share of sales without cost, percent|无成本销售占比上限（%）
missing_rule|rule for missing criteria|缺项规则
monetary|monetary metric|金额指标
monetary_bins|monetary limits|金额界限
near_cut_pct|near a cut, percent|临界范围（%）
new_customer_months|months as a new customer|新客户月数
nodes|places in the hierarchy|层级节点
nonpositive_is_zero|values of zero or less score 0|非正值计 0 分
notes|notes|说明
null_is_zero|a missing value scores 0|缺值计 0 分
order|order|次序
otherwise|points of other values|其他取值的分值
points|points|分值
population|population|人群
positive|metric that must be positive|须为正的指标
recency|recency metric|最近购买指标
recency_bins|recency limits|最近购买界限
regions|regions|地区
required|may not be missing|不得缺失
rounding|rounding of places|名额取整
scale|scale of grades, best first|等级表（从好到差）
score|score metric|得分指标
scoring|scoring|计分方式
segment_grades|grade by segment|细分对应的等级
segments|segments|细分
settings|settings of metrics|指标设置
share_pct|share of customers, percent|客户占比（%）
shares_pct|cumulative share of customers, percent|累计客户占比（%）
single_order_pct|single large order, percent of sales|单一大单占比（%）
source|source of the points|分值来源
step|step of scores|分值步长
sum_thresholds|thresholds of R+F+M|R+F+M 界限
template|assessment template|评估模板
thresholds|thresholds, lower bounds inclusive|界限（下限，含）
tie_break|tie-break|同值排序
tie_rule|rule for ties|同值规则
title|title|名称
to|grade it moves to|调整到的等级
top_pct|best share of the customers with a value, percent|有值客户中最好的占比（%）
up_to_days|up to so many days late|至多拖延天数
value|value that is ranked|排名所用的值
version|version|版本
weight_pct|weight, percent|权重（%）
weights|weights|权重
when|condition|条件
window_months|window, months|窗口（月）
zero_at|value with no points|零分对应的值
zh|Chinese|中文
"""

FIELDS: dict[str, Text] = {
    name: Text(en, zh) for name, en, zh in (line.split("|") for line in _NAMES.strip().splitlines())
}


def label_of(part: str | int) -> Text:
    """What one step of a path is called; a code or position stays as it is."""
    return FIELDS.get(str(part), Text(str(part), str(part)))
