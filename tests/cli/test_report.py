"""``tierwise report`` from the outside: files by their ending, what is missing, what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tierwise.demo.run import run_demo
from tierwise.report.day.as_pdf import CHINESE
from tierwise_cli.main import main

DAY = "2026-10-31"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    made = run_demo(folder, 60, months=1, at=datetime(2026, 11, 21, tzinfo=UTC), actor="test")
    return made.book.path


def asked(book, out, *more):
    return main(["report", str(book), "--as-of", DAY, "--out", str(out), *more])


@pytest.mark.parametrize(("ending", "begins"), [(".html", b"<!DOCTYPE html>"), (".xlsx", b"PK")])
def test_the_ending_of_the_file_says_the_form(book, tmp_path, ending, begins):
    out = tmp_path / f"report{ending}"
    assert asked(book, out) == 0
    assert out.read_bytes().startswith(begins)
    assert [file.name for file in tmp_path.iterdir()] == [out.name]


def test_a_print_is_a_pdf_where_the_machine_can_write_the_names(book, tmp_path, capsys):
    typst, out = pytest.importorskip("typst"), tmp_path / "report.pdf"
    code = asked(book, out, "--lang", "en")
    if set(CHINESE) & set(typst.Fonts().families()):
        assert code == 0
        assert out.read_bytes().startswith(b"%PDF")
    else:
        assert code == 2
        assert "report.no-font" in capsys.readouterr().err


def test_the_answer_names_the_run_and_what_is_missing(book, tmp_path, capsys):
    assert asked(book, tmp_path / "r.html", "--json", "--lang", "en") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["run"] == "run-000003"
    missing = {panel["code"]: panel["missing"] for panel in said["panels"]}
    assert missing["halves"] == ["The policy has no quality set; quality_20 has one"]
    assert missing["pyramid"] == []
    assert missing["pareto"] == []


def test_a_policy_is_tried_and_nothing_is_stored(book, tmp_path, capsys):
    from tierwise.book.store import Book

    before = Book.open(book).current().number
    assert asked(book, tmp_path / "r.html", "--policy", "quality_20", "--json") == 0
    assert json.loads(capsys.readouterr().out)["run"] == "dry-run"
    assert Book.open(book).current().number == before


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--policy", "abc_sales", "--run", "1"], "report.policy-and-run"),
        (["--run", "99"], "run.unknown"),
        (["--policy", "nothing_such"], "policy.no-such-policy"),
    ],
)
def test_what_cannot_be_is_refused(book, tmp_path, capsys, more, code):
    assert asked(book, tmp_path / "r.html", *more) == 2
    assert code in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused_before_anything_is_computed(book, tmp_path, capsys):
    assert asked(book, tmp_path / "r.docx") == 2
    assert "export.format" in capsys.readouterr().err


def test_a_run_of_another_day_is_refused_with_its_day(book, tmp_path, capsys):
    code = main(
        ["report", str(book), "--as-of", "2026-09-30", "--run", "3", "--out", str(tmp_path / "r.html")]
    )
    assert code == 2
    assert "--as-of 2026-10-31" in capsys.readouterr().err
