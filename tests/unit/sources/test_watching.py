"""Watched folders: new files are imported once, by content; one bad file stops none of the others."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from tierwise.book.importing import import_files
from tierwise.book.settings import Settings
from tierwise.book.sources.remote import fetched, import_remote, shown
from tierwise.book.sources.watching import load_watch_list, watch_once
from tierwise.book.store import Book
from tierwise.book.undoing import undo_import
from tierwise.kernel.errors import TierwiseError

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
WHO = {"actor": "alice", "at": AT}
WATCH = """watch:
  - folder: incoming
    pattern: "orders-*.csv"
    table: order_lines
    map: orders.yaml
"""
HEAD = "no,line,who,when,what\n"


@pytest.fixture
def place(tmp_path):
    """A watch file, its mapping and an incoming folder with one file."""
    (tmp_path / "incoming").mkdir()
    (tmp_path / "watch.yaml").write_text(WATCH, encoding="utf-8")
    (tmp_path / "orders.yaml").write_text(
        "columns: {order_number: no, line_no: line, customer_code: who, order_date: when, amount_ex_tax: what}\n",
        encoding="utf-8",
    )
    put(tmp_path, "orders-1.csv", "S1,1,C1,2024-01-05,12\n")
    return tmp_path


def put(place, name, rows):
    path = place / "incoming" / name
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


@pytest.fixture
def book(tmp_path):
    return Book.create(tmp_path / "book", Settings(name="Test"), **WHO)


def look(place, book, at=AT):
    watched = load_watch_list(place / "watch.yaml")
    return {one.file.name: one for one in watch_once(book, watched, actor="alice", at=at)}


def states(place, book, at=AT):
    return {name: one.state for name, one in look(place, book, at).items()}


def test_new_files_are_imported_and_never_the_same_content_twice(place, book):
    put(place, "other.csv", "S9,1,C1,2024-01-05,12\n")
    assert states(place, book) == {"orders-1.csv": "imported"}
    put(place, "orders-2.csv", "S2,1,C1,2024-01-06,12\n")
    put(place, "orders-1-copy.csv", "S1,1,C1,2024-01-05,12\n")
    assert states(place, book) == {
        "orders-1-copy.csv": "known", "orders-1.csv": "known", "orders-2.csv": "imported",
    }  # fmt: skip
    version = book.current().number
    assert set(states(place, book).values()) == {"known"}
    assert book.current().number == version


def test_a_file_with_other_content_under_an_old_name_is_new(place, book):
    look(place, book)
    put(place, "orders-1.csv", "S1,1,C1,2024-01-05,13\n")
    found = look(place, book)["orders-1.csv"]
    assert (found.state, found.summary.changed) == ("imported", 1)


def test_an_import_that_was_undone_does_not_come_back_by_itself(place, book):
    batch = look(place, book)["orders-1.csv"].summary.batch
    undo_import(book, batch, **WHO)
    assert states(place, book) == {"orders-1.csv": "known"}


def test_a_refused_file_stops_none_of_the_others(place, book):
    put(place, "orders-0.csv", "").write_bytes(b"\x00\x01")
    found = look(place, book)
    assert [one.state for one in found.values()] == ["refused", "imported"]
    assert found["orders-0.csv"].problems[0].code == "file.binary"


def test_a_file_that_changed_a_moment_ago_waits_for_the_next_round(place, book):
    text = WATCH + "    quiet_seconds: 60\n"
    (place / "watch.yaml").write_text(text, encoding="utf-8")
    moment = (AT - timedelta(seconds=30)).timestamp()
    os.utime(place / "incoming" / "orders-1.csv", (moment, moment))
    assert states(place, book) == {"orders-1.csv": "fresh"}
    assert states(place, book, AT + timedelta(seconds=60)) == {"orders-1.csv": "imported"}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("watch: [", "watch.not-yaml", 1),
        ("", "watch.invalid", 1),
        (WATCH + "    colour: red\n", "watch.invalid", 6),
        (WATCH.replace("order_lines", "orders"), "import.no-table", 4),
        (WATCH.replace('    pattern: "orders-*.csv"\n', ""), "watch.invalid", 2),
        (WATCH.replace("incoming", "incomming"), "watch.no-folder", 2),
    ],
)
def test_mistakes_in_a_watch_file_are_told_with_their_line(place, text, code, line):
    (place / "watch.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TierwiseError) as error:
        load_watch_list(place / "watch.yaml")
    assert (error.value.code, error.value.problems[0].line) == (code, line)


def test_each_mistake_in_a_watch_file_is_told_once_in_plain_words(place):
    (place / "watch.yaml").write_text(
        "watch:\n  - folder: 3\n    files: a\n    table: order_lines\n", "utf-8"
    )
    with pytest.raises(TierwiseError) as error:
        load_watch_list(place / "watch.yaml")
    assert sorted(problem.say("zh") for problem in error.value.problems) == [
        "watch.0.files：未知的键", "watch.0.folder：应为路径", "watch.0.pattern：缺少此键"
    ]  # fmt: skip


def test_a_file_that_changes_while_it_is_read_is_refused_and_the_book_stays(tmp_path, book):
    path = tmp_path / "lines.csv"
    head = "order_number,line_no,customer_code,order_date,amount_ex_tax\n"
    path.write_text(head + "S1,1,C1,2024-01-05,12\n", encoding="utf-8")

    def someone_writes(name, done, total):
        with path.open("a", encoding="utf-8") as stream:
            stream.write("S2,1,C1,2024-01-05,12\n")

    before = book.current().number
    with pytest.raises(TierwiseError) as error:
        import_files(book, "order_lines", [path], progress=someone_writes, **WHO)
    assert error.value.code == "file.changed"
    assert book.current().number == before
    assert import_files(book, "order_lines", [path], **WHO).new == 2


def test_a_file_of_a_store_is_read_like_any_other(tmp_path, book):
    path = tmp_path / "lines.csv.gz"
    import gzip

    text = "order_number,line_no,customer_code,order_date,amount_ex_tax\nS1,1,C1,2024-01-05,12\n"
    path.write_bytes(gzip.compress(text.encode()))
    assert import_remote(book, "order_lines", path.as_uri(), **WHO).new == 1
    assert fetched(path.as_uri(), tmp_path / "book").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("name", "code"), [("nowhere.csv", "file.not-found"), ("", "file.not-found")])
def test_a_file_that_a_store_does_not_have_is_refused(tmp_path, book, name, code):
    with pytest.raises(TierwiseError) as error:
        import_remote(book, "order_lines", (tmp_path / name).as_uri(), **WHO)
    assert error.value.code == code


def test_keys_in_the_address_of_a_store_are_not_shown():
    assert shown("s3://KEY:SECRET@bucket/a/b.csv?session_token=T") == "s3://bucket/a/b.csv"
