"""Patterns in two languages, and words that follow a number."""

from __future__ import annotations

import pytest

from tierwise.kernel.text import Text

WAITING = Text("{count:,} {count#row waits|rows wait} for {table}", "{table} 有 {count:,} 行等待")


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 row waits for t"), (0, "0 rows wait for t"), (1000, "1,000 rows wait for t")],
)
def test_a_word_follows_its_number(count, said):
    assert WAITING.fill("en", count=count, table="t") == said
    assert WAITING.fill("zh", count=count, table="t") == f"t 有 {count:,} 行等待"


def test_a_number_that_is_text_already_counts_as_well():
    days = Text("{n} {n#day|days}", "{n} 天")
    assert [days.fill("en", n=n) for n in ("1", "1.5", "11")] == ["1 day", "1.5 days", "11 days"]
