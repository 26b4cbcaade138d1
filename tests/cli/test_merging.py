"""Duplicates, merges and what is not the same, as people and programs meet them, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, write_csv
from tierwise.kernel.text import Lang

DAY = ("--as-of", "2026-02-28")


@pytest.fixture
def ready(book: Path, cli: Cli, tmp_path: Path) -> Path:
    """The company with two customers of one name, and two of one credit code."""
    rows = [
        {"code": "C01", "name": "上海远大贸易有限公司", "unified_credit_code": ""},
        {"code": "C02", "name": "上海远大 贸易", "unified_credit_code": ""},
        {"code": "C03", "name": "北京长城", "unified_credit_code": "91310000X"},
        {"code": "C04", "name": "天津港口", "unified_credit_code": "91310000x"},
    ]
    rows = [row | {"valid_from": "2025-01-01"} for row in rows]
    cli("import", book, "customers", write_csv(tmp_path / "twins.csv", rows))
    return book


def sales(cli: Cli, book: Path) -> dict[str, str]:
    """Net sales by customer."""
    rows = cli("metrics", "compute", book, "net_sales", *DAY, "--json").data["rows"]
    return {row["customer_id"]: row["net_sales_12m"] for row in rows}


def test_duplicates_are_named_with_why_and_the_next_step(ready: Path, cli: Cli) -> None:
    found = cli("duplicates", ready, "--json").data["pairs"]
    assert [(p["first"]["code"], p["second"]["code"], p["clues"][0]["kind"]) for p in found[:2]] == [
        ("C03", "C04", "credit_code"),
        ("C01", "C02", "name"),
    ]
    shown = cli("duplicates", ready)
    assert "same name" in shown.out
    assert "tierwise merge" in shown.out


def test_a_merge_takes_effect_with_the_next_run_and_can_be_taken_back(ready: Path, cli: Cli) -> None:
    before = sales(cli, ready)
    made = cli("merge", ready, "C02", "--into", "C01", "--reason", "one company", "--json")
    assert made.data["merge"] == {
        "merged": "C02", "survivor": "C01", "reason": "one company", "from": "1900-01-01",
    }  # fmt: skip
    after = sales(cli, ready)
    assert float(after["C01"]) == float(before["C01"]) + float(before["C02"])
    pairs = cli("duplicates", ready, "--json").data["pairs"]
    assert all("C02" not in (p["first"]["code"], p["second"]["code"]) for p in pairs)
    assert cli("merges", ready, "--json").data["merges"] == [made.data["merge"]]
    assert "takes effect" not in cli("unmerge", ready, "C02", "--reason", "two after all").err
    assert sales(cli, ready) == before
    assert cli("merges", ready, "--json").data["merges"] == []


def test_a_merge_can_hold_from_a_day_on(ready: Path, cli: Cli) -> None:
    before = sales(cli, ready)
    cli("merge", ready, "C02", "--into", "C01", "--reason", "taken over", "--from", "2026-03-01")
    assert sales(cli, ready) == before, "the day before knows nothing of it"


def test_what_is_not_the_same_is_proposed_no_more(ready: Path, cli: Cli) -> None:
    assert cli("not-same", ready, "C04", "C03", "--reason", "a mistake in the register").code == 0
    pairs = cli("duplicates", ready, "--json").data["pairs"]
    assert ("C03", "C04") not in [(p["first"]["code"], p["second"]["code"]) for p in pairs]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("merge", "C01", "--into", "C01", "--reason", "x"), "merge.itself"),
        (("merge", "C01", "--into", "NONE", "--reason", "x"), "merge.no-customer"),
        (("merge", "C05", "--into", "C02", "--reason", "x"), "merge.impossible"),
        (("merge", "C02", "--into", "C05", "--reason", "x"), "merge.done"),
        (("merge", "C05", "--into", "C06", "--reason", " "), "override.no-reason"),
        (("unmerge", "C05", "--reason", "x"), "merge.none"),
        (("not-same", "C05", "NONE", "--reason", "x"), "merge.no-customer"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    ready: Path, cli: Cli, words: tuple[str, ...], code: str
) -> None:
    cli("merge", ready, "C02", "--into", "C01", "--reason", "one company")
    name, *rest = words
    answer = cli(name, ready, *rest)
    assert answer.code == 2
    assert f"[{code}]" in answer.err
    assert len(cli("merges", ready, "--json").data["merges"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("merge", "C02", "--into", "C01", "--reason", "x"),
        ("unmerge", "C02", "--reason", "x"),
        ("not-same", "C01", "C02", "--reason", "x"),
    ],
)
def test_where_the_web_decides_the_command_line_does_not(
    ready: Path, cli: Cli, words: tuple[str, ...]
) -> None:
    file = ready / "book.yaml"
    file.write_text(file.read_text("utf-8").replace("decisions: book", "decisions: web"), "utf-8")
    name, *rest = words
    answer = cli(name, ready, *rest)
    assert (answer.code, "[decision.elsewhere]" in answer.err) == (2, True)


@pytest.mark.parametrize(("lang", "said"), [("en", "always"), ("zh", "一直")])
def test_the_merges_are_listed_in_both_languages(ready: Path, cli: Cli, lang: Lang, said: str) -> None:
    cli("merge", ready, "C02", "--into", "C01", "--reason", "one company")
    assert said in cli("merges", ready, "--lang", lang).out


@pytest.mark.parametrize(("lang", "said"), [("en", "written for C02"), ("zh", "原属 C02")])
def test_rows_of_the_merged_customer_say_of_whom_they_were_written(
    ready: Path, cli: Cli, lang: Lang, said: str
) -> None:
    cli("merge", ready, "C02", "--into", "C01", "--reason", "one company")
    cli("grade", ready, "--policy", "abc_sales", *DAY)
    told = cli("explain", ready, "C01", "--lines", "--lang", lang)
    assert told.code == 0, told.err
    assert said in told.out
