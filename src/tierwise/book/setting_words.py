"""What is wrong with a setting, in our own words: the names of the checking library stay inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from tierwise.kernel.text import Text

_WHOLE = Text(
    "{field} is {value}; it must be a whole number", "{field} 的值为 {value}，应为整数"
)  # fmt: skip
_DAY = Text(
    "{field}: {value} is not a day; write it as 2026-01-31",
    "{field}：{value} 不是日期，请写成 2026-01-31",
)
_NUMBER = Text(
    "{field} is {value}; it must be a number with at most 4 decimal places",
    "{field} 的值为 {value}，应为最多 4 位小数的数字",
)
_PATTERNS: dict[str, Text] = {
    "extra_forbidden": Text("{field} is not a setting", "没有名为 {field} 的设置"),
    "missing": Text("{field} is missing", "缺少 {field}"),
    "literal_error": Text(
        "{field} is {value}; it must be one of: {choices}", "{field} 的值为 {value}，应为以下之一：{choices}"
    ),
    "settings.time-zone": Text("{field}: {value} is no time zone", "{field}：{value} 不是时区名称"),
    "settings.currency": Text(
        "{field}: {value} is no currency code of three capital letters",
        "{field}：{value} 不是三位大写字母的币种代码",
    ),
    "settings.unknown-currency": Text(
        "{field}: {value} is no currency of ISO 4217; the renminbi is CNY, others are USD, EUR, JPY, HKD",
        "{field}：{value} 不是 ISO 4217 币种代码；人民币为 CNY，其他如 USD、EUR、JPY、HKD",
    ),
    "string_type": Text(
        "{field} is {value}; it must be text (put it in quotes)",
        "{field} 的值为 {value}，应为文字（请加引号）",
    ),
    "string_too_short": Text("{field} is empty", "{field} 为空"),
    "greater_than_equal": Text(
        "{field} is {value}; it must be at least {limit}", "{field} 的值为 {value}，不得小于 {limit}"
    ),
    "less_than_equal": Text(
        "{field} is {value}; it must be at most {limit}", "{field} 的值为 {value}，不得大于 {limit}"
    ),
    "tuple_type": Text(
        "{field} is {value}; it must be a list of days, such as [2026-05-06]",
        "{field} 的值为 {value}，应为日期列表，如 [2026-05-06]",
    ),
}
_FAMILIES = {"int_": _WHOLE, "date_": _DAY, "decimal_": _NUMBER, "finite_": _NUMBER}
_OTHER = Text("{field}: {value} does not fit", "{field}：值 {value} 不符合要求")


def code_of(detail: Mapping[str, Any]) -> str:
    """The stable code of a mistake that the model found."""
    return "settings." + _kind(detail).removeprefix("settings.").replace("_", "-")


def words_of(detail: Mapping[str, Any]) -> Text:
    """The sentence pattern of a mistake, over the slots of ``slots_of``."""
    kind = _kind(detail)
    family = next((text for start, text in _FAMILIES.items() if kind.startswith(start)), _OTHER)
    return _PATTERNS.get(kind, family)


def slots_of(detail: Mapping[str, Any], field: str, kind: Any) -> dict[str, str]:
    """What the sentence of a mistake names; ``kind`` is the declared type of the setting."""
    context = detail.get("ctx", {})
    return {
        "field": field,
        "value": str(detail.get("input", "")),
        "choices": ", ".join(str(choice) for choice in get_args(kind)),
        "limit": str(context.get("ge", context.get("le", ""))),
    }


def _kind(detail: Mapping[str, Any]) -> str:
    kind = str(detail["type"])
    return str(detail["ctx"]["error"]) if kind == "value_error" else kind


MEANINGS: dict[str, Text] = {
    "name": Text("name of the company, shown on pages and workbooks", "公司名称，显示于页面与工作簿"),
    "base_currency": Text(
        "ISO 4217 code of the currency in which all amounts are compared; it cannot change once rows are in the book",
        "本位币的 ISO 4217 代码，所有金额按此比较；账簿有数据后不可更改",
    ),
    "time_zone": Text("time zone of the book's days (IANA name)", "账簿日期所用时区（IANA 名称）"),
    "fiscal_year_start_month": Text("month in which the fiscal year begins", "财年起始月份"),
    "posting_basis": Text(
        "the day by which sales and profit belong to a period: `invoice` the posting date, `order` the order date",
        "销售与利润按哪一天计入期间：`invoice` 过账日期，`order` 下单日期",
    ),
    "decisions": Text(
        "where people's decisions are kept: in the book, or in the web application",
        "人的决定保存在何处：账簿（book）或网页应用（web）",
    ),
    "closed_through": Text(
        "last day of the closed periods: corrections of it are posted on the first open day",
        "已关账期间的最后一天；对其更正在首个开放日过账",
    ),
    "working_days": Text(
        "calendar of working days: mainland China with its holidays, or Monday to Friday; nothing reads it before times of service",
        "工作日历：中国大陆（含法定节假日与调休），或周一至周五；服务时限推出前尚无功能使用",
    ),
    "extra_holidays": Text("further days off, as working_days", "另外的休息日（同 working_days）"),
    "extra_workdays": Text("days off that are worked, as working_days", "另外的工作日（同 working_days）"),
    "fx_max_age_days": Text(
        "oldest rate of exchange that may be used, in days; a change converts the rows of open periods again",
        "可用汇率的最长天数；更改后未结账期间的行将重新折算",
    ),
    "default_interval_days": Text(
        "purchase interval of a customer with one order date, in days; a policy may say its own",
        "只有一个下单日的客户的购买间隔（天）；策略可另行规定",
    ),
    "credit_grace_days": Text(
        "delay that counts as none, in days; a policy may say its own", "不计为拖延的宽限天数；策略可另行规定"
    ),
    "financing_rate_pct": Text(
        "yearly rate of interest on receivables, in percent; without it there is no financing cost",
        "应收账款的年资金利率（%）；未设置则不计资金成本",
    ),
    "engine": Text(
        "where runs, metrics, movements and backtests are computed: `duckdb` in this process, `spark` on Spark; the results "
        "are the same. `--engine` says otherwise for one command",
        "运行、指标、变动与回测在何处计算：`duckdb` 本进程内，`spark` 由 Spark 计算；结果相同。可用 `--engine` 为单条命令另行指定",
    ),
    "spark": Text(
        "which Spark: the URL of a master (`local[4]`, `spark://host:7077`, `yarn`, `k8s://…`) or of a Spark Connect server "
        "(`sc://host:15002`); without it, what Spark itself is configured for",
        "使用哪个 Spark：主节点 URL（`local[4]`、`spark://主机:7077`、`yarn`、`k8s://…`）或 Spark Connect 服务器"
        "（`sc://主机:15002`）；未设置则按 Spark 自身的配置",
    ),
}
"""What every setting of ``book.yaml`` means, for the reference."""
