"""Policies in use, and two of them compared, as people and programs meet them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tierwise.kernel.text import Lang

DAY = ("--as-of", "2026-02-28")


@pytest.fixture
def mine(cli: Cli, tmp_path: Path) -> Path:
    """The shipped policy with other cuts and the same name."""
    text = cli("policy", "show", "abc_sales", "--text").out
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("{A: 5, B: 20}", "{A: 30, B: 60}"), encoding="utf-8")
    return path


def test_other_rules_under_the_same_name_and_version_are_pointed_out(mine: Path, cli: Cli) -> None:
    said = " ".join(cli("policy", "diff", "abc_sales", mine).out.split())
    assert (
        "Both are called abc_sales version 1, yet they grade differently: raise the version of one." in said
    )
    assert cli("policy", "diff", "abc_sales", mine, "--json").data["one_name"]
    mine.write_text(mine.read_text(encoding="utf-8").replace("version: 1", "version: 2"), encoding="utf-8")
    assert "raise the version" not in cli("policy", "diff", "abc_sales", mine).out
    assert not cli("policy", "diff", "abc_sales", mine, "--json").data["one_name"]


def test_policies_are_used_marked_listed_and_dropped(book: Path, cli: Cli, tmp_path: Path) -> None:
    assert cli("policy", "in-use", book, "--json").data["in_use"] == []
    first = cli("policy", "use", book, "abc_sales", "--json").data
    assert (first["policy"]["leading"], first["policy"]["by"]) == (True, "ann")
    moved = cli("policy", "use", book, "abc_profit", "--leading", "--actor", "bob", "--json").data
    assert (moved["led_before"], moved["policy"]["by"]) == (["abc_sales"], "bob")
    listed = cli("policy", "in-use", book, "--json").data
    assert [(one["code"], one["leading"]) for one in listed["in_use"]] == [
        ("abc_profit", True),
        ("abc_sales", False),
    ]
    assert [one["event"] for one in listed["history"]] == ["use", "use", "lead"]
    refused = cli("policy", "drop", book, "abc_profit")
    assert (refused.code, "[policy.leads]" in refused.err) == (2, True)
    (tmp_path / "sales.yaml").write_text(cli("policy", "show", "abc_sales", "--text").out, encoding="utf-8")
    assert cli("policy", "drop", book, tmp_path / "sales.yaml").code == 0
    assert cli("policy", "drop", book, "abc_profit", "--json").data["in_use"] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_is_in_the_language_that_was_asked_for(
    book: Path, cli: Cli, mine: Path, lang: Lang
) -> None:
    said = [
        cli(*words, "--lang", lang)
        for words in (
            ("policy", "in-use", book),
            ("policy", "use", book, "abc_sales"),
            ("policy", "use", book, "abc_sales"),
            ("policy", "use", book, mine),
            ("policy", "use", book, "rfm_quantile", "--leading"),
            ("policy", "in-use", book),
            ("policy", "drop", book, "abc_sales"),
        )
    ]
    assert [answer.code for answer in said] == [0] * 7
    chinese = [any("\u4e00" <= c <= "\u9fff" for c in answer.out) for answer in said]
    assert chinese == [lang == "zh"] * 7
    assert ("nothing changed" if lang == "en" else "无变化") in said[2].out
    assert ("takes the place of" if lang == "en" else "取代") in said[3].out
    assert ("abc_sales led until now" if lang == "en" else "此前为 abc_sales") in said[4].out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_policies_in_use_are_compared_by_name(book: Path, cli: Cli, lang: Lang) -> None:
    cli("policy", "use", book, "rfm_quantile")
    cli("policy", "use", book, "abc_sales", "--leading")
    shown = cli("compare", book, *DAY, "--lang", lang)
    assert shown.code == 0
    assert "abc_sales v1 ↓ rfm_quantile v1 →" in shown.out
    assert ("leads service" if lang == "en" else "主导服务") in " ".join(shown.out.split())


def test_the_data_and_the_file_of_a_comparison_agree(
    book: Path, cli: Cli, mine: Path, tmp_path: Path
) -> None:
    data = cli(
        "compare", book, *DAY, "--policy", "abc_sales", "--policy", mine, "--out", "two.csv", "--json"
    ).data
    with (tmp_path / "two.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    labels = [side["label"] for side in data["sides"]]
    assert labels[0] != labels[1]
    assert all(label.startswith("abc_sales v1 ") for label in labels)
    assert {(row["policy_1"], row["policy_2"]) for row in rows} == {tuple(labels)}
    assert sum(cell["customers"] for cell in data["cells"]) == len(rows) == len(data["customers"])
    assert sum(row["differs"] == "true" for row in rows) == data["differing"] > 0


def test_runs_are_doubted_only_where_they_read_other_rows(book: Path, cli: Cli, tmp_path: Path) -> None:
    """A decision moves the book on, and closing a period its settings: neither is another fact."""
    doubt = "differences may come from the data"
    cli("policy", "use", book, "abc_sales")
    with (book / "book.yaml").open("a", encoding="utf-8") as settings:
        settings.write("closed_through: 2025-06-30\n")
    cli("grade", book, "--policy", "abc_profit", *DAY)
    pair = ("compare", book, *DAY, "--run", "1", "--run", "2")
    assert doubt not in " ".join(cli(*pair).out.split())
    more = tmp_path / "more.csv"
    more.write_text("code,name\nNEW1,one more\n", encoding="utf-8")
    assert cli("import", book, "customers", more).code == 0
    cli("grade", book, "--policy", "abc_profit", *DAY)
    assert doubt in " ".join(cli(*pair[:-1], "3").out.split())


def test_runs_of_two_wordings_under_one_name_are_told_apart(book: Path, cli: Cli, mine: Path) -> None:
    before = cli("runs", book).out
    assert "eight digits" not in before
    cli("grade", book, "--policy", mine, *DAY)
    after = cli("runs", book)
    prints = [run["policy_fingerprint"][:8] for run in cli("runs", book, "--json").data["runs"]]
    assert len(set(prints)) == 2
    assert all(digits in after.out for digits in prints)
    assert "the eight digits tell them apart" in " ".join(after.out.split())
    assert "以八位指纹区分" in cli("runs", book, "--lang", "zh").out.replace("\n", "").replace(" ", "")
    assert cli("compare", book, *DAY, "--run", "1", "--run", "2", "--json").data["differing"] > 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("compare", "BOOK", *DAY), "compare.which"),
        (("compare", "BOOK", *DAY, "--policy", "abc_sales"), "compare.two"),
        (("compare", "BOOK", *DAY, "--policy", "a", "--policy", "b", "--run", "1"), "compare.policy-and-run"),
        (("compare", "BOOK", *DAY, "--run", "1", "--run", "9"), "run.unknown"),
        (("compare", "BOOK", "--as-of", "2026-01-31", "--run", "1", "--run", "1"), "compare.other-day"),
        (("compare", "BOOK", *DAY, "--out", "x.doc"), "export.format"),
        (("policy", "drop", "BOOK", "abc_sales"), "policy.not-in-use"),
        (("policy", "use", "BOOK", "nothing"), "policy.no-such-policy"),
        (("policy", "in-use", "nowhere"), "book.not-found"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_a_code(
    words: tuple[str, ...], code: str, book: Path, cli: Cli
) -> None:
    refused = cli(*(str(book) if word == "BOOK" else word for word in words))
    assert (refused.code, f"[{code}]" in refused.err) == (2, True), refused.err
