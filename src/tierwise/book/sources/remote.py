"""Files in object stores: fetched whole into a scratch folder, then read like any other."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from tierwise.book.importing import ImportItem, ImportSummary, Origin, import_batch
from tierwise.book.reading import Mapping
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError, fail

SCHEMES = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "file")


def is_remote(url: str) -> bool:
    """Whether a source is a file in a store, by how its address begins."""
    return urlsplit(url).scheme in SCHEMES


def shown(url: str) -> str:
    """The address without user, password and parameters, which may hold keys."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def import_remote(
    book: Book,
    table: str,
    url: str,
    *,
    mapping: Mapping | None = None,
    strict: bool = False,
    rejects: Path | None = None,
    actor: str,
    at: datetime,
) -> ImportSummary:
    """Imports one file of a store. **Raises** ``TierwiseError`` (``source.*``, ``file.*``); the book is then as before."""
    with TemporaryDirectory(prefix="tierwise-") as folder:
        file = fetched(url, Path(folder))
        item = ImportItem(table, [file], mapping, Origin(shown(url)))
        return import_batch(book, [item], strict=strict, rejects=rejects, actor=actor, at=at)[0]


def fetched(url: str, folder: Path) -> Path:
    """The file as a copy in a folder. A copy that is shorter than the original is refused."""
    name = PurePosixPath(urlsplit(url).path).name
    try:
        store, path = fs.FileSystem.from_uri(url)
        expected = store.get_file_info(path)
        if expected.type is not fs.FileType.File:
            raise fail("file.not-found", "there is no such file", "没有这个文件", file=shown(url))
        with store.open_input_stream(path, compression=None) as stream, (folder / name).open("wb") as target:
            shutil.copyfileobj(stream, target, 1 << 20)
        now = store.get_file_info(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _unreachable(url, error) from None
    if (now.size, now.mtime) != (expected.size, expected.mtime) or (folder / name).stat().st_size != now.size:
        raise fail(
            "file.changed",
            "the file changed while it was read, so nothing was imported; import it again once it is complete",
            "文件在读取过程中发生变化，因此未导入；请待其写完后重新导入",
            file=shown(url),
        )
    return folder / name


def _unreachable(url: str, error: Exception) -> TierwiseError:
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return fail(
        "source.refused",
        "{source} cannot be read: {why}",
        "无法读取 {source}：{why}",
        source=shown(url),
        why=why.replace(url, shown(url)),
    )
