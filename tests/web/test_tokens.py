"""The colours of both themes stand out from what they stand on, also where a page does not show it today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ENOUGH = 4.5
ON_CARD = ("text", "muted", "accent", "wrong", "good")
GRADES = ("a", "b", "c", "other", "none")


def tokens(theme: str) -> dict[str, str]:
    """The colours that a theme declares."""
    css = (Path(__file__).parents[2] / "src/tierwise_web/common/assets/tierwise.css").read_text(
        encoding="utf-8"
    )
    block = re.search(rf'(?:^|, )\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', css, re.DOTALL | re.MULTILINE)
    assert block
    return dict(re.findall(r"--tw-([a-z-]+): (#[0-9a-f]{6})", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_colour_is_readable_on_every_ground(theme: str):
    found = tokens(theme)
    grounds = ("page", "card", "hover")
    weak = [(t, g) for t in ON_CARD for g in grounds if contrast(found[t], found[g]) < ENOUGH]
    assert weak == []
    assert contrast(found["accent-text"], found["accent"]) >= ENOUGH


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_letter_is_readable_on_its_grade(theme: str):
    found = tokens(theme)
    weak = [g for g in GRADES if contrast(found["grade-text"], found[f"grade-{g}"]) < ENOUGH]
    assert weak == []


def test_both_themes_declare_the_same_colours():
    assert tokens("light").keys() == tokens("dark").keys()
