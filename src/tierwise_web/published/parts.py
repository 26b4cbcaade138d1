"""The unfinished file of a read model: held by who makes it, flushed and named when done, swept when its maker was killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ENDING, SEARCH = ".part", ".search"


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its name at the end, complete on the disk; nothing is left after an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    part = target.parent / f".{target.name}.{os.getpid()}{ENDING}"
    held = _held(part)
    try:
        yield part
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    finally:
        part.unlink(missing_ok=True)
        os.close(held)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Waits until no other process publishes to the pages of this folder; the lock ends with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".publishing").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _held(part: Path) -> int:
    """A descriptor that locks the file; the lock ends with the process, whatever ends that: an unlocked one is nobody's."""
    while True:
        held = os.open(part, os.O_CREAT | os.O_RDWR, 0o644)
        fcntl.flock(held, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            # whoever sweeps may have taken it between the two
            if os.path.samestat(os.fstat(held), part.stat()):
                return held
        os.close(held)


def search_of(part: str | Path) -> Path:
    """Where the search index of an unfinished file is made."""
    return Path(f"{part}{SEARCH}")


def _sweep(folder: Path) -> None:
    """Removes what killed makers left; what somebody still works on is locked, and stays."""
    for part in folder.glob(f".*{ENDING}"):
        with suppress(OSError):
            held = os.open(part, os.O_RDWR)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()
            finally:
                os.close(held)
    for index in folder.glob(f".*{ENDING}{SEARCH}"):
        if not index.with_suffix("").exists():
            index.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
