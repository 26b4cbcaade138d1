"""Files become checked, typed rows."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tierwise.book.contract import TABLES
from tierwise.book.reading import Mapping, read_files

HEADER = "订单号,行号,客户编码,订单日期,未税金额,币种"


@pytest.fixture
def read(tmp_path):
    """Writes a file and reads it: (Staged, rows as dictionaries in file order)."""

    def reading(content, name="lines.csv", table="order_lines", **options):
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        options.setdefault("mapping", None)
        staged = read_files(
            TABLES[table], [path], base_currency="CNY", staging=tmp_path / "staging", **options
        )
        return staged, rows_of(staged)

    return reading


def rows_of(staged):
    files = [str(path) for path in staged.rows_paths]
    result = duckdb.execute("SELECT * FROM read_parquet($1) ORDER BY source_file, source_line", [files])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def rejects_of(staged):
    with staged.rejects_path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_plain_file_becomes_typed_rows_with_defaults(read):
    staged, rows = read(f"{HEADER}\nS1,1,C1,2024-01-05,12.50,\n")
    assert (staged.accepted, staged.rejected, staged.identity) == (1, 0, "key")
    row = rows[0]
    assert row["order_date"] == row["posting_date"] == date(2024, 1, 5)
    assert (row["amount_ex_tax"], row["currency"], row["line_type"]) == (Decimal("12.5000"), "CNY", "sale")
    assert (row["status"], row["to_stock"], row["source_file"], row["source_line"]) == ("posted", True, 1, 2)


def test_a_staged_file_has_every_column_of_the_contract(read):
    _, rows = read(f"{HEADER}\nS1,1,C1,2024-01-05,12.50,\n")
    expected = [column.name for column in TABLES["order_lines"].file_columns]
    assert list(rows[0]) == [*expected, "known_on", "source_file", "source_line"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found_out(read, encoding, delimiter):
    text = f"{HEADER}\nS1,1,客户甲,2024-01-05,12.50,人民币\n".replace(",", delimiter)
    staged, rows = read(text.encode(encoding))
    assert (rows[0]["customer_code"], rows[0]["currency"]) == ("客户甲", "CNY")
    assert staged.files[0].rows == 1


def test_a_packed_file_reads_like_the_plain_one(read):
    _, plain = read(f"{HEADER}\nS1,1,C1,2024-01-05,12.50,\n")
    _, packed = read(gzip.compress(f"\ufeff{HEADER}\nS1,1,C1,2024-01-05,12.50,\n".encode()), "lines.csv.gz")
    assert packed == plain


def test_headers_match_whatever_their_case_width_and_blanks(read):
    _, rows = read(
        "ＯＲＤＥＲ Number,LINE-NO,Customer_Code,order date,Amount Without Tax\nS1,1,C1,2024-01-05,1\n"
    )
    assert rows[0]["order_number"] == "S1"


def test_unknown_headers_are_reported_and_not_errors(read):
    staged, _ = read(f"{HEADER},天气\nS1,1,C1,2024-01-05,1,,晴\n")
    assert staged.unused_headers == ("天气",)
    assert staged.used["order_number"] == "订单号"


def test_line_numbers_are_physical_lines(read):
    text = f'{HEADER}\nS1,1,"C\n1",2024-01-05,1,\n\nS2,1,C2,2024-01-05,x,\nS3,1\nS4,1,C4,2024-01-05,1,\n'
    staged, rows = read(text)
    assert [row["source_line"] for row in rows] == [2, 7]
    assert [(r["line"], r["code"]) for r in sorted(rejects_of(staged), key=lambda r: int(r["line"]))] == [
        ("5", "import.bad-number"),
        ("6", "import.column-count"),
    ]
    assert staged.files[0].rows == 4


def test_line_numbers_are_right_across_blocks(read):
    lines = "".join(f'S{i},1,"C{i}",2024-01-05,{i}.25,\n' for i in range(200_000))
    _, rows = read(f"{HEADER}\n{lines}")
    assert all(row["source_line"] == i + 2 and row["order_number"] == f"S{i}" for i, row in enumerate(rows))


def test_text_is_trimmed_and_emoji_may_stand_in_keys(read):
    _, rows = read(f"{HEADER}\n\u3000S😀1 ,1, C1\u00a0,2024-01-05,1,\n")
    assert (rows[0]["order_number"], rows[0]["customer_code"]) == ("S😀1", "C1")


def test_without_line_numbers_lines_belong_to_their_document(read):
    staged, rows = read("订单号,客户编码,订单日期,未税金额\nS1,C1,2024-01-05,1\nS1,C1,2024-01-05,1\n")
    assert (staged.identity, len(rows)) == ("document", 2)


def test_payments_without_numbers_are_told_apart_by_occurrence(read):
    staged, _ = read("客户编码,收款日期,收款金额\nC1,2024-01-05,1\n", table="payments")
    assert staged.identity == "occurrence"


def test_two_hundred_columns_are_no_obstacle(read):
    extra = ",".join(f"x{i}" for i in range(200))
    staged, rows = read(f"{HEADER},{extra}\nS1,1,C1,2024-01-05,1,,{',' * 199}\n")
    assert (len(rows), len(staged.unused_headers)) == (1, 200)


def test_several_files_are_one_reading(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"{HEADER}\n{name},1,C1,2024-01-05,1,\n")
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    staged = read_files(
        TABLES["order_lines"], files, mapping=None, base_currency="CNY", staging=tmp_path / "s"
    )
    assert [(r["order_number"], r["source_file"]) for r in rows_of(staged)] == [("a", 1), ("b", 2)]


def test_excel_dates_and_numbers_keep_their_meaning(read, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "lines.xlsx")) as book:
        sheet = book.add_worksheet("一月")
        sheet.write_row(1, 0, HEADER.split(","))
        sheet.write_row(2, 0, ["S1", 1, 10086])
        sheet.write_datetime(2, 3, date(2024, 1, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number(2, 4, 0.1 + 0.2)
    staged, rows = read(None, "lines.xlsx")
    row = rows[0]
    assert (row["customer_code"], row["order_date"]) == ("10086", date(2024, 1, 5))
    assert (row["amount_ex_tax"], row["source_line"]) == (Decimal("0.3000"), 3)
    assert staged.files[0].encoding == "excel"


def test_sheets_that_are_passed_over_are_told_but_not_hidden_ones_and_our_own_notes(read, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "lines.xlsx")) as book:
        for name in ("一月", "二月", "暂存", "说明"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER.split(","))
            sheet.write_row(1, 0, ["S1", 1, 10086, "2024-01-05", 1])
            if name == "暂存":
                sheet.hide()
    staged, rows = read(None, "lines.xlsx")
    (doubt,) = staged.doubts
    assert (doubt.code, doubt.slots["sheets"], len(rows)) == ("file.other-sheets", "二月", 1)
    named = read_files(TABLES["order_lines"], [tmp_path / "lines.xlsx"], mapping=Mapping(sheet="二月"),
                       base_currency="CNY", staging=tmp_path / "named")  # fmt: skip
    assert named.doubts == ()


def test_parquet_rows_are_read_with_their_types(read, tmp_path):
    data = {"order_number": ["S1"], "customer_code": [7], "order_date": [date(2024, 1, 5)], "amount": [2.55]}
    pq.write_table(pa.table(data), tmp_path / "lines.parquet")
    _, rows = read(None, "lines.parquet")
    assert (rows[0]["customer_code"], rows[0]["amount_ex_tax"]) == ("7", Decimal("2.5500"))
    assert rows[0]["source_line"] == 1


def test_json_lines_keep_the_digits_and_may_miss_keys(read):
    good = {"order_number": "S1", "line_no": 1, "customer_code": "C1", "order_date": "2024-01-05"}
    text = json.dumps(good)[:-1] + ', "amount": 0.1000}\nno json\n' + json.dumps(good | {"amount": 5}) + "\n"
    staged, rows = read(text, "lines.jsonl")
    assert [(r["amount_ex_tax"], r["source_line"]) for r in rows] == [
        (Decimal("0.1000"), 1),
        (Decimal("5.0000"), 3),
    ]
    assert staged.by_code == {"import.bad-json": 1}


def test_known_on_may_come_with_the_file(read):
    _, rows = read(f"{HEADER},known_on\nS1,1,C1,2024-01-05,1,,2024-02-01\n")
    assert rows[0]["known_on"] == date(2024, 2, 1)


def test_every_choice_is_read_by_code_label_and_synonym(read):
    column = TABLES["order_lines"].column("line_type")
    words = [
        (c.code, w) for c in column.choices for w in (c.code, c.label.en.upper(), c.label.zh, *c.synonyms)
    ]
    body = "".join(f"S{i},1,C1,2024-01-05,1,,{word}\n" for i, (_, word) in enumerate(words))
    _, rows = read(f"{HEADER},line_type\n{body}")
    assert [row["line_type"] for row in rows] == [code for code, _ in words]


def test_progress_is_told_in_bytes(read):
    told = []
    read(f"{HEADER}\nS1,1,C1,2024-01-05,1,\n", progress=lambda *args: told.append(args))
    assert told
    assert told[-1][0] == "lines.csv"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_file_with_only_a_header_is_an_empty_reading(read, name):
    table = TABLES[name]
    header = ",".join(column.label.zh for column in table.file_columns)
    staged, rows = read(f"{header}\n", table=name)
    assert (staged.accepted, staged.rejected, rows) == (0, 0, [])


def test_a_column_may_not_be_both_derived_and_read(read):
    staged, _ = read(f"{HEADER},本位币金额\nS1,1,C1,2024-01-05,1,,5\n")
    assert staged.unused_headers == ("本位币金额",)
    assert replace(staged).accepted == 1
