"""A folder of files becomes tables, mappings, a comparison with the ledger, and a list of what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from tierwise.book.reading import load_mapping
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError
from tierwise.onboarding.duplicates import same_name
from tierwise.onboarding.onboard import import_plans, onboard, write_mappings

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LINES = [
    ("X1", "K1", "远大机械有限公司", "2024年1月5日", "P1", "螺栓", 10, 120),
    ("X1", "K1", "远大机械有限公司", "2024年1月5日", "P2", "螺母", 5, 30),
    ("X2", "K2", "宏图电子", "2024年2月7日", "P1", "螺栓", 4, 48),
    ("X3", "K3", "远大机械 有限公司", "2024年3月9日", "P2", "螺母", 5, 30),
]
HEAD = "单据编号,购货单位编码,购货单位名称,订单日期,物料编码,物料名称,数量,未税金额（元）"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company's exports: lines of two years in GB18030, invoices in a workbook, and a text that is no table."""
    place = tmp_path / "exports"
    place.mkdir()
    for year, lines in (("2024", LINES[:3]), ("2024b", LINES[3:])):
        rows = "\n".join(",".join(map(str, line)) for line in lines)
        (place / f"销售明细{year}.csv").write_bytes(f"{HEAD}\n{rows}\n".encode("gb18030"))
    with xlsxwriter.Workbook(str(place / "应收.xlsx")) as book:
        invoices, notes = book.add_worksheet("发票"), book.add_worksheet("说明")
        invoices.write_row(0, 0, ["发票台账"])
        invoices.write_row(1, 0, ["发票号码", "客户编码", "开票日期", "到期日期", "价税合计"])
        invoices.write_row(2, 0, ["F1", "K1", "2024-01-06", "2024-02-06", 169.5])
        notes.write_row(0, 0, ["颜色", "含义"])
        notes.write_row(1, 0, ["红", "急"])
    (place / "readme.pdf").write_bytes(b"%PDF-1.7")
    return place


def _ledger(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "ledger.csv"
    path.write_text("\n".join(("月份,净销售额", *rows)) + "\n", encoding="utf-8")
    return path


def test_files_of_one_layout_feed_one_table_and_masters_come_out_of_the_lines(folder: Path) -> None:
    found = onboard(folder)
    rows = {plan.proposal.table.name: (len(plan.files), plan.trial.accepted) for plan in found.plans}
    assert rows == {"customers": (2, 3), "products": (2, 3), "order_lines": (2, 4), "invoices": (1, 1)}
    assert [sheet.name for sheet in found.unclear] == ["应收.xlsx#说明"]
    assert sum(plan.trial.rejected for plan in found.plans) == 0


def test_the_proposals_load_and_import_as_they_are(folder: Path, tmp_path: Path) -> None:
    found = onboard(folder)
    for path in write_mappings(found, tmp_path / "maps", "zh"):
        assert load_mapping(path).table is not None
    book = Book.create(tmp_path / "book", Settings(name="T"), actor="a", at=AT)
    done = import_plans(book, found.plans, rejects=None, actor="a", at=AT)
    assert {one.table: one.rejected for one in done} == {
        "customers": 0, "products": 0, "order_lines": 0, "invoices": 0,
    }  # fmt: skip
    again = import_plans(book, onboard(folder).plans, rejects=None, actor="a", at=AT)
    assert sum(one.new + one.changed for one in again) == 0


def test_a_name_that_changes_from_file_to_file_rejects_no_customer(folder: Path, tmp_path: Path) -> None:
    changed = (*LINES[0][:2], "远大重工", *LINES[0][3:])
    row = ",".join(map(str, ("X9", *changed[1:])))
    (folder / "销售明细2025.csv").write_bytes(f"{HEAD}\n{row}\n".encode("gb18030"))
    book = Book.create(tmp_path / "book", Settings(name="T"), actor="a", at=AT)
    done = import_plans(book, onboard(folder).plans, rejects=None, actor="a", at=AT)
    assert sum(one.rejected for one in done) == 0
    names = {row["code"]: row["name"] for row in book.read("customers", book.current()).to_pylist()}
    assert set(names) == {"K1", "K2", "K3"}


def test_a_mapping_file_that_was_corrected_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    found = onboard(folder)
    first = write_mappings(found, tmp_path / "maps", "en")
    first[0].write_text("table: customers\n", encoding="utf-8")
    assert write_mappings(found, tmp_path / "maps", "en") == []
    assert first[0].read_text(encoding="utf-8") == "table: customers\n"


def test_the_ledger_agrees_to_the_cent_or_the_months_are_named(folder: Path, tmp_path: Path) -> None:
    good = _ledger(tmp_path, "2024-01,150.00", '2024年2月,"48.00"', "202403,30", "合计,228")
    found = onboard(folder, ledger=good)
    assert found.ledger is not None
    assert found.ledger.differing == ()
    bad = onboard(folder, ledger=_ledger(tmp_path, "2024-01,150.01", "2024-03,30", "2024-04,7"))
    assert bad.ledger is not None
    named = [(m.month, m.difference) for m in bad.ledger.differing]
    assert named == [("2024-01", Decimal("-0.01")), ("2024-02", Decimal("48")), ("2024-04", Decimal("-7"))]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a,b\n1,2\n", "ledger.no-months", None),
        ("month,amount,sales\n2024-01,1,2\n", "ledger.which-amount", None),
        ("month,amount\n2024-01,1\nsoon,2\n", "ledger.bad-month", 3),
        ("month,amount\n2024-13,1\n", "ledger.bad-month", 2),
        ("month,amount\n2024-01,much\n", "ledger.bad-amount", 2),
        ("month,amount\n2024-01,\n", "ledger.bad-amount", 2),
    ],
)
def test_a_ledger_that_cannot_be_read_is_refused_with_its_line(
    folder: Path, tmp_path: Path, text: str, code: str, line: int | None
) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TierwiseError) as error:
        onboard(folder, ledger=path)
    assert (error.value.code, error.value.problems[0].line) == (code, line)


