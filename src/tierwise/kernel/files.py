"""Files for people: whole or not at all, and a sentence where one cannot be written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident

from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.systems import why


@contextmanager
def whole_file(out: Path, *also: type[Exception]) -> Iterator[Path]:
    """The path to write to: it takes the name of ``out`` when the block ends well, otherwise nothing is left.

    ``also`` are exceptions by which a library says that it cannot write. **Raises** ``export.folder`` if the folder is
    missing, ``export.unwritable`` with the system's reason.
    """
    refuse_missing_folder(out)
    place = Path(os.path.realpath(out))  # a link stays one, and what it points to is written
    ordinary = place.is_file() or not out.exists()
    # a pipe is written as it is: that of /dev/fd has no other name
    part = part_beside(place) if ordinary else out
    causes: tuple[type[Exception], ...] = (OSError, *also)
    try:
        yield part
        if ordinary:
            part.replace(place)
    except causes as error:
        raise fail(
            "export.unwritable",
            "the file cannot be written: {why}",
            "无法写入该文件：{why_zh}",
            file=str(out),
            **why(error),
        ) from None
    finally:
        if ordinary:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def taken(out: Path, code: str) -> TierwiseError:
    """The refusal to write over a file that is there."""
    return fail(
        code, "this file exists; remove it or name another one", "文件已存在；请删除或另取名称", file=str(out)
    )


def part_beside(file: Path) -> Path:
    """Where a file grows before it takes its name: a place that no other process and no other thread writes to."""
    return file.with_name(f".{file.name}.{os.getpid()}-{get_ident()}.part")


def refuse_missing_folder(out: Path) -> None:
    """Refuses a file whose folder does not exist."""
    if not out.absolute().parent.is_dir():
        raise fail(
            "export.folder",
            "there is no folder {folder}",
            "没有文件夹 {folder}",
            file=str(out),
            folder=str(out.parent),
        )
