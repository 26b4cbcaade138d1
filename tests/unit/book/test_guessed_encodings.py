"""An encoding that was guessed is said, and a bad guess is warned about or refused."""

from __future__ import annotations

import json

import pytest

from tierwise.book.contract import TABLES
from tierwise.book.reading import Mapping, read_files
from tierwise.kernel.errors import TierwiseError

SIMPLIFIED = "C1,深圳市华强电子有限公司\nC2,上海喆堃贸易有限公司\nC3,张三丰商行（已注销）\n"
TRADITIONAL = "C1,深圳市華強電子有限公司\nC2,臺北貿易股份有限公司\nC3,張三豐商行（已註銷）\n"
JAPANESE = "C1,東京電機株式会社\nC2,カタカナ商事\nC3,山田太郎のお店\n"
LATIN = "C1,Banque Générale\nC2,Müller Söhne\nC3,São Paulo\n"
HEADER = "customer_code,customer_name\n"


@pytest.fixture
def doubts(tmp_path):
    """Reads bytes as customers and returns the codes of the warnings."""

    def reading(content, mapping=None, name="customers.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        staging = tmp_path / "staging"
        found = read_files(TABLES["customers"], [path], mapping=mapping, base_currency="CNY", staging=staging)
        for doubt in found.doubts:
            assert "GB18030" in doubt.say("en")
            assert "GB18030" in doubt.say("zh")
        return [doubt.code for doubt in found.doubts]

    return reading


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL])
def test_chinese_read_as_gb18030_is_said_without_alarm(doubts, text):
    assert doubts((HEADER + text).encode("gb18030")) == ["file.read-as-gb18030"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(TRADITIONAL, "big5"), (JAPANESE, "shift-jis"), (JAPANESE, "euc-jp"), (LATIN, "latin-1")],
)
def test_what_is_hardly_chinese_is_warned_about_with_the_remedy(doubts, text, encoding):
    content = (HEADER + text).encode(encoding)
    assert doubts(content) == ["file.doubtful-encoding"]
    assert doubts(content, Mapping(encoding=encoding)) == []


def test_utf8_and_a_stated_encoding_are_no_guess(doubts):
    assert doubts((HEADER + SIMPLIFIED).encode()) == []
    assert doubts((HEADER + SIMPLIFIED).encode("gb18030"), Mapping(encoding="gbk")) == []


def test_json_lines_in_gb18030_are_said_too(doubts):
    row = json.dumps({"customer_code": "C1", "customer_name": "深圳市华强电子"}, ensure_ascii=False)
    assert doubts(row.encode("gb18030"), name="customers.jsonl") == ["file.read-as-gb18030"]


@pytest.mark.parametrize(
    "before", [SIMPLIFIED, "C1,Société\nC2,Müller\nC3,São Paulo\nC4,Übergröße\nC5,Ñandú\n" * 5]
)
def test_one_line_of_gb18030_in_a_file_of_utf8_is_refused_with_its_line(doubts, before):
    content = (HEADER + before).encode() + "C9,华强\n".encode("gb18030") + before.encode()
    with pytest.raises(TierwiseError) as caught:
        doubts(content)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("file.mixed-encoding", 2 + before.count("\n"))
    assert "encoding:" in problem.say("en")
    assert "encoding:" in problem.say("zh")


def test_a_file_of_gb18030_with_one_line_of_utf8_is_not_refused_but_its_line_shows(doubts):
    content = (HEADER + SIMPLIFIED * 3).encode("gb18030") + "C9,华强电子商行\n".encode()
    assert doubts(content) == ["file.read-as-gb18030"]
