"""No division of expressions outside the ratio kernel. House rules, section 9.

``/`` gives a float on most engines, and ``//`` a float floor that can be off by one. So in the folders that make
expressions every division stands on this list, with the reason why it is one of Python numbers.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDERS = ("metrics", "grading")

CONSTANT = "a constant of the compiled text: Python integers that are multiples by construction"
DECIMAL = "a limit made of a fetched decimal and a policy's percentage, before it becomes a constant"
PYTHON: dict[str, dict[str, str]] = {
    "metrics/outside.py": {
        "radicand // start": "whole numbers beside the engine; the whole part of a root needs no more of its radicand",
        "(doubled + 1) // 2": "rounds half up",
        "1 / 3": "an exponent for a guess that is made exact",
        "value // near ** 2": "one step nearer",
        "(2 * near + value // near ** 2) // 3": "the same",
        "(isqrt(spread * (2 * ONE) ** 2) + total) // (2 * total)": "rounds half up",
    },
    "metrics/estimating.py": {
        "(rows.num_columns - 2) // 2": "columns, counted in Python",
        "1 / 3": "an exponent of an estimate whose error is bounded",
    },
    "grading/abc.py": {
        "Fraction(population) * Fraction(share_pct) / 100": "exact fractions",
        "(2 * exact.numerator + exact.denominator) // (2 * exact.denominator)": "integers of an exact fraction",
        "exact.numerator // exact.denominator": "the same",
        "-exact.numerator // exact.denominator": "the same",
        "pct * cut / 100": DECIMAL,
    },
    "grading/base.py": {"pct * limit / 100": DECIMAL},
    "grading/key_account.py": {"base * method.more_than_pct / 100": DECIMAL},
    "grading/streaming.py": {
        "-count * len(rows.columns) // CELLS_AT_ONCE": "how many parts, counted in Python",
        "CELLS_IN_BATCH // len(rows.columns)": "the same",
        "count * part // parts": "the same",
    },
    "grading/ratings.py": {"common // len(rating.asked)": CONSTANT},
    "grading/criteria.py": {
        "common // FINE": CONSTANT,
        "common // PLAIN": CONSTANT,
        "common // steps": CONSTANT,
    },
    "grading/scorecard.py": {"m // divisor": CONSTANT, "w // divisor": CONSTANT},
    "grading/rfm.py": {
        "(at[k + 1] - at[k]) * rest / 5": "a fifth of a fetched decimal: eleven places, exact",
        "(n - 1) * i // 5": "a place in an ordered field, Python integers",
    },
    "grading/digest.py": {"array.type.bit_width // 8": "bytes of a value"},
    "grading/components.py": {"score * weight / top": "for people, from the stored row"},
    "grading/sentences.py": {"before * 100 / total": "for people, from the stored row"},
}


def divisions(source: str) -> list[tuple[int, str]]:
    """Line and text of every division in a module; ``divmod`` is one of Python numbers by its name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div | ast.FloorDiv):
            found.append((node.lineno, ast.unparse(node)))
        if isinstance(node, ast.Attribute) and node.attr in ("div", "floordiv", "truediv", "__truediv__"):
            found.append((node.lineno, ast.unparse(node)))
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_ratio_kernel_divides_expressions(repo: Path, folder: str) -> None:
    core = repo / "src" / "tierwise"
    wrong = [
        f"{path.relative_to(core)}:{line}: {text}"
        for path in sorted((core / folder).rglob("*.py"))
        for line, text in divisions(path.read_text(encoding="utf-8"))
        if text not in PYTHON.get(path.relative_to(core).as_posix(), {})
    ]
    assert not wrong, "divide by kernel.ratio, or say in PYTHON why this is no expression:\n" + "\n".join(
        wrong
    )


def test_the_list_has_nothing_that_is_gone(repo: Path) -> None:
    core = repo / "src" / "tierwise"
    gone = []
    for name, listed in PYTHON.items():
        there = {text for _, text in divisions((core / name).read_text(encoding="utf-8"))}
        gone += [f"{name}: {text}" for text in listed if text not in there]
    assert not gone


@pytest.mark.parametrize("text", ["t.a / t.b", "t.a // 2", "t.a.floordiv(2)", "x = 1\nx /= t.a"])
def test_the_walk_finds_a_division(text: str) -> None:
    assert divisions(text)