def test_customers_under_two_codes_are_named_with_what_they_share(folder: Path) -> None:
    (folder / "客户.csv").write_text(
        "客户编码,客户名称,统一社会信用代码\nK1,远大机械有限公司,91A\nK3,远大机械 有限公司,\nK2,宏图电子,91B\nK4,宏图,91b\n",
        encoding="utf-8",
    )
    twins = {(twin.by, twin.codes) for twin in onboard(folder).twins}
    assert twins == {("name", ("K1", "K3")), ("unified_credit_code", ("K2", "K4"))}


def test_names_differ_only_by_what_decides() -> None:
    assert same_name("ＡＣＭＥ Co., Ltd.") == same_name("acme")
    assert same_name("北京远大 有限公司") == same_name("北京远大股份有限公司")
    assert same_name("北京远大") != same_name("上海远大")
    assert same_name("有限公司") != ""


def test_what_the_data_supports_and_what_is_missing_is_listed(folder: Path) -> None:
    found = onboard(folder)
    metrics = {one.code: one for one in found.metrics}
    policies = {one.code: one for one in found.policies}
    assert metrics["net_sales"].state == "partly"  # three months of twelve
    assert metrics["recency_days"].state == "yes"
    assert metrics["gross_profit"].state == "no"
    assert any("cost_amount" in text.en and "成本" in text.zh for text in metrics["gross_profit"].missing)
    assert metrics["overdue"].missing[0].en == "table payments"
    assert policies["credit_rating"].state == "no"
    assert policies["rfm_rank"].state != "no"


