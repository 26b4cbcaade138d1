"""Which assessments are due. Source: spec 4.4."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.book.bookkit import Kit
from tierwise.insight import assessing
from tierwise.insight.assessing import Due, ending, unassessed

TODAY = date(2026, 3, 1)


def test_an_assessment_without_a_last_day_ends_on_the_day_before_twelve_months_are_over(
    tmp_path: Path,
) -> None:
    kit = Kit(tmp_path)
    row = {"template": "t", "criterion": "c", "score": "5", "assessor": "Wu"}
    kit.put("assessments", {**row, "customer_code": "A", "as_of": "2025-03-05"},
            {**row, "customer_code": "B", "as_of": "2025-03-05", "valid_until": "2026-03-05"})  # fmt: skip
    found = [ending(kit.book, "t", ["c"], on=TODAY, until=date(2026, 3, day)) for day in (3, 4, 5)]
    first = Due("A", "t", date(2026, 3, 4), ("c",))
    assert found == [[], [first], [first, Due("B", "t", date(2026, 3, 5), ("c",))]]


def test_customers_of_others_take_no_place_in_the_list_of_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assessing, "MOST", 2)
    kit, codes = Kit(tmp_path), ["A", "B", "C", "D"]
    kit.put(
        "customers", *({"code": c, "name": c, "kind": "existing", "valid_from": "2020-01-01"} for c in codes)
    )
    row = {"template": "t", "criterion": "c", "score": "5", "assessor": "Wu"}
    kit.put("assessments", *({**row, "customer_code": c, "as_of": "2025-01-05"} for c in codes))

    def told(found: list[Due]) -> list[str]:
        return [due.customer for due in found]

    assert told(ending(kit.book, "t", ["c"], on=TODAY, until=TODAY)) == ["A", "B"]
    assert told(ending(kit.book, "t", ["c"], on=TODAY, until=TODAY, among=["D", "X"])) == ["D"]
    assert told(unassessed(kit.book, "other", ["existing"], on=TODAY)) == ["A", "B"]
    assert told(unassessed(kit.book, "other", ["existing"], on=TODAY, among=["D", "C"])) == ["C", "D"]
    assert unassessed(kit.book, "other", ["existing"], on=TODAY, among=[]) == []
