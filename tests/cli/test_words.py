"""Lines break where a reader expects it; numbers and words to copy are safe."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tierwise_cli.plain import exact, quoted
from tierwise_cli.progress import Progress
from tierwise_cli.screen import number, percent, shown
from tierwise_cli.wrapping import wrap


def test_chinese_breaks_between_characters_and_never_before_a_comma():
    assert wrap("净销售额为一千元，排名第一。", 10) == ["净销售额为", "一千元，排", "名第一。"]
    assert wrap("净销售额为一，排名第一。", 12) == ["净销售额为", "一，排名第", "一。"]


def test_words_and_numbers_stay_whole():
    assert wrap("净销售额为 CNY 1,250.50，第一", 16) == ["净销售额为 CNY", "1,250.50，第一"]


@example("1111 。。））", 12)
@given(st.text(alphabet="净销售额，。（） abc,.12", max_size=60), st.integers(12, 40))
def test_wrapping_loses_no_character_and_keeps_the_width(text: str, width: int):
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert cell_len(line) <= width or len(line.split()) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (1234567, "1,234,567"),
        (Decimal("1234.5"), "1,234.50"),
        (Decimal("1200.0000"), "1,200"),
        (Decimal("-0.005"), "-0.01"),
        (True, "✓"),
    ],
)
def test_values_for_people(value: object, text: str):
    assert shown(value) == text


def test_a_value_that_rounds_to_a_whole_number_does_not_look_whole():
    assert number(Decimal("11.999")) == "12.00"


def test_shares_are_rounded_half_up():
    assert percent(1, 16) == "6.3 %"
    assert percent(0, 0) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [("1.50", "1.5"), ("100", "100"), ("1E+2", "100"), ("-0.0", "0"), ("0.0000001", "0.0000001")],
)
def test_decimals_for_programs_keep_every_digit(value: str, text: str):
    assert exact(Decimal(value)) == text


@pytest.mark.parametrize(
    ("word", "text"),
    [("book", "book"), ("my book", "'my book'"), ("a'b", r"'a'\''b'"), ("账簿", "账簿"), ("", "''")],
)
def test_words_to_copy_are_quoted_where_a_shell_needs_it(word: str, text: str):
    assert quoted(word) == text


def test_progress_is_silent_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch):
    err = io.StringIO()
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setattr("tierwise_cli.progress.PATIENCE_SECONDS", 0.0)
    with Progress("en") as progress:
        progress("customers")
        progress("orders.csv", 5, 10)
    assert err.getvalue() == ""


def test_progress_shows_only_after_a_while(monkeypatch: pytest.MonkeyPatch):
    err = io.StringIO()
    monkeypatch.setattr("sys.stderr", err)
    with Progress("en", terminal=True) as progress:
        progress("customers")
    assert err.getvalue() == ""
    monkeypatch.setattr("tierwise_cli.progress.PATIENCE_SECONDS", 0.0)
    with Progress("zh", terminal=True) as progress:
        progress("customers")
        assert progress._timer is not None
        progress._timer.join()
        progress("orders.csv", 5, 10)
        progress("metrics")
    assert err.getvalue() != ""
