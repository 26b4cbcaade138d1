"""Explanations are read from what a run stored: sentences, components, lines, warnings, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise import api
from tierwise.kernel.errors import TierwiseError

AT = datetime(2026, 4, 1, tzinfo=UTC)
AS_OF = date(2026, 3, 31)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> api.Book:
    kit = Kit(tmp_path_factory.mktemp("explained"))
    kit.put(
        "order_lines",
        *(line(f"A{n}", 1, (n + 1) * 100, "2026-02-05", customer_code=f"C{n:02d}") for n in range(20)),
    )
    return kit.book


@pytest.fixture(scope="module")
def run(book: api.Book) -> api.RunRecord:
    return api.grade(book, "abc_sales", as_of=AS_OF, actor="tester", at=AT).record


def test_the_leading_sentence_names_value_rank_cuts_and_distance(book: api.Book, run: api.RunRecord) -> None:
    said = " ".join(api.explain(book, "C15").sentences("en"))
    assert "CNY 1,600, rank 5 of 20" in said
    assert "A = first 1 (from CNY 2,000), B = first 4 (from CNY 1,700)" in said
    assert "grade C" in said
    assert "CNY 100 short of B" in said


def test_the_chinese_explanation_says_the_same(book: api.Book, run: api.RunRecord) -> None:
    said = "".join(api.explain(book, "C15").sentences("zh"))
    assert "CNY 1,600" in said
    assert "在 20 家客户中排名第 5" in said
    assert "距 B 级还差 CNY 100" in said


def test_an_explanation_leads_to_the_line_of_the_file(book: api.Book, run: api.RunRecord) -> None:
    lines = [
        row for row in api.explain(book, "C15", lines=True).source_lines if row["table"] == "order_lines"
    ]
    assert [(row["order_number"], row["line"]) for row in lines] == [("A15", 17)]
    assert lines[0]["file"].endswith(".csv")


def test_an_explanation_does_not_change_when_facts_come_later(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", line("A1", 1, 100, "2026-02-05"))
    api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT)
    before = api.explain(kit.book, "C1").to_dict("en")
    kit.put("order_lines", line("A2", 1, 900, "2026-02-06"))
    assert api.explain(api.open_book(kit.book.path), "C1").to_dict("en") == before


def test_warnings_of_a_run_are_told_in_both_languages(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", *(line(f"A{n}", 1, 100, "2026-02-05", customer_code=f"C{n}") for n in range(9)))
    api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT)
    explained = api.explain(kit.book, "C1")
    assert any("tells nobody apart" in warning for warning in explained.to_dict("en")["warnings"])
    assert any("无法区分" in warning for warning in explained.warnings("zh"))
    assert any("enlarge class A to 9" in warning for warning in explained.warnings("en"))


def test_an_unknown_customer_run_or_an_empty_book_is_told_what_to_do(
    book: api.Book, run: api.RunRecord, tmp_path: Path
) -> None:
    with pytest.raises(TierwiseError) as error:
        api.explain(book, "nobody")
    assert error.value.code == "run.no-customer"
    with pytest.raises(TierwiseError) as error:
        api.explain(book, "C15", run="run-000099")
    assert error.value.code == "run.unknown"
    with pytest.raises(TierwiseError) as error:
        api.explain(Kit(tmp_path).book, "C15")
    assert error.value.code == "run.none"


def test_a_replay_finds_a_single_changed_digit(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", line("A1", 1, 100, "2026-02-05"))
    record = api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT).record
    assert api.replay(kit.book, record.run_id).same
    rows = api.read_results(kit.book, record)
    place = rows.column_names.index("net_sales_12m")
    forged = rows.set_column(
        place, rows.schema.field(place), pa.array([Decimal("100.0001")], rows.schema.field(place).type)
    )
    for file in kit.book.files(f"results/{record.run_id}", kit.book.current()):
        pq.write_table(forged, file)
    replay = api.replay(api.open_book(kit.book.path), record.run_id)
    assert not replay.same
    assert [(d.customer_id, d.column) for d in replay.differences] == [("C1", "net_sales_12m")]
