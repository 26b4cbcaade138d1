"""The search index of a read model, made beside the rest: by a process of its own where there is much to index.

Names become pairs of characters and initials one by one, which takes as long as everything else together. The other
process writes a file of its own; its finished index is copied block by block.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from tierwise.kernel.errors import fail
from tierwise_web.published.grams import initials, pairs, plain
from tierwise_web.published.parts import search_of
from tierwise_web.published.shape import rows_of

MANY = 50_000
"""From so many customers on, a process of its own is worth its start."""
READS = ("id", "name", "short_name", "code")
TABLE = (
    "CREATE VIRTUAL TABLE search USING fts5(name, short_name, initials, code, content='', columnsize=0, "
    'tokenize="unicode61 remove_diacritics 0")'
)
ADD = "INSERT INTO search (rowid, name, short_name, initials, code) VALUES (?, ?, ?, ?, ?)"
HASH_BYTES = 64 << 20
"""So much is gathered in memory before the index writes a part of itself."""
BLOCKS = ("search_data", "search_idx", "search_config")
"""The tables that an index of this kind consists of."""


def fresh(file: Path) -> sqlite3.Connection:
    """A file for writing that is of no use until it is complete."""
    base = sqlite3.connect(file, isolation_level=None)
    for pragma in (
        "page_size=16384",
        "mmap_size=2147418112",  # indexes read the whole table each: without a call per page
        "journal_mode=OFF",
        "synchronous=OFF",
        "locking_mode=EXCLUSIVE",
        "cache_size=-64000",
        "threads=2",
    ):
        base.execute(f"PRAGMA {pragma}")
    return base


class Search:
    """The index of one read model, made while the rest of it is."""

    def __init__(self, base: sqlite3.Connection, expected: int) -> None:
        self._base = base
        self._apart = _Apart(base) if expected >= MANY else None

    def __enter__(self) -> Search:
        if self._apart is None:
            _make(self._base)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._apart is not None:
            self._apart.end()

    def add(self, columns: Mapping[str, pa.Array]) -> None:
        """Takes a batch of customers in."""
        batch = pa.record_batch({name: columns[name].cast(_KINDS[name]) for name in READS})
        if self._apart is None:
            self._base.executemany(ADD, indexed(batch))
        else:
            self._apart.add(batch)

    def finish(self) -> None:
        """Waits for the index and brings it in; outside a transaction. **Raises** ``web.search-broke``."""
        if self._apart is not None:
            self._apart.finish()


_KINDS = {"id": pa.int64(), "name": pa.string(), "short_name": pa.string(), "code": pa.string()}


class _Apart:
    """A process that indexes what is written to it, and the file that it makes."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base
        (_, _, file) = base.execute("PRAGMA database_list").fetchone()
        self._file = search_of(file)
        command = [sys.executable, "-m", "tierwise_web.published.searching", str(self._file)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
        assert self._process.stdin is not None
        schema = pa.schema([(name, _KINDS[name]) for name in READS])
        self._to = pa.ipc.new_stream(self._process.stdin, schema)
        # what the other process has not taken yet waits here, never the one that reads the run
        self._writer = ThreadPoolExecutor(1)
        self._written: list[Future[None]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        self._written.append(self._writer.submit(self._to.write_batch, batch))

    def finish(self) -> None:
        broken = self._wrote() or self._process.wait() != 0
        if broken:
            raise fail("web.search-broke", "the search index could not be made", "无法生成搜索索引")
        self._base.execute("ATTACH ? AS other", (str(self._file),))
        self._base.execute("BEGIN")
        self._base.execute(TABLE)
        for name in BLOCKS:
            self._base.execute(f"DELETE FROM main.{name}")
            self._base.execute(f"INSERT INTO main.{name} SELECT * FROM other.{name}")
        self._base.execute("COMMIT")
        self._base.execute("DETACH other")

    def _wrote(self) -> bool:
        """Whether anything went wrong while writing to the process."""
        failed = any(one.exception() is not None for one in self._written)
        try:
            self._to.close()
            self._process.stdin.close()  # type: ignore[union-attr]
        except OSError:
            return True
        return failed

    def end(self) -> None:
        """Leaves neither process nor file."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._writer.shutdown(cancel_futures=True)
        self._file.unlink(missing_ok=True)


def indexed(batch: pa.RecordBatch) -> Iterator[tuple[int, str, str, str, str]]:
    """The rows of ``search``."""
    for number, name, short, code in rows_of(batch.columns):
        text = plain(name) if name else ""
        letters = initials(text)
        yield (
            number,
            pairs(text) if text else "",
            pairs(plain(short)) if short else "",
            pairs(letters) if letters != text else "",
            pairs(plain(code)),
        )


def _make(base: sqlite3.Connection) -> None:
    base.execute(TABLE)
    base.execute("INSERT INTO search (search, rank) VALUES ('hashsize', ?)", (HASH_BYTES,))


def main(file: str) -> None:
    """Indexes what comes in, into a file."""
    with closing(fresh(Path(file))) as base:
        base.execute("BEGIN")
        _make(base)
        with pa.ipc.open_stream(os.fdopen(0, "rb")) as stream:
            for batch in stream:
                base.executemany(ADD, indexed(batch))
        base.execute("COMMIT")


if __name__ == "__main__":
    main(sys.argv[1])
