"""Files of results: what Excel would round is written as text."""

from __future__ import annotations

import gc
import resource
import sys
from decimal import Decimal

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from tierwise.grading.export import Sheet, too_long, write_rows
from tierwise.kernel.errors import TierwiseError


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


@pytest.mark.parametrize("limit", [20_000, 250_000])
def test_a_workbook_that_finds_no_room_fails_with_one_sentence_and_nothing_after_it(
    tmp_path, monkeypatch, limit
):
    afterwards = []
    monkeypatch.setattr(sys, "unraisablehook", afterwards.append)
    rows = pa.table({"customer_id": [f"{n * 7919 % 1_000_003}" for n in range(20_000)]})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(TierwiseError) as error:
            write_rows(rows, tmp_path / "a.xlsx", Sheet("grades", {}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert error.value.code == "export.unwritable"
    del error
    gc.collect()
    told = [one for one in afterwards if one.exc_type is not ResourceWarning]  # said only where asked for
    assert told == []
    assert list(tmp_path.iterdir()) == []
