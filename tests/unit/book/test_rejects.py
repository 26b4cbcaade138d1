"""Bad rows never stop good ones, and each says what is wrong with it."""

from __future__ import annotations

import csv

import pytest

from tierwise.book.contract import TABLES
from tierwise.book.reading import Reject, append_rejects, read_files
from tierwise.book.reading.messages import REJECTS
from tierwise.book.reading.rejects import FIELDS

TEXT = """订单号,行号,客户编码,订单日期,未税金额,备注
S1,1,C1,2024-01-05,1,好
S2,1,,01/02/2024,abc,坏
S3,1,C3,2024-01-05,1.23456,坏
S4,1
S5,,C5,2024-01-05,1,缺行号
S6,1,C6,2024-01-05,6,好
"""


@pytest.fixture
def staged(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text(TEXT, encoding="utf-8")
    target = tmp_path / "out" / "rejects.csv"
    target.parent.mkdir()
    return read_files(
        TABLES["order_lines"],
        [path],
        mapping=None,
        base_currency="CNY",
        staging=tmp_path / "s",
        rejects=target,
    )


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rows_are_counted_once_and_problems_by_code(staged):
    assert (staged.accepted, staged.rejected) == (2, 4)
    assert staged.by_code == {
        "import.ambiguous-date": 1,
        "import.bad-number": 1,
        "import.column-count": 1,
        "import.missing-value": 2,
        "import.too-many-places": 1,
    }


def test_a_reject_has_place_value_code_both_sentences_and_the_row(staged):
    row = next(r for r in table(staged.rejects_path) if r["code"] == "import.bad-number")
    place = ["lines.csv", "3", "amount_ex_tax", "未税金额", "abc", "import.bad-number"]
    assert [row[f] for f in FIELDS[:6]] == place
    assert row["未税金额"] == "abc"
    assert "not a number" in row["message_en"]
    assert "不是数字" in row["message_zh"]
    assert (row["订单号"], row["备注"]) == ("S2", "坏")


def test_spreadsheets_open_the_file_as_utf8(staged):
    assert staged.rejects_path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_rejects_are_in_the_order_of_the_file(staged):
    lines = [int(row["line"]) for row in table(staged.rejects_path)]
    assert lines == sorted(lines)


def test_a_key_that_is_missing_is_a_problem_of_its_row(staged):
    assert ("6", "line_no") in {(row["line"], row["column"]) for row in table(staged.rejects_path)}


def test_no_rejects_no_file(tmp_path):
    (tmp_path / "a.csv").write_text("order_number,customer_code,order_date,amount\nS1,C1,2024-01-05,1\n")
    found = read_files(
        TABLES["order_lines"], [tmp_path / "a.csv"], mapping=None, base_currency="CNY", staging=tmp_path / "s"
    )
    assert found.rejects_path is None
    assert not (tmp_path / "s" / "rejects.csv").exists()


def test_later_rejects_are_appended_under_the_same_header(staged):
    column = TABLES["order_lines"].column("order_number")
    again = Reject("lines.csv", 7, "import.duplicate-key", column, "S6/1", {"first": 2}, {"订单号": "S6"})
    assert append_rejects(staged.rejects_path, [again]) == {"import.duplicate-key": 1}
    last = table(staged.rejects_path)[-1]
    assert (last["value"], last["订单号"], last["备注"]) == ("S6/1", "S6", "")


def test_rejects_can_be_the_first_to_be_written(tmp_path):
    append_rejects(tmp_path / "r.csv", [Reject("a.csv", 2, "import.duplicate-key", None, "x", {"first": 1})])
    assert table(tmp_path / "r.csv")[0]["code"] == "import.duplicate-key"


@pytest.mark.parametrize("code", REJECTS.codes())
def test_every_code_has_its_sentence_in_both_languages(code):
    pattern = REJECTS.pattern(code)
    assert pattern.en.endswith(".")
    assert pattern.zh.endswith("。")


def test_a_broken_json_line_and_a_date_without_its_order_are_told_in_words_of_one_language():
    said = REJECTS.say("import.bad-json", "zh", at=7)
    assert said == "该行不是 JSON 对象；错误位于第 7 个字符。"
    for lang in ("en", "zh"):
        assert "13/05/2026" in REJECTS.say("import.ambiguous-date", lang, value="13/05/2026")
    assert "may be" not in REJECTS.pattern("import.ambiguous-date").en
