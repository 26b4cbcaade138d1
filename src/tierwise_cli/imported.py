"""What an import answers: counts, why nothing changed, why rows were rejected."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tierwise_cli.call import Call
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.book.importing import ImportSummary
    from tierwise.book.reading import Mapping
    from tierwise_cli.screen import Screen


def show_import(
    call: Call,
    screen: Screen,
    book: Path,
    files: list[Path],
    done: ImportSummary,
    mapping: Mapping | None = None,
) -> None:
    """Counts, rejects, warnings, and what may be done next."""
    names = ", ".join(file.name for file in done.files) or ", ".join(file.name for file in files)
    screen.heading(call.say("{names} → {table}", "{names} → {table}", names=names, table=done.table))
    if done.batch is None:
        screen.para(_nothing(call, done, mapping))
    else:
        counts = _counts(call, done, mapping)
        screen.pairs([(name, value) for name, value in counts if value or name == call.say("new", "新增")])
    if done.rejected:
        _show_rejects(call, screen, book, done)
    for warning in done.warnings:
        screen.para(warning.say(call.lang), indent=2, first="! ", style="yellow")
    if done.batch is not None:
        screen.space()
        screen.para(
            call.say(
                "Batch {batch}, book version {version}.",
                "批次 {batch}，账簿版本 {version}。",
                batch=done.batch,
                version=done.version,
            )
        )
        screen.steps([
            (f"tierwise check {quoted(book)}", call.say("what is doubtful in the book", "检查账簿中的疑点")),
            (f"tierwise undo-import {quoted(book)} {done.batch}", call.say("take this import back", "撤销本次导入")),
        ])  # fmt: skip


def _leaves_out(mapping: Mapping | None) -> bool:
    """Whether the mapping can leave out rows; else only the notes of a template are."""
    return mapping is not None and bool(mapping.filter or mapping.distinct)


def _nothing(call: Call, done: ImportSummary, mapping: Mapping | None) -> str:
    """Why an import changed nothing."""
    said = _why_nothing(call, done, mapping)
    if done.filtered and (done.same or done.rejected):
        end = " " if call.lang == "en" else ""
        label, count = _filtered(call, done, mapping)
        return (
            said + end + call.say("{label}: {count:,}.", "{label}：{count:,} 行。", label=label, count=count)
        )
    return said


def _why_nothing(call: Call, done: ImportSummary, mapping: Mapping | None) -> str:
    slots = {"same": done.same, "rejected": done.rejected, "filtered": done.filtered}
    if done.same and done.rejected:
        return call.say(
            "Nothing changed: the book already holds {same:,} of these rows, and {rejected:,} {rejected#was|were} rejected.",
            "没有变化：其中 {same:,} 行账簿已有，{rejected:,} 行被拒绝。",
            **slots,
        )
    if done.same:
        return call.say(
            "Nothing changed: the book already holds {same#this|these} {same:,} {same#row|rows}.",
            "没有变化：账簿已有这 {same:,} 行。",
            **slots,
        )
    if done.rejected:
        return call.say(
            "Nothing was imported: every row was rejected ({rejected:,}).",
            "未导入任何数据：{rejected:,} 行全部被拒绝。",
            **slots,
        )
    if done.filtered and not _leaves_out(mapping):
        return call.say(
            "Nothing was imported: the file holds only the row of notes of the template; fill in rows in its place.",
            "未导入任何数据：文件中只有模板的说明行；请用数据行取代它。",
        )
    if done.filtered:
        return call.say(
            "Nothing was imported: the mapping leaves out every row ({filtered:,}).",
            "未导入任何数据：映射文件排除了全部 {filtered:,} 行。",
            **slots,
        )
    return call.say(
        "Nothing was imported: there are no rows in the files.", "未导入任何数据：文件中没有数据行。"
    )


def _filtered(call: Call, done: ImportSummary, mapping: Mapping | None) -> tuple[str, int]:
    if _leaves_out(mapping):
        return call.say("filtered (left out by the mapping)", "过滤（映射文件排除）"), done.filtered
    return call.say("filtered (notes of the template)", "过滤（模板说明行）"), done.filtered


def _counts(call: Call, done: ImportSummary, mapping: Mapping | None) -> list[tuple[str, int]]:
    return [
        (call.say("new", "新增"), done.new),
        (call.say("changed", "变更"), done.changed),
        (call.say("of these corrected in the open period", "其中在未结账期更正"), done.corrected),
        (call.say("same", "相同"), done.same),
        (call.say("repeated (taken once)", "重复（只计一次）"), done.repeated),
        (call.say("removed", "移除"), done.removed),
        _filtered(call, done, mapping),
        (call.say("rejected", "拒绝"), done.rejected),
    ]


def _show_rejects(call: Call, screen: Screen, book: Path, done: ImportSummary) -> None:
    from tierwise_cli.screen import Col

    screen.space()
    screen.heading(call.say("Rejected rows", "被拒绝的行"))
    heads = [Col(call.say("rows", "行数"), "right", keep=True), Col(call.say("why", "原因"))]
    screen.table(
        heads,
        [(count, _why(call, code)) for code, count in sorted(done.by_code.items(), key=lambda e: -e[1])],
    )
    if done.rejects is not None:
        screen.para(
            call.say(
                "Each with its line and value in {file}.", "每行的行号与取值见 {file}。", file=done.rejects
            )
        )
    else:
        screen.para(call.say(
            "Add --rejects rejects.csv to see each of them with its line and value.",
            "加上 --rejects rejects.csv 可逐行查看行号与取值。",
        ))  # fmt: skip


def _why(call: Call, code: str) -> str:
    """The sentence of a reject without the values of one row, then its code."""
    from tierwise.book.reading.messages import REJECTS

    if code not in REJECTS:
        return f"[{code}]"
    said = REJECTS.pattern(code).in_lang(call.lang).format_map(defaultdict(lambda: "…"))
    return f"{said} [{code}]"
