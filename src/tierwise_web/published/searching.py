"""The search index of a read model, made beside the rest: by a process of its own where there is much to index.

Names become pairs of characters and initials one by one, which takes as long as everything else together. The other
process writes a file of its own; its finished index is copied block by block.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from tierwise.kernel.errors import fail
from tierwise_web.published.grams import initials, pairs, plain
from tierwise_web.published.loading import Loading
from tierwise_web.published.parts import search_of

MANY = 50_000
"""From so many customers on, a process of its own is worth its start."""
READS = ("id", "name", "short_name", "code")
TABLE = (
    "CREATE VIRTUAL TABLE search USING fts5(name, short_name, initials, code, content='', columnsize=0, "
    'tokenize="unicode61 remove_diacritics 0")'
)
HASH_BYTES = 64 << 20
"""So much is gathered in memory before the index writes a part of itself."""
BLOCKS = ("search_data", "search_idx", "search_config")
"""The tables that an index of this kind consists of."""


class Search:
    """The index of one read model, made while the rest of it is."""

    def __init__(self, part: Path, expected: int) -> None:
        self._apart = _Apart(part) if expected >= MANY else None

    def __enter__(self) -> Search:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._apart is not None:
            self._apart.end()

    def begin(self, loading: Loading) -> None:
        """Makes the index in the file that is loaded, unless another process makes it."""
        if self._apart is None:
            _make(loading)

    def add(self, loading: Loading, columns: Mapping[str, pa.Array]) -> None:
        """Takes a batch of customers in."""
        batch = pa.record_batch({name: columns[name].cast(_KINDS[name]) for name in READS})
        if self._apart is None:
            loading.add("search", indexed(batch))
        else:
            self._apart.add(batch)

    def finish(self, base: sqlite3.Connection) -> None:
        """Waits for the index and brings it in; outside a transaction. **Raises** ``web.search-broke``."""
        if self._apart is not None:
            self._apart.finish(base)


_KINDS = {"id": pa.int64(), "name": pa.string(), "short_name": pa.string(), "code": pa.string()}


class _Apart:
    """A process that indexes what is written to it, and the file that it makes."""

    def __init__(self, part: Path) -> None:
        self._file = search_of(part)
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

    def finish(self, base: sqlite3.Connection) -> None:
        broken = self._wrote() or self._process.wait() != 0
        if broken:
            raise fail("web.search-broke", "the search index could not be made", "无法生成搜索索引")
        base.execute("ATTACH ? AS other", (str(self._file),))
        base.execute("BEGIN")
        base.execute(TABLE)
        for name in BLOCKS:
            base.execute(f"DELETE FROM main.{name}")
            base.execute(f"INSERT INTO main.{name} SELECT * FROM other.{name}")
        base.execute("COMMIT")
        base.execute("DETACH other")

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


def indexed(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """The columns of ``search``."""
    name, short, code = (
        [plain(text) if text else "" for text in batch[column].to_pylist()]
        for column in ("name", "short_name", "code")
    )
    letters = initials("\n".join(name)).split("\n")
    other = ["" if mine == text else mine for mine, text in zip(letters, name, strict=True)]
    texts = {"name": name, "short_name": short, "initials": other, "code": code}
    return {
        "rowid": batch["id"],
        **{column: pa.array(pairs(said), pa.string()) for column, said in texts.items()},
    }


def _make(loading: Loading) -> None:
    loading.run(TABLE)
    loading.run(f"INSERT INTO search (search, rank) VALUES ('hashsize', {HASH_BYTES})")


def main(file: str) -> None:
    """Indexes what comes in, into a file."""
    with Loading(Path(file)) as loading, pa.ipc.open_stream(os.fdopen(0, "rb")) as stream:
        _make(loading)
        for batch in stream:
            loading.add("search", indexed(batch))


if __name__ == "__main__":
    main(sys.argv[1])
