"""The read model says what the book says, whole or not at all, and to each what each may see."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from benchmarks.web import make_book
from tests.web.conftest import AT, LAST_MONTH, MakeUser
from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise_web.customers import queries
from tierwise_web.customers.choosing import Choice
from tierwise_web.people.scope import Scope
from tierwise_web.published import editions, searching
from tierwise_web.published.build import build
from tierwise_web.published.editions import (
    connect,
    current_edition,
    edition_of,
    folder,
    key_of,
    publish,
    to_show,
)
from tierwise_web.published.grams import initials, pairs, plain, question
from tierwise_web.published.loading import Loading
from tierwise_web.published.models import Edition, Moved
from tierwise_web.published.parts import search_of, unfinished
from tierwise_web.published.reading import Reading
from tierwise_web.published.shape import LEAST, Layout, sort_keys

ALL = Scope("all", profit=True)


def found(reading: Reading, words: str) -> list[str]:
    sql = "SELECT customers.name FROM customers JOIN search ON search.rowid = customers.id WHERE search MATCH %s"
    return [row["name"] for row in reading.rows(sql, [question(words)])]


def test_every_explanation_is_the_one_of_the_book(book: api.Book, edition: Edition):
    reading = Reading(edition, ALL)
    for row in reading.rows("SELECT code FROM customers ORDER BY id LIMIT 5"):
        here, there = reading.explanation(row["code"]), api.explain(book, row["code"], run=edition.run_id)
        assert here is not None
        assert (here.row, here.graded) == (there.row, there.graded)
        for lang in ("en", "zh"):
            assert here.sentences(lang) == there.sentences(lang)
            assert here.components(lang) == there.components(lang)


def test_everybody_is_in_it_best_first(book: api.Book, edition: Edition):
    stored = api.read_results(book, api.find_run(book, edition.run_id))
    rows = Reading(edition, ALL).rows("SELECT code, rank FROM customers ORDER BY id")
    assert {row["code"] for row in rows} == set(stored["customer_id"].to_pylist())
    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    assert ranks == sorted(ranks)
    assert rows[0]["rank"] == 1


def test_the_grade_before_is_that_of_the_month_before(book: api.Book, edition: Edition):
    (earlier,) = Reading(edition, ALL).about.earlier
    before = api.read_results(book, api.find_run(book, earlier[0])).to_pylist()
    expected = {row["customer_id"]: row["grade"] for row in before}
    for row in Reading(edition, ALL).rows("SELECT code, previous, history FROM customers"):
        assert row["previous"] == expected.get(row["code"])
        assert row["history"] == (row["previous"] or "")


def test_outside_a_cycle_a_merged_record_is_merged_and_not_lost():
    rows = {
        "customer_id": ["K1", "K2", "K3", "K4"],
        "grade": ["A", None, None, None],
        "was_0": ["B", "B", "A", None],
        "who_status": ["active", "merged", "active", "merged"],
        "place": [1, 2, 3, 4],
    }
    batch = pa.RecordBatch.from_pydict(rows | {"unit": rows["customer_id"]})
    columns = Layout(("A", "B"), {}, 1, in_cycle=False).customers(1, batch)
    assert columns["movement"].to_pylist() == ["upgrade", "merged", "lost", None]


def test_the_cube_adds_up_to_the_customers(edition: Edition):
    reading = Reading(edition, ALL)
    (cube,) = reading.rows("SELECT sum(customers) AS n, sum(sales_e4) AS sales FROM cube")
    (rows,) = reading.rows("SELECT count(*) AS n FROM customers WHERE unit = code")
    sales = sum(
        int(Decimal(r["sales"]).scaleb(4))
        for r in reading.rows("SELECT sales FROM customers WHERE sales IS NOT NULL")
    )
    assert (cube["n"], cube["sales"]) == (rows["n"], sales)


def test_a_customer_outside_the_scope_does_not_exist(edition: Edition):
    somebody = Reading(edition, ALL).rows("SELECT code, owner FROM customers WHERE owner IS NOT NULL")[0]
    mine = Reading(edition, Scope("own", owners=(somebody["owner"],)))
    charlies = Reading(edition, Scope("own", owners=("Charlie",)))
    assert mine.customer(somebody["code"]) is not None
    assert charlies.customer(somebody["code"]) is None
    assert charlies.explanation(somebody["code"]) is None


def test_more_transfers_than_a_statement_takes_values_show_at_once(edition: Edition):
    rows = Reading(edition, ALL).rows(
        "SELECT code, owner FROM customers WHERE owner IS NOT NULL AND unit = code"
    )
    mine, others = (
        [row["code"] for row in rows if (row["owner"] == rows[0]["owner"]) is same] for same in (True, False)
    )
    moved = [Moved(code=code, owner="Zoe", was_owner=rows[0]["owner"]) for code in mine]
    Moved.objects.bulk_create(
        [*moved, *(Moved(code=code, owner=rows[0]["owner"], was_owner="x") for code in others)]
    )
    reading = Reading(edition, Scope("own", owners=(rows[0]["owner"],)))
    before = reading._base.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 8)
    try:
        assert sorted(reading.codes()) == sorted(others)
    finally:
        reading._base.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)


def test_profit_is_hidden_from_those_who_may_not_see_it(edition: Edition):
    code = Reading(edition, ALL).rows("SELECT code FROM customers WHERE profit IS NOT NULL")[0]["code"]
    seen, hidden = Reading(edition, ALL).customer(code), Reading(edition, Scope("all")).customer(code)
    assert seen is not None
    assert hidden is not None
    assert seen["profit"] is not None
    assert (hidden["profit"], hidden["gross_profit"], hidden["profit_key"]) == (None, None, None)
    assert hidden["sales"] == seen["sales"]


def test_a_broken_build_leaves_nothing_and_the_old_pages(book: api.Book, edition: Edition):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    first = api.list_runs(book)[0]
    before = sorted(folder().iterdir())
    with pytest.raises(KeyboardInterrupt):
        publish(book, first, at=AT, progress=stop)
    assert current_edition() == edition
    assert sorted(folder().iterdir()) == before


def test_readers_never_see_half_a_run(book: api.Book, edition: Edition):
    wrong: list[str] = []
    done = threading.Event()
    total = edition.customers

    def read() -> None:
        while not done.is_set():
            for file in folder().glob("run-*.sqlite3"):
                with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as base:
                    (count,) = base.execute("SELECT count(*) FROM customers").fetchone()
                    facts = base.execute("SELECT count(*) FROM facts").fetchone()[0]
                if count != total or facts < 4:
                    wrong.append(f"{file.name}: {count}")

    reader = threading.Thread(target=read)
    reader.start()
    for record in api.list_runs(book):
        publish(book, record, at=AT)
    done.set()
    reader.join()
    assert wrong == []


@pytest.mark.slow
def test_a_hundred_thousand_customers_are_read_throughout_their_publication(
    tmp_path: Path, make_user: MakeUser, client: Client
):
    total = 100_000
    make_book(tmp_path, total)
    settings.BOOK = tmp_path / "book"
    mine = api.open_book(settings.BOOK)
    first, second = api.list_runs(mine)
    publish(mine, first, at=AT)
    client.force_login(make_user("ann", "analyst"))
    seen, done, wrong = set[str](), threading.Event(), list[str]()

    def read() -> None:
        while not done.is_set():
            for file in folder().glob("run-*.sqlite3"):
                with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as base:
                    (count,) = base.execute("SELECT count(*) FROM results").fetchone()
                    (found,) = base.execute(
                        "SELECT count(*) FROM search WHERE search MATCH ?", [question("有限公司")]
                    ).fetchone()
                    (summed,) = base.execute("SELECT sum(customers) FROM cube").fetchone()
                if not count == found == summed == total:
                    wrong.append(f"{file.name}: {count}, {found}, {summed}")

    def page(loaded: int, of: int) -> None:
        """While half of the rows are in the new file."""
        current = current_edition()
        assert current is not None
        seen.add(current.run_id)
        assert client.get("/customers?sort=sales").status_code == 200
        assert client.get("/customers/count").content.decode() in ("100,000", "100000", "10,000+")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        publish(mine, second, at=AT, progress=page)
    finally:
        done.set()
        reader.join()
    assert (seen, wrong) == ({first.run_id}, [])
    now = current_edition()
    assert now is not None
    assert now.run_id == second.run_id


def test_only_the_last_files_are_kept(book: api.Book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editions, "KEPT", 1)
    for days, record in enumerate(api.list_runs(book)):
        edition = publish(book, record, at=AT + timedelta(days=days))
    assert [path.name for path in folder().iterdir()] == [edition.file]
    assert connect(key_of(edition)).execute("SELECT 1").fetchone()[0] == 1


def test_a_file_of_another_form_is_never_read_again(edition: Edition):
    older = Edition.objects.create(
        run_id="run-000001", policy_code="p", as_of=edition.as_of, digest="d", file="run-000001-d-5.sqlite3",
        customers=1, in_force=False, made_at=AT,
    )  # fmt: skip
    (folder() / older.file).write_bytes(b"")
    assert edition_of(older.pk) == edition
    assert edition_of(edition.pk) == edition


def test_a_file_that_takes_the_name_of_another_is_read_anew(edition: Edition):
    assert Reading(edition, ALL).about.scale == ("A", "B", "C")
    here = Reading(edition, ALL)
    assert here.rows("SELECT count(*) AS n FROM customers")[0]["n"] == edition.customers
    assert [n for _, n in queries.options(here, "grade")]
    path, newer = folder() / edition.file, folder() / "newer"
    shutil.copy(path, newer)
    with closing(sqlite3.connect(newer)) as base, base:
        base.execute("UPDATE facts SET body = '[\"X\", \"Y\"]' WHERE key = 'scale'")
        base.execute("DELETE FROM cube")
    newer.replace(path)
    there = Reading(edition, ALL)
    assert there.about.scale == ("X", "Y")
    assert queries.options(there, "grade") == []


def test_who_may_not_see_profit_reads_no_flag_of_a_gate_on_profit_in_the_list(book: api.Book, tmp_path: Path):
    text = api.load_policy("customer_value").text
    own = text.replace("code: customer_value ", "code: own_flags ").replace(
        "flag: loss_making", "flag: see_finance"
    )
    file = tmp_path / "own.yaml"
    file.write_text(own, encoding="utf-8")
    mine = api.open_book(shutil.copytree(book.path, tmp_path / "book"))
    record = api.grade(mine, file, as_of=LAST_MONTH, actor="ann", at=AT).record
    edition = publish(mine, record, at=AT)
    codes = [
        row["code"]
        for row in Reading(edition, ALL).rows("SELECT code FROM customers WHERE instr(flags, 'see_finance')")
    ]
    assert codes
    for code in codes:
        seen, hidden = Reading(edition, ALL).customer(code), Reading(edition, Scope("all")).customer(code)
        assert seen is not None
        assert hidden is not None
        assert "see_finance" in seen["flags"]
        assert "see_finance" not in hidden["flags"]
    rows = queries.page(Reading(edition, Scope("all")), Choice(), 100).rows
    assert not any("see_finance" in (row["flags"] or "") for row in rows)


def test_the_run_to_show_is_that_of_the_policy_that_graded_most_days(book: api.Book):
    record = to_show(book)
    assert record is not None
    assert (record.policy_code, record.as_of.month) == ("customer_value", 10)


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_any_part_of_a_name_finds_it_and_nothing_else(edition: Edition, length: int):
    reading = Reading(edition, ALL)
    names = [row["name"] for row in reading.rows("SELECT name FROM customers")]
    for name in names[:10]:
        part = plain(name)[1 : 1 + length]
        assert sorted(found(reading, part)) == sorted(n for n in names if part in plain(n))


def test_initials_and_codes_find_too(edition: Edition):
    reading = Reading(edition, ALL)
    row = reading.rows("SELECT code, name FROM customers LIMIT 1")[0]
    assert row["name"] in found(reading, initials(plain(row["name"]))[:4])
    assert found(reading, row["code"].lower()) == [row["name"]]


def test_each_word_is_found_wherever_it_stands(edition: Edition):
    reading = Reading(edition, ALL)
    name = next(
        row["name"] for row in reading.rows("SELECT name FROM customers") if len(plain(row["name"])) > 5
    )
    begins, ends = plain(name)[:2], plain(name)[-2:]
    for words in (f"{begins} {ends}", f"{ends} {begins}", f" {ends}\u3000{begins} ( )"):
        assert name in found(reading, words)
    assert name not in found(reading, f"{begins} none-has-this")


def test_characters_with_several_readings_are_read_in_their_words():
    assert initials("重庆长安银行") == "cqcayh"
    assert question(" ( ) ") is None


def test_many_names_become_pairs_at_once_and_each_alone():
    assert pairs(["重庆", "", "a", "abc", ""]) == ["重庆 庆", "", "a", "ab bc c", ""]
    assert pairs([]) == []
    assert initials("重庆\n长安\n\nx1") == "cq\nca\n\nx1"


def test_columns_of_every_kind_are_loaded_as_they_are(tmp_path: Path):
    columns = {
        "id": pa.array([1, 2, 3]),
        "said": pa.array(["重庆", None, 'it\'s "q"\n;--']),
        "key": pa.array([-(2**62), 0, 2**62]),
        "flag": pa.array([True, None, False]),
        "never": pa.nulls(3, pa.string()),
    }
    with Loading(tmp_path / "some") as loading:
        loading.run("CREATE TABLE t (id INTEGER PRIMARY KEY, never, key, said, flag)")
        for start in range(3):
            loading.add("t", {name: values.slice(start, 1) for name, values in columns.items()})
    with closing(sqlite3.connect(tmp_path / "some")) as base:
        rows = base.execute("SELECT id, said, key, flag, never FROM t ORDER BY id").fetchall()
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert rows == list(zip(*(values.to_pylist() for values in columns.values()), strict=True))


@pytest.mark.parametrize(
    ("kind", "values", "keys"),
    [
        ("int64", [7, None, -3], [7, LEAST, -3]),
        ("decimal(38, 4)", ["12.5000", None, "-3.0100"], [125000, LEAST, -30100]),
        ("date", ["2026-10-31", None, "2026-09-30"], [20261031, LEAST, 20260930]),
    ],
)
def test_sort_keys_are_whole_numbers_in_order(kind: str, values: list[object], keys: list[int]):
    assert sort_keys(kind, pa.array(values)).to_pylist() == keys


def test_an_index_of_a_process_of_its_own_is_the_same(
    book: api.Book, edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(searching, "MANY", 1)
    record = api.find_run(book, edition.run_id)
    place = tmp_path / "read"
    apart, _ = build(book, record, [], place, in_cycle=False, progress=lambda done, total: None)
    assert [path.name for path in place.iterdir()] == [apart.name]
    there, here = sqlite3.connect(apart), sqlite3.connect(folder() / edition.file)
    names = [row[0] for row in here.execute("SELECT name FROM customers ORDER BY id")]
    asked = {
        question(words) for name in names for words in (plain(name)[1:4], initials(plain(name))[:3], name)
    }
    sql = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid"
    for words in asked:
        assert there.execute(sql, (words,)).fetchall() == here.execute(sql, (words,)).fetchall()
    there.execute("INSERT INTO search (search) VALUES ('integrity-check')")


def test_a_broken_index_breaks_the_publication_and_leaves_nothing(
    book: api.Book, edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(searching, "MANY", 1)
    monkeypatch.setattr(searching.sys, "executable", "/bin/false")
    with pytest.raises(TierwiseError, match="search index"):
        build(
            book,
            api.find_run(book, edition.run_id),
            [],
            tmp_path / "read",
            in_cycle=False,
            progress=lambda done, total: None,
        )
    assert list((tmp_path / "read").iterdir()) == []


def test_a_part_that_is_swept_between_its_making_and_its_lock_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real, swept = fcntl.flock, []

    def lock(descriptor: int, how: int) -> None:
        if not swept:
            swept.extend(tmp_path.glob(".*.part"))
            swept[0].unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", lock)
    with unfinished(tmp_path / "run-000001-5.sqlite3") as part:
        assert part.exists()
        with part.open() as other, pytest.raises(BlockingIOError):
            real(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        part.write_bytes(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["run-000001-5.sqlite3"]


def test_what_a_killed_publication_left_is_swept_by_the_next_and_the_work_of_others_stays(tmp_path: Path):
    killed, working = tmp_path / ".run-000001-4.sqlite3.17.part", tmp_path / ".run-000002-4.sqlite3.18.part"
    for part in (killed, working):
        part.write_bytes(b"half")
        search_of(part).write_bytes(b"half")
    with working.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as its maker holds it
        with unfinished(tmp_path / "run-000003-4.sqlite3") as mine:
            mine.write_bytes(b"whole")
            (while_making,) = [path for path in tmp_path.iterdir() if path.name.startswith(".run-000003")]
            assert while_making == mine
    assert {path.name for path in tmp_path.iterdir()} == {
        "run-000003-4.sqlite3", working.name, search_of(working).name
    }  # fmt: skip
    with pytest.raises(KeyboardInterrupt), unfinished(tmp_path / "run-000004-4.sqlite3"):
        raise KeyboardInterrupt
    assert {path.name for path in tmp_path.iterdir()} == {"run-000003-4.sqlite3"}


def test_while_the_database_is_written_to_no_file_is_opened_or_let_go(
    edition: Edition, book: api.Book, monkeypatch: pytest.MonkeyPatch
):
    """Letting go of a file that was taken the place of frees a gigabyte: whoever writes would wait for it."""
    editions.connect(editions.key_of(edition))  # somebody reads what is taken the place of
    record = editions.to_show(book)
    assert record is not None
    within: list[int] = []
    real = sqlite3.connect

    def opened(*given: object, **more: object) -> sqlite3.Connection:
        within.append(len(connection.savepoint_ids))
        return real(*given, **more)  # type: ignore[call-overload, no-any-return]

    before = len(connection.savepoint_ids)
    monkeypatch.setattr(editions.sqlite3, "connect", opened)
    publish(book, record, at=AT)
    assert within
    assert set(within) == {before}
