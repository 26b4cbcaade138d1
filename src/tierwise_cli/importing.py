"""``tierwise init``, ``template``, ``import`` and ``undo-import``: how facts come in, and out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.imported import show_import
from tierwise_cli.options import BookArg, argument, day_or_none, flag, option
from tierwise_cli.plain import quoted
from tierwise_cli.sources import (
    FromOption,
    HighWaterOption,
    QueryOption,
    TableNameOption,
    import_source,
    one_origin,
)

if TYPE_CHECKING:
    from tierwise.book.contract import Table
    from tierwise.book.reading import Mapping
    from tierwise.book.settings import Settings
    from tierwise_cli.screen import Screen

TableArg = Annotated[
    str,
    argument("TABLE", "Table of the book, such as order_lines.", "账簿中的表，如 order_lines。"),
]
_OPTION_OF = {"fiscal_year_start_month": "fiscal_year_start"}


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(app, "init", "Make a new, empty book.", "新建一个空账簿。", writes=True)(init)
    command(app, "template", "Show or write the columns that a table takes.", "查看或写出一张表的模板。")(
        template
    )
    command(app, "import", "Import files into a table of the book.", "将文件导入账簿的一张表。", writes=True)(
        import_
    )
    command(app, "undo-import", "Take an import back.", "撤销一次导入。", writes=True)(undo_import)


def init(
    call: Call,
    book: BookArg,
    name: Annotated[
        str | None,
        option(
            "--name", "NAME", "Name of the company; else that of the folder.", "公司名称；缺省为文件夹名。"
        ),
    ] = None,
    base_currency: Annotated[
        str, option("--base-currency", "CODE", "Currency of all totals.", "本位币。")
    ] = "CNY",
    time_zone: Annotated[
        str, option("--time-zone", "ZONE", "Time zone of the book's days.", "账簿所用的时区。")
    ] = "Asia/Shanghai",
    fiscal_year_start: Annotated[
        int,
        option(
            "--fiscal-year-start", "MONTH", "First month of the fiscal year.", "财年的起始月。", min=1, max=12
        ),
    ] = 1,
    posting_basis: Annotated[
        Literal["invoice", "order"],
        option("--posting-basis", "invoice|order", "What the posting date means.", "过账日期的口径。"),
    ] = "invoice",
    decisions: Annotated[
        Literal["book", "web"],
        option("--decisions", "book|web", "Where people's decisions are kept.", "人工决定的存放处。"),
    ] = "book",
    working_days: Annotated[
        Literal["cn-mainland", "weekdays"],
        option("--working-days", "cn-mainland|weekdays", "Calendar of working days.", "工作日历。"),
    ] = "cn-mainland",
    closed_through: Annotated[
        str | None,
        option(
            "--closed-through",
            "DATE",
            "Last day of the closed periods.",
            "已结账期间的最后一天。",
            parser=day_or_none,
        ),
    ] = None,
) -> None:
    """Makes a book with these settings, which can be changed later in its book.yaml."""
    from tierwise.book.store import Book

    settings = _settings(
        name=name or book.absolute().name,
        base_currency=base_currency,
        time_zone=time_zone,
        fiscal_year_start_month=fiscal_year_start,
        posting_basis=posting_basis,
        decisions=decisions,
        working_days=working_days,
        closed_through=closed_through,
    )
    made = Book.create(book, settings, actor=call.actor, at=call.at)

    def show(screen: Screen) -> None:
        screen.heading(
            call.say(
                "The book {name} is ready in {path}",
                "账簿“{name}”已建于 {path}",
                name=settings.name,
                path=book,
            )
        )
        screen.para(call.say(
            "Base currency {money}, time zone {zone}; its settings stand in {file}.",
            "本位币 {money}，时区 {zone}；设置见 {file}。",
            money=settings.base_currency, zone=settings.time_zone, file=book / "book.yaml",
        ))  # fmt: skip
        screen.steps([
            ("tierwise template order_lines", call.say("which columns a file of order lines needs", "订单行文件需要哪些列")),
            (f"tierwise import {quoted(book)} order_lines FILE", call.say("bring your first facts in", "导入第一批数据")),
        ])  # fmt: skip

    version = made.current().number
    call.answer({"book": str(book), "version": version, "settings": settings.model_dump(mode="json")}, show)


def _settings(**values: Any) -> Settings:
    """The settings. **Raises** ``TierwiseError`` that names the option to mend."""
    from pydantic import ValidationError

    from tierwise.book.settings import NEW, Settings

    try:
        return Settings.model_validate(values, context=NEW)
    except ValidationError as error:
        raise TierwiseError([_bad_setting(detail) for detail in error.errors()]) from None


def _bad_setting(detail: Any) -> Problem:
    from tierwise.book.setting_words import code_of, slots_of, words_of
    from tierwise.book.settings import Settings

    field = str(detail["loc"][0])
    option = "--" + _OPTION_OF.get(field, field).replace("_", "-")
    kind = Settings.model_fields[field].annotation
    return Problem(code_of(detail), words_of(detail), slots_of(detail, option, kind))


def template(
    call: Call,
    table: TableArg,
    out: Annotated[
        Path | None,
        option(
            "--out",
            "FILE",
            "Write a template to fill in: .csv or .xlsx.",
            "写出待填写的模板：.csv 或 .xlsx。",
        ),
    ] = None,
) -> None:
    """Shows what a file of a table may bring, or writes a template to fill in."""
    from tierwise.book.reading.template import described, write_template

    declared = _table(table)
    if out is not None:
        write_template(declared, out, call.lang)
    columns = [described(column, call.lang) for column in declared.file_columns]
    data = {"table": table, "label": declared.label, "file": str(out) if out else None, "columns": columns}

    def show(screen: Screen) -> None:
        if out is not None:
            screen.para(call.say("The template is in {out}.", "模板已写入 {out}。", out=out))
            screen.steps(
                [
                    (
                        f"tierwise import BOOK {table} {quoted(out)}",
                        call.say("when it is filled in", "填写之后导入"),
                    )
                ]
            )
            return
        _show_columns(call, screen, declared, columns)

    call.answer(data, show)


def _show_columns(call: Call, screen: Screen, table: Table, columns: list[dict[str, str]]) -> None:
    from tierwise_cli.screen import Col

    label = table.label.in_lang(call.lang)
    screen.heading(table.name if label == table.name else f"{table.name} · {label}")
    if table.about:
        screen.para(table.about.in_lang(call.lang))
    screen.space()
    heads = [
        Col(call.say("column", "列名"), keep=True),
        Col(call.say("header", "表头"), least=10),
        Col(call.say("needed", "必填"), keep=True),
        Col(call.say("what it takes", "内容")),
        Col(call.say("if empty", "留空时")),
    ]
    screen.table(
        heads,
        [(c["column"], c["header"], c["required"] or " ", c["type"], c["default"] or " ") for c in columns],
    )
    screen.space()
    screen.para(call.say(
        "A file may use the column name, the header in either language, or another known header as its "
        "first line; other files are read with a mapping file (--map).",
        "文件首行可用列名、中英文表头或其他已知表头；其他文件可借助映射文件（--map）读取。",
    ))  # fmt: skip
    screen.steps([
        (f"tierwise template {table.name} --out {table.name}.xlsx", call.say("write a template to fill in", "写出待填写的模板")),
        (f"tierwise import BOOK {table.name} FILE", call.say("import a file", "导入文件")),
    ])  # fmt: skip


def _table(name: str) -> Table:
    from tierwise.book.contract import TABLES

    if name not in TABLES:
        raise fail(
            "import.no-table",
            "{name} is no table of the book; the tables are {tables}",
            "账簿没有名为 {name} 的表；可用的表为 {tables}",
            name=name,
            tables=", ".join(TABLES),
        )
    return TABLES[name]


def import_(
    call: Call,
    book: BookArg,
    table: TableArg,
    files: Annotated[
        list[Path] | None,
        argument("FILE", "CSV, Excel, Parquet or JSON lines.", "CSV、Excel、Parquet 或 JSON Lines 文件。"),
    ] = None,
    map_: Annotated[
        Path | None,
        option(
            "--map",
            "FILE",
            "Mapping file (YAML) that says what is where.",
            "说明各列来源的映射文件（YAML）。",
        ),
    ] = None,
    rejects: Annotated[
        Path | None,
        option("--rejects", "FILE", "Where rejected rows go, as CSV.", "被拒绝的行写入此 CSV 文件。"),
    ] = None,
    strict: Annotated[
        bool,
        flag("--strict", "Import nothing if any row is rejected.", "只要有一行被拒绝就全部不导入。"),
    ] = False,
    identity: Annotated[
        Literal["key", "document", "occurrence"] | None,
        option("--identity", "key|document|occurrence", "How rows are recognised again.", "如何识别同一行。"),
    ] = None,
    from_: FromOption = None,
    table_name: TableNameOption = None,
    query: QueryOption = None,
    high_water: HighWaterOption = None,
) -> None:
    """Imports files whole or not at all; bad rows do not stop the good ones unless --strict."""
    from tierwise.book.importing import import_files

    _table(table)
    named = one_origin(files, from_)
    opened = call.book(book)
    mapping = _mapping(map_, table, identity, named)
    if from_ is not None:
        summary = import_source(
            call, opened, table, from_, table_name=table_name, query=query, high_water=high_water,
            mapping=mapping, strict=strict, rejects=rejects,
        )  # fmt: skip
    else:
        with call.progress() as progress:
            summary = import_files(
                opened, table, named, mapping=mapping, strict=strict, rejects=rejects,
                actor=call.actor, at=call.at, progress=progress,
            )  # fmt: skip
    call.answer(
        {"book": str(book), "import": summary},
        lambda screen: show_import(call, screen, book, named, summary, mapping),
    )


def _mapping(file: Path | None, table: str, identity: str | None, files: list[Path]) -> Mapping | None:
    from tierwise.book.reading import Mapping, load_mapping

    if file is None:
        return Mapping.model_validate({"identity": identity}) if identity else None
    mapping = load_mapping(file, table=_table(table), files=files)
    return mapping.model_copy(update={"identity": identity}) if identity else mapping


def undo_import(
    call: Call,
    book: BookArg,
    batch: Annotated[
        int,
        argument("BATCH", "Number of the import; see tierwise batches.", "导入批次号，见 tierwise batches。"),
    ],
    reason: Annotated[
        str, option("--reason", "TEXT", "Why; the book keeps it.", "撤销原因，记入账簿。")
    ] = "",
) -> None:
    """Takes an import back by a compensating version; nothing is lost."""
    from tierwise.book import undoing

    opened = call.book(book)
    done = undoing.undo_import(opened, batch, actor=call.actor, at=call.at, reason=reason)

    def show(screen: Screen) -> None:
        screen.heading(
            call.say(
                "Import {batch} into {table} is undone.",
                "已撤销对 {table} 的导入 {batch}。",
                batch=batch,
                table=done.table,
            )
        )
        screen.para(call.say(
            "{removed:,} {removed#row|rows} taken out, {restored:,} earlier {restored#row|rows} brought back; "
            "batch {by}, book version {version}.",
            "移除 {removed:,} 行，恢复 {restored:,} 行；批次 {by}，账簿版本 {version}。",
            removed=done.removed, restored=done.restored, by=done.batch, version=done.version,
        ))  # fmt: skip
        if done.closed:
            screen.para(call.say(
                "{closed:,} of the rows taken out lay in closed periods: those days now look different, except to stored runs",
                "移除的行中有 {closed:,} 行属于已结账期间：这些日期的数据从此不同，已保存的运行除外",
                closed=done.closed,
            ), indent=2, first="! ", style="yellow")  # fmt: skip
        if done.orphans.count:
            screen.para(call.say(
                "{n:,} {n#code|codes} of {table} {n#has|have} no record any more, and {rows:,} {rows#row|rows} that stay "
                "{rows#names|name} them ({tables}), such as {examples}; import the file again to bring them back",
                "{table} 中有 {n:,} 个编码不再有记录，而保留的 {rows:,} 行仍引用它们（{tables}），例如 {examples}；重新导入该文件即可恢复",
                n=done.orphans.count, table=done.table, rows=sum(done.orphans.rows.values()),
                tables=", ".join(done.orphans.rows), examples=", ".join(done.orphans.examples),
            ), indent=2, first="! ", style="yellow")  # fmt: skip

    call.answer({"book": str(book), "undo": done}, show)
