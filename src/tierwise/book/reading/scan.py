"""One pass over the bytes of a text file before anything reads it: digest, encoding, bounds."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tierwise.book.reading.evidence import Reading, mixed_encoding, mostly_utf8
from tierwise.book.reading.model import MIB, Limits
from tierwise.kernel.errors import TierwiseError, fail

CHUNK = MIB
_CONTROLS = [bytes([code]) for code in (*range(9), 11, 12, *range(14, 32), 127)]
ENCODINGS = {"utf8": "utf-8", "utf-8": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}
"""Names that people write -> the codec that reads them."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over the bytes says about a text file."""

    path: Path
    bytes: int
    sha256: str
    encoding: str
    gzipped: bool
    spaces: bool
    tabs: bool
    wide_blanks: bool
    quotes: bool
    controls: bool
    stated: bool = False
    """Whether a mapping named the encoding; else it was found out."""
    doubtful: bool = False
    """Whether GB18030, which takes almost any bytes, gave hardly any Chinese."""


@dataclass(slots=True)
class _Look:
    spaces: bool = False
    tabs: bool = False
    wide_blanks: bool = False
    quotes: bool = False
    controls: bool = False
    open_run: int = 0
    reading: Reading | None = None


def scan_text(path: Path, limits: Limits, encoding: str | None = None) -> Scan:
    """The scan of a text file, packed with gzip or not.

    **Raises** ``TierwiseError`` (``file.*``) for a file that no reader should be given.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    gzipped = start[:2] == b"\x1f\x8b"
    with ThreadPoolExecutor(1) as pool:
        digest = pool.submit(sha256_of, path)
        look, found = _look(path, gzipped, limits, encoding)
    return Scan(
        path,
        path.stat().st_size,
        digest.result(),
        found,
        gzipped,
        look.spaces,
        look.tabs,
        look.wide_blanks,
        look.quotes,
        look.controls,
        encoding is not None,
        look.reading is not None and look.reading.doubtful,
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _look(path: Path, gzipped: bool, limits: Limits, encoding: str | None) -> tuple[_Look, str]:
    first = _first_bytes(path, gzipped)
    if encoding is None and first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    if b"\0" in first and not (encoding or "").startswith("utf-16"):
        raise fail(
            "file.binary",
            "this is not a text file; expected CSV, JSON lines, Excel or Parquet",
            "这不是文本文件；可用的格式为 CSV、JSON lines、Excel 或 Parquet",
            file=path.name,
        )
    if encoding is not None:
        codec = _codec(path, encoding)
        return _check(path, gzipped, codec, limits), codec
    try:
        return _check(path, gzipped, "utf-8", limits), "utf-8"
    except TierwiseError as not_utf8:
        if not_utf8.code != "file.encoding":
            raise
        if mostly_utf8(chunks(path, gzipped)):
            raise mixed_encoding(not_utf8) from None
        try:
            return _check(path, gzipped, "gb18030", limits), "gb18030"
        except TierwiseError as not_gb:
            raise not_utf8 if not_gb.code == "file.encoding" else not_gb from None


def _codec(path: Path, encoding: str) -> str:
    name = ENCODINGS.get(encoding.lower(), encoding)
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise fail(
            "file.unknown-encoding",
            "the encoding {encoding} is not known; try utf-8 or gb18030",
            "未知的编码 {encoding}；请用 utf-8 或 gb18030",
            file=path.name,
            encoding=encoding,
        ) from None


def _check(path: Path, gzipped: bool, codec: str, limits: Limits) -> _Look:
    """Decodes everything once, a chunk at a time, and looks for what readers need to know."""
    look = _Look(wide_blanks=codec not in ("utf-8", "gb18030"))
    look.reading = Reading() if codec == "gb18030" else None
    # A codec that lacks one of them cannot hold it either.
    blanks = [found for blank in "\u00a0\u3000\u200b" if (found := blank.encode(codec, "ignore"))]
    decoder = codecs.getincrementaldecoder(codec)()
    offset = 0
    for chunk in chunks(path, gzipped):
        if not (codec == "utf-8" and chunk.isascii() and not decoder.getstate()[0]):
            text = _decode(decoder, chunk, path, gzipped, offset)
            if look.reading is not None:
                look.reading.note(text)
            look.wide_blanks = look.wide_blanks or any(blank in chunk for blank in blanks)
        offset += len(chunk)
        _notice(look, chunk)
        if look.open_run > limits.max_line_bytes:
            raise line_too_long(path.name, _line_at(path, gzipped, offset), limits)
    _decode(decoder, b"", path, gzipped, offset, final=True)
    return look


def _decode(
    decoder: codecs.IncrementalDecoder,
    chunk: bytes,
    path: Path,
    gzipped: bool,
    offset: int,
    *,
    final: bool = False,
) -> str:
    held = len(decoder.getstate()[0])
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        at = offset + max(error.start - held, 0)
        raise fail(
            "file.encoding",
            "byte {offset} is neither UTF-8 nor GB18030 text; save the file as UTF-8, or name its encoding in a mapping file",
            "第 {offset} 字节既不是 UTF-8 也不是 GB18030；请另存为 UTF-8，或在映射文件中写明编码",
            file=path.name,
            line=_line_at(path, gzipped, at),
            offset=at,
            encoding=error.encoding,
        ) from None


def _line_at(path: Path, gzipped: bool, offset: int) -> int:
    """The line in which a byte stands. Counted only when asked: counting costs a third of the pass."""
    lines = 1
    for chunk in chunks(path, gzipped):
        lines += chunk[:offset].count(b"\n")
        if (offset := offset - len(chunk)) <= 0:
            break
    return lines


def _notice(look: _Look, chunk: bytes) -> None:
    look.spaces = look.spaces or b" " in chunk
    look.tabs = look.tabs or b"\t" in chunk
    look.quotes = look.quotes or b'"' in chunk
    look.controls = look.controls or any(control in chunk for control in _CONTROLS)
    end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    look.open_run = look.open_run + len(chunk) if end < 0 else len(chunk) - end - 1


def line_too_long(file: str, line: int | None, limits: Limits) -> TierwiseError:
    """The error for a line (or a quoted field that is never closed) beyond the bound."""
    return fail(
        "file.line-too-long",
        "a line is longer than {limit} bytes; perhaps a quote is not closed, or this is no table",
        "有一行超过 {limit} 字节；可能是引号没有闭合，或者这不是表格文件",
        file=file,
        line=line,
        limit=limits.max_line_bytes,
    )


def _first_bytes(path: Path, gzipped: bool) -> bytes:
    for chunk in chunks(path, gzipped):
        return chunk[: 64 * 1024]
    raise fail("file.empty", "the file is empty", "文件为空", file=path.name)


def chunks(path: Path, gzipped: bool) -> Iterator[bytes]:
    """The unpacked bytes of a file. **Raises** ``TierwiseError`` where the packing is broken."""
    with open_bytes(path, gzipped) as stream:
        while True:
            try:
                chunk = stream.read(CHUNK)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise fail(
                    "file.broken-gzip",
                    "the gzip file is cut short or damaged ({detail}); fetch it again",
                    "gzip 文件不完整或已损坏（{detail}）；请重新获取",
                    file=path.name,
                    detail=str(error),
                ) from None
            if not chunk:
                return
            yield chunk


def open_bytes(path: Path, gzipped: bool) -> BinaryIO:
    """The unpacked bytes as a stream."""
    return gzip.open(path, "rb") if gzipped else path.open("rb")  # type: ignore[return-value]


class _Transcoded(io.RawIOBase):
    """A stream of UTF-8 made from a stream in another encoding."""

    def __init__(self, stream: BinaryIO, codec: str) -> None:
        self._stream, self._left = stream, b""
        self._decoder = codecs.getincrementaldecoder(codec)()
        self._done = False
        self._taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._done and (size < 0 or len(self._left) < size):
            chunk = self._stream.read(CHUNK)
            self._taken += len(chunk)
            self._done = not chunk
            self._left += self._decoder.decode(chunk, self._done).encode()
        if size < 0:
            size = len(self._left)
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def tell(self) -> int:
        """How many bytes of the other encoding were taken so far: for progress, not for seeking."""
        return self._taken

    def close(self) -> None:
        self._stream.close()
        super().close()


def open_utf8(scan: Scan) -> BinaryIO:
    """The file as UTF-8 bytes; a byte order mark stays."""
    stream = open_bytes(scan.path, scan.gzipped)
    if scan.encoding != "utf-8":
        stream = _Transcoded(stream, scan.encoding)  # type: ignore[assignment]
    return stream
