"""``tierwise lists`` in both languages: which there are, one of them, narrowed, as a file, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tierwise.insight.lists.rules import LISTS
from tierwise_cli.listing import NAMES


def test_the_help_and_the_overview_name_every_list(cli: Cli, book: Path) -> None:
    assert list(LISTS) == NAMES.split(", ")
    shown = cli("lists", book).out
    assert all(code in shown for code in LISTS)
    assert [one["list"] for one in cli("lists", book, "--json").data["lists"]] == list(LISTS)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Lost customers as of 2026-02-28", "no order for", "at stake", "Li"]),
        ("zh", ["流失客户", "天无订单", "涉及金额"]),
    ],
)
def test_a_list_reads_well(cli: Cli, book: Path, lang: str, words: list[str]) -> None:
    shown = cli("lists", book, "lost", "--lang", lang).out
    for word in words:
        assert word in shown, shown


def test_a_list_for_programs_is_the_list_in_a_file(cli: Cli, book: Path, tmp_path: Path) -> None:
    data = cli("lists", book, "lost", "--out", tmp_path / "lost.csv", "--json").data
    assert (data["list"], data["grades"], data["run"]) == ("lost", "computed", "run-000001")
    written = (tmp_path / "lost.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(written) == 1 + len(data["customers"]) > 1
    assert data["customers"][0]["reasons"][0] == "lists.silent-usual"


def test_a_list_is_narrowed_and_may_be_empty(cli: Cli, book: Path) -> None:
    whole = cli("lists", book, "lost", "--json").data["customers"]
    least = sorted(float(one["at_stake"]) for one in whole)[-1]
    some = cli("lists", book, "lost", "--least", f"{least:.2f}", "--json").data["customers"]
    assert [one["customer"] for one in some] == [whole[0]["customer"]]
    assert "Nobody." in cli("lists", book, "lost", "--least", "999999999").out


def test_what_cannot_be_listed_is_refused_with_what_can(cli: Cli, book: Path, tmp_path: Path) -> None:
    said = cli("lists", book, "winners")
    assert (said.code, "silent-churn" in said.err) == (2, True)
    assert cli("lists", book, "lost", "--least", "much").code == 2
    assert cli("lists", book, "lost", "--least", "NaN").code == 2
    assert cli("lists", book, "lost", "--out", tmp_path / "lost.pdf").code == 2
    assert cli("lists", book, "lost", "--run", "77").code == 2
    assert "such as" in cli("lists", book, "lost", "--owner", "Nobody").err
    said = cli("lists", book, "--run", "77")
    assert (said.code, "say which list: rising" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "there is no grade Q; there are A, B, C"), ("zh", "没有等级 Q；可用：A, B, C")]
)
def test_a_grade_that_nobody_can_have_is_told(cli: Cli, book: Path, lang: str, said: str) -> None:
    answer = cli("lists", book, "lost", "--grade", "Q", "--lang", lang)
    assert answer.code == 2
    assert said in answer.err
    assert cli("lists", book, "lost", "--grade", "A").code == 0
