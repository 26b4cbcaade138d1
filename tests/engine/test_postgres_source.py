"""A PostgreSQL table as a source: exact values, marks, a connection that is cut, and no password shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tierwise.book.batches import batches
from tierwise.book.settings import Settings
from tierwise.book.sources import extract as extracting
from tierwise.book.sources import postgres
from tierwise.book.sources.address import Address, address_of
from tierwise.book.sources.database import import_from
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": "alice", "at": AT}


@pytest.fixture
def shop(postgres_uri: str) -> Iterator[str]:
    """The address of a database with a schema of order lines, gone afterwards."""
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS shop CASCADE")
        connection.execute("CREATE SCHEMA shop")
        connection.execute(
            'CREATE TABLE shop."Lines" (order_number text, line_no int, customer_code text, order_date date, '
            "amount_ex_tax numeric(18,4), changed_at timestamptz)"
        )
        connection.execute(
            "INSERT INTO shop.\"Lines\" SELECT 'S' || n, 1, 'C1', date '2024-01-01' + n, n + 0.0001, "
            "timestamptz '2024-01-01 10:00+00' + n * interval '1 day' FROM generate_series(1, 3) n"
        )
        yield postgres_uri
        connection.execute("DROP SCHEMA shop CASCADE")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book.create(tmp_path / "book", Settings(name="Test"), **WHO)


def _lines(uri: str) -> Address:
    return address_of(uri, table="shop.Lines")


def _run(uri: str, sql: bytes) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(sql)


def test_values_arrive_exactly_and_only_new_rows_come_after_the_first_time(shop: str, book: Book) -> None:
    first = import_from(book, "order_lines", _lines(shop), high_water="changed_at", **WHO)
    _run(shop, b"INSERT INTO shop.\"Lines\" VALUES ('S9', 1, 'C2', '2024-02-01', 9, '2024-02-01 10:00+00')")
    second = import_from(book, "order_lines", _lines(shop), high_water="changed_at", **WHO)
    assert (first.new, second.new, second.same) == (3, 1, 1)
    amounts = [str(row["amount_ex_tax"]) for row in book.read("order_lines", book.current()).to_pylist()]
    assert sorted(amounts) == ["1.0001", "2.0001", "3.0001", "9.0000"]


def test_numbers_in_a_text_are_no_mark(shop: str, book: Book) -> None:
    rows = 'SELECT *, CAST(CAST(substr(order_number, 2) AS int) + {} AS TEXT) AS seq FROM shop."Lines"'
    below_ten = address_of(shop, query=rows.format(6))
    assert import_from(book, "order_lines", below_ten, high_water="seq", **WHO).new == 3
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", address_of(shop, query=rows.format(7)), high_water="seq", **WHO)
    assert error.value.code == "source.mark-text"


def test_a_mark_that_goes_back_is_refused(shop: str, book: Book) -> None:
    import_from(book, "order_lines", _lines(shop), high_water="changed_at", **WHO)
    _run(shop, b"DELETE FROM shop.\"Lines\" WHERE order_number = 'S3'")
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", _lines(shop), high_water="changed_at", **WHO)
    assert error.value.code == "source.mark-back"


def test_a_query_with_percent_signs_is_read_with_and_without_a_mark(shop: str, book: Book) -> None:
    address = address_of(shop, query="SELECT * FROM shop.\"Lines\" WHERE order_number LIKE 'S%';")
    first = import_from(book, "order_lines", address, high_water="line_no", **WHO)
    again = import_from(book, "order_lines", address, high_water="line_no", **WHO)
    assert (first.new, again.batch) == (3, None)


def test_a_query_cannot_write(shop: str, book: Book) -> None:
    address = address_of(shop, query='DELETE FROM shop."Lines" RETURNING *')
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", address, **WHO)
    assert error.value.code == "source.refused"
    assert import_from(book, "order_lines", _lines(shop), **WHO).new == 3


def test_a_connection_cut_in_the_middle_leaves_the_book_as_it_was(
    shop: str, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(
        shop,
        b"INSERT INTO shop.\"Lines\" SELECT 'T' || n, 1, repeat('C', 200), '2024-01-05', 1, now() "
        b"FROM generate_series(1, 60000) n",
    )
    write = extracting.write_rows

    def cut_after_some(path: Path, columns: Any, rows: Any) -> int:
        return write(path, columns, _cutting(shop, rows))

    monkeypatch.setattr(postgres, "write_rows", cut_after_some)
    before = book.current().number
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", _lines(shop), **WHO)
    assert error.value.code == "source.broken"
    assert error.value.problems[0].slots["rows"] >= 100
    assert book.current().number == before
    assert batches(book, book.current()) == []


def _cutting(uri: str, rows: Any) -> Iterator[Any]:
    """The rows; after a hundred, the server ends every other connection."""
    for number, row in enumerate(rows):
        if number == 100:
            _run(
                uri,
                b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tierwise'",
            )
        yield row


def test_a_server_that_is_not_there_is_said_without_the_password(book: Book) -> None:
    address = address_of("postgresql://ann:s3cret@127.0.0.1:1/db", table="orders")
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", address, **WHO)
    assert error.value.code == "source.refused"
    for lang in ("en", "zh"):
        assert "s3cret" not in error.value.problems[0].say(lang)


def test_a_wrong_password_is_not_repeated(shop: str, book: Book) -> None:
    parts = urlsplit(shop)
    address = address_of(f"postgresql://nobody:s3cret@/{parts.path.strip('/')}?{parts.query}", table="orders")
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", address, **WHO)
    assert "s3cret" not in str(error.value)
    assert "s3cret" not in address.name
