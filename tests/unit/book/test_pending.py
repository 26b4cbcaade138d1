"""An edited book.yaml: known before it is recorded, and never recorded silently."""

from __future__ import annotations

import threading

import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise.book.checking import check
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError


@pytest.fixture
def kit(tmp_path):
    return Kit(tmp_path, closed_through="2025-12-31")


def edit(kit: Kit, text: str) -> None:
    (kit.book.path / "book.yaml").write_text(text, encoding="utf-8")


def test_an_untouched_file_leaves_nothing_pending(kit):
    assert kit.book.pending() is None
    assert kit.book.upcoming() == kit.book.current()


def test_an_edit_waits_for_the_next_writer_and_is_known_before(kit):
    edit(kit, "name: Test\nfiscal_year_start_month: 4\nclosed_through: 2025-12-31\n")
    pending = kit.book.pending()
    assert pending is not None
    assert pending.changes == {"fiscal_year_start_month": (1, 4)}
    assert [notice.code for notice in pending.notices()] == ["settings.pending"]
    assert kit.book.current().settings.fiscal_year_start_month == 1
    assert kit.book.upcoming().settings.fiscal_year_start_month == 4


def test_the_version_names_old_and_new_of_every_edited_setting(kit):
    edit(kit, "name: Test\nclosed_through: 2025-06-30\nextra_holidays: [2026-05-06]\n")
    kit.put("order_lines", line("A", 1, 1))
    said = [version.note for version in kit.book.versions() if version.kind == "settings"]
    assert said == ["closed_through: 2025-12-31 -> 2025-06-30, extra_holidays: [] -> [2026-05-06]"]


@pytest.mark.parametrize("text", ["name: Test\nclosed_through: 2025-06-30\n", "name: Test\n"])
def test_opening_closed_periods_again_is_warned_about(kit, text):
    edit(kit, text)
    codes = [notice.code for notice in kit.book.pending().notices()]
    assert codes == ["settings.pending", "settings.reopened"]
    warned = {issue.code: issue for issue in check(kit.book, at=AT)}["check.settings-reopened"]
    assert warned.severity == "warn"
    assert "2025-12-31" in warned.say("zh")


def test_closing_more_opens_nothing(kit):
    edit(kit, "name: Test\nclosed_through: 2026-01-31\n")
    assert [notice.code for notice in kit.book.pending().notices()] == ["settings.pending"]


def test_check_lists_every_mistake_of_the_settings_at_its_line(kit):
    edit(kit, "name: Test\nbase_currency: yuan\nfx_max_age_days: many\n")
    found = [issue for issue in check(kit.book, at=AT) if issue.code == "check.settings"]
    file = kit.book.path / "book.yaml"
    assert [issue.severity for issue in found] == ["block", "block"]
    assert found[0].say("en").startswith(f"{file}:2: base_currency")
    assert found[1].say("zh") == f"{file}:3：fx_max_age_days 的值为 many，应为整数"


def test_two_books_made_in_one_folder_at_once_give_one_book_and_a_sentence(tmp_path):
    gate, made, refused = threading.Barrier(4), [], []

    def make() -> None:
        gate.wait()
        try:
            made.append(Book.create(tmp_path / "book", Settings(name="X"), actor="a", at=AT))
        except TierwiseError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), refused) == (1, ["book.not-empty"] * 3)
    assert [child.name for child in tmp_path.iterdir()] == ["book"]
