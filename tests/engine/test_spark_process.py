"""Spark as people run it, each in a process of its own: from the command line, behind a server, on a cluster of two workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.connect import server
from tests.engine.sparkling import missing
from tests.unit.book.bookkit import Kit, line

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def said(repo: Path, *words: str) -> str:
    """The standard output of a Python process; it must end well."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{repo / 'src'}{os.pathsep}{repo}",
        "TIERWISE_NOW": "2026-04-10T08:00:00Z",
    }
    done = subprocess.run(
        [sys.executable, *words], cwd=repo, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


PROGRAM = ("-c", "from tierwise_cli.start import run; run()")


@pytest.fixture
def book(tmp_path: Path) -> str:
    kit = Kit(tmp_path)
    kit.put(
        "order_lines", *(line(f"A{n}", 1, n + 1, "2026-02-05", customer_code=f"C{n % 7}") for n in range(60))
    )
    return str(kit.book.path)


def graded(repo: Path, book: str, *words: str) -> dict[str, str]:
    """The record of a grading by the command line."""
    asked = ("grade", book, "--policy", "abc_sales", "--as-of", "2026-03-31", "--json", "--actor", "ann")
    found: dict[str, str] = json.loads(said(repo, *PROGRAM, *asked, *words))["run"]
    return found


@pytest.mark.slow
def test_the_command_line_grades_on_spark_with_its_usual_settings(book: str, repo: Path) -> None:
    local = graded(repo, book, "--dry-run")
    spark = graded(repo, book, "--spark", "local[2]")
    assert spark["engine"] == "spark"
    assert spark["digest"] == local["digest"]
    replayed = json.loads(said(repo, *PROGRAM, "replay", book, "--engine", "duckdb", "--json"))
    assert replayed["replay"]["same"]


@pytest.mark.slow
def test_behind_a_spark_connect_server_the_digest_is_the_same(book: str, tmp_path: Path, repo: Path) -> None:
    local = graded(repo, book, "--dry-run")
    with server(tmp_path) as url:
        spark = graded(repo, book, "--spark", url)
        with (Path(book) / "book.yaml").open("a", encoding="utf-8") as file:
            file.write(f"engine: spark\nspark: {url}\n")
        replayed = json.loads(said(repo, *PROGRAM, "replay", book, "--json"))
    assert (spark["engine"], spark["digest"]) == ("spark", local["digest"])
    assert replayed["replay"]["same"]


@pytest.mark.long
@pytest.mark.parametrize("words", [(), ("kill",)])
def test_a_cluster_in_other_time_zones_gives_the_digest_also_when_an_executor_is_killed(
    words: tuple[str, ...], repo: Path
) -> None:
    wanted, found = said(repo, "-m", "tests.engine.on_cluster", *words).split()[-2:]
    assert found == wanted
