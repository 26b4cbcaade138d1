"""``tierwise metrics``: the numbers that a policy may use."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Text
from tierwise_cli.call import Call
from tierwise_cli.command import command, group
from tierwise_cli.options import AsOf, BookArg, OutFileOption, argument, option, refuse_bad_target

if TYPE_CHECKING:
    from tierwise.metrics.model import Metric
    from tierwise_cli.screen import Screen

_FAMILIES = {
    "SAL": Text("Sales", "销售"), "PRF": Text("Profit", "利润"), "CRD": Text("Credit", "信用"),
    "RET": Text("Lifecycle and retention", "生命周期与保持"),
    "CDV": Text("Value for the customer", "顾客让渡价值"),
    "SAT": Text("Satisfaction", "满意度"),
    "SVC": Text("Service", "服务"),
    "MKT": Text("Marketing", "营销"),
    "KAM": Text("Key accounts", "重点客户"),
}  # fmt: skip
_UNITS = {
    "money": Text("money", "金额"), "percent": Text("%", "%"), "days": Text("days", "天"), "months": Text("months", "月"),
    "count": Text("count", "次数"), "score": Text("score", "得分"), "date": Text("day", "日期"), "flag": Text("yes/no", "是否"),
    "quantity": Text("quantity", "数量"), "ratio": Text("ratio", "比率"), "rank": Text("rank", "名次"), "code": Text("code", "代码"),
    "hours": Text("hours", "小时"), "seconds": Text("seconds", "秒"),
}  # fmt: skip
MetricArg = Annotated[
    str,
    argument(
        "METRIC", "Name, such as net_sales or net_sales_24m.", "指标名，如 net_sales 或 net_sales_24m。"
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    metrics = group("metrics", "The numbers that a policy may use.", "策略可用的指标。")
    command(metrics, "list", "List all metrics.", "列出全部指标。")(list_)
    command(metrics, "show", "Say how a metric is defined.", "查看一个指标的定义。")(show)
    command(
        metrics,
        "compute",
        "Compute metrics for the customers of a book.",
        "为账簿中的客户计算指标。",
        computes=True,
    )(compute)
    command(
        metrics, "reasons", "Say why customers pay late, by amount.", "按原因列出延期金额。", computes=True
    )(reasons)
    app.add_typer(metrics, name="metrics")


def list_(call: Call) -> None:
    """Lists the catalogue by family."""
    from tierwise.metrics.catalogue import METRICS

    found = list(METRICS.values())

    def show(screen: Screen) -> None:
        for prefix, title in _FAMILIES.items():
            screen.heading(title.in_lang(call.lang))
            _show_metrics(call, screen, [metric for metric in found if metric.id.startswith(prefix)])
            screen.space()
        screen.para(call.say(
            "A metric with a window takes another one at its end: net_sales_24m.",
            "有窗口的指标可在名称后写明窗口：net_sales_24m。",
        ))  # fmt: skip
        screen.steps([
            ("tierwise metrics show net_sales", call.say("how one is defined", "查看一个指标的定义")),
            ("tierwise metrics compute BOOK net_sales recency_days --as-of DATE", call.say("compute some", "计算若干指标")),
        ])  # fmt: skip

    call.answer({"metrics": [_data(call, metric) for metric in found]}, show)


def _show_metrics(call: Call, screen: Screen, found: list[Metric]) -> None:
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("name", "名称"), keep=True),
        Col(call.say("title", "含义")),
        Col(call.say("unit", "单位"), keep=True),
        Col(call.say("months", "窗口月"), "right", keep=True),
    ]
    screen.table(
        heads,
        [(m.name, m.title.in_lang(call.lang), _UNITS[m.unit].in_lang(call.lang), m.months) for m in found],
    )


def _data(call: Call, metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "id": metric.id,
        "title": metric.title.in_lang(call.lang),
        "unit": metric.unit,
        "window_months": metric.months,
        "formula": metric.formula.in_lang(call.lang),
        "less_is_better": metric.less_is_better,
        "statuses": metric.statuses,
        "needs": metric.needs,
        "tables": metric.tables,
        "codes": {choice.code: choice.label.in_lang(call.lang) for choice in metric.codes},
        "rules_version": metric.rules_version,
    }


def _metric(name: str) -> Metric:
    """The metric of a name, with or without a window. **Raises** ``metric.unknown`` naming close ones."""
    from tierwise.metrics.catalogue import METRICS
    from tierwise.metrics.report import uses_named

    return METRICS[uses_named([name])[0].name]


def show(call: Call, metric: MetricArg) -> None:
    """Says how a metric is defined and when it has no value."""
    found = _metric(metric)

    def page(screen: Screen) -> None:
        screen.heading(f"{found.name} · {found.title.in_lang(call.lang)}")
        screen.para(found.formula.in_lang(call.lang))
        screen.space()
        better = (
            call.say("less is better", "越小越好")
            if found.less_is_better
            else call.say("more is better", "越大越好")
        )
        months = call.say(
            "{n} {n#month|months} unless the policy says otherwise",
            "{n} 个月，除非策略另有规定",
            n=found.months,
        )
        source = call.say("{id}, rules version {v}", "{id}，规则版本 {v}", id=found.id, v=found.rules_version)
        pairs = [
            (call.say("unit", "单位"), _UNITS[found.unit].in_lang(call.lang)),
            (call.say("window", "窗口"), months if found.months else call.say("none", "无")),
            (call.say("order", "优劣"), "" if found.codes else better),
            (call.say("values", "取值"), "; ".join(c.label.in_lang(call.lang) for c in found.codes)),
            (call.say("derived from", "由此推算"), ", ".join(found.needs)),
            (call.say("tables", "所用的表"), ", ".join(found.tables)),
            (call.say("may say", "状态"), _statuses(call, found)),
            (call.say("source", "规范编号"), source),
        ]
        screen.pairs([pair for pair in pairs if pair[1]])

    call.answer(_data(call, found), page)


def _statuses(call: Call, metric: Metric) -> str:
    """The words that may stand in place of a value or beside it."""
    from tierwise.grading.wording import status_words

    return "; ".join(status_words(status, call.lang) for status in metric.statuses)


def compute(
    call: Call,
    book: BookArg,
    metrics: Annotated[
        list[str],
        argument("METRIC", "Names, such as net_sales recency_days.", "指标名，如 net_sales recency_days。"),
    ],
    as_of: AsOf,
    customer: Annotated[
        list[str] | None,
        option("--customer", "CODE", "Only this customer; may be repeated.", "仅此客户；可重复。"),
    ] = None,
    limit: Annotated[
        int,
        option("--limit", "N", "Rows to show; 0 shows all.", "显示的行数；0 为全部。", min=0),
    ] = 20,
    out: OutFileOption = None,
) -> None:
    """Computes metrics; JSON and files give every row."""
    from tierwise.metrics.report import compute_for_people
    from tierwise.metrics.waiting import left_out

    if out is not None:
        refuse_bad_target(out)
    opened = call.book(book)
    table = compute_for_people(opened, metrics, as_of, customers=customer)
    notices = [*_unknown(customer or [], table), *_waiting(left_out(opened, metrics, as_of))]
    if out is not None:
        _write(call, table, as_of, out)
    rows = (table if call.json or not limit else table.slice(0, limit)).to_pylist()

    def page(screen: Screen) -> None:
        _show_values(call, screen, table.column_names, rows)
        if len(rows) < table.num_rows:
            screen.para(call.say(
                "{n:,} of {all:,} {all#customer|customers}; --limit 0 shows all.", "共 {all:,} 个客户，显示 {n:,} 个；--limit 0 显示全部。",
                n=len(rows), all=table.num_rows,
            ))  # fmt: skip
        for notice in notices:
            screen.para(notice.say(call.lang), indent=2, first="! ", style="yellow")
        if out is not None:
            screen.para(call.say("The rows are in {out}.", "结果已写入 {out}。", out=out))

    said = {"warnings": notices, "out": str(out) if out else None}
    call.answer({"book": str(book), "as_of": as_of, "rows": rows} | said, page)


def _unknown(asked: list[str], table: Any) -> list[Problem]:
    """The asked customers that the book knows nothing of. **Raises** if that is all of them."""
    known = set(table.column("customer_id").to_pylist())
    missing = list(dict.fromkeys(code for code in asked if code not in known))
    if not missing:
        return []
    text = Text("the book has no {n#customer|customers} {codes}", "账簿中没有客户 {codes}")
    found = Problem("metric.no-customer", text, {"codes": ", ".join(missing), "n": len(missing)})
    if len(missing) == len(set(asked)):
        raise TierwiseError(found)
    return [found]


def _waiting(left: dict[str, int]) -> list[Problem]:
    text = Text(
        "{count} {count#row|rows} of {table} {count#waits|wait} for an exchange rate and {count#is|are} left out of "
        "these numbers; import fx_rates",
        "{table} 有 {count} 行缺少汇率，未计入上述数值；请导入 fx_rates",
    )
    return [
        Problem("metric.rates-missing", text, {"table": name, "count": count}) for name, count in left.items()
    ]


def _write(call: Call, table: Any, as_of: date, out: Path) -> None:
    from tierwise.grading.export import Sheet, write_rows

    title = call.say("metrics", "指标")
    write_rows(table, out, Sheet(title, {"as_of": as_of.isoformat()}, call.lang))


def _show_values(call: Call, screen: Screen, names: list[str], rows: list[dict[str, Any]]) -> None:
    """One column per metric; its status in words where it has one to tell. As many tables as the width asks for."""
    from tierwise.grading.wording import metric_title
    from tierwise_cli.screen import Col

    values = [name for name in names[1:] if not name.endswith("_status")]
    heads = [Col(call.say("customer", "客户"), keep=True)]
    heads += [Col(metric_title(name, call.lang), "right") for name in values]
    screen.table(heads, [(row["customer_id"], *(_value(call, row, name) for name in values)) for row in rows])


def _value(call: Call, row: dict[str, Any], name: str) -> str:
    from tierwise.grading.wording import code_words, status_words
    from tierwise_cli.screen import shown

    words = status_words(row.get(f"{name}_status"), call.lang)
    if row[name] is None:
        return words or shown(None)
    value = code_words(name, row[name], call.lang) if isinstance(row[name], str) else shown(row[name])
    if row[name] is False:
        value = call.say("no", "否")
    return f"{value} ({words})" if words else value


def reasons(
    call: Call,
    book: BookArg,
    as_of: AsOf,
    customer: Annotated[
        list[str] | None,
        option("--customer", "CODE", "Only this customer; may be repeated.", "仅此客户；可重复。"),
    ] = None,
    months: Annotated[
        int,
        option("--months", "N", "Length of the window in months.", "窗口的月数。", min=1),
    ] = 12,
) -> None:
    """Late amounts by reason, excused or not."""
    from tierwise.metrics.report import late_reasons_for_people

    rows = late_reasons_for_people(call.book(book), as_of, customer, months=months).to_pylist()

    def page(screen: Screen) -> None:
        if not rows:
            screen.para(call.say("Nothing was paid late.", "没有延期付款。"))
            return
        _show_reasons(call, screen, rows)

    call.answer({"book": str(book), "as_of": as_of, "months": months, "rows": rows}, page)


def _show_reasons(call: Call, screen: Screen, rows: list[dict[str, Any]]) -> None:
    from tierwise.grading.wording import reason_words
    from tierwise_cli.screen import Col, shown

    heads = [
        Col(call.say("customer", "客户")),
        Col(call.say("reason", "原因")),
        Col(call.say("excused", "是否免责")),
        Col(call.say("amount", "金额"), "right", keep=True),
        Col(call.say("parts", "笔数"), "right", keep=True),
    ]
    yes, no = call.say("yes", "是"), call.say("no", "否")
    screen.table(
        heads,
        [
            (
                row["customer_id"],
                reason_words(row["reason"], call.lang),
                yes if row["excused"] else no,
                shown(row["amount"]),
                row["parts"],
            )
            for row in rows
        ],
    )
