"""Explanations are read from what a run stored: sentences, components, lines, warnings, in both languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise.merging.deciding import merge, unmerge

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


def test_components_say_value_unit_and_status_for_programs(book: api.Book, run: api.RunRecord) -> None:
    told = api.explain(book, "C15").to_dict("zh")
    components = {component["code"]: component for component in told["components"]}
    sales, days = components["net_sales_12m"], components["credit_score_12m"]
    assert (sales["exact"], sales["unit"], sales["status_code"]) == ("1600", "money", "ok")
    assert (days["exact"], days["unit"], days["status_code"]) == (None, "score", "no_due_invoices")
    assert told["currency"] == "CNY"


def test_the_cushion_names_the_value_that_it_ends_at(book: api.Book, run: api.RunRecord) -> None:
    said = " ".join(api.explain(book, "C19").sentences("en"))
    assert (
        "it stays A down to CNY 1,900, the value of the first customer below A: it may lose CNY 100" in said
    )
    assert "降到 CNY 1,900（首位未达 A 级的客户的数值）仍为 A 级" in "".join(
        api.explain(book, "C19").sentences("zh")
    )


RFM_LIMITS = {
    "rfm_rank": "M 5: net sales CNY 2,000 (5: ≥ CNY 1,700, 4: ≥ CNY 1,300, 3: ≥ CNY 900, 2: ≥ CNY 500). Sum: A ≥ 13",
    "rfm_fixed_bins": "R 4: days since the last order 54 days (5: ≤ 30 days, 4: ≤ 90 days, 3: ≤ 180 days, 2: ≤ 365",
    "rfm_quantile": "F 1: orders 1 (5: ≥ 2, 4: ≥ 2, 3: ≥ 2, 2: ≥ 2); M 5: net sales CNY 2,000 (5: ≥ CNY 1,621, 4:",
}


@pytest.mark.parametrize("policy", RFM_LIMITS)
def test_rfm_says_the_cuts_of_each_score(book: api.Book, run: api.RunRecord, policy: str) -> None:
    record = api.grade(book, policy, as_of=AS_OF, actor="tester", at=AT).record
    told = api.explain(book, "C19", run=record.run_id)
    assert RFM_LIMITS[policy] in told.reason(told.policy.leading.id, "en")
    assert "最近购买间隔 54 天" in told.reason(told.policy.leading.id, "zh")


def test_the_cuts_of_rfm_are_true_of_every_customer(book: api.Book, run: api.RunRecord) -> None:
    """A monetary score is that of the highest limit which the value reaches, for every customer."""
    record = api.grade(book, "rfm_rank", as_of=AS_OF, actor="tester", at=AT).record
    for n in range(20):
        told = api.explain(book, f"C{n:02d}", run=record.run_id)
        said = told.reason(told.policy.leading.id, "en")
        score, limits = re.findall(r"M (\d): net sales CNY [\d,]+ \(([^)]*)\)", said)[0]
        steps = [(int(s), int(v.replace(",", ""))) for s, v in re.findall(r"(\d): ≥ CNY ([\d,]+)", limits)]
        value = (n + 1) * 100
        assert int(score) == max((s for s, limit in steps if value >= limit), default=1), said


def test_an_advisory_method_says_what_it_would_give(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", *(line(f"A{n}", 1, n + 1, customer_code=f"C{n}") for n in range(9)))
    api.grade(kit.book, "customer_value", as_of=AS_OF, actor="tester", at=AT)
    told = api.explain(kit.book, "C8")
    advice = dict(told.advisory("en"))["rfm"]
    assert "By this alone it would be" in advice
    assert "gives grade" not in advice
    assert "仅按此项会是" in dict(told.advisory("zh"))["rfm"]
    assert "That gives grade A." in told.reason(told.policy.leading.id, "en")


def test_the_rows_of_a_correction_say_what_they_are(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", line("A", 1, 100, "2026-01-05"), line("B", 1, 7, "2026-02-05", note="urgent"))
    kit.close("2026-01-31")
    kit.put("order_lines", line("A", 1, 90, "2026-01-05"))
    api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT)
    lines = [
        row for row in api.explain(kit.book, "C1", lines=True).source_lines if row["table"] == "order_lines"
    ]
    told = {
        (row["role"], row["order_number"], row["line_no"], row["amount_ex_tax"], row["note"]) for row in lines
    }
    assert told == {
        (None, "A", 1, Decimal(100), None),
        ("reversal", "A", 1, Decimal(-100), None),
        ("replacement", "A", 1, Decimal(90), None),
        (None, "B", 1, Decimal(7), "urgent"),
    }
    assert {row["stated_on"] for row in lines if row["role"]} == {date(2026, 1, 5)}


def test_a_line_that_no_metric_reads_is_shown_as_not_counting(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    agents = line("D", 1, 9, "2026-02-05", reported_by_agent="yes")
    kit.put(
        "order_lines",
        line("A", 1, 100, "2026-01-05"),
        *(line(status, 1, 7, "2026-02-05", status=status) for status in ("draft", "cancelled")),
        agents,
    )
    api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT)
    told = api.explain(kit.book, "C1", lines=True)
    counted = {
        row["order_number"]: row["counts"] for row in told.source_lines if row["table"] == "order_lines"
    }
    assert counted == {"A": True, "draft": False, "cancelled": False, "D": False}


def test_one_customer_is_spoken_of_as_one(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", line("A", 1, 100, "2026-01-05"))
    api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT)
    told = api.explain(kit.book, "C1")
    assert "among 1 customer." in told.sentences("en")[0]
    assert told.sentences("zh")[0].startswith("C1 在 ")


def test_the_name_is_the_one_that_was_known_on_the_day_of_the_run(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("customers", {"code": "C1", "name": "Old", "valid_from": "2026-01-01", "known_on": "2026-01-01"})
    kit.put("customers", {"code": "C1", "name": "New", "valid_from": "2026-03-01", "known_on": "2026-05-01"})
    kit.put("order_lines", line("A", 1, 100, "2026-02-05"))
    for as_of, name in ((AS_OF, "Old"), (date(2026, 5, 31), "New")):
        record = api.grade(kit.book, "abc_sales", as_of=as_of, actor="tester", at=AT).record
        assert api.explain(kit.book, "C1", run=record.run_id).name == name


def test_the_explanation_of_a_merged_customer_names_the_one_in_which_it_goes_on(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("customers", *({"code": f"C{n}", "name": f"name {n}"} for n in range(1, 5)))
    kit.put("order_lines", *(line(f"A{n}", 1, n, "2026-02-05", customer_code=f"C{n}") for n in range(1, 4)))
    merge(kit.book, "C1", "C2", reason="one company", actor="ann", at=AT)
    merge(kit.book, "C2", "C3", reason="one company", actor="ann", at=AT)
    merged = api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT).record
    told = api.explain(kit.book, "C1")
    assert "It goes on in C3." in told.sentences("en")
    assert "已并入 C3。" in told.sentences("zh")
    assert told.to_dict("en")["goes_on_in"] == "C3"
    assert api.explain(kit.book, "C3").survivor is None
    unmerge(kit.book, "C2", reason="two after all", actor="ann", at=AT)
    assert api.explain(kit.book, "C1", run=merged.run_id).survivor == "C3", "as the run read it"
    api.grade(kit.book, "abc_sales", as_of=AS_OF, actor="tester", at=AT)
    assert api.explain(kit.book, "C1").survivor == "C2"
