"""Help is complete in both languages, quick, and the same as the reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from scripts.make_cli_docs import commands, everything, render
from tests.cli.conftest import Cli
from tierwise.kernel.text import BETWEEN
from tierwise_cli.language import language_of
from tierwise_cli.main import PROGRAM

ALL = list(commands(get_command(everything()), PROGRAM))


def test_the_reference_is_up_to_date_with_the_commands(repo: Path):
    written = (repo / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert written == render(), "run scripts/make_cli_docs.py"


def test_the_reference_has_every_command(repo: Path):
    text = (repo / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [path for path, _ in ALL]


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_every_command_and_parameter_has_help_in_both_languages(path: str, command: Any):
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    for holder in (command, *shown):
        en, _, zh = (holder.help or "").partition(BETWEEN)
        assert en, (path, holder)
        assert re.search(r"[\u4e00-\u9fff]", zh), (path, holder)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_every_command_speaks_json_and_both_languages(path: str, command: Any):
    assert {"--json", "--lang"} <= {option for param in command.params for option in param.opts}


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_help_fits_eighty_columns_in_both_languages(cli: Cli, path: str, command: Any):
    from rich.cells import cell_len

    for lang, word in (("en", "Options"), ("zh", "选项")):
        answer = cli(*path.split()[1:], "--help", "--lang", lang)
        assert "<bool>" not in answer.out, "an option without a value shows none"
        assert answer.code == 0
        assert word in answer.out
        assert BETWEEN not in answer.out
        assert all(cell_len(line) <= 80 for line in answer.out.splitlines())


def test_no_command_at_all_shows_the_help(cli: Cli):
    assert cli().code == 0
    assert "explain" in cli().out


def test_a_group_alone_shows_its_help(cli: Cli):
    assert "compute" in cli("metrics").out
    assert "计算" in cli("--lang", "zh", "metrics").out
    assert cli("metrics", "--lang", "zh").code == 2


def test_the_version_is_told(cli: Cli):
    assert re.fullmatch(r"tierwise \d+\.\d+\.\d+\S*\n", cli("--version").out)


@pytest.mark.parametrize(
    ("argv", "environ", "lang"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "en_US", "TIERWISE_LANG": "zh"}, "zh"),
        (["x", "--lang", "en"], {"TIERWISE_LANG": "zh"}, "en"),
        (["x", "--lang=zh"], {}, "zh"),
        (["x", "--", "--lang=zh"], {}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_most_closely(argv: list[str], environ: dict[str, str], lang: str):
    assert language_of(argv, environ) == lang
