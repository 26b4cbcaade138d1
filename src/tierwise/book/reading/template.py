"""Templates to fill in: the headers of a table, what each column takes, and nothing else to learn."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import xlsxwriter

from tierwise.book.contract import Column, Table
from tierwise.kernel.errors import fail
from tierwise.kernel.files import taken, whole_file
from tierwise.kernel.text import Lang, Text

_KINDS = {
    "text": Text("text", "文本"),
    "date": Text("date, 2024-01-05", "日期，如 2024-01-05"),
    "money": Text("amount, up to 4 decimals", "金额，最多 4 位小数"),
    "quantity": Text("number, up to 4 decimals", "数量，最多 4 位小数"),
    "rate": Text("number, up to 8 decimals", "数值，最多 8 位小数"),
    "percent": Text("percent, 12.5 means 12.5 %", "百分数，12.5 表示 12.5%"),
    "integer": Text("whole number", "整数"),
    "flag": Text("yes or no", "是或否"),
    "choice": Text("one of", "可选值"),
}
_TITLES = {
    "column": Text("Column", "列名"),
    "header": Text("Header", "表头"),
    "required": Text("Required", "必填"),
    "type": Text("Type", "类型"),
    "default": Text("If empty", "留空时"),
    "also": Text("Other headers accepted", "也可用的表头"),
}
_YES = Text("yes", "是")
_SHEETS = (Text("data", "数据"), Text("notes", "说明"))


def template_text(table: Table, lang: Lang) -> str:
    """A CSV template: one line of headers and one line of notes that begins with ``#``.

    The notes line must be deleted or overwritten; left in place it is skipped on reading.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = table.file_columns
    writer.writerow([column.label.in_lang(lang) for column in columns])
    notes = [_note(column, lang) for column in columns]
    writer.writerow([f"# {notes[0]}", *notes[1:]])
    return stream.getvalue()


def write_template(table: Table, path: Path, lang: Lang) -> None:
    """Writes a template, CSV or Excel by the ending of ``path``.

    **Raises** ``file.template-format`` for another ending, ``file.template-exists``, ``export.folder`` and ``export.unwritable``.
    """
    suffix = path.suffix.lower()
    if path.is_file():
        raise taken(path, "file.template-exists")
    if suffix == ".csv":
        with whole_file(path) as part:
            part.write_text(template_text(table, lang), encoding="utf-8-sig")
    elif suffix == ".xlsx":
        with whole_file(path, xlsxwriter.exceptions.FileCreateError) as part:
            _write_excel(table, part, lang)
    else:
        raise fail(
            "file.template-format",
            "a template is written as .csv or .xlsx, not {suffix}",
            "模板可写为 .csv 或 .xlsx，不能是 {suffix}",
            file=str(path),
            suffix=suffix or "?",
        )


def described(column: Column, lang: Lang) -> dict[str, str]:
    """What a person must know about a column, by the keys of the notes sheet."""
    return {
        "column": column.name,
        "header": column.label.in_lang(lang),
        "required": _YES.in_lang(lang) if column.required else "",
        "type": _type(column, lang),
        "default": _default(column, lang),
        "also": ", ".join(column.synonyms),
    }


def _write_excel(table: Table, path: Path, lang: Lang) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        data, notes = (book.add_worksheet(sheet.in_lang(lang)) for sheet in _SHEETS)
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for index, column in enumerate(table.file_columns):
            data.write_string(0, index, column.label.in_lang(lang), bold)
            data.set_column(index, index, 16, text if column.kind == "text" else None)
        data.freeze_panes(1, 0)
        for index, title in enumerate(_TITLES.values()):
            notes.write_string(0, index, title.in_lang(lang), bold)
        for row, column in enumerate(table.file_columns, start=1):
            for index, words in enumerate(described(column, lang).values()):
                notes.write_string(row, index, words)
        notes.set_column(0, len(_TITLES) - 1, 24)


def _note(column: Column, lang: Lang) -> str:
    required = Text("required", "必填") if column.required else Text("optional", "选填")
    return f"{required.in_lang(lang)}; {_type(column, lang)}"


def _type(column: Column, lang: Lang) -> str:
    kind = _KINDS[column.kind].in_lang(lang)
    if column.between:
        return f"{kind}: {column.between[0]} … {column.between[1]}"
    if not column.choices:
        return kind
    return f"{kind}: {' | '.join(choice.label.in_lang(lang) for choice in column.choices)}"


def _default(column: Column, lang: Lang) -> str:
    if column.default is None:
        return ""
    for choice in column.choices:
        if choice.code == column.default:
            return choice.label.in_lang(lang)
    return column.default
