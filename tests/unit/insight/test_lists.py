"""Lists of customers to look at: who stands on them, why, and what is at stake; over months that are published."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise.book.store import Book
from tierwise.grading.run import grade_book, list_runs
from tierwise.insight.lists.gather import Only, list_of
from tierwise.insight.lists.model import Entry
from tierwise.insight.lists.rules import LISTS
from tierwise.insight.lists.words import REASONS, said
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.periods import Period
from tierwise.movement.history import build_history
from tierwise.policy.load import load_policy

AT = datetime(2026, 1, 10, 2, tzinfo=UTC)
POLICY = """
code: yearly
version: 1
title: {en: Yearly, zh: 年度}
leading: {method: value_bands, id: sales, value: net_sales, bands: {A: 12000, B: 6000}}
"""
LAST = 12
"""Months are counted from January 2025; those of 2024 are negative or zero."""


def bought(name: str, month: int) -> int:
    """What each customer buys in a month."""
    autumn = month % 12 in (9, 10, 11, 0)
    return {
        "riser": 300 if month >= 9 else 100,
        "faller": 200 if month >= 9 else 1000,
        "season": 200 if autumn else 1000,
        "moved": 100 if month >= 9 else 640,
        "lost": 2000 if month <= 5 else 0,
        "back": 50 if month <= 0 or month >= 10 else 0,
        "near": 490,
        "star": 530 if month >= 10 else 400,
    }[name]


NAMES = ("riser", "faller", "season", "moved", "lost", "back", "near", "star")
RATED = {"near": 4, "star": 2}
"""Rated from 1 to 5 in all three criteria of attractiveness: high, and low. Nobody else is assessed."""


@pytest.fixture(scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kit = Kit(tmp_path_factory.mktemp("lists"))
    kit.put("customers", *(
        {"code": name, "name": name.title(), "owner": "Li" if name < "m" else "Wu", "region": "East",
         "segment": "Steel" if name in ("near", "lost") else None, "valid_from": "2023-01-01"}
        for name in NAMES
    ))  # fmt: skip
    lines = []
    for name in NAMES:
        for month in range(-11, LAST + 1):
            day = f"{2024 + (month > 0)}-{(month - 1) % 12 + 1:02}-15"
            if bought(name, month):
                lines.append(line(f"{name}{month}", 1, bought(name, month), day, customer_code=name))
    kit.put("order_lines", *lines)
    kit.put("assessments", *(
        {"customer_code": name, "template": "attractiveness", "criterion": criterion, "score": str(rated),
         "assessor": "Li", "as_of": "2025-11-05"}
        for name, rated in RATED.items() for criterion in ("potential", "volume", "margin")
    ))  # fmt: skip
    build_history(
        kit.book, load_policy("y.yaml", text=POLICY), Period(2025, 10), Period(2025, 12), actor="im", at=AT
    )
    return kit.book.path


@pytest.fixture
def book(_built: Path) -> Book:
    return Book.open(_built)


def entries(book: Book, name: str, only: Only | None = None) -> dict[str, Entry]:
    return {entry.customer: entry for entry in list_of(book, name, None, only).entries}


def reasons(entry: Entry) -> list[str]:
    return [why.code for why in entry.why]


def test_whose_sales_rise_twice_while_the_grade_stays_is_a_silent_riser(book: Book) -> None:
    found = entries(book, "risers")
    assert set(found) == {"riser", "back"} - {"back"}  # who came back has no months before to rise against
    assert (found["riser"].at_stake, found["riser"].owner, found["riser"].grade) == (Decimal(400), "Wu", "C")
    assert (
        said(found["riser"].why[0], "en", "CNY").replace("\N{NO-BREAK SPACE}", " ")
        == "three months +80 %, a month ago +200 %"
    )


def test_a_fall_that_comes_every_year_is_none_and_one_that_cost_the_grade_is_told_elsewhere(
    book: Book,
) -> None:
    found = entries(book, "fallers")
    assert set(found) == {"faller"}
    assert found["faller"].at_stake == 1600
    assert reasons(found["faller"]) == ["lists.falls", "lists.year"]


def test_a_lost_customer_tells_its_silence_and_what_it_was(book: Book) -> None:
    found = entries(book, "lost")
    assert set(found) == {"lost"}
    assert (found["lost"].at_stake, found["lost"].grade) == (Decimal(24000), "B")
    assert reasons(found["lost"]) == ["lists.silent-usual", "lists.win-back"]
    assert found["lost"].why[1].slots == {"grade": "A"}  # in October it still was
    assert "230" in said(found["lost"].why[0], "zh", "CNY")


def test_who_came_back_is_named_with_the_day(book: Book) -> None:
    found = entries(book, "regained")
    assert set(found) == {"back"}
    assert (found["back"].at_stake, found["back"].why[0].slots["day"].isoformat()) == (
        Decimal(150),
        "2025-10-15",
    )


def test_near_a_cut_says_to_which_grade_and_how_far(book: Book) -> None:
    found = entries(book, "near-cut")
    assert set(found) == {"near"}
    assert said(found["near"].why[0], "en", "CNY").startswith("CNY 120 short of B (2")


def test_rising_stars_are_near_or_growing_and_say_how_attractive_they_are(book: Book) -> None:
    found = entries(book, "rising")
    assert reasons(found["near"]) == ["lists.near-next", "lists.attractive"]
    assert [said(found["near"].why[1], lang, "CNY") for lang in ("en", "zh")] == [
        "attractiveness high",
        "吸引力：高",
    ]


def test_low_attractiveness_is_no_star_and_a_month_before_it_was_assessed_it_was_one(book: Book) -> None:
    assert "star" not in entries(book, "rising")
    october = next(run for run in list_runs(book) if run.as_of.month == 10)
    assert "star" in {entry.customer for entry in list_of(book, "rising", october.run_id).entries}


def test_a_star_that_was_lost_is_told_with_a_warning(book: Book) -> None:
    # by the letter of 8.4 a small gap is enough; the list of lost customers has it, too
    found = entries(book, "rising")["lost"]
    assert (found.grade, reasons(found)[-1]) == ("B", "lists.but-silent")
    assert said(found.why[-1], "en", "CNY") == "but lost: no order for 230 days"
    assert said(found.why[-1], "zh", "CNY") == "但状态为“流失”：已 230 天无订单"
    assert not any(code == "lists.but-silent" for code in reasons(entries(book, "rising")["near"]))


def test_a_list_is_narrowed_by_owner_grade_region_segment_and_stake(book: Book) -> None:
    whole = entries(book, "rising")
    for only in (
        Only(owner="Li"),
        Only(grade="C"),
        Only(region="East"),
        Only(segment="Steel"),
        Only(least=Decimal(5500)),
    ):
        found = entries(book, "rising", only)
        assert found == {name: e for name, e in whole.items() if only.takes(e)}
    assert set(entries(book, "rising", Only(segment="Steel"))) < set(whole)
    assert set(entries(book, "rising", Only(owner="Li"))) < set(whole)


def test_a_simulation_has_lists_too_and_says_that_its_grades_are_computed(book: Book, tmp_path: Path) -> None:
    copy = Book.open(Path(shutil.copytree(book.path, tmp_path / "copy")))
    run = grade_book(
        copy, load_policy("y.yaml", text=POLICY), Period(2025, 12).end, actor="ann", at=AT
    ).record
    assert not list_of(copy, "fallers", run.run_id).published
    # without published months nobody is known to have kept its grade, so that who lost it stands here, too
    assert {e.customer for e in list_of(copy, "fallers", run.run_id).entries} == {"faller", "moved"}
    assert list_of(copy, "fallers").published


def test_an_unknown_list_is_answered_with_those_that_there_are(book: Book) -> None:
    with pytest.raises(TierwiseError) as caught:
        list_of(book, "winners")
    assert (caught.value.code, caught.value.problems[0].slots["known"]) == ("lists.unknown", ", ".join(LISTS))


@pytest.mark.parametrize(
    ("only", "asked"),
    [(Only(owner="Lee"), "Li"), (Only(region="Weast"), "East"), (Only(segment="none"), "Steel")],
)
def test_whom_nobody_has_is_refused_with_those_who_are_near(book: Book, only: Only, asked: str) -> None:
    with pytest.raises(TierwiseError) as caught:
        list_of(book, "rising", None, only)
    assert caught.value.code == "lists.no-place"
    assert asked in caught.value.problems[0].say("en")
    assert asked in caught.value.problems[0].say("zh")


def test_every_list_and_every_reason_speaks_both_languages() -> None:
    texts = [text for rule in LISTS.values() for text in (rule.title, rule.about, rule.stake)]
    texts += [REASONS.pattern(code) for code in REASONS.codes()]
    assert all(text.en and text.zh for text in texts)
