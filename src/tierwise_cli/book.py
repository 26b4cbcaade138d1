"""``tierwise tables``, ``check``, ``versions`` and ``batches``: what a book holds and how it came there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from tierwise.kernel.text import Text
from tierwise_cli.call import FAILED, Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.book.batches import Batch
    from tierwise.book.findings import Issue
    from tierwise.book.store import BookVersion
    from tierwise_cli.screen import Screen

_KINDS = {
    "create": Text("created", "新建"),
    "import": Text("import", "导入"),
    "undo": Text("undo", "撤销导入"),
    "settings": Text("settings", "设置"),
    "run": Text("run", "分级运行"),
    "policy": Text("policy in use", "策略启停"),
    "override": Text("override", "人工调整"),
    "decision": Text("decision", "审批"),
    "publish": Text("publication", "发布"),
}
_SEVERITIES = {
    "block": Text("blocks grading", "阻止分级"),
    "warn": Text("may mislead", "可能误导"),
    "info": Text("good to know", "提示"),
}
_MARKS = {"block": ("✗ ", "red"), "warn": ("! ", "yellow"), "info": ("· ", "")}


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(app, "tables", "Show what the book holds.", "查看账簿中的数据。")(tables)
    command(
        app,
        "check",
        "Look for what is doubtful; exit code 1 if it blocks grading.",
        "检查疑点；若阻止分级则退出码为 1。",
    )(check)
    command(app, "versions", "List the versions of the book.", "列出账簿的版本。")(versions)
    command(app, "batches", "List the imports.", "列出导入批次。")(batches)


def tables(call: Call, book: BookArg) -> None:
    """Shows every table: rows, days from and to, currencies."""
    from tierwise.book.contract import TABLES

    opened = call.book(book)
    now = opened.current()
    rows = [_table_row(call, now, name, table.label) for name, table in TABLES.items()]
    data = {
        "book": str(book),
        "name": now.settings.name,
        "version": now.number,
        "base_currency": now.settings.base_currency,
        "tables": rows,
    }
    call.answer(data, lambda screen: _show_tables(call, screen, str(book), data))


def _table_row(call: Call, now: BookVersion, name: str, label: Text) -> dict[str, Any]:
    state = now.state.get(name)
    facts = state.facts if state else {}
    return {
        "name": name,
        "label": label.in_lang(call.lang),
        "rows": state.rows if state else 0,
        "first_day": facts.get("min_date"),
        "last_day": facts.get("max_date"),
        "currencies": facts.get("currencies", []),
        "blocked": facts.get("blocked", 0),
    }


def _show_tables(call: Call, screen: Screen, book: str, data: dict[str, Any]) -> None:
    from tierwise_cli.screen import Col

    screen.heading(call.say(
        "{name}: version {number}, base currency {money}", "{name}：版本 {number}，本位币 {money}",
        name=data["name"], number=data["version"], money=data["base_currency"],
    ))  # fmt: skip
    screen.space()
    heads = [
        Col(call.say("table", "表"), keep=True),
        Col(call.say("what", "内容")),
        Col(call.say("rows", "行数"), "right", keep=True),
        Col(call.say("from", "起"), keep=True),
        Col(call.say("to", "止"), keep=True),
    ]
    screen.table(
        heads,
        [
            (r["name"], r["label"], r["rows"] or None, _day(r["first_day"]), _day(r["last_day"]))
            for r in data["tables"]
        ],
    )
    for row in data["tables"]:
        if row["blocked"]:
            screen.para(call.say(
                "{blocked:,} {blocked#row|rows} of {name} {blocked#waits|wait} for an exchange rate and {blocked#blocks|block} grading.",
                "{name} 有 {blocked:,} 行缺少汇率，暂不能分级。", blocked=row["blocked"], name=row["name"],
            ), indent=2, first="! ", style="yellow")  # fmt: skip
    screen.steps(_next(call, book, {row["name"] for row in data["tables"] if row["rows"]}))


def _day(text: str | None) -> str | None:
    """A day; that of records without one reads "always" best as nothing."""
    return None if text == "1900-01-01" else text


def _next(call: Call, book: str, filled: set[str]) -> list[tuple[str, str]]:
    place = quoted(book)
    if not filled:
        why = call.say(
            "the book is empty: which columns do order lines need?", "账簿为空：先看订单行需要哪些列"
        )
        then = call.say("then import it", "然后导入")
        return [("tierwise template order_lines", why), (f"tierwise import {place} order_lines FILE", then)]
    missing = [name for name in ("customers", "order_lines") if name not in filled]
    if missing:
        why = call.say("grading needs this table", "分级需要这张表")
        return [(f"tierwise import {place} {missing[0]} FILE", why)]
    return [
        (f"tierwise check {place}", call.say("what is doubtful in the book", "检查账簿中的疑点")),
        (f"tierwise grade {place} --policy abc_sales --as-of DATE", call.say("grade the customers", "为客户分级")),
    ]  # fmt: skip


def check(call: Call, book: BookArg) -> None:
    """Looks for doubtful references, cycles, rates, dates, costs and allocations."""
    from tierwise.book.checking import blocking
    from tierwise.book.checking import check as look

    opened = call.book(book, judge=False)
    issues = look(opened, at=call.at)
    data = {
        "book": str(book),
        "blocks_grading": bool(blocking(issues)),
        "issues": [_issue(call, issue) for issue in issues],
    }
    call.answer(data, lambda screen: _show_issues(call, screen, issues))
    if blocking(issues):
        raise typer.Exit(FAILED)


def _issue(call: Call, issue: Issue) -> dict[str, Any]:
    return {
        "code": issue.code,
        "severity": issue.severity,
        "count": issue.count,
        "message": issue.say(call.lang),
        "advice": issue.advise(call.lang),
        "examples": issue.examples,
    }


def _show_issues(call: Call, screen: Screen, issues: list[Issue]) -> None:
    if not issues:
        screen.para(call.say("Nothing doubtful was found.", "未发现疑点。"))
        return
    for severity, title in _SEVERITIES.items():
        found = [issue for issue in issues if issue.severity == severity]
        if not found:
            continue
        screen.heading(title.in_lang(call.lang))
        for issue in found:
            mark, style = _MARKS[severity]
            screen.para(f"{issue.say(call.lang)} [{issue.code}]", indent=2, first=mark, style=style)
            if issue.examples:
                more = " …" if issue.count > len(issue.examples) else ""
                screen.para(
                    call.say("such as", "例如") + " " + ", ".join(issue.examples) + more,
                    indent=4,
                    style="dim",
                )
            screen.para(issue.advise(call.lang), indent=4, first="  → ")
        screen.space()


def versions(call: Call, book: BookArg) -> None:
    """Lists the versions, oldest first."""
    opened = call.book(book)
    found = opened.versions()
    data = [
        {
            "number": v.number,
            "at": v.at,
            "actor": v.actor,
            "kind": v.kind,
            "note": v.note,
            "rows": {n: s.rows for n, s in v.state.items()},
        }
        for v in found
    ]

    def show(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        heads = [
            Col(call.say("no.", "版本"), "right", keep=True),
            Col(call.say("when", "时间"), keep=True),
            Col(call.say("who", "操作人")),
            Col(call.say("what", "操作"), keep=True),
            Col(call.say("note", "说明")),
        ]
        zone = found[-1].settings.zone
        screen.table(
            heads, [(v.number, v.at.astimezone(zone), v.actor, _kind(call, v.kind), v.note) for v in found]
        )

    call.answer({"book": str(book), "versions": data}, show)


def _kind(call: Call, kind: str) -> str:
    return _KINDS[kind].in_lang(call.lang) if kind in _KINDS else kind


def batches(call: Call, book: BookArg) -> None:
    """Lists the imports with their counts, oldest first."""
    from tierwise.book.batches import batches as read

    opened = call.book(book)
    now = opened.current()
    found = read(opened, now)

    def show(screen: Screen) -> None:
        if found:
            _show_batches(call, screen, found, now)
            return
        screen.para(call.say("No import yet.", "尚无导入。"))
        screen.steps(_next(call, str(book), set()))

    call.answer({"book": str(book), "batches": found}, show)


def _show_batches(call: Call, screen: Screen, found: list[Batch], now: BookVersion) -> None:
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("no.", "批次"), "right", keep=True),
        Col(call.say("when", "时间"), keep=True),
        Col(call.say("table", "表"), keep=True),
        Col(call.say("new", "新增"), "right", keep=True),
        Col(call.say("changed", "变更"), "right", keep=True),
        Col(call.say("rejected", "拒绝"), "right", keep=True),
        Col(call.say("files", "文件")),
    ]
    undone = {batch.undone_by: batch.number for batch in found if batch.undone_by is not None}
    zone = now.settings.zone
    screen.table(heads, [_batch_row(call, batch, batch.at.astimezone(zone), undone) for batch in found])


def _batch_row(call: Call, batch: Batch, at: datetime, undone: dict[int, int]) -> tuple[Any, ...]:
    names = ", ".join(str(file["name"]) for file in batch.files)
    if batch.kind == "undo":
        names = call.say("undoes {n}", "撤销批次 {n}", n=undone[batch.number])
    elif batch.undone_by is not None:
        names += call.say(" (undone by {by})", "（已由 {by} 撤销）", by=batch.undone_by)
    return (
        batch.number,
        at.date(),
        batch.table,
        batch.new,
        batch.changed or None,
        batch.rejected or None,
        names,
    )
