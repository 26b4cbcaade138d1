"""What tables and charts show is what the runs stored."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tests.unit.report.reading import payload, read
from tierwise.grading.run import read_results
from tierwise.insight.lists.rules import way_pct
from tierwise.report.figures import Figures
from tierwise.report.html import pct, whole
from tierwise.report.panels_movement import near_card
from tierwise.report.words import LABELS


def stored(demo, run=-1):
    rows = read_results(demo.book, demo.runs[run]).to_pylist()
    return [row for row in rows if row["unit"] == row["customer_id"]]


def test_the_pyramid_counts_what_the_run_counted(demo, page):
    table = read(page).tables[LABELS["pyramid"].en]
    counts = Counter(row["grade"] for row in stored(demo))
    for line in table[1:4]:
        grade = line[0].strip()[0]
        assert line[1].startswith(whole(counts[grade]))
        assert counts[grade] == demo.runs[-1].counts.get(grade, 0)


def test_the_history_has_one_line_a_run_with_its_sales(demo, page):
    table = read(page).tables[LABELS["history"].en]
    assert [line[0] for line in table[1:]] == [run.as_of.isoformat() for run in demo.runs]
    for index, line in enumerate(table[1:]):
        rows = stored(demo, index)
        for place, grade in enumerate("ABC"):
            mine = [row for row in rows if row["grade"] == grade]
            assert line[1 + place] == whole(len(mine))
            assert line[5 + place] == whole(sum((row["net_sales_12m"] for row in mine), Decimal(0)))


def test_the_list_shows_stored_values_by_rank(demo, page):
    table = read(page).tables[LABELS["top"].en]
    ranked = sorted((row for row in stored(demo) if row["grade"]), key=lambda row: (row["rank"], row["unit"]))
    for line, row in zip(table[1:], ranked, strict=False):
        assert line[0] == whole(row["rank"])
        assert row["customer_id"] in line[1]
        assert line[2] == row["grade"]
        assert line[3] == whole(row["net_sales_12m"])
        assert line[5] == whole(row["customer_profit_12m"])


def test_the_search_knows_every_graded_customer(demo, page):
    people = payload(page)["people"]
    assert {p[1]: p[3] for p in people} == {row["unit"]: row["grade"] for row in stored(demo) if row["grade"]}


def test_moves_are_the_difference_of_two_runs(demo, facts):
    before = {row["unit"]: row["grade"] for row in stored(demo, -2)}
    after = {row["unit"]: row["grade"] for row in stored(demo, -1)}
    changed = {code for code in after if before.get(code) != after[code]}
    assert {move.code for move in facts.moves} == changed
    matrix = Figures(facts).matrix
    assert sum(matrix.values()) == len(after)


def test_charts_and_tables_agree(facts, page):
    figures, charts = Figures(facts), payload(page)["charts"]
    assert charts["whale"]["peak"][2] == figures.whale.peak_customers
    assert sum(n for _, _, n in charts["rfm"]) == sum(figures.rfm.values())
    assert charts["history"]["customers"]["A"][-1] == figures.by_sales[0].customers
    cuts = dict(charts["pareto"]["cuts"])
    assert cuts["A"] < cuts["B"] < 100


def test_near_customers_are_those_that_the_run_calls_near(demo, facts):
    figures = Figures(facts)
    for side in ("up", "down"):
        expected = {row["unit"] for row in stored(demo) if row["grade"] and row["near_cut"] in (side, "both")}
        assert {row["unit"] for row in figures.near(side)} == expected


@pytest.mark.parametrize(
    ("side", "lead"),
    [("up", "At most 5 % short of a cut"), ("down", "Would lose the grade with 5 % less, or before")],
)
def test_near_a_cut_is_told_with_its_limit_included_and_the_percent_by_which_it_is_near(facts, side, lead):
    near = Figures(facts).near(side)
    assert near
    shown = near_card(facts, Figures(facts), side)
    assert lead in shown
    for row in near:
        assert way_pct(row, side) <= facts.policy.near_cut_pct
        assert pct(way_pct(row, side), 2) in shown


def test_the_vendored_files_are_the_pinned_ones(repo, monkeypatch):
    monkeypatch.syspath_prepend(str(repo / "scripts"))
    import vendor_assets

    assert vendor_assets.wrong_files() == []
