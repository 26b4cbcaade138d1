"""Rows of a SQLite database reach the book through the same checks as those of files."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tierwise.book.batches import batches
from tierwise.book.reading import Mapping
from tierwise.book.settings import Settings
from tierwise.book.sources.address import address_of
from tierwise.book.sources.database import import_from
from tierwise.book.store import Book
from tierwise.book.undoing import undo_import
from tierwise.kernel.errors import TierwiseError

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
WHO = {"actor": "alice", "at": AT}


@pytest.fixture
def book(tmp_path):
    return Book.create(tmp_path / "book", Settings(name="Test"), **WHO)


@pytest.fixture
def shop(tmp_path):
    """A database with two order lines."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE orders (order_number TEXT, line_no INTEGER, customer_code TEXT, order_date TEXT, "
            "amount_ex_tax REAL, changed_at TEXT)"
        )
    add(
        path,
        ("S1", 1, "C1", "2024-01-05", 12.5, "2024-01-05 10:00"),
        ("S1", 2, "C1", "2024-01-05", 0.1, "2024-01-06 10:00"),
    )
    return path


def add(path, *rows):
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()


def at(path, **more):
    return address_of(f"sqlite:///{path}", **({"table": "orders"} | more))


def lines(book):
    rows = book.read("order_lines", book.current()).to_pylist()
    return sorted((row["order_number"], row["line_no"], str(row["amount_ex_tax"])) for row in rows)


def test_a_table_is_imported_exactly_and_the_register_names_it(book, shop):
    done = import_from(book, "order_lines", at(shop), **WHO)
    assert (done.new, done.rejected) == (2, 0)
    assert lines(book) == [("S1", 1, "12.5000"), ("S1", 2, "0.1000")]
    (batch,) = batches(book, book.current())
    assert batch.files[0]["name"] == f"sqlite:///{shop}?table=orders"


def test_a_query_is_read_and_its_bad_rows_are_rejected_with_their_number(book, shop, tmp_path):
    add(shop, ("S2", 1, "", "2024-01-07", 1, "2024-01-07"))
    query = "SELECT * FROM orders ORDER BY order_number, line_no;"
    rejects = tmp_path / "rejects.csv"
    done = import_from(book, "order_lines", at(shop, table=None, query=query), rejects=rejects, **WHO)
    assert (done.new, done.by_code) == (2, {"import.missing-value": 1})
    assert ",3," in rejects.read_text(encoding="utf-8-sig")


def test_only_rows_at_or_above_the_last_mark_are_read_again(book, shop):
    first = import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    add(shop, ("S0", 1, "C1", "2023-01-05", 5, "2024-01-01"), ("S3", 1, "C2", "2024-01-09", 7, "2024-01-09"))
    second = import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    unread = [p for p in first.warnings if p.code == "import.unused-headers"]
    assert [p for p in unread if "changed_at" in p.say("en")] == []  # it was read for the mark
    assert (first.new, second.new, second.same) == (2, 1, 1)  # S0 lies below the mark, S1/2 stands at it
    marks = [batch.files[0]["high_water"]["value"] for batch in batches(book, book.current())]
    assert marks == ["2024-01-06 10:00", "2024-01-09"]


def test_undoing_an_import_brings_the_mark_before_it_back(book, shop):
    import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    add(shop, ("S3", 1, "C2", "2024-01-09", 7, "2024-01-09"))
    second = import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    undo_import(book, second.batch, **WHO)
    assert import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO).new == 1


@pytest.mark.parametrize("wipe", ["DELETE FROM orders WHERE line_no = 2", "DELETE FROM orders"])
def test_a_mark_that_goes_back_is_refused_and_the_book_stays(book, shop, wipe):
    import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    with sqlite3.connect(shop) as connection:
        connection.execute(wipe)
    before = book.current().number
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    assert error.value.code == "source.mark-back"
    assert "2024-01-06 10:00" in error.value.problems[0].say("zh")
    assert book.current().number == before


def test_rows_that_a_mark_would_never_reach_are_refused(book, shop):
    add(shop, ("S3", 1, "C2", "2024-01-09", 7, None))
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    assert error.value.code == "source.mark-missing"


@pytest.mark.parametrize(
    ("marks", "refused"),
    [
        (("8", "9"), False),
        (("9", "10"), True),
        (("09", "10"), False),
        (("9.5", "10.5"), True),
        (("2026-9-30", "2026-10-1"), False),  # of one length, so far
        (("2026-9-3", "2026-10-1"), True),
        (("2026-09-30", "2026-10-01 08:00", ""), False),
        (("R9", "R10"), True),
        (("R09", "R10"), False),
        (("-", "2026-09-30", "2026-10-01T08:00:00.5Z"), False),
        (("2024-9-30 08:00", "2024-10-1 08:00"), False),  # of one length, so far
        (("2024-9-3 08:00", "2024-10-1 08:00"), True),
    ],
)
def test_numbers_that_a_text_puts_in_another_order_are_no_mark(book, shop, marks, refused):
    with sqlite3.connect(shop) as connection:
        connection.execute("DELETE FROM orders")
    add(shop, *((f"S{at}", 1, "C1", "2024-01-05", 1, mark) for at, mark in enumerate(marks)))
    if not refused:
        assert import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO).new == len(marks)
        return
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop), high_water="changed_at", **WHO)
    assert error.value.code == "source.mark-text"
    as_number = "SELECT *, CAST(replace(changed_at, '-', '') AS REAL) AS seq FROM orders"
    done = import_from(book, "order_lines", at(shop, table=None, query=as_number), high_water="seq", **WHO)
    assert done.new == len(marks)


