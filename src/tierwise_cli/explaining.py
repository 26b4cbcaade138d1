"""``tierwise explain``: why a customer has its grade, as one would tell a colleague."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.language import both
from tierwise_cli.options import BookArg, RunOption

if TYPE_CHECKING:
    from pathlib import Path

    from tierwise.grading.explain import ComponentRow, Explanation
    from tierwise_cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(app, "explain", "Say why a customer has its grade.", "解释一个客户的等级。")(explain)


def explain(
    call: Call,
    book: BookArg,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=both("Customer code.", "客户编码。"))],
    run: RunOption = None,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines",
            help=both("Also the source rows, with file and line.", "同时列出来源行（文件与行号）。"),
        ),
    ] = False,
) -> None:
    """Tells the grade, its reason and what stands behind it, from what the run stored."""
    from tierwise.grading.explain import explain as read

    opened = call.book(book)
    found = read(opened, customer, run=None if run == "latest" else run, lines=lines)
    call.answer(found.to_dict(call.lang), lambda screen: _page(call, screen, book, found, lines))


def _page(call: Call, screen: Screen, book: Path, found: Explanation, lines: bool) -> None:
    _tell(call, screen, found)
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
        run=record.run_id, day=record.at.date(), version=record.book_version,
    ), style="dim")  # fmt: skip
    if lines:
        _show_lines(call, screen, found.source_lines)
    else:
        screen.para(
            call.say(
                "The source rows: {line}",
                "查看来源行：{line}",
                line=f"tierwise explain {book} {found.row['customer_id']} --lines",
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

    heads = [
        Col(call.say("metric", "指标")),
        Col(call.say("value", "数值"), "right", keep=True),
        Col(call.say("months", "窗口月"), "right", keep=True),
        Col(call.say("remark", "备注")),
    ]
    screen.table(heads, [(r.title, r.value, r.window or " ", r.status or " ") for r in rows])


def _show_lines(call: Call, screen: Screen, lines: list[dict[str, Any]]) -> None:
    from tierwise.book.contract import TABLES
    from tierwise_cli.screen import shown

    for table, rows in groupby(lines, key=lambda line: line["table"]):
        screen.space()
        screen.heading(f"{table} · {TABLES[table].label.in_lang(call.lang)}")
        for row in rows:
            values = [
                shown(v)
                for name, v in row.items()
                if name not in ("table", "file", "line", "batch") and v is not None
            ]
            screen.para(f"{row['file']}:{row['line']}", style="cyan")
            screen.para(" · ".join(values), indent=4)
    if not lines:
        screen.para(call.say("No source row speaks of this customer.", "没有涉及该客户的来源行。"))
