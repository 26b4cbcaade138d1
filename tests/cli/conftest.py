"""A command line to call in tests, a fixed clock and actor, and a small company."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tierwise_cli.main import main

NOW = "2026-03-10T10:00:00+08:00"


@dataclass(frozen=True)
class Answer:
    """What one call answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON document on standard output, which must hold nothing else."""
        return json.loads(self.out)


Cli = Callable[..., Answer]


def environment() -> dict[str, str]:
    """The environment of every call: nothing of the machine shows in the answers."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TIERWISE_", "LC_")) and k != "LANG"}
    return kept | {"COLUMNS": "80", "NO_COLOR": "1", "TIERWISE_NOW": NOW, "TIERWISE_ACTOR": "ann"}


@pytest.fixture(autouse=True)
def _quiet_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TIERWISE_", "LC_")) or name == "LANG":
            monkeypatch.delenv(name)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Calls the program in this process."""

    def call(*words: object) -> Answer:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A CSV file of the rows."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def company(folder: Path) -> None:
    """Files of a small company: twelve customers who buy less and less, two bad lines."""
    names = [
        "北京远大机械有限公司",
        "上海宏图电子",
        "Acme Ltd",
        "广州新科材料",
        "Nordlicht GmbH",
        "成都锦江设备",
    ]
    customers = [
        {"code": f"C{n:02}", "name": names[(n - 1) % 6] + ("" if n <= 6 else " II"), "owner": "Li"}
        for n in range(1, 13)
    ]
    write_csv(folder / "customers.csv", customers)
    lines: list[dict[str, Any]] = [
        {
            "order_number": f"S{n:02}{month:02}",
            "line_no": 1,
            "customer_code": f"C{n:02}",
            "order_date": f"2025-{month:02}-15",
            "amount_ex_tax": f"{120_000 / n:.2f}",
            "cost_amount": f"{80_000 / n:.2f}",
        }
        for n in range(1, 13)
        for month in range(3, 3 + 13 - n)
        if month <= 12
    ]
    bad = [
        lines[0] | {"order_number": "X1", "amount_ex_tax": "12x"},
        lines[0] | {"order_number": "X2", "customer_code": ""},
    ]
    write_csv(folder / "orders.csv", [*lines, *bad])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the company's files, its book and one run, made once."""
    folder = tmp_path_factory.mktemp("company")
    company(folder)
    book = str(folder / "book")
    before = Path.cwd(), dict(os.environ)
    os.environ.update(environment())
    try:
        for words in (
            ["init", book, "--name", "Example"],
            ["import", book, "customers", str(folder / "customers.csv")],
            ["import", book, "order_lines", str(folder / "orders.csv")],
            ["grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28"],
        ):
            assert main([*words, "--json"]) == 0
    finally:
        os.environ.clear()
        os.environ.update(before[1])
    return folder


@pytest.fixture
def book(built: Path, tmp_path: Path) -> Path:
    """A copy of the book that a test may change; the files stand beside it."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path / "book"