def test_what_is_wrong_with_rows_names_the_source_and_not_the_file_they_wait_in(book, shop, tmp_path):
    rejects = tmp_path / "rejects.csv"
    add(shop, ("S2", 1, "C1", "2024-13-07", 1, "2024-01-07"))
    done = import_from(book, "order_lines", at(shop), rejects=rejects, **WHO)
    source = f"sqlite:///{shop}?table=orders"
    assert [file.name for file in done.files] == [source]
    assert f"{source}," in rejects.read_text(encoding="utf-8-sig")
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop, table=None, query="SELECT 1 AS one"), **WHO)
    told = {(problem.file, problem.line) for problem in error.value.problems}
    assert told == {(at(shop, table=None, query="SELECT 1 AS one").name, None)}


def test_an_order_is_read_again_as_a_whole_where_lines_have_no_numbers(book, shop):
    mapping = Mapping.model_validate(
        {
            "identity": "document",
            "match_rest": False,
            "columns": {
                "order_number": "order_number",
                "customer_code": "customer_code",
                "order_date": "order_date",
                "amount_ex_tax": "amount_ex_tax",
            },
        }
    )
    import_from(book, "order_lines", at(shop), high_water="changed_at", mapping=mapping, **WHO)
    add(shop, ("S1", 3, "C1", "2024-01-05", 3, "2024-01-08"))
    import_from(book, "order_lines", at(shop), high_water="changed_at", mapping=mapping, **WHO)
    assert sorted(amount for _, _, amount in lines(book)) == ["0.1000", "12.5000", "3.0000"]


def test_rows_without_identity_are_not_read_in_pieces(book, shop):
    mapping = Mapping.model_validate({"identity": "occurrence"})
    import_from(book, "order_lines", at(shop), high_water="changed_at", mapping=mapping, **WHO)
    add(shop, ("S3", 1, "C2", "2024-01-09", 7, "2024-01-09"))
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop), high_water="changed_at", mapping=mapping, **WHO)
    assert error.value.code == "source.no-identity"


def test_a_database_that_breaks_in_the_middle_leaves_the_book_as_it_was(book, shop):
    rows = [(f"T{n}", 1, "C1" * 50, "2024-01-05", 1, "2024-01-07") for n in range(20_000)]
    add(shop, *rows)
    size = shop.stat().st_size
    with shop.open("r+b") as stream:  # the last part of the file turns to nonsense
        stream.seek(size - size // 10)
        stream.write(b"\xff" * (size // 10))
    before = book.current().number
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop), **WHO)
    assert error.value.code == "source.broken"
    assert error.value.problems[0].slots["rows"] > 0
    assert book.current().number == before
    assert batches(book, book.current()) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"table": "nothing"}, "source.refused"),
        ({"table": None, "query": "DELETE FROM orders"}, "source.refused"),
        ({"table": None, "query": "SELEC"}, "source.refused"),
    ],
)
def test_what_the_database_refuses_is_said(book, shop, change, code):
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop, **change), **WHO)
    assert error.value.code == code


def test_a_missing_file_is_not_made(book, tmp_path):
    path = tmp_path / "nowhere.db"
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(path), **WHO)
    assert (error.value.code, path.exists()) == ("file.not-found", False)


@pytest.mark.parametrize(
    ("url", "more", "code"),
    [
        ("mysql://host/db", {"table": "t"}, "source.kind"),
        ("orders.csv", {"table": "t"}, "source.kind"),
        ("sqlite:///a.db", {}, "source.table-or-query"),
        ("sqlite:///a.db?table=t", {"query": "SELECT 1"}, "source.table-or-query"),
        ("postgresql://ann:pa#ss@host/db", {"table": "t"}, "source.address"),
        ("postgresql://ann:pass/word@host/db", {"table": "t"}, "source.address"),
    ],
)
def test_an_address_that_says_too_little_or_nonsense_is_refused_without_being_shown(url, more, code):
    with pytest.raises(TierwiseError) as error:
        address_of(url, **more)
    assert error.value.code == code
    assert not any(secret in str(error.value) for secret in ("pa#", "pass/", "word@"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cr%40et@db.example:5433/shop?table=orders",
        "postgresql://db.example:5433/shop?table=orders&user=ann&password=s3cr%40et",
    ],
)
def test_a_password_is_never_shown(url):
    address = address_of(url)
    assert address.name == "postgresql://db.example:5433/shop?table=orders"
    assert "s3cr" not in repr(address)
    assert "s3cr" not in address.hidden(f"could not use {address.url}: s3cr@et was wrong (s3cr%40et)")
    assert address.hidden("refused\n\tIs it  running?\n") == "refused Is it running?"


def test_a_password_with_several_blanks_is_not_shown_either():
    address = address_of("postgresql://ann:open%20%20sesame@db.example/shop?table=orders")
    assert address.hidden("wrong: open  sesame\n") == "wrong: ***"


def test_rows_come_from_where_they_are_said_to_come(tmp_path: Path):
    assert address_of("sqlite:///shop%20one.db", table="t").url == "shop one.db"
    assert address_of(f"sqlite:///{tmp_path}/a.db", table="t").url == f"{tmp_path}/a.db"


@pytest.mark.parametrize("wrong", ["nocol", "", "changed_at "])
def test_a_mark_that_is_no_column_is_refused_and_nothing_is_imported(book, shop, wrong):
    before = book.current().number
    with pytest.raises(TierwiseError) as error:
        import_from(book, "order_lines", at(shop), high_water=wrong or "?", **WHO)
    assert error.value.code == "source.no-column"
    assert "changed_at" in error.value.problems[0].say("zh")
    assert book.current().number == before
    assert import_from(book, "order_lines", at(shop), high_water="CHANGED_AT", **WHO).new == 2
