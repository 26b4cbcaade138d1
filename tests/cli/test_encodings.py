"""Files in GB18030 go through the command line, which watches progress, as they go through the library."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tierwise.book.store import Book
from tierwise_cli.main import main

ROWS = "客户编码,客户名称\nC1,甲公司\nC2,乙公司\n"


@pytest.mark.parametrize("zipped", [False, True])
def test_a_gb18030_file_is_imported_with_progress(
    tmp_path: Path, zipped: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "book"
    data = ROWS.encode("gb18030")
    file = tmp_path / ("客户.csv.gz" if zipped else "客户.csv")
    file.write_bytes(gzip.compress(data) if zipped else data)
    assert main(["init", str(book)]) == 0
    assert main(["import", str(book), "customers", str(file)]) == 0
    assert "new  2" in capsys.readouterr().out


def test_a_header_called_no_needs_no_quotes_in_a_mapping(tmp_path: Path) -> None:
    book, file, mapping = tmp_path / "book", tmp_path / "orders.csv", tmp_path / "map.yaml"
    file.write_text("No,Line,Cust,Day,Sum\nA1,1,C1,2026-01-05,10\n", encoding="utf-8")
    mapping.write_text(
        "columns:\n  order_number: No\n  line_no: Line\n  customer_code: Cust\n  order_date: Day\n  amount_ex_tax: Sum\n",
        encoding="utf-8",
    )
    assert main(["init", str(book)]) == 0
    assert main(["import", str(book), "order_lines", str(file), "--map", str(mapping)]) == 0


def test_a_guessed_encoding_stands_in_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, file = tmp_path / "book", tmp_path / "customers.csv"
    file.write_bytes(ROWS.encode("gb18030"))
    assert main(["init", str(book)]) == 0
    assert main(["import", str(book), "customers", str(file)]) == 0
    assert "read as GB18030" in capsys.readouterr().out


def test_a_quote_that_is_never_closed_leaves_the_book_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, file = tmp_path / "book", tmp_path / "customers.csv"
    file.write_text('customer_code,customer_name\nC1,A\nC2,"B\nC3,C\n', encoding="utf-8")
    assert main(["init", str(book)]) == 0
    assert main(["import", str(book), "customers", str(file)]) == 2
    assert "customers.csv:3: " in capsys.readouterr().err
    assert Book.open(book).current().number == 1
    assert list((book / "tables").iterdir()) == []
