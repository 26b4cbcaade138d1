"""The tables of the page on backtests are those that its command makes. They need the folder of data sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.make_backtests import CASES, PAGES, measured, tables, written


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_tables_of_the_page_are_current(case, shared_data: Path) -> None:
    found = measured(case, shared_data)
    for lang, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        assert written(text, {case.name: tables(found, lang)}) == text


@pytest.mark.slow
def test_the_page_says_where_past_spend_beats_the_policy(shared_data: Path) -> None:
    """The RFM sum catches less than past spend in the top 5 %, beyond what single customers explain."""
    for case in CASES:
        one = measured(case, shared_data).last.caught["policy_1", "top_5", "sales"]
        assert one.over_past_interval is not None
        assert one.over_past_interval.high < 0
