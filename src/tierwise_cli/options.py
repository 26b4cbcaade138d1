"""Parameters that several commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from tierwise_cli.language import both


def day(text: str) -> date:
    """The day that a text like 2026-03-31 names. **Raises** ``typer.BadParameter`` for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day; write it as 2026-03-31") from None


def day_or_none(text: str | date) -> date:
    """As ``day``; a day stays a day."""
    return text if isinstance(text, date) else day(text)


BookArg = Annotated[
    Path, typer.Argument(metavar="BOOK", help=both("Folder of the book.", "账簿所在的文件夹。"))
]
RunArg = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help=both(
            "A run such as run-000003 or 3; else the latest.",
            "分级运行，如 run-000003 或 3；缺省为最近一次。",
        ),
    ),
]
RunOption = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        help=both(
            "A run such as run-000003 or 3; else the latest.",
            "分级运行，如 run-000003 或 3；缺省为最近一次。",
        ),
    ),
]
AsOf = Annotated[
    date,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=day,
        help=both("The day as of which to look, such as 2026-03-31.", "截止日期，如 2026-03-31。"),
    ),
]
OutFile = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help=both("File to write: .csv, .xlsx or .parquet.", "输出文件：.csv、.xlsx 或 .parquet。"),
    ),
]
OutFileOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help=both("Also write the rows: .csv, .xlsx or .parquet.", "同时写出结果：.csv、.xlsx 或 .parquet。"),
    ),
]
PolicyArg = Annotated[
    str,
    typer.Argument(
        metavar="POLICY",
        help=both(
            "A shipped policy by name, or a file (with its folder or .yaml).",
            "内置策略的名称，或策略文件（写出目录或 .yaml）。",
        ),
    ),
]
PolicyOption = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help=both(
            "A shipped policy by name, or a file (with its folder or .yaml).",
            "内置策略的名称，或策略文件（写出目录或 .yaml）。",
        ),
    ),
]
