"""The program as a process of its own: start-up, exit codes, signals, pipes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import environment

PROGRAM = [sys.executable, "-c", "from tierwise_cli.start import run; run()"]
HEAVY = ("ibis", "duckdb", "deltalake", "pyarrow", "pydantic", "yaml", "xlsxwriter", "sqlglot")


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """One call of the program as a process."""
    argv = [*PROGRAM, *(str(word) for word in words)]
    return subprocess.run(
        argv, check=False, capture_output=True, text=True, env=environment(), encoding="utf-8", timeout=120
    )


def test_nothing_heavy_is_imported_to_show_the_help():
    code = (
        "import sys\nfrom tierwise_cli.main import main\ncode = main(['--help'])\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
        encoding="utf-8",
    )
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"


def test_help_starts_within_a_few_times_of_importing_typer_alone():
    def seconds(argv: list[str]) -> float:
        before = os.times()
        subprocess.run(argv, capture_output=True, env=environment(), check=True)
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    bare = statistics.median(
        seconds([sys.executable, "-c", "import typer, rich.console, rich.table"]) for _ in range(5)
    )
    ours = statistics.median(seconds([*PROGRAM, "--help"]) for _ in range(5))
    assert ours < 4 * bare


def test_a_stranger_grades_and_explains_in_a_few_commands(built: Path, tmp_path: Path):
    book = tmp_path / "b"
    for words in (
        ("init", book),
        ("import", book, "customers", built / "customers.csv"),
        ("import", book, "order_lines", built / "orders.csv"),
        ("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28"),
    ):
        done = run(*words)
        assert done.returncode == 0, done.stderr
    told = run("explain", book, "C01", "--lang", "zh")
    assert "北京远大机械有限公司" in told.stdout
    assert json.loads(run("replay", book, "--json").stdout)["replay"]["same"]


def test_an_anticipated_error_ends_with_two_and_an_unanticipated_one_with_its_traceback(tmp_path: Path):
    refused = run("tables", tmp_path / "none")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    broken = "import tierwise.book.store as s\ns.Book.open = None\n"
    argv = [
        sys.executable,
        "-c",
        f"{broken}from tierwise_cli.main import run; run()",
        "tables",
        str(tmp_path),
    ]
    crashed = subprocess.run(
        argv, check=False, capture_output=True, text=True, env=environment(), encoding="utf-8"
    )
    assert crashed.returncode == 1
    assert "Traceback" in crashed.stderr


def test_a_reader_that_goes_away_is_no_error():
    argv = [*PROGRAM, "policy", "schema"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert said == b""


def test_chinese_answers_survive_a_terminal_that_cannot_show_them(tmp_path: Path):
    env = environment() | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    argv = [*PROGRAM, "tables", str(tmp_path / "none"), "--lang", "zh"]
    done = subprocess.run(argv, check=False, capture_output=True, env=env)
    assert done.returncode == 2
    assert b"[book.not-found]" in done.stderr


@pytest.mark.parametrize("hundredths", [2, 5, 10, 20])
def test_an_interrupt_while_the_program_is_loading_shows_no_traceback(hundredths: int):
    words = "from tierwise_cli.start import run; print(flush=True); run()"
    process = subprocess.Popen(
        [sys.executable, "-c", words, "tables", "nowhere"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(hundredths / 100)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (2, 130, -signal.SIGINT)
    assert "Traceback" not in said


def test_the_installed_program_is_the_one_that_is_tested(repo: Path):
    import tomllib

    said = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert said == {"tierwise": "tierwise_cli.start:run"}


@pytest.mark.slow
def test_an_interrupted_run_leaves_the_book_as_it_was(built: Path, tmp_path: Path):
    """Ctrl-C at different moments of grading: exit code 130, and the next call works."""
    import shutil

    shutil.copytree(built / "book", tmp_path / "book")
    book = tmp_path / "book"
    words = [*PROGRAM, "grade", str(book), "--policy", "abc_sales", "--as-of", "2026-02-28"]
    seen = set()
    for tenths in range(2, 20):
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True
        )
        time.sleep(tenths / 10)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        if process.returncode == 0:
            break
        assert process.returncode in (130, -signal.SIGINT), said
        seen.add(said)
    runs = json.loads(run("runs", book, "--json").stdout)["runs"]
    versions = json.loads(run("versions", book, "--json").stdout)["versions"]
    assert len([v for v in versions if v["kind"] == "run"]) == len(runs)
    assert run("replay", book).returncode == 0
    assert any("nothing was changed" in said for said in seen)


@pytest.fixture
def bound() -> list[str]:
    """What takes from an administrator the right to write where nobody may; nothing for everybody else."""
    if os.geteuid():
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("an administrator may write everywhere, and setpriv is not here")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.parametrize("closed", [".", "tables", "results", "versions"])
def test_a_book_in_which_one_may_not_write_is_one_sentence(
    tmp_path: Path, bound: list[str], closed: str
) -> None:
    book, lines = tmp_path / "book", tmp_path / "lines.csv"
    assert run("init", book, "--name", "B").returncode == 0
    lines.write_text(
        "order_number,line_no,customer_code,order_date,amount_ex_tax\n1,1,C1,2026-01-05,10\n",
        encoding="utf-8",
    )
    assert run("import", book, "order_lines", lines).returncode == 0
    (book / closed).chmod(0o555)
    asked = {
        ".": ("cycle", book, "--policy", "abc_sales", "--period", "2026-01"),
        "results": ("grade", book, "--policy", "abc_sales", "--as-of", "2026-01-31"),
    }
    words = asked.get(closed, ("policy", "use", book, "abc_sales"))
    done = subprocess.run(
        [*bound, *PROGRAM, *(str(word) for word in words)],
        check=False, capture_output=True, text=True, env=environment(), encoding="utf-8", timeout=120,
    )  # fmt: skip
    (book / closed).chmod(0o755)
    assert (done.returncode, "[book.read-only]" in done.stderr, "Traceback" in done.stderr) == (
        2,
        True,
        False,
    ), done.stderr
    assert json.loads(run("versions", book, "--json").stdout)["versions"][-1]["kind"] == "import"


def test_a_target_that_cannot_be_written_is_refused_before_anything_is_done(
    tmp_path: Path, bound: list[str]
) -> None:
    book, shut = tmp_path / "book", tmp_path / "shut"
    run("init", book, "--name", "B")
    shut.mkdir(mode=0o555)
    (tmp_path / "x.csv").mkdir()
    for target in (shut / "x.csv", tmp_path / "x.csv"):
        words = ["cycle", str(book), "--policy", "abc_sales", "--period", "2026-01", "--out", str(target)]
        done = subprocess.run(
            [*bound, *PROGRAM, *words], check=False, capture_output=True, text=True, env=environment(), encoding="utf-8"
        )  # fmt: skip
        assert (done.returncode, "[export.unwritable]" in done.stderr) == (2, True), done.stderr
    words = ["policy", "schema", "--out", str(shut / "deep" / "x.json")]
    done = subprocess.run(
        [*bound, *PROGRAM, *words], check=False, capture_output=True, text=True, env=environment()
    )
    assert (done.returncode, "[export.folder]" in done.stderr) == (2, True), done.stderr
