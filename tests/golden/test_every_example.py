"""Every worked example of the specification has tests that name it and read all its figures, or waits for a reason."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WAITING = {
    "E09": "lifetime value",
    "E22": "account plans",
    "E25": "service by grade",
    "E26": "key account work",
    "E34": "key account work",
    "E36": "key account work",
    "E40": "service by grade",
}
"""Examples of parts that are not built yet."""
UNREAD = {
    "E13": {"expected_due", "expected_order_default", "expected_order_mid_before_ordinary"},  # service by grade
    "E16": {"max_rate_age_days"},  # stands in the cases of the tenth and the eleventh day
    "E23": {"expected_industry_attractiveness", "expected_mean_pressure",  # five forces: account plans
            "expected_bargaining_power"},  # 6 less this is the structural position, which is tested
}  # fmt: skip
"""Figures of a tested example that no test reads, each with its reason."""
SAME = {"E11": "E03"}
"""E11 was merged: the key set of the whale curve."""


def _texts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("test_*.py"))}


def _tested() -> dict[str, list[str]]:
    """Number -> the files with a test of that name."""
    found: dict[str, list[str]] = {}
    for name, text in _texts().items():
        for number in sorted(set(re.findall(r"def test_(e\d\d)b?_", text))):
            found.setdefault(number.upper(), []).append(name)
    return found


def _numbers() -> set[str]:
    return {path.name[:3] for path in (HERE / "examples").iterdir()}


def test_every_example_is_named_by_a_test_or_waits_for_its_part() -> None:
    assert _numbers() | set(SAME) == {f"E{n:02d}" for n in range(1, 41)}
    tested = set(_tested())
    assert _numbers() - tested - set(WAITING) == set()
    assert tested & set(WAITING) == set(), "it is tested now: take it from WAITING and from the list"


def test_every_figure_of_a_tested_example_is_read() -> None:
    texts = _texts()
    unread: dict[str, set[str]] = {}
    for path in sorted((HERE / "examples").iterdir()):
        if path.name[:3] in WAITING:
            continue
        text = "".join(text for text in texts.values() if path.name in text)
        missing = {name for name in _expected(path) if not _reads(text, name)}
        if missing:
            unread.setdefault(path.name[:3], set()).update(missing)
    assert unread == UNREAD


def _expected(path: Path) -> Iterator[str]:
    """The columns or keys of a file that state what should come out."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        yield from (name for name in columns if name.startswith("expected"))
        return
    for name in _keys(json.loads(path.read_text(encoding="utf-8"))):
        if name.startswith("expected") or (path.stem.endswith("_expected") and name[0].islower()):
            yield name


def _keys(node: Any) -> Iterator[str]:
    for name, inner in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        if isinstance(name, str):
            yield name
        yield from _keys(inner)


def _reads(text: str, name: str) -> bool:
    """Whether a test names it, whole or as a pattern such as ``expected_{name}``."""
    return name in text or any(name.startswith(start) for start in re.findall(r"(expected_\w*)\{", text))


def test_the_list_of_examples_says_which_test_shows_which() -> None:
    rows = re.findall(
        r"^\| (E\d\d) \| (.*?) \|$", (HERE / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    tested = _tested()
    wanted = {number: ", ".join(f"`{name}`" for name in names) for number, names in tested.items()}
    wanted |= {number: f"waits for {part}" for number, part in WAITING.items()}
    wanted |= {number: f"is part of {other}" for number, other in SAME.items()}
    assert rows == sorted(wanted.items())
