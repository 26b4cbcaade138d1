"""Tables on a screen: however narrow it is, no number and no word is broken or cut."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tierwise_cli.screen import Col, Screen

WIDTHS = ["30", "40", "60", "80", "100", "200"]


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str, columns: list[Col], rows: list[tuple[object, ...]]
) -> list[str]:  # fmt: skip
    monkeypatch.setenv("COLUMNS", width)
    Screen("en").table(columns, rows)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_number_is_cut_and_no_word_is_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str, keep: bool
) -> None:
    amounts = [Decimal(99_999_999_999 - n) / 100 for n in range(5)]
    heads = [Col("movement"), Col("customers", "right")]
    heads += [Col(f"amount {n}", "right", keep=keep) for n in range(5)]
    rows = [("reactivated", 12_345, *amounts), ("downgrade", 1, *reversed(amounts))]
    lines = printed(capsys, monkeypatch, width, heads, rows)
    words = " ".join(lines).split()
    assert max(map(len, lines)) <= int(width)
    assert {f"{amount:,}" for amount in amounts} | {"12,345", "reactivated", "customers"} <= set(words)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_does_not_fit_beside_each_other_comes_below_with_its_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    heads = [Col("customer", keep=True), *(Col(f"figure{n}", "right") for n in range(8))]
    lines = printed(capsys, monkeypatch, width, heads, [("C000001", *range(10, 18))])
    tables = "\n".join(lines).split("\n\n")
    assert sum(f"figure{n}" in one for one in tables for n in range(8)) == 8
    assert all("customer" in one and "C000001" in one for one in tables)
    assert (len(tables) == 1) == (int(width) >= 88)


def test_a_table_of_texts_stays_one_table_and_breaks_its_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "这是一段很长的中文说明，没有任何空格，所以可以在任何地方换行。" * 2
    path = "a" * 90 + ".csv"
    lines = printed(capsys, monkeypatch, "60", [Col("code", keep=True), Col("text"), Col("file")], [("C1", text, path)])  # fmt: skip
    assert "" not in lines
    assert "".join(lines).count("a") == 90


def test_an_empty_table_shows_its_titles(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert printed(capsys, monkeypatch, "80", [Col("one"), Col("two")], [])[0].split() == ["one", "two"]
