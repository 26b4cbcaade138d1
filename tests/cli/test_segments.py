"""``tierwise segments`` as people and programs meet it, in both languages."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, write_csv
from tierwise.kernel.text import Lang

RULES = """segments:
  - code: big
    title: {en: Large customers, zh: 大型客户}
    dimension: size
    when:
      - {attribute: employees, at_least: 100}
  - code: huge
    title: {en: Very large customers, zh: 特大客户}
    dimension: size
    when:
      - {attribute: employees, at_least: 500}
"""
DAY = ("--as-of", "2026-02-28")


@pytest.fixture
def ready(book: Path, cli: Cli, tmp_path: Path) -> Path:
    """The company with sizes for its customers, and a file of rules beside it."""
    rows = [
        {"code": f"C{n:02}", "name": f"客户{n}", "employees": n * 100, "valid_from": "2026-01-01"}
        for n in (1, 2, 6)
    ]
    cli("import", book, "customers", write_csv(tmp_path / "sizes.csv", rows))
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    return book


def test_a_preview_says_what_would_happen_and_that_nothing_was_written(ready: Path, cli: Cli) -> None:
    shown = cli("segments", "apply", ready, "rules.yaml", *DAY)
    assert shown.code == 0
    assert "A preview: nothing was written." in shown.out
    assert "more than one segment of the dimension “size”: C06" in shown.out
    assert "--write" in shown.out
    assert cli("segments", "list", ready, *DAY, "--json").data["segments"] == []


def test_what_is_written_can_be_listed_shown_crossed_and_exported(
    ready: Path, cli: Cli, tmp_path: Path
) -> None:
    written = cli(
        "segments", "apply", ready, "rules.yaml", *DAY, "--write", "--out", "changes.csv", "--json"
    ).data
    assert len(written["batches"]) == 2
    assert [(s["code"], s["entering"], s["after"]) for s in written["segments"]] == [
        ("big", 3, 3),
        ("huge", 1, 1),
    ]
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig") as stream:
        changes = [
            (row["customer_code"], row["segment_code"], row["change"]) for row in csv.DictReader(stream)
        ]
    assert changes == [(c, "big", "enters") for c in ("C01", "C02", "C06")] + [("C06", "huge", "enters")]
    listed = cli("segments", "list", ready, *DAY, "--json").data
    assert [(s["code"], s["members"]) for s in listed["segments"]] == [("big", 3), ("huge", 1)]
    assert (
        cli("segments", "show", ready, "huge", *DAY, "--json").data["segment"]["rule"] == "employees >= 500"
    )
    only = cli("segments", "members", ready, *DAY, "--segment", "huge", "--out", "members.csv", "--json").data
    assert [(m["customer_code"], m["customer_name"]) for m in only["members"]] == [("C06", "客户6")]
    crossed = cli("segments", "cross", ready, *DAY, "--out", "cross.xlsx", "--json").data
    assert crossed["policy"]["code"] == "abc_sales"
    assert sum(cell["customers"] for cell in crossed["cells"] if cell["segment"] == "big") == 3
    assert {"changes.csv", "members.csv", "cross.xlsx"} <= {path.name for path in tmp_path.iterdir()}
    assert cli("undo-import", ready, written["batches"][1]).code == 0
    assert cli("segments", "members", ready, *DAY, "--json").data["members"] == []
    emptied = [line.split() for line in cli("segments", "cross", ready, *DAY).out.splitlines()]
    assert ["Large", "customers", *"000000"] in emptied
    assert ["Very", "large", "customers", *"000000"] in emptied


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_is_in_the_language_that_was_asked_for(ready: Path, cli: Cli, lang: Lang) -> None:
    before = cli("segments", "list", ready, *DAY, "--lang", lang)
    preview = cli("segments", "apply", ready, "rules.yaml", *DAY, "--lang", lang)
    written = cli("segments", "apply", ready, "rules.yaml", *DAY, "--write", "--lang", lang)
    again = cli("segments", "apply", ready, "rules.yaml", *DAY, "--write", "--lang", lang)
    pages = [
        cli("segments", *words, *DAY, "--lang", lang)
        for words in (("list", ready), ("show", ready, "big"), ("members", ready), ("cross", ready))
    ]
    chinese = [
        any("\u4e00" <= c <= "\u9fff" for c in page.out.replace("客户", ""))
        for page in (before, preview, written, again, *pages)
    ]
    assert all(page.code == 0 for page in (before, preview, written, again, *pages))
    assert chinese == [lang == "zh"] * 8
    assert ("All is so already" if lang == "en" else "无需写入") in again.out
    assert ("Large customers" if lang == "en" else "大型客户") in pages[0].out


def test_mistakes_in_the_rules_end_with_two_and_name_their_lines(
    ready: Path, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(
        RULES.replace("employees, at_least: 500", "grade, equals: A").replace("size", "sizes", 1), "utf-8"
    )
    refused = cli("segments", "apply", ready, "bad.yaml", *DAY, "--write")
    assert refused.code == 2
    assert [line.split(" ")[0] for line in refused.err.splitlines()] == ["bad.yaml:4:", "bad.yaml:11:"]
    assert "[segments.worth]" in refused.err
    assert [
        p["line"] for p in cli("segments", "apply", ready, "bad.yaml", *DAY, "--json").data["problems"]
    ] == [4, 11]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("apply", "BOOK", "none.yaml", *DAY), "segments.unreadable"),
        (("apply", "BOOK", "rules.yaml", *DAY, "--out", "x.doc"), "export.format"),
        (("show", "BOOK", "nobody", *DAY), "segments.unknown"),
        (("members", "BOOK", *DAY, "--segment", "nobody"), "segments.unknown"),
        (("cross", "BOOK", *DAY), "segments.none"),
        (("cross", "BOOK", "--as-of", "2025-12-31"), "segments.no-run"),
        (("cross", "BOOK", *DAY, "--run", "7"), "run.unknown"),
        (("list", "nowhere", *DAY), "book.not-found"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_a_code(
    words: tuple[str, ...], code: str, ready: Path, cli: Cli
) -> None:
    refused = cli("segments", *(str(ready) if word == "BOOK" else word for word in words))
    assert (refused.code, f"[{code}]" in refused.err) == (2, True), refused.err
