"""The store: versions, files, tables, and a writer whose work shows at once or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise.book.contract import schema_of
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ROWS = pa.table({"a": [1, 2], "s": ["x", "é中"]})


@pytest.fixture
def book(tmp_path):
    return Book.create(tmp_path / "book", Settings(name="Example"), actor="alice", at=AT)


def write(book: Book, table: str, data: pa.Table, **more) -> None:
    with book.writer(actor="alice", at=AT) as writer:
        writer.append(table, data, **more)
        writer.commit("run", "note")


def test_a_new_book_has_one_version_and_no_rows(book):
    assert [version.kind for version in book.versions()] == ["create"]
    assert book.files("order_lines", book.current()) == []
    assert book.read("customers", book.current()).num_rows == 0
    assert book.schema("order_lines") == schema_of("order_lines")


def test_a_book_refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "note.txt").write_text("mine")
    with pytest.raises(TierwiseError) as error:
        Book.create(tmp_path / "book", Settings(name="Example"), actor="alice", at=AT)
    assert error.value.code == "book.not-empty"


def test_a_book_may_be_made_in_an_empty_folder(tmp_path):
    (tmp_path / "book").mkdir()
    assert Book.create(tmp_path / "book", Settings(name="E"), actor="a", at=AT).current().number == 1


def test_opening_what_is_no_book_says_so(tmp_path):
    with pytest.raises(TierwiseError) as error:
        Book.open(tmp_path)
    assert error.value.code == "book.not-found"


def test_nothing_is_visible_before_the_commit(book):
    with book.writer(actor="alice", at=AT) as writer:
        writer.append("runs", ROWS)
        assert Book.open(book.path).current().number == 1
        assert writer.commit("run", "first").number == 2
    assert book.read("runs", book.current()).equals(ROWS)


def test_what_a_writer_left_uncommitted_is_gone_for_the_next(book):
    write(book, "runs", ROWS)
    with book.writer(actor="alice", at=AT) as writer:
        writer.append("runs", ROWS)
        writer.replace("issues", ROWS)
        writer.create_result("run-000001", ROWS)
    write(book, "runs", ROWS)
    assert book.read("runs", book.current()).num_rows == 4
    assert "issues" not in book.current().state
    assert not (book.path / "results" / "run-000001").exists()


def test_an_old_version_still_reads_what_it_held(book):
    write(book, "runs", ROWS)
    with book.writer(actor="alice", at=AT) as writer:
        writer.replace("runs", ROWS.slice(0, 1))
        writer.commit("run", "shorter")
    assert book.read("runs", book.version(2)).num_rows == 2
    assert book.read("runs", book.version(3)).num_rows == 1
    with pytest.raises(TierwiseError, match="no version 9"):
        book.version(9)


def test_many_versions_stay_readable(book):
    for _ in range(130):
        write(book, "runs", ROWS.slice(0, 1))
    assert [version.number for version in book.versions()] == list(range(1, 132))
    assert book.read("runs", book.version(5)).num_rows == 4


def test_results_keep_their_order_and_their_name(book):
    with book.writer(actor="alice", at=AT) as writer:
        state = writer.create_result("run-000001", ROWS.to_reader(), facts={"digest": "d"})
        writer.commit("run", "first")
    assert (state.rows, state.facts) == (2, {"digest": "d"})
    assert book.read("results/run-000001", book.current()).equals(ROWS)
    with book.writer(actor="alice", at=AT) as writer, pytest.raises(TierwiseError, match="exists"):
        writer.create_result("run-000001", ROWS)


def rates(*days: date) -> pa.Table:
    columns = {
        "currency": pa.array(["USD"] * len(days)),
        "date": pa.array(days, pa.date32()),
        "rate_to_base": pa.array([Decimal("7.1")] * len(days), pa.decimal128(18, 8)),
    }
    return pa.table(columns)


def test_one_month_is_replaced_and_the_others_stay(book):
    def costs(*days: date) -> pa.Table:
        return pa.table({"number": [str(d) for d in days], "date": pa.array(days, pa.date32())})

    def put_february(day: int) -> None:
        with book.writer(actor="alice", at=AT) as writer:
            writer.replace("service_costs", costs(date(2025, 2, day)), months=[202502])
            writer.commit("import", "")

    write(book, "service_costs", costs(date(2025, 1, 3), date(2025, 2, 3), date(2025, 2, 4)))
    put_february(8)  # gives the rows the columns of the contract that this test leaves out
    before = set(book.files("service_costs", book.current()))
    put_february(9)
    after = set(book.files("service_costs", book.current()))
    assert book.current().state["service_costs"].rows == 2
    assert len(before & after) == 1


def test_a_second_writer_is_told_who_holds_the_book(book):
    other = Book.open(book.path).writer(actor="bob", at=AT, wait_seconds=0.1)
    with book.writer(actor="alice", at=AT), pytest.raises(TierwiseError) as error, other:
        pass
    assert error.value.code == "book.busy"
    assert error.value.problems[0].slots["actor"] == "alice"


def test_an_edited_settings_file_becomes_a_version(book):
    file = book.path / "book.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "closed_through: 2025-12-31\n", encoding="utf-8")
    with book.writer(actor="bob", at=AT) as writer:
        assert writer.settings.closed_through == date(2025, 12, 31)
    assert [version.kind for version in book.versions()] == ["create", "settings"]
    assert book.version(1).settings.closed_through is None


def test_the_base_currency_is_fixed_once_there_are_facts(book):
    file = book.path / "book.yaml"
    write(book, "fx_rates", rates(date(2025, 1, 2)))
    file.write_text("name: Example\nbase_currency: EUR\n", encoding="utf-8")
    with pytest.raises(TierwiseError) as error, book.writer(actor="bob", at=AT):
        pass
    assert error.value.code == "settings.base-currency-fixed"
    assert Path(book.path).exists()


@pytest.mark.parametrize("name", ["客户 账簿", "a b", "a#b", "a?b", "a&b {1}"])
def test_a_book_may_stand_under_any_ordinary_path(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    kit = Kit(folder)
    kit.put("order_lines", line("A", 1, 5, "2026-02-05"))
    assert len(Book.open(kit.book.path).versions()) == 2
    assert kit.rows("order_lines", "order_number") == ["A"]


@pytest.mark.parametrize("sign", list("[]^|%\\"))
def test_a_path_that_tables_cannot_stand_under_is_refused(sign: str, tmp_path: Path) -> None:
    with pytest.raises(TierwiseError) as caught:
        Kit(tmp_path / f"a{sign}20b")
    assert caught.value.code == "book.bad-path"
