"""Mapping files: every operation, every mistake with its line, and the real data sets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.book.contract import TABLES
from tierwise.book.reading import load_mapping, read_files
from tierwise.book.reading.mapping import OPERATIONS, OPERATORS, Mapping
from tierwise.kernel.errors import TierwiseError


@pytest.fixture
def mapped(tmp_path):
    """Reads one row of (A, B, C) through columns given as YAML; gives the row."""

    def reading(columns, row="a,b,c", extra="", headers="A,B,C", table="order_lines"):
        (tmp_path / "data.csv").write_text(f"{headers}\n{row}\n", encoding="utf-8")
        given_ = columns
        if table == "order_lines":
            keys = {
                "order_number": "{const: S1}",
                "customer_code": "{const: C1}",
                "order_date": "{const: 2024-01-05}",
            }
            given_ = keys | {"amount_ex_tax": "1"} | columns
        lines = "".join(f"  {name}: {text}\n" for name, text in given_.items())
        (tmp_path / "map.yaml").write_text(f"columns:\n{lines}{extra}", encoding="utf-8")
        staged = read_files(
            TABLES[table],
            [tmp_path / "data.csv"],
            mapping=load_mapping(tmp_path / "map.yaml"),
            base_currency="CNY",
            staging=tmp_path / "s",
        )
        found = duckdb.execute(f"SELECT * FROM '{staged.rows_paths[0]}' ORDER BY source_line")
        names = [c[0] for c in found.description]
        return staged, [dict(zip(names, values, strict=True)) for values in found.fetchall()]

    return reading


@pytest.mark.parametrize(
    ("expression", "row", "expected"),
    [
        ("A", "x,y,z", "x"),
        ("{from: b}", "x,y,z", "y"),
        ("{const: 007}", "x,y,z", "7"),
        ("{const: '007'}", "x,y,z", "007"),
        ("{from: A, split: {by: '/', part: 2}}", "x/y,,", "y"),
        ("{from: A, split: {by: '/', part: -1}}", "x/y/z,,", "z"),
        ("{from: A, map: {x: X}}", "x,,", "X"),
        ("{from: A, map: {x: X}}", "w,,", "w"),
        ("{from: A, map: {x: X}, else: other}", "w,,", "other"),
        ("{from: A, strip_prefix: CUST-}", "CUST-9,,", "9"),
        ("{from: A, strip_prefix: CUST-}", "9,,", "9"),
        ("{from: A, prefix: R}", "9,,", "R9"),
        ("{from: A, prefix: R}", ",x,", None),
        ("{concat: [A, B, C], sep: '-'}", "x,,z", "x-z"),
        ("{if: {column: A, starts_with: C}, then: {const: yes it is}, else: B}", "C1,no,", "yes it is"),
        ("{if: {column: A, starts_with: C}, then: {const: yes it is}, else: B}", "D1,no,", "no"),
        ("{if: {column: A, starts_with: C}, then: B}", "D1,no,", None),
        ("{if: {column: A, eq: 1}, then: B, else: C}", "1.0,b,c", "b"),
        ("{if: {column: A, in: [x, y]}, then: B, else: C}", "y,b,c", "b"),
        ("{from: {from: A, strip_prefix: X}, prefix: Y}", "X1,,", "Y1"),
        ('{const: "it\'s; DROP TABLE raw"}', "x,,", "it's; DROP TABLE raw"),
    ],
)
def test_operations_on_texts(mapped, expression, row, expected):
    _, rows = mapped({"note": expression}, row)
    assert rows[0]["note"] == expected


@pytest.mark.parametrize(
    ("expression", "row", "expected"),
    [
        ("{multiply: [A, B]}", "6,2.55,", "15.3"),
        ("{multiply: [A, B]}", "0.5,0.0001,", "0.0001"),
        ("{multiply: [A, B]}", "-0.5,0.0001,", "-0.0001"),
        ("{multiply: [A, B], places: 2}", "1.005,1,", "1.01"),
        ("{multiply: [{multiply: [A, B]}, {subtract: [1, C]}]}", "14,12,0.15", "142.8"),
        ("{add: [A, B]}", "0.1,0.2,", "0.3"),
        ("{subtract: [A, B]}", '"1,000",0.1,', "999.9"),
        ("{from: A, abs: true}", "(5.5),,", "5.5"),
        ("{from: A, negate: true}", "5.5,,", "-5.5"),
    ],
)
def test_operations_on_numbers_are_exact(mapped, expression, row, expected):
    _, rows = mapped({"amount_ex_tax": expression}, row)
    assert rows[0]["amount_ex_tax"] == Decimal(expected)


def test_a_calculation_with_what_is_no_number_is_rejected_as_such(mapped):
    staged, rows = mapped({"amount_ex_tax": "{multiply: [A, B]}"}, "x,2,")
    assert (rows, staged.by_code) == ([], {"import.bad-number": 1})


def test_a_decimal_comma_goes_through_calculations(mapped):
    extra = "decimal_comma: true\ndelimiter: ';'\n"
    _, rows = mapped(
        {"amount_ex_tax": "{multiply: [A, {subtract: [1, B]}]}"}, "1.000,50;0,5;", extra, "A;B;C"
    )
    assert rows[0]["amount_ex_tax"] == Decimal("500.25")


def test_a_date_may_have_a_form_of_its_own(mapped):
    _, rows = mapped({"order_date": "{date: {from: A, format: DD.MM.YYYY}}"}, "01.02.2024,,")
    assert rows[0]["order_date"] == date(2024, 2, 1)


def test_all_dates_may_have_a_form(mapped):
    _, rows = mapped({"order_date": "A"}, "02/01/2024 10:00,,", "date_format: MM/DD/YYYY\n")
    assert rows[0]["order_date"] == date(2024, 2, 1)


def test_a_lookup_fetches_from_a_second_file(mapped, tmp_path):
    (tmp_path / "other.csv").write_text("id,who\n1,Ann\n2,Bob\n2,Bob\n")
    _, rows = mapped({"customer_code": "{lookup: {file: other.csv, from: A, key: id, value: who}}"}, "2,,")
    assert rows[0]["customer_code"] == "Bob"


def test_a_lookup_with_two_answers_is_refused(mapped, tmp_path):
    (tmp_path / "other.csv").write_text("id,who\n2,Ann\n2,Bob\n")
    with pytest.raises(TierwiseError) as caught:
        mapped({"customer_code": "{lookup: {file: other.csv, from: A, key: id, value: who}}"}, "2,,")
    assert caught.value.code == "mapping.lookup-not-unique"


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("{column: A, eq: 5}", ["5"]),
        ("{column: A, ne: 5}", ["7", "x", ""]),
        ("{column: A, in: [5, 7]}", ["5", "7"]),
        ("{column: A, not_in: [5, 7]}", ["x", ""]),
        ("{column: A, gt: 5}", ["7", "x"]),
        ("{column: A, ge: 5}", ["5", "7", "x"]),
        ("{column: A, lt: 7}", ["5", "x"]),
        ("{column: A, le: 7}", ["5", "7", "x"]),
        ("{column: A, is_null: true}", [""]),
        ("{column: A, not_null: true}", ["5", "7", "x"]),
        ("{column: A, starts_with: x}", ["x"]),
        ("{column: A, not_starts_with: x}", ["5", "7", ""]),
    ],
)
def test_filters_keep_what_they_say_and_count_the_rest_apart(mapped, condition, kept):
    staged, rows = mapped({"note": "A"}, "5,1,\n7,1,\nx,1,\n,1,", f"filter:\n  - {condition}\n")
    assert [row["note"] or "" for row in rows] == kept
    assert (staged.rejected, staged.filtered) == (0, 4 - len(kept))


def test_dates_are_compared_as_dates(mapped):
    extra = "filter:\n  - {column: A, ge: 2024-02-01}\n"
    _, rows = mapped({"order_date": "A"}, "2024年1月5日,,\n2024/2/1,,", extra)
    assert [row["order_date"] for row in rows] == [date(2024, 2, 1)]


def test_distinct_keeps_the_first_of_each(mapped):
    columns = {"code": "A", "name": "B"}
    staged, rows = mapped(
        columns, "x,1,\nx,2,\ny,3,", "distinct: [code]\nmatch_rest: false\n", table="customers"
    )
    assert [(row["code"], row["name"]) for row in rows] == [("x", "1"), ("y", "3")]
    assert staged.filtered == 1


def test_the_mapping_may_declare_the_identity(mapped):
    staged, _ = mapped({"line_no": "A"}, "1,,", "identity: document\n")
    assert staged.identity == "document"


def test_words_that_mean_nothing_can_be_named(mapped):
    _, rows = mapped({"note": "A"}, "NULL,,", "empty_values: ['NULL']\n")
    assert rows[0]["note"] is None


def test_every_mistake_is_named_at_once_with_its_line(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(
        "table: order_lines\nskip_rows: -1\ncolour: red\ncolumns:\n  order_number: {multiply: [A]}\n"
        "  qty: {frob: 1}\n  nonsense: A\n  note: {from: A, prefix: x, suffix: y}\nfilter:\n  - {column: A, gt: 1, lt: 2}\n",
        encoding="utf-8",
    )
    with pytest.raises(TierwiseError) as caught:
        load_mapping(path)
    assert {problem.line for problem in caught.value.problems} >= {2, 3, 5, 6, 8, 10}
    assert all(problem.file == str(path) and problem.say("zh") for problem in caught.value.problems)


def test_an_unknown_column_of_the_table_is_named_with_its_line(tmp_path):
    (tmp_path / "map.yaml").write_text("table: order_lines\ncolumns:\n  nonsense: A\n")
    with pytest.raises(TierwiseError) as caught:
        load_mapping(tmp_path / "map.yaml")
    assert (caught.value.problems[0].line, caught.value.code) == (3, "mapping.unknown-column")


def test_a_header_that_the_file_has_not_is_named_with_the_line_of_the_mapping(mapped):
    with pytest.raises(TierwiseError) as caught:
        mapped({"note": "Z"})
    problem = caught.value.problems[0]
    assert (problem.code, problem.line) == ("mapping.unknown-header", 6)


WRONG_EVERYWHERE = """\
table: order_lines
colour: red
columns:
  order_number: No
  customer_code: {frob: 1}
  order_date: {from: Day, format: DD}
  nonsense: Amount
  qty: Pieces
  note: {lookup: {file: gone.csv, from: No, key: a, value: b}}
