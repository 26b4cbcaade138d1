"""Parameters that several commands share."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise.kernel.files import refuse_missing_folder
from tierwise.kernel.systems import why
from tierwise.kernel.text import both

if TYPE_CHECKING:
    from tierwise.grading.by_months import Way

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)
"""Between these days every window and every next day is a day that can be written."""
ENDINGS = (".csv", ".xlsx", ".parquet")


def argument(name: str, en: str, zh: str, **more: Any) -> Any:
    """What a positional parameter is called and what it means."""
    return typer.Argument(metavar=name, help=both(en, zh), **more)


def option(name: str, value: str, en: str, zh: str, **more: Any) -> Any:
    """An option, what its value is called, and what it means."""
    return typer.Option(name, metavar=value, help=both(en, zh), **more)


def flag(name: str, en: str, zh: str, **more: Any) -> Any:
    """An option without a value."""
    return typer.Option(name, metavar="", help=both(en, zh), **more)


def day(text: str) -> date:
    """The day that a text like 2026-03-31 names. **Raises** ``typer.BadParameter`` for any other text or far day."""
    try:
        named = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day; write it as 2026-03-31") from None
    if not FIRST_DAY <= named <= LAST_DAY:
        raise typer.BadParameter(f"{text} lies outside {FIRST_DAY} to {LAST_DAY}")
    return named


def day_or_none(text: str | date) -> date:
    """As ``day``; a day stays a day."""
    return text if isinstance(text, date) else day(text)


BookArg = Annotated[Path, argument("BOOK", "Folder of the book.", "账簿所在的文件夹。")]
RunArg = Annotated[
    str | None,
    argument(
        "RUN",
        "A run such as run-000003 or 3; else the latest.",
        "分级运行，如 run-000003 或 3；缺省为最近一次。",
    ),
]
RunOption = Annotated[
    str | None,
    option(
        "--run",
        "RUN",
        "A run such as run-000003 or 3; else the latest.",
        "分级运行，如 run-000003 或 3；缺省为最近一次。",
    ),
]
AsOf = Annotated[
    date,
    option(
        "--as-of",
        "DATE",
        "The day as of which to look, such as 2026-03-31.",
        "截止日期，如 2026-03-31。",
        parser=day,
    ),
]
OutFile = Annotated[
    Path,
    option("--out", "FILE", "File to write: .csv, .xlsx or .parquet.", "输出文件：.csv、.xlsx 或 .parquet。"),
]
OutFileOption = Annotated[
    Path | None,
    option(
        "--out",
        "FILE",
        "Also write the rows: .csv, .xlsx or .parquet.",
        "同时写出结果：.csv、.xlsx 或 .parquet。",
    ),
]
PolicyArg = Annotated[
    str,
    argument(
        "POLICY",
        "A shipped policy by name, or a file (with its folder or .yaml).",
        "内置策略的名称，或策略文件（写出目录或 .yaml）。",
    ),
]
PolicyOption = Annotated[
    str,
    option(
        "--policy",
        "POLICY",
        "A shipped policy by name, or a file (with its folder or .yaml).",
        "内置策略的名称，或策略文件（写出目录或 .yaml）。",
    ),
]


FullOption = Annotated[
    bool,
    flag(
        "--full",
        "Read all order lines instead of what is kept of whole months; the rows are the same.",
        "读取全部订单行，而不用按月保存的汇总；结果相同。",
    ),
]


def way_of(full: bool) -> Way:
    """The way of computing that ``--full`` asks for."""
    return "full" if full else "auto"


def refuse_bad_target(out: Path, endings: Sequence[str] = ENDINGS) -> None:
    """Refuses before anything is computed what would fail at the end."""
    if out.suffix.lower() not in endings:
        *most, last = endings
        raise fail(
            "export.format",
            "the file must end in {most} or {last}",
            "文件扩展名须为 {most_zh} 或 {last}",
            file=str(out),
            most=", ".join(most),
            most_zh="、".join(most),
            last=last,
        )
    refuse_bad_place(out)


def refuse_bad_place(out: Path) -> None:
    """Refuses a file that cannot be written where it is asked for."""
    refuse_missing_folder(out)
    if out.is_dir() or not os.access(out.absolute().parent, os.W_OK):
        reason = errno.EISDIR if out.is_dir() else errno.EACCES
        raise fail(
            "export.unwritable",
            "the file cannot be written: {why}",
            "无法写入该文件：{why_zh}",
            file=str(out),
            **why(OSError(reason, os.strerror(reason))),
        )


def policy_code(policy: str | None) -> str | None:
    """The code of a policy, also where a file was named."""
    if policy is None or Path(policy).suffix not in (".yaml", ".yml"):
        return policy
    from tierwise.policy.load import load_policy

    return load_policy(policy).policy.code
