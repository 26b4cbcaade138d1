"""Texts become exact values, or none; checked against plain Python."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tierwise.book.contract import TABLES
from tierwise.book.reading.values import Reading, parsed, trouble
from tierwise.engine.names import literal

ORDERS = TABLES["order_lines"]
MONEY, DAY, LINE, FLAG = (ORDERS.column(n) for n in ("amount_ex_tax", "order_date", "line_no", "to_stock"))
DATE_FORMS = ["{0:04}-{1:02}-{2:02}", "{0}/{1}/{2}", "{0}年{1}月{2}日", "{0:04}{1:02}{2:02}"]
MARGIN = TABLES["products"].column("standard_margin_pct")


@pytest.fixture(scope="module")
def evaluate():
    connection = duckdb.connect()

    def value(column, text, reading=Reading()):  # noqa: B008 (frozen)
        x = literal(text)
        v = parsed(column, "x", reading)
        return connection.execute(
            f"SELECT v, {trouble(column, 'x', 'v', reading)} FROM (SELECT x, {v} AS v FROM (SELECT {x} AS x))"
        ).fetchone()

    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.50", "1234.50"), ("1,234.50", "1234.50"), ("¥1,234.5", "1234.5"), ("$5", "5"), ("-5", "-5"),
        ("(1,234.50)", "-1234.50"), ("1,234.50-", "-1234.50"), ("１２３．４５", "123.45"), ("+7", "7"), (".5", "0.5"),
        ("1.500000", "1.5"), ("1.5e3", "1500"), ("1 234.5", "1234.5"), ("12元", "12"), (" 3 ", "3"), ("-0", "0"),
        ("RMB 8", "8"), ("（12）", "-12"), ("99999999999999.9999", "99999999999999.9999"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(evaluate, text, expected):
    assert evaluate(MONEY, text) == (Decimal(expected), None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("abc", "import.bad-number"), ("1,2345", "import.bad-number"), ("1_000", "import.bad-number"),
        ("0x10", "import.bad-number"), ("--5", "import.bad-number"), ("(-5)", "import.bad-number"),
        ("1.2.3", "import.bad-number"), ("NaN", "import.bad-number"), ("Infinity", "import.bad-number"),
        ("-", "import.bad-number"), ("5%", "import.bad-number"), ("1.23456", "import.too-many-places"),
        ("0.00001", "import.too-many-places"), ("1e-7", "import.too-many-places"),
        ("999999999999999", "import.number-too-large"), ("1e40", "import.number-too-large"),
        ("9" * 60, "import.number-too-large"),
    ],
)  # fmt: skip
def test_what_is_no_exact_number_says_why(evaluate, text, code):
    assert evaluate(MONEY, text) == (None, code)


def test_the_mapping_may_allow_rounding_away_from_zero(evaluate):
    assert evaluate(MONEY, "-1.00005", Reading(round=True))[0] == Decimal("-1.0001")


def test_a_decimal_comma_is_read_where_it_is_declared(evaluate):
    assert evaluate(MONEY, "1.234,50", Reading(decimal_comma=True))[0] == Decimal("1234.50")


def test_percent_signs_belong_to_percent_columns(evaluate):
    assert evaluate(MARGIN, "12.5%")[0] == evaluate(MARGIN, "12.5 ％")[0] == Decimal("12.5")


def test_whole_numbers_are_not_rounded(evaluate):
    assert evaluate(LINE, "10.0") == (10, None)
    assert evaluate(LINE, "1.5") == (None, "import.not-whole")
    assert evaluate(LINE, "123456789012345678901") == (None, "import.number-too-large")


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05", "2024/1/5", "2024-1-5", "2024年1月5日", "2024 年 1 月 5 日", "20240105", "2024.1.5", "２０２４-０１-０５",
        "2024-01-05 10:20", "2024-01-05T10:20:30Z", "2024-01-05 00:00:00.000", "2024/1/5 9:05:00", "2024-01-05 10:20:30+08:00",
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(evaluate, text):
    assert evaluate(DAY, text) == (date(2024, 1, 5), None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01/02/2024", "import.ambiguous-date"), ("13-02-24", "import.ambiguous-date"), ("2024-13-01", "import.bad-date"),
        ("2024-02-30", "import.bad-date"), ("20240230", "import.bad-date"), ("epoch", "import.bad-date"),
        ("infinity", "import.bad-date"), ("2024-01-05x", "import.bad-date"), ("45000", "import.bad-date"),
        ("0024-01-05", "import.date-out-of-range"), ("2024-01-05 (BC)", "import.bad-date"), ("2024/2/30", "import.bad-date"),
    ],
)  # fmt: skip
def test_what_is_no_certain_date_says_why(evaluate, text, code):
    assert evaluate(DAY, text) == (None, code)


def test_a_declared_format_settles_day_and_month(evaluate):
    reading = Reading(date_formats=("%d/%m/%Y",))
    assert evaluate(DAY, "01/02/2024", reading)[0] == date(2024, 2, 1)
    assert evaluate(DAY, "2024-01-05", reading)[0] == date(2024, 1, 5)


@pytest.mark.parametrize(
    ("text", "expected"), [("是", True), ("YES", True), ("0", False), ("否", False), ("n", False)]
)
def test_flags_are_read_in_both_languages(evaluate, text, expected):
    assert evaluate(FLAG, text) == (expected, None)


def test_another_word_is_no_flag(evaluate):
    assert evaluate(FLAG, "maybe") == (None, "import.bad-flag")


@pytest.mark.parametrize(
    ("text", "expected"), [("rmb", "CNY"), ("人民币", "CNY"), ("usd", "USD"), ("€", "EUR"), ("sek", "SEK")]
)
def test_currencies_become_codes(evaluate, text, expected):
    assert evaluate(ORDERS.column("currency"), text)[0] == expected


def test_control_characters_are_named(evaluate):
    assert evaluate(ORDERS.column("note"), "a\x07b")[1] == "import.control-character"


@settings(max_examples=200)
@given(
    units=st.integers(-(10**18) + 1, 10**18 - 1),
    places=st.integers(0, 4),
    form=st.sampled_from(["plain", "comma", "paren"]),
)
def test_any_amount_survives_being_written_down(evaluate, units, places, form):
    amount = Decimal(units).scaleb(-4).quantize(Decimal(1).scaleb(-places), rounding="ROUND_DOWN")
    text = f"{amount:f}"
    if form == "comma":
        text = f"{amount:,f}"
    if form == "paren" and amount < 0:
        text = f"({-amount:,f})"
    assert evaluate(MONEY, text) == (amount, None)


@settings(max_examples=200)
@given(day=st.dates(date(1900, 1, 1), date(9999, 12, 31)), form=st.sampled_from(DATE_FORMS))
def test_any_day_survives_being_written_down(evaluate, day, form):
    assert evaluate(DAY, form.format(day.year, day.month, day.day)) == (day, None)


@settings(max_examples=300)
@given(text=st.text("0123456789-/.年月日 :Tex", min_size=1, max_size=12))
def test_a_date_is_only_read_where_python_agrees(evaluate, text):
    found, code = evaluate(DAY, text)
    if found is not None:
        digits = [int(part) for part in "".join(c if c.isdigit() else " " for c in text).split()]
        if len(digits) == 1:
            assert found == date.fromisoformat(f"{digits[0]}")
        else:
            assert found == date(*digits[:3])
    else:
        assert code is not None or not text.strip()


@settings(max_examples=300)
@given(text=st.text("0123456789-+.,()e%¥ _x", min_size=1, max_size=12))
def test_a_number_is_only_read_where_python_agrees(evaluate, text):
    found, _ = evaluate(MONEY, text)
    if found is not None:
        bare = text.replace(",", "").replace("¥", "").replace(" ", "")
        negative = bare.startswith("(") or bare.endswith("-")
        expected = Decimal(bare.strip("()").removesuffix("-"))
        assert found == (-expected if negative else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", date(2024, 2, 29)), ("20２4-02-29", date(2024, 2, 29)), ("2023-02-29", None),
        ("1899-12-31", None), ("9999-12-31", date(9999, 12, 31)), ("20x4-02-29", None), ("2024- 2-29", date(2024, 2, 29)),
        ("２０２４-02-29", date(2024, 2, 29)), ("-024-02-29", None), ("2024-30-02", None),
        ("2024-07-9B", None), ("2024-05-1-", None), ("19-9-07-22", None), ("99-9-8/-00", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("formats", [(), ("%Y-%d-%m",)])
def test_the_usual_form_of_dates_is_read_as_any_form_is(evaluate, text, expected, formats):
    assert evaluate(DAY, text, Reading(date_formats=formats))[0] == expected


@given(st.text(alphabet="0123456789-+._ e", max_size=18))
@example("+ ")
@example("- ")
@example("12")
@settings(max_examples=300)
def test_whole_numbers_without_the_pattern_are_those_with_it(evaluate, text):
    spelled = text.strip().replace(" ", "")
    digits = re.fullmatch(r"[-+]?\d{1,18}", spelled)
    found = evaluate(LINE, text, Reading(blanks="any"))[0]
    if digits:
        assert found == int(spelled)
    elif "." not in spelled and "e" not in spelled and not spelled.endswith("-"):
        assert found is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("１２", 12), ("12", 12), ("０", 0), ("１２３４５", 12345), ("一", None), ("abc", None)],
)
def test_whole_numbers_of_full_width_digits_are_read_as_amounts_are(evaluate, text, expected):
    assert evaluate(LINE, text)[0] == expected


@given(
    st.dates(min_value=date(1899, 1, 1)),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("0123456789-- :/TZ+.e_(B)")), max_size=3),
)
@settings(max_examples=400)
def test_a_blank_behind_a_date_changes_nothing_of_how_it_is_read(evaluate, day, changes):
    text = list(day.isoformat())
    for place, character in changes:
        text[place] = character
    alone = "".join(text)
    assert evaluate(DAY, alone)[0] == evaluate(DAY, f"{alone} ")[0]
