"""``tierwise map``: a proposed mapping file, to look at and to correct."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise.kernel.files import taken
from tierwise.kernel.systems import why
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.importing import TableArg, _table
from tierwise_cli.options import argument, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.onboarding.model import Proposal
    from tierwise_cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(app, "map", "Propose a mapping file.", "为一个文件拟定映射文件。")(map_)


def map_(
    call: Call,
    file: Annotated[
        Path,
        argument("FILE", "CSV, Excel, Parquet or JSON lines.", "CSV、Excel、Parquet 或 JSON Lines 文件。"),
    ],
    table: TableArg,
    out: Annotated[
        Path | None,
        option("--out", "MAP.yaml", "Write the mapping there; else it is shown.", "写入此文件；缺省为显示。"),
    ] = None,
    sheet: Annotated[
        str | None, option("--sheet", "NAME", "Which sheet of a workbook.", "工作簿中的哪个工作表。")
    ] = None,
    beside: Annotated[
        list[Path] | None,
        option("--beside", "FILE", "A file to look missing values up in.", "可查找缺少的值的另一文件。"),
    ] = None,
) -> None:
    """Proposes where each column is read from, with how sure that is and why."""
    from tierwise.onboarding.mapping import propose_mapping
    from tierwise.onboarding.rendering import render

    proposal = propose_mapping(file, _table(table), sheet=sheet, beside=beside or ())
    text = render(proposal, call.lang)
    if out is not None:
        write_new(out, text)
    data = {"file": str(file), "mapping": str(out) if out else None, "text": text, **described(proposal)}

    def show(screen: Screen) -> None:
        if out is None:
            sys.stdout.write(text)
            return
        screen.heading(call.say("The mapping is in {out}", "映射文件已写入 {out}", out=out))
        show_doubts(call, screen, proposal)
        screen.steps([
            (f"tierwise import BOOK {table} {quoted(file)} --map {quoted(out)}", call.say("import by it", "按其导入")),
        ])  # fmt: skip

    call.answer(data, show)


def write_new(path: Path, text: str) -> None:
    """Writes a file that does not exist yet. **Raises** ``TierwiseError`` where one does: it may be corrected already."""
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise taken(path, "map.exists") from None
    except OSError as error:
        raise fail(
            "map.unwritable",
            "the file cannot be written: {why}",
            "无法写入文件：{why_zh}",
            file=str(path),
            **why(error),
        ) from None


def described(proposal: Proposal) -> dict[str, Any]:
    """A proposal as plain data."""
    return {
        "table": proposal.table.name,
        "complete": proposal.complete,
        "missing": list(proposal.missing),
        "identity": proposal.identity,
        "columns": [
            {
                "column": source.column,
                "from": source.expression,
                "confidence": source.confidence,
                "reasons": [{"code": r.code, **r.slots} for r in source.reasons],
                "candidates": list(source.candidates),
            }
            for source in proposal.sources
        ],
        "notes": [
            {"code": note.code, "text": {"en": note.say("en"), "zh": note.say("zh")}}
            for note in proposal.notes
        ],
        "unused": list(proposal.unused),
    }


def show_doubts(call: Call, screen: Screen, proposal: Proposal) -> None:
    """What a person must look at."""
    for note in proposal.notes:
        screen.para(note.say(call.lang), indent=2, first="! ", style="yellow")
