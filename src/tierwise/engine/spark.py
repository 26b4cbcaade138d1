"""The distributed engine: Spark, in this process, on a cluster, or behind a Spark Connect server. Decision 0017.

Only SQL runs there, so workers need no Python. Every stage is a local checkpoint: computed once, kept in the memory
and on the disks of the workers, and a leaf for the stages above. Caches would nest, and what Spark writes down about
nested caches grows with every stage by a factor.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.sql.datatypes import PySparkType

from tierwise.engine.arrow import arrow_schema
from tierwise.engine.sessions import first_line, own_session
from tierwise.engine.text import text_of
from tierwise.kernel.errors import TierwiseError, fail

if TYPE_CHECKING:
    from ibis.expr.types import Table

FEW_VALUES = 1_000_000
"""A stage of no more values than this goes to every worker where it is joined. Spark would guess its size from what it
was made of, and move all order lines between workers to join them with a handful of rows."""
_GLOB = str.maketrans({letter: f"\\{letter}" for letter in "\\{}[]*?"})
_OURS = {"AnalysisException", "ParseException", "ArithmeticException", "ValueError", "TypeError", "KeyError"}
"""What our own text or facts cause: not anticipated, so it goes through."""
_UNSEEN = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FileNotFoundException")


class SparkEngine:
    """Runs expressions on Spark. ``where``: see ``Place.spark``. ``scratch``: a folder that the workers see, too."""

    name = "spark"
    dialect = "pyspark"

    def __init__(self, where: Any = None, scratch: str | None = None) -> None:
        self._session, self._before, self._ours = own_session(where)
        self._scratch = scratch
        self._names: dict[str, tuple[Any, Callable[[], None]]] = {}
        self._level = _kept_level(self._session)
        self.version = str(self._session.version)

    @property
    def session(self) -> Any:
        """The Spark session of this engine."""
        return self._session

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        kinds = {column: PySparkType.to_string(ibis.dtype(kind)) for column, kind in schema.items()}
        with _told():
            self._call(name, self._read(files, kinds) if files else self._nothing(kinds))

    def register(self, name: str, data: pa.Table) -> None:
        from pyspark.sql.pandas.types import from_arrow_schema

        kinds = from_arrow_schema(data.schema)
        with _told():
            if data.num_rows:
                self._call(name, self._session.createDataFrame(data, kinds))
            else:
                self._call(name, self._nothing({one.name: one.dataType.simpleString() for one in kinds}))

    def materialize(self, name: str, expr: Table) -> None:
        text = text_of(expr, self.dialect)
        with _told(), _active(self._session):
            rows = self._session.sql(text).localCheckpoint(True, self._level)
            free = _in_our_hands(rows)
            few = rows.count() * max(len(rows.columns), 1) <= FEW_VALUES
            self._call(name, rows.hint("broadcast") if few else rows, free)

    def define(self, name: str, expr: Table) -> None:
        text = text_of(expr, self.dialect)
        with _told():
            self._call(name, self._session.sql(text))

    def fetch(self, expr: Table) -> pa.Table:
        text = text_of(expr, self.dialect)
        with _told():
            return self._session.sql(text).toArrow().cast(arrow_schema(expr))

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        """Without a scratch folder all rows are fetched at once; with one they come by way of files in it."""
        if self._scratch is None:
            return self.fetch(expr).to_reader(batch_rows)
        folder = Path(self._scratch, f"spark-{uuid.uuid4().hex}")
        text, schema = text_of(expr, self.dialect), arrow_schema(expr)
        with _told():
            self._session.sql(text).write.parquet(f"file://{folder}")
        return pa.RecordBatchReader.from_batches(schema, _batches(folder, schema, batch_rows))

    def sql(self, expr: Table) -> str:
        return text_of(expr, self.dialect, pretty=True)

    def after(self, work: Callable[[], None]) -> None:
        work()

    def drop(self, name: str) -> None:
        held = self._names.pop(name, None)
        if held is not None:
            self._session.catalog.dropTempView(name)
            held[1]()

    def interrupt(self) -> None:
        self._session.interruptAll()

    def close(self) -> None:
        """Forgets everything of this engine; the Spark application goes on."""
        for name in list(self._names):
            self.drop(name)
        for name, value in self._before.items():
            if value is None:
                self._session.conf.unset(name)
            else:
                self._session.conf.set(name, value)
        if self._ours:
            self._session.stop()

    def _read(self, files: Sequence[str], kinds: Mapping[str, str]) -> Any:
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in kinds.items())
        return self._session.read.schema(declared).parquet(*map(_address, files))

    def _nothing(self, kinds: Mapping[str, str]) -> Any:
        """No rows of these types. Said in SQL: from Python, it would take a Python on the workers."""
        none = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in kinds.items())
        return self._session.sql(f"SELECT {none} WHERE false")

    def _call(self, name: str, rows: Any, free: Callable[[], None] = lambda: None) -> None:
        """Gives rows a name. They are held as long as it: a server frees what its client let go."""
        rows.createOrReplaceTempView(name)
        _, before = self._names.pop(name, (None, None))
        self._names[name] = (rows, free)
        if before is not None:
            before()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def quoted(name: str) -> str:
    """An identifier in back quotes."""
    return "`" + name.replace("`", "``") + "`"


@contextmanager
def _active(session: Any) -> Iterator[None]:
    """Makes a session of Spark Connect the active one: a checkpoint comes back as one of whichever is active."""
    place = getattr(type(session), "_active_session", None)
    before = getattr(place, "session", None)
    if place is not None:
        place.session = session
    try:
        yield
    finally:
        if place is not None:
            place.session = before


def _in_our_hands(rows: Any) -> Callable[[], None]:
    """What frees checkpointed rows on a server of Spark Connect. Elsewhere the collector of the JVM does.

    Left alone, the client tells its server when Python's collector finds the rows, be it in the middle of another call
    or at the end of the program, and then waits for ever (SPARK-58846).
    """
    plan = getattr(rows, "_plan", None)
    session = getattr(plan, "_spark_session", None)
    if plan is None or session is None:
        return lambda: None

    def free() -> None:
        plan._spark_session = session
        plan.__del__()
        plan._spark_session = None

    plan._spark_session = None
    return free


def _address(file: str) -> str:
    """A local path as Spark takes it literally, whatever its default file system is."""
    return "file://" + file.translate(_GLOB)


def _kept_level(session: Any) -> Any:
    """Where stages are kept: with a copy on a second worker, unless all workers are in this process."""
    from pyspark import StorageLevel

    master = str(session.conf.get("spark.master", ""))
    local = master == "local" or master.startswith("local[")
    return StorageLevel.MEMORY_AND_DISK if local else StorageLevel.MEMORY_AND_DISK_2


def _batches(folder: Path, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of the files that Spark wrote: their names are in the order of the rows."""
    try:
        for file in sorted(folder.glob("part-*.parquet")):
            with pq.ParquetFile(file) as parts:
                for batch in parts.iter_batches(rows):
                    yield batch.cast(schema)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _told() -> Iterator[None]:
    """Turns what happens to a cluster into a sentence. **Raises** ``engine.unseen``, ``engine.spark-failed``."""
    try:
        yield
    except TierwiseError:
        raise
    except Exception as error:
        if not _of_spark(error):
            raise
        raise _problem(error) from error


def _of_spark(error: Exception) -> bool:
    """Whether something befell the cluster or what it reads, as against a mistake of ours."""
    known = type(error).__module__.startswith(("pyspark", "py4j", "grpc")) or isinstance(
        error, ConnectionError
    )
    ours = not _OURS.isdisjoint(kind.__name__ for kind in type(error).__mro__)
    return known and (not ours or any(sign in str(error) for sign in _UNSEEN))


def _problem(error: Exception) -> TierwiseError:
    why = first_line(error)
    if any(sign in str(error) for sign in _UNSEEN):
        return fail(
            "engine.unseen",
            "Spark does not see the files of the book: {why}; the folder of the book must be there under the same path "
            "on every worker",
            "Spark 看不到账簿的文件：{why}；每个工作节点都须能以相同路径访问账簿文件夹",
            why=why,
        )
    return fail(
        "engine.spark-failed",
        "Spark gave up, and nothing was stored: {why}; the same command may be given again",
        "Spark 计算失败，未保存任何内容：{why}；可重新执行同一命令",
        why=why,
    )
