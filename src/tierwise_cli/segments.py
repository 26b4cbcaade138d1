"""``tierwise segments``: groups of customers by what they are, kept beside the grades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.text import Text
from tierwise_cli.call import Call
from tierwise_cli.command import command, group
from tierwise_cli.options import AsOf, BookArg, OutFileOption, argument, flag, option, refuse_bad_target
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.segmentation.applying import Plan
    from tierwise.segmentation.cross import Cell, Cross
    from tierwise.segmentation.memberships import Overlap, Segment
    from tierwise_cli.screen import Screen

SHOWN = 20
"""Changes and members that fit a screen; ``--out`` and ``--json`` give all."""
_DECLARED = {"new": Text("new", "新建"), "changed": Text("changed", "变更"), "same": Text("–", "–")}
RulesArg = Annotated[
    Path,
    argument("RULES", "File of rule segments (.yaml).", "细分规则文件（.yaml）。"),
]
CodeArg = Annotated[str, argument("SEGMENT", "Code of a segment.", "细分编码。")]
SegmentOption = Annotated[
    list[str] | None,
    option(
        "--segment", "SEGMENT", "Only this segment; may be given several times.", "仅此细分，可多次给出。"
    ),
]
RunOfDay = Annotated[
    str | None,
    option("--run", "RUN", "A run such as run-000003; else the latest of the day.", "分级运行，如 run-000003；缺省为当日最近一次。"),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    segments = group(
        "segments",
        "Groups of customers by what they are, beside their grades.",
        "按客户属性归入的细分，与等级并列。",
    )
    command(segments, "list", "List the segments of a day.", "列出某日的细分。")(list_)
    command(segments, "show", "Say what a segment is, and how it changed.", "查看一个细分及其变更记录。")(
        show
    )
    command(
        segments,
        "apply",
        "Say who enters and leaves rule segments on a day; --write keeps it.",
        "查看规则细分在某日的进出；--write 则写入账簿。",
        writes=True,
    )(apply)
    command(segments, "members", "List who is in which segment on a day.", "列出某日各细分的客户。")(members)
    command(segments, "cross", "Set segments beside grades.", "细分与等级的交叉表。")(cross)
    app.add_typer(segments, name="segments")


def list_(call: Call, book: BookArg, as_of: AsOf) -> None:
    """Lists the segments in use on a day with their numbers of members."""
    from tierwise.segmentation.memberships import overlaps, segments

    opened = call.book(book)
    found, twice = segments(opened, as_of), overlaps(opened, as_of)
    data = {"book": str(book), "as_of": as_of, "segments": found, "overlaps": twice}

    def page(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        if not found:
            screen.para(call.say("No segment is in use on {day}.", "{day} 没有在用的细分。", day=as_of))
            screen.steps([
                (f"tierwise segments apply {quoted(book)} RULES.yaml --as-of {as_of}", call.say("make some by rule", "按规则建立细分")),
                (f"tierwise import {quoted(book)} segments FILE", call.say("or bring your own", "或导入已有细分")),
            ])  # fmt: skip
            return
        heads = [
            Col(call.say("segment", "细分"), keep=True),
            Col(call.say("name", "名称")),
            Col(call.say("dimension", "维度"), keep=True),
            Col(call.say("by", "方式"), keep=True),
            Col(call.say("members", "客户数"), "right", keep=True),
        ]
        screen.table(heads, [_row(call, one) for one in found])
        _show_overlaps(call, screen, twice)

    call.answer(data, page)


def _row(call: Call, one: Segment) -> tuple[Any, ...]:
    name = one.title(call.lang) if one.dimension else call.say("not declared", "未登记")
    return one.code, name, _dimension(call, one.dimension), _basis(call, one.basis), one.members


def _dimension(call: Call, code: str | None) -> str:
    return _choice(call, "dimension", code) if code else "–"


def _basis(call: Call, code: str) -> str:
    return _choice(call, "basis", code)


def _choice(call: Call, column: str, code: str) -> str:
    from tierwise.book.contract import table

    labels = {choice.code: choice.label for choice in table("segments").column(column).choices}
    return labels[code].in_lang(call.lang) if code in labels else code


def _show_overlaps(call: Call, screen: Screen, found: tuple[Overlap, ...] | list[Overlap]) -> None:
    for one in found:
        screen.para(call.say(
            "{n:,} {n#customer stands|customers stand} in more than one segment of the dimension “{dimension}”: {examples}",
            "有 {n:,} 家客户在维度“{dimension}”中归入多个细分：{examples}",
            n=one.customers, dimension=_dimension(call, one.dimension), examples=_examples(one),
        ), indent=2, first="! ", style="yellow")  # fmt: skip


def _examples(one: Overlap) -> str:
    return ", ".join(one.examples) + (" …" if one.customers > len(one.examples) else "")


def show(call: Call, book: BookArg, segment: CodeArg, as_of: AsOf) -> None:
    """Says what a segment is on a day, and every state that it had."""
    from tierwise.segmentation.memberships import history
    from tierwise.segmentation.memberships import segment as find

    opened = call.book(book)
    found, states = find(opened, segment, as_of), history(opened, segment)

    def page(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        screen.heading(f"{found.code} · {found.title(call.lang)}")
        screen.pairs([
            (call.say("dimension", "维度"), _dimension(call, found.dimension)),
            (call.say("by", "方式"), _basis(call, found.basis)),
            (call.say("rule", "规则"), found.rule),
            (call.say("members on {day}", "{day} 客户数", day=as_of), found.members),
        ])  # fmt: skip
        screen.space()
        heads = [
            Col(call.say("from", "自"), keep=True),
            Col(call.say("until", "至"), keep=True),
            Col(call.say("name", "名称")),
            Col(call.say("rule", "规则")),
        ]
        screen.table(heads, [(s.valid_from, s.valid_to, s.title(call.lang), s.rule) for s in states])

    call.answer({"book": str(book), "as_of": as_of, "segment": found, "history": states}, page)


def apply(
    call: Call,
    book: BookArg,
    rules: RulesArg,
    as_of: AsOf,
    write: Annotated[bool, flag("--write", "Keep it; else only say it.", "写入账簿；缺省仅预览。")] = False,
    out: OutFileOption = None,
) -> None:
    """Says who enters and leaves; with ``--write`` it becomes an import batch."""
    from tierwise.segmentation import applying
    from tierwise.segmentation.load import load_rules

    if out is not None:
        refuse_bad_target(out)
    asked = load_rules(rules)
    opened = call.book(book)
    planned = applying.plan(opened, asked, as_of)
    done = (
        applying.write(opened, asked, planned, name=str(rules), actor=call.actor, at=call.at) if write else []
    )
    if out is not None:
        _write(call, _changes_table(planned), out, call.say("changes", "变动"), {"as_of": as_of.isoformat()})
    batches = [summary.batch for summary in done if summary.batch is not None]
    data = {
        "book": str(book),
        "as_of": as_of,
        "written": write,
        "batches": batches,
        "segments": [
            {"code": e.rule.code, "declared": e.declared, "before": e.before, "entering": e.entering,
             "leaving": e.leaving, "after": e.after}
            for e in planned.effects
        ],
        "changes": [
            {"customer": c.customer, "segment": c.segment, "enters": c.enters, "stays_by_hand": c.stays_by_hand}
            for c in planned.changes
        ],
        "overlaps": planned.overlaps,
        "refused": planned.refusal.problems if planned.refusal else (),
        "out": str(out) if out else None,
    }  # fmt: skip
    call.answer(data, lambda screen: _show_plan(call, screen, book, rules, planned, batches, write=write))


def _show_plan(
    call: Call, screen: Screen, book: Path, rules: Path, planned: Plan, batches: list[int], *, write: bool
) -> None:
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("segment", "细分"), keep=True),
        Col(call.say("name", "名称")),
        Col(call.say("declared", "登记"), keep=True),
        Col(call.say("before", "原有"), "right", keep=True),
        Col(call.say("enter", "进入"), "right", keep=True),
        Col(call.say("leave", "退出"), "right", keep=True),
        Col(call.say("after", "现有"), "right", keep=True),
    ]
    screen.table(heads, [
        (e.rule.code, e.rule.title.in_lang(call.lang), _DECLARED[e.declared].in_lang(call.lang),
         e.before, e.entering, e.leaving, e.after)
        for e in planned.effects
    ])  # fmt: skip
    _show_changes(call, screen, planned)
    _show_overlaps(call, screen, planned.overlaps)
    screen.space()
    if planned.nothing:
        screen.para(call.say("All is so already; nothing to write.", "与账簿一致，无需写入。"))
    elif write:
        listed = ", ".join(str(number) for number in batches)
        screen.para(
            call.say(
                "Written as {n#batch|batches} {listed}.",
                "已写入，批次 {listed}。",
                n=len(batches),
                listed=listed,
            )
        )
        screen.steps([
            (f"tierwise segments cross {quoted(book)} --as-of {planned.as_of}", call.say("beside the grades", "与等级并列查看")),
        ])  # fmt: skip
    else:
        screen.para(call.say("A preview: nothing was written.", "仅为预览，未写入。"))
        if planned.refusal is not None:
            for problem in planned.refusal.problems:
                screen.para(problem.say(call.lang), indent=2, first="! ", style="yellow")
            return
        screen.steps([
            (f"tierwise segments apply {quoted(book)} {quoted(rules)} --as-of {planned.as_of} --write", call.say("keep it", "写入账簿")),
        ])  # fmt: skip


def _show_changes(call: Call, screen: Screen, planned: Plan) -> None:
    from tierwise_cli.screen import Col

    leaving = [change for change in planned.changes if not change.enters]
    if not leaving:
        return
    screen.space()
    screen.heading(call.say("Who leaves", "退出的客户"))
    heads = [
        Col(call.say("customer", "客户"), keep=True),
        Col(call.say("segment", "细分"), keep=True),
        Col(call.say("since", "归入日期"), keep=True),
        Col(call.say("stays by hand", "手工保留")),
    ]
    screen.table(heads, [(c.customer, c.segment, c.entered_on, c.stays_by_hand) for c in leaving[:SHOWN]])
    _more(call, screen, len(leaving) - SHOWN)


def _more(call: Call, screen: Screen, left: int) -> None:
    if left > 0:
        screen.para(
            call.say(
                "… and {n:,} more; --out FILE gives all", "……另有 {n:,} 行；--out 文件 可导出全部", n=left
            )
        )


def _changes_table(planned: Plan) -> pa.Table:
    import pyarrow as pa

    rows = [
        {"customer_code": c.customer, "segment_code": c.segment, "change": "enters" if c.enters else "leaves",
         "since": c.entered_on, "stays_by_hand": c.stays_by_hand}
        for c in planned.changes
    ]  # fmt: skip
    kinds = [("customer_code", pa.string()), ("segment_code", pa.string()), ("change", pa.string()),
             ("since", pa.date32()), ("stays_by_hand", pa.bool_())]  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(kinds))


def _write(call: Call, rows: pa.Table, out: Path, title: str, about: dict[str, str]) -> None:
    from tierwise.grading.export import Sheet, write_rows

    write_rows(rows, out, Sheet(title, about, call.lang))


def members(
    call: Call, book: BookArg, as_of: AsOf, segment: SegmentOption = None, out: OutFileOption = None
) -> None:
    """Lists the memberships of a day."""
    from tierwise.segmentation.memberships import members as read

    if out is not None:
        refuse_bad_target(out)
    rows = read(call.book(book), as_of, segment)
    if out is not None:
        _write(call, rows, out, call.say("members", "客户"), {"as_of": as_of.isoformat()})
    found = rows.to_pylist()

    def page(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        heads = [
            Col(call.say("customer", "客户"), keep=True),
            Col(call.say("name", "名称")),
            Col(call.say("segment", "细分"), keep=True),
            Col(call.say("since", "归入日期"), keep=True),
            Col(call.say("by", "方式"), keep=True),
        ]
        by = [", ".join(_basis(call, one) for one in row["source"].split(";")) for row in found[:SHOWN]]
        listed = zip(found, by, strict=False)
        screen.para(
            call.say(
                "{n:,} {n#membership|memberships} on {day}.",
                "{day} 共 {n:,} 条归属。",
                n=len(found),
                day=as_of,
            )
        )
        if found:
            screen.table(heads, [
                (row["customer_code"], row["customer_name"], row["segment_code"], row["since"], source) for row, source in listed
            ])  # fmt: skip
        _more(call, screen, len(found) - SHOWN)

    call.answer({"book": str(book), "as_of": as_of, "members": found, "out": str(out) if out else None}, page)


def cross(call: Call, book: BookArg, as_of: AsOf, run: RunOfDay = None, out: OutFileOption = None) -> None:
    """Segments by grade, with net sales and profit; the grades stay what they are."""
    from tierwise.segmentation.cross import as_table
    from tierwise.segmentation.cross import cross as compute

    if out is not None:
        refuse_bad_target(out)
    found = compute(call.book(book), as_of, run)
    if out is not None:
        _write(
            call,
            as_table(found),
            out,
            call.say("segments", "细分"),
            {"run": found.run.run_id, "as_of": as_of.isoformat()},
        )
    data = {
        "book": str(book),
        "as_of": as_of,
        "run": found.run.run_id,
        "policy": {"code": found.run.policy_code, "version": found.run.policy_version},
        "currency": found.currency,
        "cells": found.cells,
        "overlaps": found.overlaps,
        "out": str(out) if out else None,
    }
    call.answer(data, lambda screen: _show_cross(call, screen, found))


def _show_cross(call: Call, screen: Screen, found: Cross) -> None:
    run = found.run
    screen.heading(call.say(
        "Segments beside the grades of {policy} v{version} ({run}), {day}", "细分与 {policy} v{version} 的等级（{run}），{day}",
        policy=run.policy_code, version=run.policy_version, run=run.run_id, day=run.as_of,
    ))  # fmt: skip
    for dimension in found.dimensions():
        screen.space()
        screen.heading(_dimension(call, dimension))
        _show_dimension(call, screen, found, dimension)
    _show_overlaps(call, screen, found.overlaps)
    screen.para(call.say(
        "Net sales and profit of twelve months in {currency}; a profit that is not known is left out. "
        "“Without” are customers without a grade.",
        "净销售额与利润为近 12 个月，单位 {currency}；利润未知者不计入。“无等级”为未获等级的客户。",
        currency=found.currency,
    ))  # fmt: skip


def _show_dimension(call: Call, screen: Screen, found: Cross, dimension: str) -> None:
    from tierwise.segmentation.cross import NOWHERE
    from tierwise_cli.screen import Col

    heads = [Col(call.say("segment", "细分"))]
    heads += [Col(grade, "right", keep=True) for grade in found.scale]
    heads += [
        Col(call.say("without", "无等级"), "right", keep=True),
        Col(call.say("net sales", "净销售额"), "right", keep=True),
        Col(call.say("profit", "利润"), "right", keep=True),
    ]
    titles = {one.code: one.title(call.lang) for one in found.segments if (one.dimension or "") == dimension}
    titles |= {NOWHERE: call.say("(in none)", "（未归入）")}
    cells = [cell for cell in found.cells if cell.dimension == dimension]
    rows = [
        (title, *_figures([c for c in cells if c.segment == code], found.scale))
        for code, title in titles.items()
    ]
    screen.table(heads, rows)


def _figures(cells: list[Cell], scale: tuple[str, ...]) -> tuple[Any, ...]:
    by_grade = {cell.grade: cell.customers for cell in cells}
    without = sum(n for grade, n in by_grade.items() if grade not in scale)
    sales, profit = sum(cell.net_sales for cell in cells), sum(cell.profit for cell in cells)
    return (*(by_grade.get(grade, 0) for grade in scale), without, _whole(sales), _whole(profit))


def _whole(amount: Any) -> str:
    return f"{amount:,.0f}"
