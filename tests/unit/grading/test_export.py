"""Files of results: what Excel would round is written as text."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from tierwise.grading.export import Sheet, too_long, write_rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12345678901.2345", False),
        ("123456789012.3456", True),
        ("-9999999999999999", True),
        ("1000000000000000000", False),
        ("133333.3333333333", False),
        ("0.0001", False),
        ("0", False),
    ],
)
def test_amounts_beyond_fifteen_digits_are_text_and_quotients_stay_numbers(value, text):
    assert too_long(Decimal(value)) is text


def test_no_digit_of_an_amount_is_lost_in_excel(tmp_path):
    out = tmp_path / "a.xlsx"
    amounts = [Decimal("123456789012345678901234.5678"), Decimal("-12.5"), None]
    rows = pa.table({"customer_id": ["A", "B", "C"], "value": pa.array(amounts, pa.decimal128(38, 4))})
    write_rows(rows, out, Sheet("grades", {}))
    book = CalamineWorkbook.from_path(str(out))
    assert [row[1] for row in book.get_sheet_by_name("grades").to_python()[1:]] == [
        "123456789012345678901234.5678",
        -12.5,
        "",
    ]
    notes = dict(row[:2] for row in book.get_sheet_by_name("about").to_python())
    assert "15 digits" in notes["digits"]
