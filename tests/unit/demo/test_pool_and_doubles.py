"""Customers of the sample company that nobody looks after, and those that stand under two codes."""

from __future__ import annotations

import pytest

from tests.unit.demo.reading import latest, profits, rows_of
from tierwise.demo.company import doubles, masters, write_company
from tierwise.merging.likeness import alike
from tierwise.merging.model import Known


@pytest.fixture(scope="module")
def records(company):
    return latest(rows_of(company, "customers"))


def known(records):
    return [
        Known(code, row["name"], row["unified_credit_code"], row["parent_code"])
        for code, row in records.items()
    ]


def test_some_small_customers_have_nobody_since_a_day_and_a_few_of_them_no_team(company, records):
    free = [row for row in records.values() if not row["owner"]]
    assert 0.01 < len(free) / len(records) < 0.04
    assert {row["kind"] for row in free} == {"existing", "prospect"}
    assert 0 < sum(not row["team"] for row in free) < len(free)
    first = {}
    for row in rows_of(company, "customers"):
        first.setdefault(row["code"], row)
    for row in free:
        assert first[row["code"]]["owner"], "somebody looked after it once"
        assert first[row["code"]]["valid_from"] < row["valid_from"] <= "2026-10-31"
    seen = {row["customer_code"]: row["date"] for row in rows_of(company, "interactions")}
    assert all(seen.get(row["code"], "") <= row["valid_from"] for row in free)


def test_three_companies_stand_under_two_codes_and_are_found(records):
    pairs = [pair for pair in alike(known(records), [], []) if pair.score >= 90]
    assert len(pairs) == 3
    assert {clue.kind for pair in pairs for clue in pair.clues} == {"credit_code", "name"}
    for pair in pairs:
        assert pair.first.name != pair.second.name
        one, other = (records[code] for code in pair.codes)
        assert (one["region"], one["industry"]) == (other["region"], other["industry"])


def test_a_second_code_moves_no_figure_of_anybody(tmp_path, monkeypatch):
    with_them = write_company(tmp_path / "with", customers=200)
    monkeypatch.setattr(doubles, "doubles_of", lambda *_: {})
    monkeypatch.setattr(masters, "release_day", lambda *_: None)
    without = write_company(tmp_path / "without", customers=200)
    changed = [
        table
        for table, paths in with_them.tables.items()
        if [path.read_bytes() for path in paths] != [path.read_bytes() for path in without.tables[table]]
    ]
    assert changed == ["customers"]
    year = ("2025-11-01", "2026-10-31")
    assert profits(with_them, *year) == profits(without, *year)
    mine, plain = (latest(rows_of(files, "customers")) for files in (with_them, without))
    names = [code for code in mine if mine[code]["name"] != plain[code]["name"]]
    assert len(names) == 3
    assert alike(known(plain), [], []) == []
