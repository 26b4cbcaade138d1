"""``tierwise map`` and ``tierwise onboard`` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, company


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the small company."""
    place = tmp_path / "files"
    place.mkdir()
    company(place)
    return place


def test_a_proposed_mapping_is_shown_or_written_and_never_written_over(cli: Cli, folder: Path) -> None:
    shown = cli("map", folder / "orders.csv", "order_lines")
    assert shown.code == 0
    assert "amount_ex_tax: amount_ex_tax  # high: " in shown.out
    assert cli("map", folder / "orders.csv", "order_lines", "--out", "map.yaml", "--lang", "zh").code == 0
    assert Path("map.yaml").read_text(encoding="utf-8").startswith("# 为 orders.csv 拟定")
    refused = cli("map", folder / "orders.csv", "order_lines", "--out", "map.yaml")
    assert (refused.code, "[map.exists]" in refused.err) == (2, True)


def test_a_proposed_mapping_imports(cli: Cli, folder: Path) -> None:
    cli("init", "book")
    cli("map", folder / "orders.csv", "order_lines", "--out", "map.yaml")
    done = cli("import", "book", "order_lines", folder / "orders.csv", "--map", "map.yaml", "--json")
    assert done.data["import"]["rejected"] == 2
    assert done.data["import"]["new"] > 50


def test_onboarding_a_folder_says_the_same_to_people_and_programs(cli: Cli, folder: Path) -> None:
    data = cli("onboard", folder, "--json").data
    assert {plan["table"] for plan in data["plans"]} == {"customers", "order_lines"}
    assert data["ledger"] is None
    for lang, word in (("en", "Policies: "), ("zh", "策略：")):
        page = cli("onboard", folder, "--lang", lang)
        assert page.code == 0
        assert word in page.out
        assert "orders.csv" in page.out


def test_onboarding_writes_mappings_and_imports_into_a_book(cli: Cli, folder: Path) -> None:
    cli("init", "book")
    done = cli("onboard", folder, "--out", "maps", "--book", "book", "--json")
    assert done.code == 0
    assert sorted(Path(path).name for path in done.data["written"]) == [
        "customers.customers.yaml",
        "orders.order_lines.yaml",
    ]
    assert {one["table"]: one["rejected"] for one in done.data["imports"]} == {
        "customers": 0,
        "order_lines": 2,
    }
    assert Path("maps/orders.order_lines.rejects.csv").is_file()


def test_a_ledger_that_differs_ends_with_one_and_keeps_the_book_as_it_was(cli: Cli, folder: Path) -> None:
    Path("ledger.csv").write_text("month,net sales\n2025-03,1\n", encoding="utf-8")
    page = cli("onboard", folder, "--ledger", "ledger.csv")
    assert page.code == 1
    assert "2025-03" in page.out
    cli("init", "book")
    refused = cli("onboard", folder, "--ledger", "ledger.csv", "--book", "book")
    assert (refused.code, "[onboard.ledger-differs]" in refused.err) == (2, True)
    assert cli("tables", "book", "--json").data["tables"][0]["rows"] == 0
