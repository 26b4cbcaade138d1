"""What an import says when nothing, or not everything, came of it."""

from __future__ import annotations

import csv

import pytest

HEAD = "order_number,line_no,customer_code,order_date,amount_ex_tax,note\n"
GOOD = "N1,1,C01,2026-02-03,5,first\n"
BAD = "N2,1,C01,2026-02-03,much,second\n"


def put(cli, book, folder, text, *more):
    file = folder / "lines.csv"
    file.write_text(text, encoding="utf-8")
    return cli("import", book, "order_lines", file, *more)


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        (HEAD, "Nothing was imported: there are no rows in the files.", "未导入任何数据：文件中没有数据行。"),
        (HEAD + BAD, "Nothing was imported: every row was rejected (1).", "未导入任何数据：1 行全部被拒绝。"),
    ],
)
def test_a_file_of_which_nothing_came_is_told_as_that(cli, book, tmp_path, text, en, zh):
    assert en in put(cli, book, tmp_path, text).out
    assert zh in put(cli, book, tmp_path, text, "--lang", "zh").out


def test_rows_that_the_book_holds_are_told_apart_from_rejected_ones(cli, book, tmp_path):
    put(cli, book, tmp_path, HEAD + GOOD)
    said = " ".join(put(cli, book, tmp_path, HEAD + GOOD + BAD).out.split())
    assert "the book already holds 1 of these rows, and 1 was rejected" in said
    assert "already holds this 1 row." in put(cli, book, tmp_path, HEAD + GOOD).out


def test_a_mapping_that_leaves_out_every_row_is_told(cli, book, tmp_path):
    (tmp_path / "map.yaml").write_text("filter:\n  - {column: note, eq: nothing}\n")
    answer = put(cli, book, tmp_path, HEAD + GOOD, "--map", tmp_path / "map.yaml")
    assert "the mapping leaves out every row (1)" in answer.out


def test_rows_that_a_mapping_leaves_out_are_counted(cli, book, tmp_path):
    (tmp_path / "map.yaml").write_text("filter:\n  - {column: note, eq: first}\n")
    more = GOOD.replace("N1", "N5").replace("first", "other")
    answer = put(cli, book, tmp_path, HEAD + GOOD + more, "--map", tmp_path / "map.yaml")
    assert "filtered (left out by the mapping)  1" in answer.out
    again = put(
        cli, book, tmp_path, HEAD + GOOD + more + more, "--map", tmp_path / "map.yaml", "--lang", "zh"
    )
    assert "没有变化" in again.out
    assert "过滤（映射文件排除）：2 行" in again.out


def test_an_untouched_template_is_told_as_that(cli, book, tmp_path):
    file = tmp_path / "t.csv"
    assert cli("template", "order_lines", "--out", file).code == 0
    said = " ".join(cli("import", book, "order_lines", file).out.split())
    assert "only the row of notes of the template" in said
    assert "mapping" not in said
    assert "模板的说明行" in cli("import", book, "order_lines", file, "--lang", "zh").out


def test_rows_that_stand_twice_are_counted_as_repeated(cli, book, tmp_path):
    answer = put(cli, book, tmp_path, HEAD + GOOD + GOOD + GOOD)
    assert "repeated (taken once)  2" in answer.out
    data = put(cli, book, tmp_path, HEAD + GOOD.replace("N1", "N9") * 2, "--json").data["import"]
    assert (data["new"], data["repeated"], data["same"]) == (1, 1, 0)


def test_a_duplicate_key_comes_back_with_the_columns_of_its_file(cli, book, tmp_path):
    other = GOOD.replace(",5,first", ",6,second")
    put(cli, book, tmp_path, HEAD + GOOD + other, "--rejects", tmp_path / "bad.csv")
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["code"], row["line"], row["order_number"]) == ("import.duplicate-key", "3", "N1")
    assert (row["amount_ex_tax"], row["note"]) == ("6.0000", "second")


def test_of_many_unread_columns_the_first_ten_and_a_count_are_named(cli, book, tmp_path):
    extra = [f"extra{n:03}" for n in range(200)]
    head, row = HEAD.strip() + "," + ",".join(extra), GOOD.strip() + ",x" * 200
    said = put(cli, book, tmp_path, f"{head}\n{row}\n", "--json").data["import"]["warnings"][-1]["message"]
    assert said.startswith("200 columns of the files were not read into order_lines: extra000, ")
    assert said.endswith("extra009 … (+190)")


def test_undoing_what_is_no_import_leads_to_the_list_of_imports(cli, book):
    answer = cli("undo-import", book, "99")
    assert answer.code == 2
    assert f"`tierwise batches {book}` lists them" in answer.err
