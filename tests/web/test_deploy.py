"""What ``deploy/`` names exists, and its parts agree; no container is needed to know that."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.web.test_serve import HERE, PROGRAM
from tierwise import api
from tierwise_web.serve import PORT

DEPLOY = HERE / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "tierwise.service").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
ENV = (DEPLOY / "env.example").read_text(encoding="utf-8")


def served(words: list[str]) -> list[str]:
    """The options of a ``tierwise serve`` among words."""
    return [word for word in words[words.index("serve") :] if word.startswith("--")]


def commands() -> dict[str, list[str]]:
    unit = re.search(r"^ExecStart=(.+)$", UNIT, re.M)
    image = re.search(r"^CMD (\[.+\])$", DOCKERFILE, re.M)
    assert unit
    assert image
    services = {name: s["command"] for name, s in COMPOSE["services"].items() if "command" in s}
    return {"unit": unit[1].split(), "image": json.loads(image[1]), **services}


@pytest.mark.parametrize("name", commands())
def test_every_command_exists(name: str):
    words = commands()[name]
    if "-m" in words:
        assert find_spec(words[words.index("-m") + 1])
        return
    assert Path(words[0]).name == "tierwise"
    asked = [sys.executable, "-c", PROGRAM, "serve", "--help"]
    environment = {"PYTHONPATH": str(HERE / "src"), "PATH": os.environ["PATH"], "COLUMNS": "200"}
    told = subprocess.run(asked, capture_output=True, text=True, check=True, env=environment).stdout
    assert [option for option in served(words) if option not in told] == []


def test_systemd_understands_the_unit_and_finds_it_closed(tmp_path: Path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    file = tmp_path / "tierwise.service"
    program = re.search(r"^ExecStart=(\S+)", UNIT, re.M)
    assert program
    file.write_text(UNIT.replace(program[1], "/bin/true"), encoding="utf-8")  # nothing is installed here
    understood = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, check=False)
    mine = [line for line in understood.stderr.splitlines() if file.name in line]
    assert (understood.returncode, mine) == (0, [])
    asked = [analyze, "security", "--offline=true", "--threshold=40", str(file)]
    assert subprocess.run(asked, capture_output=True, check=False).returncode == 0


def test_every_file_that_the_image_takes_exists():
    taken = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    assert taken
    assert [name for line in taken for name in line.split() if not (HERE / name).exists()] == []
    assert "requirements/image.txt" in DOCKERFILE
    locked = (HERE / "requirements" / "image.txt").read_text(encoding="utf-8")
    assert "psycopg" in locked, "the image must be able to reach PostgreSQL"


def test_compose_builds_from_files_that_exist():
    for service in COMPOSE["services"].values():
        if "build" in service:
            context = (DEPLOY / service["build"]["context"]).resolve()
            assert context == HERE
            assert (context / service["build"]["dockerfile"]).is_file()


def test_ports_agree():
    ports = {
        *re.findall(r"^EXPOSE (\d+)", DOCKERFILE, re.M),
        *re.findall(r"http://127.0.0.1:(\d+)/health", DOCKERFILE),
        *[words[words.index("--port") + 1] for words in commands().values() if "--port" in words],
        COMPOSE["services"]["web"]["command"][-1],
        COMPOSE["services"]["web"]["ports"][0].split(":")[-1],
    }
    assert ports == {str(PORT)}


def test_nothing_runs_as_root_and_nothing_but_the_machine_itself_reaches_the_port():
    assert re.search(r"^USER tierwise$", DOCKERFILE, re.M)
    assert re.search(r"^User=tierwise$", UNIT, re.M)
    assert COMPOSE["services"]["web"]["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert "ports" not in COMPOSE["services"]["database"]


def test_every_variable_is_one_that_the_application_reads():
    code = "".join(path.read_text(encoding="utf-8") for path in (HERE / "src").rglob("*.py"))
    texts = {"Dockerfile": DOCKERFILE, "env.example": ENV, "compose.yaml": json.dumps(COMPOSE)}
    for file, text in texts.items():
        named = set(re.findall(r"TIERWISE_[A-Z_]+", text))
        assert {name for name in named if f'"{name}"' not in code} == set(), file
    assert set(re.findall(r"\$\{(\w+)", json.dumps(COMPOSE))) <= set(re.findall(r"^#?(\w+)=", ENV, re.M))


def test_preparing_makes_everything_ready_and_ends(book: api.Book, tmp_path: Path):
    shutil.copytree(book.path, tmp_path / "book")
    command = [sys.executable, "-c", PROGRAM, "serve", str(tmp_path / "book"), "--prepare", "--lang", "en"]
    environment = {"PYTHONPATH": str(HERE / "src"), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    assert "/set-up?code=" in done.stdout
    assert list((tmp_path / "book-web" / "read").glob("run-*.sqlite3"))
