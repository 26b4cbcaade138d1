"""The sample company's files: the same bytes every time, in the import format."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date

import pytest

from tests.unit.demo.reading import rows_of, text_of
from tierwise.book.contract import TABLES
from tierwise.demo.company import write_company

WRITTEN = set(
    "customers products order_lines invoices payments allocations late_reasons service_costs fx_rates assessments"
    " time_logs calls complaints surveys contacts interactions signals".split()
)
"""The tables that the sample company has."""


def digests(files) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for paths in files.tables.values()
        for path in paths
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    first, second = write_company(tmp_path / "a", customers=60), write_company(tmp_path / "b", customers=60)
    assert digests(first) == digests(second)
    assert first.stories == second.stories


def test_another_seed_gives_another_company(tmp_path):
    first = digests(write_company(tmp_path / "a", customers=20))
    second = digests(write_company(tmp_path / "b", customers=20, seed=2))
    assert not set(first.values()) & set(second.values())


def test_the_hash_seed_of_the_process_changes_nothing(tmp_path):
    program = (
        "import sys; from pathlib import Path; from tierwise.demo.company import write_company;"
        "write_company(Path(sys.argv[1]), customers=30)"
    )
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / hash_seed)], check=True, env=environment
        )
    one, two = (sorted((tmp_path / seed).iterdir()) for seed in ("1", "2"))
    assert [path.name for path in one] == [path.name for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@pytest.mark.parametrize(
    "table",
    [
        "customers",
        "order_lines",
        "invoices",
        "allocations",
        "assessments",
        "time_logs",
        "calls",
        "complaints",
        "surveys",
        "contacts",
        "interactions",
        "signals",
    ],
)
def test_a_customer_does_not_depend_on_how_many_others_there_are(tmp_path, table):
    small = rows_of(write_company(tmp_path / "small", customers=25), table)
    large = rows_of(write_company(tmp_path / "large", customers=80), table)
    if table == "order_lines":  # a file per year: take the same customers out of each
        large = [row for row in large if row["customer_code"] <= "C000025"]
    assert large[: len(small)] == small


@pytest.mark.parametrize("customers", [1, 2, 20])
def test_a_tiny_company_has_all_its_files(tmp_path, customers):
    files = write_company(tmp_path, customers=customers)
    assert len({row["code"] for row in rows_of(files, "customers")}) == customers
    assert list(files.tables)[:4] == ["customers", "products", "fx_rates", "order_lines"]
    assert set(files.tables) == WRITTEN
    assert set(TABLES) >= WRITTEN


@pytest.mark.parametrize(
    ("last_month", "months"), [(date(2024, 2, 29), 12), (date(2027, 3, 1), 1), (date(2021, 12, 31), 60)]
)
def test_any_span_of_months_can_be_written(tmp_path, last_month, months):
    files = write_company(tmp_path, customers=60, last_month=last_month, months=months)
    posted = [line["posting_date"] for line in rows_of(files, "order_lines")]
    assert max(posted)[:7] == last_month.isoformat()[:7]
    assert len(files.tables["order_lines"]) == len({day[:4] for day in posted})


def test_the_company_has_at_least_one_customer(tmp_path):
    with pytest.raises(ValueError, match="at least one customer"):
        write_company(tmp_path, customers=0)


def test_the_number_of_rows_is_told(company):
    for table, count in company.rows.items():
        assert len(rows_of(company, table)) == count
    assert 60_000 <= company.rows["order_lines"] <= 95_000


def test_encodings_and_headers_exercise_the_importer(company):
    customers, products = company.tables["customers"][0], company.tables["products"][0]
    assert customers.read_bytes().startswith(b"\xef\xbb\xbf")
    assert text_of(customers).startswith("客户编码,客户名称")
    with pytest.raises(UnicodeDecodeError):
        products.read_bytes().decode("utf-8")
    assert products.read_bytes().decode("gb18030").startswith("产品编码,产品名称")
    assert company.tables["service_costs"][0].name.endswith(".csv.gz")
    assert [path.name for path in company.tables["order_lines"]] == [
        f"order_lines_{year}.csv" for year in (2023, 2024, 2025, 2026)
    ]
