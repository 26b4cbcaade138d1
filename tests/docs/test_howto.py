"""The how-to pages are run as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise_cli.main import main

_BLOCK = re.compile(r"```(sh|yaml)\n(.*?)```", re.DOTALL)


def _blocks(repo: Path, kind: str, page: str = "onboarding.md") -> list[str]:
    text = (repo / "docs" / "howto" / page).read_text(encoding="utf-8")
    return [body for language, body in _BLOCK.findall(text) if language == kind]


def run_commands(repo: Path, page: str) -> list[str]:
    """Runs the commands of a page in their order, in the folder where the test stands; the commands."""
    lines = [line for block in _blocks(repo, "sh", page) for line in block.splitlines()]
    for line in lines:
        program, *words = shlex.split(line)
        assert (program, main(words)) == ("tierwise", 0), line
    return lines


@pytest.mark.slow
def test_the_commands_of_the_page_on_onboarding_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for block in _blocks(repo, "sh") for line in block.splitlines()]
    assert len(lines) >= 7
    for line in lines:
        program, *words = shlex.split(line)
        assert (program, main(words)) == ("tierwise", 0), line


def test_the_watch_file_of_the_page_is_understood(tmp_path: Path, repo: Path) -> None:
    from tierwise.book.sources.watching import load_watch_list

    (tmp_path / "incoming").mkdir()
    (text,) = _blocks(repo, "yaml")
    (tmp_path / "watch.yaml").write_text(text, encoding="utf-8")
    (entry,) = load_watch_list(tmp_path / "watch.yaml").watch
    assert entry.folder == tmp_path / "incoming"
    assert set(yaml.safe_load(text)["watch"][0]) == set(type(entry).model_fields)


@pytest.mark.slow
def test_the_commands_of_the_page_on_reports_write_their_files(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = run_commands(repo, "reports.md")
    written = {words[words.index("--out") + 1] for words in map(shlex.split, lines) if "--out" in words}
    assert written == {path.name for path in tmp_path.iterdir() if path.is_file()}


def test_the_page_on_reports_names_every_panel(repo: Path) -> None:
    from tierwise.report.day.words import OWN

    text = (repo / "docs" / "howto" / "reports.md").read_text(encoding="utf-8")
    folder = repo / "src" / "tierwise" / "report" / "day"
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    names = set(re.findall(r'\bPanel\(\s*"(\w+)"', code))
    assert len(names) >= 10
    for name in sorted(names):
        assert f"| {OWN[name].en} {OWN[name].zh} |" in text, name


@pytest.mark.slow
def test_the_commands_of_the_page_on_segments_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = _blocks(repo, "yaml", "segments.md")
    (tmp_path / "segments.yaml").write_text(text, encoding="utf-8")
    run_commands(repo, "segments.md")
    assert {"large.csv", "cross.xlsx"} <= {path.name for path in tmp_path.iterdir()}


def test_the_page_on_segments_names_every_attribute_and_operator(repo: Path) -> None:
    from tierwise.segmentation.rules import ATTRIBUTES, OPERATORS

    text = (repo / "docs" / "howto" / "segments.md").read_text(encoding="utf-8")
    assert [name for name in (*ATTRIBUTES, *OPERATORS) if f"`{name}`" not in text] == []


@pytest.mark.slow
def test_the_commands_of_the_page_on_two_policies_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_commands(repo, "two-policies.md")
    assert {"two.xlsx", "three.xlsx"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.slow
def test_the_commands_of_the_page_on_the_cycle_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIERWISE_NOW", "2026-11-10T09:00:00+08:00")
    run_commands(repo, "cycle.md")
    assert {"review.xlsx", "events.csv"} <= {path.name for path in tmp_path.iterdir()}
    (declared,) = _blocks(repo, "yaml", "cycle.md")
    assert set(yaml.safe_load(declared)["effective"]) == {"upgrade_confirm", "downgrade_confirm"}


@pytest.mark.slow
def test_the_commands_of_the_page_on_groups_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (policy,) = _blocks(repo, "yaml", "groups.md")
    (tmp_path / "by_group.yaml").write_text(policy, encoding="utf-8")
    said: dict[str, str] = {}
    for line in [line for block in _blocks(repo, "sh", "groups.md") for line in block.splitlines()]:
        program, *words = shlex.split(line)
        assert (program, main(words)) == ("tierwise", 0), line
        said[line] = capsys.readouterr().out
    assert (tmp_path / "groups.xlsx").stat().st_size > 0
    assert "its own" in said["tierwise explain acme/book C000003"]


@pytest.mark.slow
def test_the_commands_of_the_page_on_movement_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_commands(repo, "movement.md")
    assert {"movers.xlsx", "levers.xlsx"} <= {path.name for path in tmp_path.iterdir()}


def test_the_page_on_movement_names_every_cause(repo: Path) -> None:
    from tierwise.movement.causes import CAUSES
    from tierwise.movement.words import MOVE_CAUSES

    text = (repo / "docs" / "howto" / "movement.md").read_text(encoding="utf-8")
    for cause in CAUSES:
        assert f"| `{cause}` " in text, cause
        assert MOVE_CAUSES[cause].zh in text or cause == "facts", cause


@pytest.mark.slow
def test_the_commands_of_the_page_on_rehearsal_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tierwise.grading.run import list_runs
    from tierwise.movement.in_use import in_use

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIERWISE_NOW", "2026-11-10T09:00:00+08:00")
    (policy,) = _blocks(repo, "yaml", "rehearsal.md")
    (tmp_path / "wider.yaml").write_text(policy, encoding="utf-8")
    run_commands(repo, "rehearsal.md")
    assert (tmp_path / "movers.xlsx").exists()
    book = Book.open(tmp_path / "trade" / "book")
    assert [run.policy_version for run in list_runs(book)[-2:]] == [1, 2]
    assert [(one.version, one.leading) for one in in_use(book)] == [
        (1, True)
    ]  # December is not published yet


def test_the_page_on_rehearsal_names_every_mark_of_surprise_with_its_points(repo: Path) -> None:
    from tierwise.rehearsal.surprise import MARKS, POINTS

    text = (repo / "docs" / "howto" / "rehearsal.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and line.rstrip(" |")[-1].isdigit()]
    assert len(rows) == len(POINTS)
    for row, (code, points) in zip(rows, POINTS.items(), strict=True):
        assert row.startswith(f"| {MARKS[code].en}")
        assert MARKS[code].zh in row
        assert row.endswith(f" | {points} |")


@pytest.mark.slow
def test_the_commands_of_the_page_on_lists_work_in_order(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_commands(repo, "lists.md")
    assert (tmp_path / "fallers.xlsx").exists()


def test_the_page_on_lists_names_every_list(repo: Path) -> None:
    from tierwise.insight.lists.rules import LISTS

    text = (repo / "docs" / "howto" / "lists.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] == list(LISTS)


@pytest.mark.slow
def test_the_commands_of_the_page_on_backtests_write_their_files(
    tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_commands(repo, "backtest.md")
    assert {"backtest.html", "backtest.xlsx", "backtest.csv"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("page", ["spark.md", "spark.zh.md"])
def test_the_commands_of_the_page_on_spark_work_in_order(
    page: str, tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch, spark: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(run_commands(repo, page)) == 4


def in_bytes(size: str) -> float:
    """A size as the page writes it."""
    number, unit = size.split()
    return float(number) * {"GB": 10**9, "TB": 10**12}[unit]


@pytest.mark.parametrize("page", ["spark.md", "spark.zh.md"])
def test_the_settings_and_the_sizes_of_the_page_on_spark_hold(page: str, repo: Path) -> None:
    (text,) = _blocks(repo, "yaml", page)
    assert Settings.model_validate({"name": "x", **yaml.safe_load(text)}).place.name == "spark"
    whole = (repo / "docs" / "howto" / page).read_text(encoding="utf-8")
    for lines, size, book in (
        (10**7, "0.34 GB", "0.48 GB"),
        (10**9, "34 GB", "48 GB"),
        (10**11, "3.4 TB", "4.8 TB"),
    ):
        assert (in_bytes(size), in_bytes(book)) == (lines * 34, lines * 48)
        assert f"| {size} | {book} | {-(-lines * 34 // (128 * 10**6)):,} |" in whole


@pytest.mark.slow
@pytest.mark.parametrize("page", ["merging.md", "merging.zh.md"])
def test_the_commands_of_the_page_on_merging_work_in_order(
    page: str, tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(run_commands(repo, page)) == 8
