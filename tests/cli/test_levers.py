"""``tierwise levers``: one customer, lists, files and refusals in both languages."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, write_csv
from tierwise.kernel.text import Lang


def test_applying_a_lever_to_the_book_reaches_the_next_grade(cli: Cli, book: Path, tmp_path: Path) -> None:
    (one,) = cli("levers", book, "C02", "--json").data["customers"]
    (up,) = one["up"]
    assert (one["grade"], up["grade"], up["metric"]) == ("B", "A", "net_sales_12m")
    for short, grade in ((Decimal("0.01"), "B"), (Decimal(0), "A")):
        amount = Decimal(up["change"]) - short
        line = {
            "order_number": "N",
            "line_no": 1,
            "customer_code": "C02",
            "order_date": "2026-02-05",
            "amount_ex_tax": amount,
        }
        assert cli("import", book, "order_lines", write_csv(tmp_path / "n.csv", [line])).code == 0
        assert cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28").code == 0
        assert cli("levers", book, "C02", "--json").data["customers"][0]["grade"] == grade


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ["reaches A", "more", "keeps B"]), ("zh", ["即可达到 A 级", "增加", "保持 B 级"])],
)
def test_one_customer_is_told_in_words(cli: Cli, book: Path, lang: Lang, words: list[str]) -> None:
    shown = cli("levers", book, "C02", "--lang", lang).out
    assert all(word in shown for word in words), shown


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["Li", "it has the best grade"]), ("zh", ["Li", "已是最高等级"])]
)
def test_the_list_names_owners(cli: Cli, book: Path, tmp_path: Path, lang: Lang, words: list[str]) -> None:
    out = tmp_path / "levers.csv"
    shown = " ".join(cli("levers", book, "--list", "owner", "--lang", lang, "--out", out).out.split())
    joined = shown.replace(" ", "")
    assert all(word.replace(" ", "")[:4] in joined for word in words), shown
    assert len(out.read_text("utf-8-sig").splitlines()) > 12


@pytest.mark.parametrize(
    ("words", "code"),
    [((), "levers.which"), (("C01", "--list", "grade"), "levers.which"), (("C01", "--out", "x.csv"), "levers.out"),
     (("nobody",), "run.no-customer"), (("--list", "grade", "--run", "9"), "run.unknown")],
)  # fmt: skip
def test_what_was_not_meant_is_refused(cli: Cli, book: Path, words: tuple[str, ...], code: str) -> None:
    answer = cli("levers", book, *words)
    assert (answer.code, code in answer.err) == (2, True), answer.err
