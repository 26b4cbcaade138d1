"""Templates are read back by the importer they are for."""

from __future__ import annotations

import pytest
from python_calamine import CalamineWorkbook

from tierwise.book.contract import TABLES
from tierwise.book.reading import read_files, template_text, write_template
from tierwise.kernel.errors import TierwiseError


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_column_of_a_template_is_read_and_its_notes_are_no_row(tmp_path, name, lang, suffix):
    table = TABLES[name]
    path = tmp_path / f"template{suffix}"
    write_template(table, path, lang)
    staged = read_files(table, [path], mapping=None, base_currency="CNY", staging=tmp_path / "s")
    assert set(staged.used) == {column.name for column in table.file_columns}
    assert (staged.accepted, staged.rejected, staged.unused_headers) == (0, 0, ())


def test_the_notes_say_type_choices_and_what_is_required(tmp_path):
    text = template_text(TABLES["order_lines"], "zh")
    assert "必填" in text
    assert "退货" in text
    write_template(TABLES["order_lines"], tmp_path / "t.xlsx", "en")
    notes = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx")).get_sheet_by_name("notes").to_python()
    row = next(row for row in notes if row[0] == "line_type")
    assert "return" in row[3]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(TierwiseError):
        write_template(TABLES["customers"], tmp_path / "t.pdf", "en")
