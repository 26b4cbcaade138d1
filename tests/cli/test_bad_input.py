"""Data that contradicts itself, as a user meets it: named, and dealt with as the specification says. Spec 3.1, 5.1, 12.4."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CUSTOMERS = """客户编码,客户名称,上级编码,客户类型,层级
G,集团,,existing,group
S1,上海厂,G,existing,site
S2,Dallas Plant,G,existing,site
P1,新客,,prospect,standalone
P2,DALLAS  plant,,existing,standalone
"""
LINES = """订单号,行号,客户编码,订单日期,未税金额,币种
A1,1,S1,2026-01-10,1000,CNY
A2,1,S2,2026-01-12,100,USD
A3,1,P1,2026-02-03,50,CNY
"""


@pytest.fixture
def book(cli: Cli, tmp_path: Path) -> str:
    for name, text in (("customers", CUSTOMERS), ("order_lines", LINES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert cli("init", "b", "--name", "x", "--base-currency", "CNY").code == 0
    for name in ("customers", "order_lines"):
        assert cli("import", "b", name, tmp_path / f"{name}.csv").code == 0
    return "b"


def rates(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("币种,日期,汇率\nUSD,2026-01-11,7.2\n", encoding="utf-8")
    assert cli("import", "b", "fx_rates", tmp_path / "rates.csv").code == 0


def test_customers_under_two_codes_are_named_whatever_their_blanks_and_case(cli: Cli, book: str) -> None:
    told = cli("check", book).out
    assert "check.duplicate-name" in told
    assert "P2, S2" in told


def test_a_group_in_two_currencies_waits_for_the_rate_and_is_then_one_sum(
    cli: Cli, book: str, tmp_path: Path
) -> None:
    grade = ("grade", book, "--policy", "abc_group", "--as-of", "2026-02-28")
    blocked = cli(*grade)
    assert (blocked.code, "grade.rates-missing" in blocked.err) == (2, True)
    rates(cli, tmp_path)
    assert cli(*grade).code == 0
    told = cli("explain", book, "G").out
    assert "CNY 1,720" in " ".join(told.split())  # 1,000 and 100 dollars at 7.2
    assert "its own" in cli("explain", book, "S2").out


def test_a_prospect_with_an_order_is_an_existing_customer(cli: Cli, book: str, tmp_path: Path) -> None:
    rates(cli, tmp_path)
    assert "check.prospect-with-orders" in cli("check", book).out
    assert cli("grade", book, "--policy", "abc_with_prospects", "--as-of", "2026-02-28").code == 0
    told = " ".join(cli("explain", book, "P1").out.split())
    assert "(P1) has grade C" in told
    assert "rank" in told
