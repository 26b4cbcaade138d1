"""Files that must stay as they are while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tierwise.kernel.errors import fail


@contextmanager
def steady(files: Sequence[Path]) -> Iterator[None]:
    """**Raises** ``TierwiseError`` (``file.changed``) where a file is not the same after the body as before it."""
    before = [_stamp(path) for path in files]
    yield
    for path, stamp in zip(files, before, strict=True):
        if stamp != _stamp(path):
            raise fail(
                "file.changed",
                "the file changed while it was read, so nothing was imported; import it again once it is complete",
                "文件在读取过程中发生变化，因此未导入；请待其写完后重新导入",
                file=str(path),
            )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Size, time of change and place on disk; None where there is no such file (the reader says so)."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
