"""What an explanation says of a member: whose grade it has, by which declaration, and its own part. Source: spec 5.1(9), 8.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.book.contract.choices import CUSTOMER_KIND, HIERARCHY_NODE
from tierwise.grading.members import NOT_INHERITED
from tierwise.grading.pointing import pointed_value
from tierwise.grading.wording import status_words
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.model import Use

if TYPE_CHECKING:
    from tierwise.grading.explain import Explanation
    from tierwise.policy.model import Inheritance

_INHERITED = Text(
    " The grade is inherited from {unit}, to which it belongs: the policy grades the whole {level} as one customer, "
    "and {who}.",
    "等级继承自上级客户 {unit}：本策略将整个{level}作为一个客户评级，{who}。",
)
_ALONE = Text(
    " It belongs to {unit}, and the policy grades the whole {level} as one customer: {verdict}; {who}.",
    "该客户属于 {unit}，本策略将整个{level}作为一个客户评级：{verdict}；{who}。",
)
_GRADE = Text("{unit} has grade {grade}", "{unit} 为 {grade} 级")
_NO_GRADE = Text("{unit} has no grade ({why})", "{unit} 没有等级（{why}）")
_LEVELS = {"account": Text("account", "客户（含分部）"), "group": Text("group", "集团")}
_ALL = Text("all members take its grade", "所有成员取其等级")
_NONE = Text("no member takes its grade", "成员均不取其等级")
_SOME = Text("of its members those take its grade that are {those}", "成员中只有以下取其等级：{those}")
_FIGURES = Text(
    " The figures below are those of {unit} with all its members.",
    "以下数值为 {unit} 及其所有下属客户的合计。",
)
_BESIDE = Text(
    " The figures below are those of {unit} with all its members; its own stand beside them. Net sales from {start} "
    "to {end}: {all} in all; its own: {own}.",
    "以下数值为 {unit} 及其所有下属客户的合计，旁边是该客户自己的数值。{start} 至 {end} 净销售额合计 {all}；自身：{own}。",
)


def member_sentences(told: Explanation, lang: Lang) -> str:
    """What follows the opening for a member of a graded unit; nothing for a unit."""
    if not told.member:
        return ""
    code = str(told.row["unit"])
    named = f"{told.unit_name}（{code}）" if lang == "zh" else f"{told.unit_name} ({code})"
    unit = named if told.unit_name else code
    return _grade(told, unit, lang) + _figures(told, code, lang)


def _grade(told: Explanation, unit: str, lang: Lang) -> str:
    population = told.policy.population
    level = _LEVELS[population.level].in_lang(lang)
    who = takers(population.inherit, lang)
    if told.row["reason"] != NOT_INHERITED:
        return _INHERITED.fill(lang, unit=unit, level=level, who=who)
    grade, code = told.graded["grade"], told.graded["unit"]
    verdict = (
        _GRADE.fill(lang, unit=code, grade=grade)
        if grade
        else _NO_GRADE.fill(lang, unit=code, why=status_words(told.graded["status"], lang))
    )
    return _ALONE.fill(lang, unit=unit, level=level, verdict=verdict, who=who)


def takers(asked: Inheritance, lang: Lang) -> str:
    """Which members take the grade of their unit, as the policy declares it."""
    if asked.grade == "none":
        return _NONE.in_lang(lang)
    nodes = [choice.label.in_lang(lang) for choice in HIERARCHY_NODE if choice.code in asked.nodes]
    kinds = [choice.label.in_lang(lang) for choice in CUSTOMER_KIND if choice.code in asked.kinds]
    either = "或" if lang == "zh" else " or "
    those = [either.join(part) for part in (nodes, kinds) if part]
    if not those:
        return _ALL.in_lang(lang)
    return _SOME.fill(lang, those=("，且为" if lang == "zh" else ", and ").join(those))


def _figures(told: Explanation, unit: str, lang: Lang) -> str:
    own, window = told.own, told.record.facts["window"]
    if own is None:
        return _FIGURES.fill(lang, unit=unit)
    sales = Use("net_sales", told.policy.window_months)
    both = [
        status_words(row[sales.status], lang)
        if row[sales.column] is None
        else pointed_value(sales.column, row[sales.column], lang, told.currency)
        for row in (told.graded, own)
    ]
    return _BESIDE.fill(lang, unit=unit, **window, all=both[0], own=both[1])
