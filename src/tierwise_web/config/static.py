"""Static files: gathered once per content into a folder whose name is the content's digest, and compressed there.

The address holds the digest, so browsers may keep a file for ever and never ask again. A checkout and an installed
wheel work alike, without a build step.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

SOURCES = (
    ("tierwise_web.common", "assets", ""),
    ("tierwise.report", "assets/echarts", "vendor/echarts"),
)
"""Package, folder in it, and where its files appear."""
COMPRESSED = {".css", ".js", ".svg", ".txt"}


def _carried() -> Iterator[tuple[str, Path]]:
    for package, folder, place in SOURCES:
        root = Path(str(files(package))) / folder
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            yield str(Path(place) / file.relative_to(root)), file


@cache
def digest() -> str:
    """A short digest over the names and contents of all static files."""
    total = hashlib.sha256()
    for name, file in _carried():
        total.update(name.encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]


def address_of(data: Path) -> tuple[str, Path]:
    """The prefix of the addresses, and the folder from which they are served."""
    return f"/static/{digest()}/", data / "static" / digest()


def publish_static(data: Path) -> None:
    """Writes the folder unless it is there: whole, or not at all."""
    _, target = address_of(data)
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=target.parent, prefix=".part-"))
    for name, file in _carried():
        kept = part / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, kept)
        if file.suffix in COMPRESSED:
            Path(f"{kept}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    part.chmod(0o755)
    with contextlib.suppress(OSError):  # another process was first with the same files
        part.rename(target)
    shutil.rmtree(part, ignore_errors=True)
