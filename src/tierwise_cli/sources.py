"""Sources beside files: databases and object stores for ``tierwise import --from``, and ``tierwise watch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierwise.kernel.errors import fail
from tierwise.kernel.text import Text
from tierwise_cli.call import REFUSED, Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, argument, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.book.importing import ImportSummary
    from tierwise.book.reading import Mapping
    from tierwise.book.sources.watching import Taken
    from tierwise.book.store import Book
    from tierwise_cli.screen import Screen

FromOption = Annotated[
    str | None,
    option(
        "--from",
        "URL",
        "Instead of files: sqlite:///shop.db, postgresql://host/db, s3://bucket/file.csv.",
        "代替文件：sqlite:///shop.db、postgresql://host/db、s3://bucket/file.csv。",
    ),
]
TableNameOption = Annotated[
    str | None, option("--table-name", "NAME", "Table of the database.", "数据库中的表。")
]
QueryOption = Annotated[
    str | None, option("--query", "SQL", "Query instead of a table.", "以查询代替整张表。")
]
HighWaterOption = Annotated[
    str | None,
    option(
        "--high-water",
        "COLUMN",
        "Only rows at or above the highest value of this column that was imported.",
        "只取该列不低于上次导入最高值的行。",
    ),
]
_STATES = {
    "imported": Text("imported", "已导入"),
    "nothing-new": Text("nothing new in it", "没有新内容"),
    "known": Text("known already", "此前已导入"),
    "fresh": Text("left for later: it changed a moment ago", "刚有变动，留待下次"),
    "refused": Text("refused", "被拒绝"),
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(
        app,
        "watch",
        "Import the new files of watched folders, each once.",
        "导入受监视文件夹中的新文件，每个只导入一次。",
        writes=True,
    )(watch)


def import_source(
    call: Call,
    book: Book,
    table: str,
    url: str,
    *,
    table_name: str | None,
    query: str | None,
    high_water: str | None,
    mapping: Mapping | None,
    strict: bool,
    rejects: Path | None,
) -> ImportSummary:
    """Imports from a database or an object store. **Raises** ``TierwiseError``; passwords are never told."""
    from tierwise.book.sources.address import address_of
    from tierwise.book.sources.database import import_from
    from tierwise.book.sources.remote import import_remote, is_remote

    if not is_remote(url):
        address = address_of(url, table=table_name, query=query)
        return import_from(
            book, table, address, high_water=high_water, mapping=mapping, strict=strict, rejects=rejects,
            actor=call.actor, at=call.at,
        )  # fmt: skip
    if table_name or query or high_water:
        raise fail(
            "source.file-only",
            "--table-name, --query and --high-water are for databases; this is a file",
            "--table-name、--query、--high-water 用于数据库；此处是文件",
        )
    return import_remote(
        book, table, url, mapping=mapping, strict=strict, rejects=rejects, actor=call.actor, at=call.at
    )


def one_origin(files: list[Path] | None, url: str | None) -> list[Path]:
    """The files, unless a source is named. **Raises** ``TierwiseError`` for both or neither."""
    if bool(files) == bool(url):
        raise fail(
            "import.files-or-source",
            "name the files to import, or a source with --from",
            "请给出要导入的文件，或用 --from 指明来源",
        )
    return files or []


def watch(
    call: Call,
    book: BookArg,
    list_: Annotated[
        Path,
        argument("WATCH.yaml", "Folders, patterns, tables and mappings.", "文件夹、文件名模式、表与映射。"),
    ],
    rejects: Annotated[
        Path | None,
        option("--rejects", "DIR", "Folder for rejected rows.", "被拒绝的行写入此文件夹。"),
    ] = None,
) -> None:
    """Looks once: to watch all the time, call it from a timer. A refused file stops none of the others."""
    from tierwise.book.sources.watching import load_watch_list, watch_once

    opened, watched = call.book(book), load_watch_list(list_)
    if rejects is not None:
        rejects.mkdir(parents=True, exist_ok=True)
    taken = list(watch_once(opened, watched, rejects=rejects, actor=call.actor, at=call.at))
    data = {
        "book": str(book),
        "files": [
            {
                "file": str(t.file),
                "table": t.table,
                "state": t.state,
                "import": t.summary,
                "problems": list(t.problems),
            }
            for t in taken
        ],
    }
    call.answer(data, lambda screen: _show(call, screen, book, taken))
    if any(one.state == "refused" for one in taken):
        raise typer.Exit(REFUSED)


def _show(call: Call, screen: Screen, book: Path, taken: list[Taken]) -> None:
    from tierwise_cli.screen import Col

    if not taken:
        screen.para(call.say("No file matches.", "没有匹配的文件。"))
        return
    heads = [
        Col(call.say("file", "文件")),
        Col(call.say("table", "表"), keep=True),
        Col(call.say("what became of it", "结果")),
        Col(call.say("new", "新增"), align="right", keep=True),
        Col(call.say("changed", "变更"), align="right", keep=True),
        Col(call.say("rejected", "被拒"), align="right", keep=True),
    ]
    rows = []
    for one in taken:
        done = one.summary
        counts = (done.new, done.changed, done.rejected) if done else (None, None, None)
        rows.append((one.file.name, one.table, _STATES[one.state].in_lang(call.lang), *counts))
    screen.table(heads, rows)
    for problem in (problem for one in taken for problem in one.problems):
        screen.para(
            f"{problem.place()}: {problem.say(call.lang)} [{problem.code}]",
            indent=2,
            first="! ",
            style="yellow",
        )
    screen.steps(
        [(f"tierwise check {quoted(book)}", call.say("what is doubtful in the book", "查看账簿中的可疑之处"))]
    )
