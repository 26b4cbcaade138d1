"""Writes the report of a day in the form that the file's ending asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierwise.kernel.errors import fail
from tierwise.report.page import write_whole

if TYPE_CHECKING:
    from tierwise.kernel.text import Lang
    from tierwise.report.day.model import Report


def write(report: Report, out: Path, lang: Lang) -> None:
    """Writes ``.html``, ``.xlsx`` or ``.pdf``, whole or not at all.

    **Raises** ``export.format`` for another ending, ``export.unwritable``, and what the form cannot do.
    """
    write_whole(out, _content(report, out, lang))


def _content(report: Report, out: Path, lang: Lang) -> bytes:
    match out.suffix.lower():
        case ".html":
            from tierwise.report.day.as_html import page

            return page(report, lang).encode()
        case ".xlsx":
            from tierwise.report.day.as_excel import workbook

            return workbook(report, lang)
        case ".pdf":
            from tierwise.report.day.as_pdf import document

            return document(report, lang)
    raise fail(
        "export.format",
        "the file must end in .html, .xlsx or .pdf",
        "文件扩展名须为 .html、.xlsx 或 .pdf",
        file=str(out),
    )
