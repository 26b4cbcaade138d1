"""Files without a line of headers are read by the names that the mapping gives them."""

from __future__ import annotations

import codecs
from decimal import Decimal

import duckdb
import pytest
import xlsxwriter

from tierwise.book.contract import TABLES
from tierwise.book.reading import Mapping, read_files

MAPPING = {
    "headers": ["who", "when", "what"],
    "identity": "occurrence",
    "columns": {"customer_code": "who", "order_date": "when", "amount_ex_tax": "what"},
}
ROWS = "C1,2024-01-05,12.5\nC2,2024-01-06,13.5\n"


def _read(tmp_path, name, **more):
    staged = read_files(
        TABLES["order_lines"],
        [tmp_path / name],
        mapping=Mapping.model_validate(MAPPING | more),
        base_currency="CNY",
        staging=tmp_path / "staging",
    )
    return duckdb.sql(
        "SELECT customer_code, amount_ex_tax, source_line FROM "
        f"read_parquet('{staged.rows_paths[0]}') ORDER BY source_line"
    ).fetchall()


@pytest.mark.parametrize(("before", "skip"), [("", 0), ("Sales of 2024,,\n\n", 2)])
def test_the_first_line_of_a_file_without_headers_is_a_row(tmp_path, before, skip):
    (tmp_path / "a.csv").write_text(before + ROWS, encoding="utf-8")
    rows = _read(tmp_path, "a.csv", skip_rows=skip)
    assert rows == [("C1", Decimal("12.5000"), skip + 1), ("C2", Decimal("13.5000"), skip + 2)]


def test_a_byte_order_mark_is_no_part_of_the_first_value(tmp_path):
    (tmp_path / "a.csv").write_bytes(codecs.BOM_UTF8 + ROWS.encode())
    assert _read(tmp_path, "a.csv")[0] == ("C1", Decimal("12.5000"), 1)


def test_a_sheet_without_headers_is_read_by_given_names(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as workbook:
        sheet = workbook.add_worksheet()
        for number, line in enumerate(ROWS.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    assert [row[2] for row in _read(tmp_path, "a.xlsx")] == [1, 2]
