"""From a book, Spark stores the run that DuckDB stores; what goes wrong on the way leaves the book as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow as pa
import pytest

from tests.engine.companies import DEMO_DAY
from tests.unit.book.bookkit import Kit, line
from tests.unit.movement.monthly import company as monthly_company
from tests.unit.movement.monthly import document, through
from tests.unit.rehearsal.test_rehearse import JANUARY, lower
from tierwise import api
from tierwise.book import store
from tierwise.book.leasing import lease
from tierwise.book.reading import load_mapping
from tierwise.book.store import Book
from tierwise.engine.place import Place
from tierwise.grading.replay import replay_run
from tierwise.insight.backtest.model import Request
from tierwise.insight.backtest.run import backtest
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.moving import movement
from tierwise.movement.states import cycle_runs
from tierwise.policy.load import load_policy
from tierwise.rehearsal.rehearse import rehearse

AT = datetime(2026, 4, 10, 8, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": "ann", "at": AT}
DAY = date(2026, 3, 31)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """A book under a path with letters and signs that mean something to Spark; lines in three months, three customers."""
    folder = tmp_path / "Bücher {1} 客户"
    folder.mkdir()
    kit = Kit(folder)
    days = [f"2026-0{month}-0{n}" for month in (1, 2, 3) for n in (1, 2, 3)]
    sold = [line(f"A{n}", 1, 100 + n, day, customer_code=f"C{n % 3}") for n, day in enumerate(days)]
    kit.put("customers", *({"code": f"C{n}", "name": "客户", "valid_from": "2025-01-01"} for n in range(3)))
    kit.put("order_lines", *sold)
    return kit


def on(book: Book, spark: Any) -> Book:
    """The same book, computed on Spark."""
    return Book.open(book.path, Place("spark", spark))


def test_a_run_of_spark_is_stored_and_replayed_by_duckdb(kit: Kit, spark: Any) -> None:
    wanted = api.grade(kit.book, "abc_sales", as_of=DAY, dry_run=True, **WHO)
    run = api.grade(on(kit.book, spark), "abc_sales", as_of=DAY, **WHO)
    assert (run.record.engine, run.record.engine_version) == ("spark", spark.version)
    assert run.record.digest == wanted.record.digest
    assert run.record.settings == wanted.record.settings
    assert replay_run(kit.book).same
    assert list((kit.book.path / "staging").iterdir()) == []


def test_a_book_says_where_it_is_computed(kit: Kit) -> None:
    file = kit.book.path / "book.yaml"
    assert "engine" not in file.read_text(encoding="utf-8")
    file.write_text(
        file.read_text(encoding="utf-8") + "engine: spark\nspark: sc://nowhere.invalid:1\n", encoding="utf-8"
    )
    assert kit.book.upcoming().settings.place == Place("spark", "sc://nowhere.invalid:1")
    assert Book.open(kit.book.path, Place()).engine().name == "duckdb"
    with pytest.raises(TierwiseError) as caught:
        Book.open(kit.book.path, Place("spark")).engine()
    assert "sc://nowhere.invalid:1" in str(caught.value), "--engine spark goes where the book says"


def test_a_misspelt_engine_is_told_with_its_line(kit: Kit) -> None:
    file = kit.book.path / "book.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "engine: sparc\n", encoding="utf-8")
    with pytest.raises(TierwiseError) as caught:
        kit.book.upcoming()
    assert caught.value.problems[0].line == len(text.splitlines()) + 1
    assert "duckdb, spark" in str(caught.value)


def test_a_version_that_was_compacted_away_is_named(kit: Kit, spark: Any) -> None:
    api.grade(kit.book, "abc_sales", as_of=DAY, **WHO)
    before = kit.book.current().number
    for file in kit.book.files("order_lines", kit.book.current()):
        Path(file).unlink()
    for book in (Book.open(kit.book.path), on(kit.book, spark)):
        with pytest.raises(TierwiseError) as caught:
            replay_run(book)
        assert caught.value.code == "book.version-gone"
        read = api.list_runs(kit.book)[-1].book_version
        assert f"version {read} " in str(caught.value)
        assert "order_lines" in str(caught.value)
    assert kit.book.current().number == before


def test_files_that_workers_do_not_see_are_told(kit: Kit, spark: Any) -> None:
    with Place("spark", spark).open() as engine, pytest.raises(TierwiseError) as caught:
        engine.read_files("t", ["/nowhere/at/all.parquet"], {"a": "string"})
    assert caught.value.code == "engine.unseen"


@contextmanager
def cancelled(spark: Any) -> Iterator[None]:
    """Inside the block somebody cancels every job of the application, as an administrator does."""
    over = Event()

    def cancel() -> None:
        while not over.wait(0.01):
            spark.sparkContext.cancelAllJobs()

    thread = Thread(target=cancel)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_cluster_that_gives_up_stores_nothing_and_the_command_may_be_given_again(
    kit: Kit, spark: Any
) -> None:
    before = kit.book.current().number
    with cancelled(spark), pytest.raises(TierwiseError) as caught:
        api.grade(on(kit.book, spark), "abc_sales", as_of=DAY, **WHO)
    assert caught.value.code == "engine.spark-failed"
    assert "Spark 计算失败，未保存任何内容" in caught.value.problems[0].say("zh")
    assert kit.book.current().number == before
    assert list((kit.book.path / "results").iterdir()) == []
    wanted = api.grade(kit.book, "abc_sales", as_of=DAY, dry_run=True, **WHO)
    again = api.grade(on(kit.book, spark), "abc_sales", as_of=DAY, **WHO)
    assert again.record.digest == wanted.record.digest


def test_who_loses_the_race_for_the_lease_stores_nothing(
    kit: Kit, spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "lease", lambda file, **said: lease(file, **(said | {"wait_seconds": 0.2})))
    before = kit.book.current().number
    with kit.book.writer(actor="bob", at=AT), pytest.raises(TierwiseError) as caught:
        api.grade(on(kit.book, spark), "abc_sales", as_of=DAY, **WHO)
    assert caught.value.code == "book.busy"
    assert "bob" in str(caught.value)
    assert kit.book.current().number == before
    assert api.list_runs(kit.book) == []


def table(book: Book, name: str) -> list[dict[str, Any]]:
    rows: pa.Table = book.read(name, book.current())
    return rows.to_pylist()


@pytest.mark.slow
def test_cycles_events_and_movements_are_alike(tmp_path: Path, spark: Any) -> None:
    found = []
    for name, where in (("duckdb", None), ("spark", Place("spark", spark))):
        (tmp_path / name).mkdir()
        book = Book.open(monthly_company(tmp_path / name).book.path, where)
        through(book, "2025-11", "2025-12")
        runs = cycle_runs(book)
        rows = [table(book, part) for run in runs for part in (run.effective, run.events)]
        moved = movement(book, runs[0].run_id, runs[1].run_id)
        found.append((rows, moved.cells, moved.split.movers.to_pylist() if moved.split else None))
    assert found[0] == found[1]


@pytest.mark.slow
def test_rehearsals_are_alike(tmp_path: Path, spark: Any) -> None:
    book = monthly_company(tmp_path).book
    through(book, "2025-11", "2025-12")
    found = [rehearse(one, lower(), JANUARY, dry_run=True, **WHO) for one in (book, on(book, spark))]
    assert found[0][0] == found[1][0]
    assert found[0][1].num_rows > 0
    assert found[0][1].equals(found[1][1])


@pytest.mark.slow
def test_backtests_are_alike(tmp_path: Path, spark: Any) -> None:
    book = monthly_company(tmp_path).book
    asked = Request((document(),), date(2025, 12, 31), 1, 1, 20, 1)
    assert backtest(on(book, spark), asked) == backtest(book, asked)


def test_the_sample_company_is_graded_alike(demo: Book, spark: Any) -> None:
    asked = {"as_of": DEMO_DAY, "dry_run": True, **WHO}
    digests = [api.grade(one, "customer_value", **asked).record.digest for one in (demo, on(demo, spark))]
    assert digests[0] == digests[1]


def real(folder: Path, data: Path, example: Path, currency: str, tables: dict[str, str]) -> Book:
    """The book of a real data set."""
    book = api.create_book(folder / "book", name="real", base_currency=currency, **WHO)
    for name, file in tables.items():
        api.import_files(book, name, [data / file], mapping=load_mapping(example / f"{name}.yaml"), **WHO)
    return book


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["abc_sales", "rfm_quantile"])
def test_real_companies_are_graded_alike(
    policy: str, tmp_path: Path, shared_data: Path, repo: Path, spark: Any
) -> None:
    """Slow, because both companies are imported first: half a million lines."""
    retail = dict.fromkeys(("customers", "order_lines"), "online_retail_uci352.parquet")
    works = {
        "customers": "aw_reseller_reseller.csv.gz",
        "products": "aw_reseller_product.csv.gz",
        "order_lines": "aw_reseller_sales.csv.gz",
    }
    for name, currency, tables, day in (
        ("online_retail", "GBP", retail, date(2011, 12, 31)),
        ("adventureworks", "USD", works, date(2020, 6, 30)),
    ):
        (tmp_path / name).mkdir()
        book = real(tmp_path / name, shared_data, repo / "examples" / name, currency, tables)
        asked = (load_policy(policy), day)
        digests = [
            api.grade(one, asked[0], as_of=asked[1], dry_run=True, **WHO).record.digest
            for one in (book, on(book, spark))
        ]
        assert digests[0] == digests[1]
