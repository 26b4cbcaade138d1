"""A quote that is not closed, or closed many lines later, never takes in rows without a word."""

from __future__ import annotations

import pytest

from tierwise.book.contract import TABLES
from tierwise.book.reading import read_files
from tierwise.kernel.errors import TierwiseError

HEADER = "order_number,line_no,customer_code,order_date,amount,note\n"


@pytest.fixture
def read(tmp_path):
    """Reads a text as order lines."""

    def reading(text, table="order_lines"):
        path = tmp_path / "lines.csv"
        path.write_bytes(text.encode())
        return read_files(TABLES[table], [path], base_currency="CNY", staging=tmp_path / "staging")

    return reading


def rows(count, start=1):
    return "".join(f"S{i},1,C1,2026-01-05,5,plain\n" for i in range(start, start + count))


def open_at(read, text):
    with pytest.raises(TierwiseError) as caught:
        read(text)
    problem = caught.value.problems[0]
    assert problem.code == "file.unclosed-quote"
    assert problem.say("zh") != problem.say("en")
    return problem.line


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quote_open_to_the_end_is_an_error_on_its_line(read, end):
    text = HEADER + rows(10) + 'S11,1,C1,2026-01-05,5,"bad quote\n' + rows(89, 12)
    assert open_at(read, text.replace("\n", end)) == 12


def test_a_quote_open_on_the_last_row_is_an_error_with_and_without_a_line_break(read):
    text = HEADER + rows(3) + 'S4,1,C1,2026-01-05,5,"bad'
    assert open_at(read, text) == 5
    assert open_at(read, text + "\n") == 5


def test_a_quote_in_a_middle_column_is_an_error_although_the_width_is_wrong(read):
    assert open_at(read, HEADER + rows(3) + 'S4,1,"C1,2026-01-05,5,x\n' + rows(3)) == 5


def test_an_open_quote_below_a_field_over_several_lines_is_named_by_its_own_line(read):
    assert open_at(read, HEADER + 'S1,1,"C\n1",2026-01-05,5,"bad\n' + rows(2)) == 3


def test_a_quote_beyond_the_first_block_is_found(read):
    assert open_at(read, HEADER + rows(200_000) + 'S0,1,C1,2026-01-05,5,"bad\n' + rows(3)) == 200_002


def test_an_open_quote_in_the_header_is_an_error(read):
    assert open_at(read, HEADER.replace("note", '"note') + rows(3)) == 1


def test_a_header_alone_with_quotes_is_no_row(read):
    assert read(HEADER.strip().replace("note", '"note"')).accepted == 0


@pytest.mark.parametrize("end", ["", "\n"])
def test_quotes_that_are_closed_or_stand_inside_a_plain_field_are_no_error(read, end):
    text = HEADER + 'S1,1,C1,2026-01-05,5,"two\nlines ""said"" he"\nS2,1,C1,2026-01-05,5,19" rack' + end
    found = read(text)
    assert (found.accepted, found.rejected, found.doubts) == (2, 0, ())


def test_a_field_over_many_lines_is_warned_about_with_line_and_column(read):
    text = HEADER + rows(10) + 'S11,1,C1,2026-01-05,5,"bad\n' + rows(39, 12) + 'S51,1,C1,2026-01-05,5"\n'
    found = read(text + rows(2, 52))
    assert found.accepted == 13
    (doubt,) = found.doubts
    assert (doubt.code, doubt.line, doubt.column) == ("file.long-field", 12, "note")
    assert "1 field holds" in doubt.say("en")
    assert "note" in doubt.say("zh")
    assert "12" in doubt.say("zh")


def test_a_row_rejected_for_its_width_is_warned_about_if_it_took_in_many_lines(read):
    found = read(HEADER + 'S1,1,"C1,2026-01-05,5,x\n' + rows(20, 2) + 'S22,"1,C1\n' + rows(2, 30))
    assert (found.accepted, found.by_code) == (2, {"import.column-count": 1})
    assert [(doubt.line, doubt.column) for doubt in found.doubts] == [(2, "customer_code")]


def test_a_dozen_line_breaks_in_a_field_are_fine(read):
    assert read(HEADER + 'S1,1,C1,2026-01-05,5,"' + "x\n" * 12 + '"\n').doubts == ()