def test_files_that_others_look_into_are_not_called_unknown(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("OrderID,CustomerID,OrderDate\n1,A,2026-01-02\n2,B,2026-01-03\n")
    (tmp_path / "details.csv").write_text(
        "OrderID,ProductID,UnitPrice,Quantity\n1,P,2.50,3\n1,Q,1.25,1\n2,P,2.50,1\n"
    )
    (tmp_path / "colours.csv").write_text("colour,meaning\nred,urgent\n")
    found = onboard(tmp_path)
    assert [plan.trial.accepted for plan in found.plans if plan.proposal.table.name == "order_lines"] == [3]
    assert found.beside == ("orders.csv",)
    assert [sheet.name for sheet in found.unclear] == ["colours.csv"]


def test_a_list_of_customers_whose_code_is_called_customer_is_one(tmp_path: Path) -> None:
    """``customer, name, region``: the lines tell customers too, but no regions, and not who never bought."""
    (tmp_path / "list.csv").write_text("customer,name,region\nC1,Alpha,East\nC2,Beta,West\nC3,Gamma,West\n")
    lines = "".join(f"{n},C{n % 2 + 1},2026-01-0{n},{n}0.50\n" for n in range(1, 6))
    (tmp_path / "sales.csv").write_text(f"order no,customer,order date,amount\n{lines}")
    found = onboard(tmp_path)
    rows = {plan.proposal.table.name: (plan.files[0].name, plan.trial.accepted) for plan in found.plans}
    assert rows == {"customers": ("list.csv", 3), "order_lines": ("sales.csv", 5)}
    (customers,) = [plan.proposal for plan in found.plans if plan.proposal.table.name == "customers"]
    assert {s.column: s.expression for s in customers.sources} == {
        "code": "customer",
        "name": "name",
        "region": "region",
    }


@pytest.mark.parametrize(
    ("amounts", "note"),
    [("revenue,turnover", "onboard.ambiguous-header"), ("x1,x2", "onboard.missing-column")],
)
def test_a_file_that_is_no_table_says_what_it_comes_nearest_to_and_what_stands_in_the_way(
    tmp_path: Path, amounts: str, note: str
) -> None:
    rows = "".join(f"{n},C{n % 2},2026-01-0{n},{n}00,{n}13\n" for n in range(1, 6))
    (tmp_path / "sales.csv").write_text(f"order no,customer code,order date,{amounts}\n{rows}")
    (tmp_path / "legend.csv").write_text("colour,meaning\nred,urgent\n")
    found = onboard(tmp_path)
    assert sorted(sheet.name for sheet in found.unclear) == ["legend.csv", "sales.csv"]
    ((number, near),) = found.nearest.items()
    assert (near.table.name, near.sheet.number) == ("order_lines", number)
    assert note in [one.code for one in near.notes]


def test_a_column_called_type_is_what_its_values_are(tmp_path: Path) -> None:
    lines = "客户编码,客户名称,类型\nA,甲公司,现有客户\nB,乙公司,潜在客户\n"
    (tmp_path / "客户.csv").write_text(lines, encoding="utf-8")
    (proposed,) = onboard(tmp_path).plans
    assert "kind: 类型" in proposed.text("zh")
    (tmp_path / "客户.csv").write_text(
        lines.replace("现有", "企业").replace("潜在", "渠道"), encoding="utf-8"
    )
    (proposed,) = onboard(tmp_path).plans
    assert "relation_type: 类型" in proposed.text("zh")


def test_a_limit_in_the_records_needs_no_table_of_terms(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("客户编码,客户名称,信用额度\nA,甲公司,500\n", encoding="utf-8")
    limit = next(one for one in onboard(tmp_path).metrics if one.code == "credit_limit")
    assert (limit.state, limit.missing) == ("yes", ())
    file.write_text("客户编码,客户名称\nA,甲公司\n", encoding="utf-8")
    limit = next(one for one in onboard(tmp_path).metrics if one.code == "credit_limit")
    assert limit.lacking("en") == "table credit_terms, or column customers.credit_limit"


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TierwiseError) as error:
        onboard(tmp_path / "nowhere")
    assert error.value.code == "onboard.no-folder"
    with pytest.raises(TierwiseError) as error:
        onboard(tmp_path)
    assert error.value.code == "onboard.no-files"


def test_a_file_that_cannot_be_read_stops_none_of_the_others(folder: Path) -> None:
    (folder / "broken.parquet").write_bytes(b"PAR1 and then nothing")
    found = onboard(folder)
    assert [problem.code for problem in found.unreadable] == ["file.broken-parquet"]
    assert len(found.plans) == 4
