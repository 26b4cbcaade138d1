"""The repository carries nothing that belongs to one machine, one registry or one unfinished thought."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

# Written in pieces, so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")) + r")/\w"
)
REGISTRY = re.compile(r"(?:pypi|pythonhosted|npmjs|debian)\." + "(?:org|com)")
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|X" + r"XX)\b")

# Files by others, carried as they came.
VENDORED = re.compile(r"(^|/)(assets|vendor|vendored)/|\.min\.(js|css)$|^LICENSE$|^THIRD_PARTY_NOTICES")


@pytest.fixture(scope="module")
def tracked(repo: Path) -> dict[str, str]:
    """The text files under version control that are ours: path to content."""
    if shutil.which("git") is None or not (repo / ".git").exists():
        pytest.skip("not a git checkout: the list of tracked files is unknown")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repo, check=True, capture_output=True, text=True)
    texts = {}
    for name in listed.stdout.split("\0"):
        path = repo / name
        if not name or VENDORED.search(name) or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            texts[name] = content.decode("utf-8", errors="replace")
    return texts


def places(tracked: dict[str, str], pattern: re.Pattern[str], only: str = "") -> list[str]:
    """`file:line: match` for every line of the tracked files below `only` that matches."""
    return [
        f"{name}:{number}: {found.group()}"
        for name, text in tracked.items()
        if name.startswith(only)
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_path_of_one_machine(tracked: dict[str, str]):
    assert places(tracked, MACHINE_PATH) == []


def test_no_file_names_the_host_of_a_package_registry(tracked: dict[str, str]):
    assert places(tracked, REGISTRY) == []


def test_the_lock_files_name_packages_and_no_addresses(tracked: dict[str, str]):
    assert places(tracked, re.compile(r"://|--(?:extra-)?index-url|--find-links"), only="requirements/") == []


def test_every_locked_package_has_a_hash(tracked: dict[str, str]):
    for name in ("requirements/runtime.txt", "requirements/dev.txt"):
        for entry in re.split(r"\n(?=[A-Za-z0-9])", tracked[name])[1:]:
            assert "--hash=sha256:" in entry, f"{name}: {entry.splitlines()[0]}"


def test_both_lock_files_agree_on_every_version(tracked: dict[str, str]):
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([A-Za-z0-9._-]+==\S+)", tracked[name], re.MULTILINE))

    assert pins("requirements/runtime.txt") - pins("requirements/dev.txt") == set()


def test_unfinished_work_is_an_issue_and_not_a_comment(tracked: dict[str, str]):
    assert places(tracked, UNFINISHED) == []
