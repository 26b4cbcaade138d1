"""A bad file gets one clear error, in both languages, quickly and in bounded memory."""

from __future__ import annotations

import gzip
import zipfile
import zlib

import pytest
import xlsxwriter

from tierwise.book.contract import TABLES
from tierwise.book.reading import Limits, Mapping, read_files
from tierwise.kernel.errors import TierwiseError

HEADER = "order_number,line_no,customer_code,order_date,amount\n"
ROW = "S1,1,C1,2024-01-05,1\n"


@pytest.fixture
def refused(tmp_path):
    """Writes a file, reads it and returns the problems that refuse it."""

    def refusing(content, name="lines.csv", **options):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(TierwiseError) as caught:
            read_files(
                TABLES["order_lines"],
                [path],
                mapping=options.pop("mapping", None),
                base_currency="CNY",
                staging=tmp_path / "staging",
                **options,
            )
        for problem in caught.value.problems:
            assert problem.say("en")
            assert problem.say("zh")
            assert name in (problem.file or "")
        return caught.value.problems

    return refusing


def test_a_file_that_is_not_there(refused):
    assert refused(None)[0].code == "file.not-found"


def test_a_folder(refused, tmp_path):
    (tmp_path / "folder").mkdir()
    assert refused(None, "folder")[0].code == "file.is-directory"


def test_an_empty_file(refused):
    assert refused(b"")[0].code == "file.empty"


def test_a_name_that_promises_gzip_is_told_what_the_content_is(refused):
    problem = refused(HEADER + ROW, "lines.csv.gz")[0]
    assert problem.code == "file.wrong-format"
    assert "the name says gzip but the content is text" in problem.say("en")


def test_a_packed_empty_file(refused):
    assert refused(gzip.compress(b""), "lines.csv.gz")[0].code == "file.empty"


def test_only_blank_lines(refused):
    assert refused("\n\n \n")[0].code == "file.no-header"


def test_a_missing_header_names_what_is_accepted_and_what_was_found(refused):
    problems = refused("order_number,customer_code,order_date,foo\nS1,C1,2024-01-05,1\n")
    said = problems[0].say("en")
    assert (problems[0].code, problems[0].column, problems[0].line) == (
        "file.missing-header",
        "amount_ex_tax",
        1,
    )
    assert "未税金额" in said
    assert "foo" in said


def test_every_missing_header_is_named_at_once(refused):
    assert [p.column for p in refused("foo,bar\n1,2\n")] == [
        "order_number",
        "customer_code",
        "order_date",
        "amount_ex_tax",
    ]


def test_a_title_above_the_headers_is_told_before_what_is_missing(refused):
    problems = refused(f"销售明细表,,,,\n{HEADER}")
    assert (problems[0].code, problems[0].line) == ("file.title-line", 1)
    assert "skip_rows" in problems[0].say("zh")
    assert {problem.code for problem in problems[1:]} == {"file.missing-header"}
    assert "file.title-line" not in {problem.code for problem in refused("a,b,c,d,e\n1,2,3,4,5\n")}


def test_two_headers_for_one_column_are_both_named(refused):
    (problem,) = refused("order_number,customer_code,order_date,amount,金额\nS1,C1,2024-01-05,1,2\n")
    assert problem.code == "file.ambiguous-header"
    assert "amount" in problem.say("zh")
    assert "金额" in problem.say("zh")


def test_a_header_that_stands_twice(refused):
    assert (
        refused("order_number,Order Number,customer_code,order_date,amount\n")[0].code
        == "file.duplicate-header"
    )


def test_a_wrong_encoding_names_byte_and_line(refused):
    problem = refused(HEADER.encode() + b"S1,1,C\xff\xff,2024-01-05,1\n")[0]
    assert (problem.code, problem.line) == ("file.encoding", 2)
    assert problem.slots["offset"] == len(HEADER) + 6


def test_a_wrong_byte_far_into_the_file_is_still_located(refused):
    many = ROW * 100_000
    problem = refused((HEADER + "客" + many).encode() + b"\xff\xff" + ROW.encode())[0]
    assert (problem.code, problem.line) == ("file.mixed-encoding", 100_002)


def test_an_unknown_encoding_in_the_mapping(refused):
    assert refused(HEADER, mapping=Mapping(encoding="klingon"))[0].code == "file.unknown-encoding"


def test_a_truncated_gzip(refused):
    packed = gzip.compress(
        (HEADER + "".join(f"S{i},1,C{i},2024-01-05,{i}\n" for i in range(50_000))).encode()
    )
    assert refused(packed[: len(packed) // 2], "lines.csv.gz")[0].code == "file.broken-gzip"


def test_a_binary_file(refused):
    assert refused(b"\x7fELF\x00\x01\x02" * 100)[0].code == "file.binary"


@pytest.mark.parametrize(
    ("start", "name"),
    [(b"PAR1", "a.csv"), (b"PK\x03\x04", "a.csv"), (b"%PDF-1", "a.csv"), (b"a,b\n1,2", "a.xlsx")],
)
def test_a_content_that_its_name_does_not_tell(refused, start, name):
    assert refused(start + b"x" * 20, name)[0].code == "file.wrong-format"


def test_a_broken_parquet_file(refused):
    assert refused(b"PAR1" + b"x" * 100, "a.parquet")[0].code == "file.broken-parquet"


def test_a_broken_workbook(refused):
    assert refused(b"PK\x03\x04" + b"x" * 100, "a.xlsx")[0].code == "file.broken-excel"


def test_a_zip_bomb_is_refused_before_it_is_opened(refused, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(80):
            part.write(b" " * (1024 * 1024))
    assert refused(None, "bomb.xlsx")[0].code == "file.excel-too-large"


def test_a_sheet_that_is_not_there_lists_the_others(refused, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("一月")
    problem = refused(None, "a.xlsx", mapping=Mapping(sheet="二月"))[0]
    assert problem.code == "file.no-sheet"
    assert "一月" in problem.say("zh")


def test_an_endless_line_is_refused_after_a_few_megabytes(refused, tmp_path):
    packer = zlib.compressobj(wbits=31)
    with (tmp_path / "long.csv.gz").open("wb") as stream:
        stream.write(packer.compress(HEADER.encode()))
        block = b"x" * (1 << 20)
        for _ in range(1024):
            stream.write(packer.compress(block))
        stream.write(packer.flush())
    problem = refused(None, "long.csv.gz")[0]
    assert (problem.code, problem.line) == ("file.line-too-long", 2)


def test_a_quote_that_is_never_closed(refused):
    text = HEADER + 'S1,1,"C1,2024-01-05,1\n' + ROW * 300_000
    problem = refused(text, limits=Limits(max_line_bytes=1 << 20))[0]
    assert (problem.code, problem.line) == ("file.line-too-long", 2)


def test_too_many_columns(refused):
    assert (
        refused(",".join(f"c{i}" for i in range(50)), limits=Limits(max_columns=40))[0].code
        == "file.too-many-columns"
    )


def test_json_without_any_object(refused):
    assert refused("[1]\n2\n", "a.jsonl")[0].code == "file.no-header"


def test_files_of_two_identities_are_not_read_together(tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROW)
    (tmp_path / "b.csv").write_text("order_number,customer_code,order_date,amount\nS1,C1,2024-01-05,1\n")
    with pytest.raises(TierwiseError) as caught:
        read_files(
            TABLES["order_lines"],
            [tmp_path / "a.csv", tmp_path / "b.csv"],
            mapping=None,
            base_currency="CNY",
            staging=tmp_path / "s",
        )
    assert caught.value.code == "file.mixed-identity"
