"""What goes wrong is told in one sentence, in the language asked for, with the exit code of its kind."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import pytest
import typer

from tests.cli.conftest import Cli
from tierwise_cli import importing, main, options, plugins

HEADERS = "order number,line number,customer code,order date,amount without tax"


def test_a_missing_book_is_told_with_the_command_that_makes_one(cli: Cli):
    answer = cli("tables", "nowhere")
    assert answer.code == 2
    assert answer.out == ""
    assert (
        answer.err == "nowhere: there is no book here; `tierwise init nowhere` makes one [book.not-found]\n"
    )


def test_the_sentence_is_chinese_where_the_environment_is(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "此处没有账簿" in cli("tables", "nowhere").err
    monkeypatch.setenv("TIERWISE_LANG", "en")
    assert "there is no book" in cli("tables", "nowhere").err
    assert "此处没有账簿" in cli("tables", "nowhere", "--lang", "zh").err


def test_a_mistake_in_the_command_line_says_where_help_is(cli: Cli):
    answer = cli("grade", "book")
    assert answer.code == 2
    assert (
        answer.err == "Missing option '--policy'. [cli.usage]\n`tierwise grade --help` shows how it is used\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tables",), "缺少参数 BOOK"),
        (("grade", "b", "--as-of", "2026-02-28"), "缺少选项 --policy"),
        (("tables", "b", "--no-such"), "没有选项 --no-such"),
        (("tabels", "b"), "没有命令 tabels"),
        (("tables", "b", "c"), "多余的参数：c"),
        (("grade", "b", "--policy"), "选项 --policy 需要一个值"),
        (
            ("grade", "b", "--policy", "p", "--as-of", "2026-02-30"),
            "--as-of：2026-02-30 不是日期；请写成 2026-03-31",
        ),
        (
            ("grade", "b", "--policy", "p", "--as-of", "0001-01-01"),
            "--as-of：0001-01-01 不在 1900-01-01 至 9998-12-31 之间",
        ),
        (
            ("init", "b", "--closed-through", "9999-12-31"),
            "--closed-through：9999-12-31 不在 1900-01-01 至 9998-12-31 之间",
        ),
        (("undo-import", "b", "two"), "BATCH：应为整数"),
        (("init", "b", "--posting-basis", "cash"), "--posting-basis：cash 不在可选值之内"),
        (("init", "b", "--fiscal-year-start", "13"), "--fiscal-year-start：不得大于 12"),
    ],
)
def test_mistakes_in_the_command_line_are_told_in_chinese_too(cli: Cli, words: tuple[str, ...], said: str):
    answer = cli(*words, "--lang=zh") if words[-1] != "--policy" else cli("--lang=zh", *words)
    assert answer.code == 2
    assert answer.err.startswith(said)


def test_mistakes_in_the_command_line_are_json_too(cli: Cli):
    answer = cli("tables", "--json")
    assert answer.data["problems"][0]["code"] == "cli.usage"


def test_a_file_that_cannot_be_read_leaves_the_book_untouched(cli: Cli, book: Path, tmp_path: Path):
    (tmp_path / "empty.csv").write_bytes(b"")
    answer = cli("import", book, "order_lines", tmp_path / "empty.csv", "--json")
    assert answer.code == 2
    assert answer.data["problems"][0]["code"].startswith("file.")
    assert cli("tables", book, "--json").data["version"] == 4


@pytest.mark.parametrize(
    ("rejects", "code"), [("no/where/r.csv", "export.folder"), ("/dev/full", "export.unwritable")]
)
def test_a_place_that_takes_no_rejects_is_told_and_the_book_stays(
    cli: Cli, book: Path, tmp_path: Path, rejects: str, code: str
):
    (tmp_path / "bad.csv").write_text(f"{HEADERS}\nO9,1,C1,someday,5\nO8,1,C1,2026-02-01,5\n", "utf-8")
    answer = cli("import", book, "order_lines", tmp_path / "bad.csv", "--rejects", rejects, "--json")
    assert (answer.code, answer.data["problems"][0]["code"]) == (2, code)
    assert cli("tables", book, "--json").data["version"] == 4


def test_an_amount_that_is_none_is_told_in_the_language(cli: Cli, book: Path):
    words = ("lists", book, "fallers", "--least", "abc")
    assert "abc is not an amount; write it as 10000" in cli(*words).err
    assert "--least：abc 不是金额；请写成 10000 [cli.usage]" in cli("--lang", "zh", *words).err


def test_a_template_in_a_folder_that_is_not_there_is_told(cli: Cli):
    for name in ("t.csv", "t.xlsx"):
        answer = cli("template", "order_lines", "--out", f"no/where/{name}", "--json")
        assert (answer.code, answer.data["problems"][0]["code"]) == (2, "export.folder")


def test_a_full_disk_is_told_wherever_it_is_met(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from tierwise.demo import run

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run, "write_company", full)
    words = ("demo", "--no-serve", "--dir", tmp_path / "d")
    answer = cli(*words)
    assert answer.code == 2
    assert answer.err.endswith("the disk is full: free some space and repeat the command [cli.disk-full]\n")
    assert "磁盘已满" in cli(*words, "--lang", "zh").err


def test_a_clock_that_is_none_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TIERWISE_NOW", "yesterday")
    answer = cli("init", "b")
    assert answer.code == 2
    assert "[cli.instant]" in answer.err


def test_an_unanticipated_error_is_not_swallowed(cli: Cli, monkeypatch: pytest.MonkeyPatch, book: Path):
    from tierwise.book import checking

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(checking, "check", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        cli("check", book)


def test_an_interrupt_says_that_nothing_was_changed(cli: Cli, monkeypatch: pytest.MonkeyPatch, book: Path):
    from tierwise.grading import run

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "grade_book", stopped)
    words = ("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28")
    answer = cli(*words)
    assert answer.code == 130
    assert answer.err == "interrupted; nothing was changed [cli.interrupted]\n"
    assert cli(*words, "--lang", "zh").err == "已中断，未作任何更改 [cli.interrupted]\n"


def test_an_interrupt_after_the_run_was_stored_says_so(cli: Cli, monkeypatch: pytest.MonkeyPatch, book: Path):
    from tierwise_cli import grading

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(grading, "_show_grade", stopped)
    answer = cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28")
    assert answer.code == 130
    assert "version 5" in answer.err


def test_a_name_cannot_command_the_terminal(cli: Cli):
    answer = cli("tables", "no\x1b[31mwhere")
    assert "\x1b" not in answer.err


class Point:
    """An entry point of a test."""

    dist = None

    def __init__(self, name: str, loads: object) -> None:
        self.name = name
        self._loads = loads

    def load(self) -> object:
        """What it points to."""
        if isinstance(self._loads, Exception):
            raise self._loads
        return self._loads


def points(monkeypatch: pytest.MonkeyPatch, *found: Point) -> None:
    """Lets these be the installed plug-ins."""
    monkeypatch.setattr(plugins, "entry_points", lambda group: list(found))


def test_another_package_adds_its_commands(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    def register(app):
        @app.command("serve")
        def serve() -> None:
            """Serve."""
            typer.echo("serving")

    points(monkeypatch, Point("web", register))
    assert cli("serve").out == "serving\n"


def test_a_broken_plug_in_is_reported_and_the_rest_works(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    points(monkeypatch, Point("web", ImportError("no module named x")))
    answer = cli("policy", "list", "--json")
    assert answer.code == 0
    assert answer.data["policies"]
    assert "the plug-in web" in answer.err
    assert "no module named x" in answer.err


def test_a_plug_in_cannot_take_the_name_of_a_command(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    def register(app):
        app.command("import")(lambda: None)

    points(monkeypatch, Point("web", register))
    answer = cli("policy", "list", "--json")
    assert answer.code == 0
    assert "import exists already" in answer.err


def test_the_families_of_commands_are_all_registered():
    assert importing in main.FAMILIES
    folder = Path(main.__file__).parent
    able = {
        path.stem for path in folder.glob("*.py") if "def register(app" in path.read_text(encoding="utf-8")
    }
    assert {family.__name__.rpartition(".")[2] for family in main.FAMILIES} == able
    assert len(plugins.names(main.application())) >= len(able)


@pytest.mark.parametrize("day", [options.FIRST_DAY, options.LAST_DAY])
def test_the_first_and_the_last_day_that_are_taken_can_be_graded(cli: Cli, tmp_path: Path, day: date):
    lines, names = tmp_path / "lines.csv", tmp_path / "names.csv"
    lines.write_text("order_number,line_no,customer_code,order_date,amount\nS1,1,C1,2026-01-05,5\n")
    names.write_text("customer_code,customer_name\nC1,A\n")
    assert cli("init", "b").code == 0
    assert cli("import", "b", "customers", names).code == 0
    assert cli("import", "b", "order_lines", lines).code == 0
    for policy in ("abc_sales", "rfm_rank"):
        answer = cli("grade", "b", "--policy", policy, "--as-of", day, "--dry-run")
        assert (answer.code, "Traceback" in answer.err) == (0, False)
    assert cli("metrics", "compute", "b", "net_sales_120m", "--as-of", day).code == 0


@pytest.mark.parametrize("day", ["1899-12-31", "9999-12-31"])
def test_a_day_further_away_is_a_mistake_in_the_command_line(cli: Cli, day: str):
    answer = cli("grade", "b", "--policy", "abc_sales", "--as-of", day)
    assert answer.code == 2
    assert f"{day} lies outside 1900-01-01 to 9998-12-31 [cli.usage]" in answer.err


def test_rejected_rows_take_the_place_of_no_file_that_is_read_and_of_none_of_the_book(
    cli: Cli, book: Path, tmp_path: Path
):
    file = tmp_path / "bad.csv"
    file.write_text(f"{HEADERS}\nO9,1,C1,someday,5\nO8,1,C1,2026-02-01,5\n", "utf-8")
    settings = (book / "book.yaml").read_text("utf-8")
    (tmp_path / "link.csv").symlink_to(file)
    for place in (file, tmp_path / "link.csv", book / "book.yaml", book / "new.csv"):
        answer = cli("import", book, "order_lines", file, "--rejects", place, "--json")
        assert (answer.code, answer.data["problems"][0]["code"]) == (2, "import.rejects-place"), place
    assert "someday" in file.read_text("utf-8")
    assert (book / "book.yaml").read_text("utf-8") == settings
    assert cli("tables", book, "--json").data["version"] == 4


def test_a_template_takes_the_place_of_no_file(cli: Cli, tmp_path: Path):
    file = tmp_path / "c.csv"
    file.write_text("code,name\nC1,One\n", "utf-8")
    answer = cli("template", "customers", "--out", file, "--json")
    assert (answer.code, answer.data["problems"][0]["code"]) == (2, "file.template-exists")
    assert "One" in file.read_text("utf-8")


@pytest.mark.parametrize(("lang", "why"), [("en", "name too long"), ("zh", "名称过长")])
@pytest.mark.parametrize(
    "words",
    [
        ("init", "{place}", "--name", "n"),
        ("demo", "--no-serve", "--dir", "{place}"),
        ("onboard", "{folder}", "--out", "{place}"),
        ("watch", "{book}", "{watch}", "--rejects", "{place}"),
    ],
    ids=lambda words: words[0],
)
def test_a_folder_that_cannot_be_made_is_told_by_every_command(
    cli: Cli, book: Path, tmp_path: Path, words: tuple[str, ...], lang: str, why: str
):
    folder, watch = tmp_path / "in", tmp_path / "watch.yaml"
    folder.mkdir()
    (folder / "o.csv").write_text(f"{HEADERS}\nO8,1,C1,2026-02-01,5\n", "utf-8")
    watch.write_text("watch:\n  - {folder: in, pattern: '*.csv', table: order_lines}\n", "utf-8")
    slots = {"place": tmp_path / ("n" * 300), "folder": folder, "book": book, "watch": watch}
    answer = cli(*(word.format(**slots) for word in words), "--lang", lang)
    assert answer.code == 2, answer.err
    assert why in answer.err
    assert "[cli.place]" in answer.err
