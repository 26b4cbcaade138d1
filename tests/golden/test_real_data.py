"""Published figures of real data sets, through the real importer. They need the folder of data sets."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tierwise import api

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
WHO = {"actor": "tester", "at": AT}


def _book(folder: Path, currency: str) -> api.Book:
    return api.create_book(folder / "book", name="real", base_currency=currency, **WHO)


def _import(book: api.Book, table: str, file: Path, mapping: Path) -> api.ImportSummary:
    from tierwise.book.reading import load_mapping

    return api.import_files(book, table, [file], mapping=load_mapping(mapping), **WHO)


def test_the_segments_of_the_r_package_rfm_come_out(tmp_path: Path, shared_data: Path, repo: Path) -> None:
    book = _book(tmp_path, "USD")
    example = repo / "examples" / "rfm_orders"
    done = _import(book, "order_lines", shared_data / "rfm_orders.csv.gz", example / "order_lines.yaml")
    assert (done.new, done.rejected) == (4906, 0)
    again = _import(book, "order_lines", shared_data / "rfm_orders.csv.gz", example / "order_lines.yaml")
    assert (again.new, again.changed, again.batch) == (0, 0, None)
    run = api.grade(book, example / "rfm_all_time.yaml", as_of=date(2006, 12, 31), **WHO)
    segments = Counter(run.results["rfm_segment"].to_pylist())
    assert segments == {
        "potential_loyalist": 342,
        "loyal_customers": 170,
        "lost": 148,
        "new_customers": 104,
        "about_to_sleep": 102,
        "cant_lose_them": 47,
        "champions": 35,
        "at_risk": 28,
        "need_attention": 10,
        "promising": 9,
    }


def test_online_retail_keeps_every_cleaned_row_and_its_total(
    tmp_path: Path, shared_data: Path, repo: Path
) -> None:
    book = _book(tmp_path, "GBP")
    file, example = shared_data / "online_retail_uci352.parquet", repo / "examples" / "online_retail"
    assert _import(book, "customers", file, example / "customers.yaml").rejected == 0
    assert _import(book, "order_lines", file, example / "order_lines.yaml").new == 397_884
    rows = api.compute_metrics(book, ["cumulative_sales"], as_of=date(2011, 12, 31))
    values = [value for value in rows["cumulative_sales"].to_pylist() if value is not None]
    assert len(values) == 4_338
    assert sum(values) == Decimal("8911407.9040")
    run = api.grade(book, "abc_sales", as_of=date(2011, 12, 31), **WHO)
    assert api.replay(book, run.record.run_id).same
    assert "grade A" in " ".join(api.explain(book, "14646").sentences("en"))


@pytest.mark.parametrize(
    ("example", "currency", "as_of", "files"),
    [
        (
            "adventureworks",
            "USD",
            date(2020, 5, 31),
            {
                "customers": "aw_reseller_reseller",
                "products": "aw_reseller_product",
                "order_lines": "aw_reseller_sales",
            },
        ),
        (
            "northwind",
            "USD",
            date(1998, 5, 31),
            {
                "customers": "northwind_customers",
                "products": "northwind_products",
                "order_lines": "northwind_order_details",
            },
        ),
        ("cdnow", "USD", date(1998, 6, 30), {"order_lines": "cdnow_sample"}),
    ],
)
def test_an_example_is_imported_graded_explained_and_replayed(
    tmp_path: Path,
    shared_data: Path,
    repo: Path,
    example: str,
    currency: str,
    as_of: date,
    files: dict[str, str],
) -> None:
    book = _book(tmp_path, currency)
    for table, name in files.items():
        done = _import(
            book, table, shared_data / f"{name}.csv.gz", repo / "examples" / example / f"{table}.yaml"
        )
        assert done.new > 0
        assert done.rejected == 0
    for policy in ("abc_sales", "abc_profit", "rfm_rank"):
        run = api.grade(book, policy, as_of=as_of, **WHO)
        assert run.record.population > 0
        assert api.replay(book, run.record.run_id).same
        first = run.results["customer_id"][0].as_py()
        for lang in ("en", "zh"):
            assert api.explain(book, first, run=run.record.run_id).sentences(lang)
