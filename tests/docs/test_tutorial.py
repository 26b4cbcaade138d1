"""The tutorial and the README are run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from scripts.make_cli_docs import everything

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _commands(text: str) -> list[str]:
    return [
        line for block in _BLOCK.findall(text) for line in block.splitlines() if line.startswith("tierwise ")
    ]


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TIERWISE_LANG": "en",
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_every_command_of_the_tutorial_works_in_order(tmp_path: Path, repo: Path) -> None:
    commands = _commands((repo / "docs" / "tutorial" / "first-hour.md").read_text(encoding="utf-8"))
    assert len(commands) > 20
    for command in commands:
        done = _run(command, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_readmes_name_only_commands_and_files_that_exist(repo: Path) -> None:
    known = set(get_command(everything()).commands)  # type: ignore[attr-defined]
    for name in ("README.md", "README.zh-CN.md"):
        text = (repo / name).read_text(encoding="utf-8")
        named = {command.split()[1] for command in _commands(text)} | set(
            re.findall(r"`tierwise ([a-z-]+)", text)
        )
        assert named <= known, (name, named - known)
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (repo / link).exists(), (name, link)