filter:
  - {column: State, gt: 1, lt: 2}
  - {column: Status, eq: open}
distinct: [line_no, colour]
"""


def test_mistakes_of_the_file_the_table_and_the_headers_come_in_one_round(tmp_path):
    path, data = tmp_path / "map.yaml", tmp_path / "data.csv"
    path.write_text(WRONG_EVERYWHERE)
    data.write_text("No.,Customer,Amount,Amount\n1,2,3,4\n")
    with pytest.raises(TierwiseError) as caught:
        load_mapping(path, table=TABLES["order_lines"], files=[data])
    found = [(Path(p.file).name, p.line, p.code) for p in caught.value.problems]
    assert found == [
        ("map.yaml", 2, "mapping.invalid"),
        ("map.yaml", 4, "mapping.unknown-header"),
        ("map.yaml", 5, "mapping.invalid"),
        ("map.yaml", 6, "mapping.invalid"),
        ("map.yaml", 7, "mapping.unknown-column"),
        ("map.yaml", 8, "mapping.unknown-header"),
        ("map.yaml", 9, "mapping.unknown-header"),
        ("map.yaml", 9, "mapping.lookup-not-found"),
        ("map.yaml", 11, "mapping.invalid"),
        ("map.yaml", 12, "mapping.unknown-header"),
        ("map.yaml", 13, "mapping.unknown-column"),
        ("data.csv", 1, "file.duplicate-header"),
    ]
    assert all(problem.say("zh") for problem in caught.value.problems)


def test_a_column_that_could_not_be_understood_is_not_said_to_be_missing_as_well(tmp_path):
    path, data = tmp_path / "map.yaml", tmp_path / "data.csv"
    path.write_text("columns:\n  customer_code: {frob: 1}\n")
    data.write_text("order_number,order_date,amount_ex_tax\n1,2026-01-02,3\n")
    with pytest.raises(TierwiseError) as caught:
        load_mapping(path, table=TABLES["order_lines"], files=[data])
    assert [(p.line, p.code) for p in caught.value.problems] == [(2, "mapping.invalid")]


def test_without_a_sound_layout_headers_are_not_guessed_at(tmp_path):
    path, data = tmp_path / "map.yaml", tmp_path / "data.csv"
    path.write_text("skip_rows: two\ncolumns:\n  note: Z\n  nonsense: A\n")
    data.write_text("title\n\nA,Z\n")
    with pytest.raises(TierwiseError) as caught:
        load_mapping(path, table=TABLES["order_lines"], files=[data])
    assert caught.value.problems[0].say("en") == "skip_rows: this must be a whole number"
    assert [p.line for p in caught.value.problems] == [1, 4]


def test_all_headers_that_a_file_has_not_are_named_at_once(mapped):
    with pytest.raises(TierwiseError) as caught:
        mapped({"note": "Z", "qty": "{add: [X, Y]}"})
    assert [problem.line for problem in caught.value.problems] == [6, 7, 7]


@pytest.mark.parametrize("text", ["a: [", "- 1\n", "", "\t"])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(TierwiseError):
        load_mapping(tmp_path / "map.yaml")


def test_a_mapping_for_another_table_is_refused_and_nothing_else_is_said(tmp_path):
    path, data = tmp_path / "map.yaml", tmp_path / "data.csv"
    path.write_text("\ntable: customers\ncolumns:\n  name: Z\n")
    data.write_text("A\n1\n")
    with pytest.raises(TierwiseError) as caught:
        load_mapping(path, table=TABLES["order_lines"], files=[data])
    assert [(p.line, p.code) for p in caught.value.problems] == [(2, "mapping.other-table")]


def test_every_operation_operator_and_key_is_documented(repo):
    text = (repo / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
    keys = [name for name in Mapping.model_fields if name not in ("path", "lines")]
    assert [name for name in (*OPERATIONS, *OPERATORS, *keys) if f"`{name}`" not in text] == []


@settings(max_examples=100)
@given(a=st.decimals(-(10**6), 10**6, places=4), b=st.decimals(-(10**4), 10**4, places=6))
def test_products_agree_with_exact_decimals(tmp_path_factory, a, b):
    folder = tmp_path_factory.mktemp("product")
    (folder / "data.csv").write_text(
        f"order_number,customer_code,order_date,A,B\nS,C,2024-01-05,{a:f},{b:f}\n"
    )
    mapping = Mapping.model_validate({"columns": {"amount_ex_tax": {"multiply": ["A", "B"]}}})
    staged = read_files(
        TABLES["order_lines"], [folder / "data.csv"], mapping=mapping, base_currency="CNY", staging=folder
    )
    (found,) = duckdb.execute(f"SELECT amount_ex_tax FROM '{staged.rows_paths[0]}'").fetchone()
    assert found == (a * b).quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP")


CASES = [
    ("online_retail", "order_lines", "online_retail_uci352.parquet", "GBP", 397_884),
    ("online_retail", "customers", "online_retail_uci352.parquet", "GBP", 4_372),
    ("adventureworks", "order_lines", "aw_reseller_sales.csv.gz", "USD", 57_851),
    ("adventureworks", "customers", "aw_reseller_reseller.csv.gz", "USD", 701),
    ("adventureworks", "products", "aw_reseller_product.csv.gz", "USD", 397),
    ("northwind", "order_lines", "northwind_order_details.csv.gz", "USD", 2_155),
    ("northwind", "customers", "northwind_customers.csv.gz", "USD", 93),
    ("northwind", "products", "northwind_products.csv.gz", "USD", 77),
]


@pytest.fixture
def example(repo, shared_data, tmp_path):
    def reading(folder, mapping, file, currency, table=None):
        return read_files(
            TABLES[table or mapping],
            [shared_data / file],
            mapping=load_mapping(repo / "examples" / folder / f"{mapping}.yaml"),
            base_currency=currency,
            staging=tmp_path,
        )

    return reading


@pytest.mark.parametrize(("folder", "table", "file", "currency", "rows"), CASES)
def test_the_example_mappings_read_every_row_of_the_real_data(example, folder, table, file, currency, rows):
    staged = example(folder, table, file, currency)
    assert (staged.accepted, staged.rejected, staged.by_code) == (rows, 0, {})


def test_online_retail_gives_its_published_total(example):
    staged = example("online_retail", "order_lines", "online_retail_uci352.parquet", "GBP")
    found = duckdb.execute(
        "SELECT sum(amount_ex_tax), count(DISTINCT customer_code) FROM read_parquet($1)",
        [str(staged.rows_paths[0])],
    ).fetchone()
    assert found == (Decimal("8911407.9040"), 4_338)
    assert (staged.identity, staged.filtered) == ("document", 541_909 - 397_884)


def test_online_retail_with_returns_has_its_cancellations(example):
    staged = example(
        "online_retail",
        "order_lines_with_returns",
        "online_retail_uci352.parquet",
        "GBP",
        table="order_lines",
    )
    found = duckdb.execute(
        "SELECT count(*) FROM read_parquet($1) WHERE line_type = 'return' AND amount_ex_tax < 0",
        [str(staged.rows_paths[0])],
    ).fetchone()
    assert (staged.rejected, found) == (0, (8_905,))
