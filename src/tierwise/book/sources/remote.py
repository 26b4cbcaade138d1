"""Files in object stores: fetched whole into a scratch folder, then read like any other."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

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
    """The file as a copy in a folder. One that is another when it was read, by size, time or entity tag, is refused."""
    name = PurePosixPath(urlsplit(url).path).name
    try:
        store, path = fs.FileSystem.from_uri(url)
        expected = store.get_file_info(path)
        if expected.type is not fs.FileType.File:
            raise _missing(store, path, url)
        with store.open_input_stream(path, compression=None) as stream, (folder / name).open("wb") as target:
            tag = _tag(stream)
            shutil.copyfileobj(stream, target, 1 << 20)
        now = store.get_file_info(path)
        with store.open_input_stream(path, compression=None) as stream:
            same = _tag(stream) == tag and (now.size, now.mtime) == (expected.size, expected.mtime)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _unreachable(url, error) from None
    if not same or (folder / name).stat().st_size != now.size:
        raise fail(
            "file.changed",
            "the file changed while it was read, so nothing was imported; import it again once it is complete",
            "文件在读取过程中发生变化，因此未导入；请待其写完后重新导入",
            file=shown(url),
        )
    return folder / name


def _tag(stream: pa.NativeFile) -> bytes | None:
    """The entity tag that a store gives a content; a change within the same second shows in nothing else."""
    tag: bytes | None = {key.lower(): value for key, value in stream.metadata().items()}.get("etag")
    return tag


def _missing(store: fs.FileSystem, path: str, url: str) -> TierwiseError:
    """No such file, or not even the bucket in which it should be."""
    bucket = path.partition("/")[0]
    if urlsplit(url).scheme == "s3" and store.get_file_info(bucket).type is fs.FileType.NotFound:
        return fail(
            "source.no-bucket",
            "there is no bucket {bucket}, or it cannot be seen with these credentials",
            "没有存储桶 {bucket}，或当前凭据看不到它",
            bucket=bucket,
        )
    return fail("file.not-found", "there is no such file", "没有这个文件", file=shown(url))


_FORBIDDEN = ("ACCESS_DENIED", "INVALID_ACCESS_KEY", "SIGNATURE_DOES_NOT_MATCH", "INVALID_CLIENT_TOKEN", "HTTP Response code: 403",
              "HTTP status 403", "HTTP response code 403", "[AuthorizationFailure]", "[AuthenticationFailed]",
              "[AuthorizationPermissionMismatch]", "AuthenticationException")  # fmt: skip
_NO_NETWORK = ("NETWORK_CONNECTION", "curlCode", "Couldn't resolve", "Could not resolve", "timed out")


def _unreachable(url: str, error: Exception) -> TierwiseError:
    text = str(error)
    if any(sign in text for sign in _FORBIDDEN):
        return fail(
            "source.forbidden",
            "{source} may not be read with these credentials; the store asks for others "
            "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE for s3; a SAS token in the address "
            "for abfs)",
            "当前凭据无权读取 {source}；请检查凭据（"
            "s3 使用 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、AWS_SESSION_TOKEN、AWS_PROFILE；abfs 在地址中附 SAS 令牌）",
            source=shown(url),
        )
    if any(sign in text for sign in _NO_NETWORK):
        return fail(
            "source.no-network",
            "the store of {source} does not answer; look at the network and at its address (AWS_ENDPOINT_URL for s3)",
            "{source} 所在的存储没有响应；请检查网络与存储地址（s3 使用 AWS_ENDPOINT_URL）",
            source=shown(url),
        )
    why = text.splitlines()[0] if text else type(error).__name__
    return fail(
        "source.refused",
        "{source} cannot be read: {why}",
        "无法读取 {source}：{why}",
        source=shown(url),
        why=_without_keys(why, url),
    )


def _without_keys(said: str, url: str) -> str:
    """What a store says, without the keys of the address: stores show addresses of their own, with its parameters."""
    said, password = said.replace(url, shown(url)), urlsplit(url).password or ""
    for secret in filter(None, (password, unquote(password))):
        said = said.replace(secret, "***")
    return re.sub(r"\?[^\s'\"]+", "", said)
