"""A proposed mapping names each doubt, loads as it stands, and imports the rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from tierwise.book.contract import TABLES
from tierwise.book.reading import load_mapping, read_files
from tierwise.kernel.errors import TierwiseError
from tierwise.onboarding.mapping import propose_mapping
from tierwise.onboarding.rendering import render


@pytest.fixture
def propose(tmp_path):
    """Writes a file, proposes, loads the proposal and reads the file by it."""

    def proposing(text, table="order_lines", name="data.csv", encoding="utf-8", beside=(), lang="en"):
        path = tmp_path / name
        if text is not None:
            path.write_bytes(text.encode(encoding))
        proposal = propose_mapping(path, TABLES[table], beside=beside)
        written = tmp_path / "map.yaml"
        written.write_text(render(proposal, lang), encoding="utf-8")
        staged = read_files(
            TABLES[table], [path], mapping=load_mapping(written), base_currency="CNY", staging=tmp_path / "s"
        )
        found = duckdb.execute(f"SELECT * FROM '{staged.rows_paths[0]}' ORDER BY source_line")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
        return proposal, staged, rows

    return proposing


def codes(proposal):
    return {note.code for note in proposal.notes}


def source(proposal, column):
    return next(source for source in proposal.sources if source.column == column)


def test_chinese_headers_with_units_in_brackets_are_read_in_their_units(propose):
    text = "单据编号,购货单位编码,业务日期,货号,数量(件),销售收入（万元）\nX1,K1,2024年1月5日,P1,3,1.25\n"
    proposal, staged, rows = propose(text.replace("业务日期", "订单日期"))
    assert (staged.accepted, staged.rejected) == (1, 0)
    assert (rows[0]["order_number"], rows[0]["customer_code"]) == ("X1", "K1")
    assert rows[0]["amount_ex_tax"] == Decimal("12500.0000")
    assert (rows[0]["order_date"], rows[0]["qty"]) == (date(2024, 1, 5), Decimal("3.0000"))
    assert source(proposal, "amount_ex_tax").confidence == "medium"


def test_case_blanks_and_glued_words_do_not_matter(propose):
    text = "SALES ORDER NO,Client_ID,orderdate,Net Amount\nX1,K1,2024-01-05,12\n"
    _, staged, _ = propose(text)
    assert staged.accepted == 1


def test_every_column_says_how_sure_it_is_and_why_in_both_languages(propose):
    proposal, _, _ = propose("订单号,客户编码,日期,销售收入\nX1,K1,2024-01-05,12\n")
    for lang, high, medium in (("en", "# high: ", "# medium: "), ("zh", "# 高：", "# 中：")):
        text = render(proposal, lang)
        columns = [line for line in text.splitlines() if line.startswith("  ")]
        assert all(high in line or medium in line for line in columns)


def test_ambiguous_headers_are_said_with_the_candidates(propose):
    proposal, staged, _ = propose("master_id,sample_id,date,value\n1,2,2024-01-05,2.5\n1,2,2024-01-06,2.5\n")
    assert staged.accepted == 2
    assert "onboard.ambiguous-header" in codes(proposal)
    assert source(proposal, "customer_code").candidates == ("master_id", "sample_id")
    assert source(proposal, "customer_code").confidence == "low"
    assert "one of master_id / sample_id" in render(proposal, "en")


def test_two_headers_for_an_optional_column_leave_it_out_and_say_so(propose):
    text = "订单号,客户编码,日期,金额,物料编码,货号\nX1,K1,2024-01-05,12,A,B\n"
    proposal, staged, rows = propose(text)
    assert (staged.accepted, rows[0]["product_code"]) == (1, None)
    assert "onboard.ambiguous-left-out" in codes(proposal)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("25/01/2024", "03/02/2024"), date(2024, 1, 25)),
        (("01/25/2024", "02/03/2024"), date(2024, 1, 25)),
        (("05.01.2024", "06.01.2024"), date(2024, 1, 5)),
        (("5-Jan-2024", "6-Jan-2024"), date(2024, 1, 5)),
        (("01/02/2024", "01/03/2024", "01/04/2024", "01/12/2024"), None),
    ],
)
def test_the_values_decide_how_dates_are_written_and_an_undecided_one_is_said(propose, values, expected):
    lines = "".join(f"X{n},K1,{value},12\n" for n, value in enumerate(values))
    proposal, staged, rows = propose(f"order_id,customer_id,order_date,amount\n{lines}")
    if expected is None:
        assert "onboard.ambiguous-date" in codes(proposal)
        assert staged.by_code == {"import.ambiguous-date": len(values)}
    else:
        assert (staged.rejected, rows[0]["order_date"]) == (0, expected)


def test_rows_in_order_decide_between_day_and_month(propose):
    days = [f"{day:02}/01/2024" for day in range(1, 13)] + ["01/02/2024"]
    lines = "".join(f"X{n},K1,{value},12\n" for n, value in enumerate(days))
    _, staged, rows = propose(f"order_id,customer_id,order_date,amount\n{lines}")
    assert (staged.rejected, rows[1]["order_date"]) == (0, date(2024, 1, 2))


def test_the_key_is_used_only_where_it_is_unique(propose):
    head = "订单号,行号,客户编码,日期,金额\n"
    unique, _, _ = propose(head + "X1,1,K1,2024-01-05,12\nX1,2,K1,2024-01-05,12\n")
    repeated, staged, _ = propose(head + "X1,1,K1,2024-01-05,12\nX1,1,K1,2024-01-05,12\n")
    none, _, _ = propose("客户编码,日期,金额\nK1,2024-01-05,12\n")
    assert (unique.identity, repeated.identity, none.identity) == ("key", "document", "occurrence")
    assert staged.accepted == 2
    assert "onboard.repeated-key" in codes(repeated)


def test_an_amount_is_calculated_where_none_is_stated(propose):
    text = (
        "order_id,customer_id,order_date,qty,unit_price,discount,unit_cost\nX1,K1,2024-01-05,2,10.00,0.15,6\n"
    )
    _, _, rows = propose(text)
    assert (rows[0]["amount_ex_tax"], rows[0]["cost_amount"]) == (Decimal("17.0000"), Decimal("12.0000"))


def test_tax_is_taken_out_where_the_file_has_it_and_said_where_not(propose):
    _, _, rows = propose("订单号,客户编码,日期,价税合计,税额\nX1,K1,2024-01-05,113,13\n")
    assert rows[0]["amount_ex_tax"] == Decimal("100.0000")
    alone, staged, _ = propose("订单号,客户编码,日期,金额(含税)\nX1,K1,2024-01-05,113\n")
    assert (source(alone, "amount_ex_tax").confidence, staged.accepted) == ("low", 1)


def test_negative_quantities_become_returns(propose):
    _, _, rows = propose(
        "order_id,customer_id,order_date,qty,price\nX1,K1,2024-01-05,2,10\nX2,K1,2024-01-06,-1,10\n"
    )
    assert [(row["line_type"], row["amount_ex_tax"]) for row in rows] == [
        ("sale", Decimal("20.0000")),
        ("return", Decimal("-10.0000")),
    ]


def test_decimal_commas_words_for_nothing_and_lines_of_totals_are_dealt_with(propose):
    text = "order_id;customer_id;order_date;amount;qty\nX1;K1;2024-01-05;1.234,50;N/A\nX2;K1;2024-01-06;2,5;3\n合计;;;1.237,00;3\n"
    _, staged, rows = propose(text)
    assert (staged.accepted, staged.rejected, rows[0]["qty"]) == (2, 0, None)
    assert rows[0]["amount_ex_tax"] == Decimal("1234.5000")


@pytest.mark.parametrize(
    ("table", "text", "kept"),
    [
        ("fx_rates", "currency,date,rate_to_base\nJPY,2024-01-05,0.048712\n", None),
        ("fx_rates", "currency,date,rate_to_base\nJPY,2024-01-05,0.0487123456\n", 8),
        ("order_lines", "order_number,customer_code,order_date,amount_ex_tax\nX,K,2024-01-05,0.048712\n", 4),
    ],
)
def test_only_what_is_rounded_is_said_to_be(propose, table, text, kept):
    """An exchange rate keeps eight decimals."""
    proposal, staged, _ = propose(text, table)
    assert staged.rejected == 0
    assert [n.slots["kept"] for n in proposal.notes if n.code == "onboard.rounded"] == [kept] * (
        kept is not None
    )
    assert bool(proposal.settings.get("round")) is (kept is not None)


def test_a_title_above_the_headers_and_headers_that_stand_twice_are_no_obstacle(propose):
    text = "2024 sales,,,,\n,,,,\n订单号,客户编码,日期,金额,金额\nX1,K1,2024-01-05,12,13\n"
    proposal, staged, rows = propose(text)
    assert (staged.accepted, rows[0]["source_line"], rows[0]["amount_ex_tax"]) == (1, 4, Decimal("12.0000"))
    assert "onboard.doubled-headers" in codes(proposal)


def test_a_file_without_headers_is_judged_by_its_values(propose):
    proposal, staged, rows = propose("K1,2024-01-05,12.50\nK1,2024-01-06,2.50\n")
    assert (staged.accepted, rows[0]["customer_code"], rows[0]["amount_ex_tax"]) == (
        2,
        "K1",
        Decimal("12.5000"),
    )
    assert "onboard.no-headers" in codes(proposal)


def test_gb18030_and_latin_files_are_read(propose):
    _, staged, _ = propose("客户编码,客户名称\nK1,远大\n", "customers", encoding="gb18030")
    assert staged.accepted == 1
    _, staged, rows = propose("code,name\nK1,Caf\u00e9\nK2,M\u00fc,", "customers", encoding="cp1252")
    assert rows[0]["name"] == "Café"


def test_values_missing_in_the_lines_are_looked_up_beside_them(propose, tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text("OrderID,CustomerID,OrderDate\n1,K1,2024-01-05\n2,K2,2024-01-06\n", encoding="utf-8")
    text = "OrderID,ProductID,Quantity,UnitPrice\n1,P,2,3\n2,P,1,3\n"
    rows = propose(text, beside=[orders])[2]
    assert [(row["customer_code"], row["order_date"].day) for row in rows] == [("K1", 5), ("K2", 6)]


def test_a_required_column_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("colour,size\nred,large\n", encoding="utf-8")
    proposal = propose_mapping(path, TABLES["order_lines"])
    assert set(proposal.missing) == {"customer_code", "order_date", "amount_ex_tax"}
    assert "onboard.missing-column" in codes(proposal)


def test_a_header_whose_values_are_something_else_is_not_believed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("order_id,customer_id,order_date,amount\nX1,K1,soon,12\n", encoding="utf-8")
    proposal = propose_mapping(path, TABLES["order_lines"])
    assert proposal.missing == ("order_date",)
    assert "onboard.bad-values" in codes(proposal)


def test_a_workbook_with_several_sheets_is_asked_which(tmp_path):
    path: Path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("客户", "旧客户"):
            book.add_worksheet(name).write_row(0, 0, ["客户编码", "客户名称"])
    with pytest.raises(TierwiseError) as error:
        propose_mapping(path, TABLES["customers"])
    assert error.value.code == "map.which-sheet"
    assert propose_mapping(path, TABLES["customers"], sheet="旧客户").data()["sheet"] == "旧客户"
