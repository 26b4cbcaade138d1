"""``tierwise explain``: why a customer has its grade, as one would tell a colleague."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.text import Text
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, RunOption, argument, flag
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from tierwise.book.contract import Column
    from tierwise.grading.components import ComponentRow
    from tierwise.grading.explain import Explanation
    from tierwise_cli.screen import Screen


_PLACE = ("table", "file", "line", "batch", "counts", "role", "stated_on", "note", "written_for")
_ROLES = {
    "reversal": Text("reversal of the row of {day}", "冲销 {day} 的行"),
    "replacement": Text("replacement for the row of {day}", "更正 {day} 的行"),
    "posted_later": Text("stated for {day}, posted later", "原日期 {day}，过账于之后"),
}


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(app, "explain", "Say why a customer has its grade.", "解释一个客户的等级。")(explain)


def explain(
    call: Call,
    book: BookArg,
    customer: Annotated[str, argument("CUSTOMER", "Customer code.", "客户编码。")],
    run: RunOption = None,
    lines: Annotated[
        bool,
        flag("--lines", "Also the source rows, with file and line.", "同时列出来源行（文件与行号）。"),
    ] = False,
) -> None:
    """Tells the grade, its reason and what stands behind it, from what the run stored."""
    from tierwise.grading.explain import explain as read
    from tierwise.movement.standing import standing_of

    opened = call.book(book)
    found = read(opened, customer, run=None if run == "latest" else run, lines=lines)
    told = standing_of(opened, found.record.run_id, customer)
    said = list(told.sentences(call.lang)) if told else []
    made_on = found.record.at.astimezone(opened.current().settings.zone).date()
    data = found.to_dict(call.lang)
    if told:
        data |= {"effective": told.row | {"sentences": said}}
    call.answer(data, lambda screen: _page(call, screen, book, found, lines, said, made_on))


def _page(
    call: Call, screen: Screen, book: Path, found: Explanation, lines: bool, said: list[str], made_on: date
) -> None:
    _tell(call, screen, found)
    for sentence in said:
        screen.para(sentence, indent=2, first="→ ")
    screen.space()
    rows = found.components(call.lang)
    criteria, metrics = [row for row in rows if row.score], [row for row in rows if not row.score]
    if criteria:
        _show_criteria(call, screen, criteria)
        screen.space()
    if metrics:
        _show_metrics(call, screen, metrics)
    screen.space()
    record = found.record
    screen.para(call.say(
        "From {run}, computed on {day} from version {version} of the book.",
        "依据 {run}（{day} 运行，账簿版本 {version}）。",
        run=record.run_id, day=made_on, version=record.book_version,
    ), style="dim")  # fmt: skip
    if lines:
        _show_lines(call, screen, found.source_lines)
    else:
        screen.para(
            call.say(
                "The source rows: {line}",
                "查看来源行：{line}",
                line=f"tierwise explain {quoted(book)} {quoted(found.row['customer_id'])}"
                f" --run {found.record.run_id} --lines",
            ),
            style="dim",
        )


def _tell(call: Call, screen: Screen, found: Explanation) -> None:
    """The grade as one paragraph, then what stands beside it, a paragraph each."""
    beside = tuple(sentence for _, sentence in found.advisory(call.lang))
    said = found.sentences(call.lang)
    own = [sentence.strip() for sentence in said if not sentence.endswith(beside)]
    screen.para(("" if call.lang == "zh" else " ").join(own))
    for sentence in said:
        if sentence.endswith(beside):
            screen.para(sentence, indent=2, first="• ")


def _show_criteria(call: Call, screen: Screen, rows: list[ComponentRow]) -> None:
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("criterion", "评分项")),
        Col(call.say("score", "得分"), "right", keep=True),
        Col(call.say("weight", "权重"), "right", keep=True),
        Col(call.say("points", "加权分"), "right", keep=True),
        Col(call.say("remark", "备注")),
    ]
    screen.table(
        heads,
        [
            (
                r.title,
                r.score,
                r.weight,
                r.points,
                "; ".join(part for part in (r.status, r.value) if part) or " ",
            )
            for r in rows
        ],
    )


def _show_metrics(call: Call, screen: Screen, rows: list[ComponentRow]) -> None:
    from tierwise_cli.screen import Col

    beside = any(r.own for r in rows)
    own = [Col(call.say("its own", "自身"), "right", keep=True)] if beside else []
    heads = [
        Col(call.say("metric", "指标")),
        Col(call.say("value", "数值"), "right", keep=True),
        *own,
        Col(call.say("months", "窗口月"), "right", keep=True),
        Col(call.say("remark", "备注")),
    ]
    screen.table(
        heads,
        [
            (r.title, r.value, *((r.own or " ",) if beside else ()), r.window or " ", _remark(call, r) or " ")
            for r in rows
        ],
    )


def _remark(call: Call, row: ComponentRow) -> str:
    """The status of the value and, where it differs, that of the member's own."""
    own = row.own_status if row.own_status != row.status else ""
    parts = [row.status, call.say("its own: {status}", "自身：{status}", status=own) if own else ""]
    return "; ".join(part for part in parts if part)


def _show_lines(call: Call, screen: Screen, lines: list[dict[str, Any]]) -> None:
    """Every row with its file and line; above the rows of a table, what their values are."""
    from tierwise.book.contract import TABLES

    for name, rows in groupby(lines, key=lambda line: str(line["table"])):
        table, found = TABLES[name], list(rows)
        columns = [
            table.column(c) for c in found[0] if c not in _PLACE and any(row[c] is not None for row in found)
        ]
        screen.space()
        screen.heading(f"{name} · {table.label.in_lang(call.lang)}")
        screen.para(" · ".join(column.label.in_lang(call.lang) for column in columns), indent=4, style="dim")
        for row in found:
            screen.para(f"{row['file']}:{row['line']}{_label(call, row)}", style="cyan")
            screen.para(" · ".join(_stored(call, column, row[column.name]) for column in columns), indent=4)
    if not lines:
        screen.para(call.say("No source row speaks of this customer.", "没有涉及该客户的来源行。"))


def _label(call: Call, row: dict[str, Any]) -> str:
    """What a row of a correction is, and its note."""
    role = row.get("role")
    parts = [_ROLES[role].fill(call.lang, day=row["stated_on"])] if role else []
    if not row["counts"]:
        parts.append(call.say("does not count", "不计入"))
    if row.get("written_for"):
        parts.append(call.say("written for {code}", "原属 {code}", code=row["written_for"]))
    if row.get("note"):
        parts.append(call.say("note: {note}", "备注：{note}", note=row["note"]))
    return " · " + " · ".join(parts) if parts else ""


def _stored(call: Call, column: Column, value: Any) -> str:
    """A stored value for people: the label of a choice, the number of an amount."""
    from tierwise_cli.screen import shown

    if value == date(1900, 1, 1):
        return call.say("always", "一直")
    return next((c.label.in_lang(call.lang) for c in column.choices if c.code == value), shown(value))
