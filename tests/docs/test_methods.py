"""The pages of the methods: one in each language, every parameter and reason, worked tables that hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from scripts.make_methods import KINDS, LANGS, PREFIXES, page, pages
from tests.docs.worked import FREE, PAGES
from tierwise.grading.method_words import LEVELS, STATES
from tierwise.grading.sentences import REASONS
from tierwise.grading.wording import FLAGS, SEGMENTS, STATUS
from tierwise.kernel.text import Lang
from tierwise.policy.load import list_policies, load_policy
from tierwise.policy.model import Policy

EVERY_PAGE = [(kind, lang) for kind in PAGES for lang in LANGS]
WORDS = {"status": STATUS, "segment": SEGMENTS, "level": LEVELS, "relationship": STATES}
YES = {"en": {True: "yes", False: "no"}, "zh": {True: "是", False: "否"}}
SECTIONS = {
    "en": ["Rules", "Parameters", "Worked example", "Run it", "Limits"],
    "zh": ["规则", "参数", "算例", "运行", "局限"],
}


def test_every_method_that_a_policy_can_declare_has_a_page_and_a_worked_table() -> None:
    assert set(KINDS) | {"fallback"} == set(PAGES)
    assert all(PAGES.values())


@pytest.mark.parametrize(("kind", "lang"), EVERY_PAGE)
def test_a_page_has_all_its_parts_and_names_the_page_in_the_other_language(kind: str, lang: Lang) -> None:
    text = page(kind, lang).read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert [part for part in SECTIONS[lang] if not any(head.startswith(part) for head in heads)] == []
    other = page(kind, "en" if lang == "zh" else "zh").name
    assert f"({other})" in text
    assert f"`{kind}`" in text.splitlines()[0]


def test_the_tables_of_parameters_and_reasons_are_current() -> None:
    assert [path.name for path, text, wanted in pages() if text != wanted] == [], (
        "run scripts/make_methods.py"
    )


@pytest.mark.parametrize(("kind", "lang"), [(kind, lang) for kind in KINDS for lang in LANGS])
def test_every_parameter_of_a_method_stands_on_its_page_with_its_default(kind: str, lang: Lang) -> None:
    rows = {row[0].strip("`"): row for row in _rows(page(kind, lang).read_text(encoding="utf-8"))}
    for name, field in KINDS[kind].model_fields.items():
        assert name in rows, name
        default = field.get_default(call_default_factory=True)
        if isinstance(default, str | int | Decimal):
            assert rows[name][-1] == f"`{default}`", name


def test_every_reason_belongs_to_a_method_or_to_all() -> None:
    common = {"population", "history", "value"}
    assert {code.split(".")[0] for code in REASONS.codes()} == set(PREFIXES.values()) | common
    assert set(PREFIXES) == set(KINDS)


@pytest.mark.parametrize(("kind", "lang"), EVERY_PAGE)
def test_the_policies_that_a_page_names_are_shipped_and_use_the_method(kind: str, lang: Lang) -> None:
    named = re.findall(r"--policy (\w+)", page(kind, lang).read_text(encoding="utf-8"))
    assert named
    for name in named:
        chosen = load_policy(name).policy
        used = {method.method for method in chosen.methods} | ({"fallback"} if chosen.fallback else set())
        assert kind in used, name


@pytest.mark.parametrize("lang", LANGS)
def test_the_list_of_methods_links_every_page(repo: Path, lang: Lang) -> None:
    name = "README.zh.md" if lang == "zh" else "README.md"
    text = (repo / "docs" / "algorithms" / name).read_text(encoding="utf-8")
    assert [kind for kind in PAGES if f"({page(kind, lang).name})" not in text] == []


def test_every_shipped_policy_is_named_on_a_page() -> None:
    text = "".join(page(kind, lang).read_text(encoding="utf-8") for kind, lang in EVERY_PAGE)
    assert [name for name in (one.code for one in list_policies()) if name not in text] == []


WORKED = [(kind, name) for kind, tables in PAGES.items() for name in tables]


@pytest.mark.parametrize(("kind", "name"), WORKED)
def test_a_worked_table_says_in_both_languages_what_the_engine_computes(kind: str, name: str) -> None:
    worked = PAGES[kind][name]
    rows, chosen = worked.company()
    for lang in LANGS:
        shown = _worked(page(kind, lang).read_text(encoding="utf-8"))
        assert set(shown) == set(PAGES[kind]), lang
        assert len(shown[name]) == len(_worked(page(kind, "en").read_text(encoding="utf-8"))[name])
        for code, *cells in shown[name]:
            assert len(cells) == len(worked.columns), code
            for column, cell in zip(worked.columns, cells, strict=True):
                if column == FREE:
                    continue
                value = rows[code][column]
                assert _same(cell, value, column, lang, chosen), (lang, code, column, cell, value)


def _rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in text.splitlines()
        if line[:1] == "|"
    ]


def _worked(text: str) -> dict[str, list[list[str]]]:
    """The rows of every worked table of a page, without head and rule."""
    found = re.findall(r"<!-- worked: (.*?) -->\n\n((?:\|.*\n)+)", text)
    return {name: _rows(table)[2:] for name, table in found}


def _same(cell: str, value: Any, column: str, lang: Lang, chosen: Policy) -> bool:
    if value is None or value == "":
        return cell == "–"
    if isinstance(value, bool):
        return cell == YES[lang][value]
    if isinstance(value, int | Decimal):
        return Decimal(cell.replace(",", "").replace("−", "-")) == value
    return cell == _said(value, column, lang, chosen)


def _said(code: str, column: str, lang: Lang, chosen: Policy) -> str:
    """A code as the product says it: a grade by its title where its code is a word, a status, a segment, a flag."""
    if column == "flags":
        return ("、" if lang == "zh" else ", ").join(FLAGS.say(flag, lang) for flag in code.split(";"))
    if column.endswith("grade"):
        return code if code[:1].isupper() else _titles(chosen)[code][lang]
    words = next((words for ending, words in WORDS.items() if column.endswith(ending)), None)
    return words.say(code, lang) if words else code


def _titles(chosen: Policy) -> Mapping[str, dict[str, str]]:
    return {
        grade.code: {"en": grade.title.en, "zh": grade.title.zh}
        for method in chosen.methods
        for grade in chosen.scale_of(method)
    }
