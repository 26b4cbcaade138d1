"""Where files of a book are and are not: paths that cannot be used, and files that were compacted away or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tierwise.kernel.errors import TierwiseError, fail

if TYPE_CHECKING:
    from tierwise.book.versions import BookVersion


SIGNS = "[]^|%\\"
"""Of these in a path the library of the tables makes other paths, or ends."""


def refuse_signs(path: Path) -> None:
    """**Raises** ``book.bad-path`` for a path that tables cannot stand under."""
    found = sorted(set(SIGNS).intersection(str(path)))
    if found:
        raise fail(
            "book.bad-path",
            "a book cannot stand under a path with {signs}; choose another folder",
            "账簿所在路径不能含有 {signs}；请换一个文件夹",
            file=str(path),
            signs=" ".join(found),
        )


def refuse_vanished(place: Path, table: str, version: BookVersion, files: Sequence[str]) -> None:
    """**Raises** ``book.version-gone`` unless all files of a table at a version are there."""
    missing = sum(not Path(file).exists() for file in files)
    if missing:
        raise version_gone(place, table, version, f"{missing}/{len(files)}")


def version_gone(place: Path, table: str, version: BookVersion, how: str) -> TierwiseError:
    """The refusal to read a version of which something is gone, as an error to raise."""
    return fail(
        "book.version-gone",
        "version {number} of the book ({day}) cannot be read any more: of {table} (Delta version {delta}) files are gone "
        "({how}), compacted away or deleted. Bring them back from a backup; `tierwise check` names files that the newest "
        "version lacks. Runs of version {number} stay as they are stored, but cannot be computed again",
        "账簿版本 {number}（{day}）已无法读取：{table}（Delta 版本 {delta}）的文件已不存在（{how}），可能已被压缩清理或删除。"
        "请从备份恢复；`tierwise check` 会列出最新版本所缺的文件。基于版本 {number} 的运行结果仍在，但无法重算",
        file=str(place),
        number=version.number,
        day=version.at.date(),
        table=table,
        delta=version.state[table].delta,
        how=how,
    )
