"""The yardstick of the benchmark is a yardstick only if it says what Tierwise says."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks import movement
from benchmarks.agree import differences
from benchmarks.data import Size, files_of, prepare, size_of
from tierwise import api
from tierwise.book.contract import TABLES, schema_of
from tierwise.book.store import Book

SMALL = Size(20_000, 1_000)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("bench"), SMALL)


def test_the_yardstick_and_tierwise_agree_on_every_row_and_column(company: Path) -> None:
    assert differences(company) == {}


def test_the_generated_company_has_the_stored_columns_and_about_the_asked_size(company: Path) -> None:
    for table in ("customers", "order_lines", "invoices", "allocations", "payments", "service_costs"):
        files = files_of(company, table)
        got = duckdb.read_parquet(files, hive_partitioning=False).columns
        assert set(schema_of(table)) <= set(got)
        assert (len(files) > 30) == TABLES[table].by_month
    lines = duckdb.read_parquet(files_of(company, "order_lines"), hive_partitioning=False)
    assert abs(lines.shape[0] - SMALL.lines) < SMALL.lines // 100


def test_the_same_size_gives_the_same_company(company: Path, tmp_path: Path) -> None:
    again = prepare(tmp_path, SMALL)
    digests = [
        duckdb.sql(
            f"SELECT bit_xor(hash(t)) FROM read_parquet({files_of(f, 'order_lines')!r}, hive_partitioning = false) t"
        ).fetchone()
        for f in (company, again)
    ]
    assert digests[0] == digests[1]


def test_the_number_of_customers_follows_the_number_of_lines() -> None:
    assert size_of(10_000_000) == Size(10_000_000, 500_000)


def test_the_repeated_results_have_so_many_customers_and_movers_as_the_runs_that_they_repeat(
    company: Path,
) -> None:
    once, thrice = (movement.book_of(company.parent, SMALL.customers * times, SMALL) for times in (1, 3))
    cells = [
        api.movement(Book.open(place), movement.FIRST, movement.SECOND, causes=False).cells
        for place in (once, thrice)
    ]
    counts = [{(c.previous, c.current): c.customers for c in found} for found in cells]
    assert {cell: count * 3 for cell, count in counts[0].items()} == counts[1]
    found = movement.matrix(thrice, "")
    assert found["customers"] == sum(counts[1].values())
    assert movement.bare(thrice, "")["customers"] == SMALL.customers * 3
