"""What a run read is named by a checksum, and a file that changed behind the book's back is found. Spec 12.1."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit
from tierwise.book.checking import check
from tierwise.book.delta import checksum_of, damaged
from tierwise.grading.replay import replay_run
from tierwise.grading.run import grade_book
from tierwise.policy.load import load_policy

LINE = {
    "order_number": "O1",
    "line_no": "1",
    "customer_code": "K1",
    "order_date": "2025-05-01",
    "amount_ex_tax": "100",
    "currency": "CNY",
}


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path)
    made.put("customers", {"code": "K1", "name": "One"})
    made.put("order_lines", LINE, LINE | {"order_number": "O2", "order_date": "2025-06-01"})
    return made


def test_every_file_states_its_digest_and_an_untouched_book_is_whole(kit: Kit) -> None:
    files = kit.book.files("order_lines", kit.book.current())
    assert len(files) == 2
    assert damaged(files) == []


def test_a_changed_byte_and_a_missing_file_are_found(kit: Kit) -> None:
    first, second = map(Path, kit.book.files("order_lines", kit.book.current()))
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(content)
    second.unlink()
    assert damaged([str(first), str(second)]) == [first, second]


def test_check_names_a_damaged_file_and_says_nothing_else(kit: Kit) -> None:
    first = Path(kit.book.files("order_lines", kit.book.current())[0])
    first.write_bytes(first.read_bytes()[:-1])
    (issue,) = check(kit.book, at=AT)
    assert (issue.code, issue.severity) == ("check.damaged-file", "block")
    assert issue.examples == (first.relative_to(kit.book.path).as_posix(),)


def test_the_checksum_of_a_table_follows_its_content_and_not_the_order_of_files(kit: Kit) -> None:
    version = kit.book.current()
    files = kit.book.files("order_lines", version)
    assert checksum_of(files) == checksum_of(files[::-1]) == kit.book.checksum("order_lines", version)
    kit.put("order_lines", LINE | {"order_number": "O3"})
    assert kit.book.checksum("order_lines", kit.book.current()) != checksum_of(files)
    assert kit.book.checksum("order_lines", version) == checksum_of(files)


def test_a_run_names_the_checksum_of_all_it_read_and_replay_compares_it(kit: Kit) -> None:
    policy = load_policy("abc_sales")
    run = grade_book(kit.book, policy, date(2025, 6, 30), actor="alice", at=AT)
    version = kit.book.version(run.record.book_version)
    told = {name: entry["checksum"] for name, entry in run.record.facts["tables"].items()}
    assert told == {name: kit.book.checksum(name, version) for name in told}
    assert set(told) == {"customers", "order_lines"}
    assert replay_run(kit.book).same
