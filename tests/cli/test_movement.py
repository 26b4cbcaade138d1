"""``tierwise movement`` in both languages: the matrix, the causes, one customer, files, refusals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Cli, write_csv
from tierwise.kernel.text import Lang
from tierwise_cli.main import main


@pytest.fixture(scope="module")
def _moved(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moved")
    shutil.copytree(built, folder, dirs_exist_ok=True)
    lines = [
        {"order_number": "N1", "line_no": 1, "customer_code": "C12", "order_date": "2026-03-05", "amount_ex_tax": "2000000"},
        {"order_number": "N2", "line_no": 1, "customer_code": "C02", "order_date": "2025-12-05", "amount_ex_tax": "900000"},
    ]  # fmt: skip
    book, new = str(folder / "book"), str(write_csv(folder / "new.csv", lines))
    clock = ("--at", NOW, "--actor", "ann", "--json")
    assert main(["import", book, "order_lines", new, *clock]) == 0
    assert main(["grade", book, "--policy", "abc_sales", "--as-of", "2026-03-08", *clock]) == 0
    return folder


@pytest.fixture
def moved(_moved: Path, tmp_path: Path) -> Path:
    """The book with a second run: C12 bought much in March, C02 was told late to have bought more in December."""
    shutil.copytree(_moved, tmp_path, dirs_exist_ok=True)
    return tmp_path / "book"


def test_the_parts_of_every_mover_add_up_and_late_data_is_told_from_new_facts(cli: Cli, moved: Path) -> None:
    data = cli("movement", moved, "--from", "1", "--to", "2", "--json").data
    causes = ("data", "policy", "own", "facts", "field", "override", "confirmation")
    movers = {row["customer_id"]: row for row in data["movers"]}
    assert all(sum(row[c] for c in causes) == row["step"] for row in movers.values())
    assert movers["C12"]["main"] == "own"
    assert movers["C12"]["drivers"][0] | {"before": ""} == {
        "code": "net_sales_12m", "before": "", "after": "2010000", "share_pct": "100.00",
    }  # fmt: skip
    assert sum(cell["customers"] for cell in data["cells"]) == 12
    assert data["rates"]["stability_pct"] is not None


def test_late_lines_are_data_and_who_is_pushed_down_is_moved_by_the_field(cli: Cli, moved: Path) -> None:
    movers = cli("movement", moved, "--from", "1", "--to", "2", "--json").data["movers"]
    causes = {(row["customer_id"], row["main"]) for row in movers}
    assert ("C01", "data") in causes
    assert any(main == "field" for _, main in causes)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            [
                "Movement from run-000001",
                "stability",
                "net upgrade",
                "own facts",
                "change of the field",
                "reactivated",
            ],
        ),
        ("zh", ["等级变动", "稳定率", "净升级率", "自身变化", "其他客户的变化", "负责人"]),
    ],
)
def test_the_page_reads_well(cli: Cli, moved: Path, lang: Lang, words: list[str]) -> None:
    shown = cli("movement", moved, "--from", "1", "--to", "2", "--by", "owner", "--lang", lang).out
    for word in words:
        assert word in shown, shown


@pytest.mark.parametrize(("lang", "words"), [("en", ["together", "net sales"]), ("zh", ["合计", "净销售额"])])
def test_one_customer_is_told_with_its_metrics(cli: Cli, moved: Path, lang: Lang, words: list[str]) -> None:
    shown = cli("movement", moved, "--from", "1", "--to", "2", "--customer", "C12", "--lang", lang).out
    assert all(word.lower() in shown.lower() for word in words), shown
    stayed = cli("movement", moved, "--from", "1", "--to", "2", "--customer", "C05", "--json").data
    assert stayed["mover"] is None


def test_the_movers_are_written_to_a_file(cli: Cli, moved: Path, tmp_path: Path) -> None:
    answer = cli("movement", moved, "--from", "1", "--to", "2", "--out", tmp_path / "m.csv", "--json")
    rows = (tmp_path / "m.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(answer.data["movers"])
    assert rows[0].startswith("customer_id,previous,current,step,data,policy,own")


def test_counting_alone_replays_nothing(cli: Cli, moved: Path) -> None:
    data = cli("movement", moved, "--from", "1", "--to", "2", "--quick", "--json").data
    assert "movers" not in data
    assert sum(cell["customers"] for cell in data["cells"]) == 12


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--from", "2", "--to", "1"), "movement.order"),
        (("--from", "1", "--to", "1"), "movement.same-run"),
        (("--from", "1", "--to", "9"), "run.unknown"),
        (("--from", "1", "--to", "2", "--quick", "--customer", "C01"), "movement.quick"),
        (("--from", "1", "--to", "2", "--customer", "nobody"), "run.no-customer"),
        (("--from", "1", "--to", "2", "--out", "x.doc"), "export.format"),
    ],
)
def test_what_cannot_be_told_is_refused(cli: Cli, moved: Path, words: tuple[str, ...], code: str) -> None:
    answer = cli("movement", moved, *words)
    assert (answer.code, code in answer.err) == (2, True), answer.err


def test_another_scale_is_refused(cli: Cli, moved: Path) -> None:
    assert cli("grade", moved, "--policy", "credit_rating", "--as-of", "2026-03-08").code == 0
    answer = cli("movement", moved, "--from", "1", "--to", "3")
    assert (answer.code, "movement.other-scale" in answer.err, "tierwise compare" in answer.err) == (
        2,
        True,
        True,
    )
