"""Renders GLOSSARY.md from docs/reference/glossary.csv.

Edit the CSV, then run `.venv/bin/python scripts/make_glossary.py`. A test compares the two.
"""

from __future__ import annotations

import csv
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
SOURCE = REPO / "docs" / "reference" / "glossary.csv"
TARGET = REPO / "GLOSSARY.md"

SECTIONS = {
    "general": "General 总则",
    "grading": "Grading 分级",
    "metric": "Metrics 指标",
    "value": "Value 价值",
    "service": "Service 服务",
    "kam": "Key account management 大客户管理",
}

INTRODUCTION = """\
# Glossary 术语表

The words that the specification, the source, the policies and the pages share, in Chinese and English.
规范、代码、策略与界面共用的词汇，中英对照。

This file is made from [docs/reference/glossary.csv](docs/reference/glossary.csv) by
`scripts/make_glossary.py`; change it there.
"""


def read_terms(source: Path = SOURCE) -> list[dict[str, str]]:
    """The rows of the CSV: topic, zh, en, meaning."""
    with source.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def render(terms: list[dict[str, str]]) -> str:
    """The text of GLOSSARY.md.

    **Raises** `KeyError` for a topic without a section.
    """
    rows: dict[str, list[str]] = {topic: [] for topic in SECTIONS}
    for term in terms:
        cells = (term[column].replace("|", "\\|") for column in ("zh", "en", "meaning"))
        rows[term["topic"]].append(f"| {' | '.join(cells)} |")
    parts = [INTRODUCTION]
    for topic, title in SECTIONS.items():
        parts.append(
            "\n".join([f"## {title}", "", "| 中文 | English | Meaning |", "|---|---|---|", *rows[topic]])
        )
    return "\n".join(f"{part.rstrip()}\n" for part in parts)


if __name__ == "__main__":
    TARGET.write_text(render(read_terms()), encoding="utf-8")
