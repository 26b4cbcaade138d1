"""``tierwise selections`` as people and programs meet it, in both languages."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tierwise.kernel.text import Lang

DAY = ("--as-of", "2026-02-28")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_three_policies_seven_areas_and_what_is_missing(
    book: Path, cli: Cli, lang: Lang
) -> None:
    shown = cli("selections", book, *DAY, "--lang", lang)
    assert shown.code == 0
    for word in ("abc_sales v1", "quality_20 v1", "key_accounts v2"):
        assert word in shown.out
    marks = [line.split()[:4] for line in shown.out.splitlines()]
    areas = [line for line in marks if len(line) == 4 and set(line[:3]) <= {"✓", "–"}]
    assert len(areas) == 7
    assert ("have no evaluation" if lang == "en" else "尚无评价") in shown.out.replace("\n  ", " ")


def test_the_data_and_the_file_agree(book: Path, cli: Cli, tmp_path: Path) -> None:
    data = cli("selections", book, *DAY, "--out", "three.csv", "--json").data
    with (tmp_path / "three.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["customer_code"] for row in rows] == [one["customer"] for one in data["customers"]]
    for name in ("top", "quality", "key"):
        assert sum(row[name] == "true" for row in rows) == data["sizes"][name]
        assert sum(area["customers"] for area in data["areas"] if area[name]) == data["sizes"][name]
    assert "selections.no-evaluation" in {problem["code"] for problem in data["missing"]}


def test_a_policy_of_ones_own_takes_the_place_of_a_shipped_one(book: Path, cli: Cli, tmp_path: Path) -> None:
    text = cli("policy", "show", "abc_sales", "--text").out
    (tmp_path / "mine.yaml").write_text(
        text.replace("code: abc_sales", "code: mine").replace("{A: 5, B: 20}", "{A: 50, B: 60}"), "utf-8"
    )
    before, after = (
        cli("selections", book, *DAY, "--json").data,
        cli("selections", book, *DAY, "--top", "mine.yaml", "--json").data,
    )
    assert after["policies"]["top"]["code"] == "mine"
    assert after["sizes"]["top"] > before["sizes"]["top"]
    assert after["sizes"]["quality"] == before["sizes"]["quality"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--quality", "abc_sales"), "selections.no-method"),
        (("--top", "abc_group"), "selections.levels"),
        (("--key", "nothing"), "policy.no-such-policy"),
        (("--out", "x.pdf"), "export.format"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_a_code(
    words: tuple[str, ...], code: str, book: Path, cli: Cli
) -> None:
    refused = cli("selections", book, *DAY, *words)
    assert (refused.code, f"[{code}]" in refused.err) == (2, True), refused.err
