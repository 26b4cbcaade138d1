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


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "no metric of this policy hangs on it"), ("zh", "该策略没有与之相关的指标")]
)
def test_what_a_customer_could_do_is_told_in_facts_and_why_where_it_has_no_say(
    cli: Cli, book: Path, lang: str, words: str
) -> None:
    cli("grade", book, "--policy", "abc_cumulative", "--as-of", "2026-02-28")
    assert words in cli("levers", book, "C05", "--facts", "payments", "--lang", lang).out


def test_facts_are_worked_out_for_the_rows_of_a_list_that_are_shown(cli: Cli, book: Path) -> None:
    cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28")
    words = ("levers", book, "--list", "grade", "--facts", "orders")
    told = cli(*words, "--limit", "3", "--json").data["facts"]
    assert {one["kind"] for one in told} == {"orders"}
    assert [told[0]["why"], told[1]["why"]] == ["best", None]
    assert "More orders bring no better grade: it has the best grade" in cli(*words, "--limit", "1").out
    refused = cli(*words, "--limit", "0")
    assert (refused.code, "levers.facts" in refused.err) == (2, True)


def test_sooner_payment_names_the_days_and_the_grade(cli: Cli, book: Path, tmp_path: Path) -> None:
    bills = [
        {
            "number": "I1",
            "customer_code": "C05",
            "issue_date": "2025-04-01",
            "due_date": "2025-05-01",
            "amount": 100,
        },
        {
            "number": "I2",
            "customer_code": "C05",
            "issue_date": "2025-05-01",
            "due_date": "2025-06-01",
            "amount": 100,
        },
    ]
    paid = [
        {"number": "P1", "customer_code": "C05", "date": "2025-05-21", "amount": 100, "invoice_number": "I1"},
        {"number": "P2", "customer_code": "C05", "date": "2025-07-04", "amount": 100, "invoice_number": "I2"},
    ]
    assert cli("import", book, "invoices", write_csv(tmp_path / "i.csv", bills)).code == 0
    assert cli("import", book, "payments", write_csv(tmp_path / "p.csv", paid)).code == 0
    cli("grade", book, "--policy", "credit_rating", "--as-of", "2026-02-28")
    assert "3 days sooner payment reaches fair" in cli("levers", book, "C05", "--facts", "payments").out
    assert (
        "付款提前 3 天即可达到 fair" in cli("levers", book, "C05", "--facts", "payments", "--lang", "zh").out
    )
