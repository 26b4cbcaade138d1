"""A mapping proposed for one file and one table."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tierwise.book.contract import Table
from tierwise.book.looking import Desk, Found, parts_of
from tierwise.book.reading.model import Limits
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.onboarding.model import Proposal
from tierwise.onboarding.proposing import Proposer

_READABLE = (
    ".csv", ".txt", ".tsv", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xlsm", ".xls",
)  # fmt: skip
DEFAULT_LIMITS = Limits()


def readable(path: Path) -> bool:
    """Whether the name of a file is that of a table."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    hidden = path.name.startswith((".", "~$"))
    return path.is_file() and not hidden and suffixes[-1:] != [] and suffixes[-1] in _READABLE


def propose_mapping(
    file: Path,
    table: Table,
    *,
    sheet: str | None = None,
    beside: Sequence[Path] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> Proposal:
    """How a file becomes rows of a table; ``beside`` are files in which a missing value may be looked up.

    **Raises** ``TierwiseError`` where the file cannot be read, or a workbook has several sheets and none is named.
    """
    with tempfile.TemporaryDirectory(prefix="tierwise-") as scratch, Desk(Path(scratch), limits) as desk:
        mine = desk.lay([_part(parts_of(file, limits), file, sheet)])
        others = [desk.lay([found]) for found in _others(beside, file, limits)]
        return Proposer(desk, others=others).propose(mine, table)


def _part(parts: Sequence[Found], file: Path, sheet: str | None) -> Found:
    if sheet is None and len(parts) == 1:
        return parts[0]
    for found in parts:
        if found.layout.sheet == sheet and sheet is not None:
            return found
    names = ", ".join(found.layout.sheet or "" for found in parts)
    raise fail(
        "map.which-sheet",
        "say which sheet with --sheet: {names}",
        "请用 --sheet 指明工作表：{names}",
        file=str(file),
        names=names,
    )


def _others(beside: Sequence[Path], file: Path, limits: Limits) -> list[Found]:
    """The other files that can be read; one that cannot stops nothing."""
    found = []
    for path in beside:
        if path.resolve() == file.resolve() or not readable(path):
            continue
        try:
            found += parts_of(path, limits)
        except TierwiseError:
            continue
    return found
