"""Both engines as one, that accepts portable expressions only."""

from __future__ import annotations

from tests.engine.pair import Pair
from tests.engine.portable import complaints
from tests.engine.postgres import PostgresEngine
from tests.engine.recorder import Recorder
from tierwise.engine.duckdb import DuckDBEngine


class Both(Pair):
    """DuckDB and PostgreSQL, compared digit for digit; when closed it complains of what is not portable."""

    def __init__(self, uri: str) -> None:
        self.recorder = Recorder(DuckDBEngine(threads=2))
        super().__init__(self.recorder, PostgresEngine(uri))

    def close(self) -> None:
        super().close()
        wrong = complaints(self.recorder.stages)
        assert not wrong, "\n".join(wrong)
