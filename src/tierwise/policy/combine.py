"""G13: what several methods say, made into one grade: a decision table, the worst or the best. Source: spec 6.14."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Annotated, Any, Literal

from pydantic import Field

from tierwise.policy.base import Code, Declared, Fault, Grade, Identifier, Path, fault

NONE = "none"
"""Stands in a decision table for a component that gave no grade."""
MEMBER, OUTSIDE = "member", "not_member"
"""What a set says of a customer."""
MOST_CASES = 20_000


class Case(Declared):
    """One row of a decision table: what the components have to say, and the grade that follows."""

    when: dict[Identifier, tuple[Code, ...]] = Field(default={})
    """Component -> the grades that meet it; a component that is not named may say anything."""
    grade: Code

    def matches(self, said: dict[str, str]) -> bool:
        """Whether the row speaks of what the components say."""
        return all(said.get(name) in codes for name, codes in self.when.items())


class Combination(Declared):
    """G13: a grade from the grades of other methods of the policy. Source: spec 6.14."""

    method: Literal["combination"]
    id: Identifier = "combined"
    rule: Literal["table", "worst_of", "best_of"]
    of: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=6)]
    """The ids of the methods that are combined."""
    table: tuple[Case, ...] = ()
    """The rows of ``rule: table``; the first that matches decides."""
    without_grade: Literal["incomplete", "count"] = "incomplete"
    """Where a component gave no grade: no grade either, or it counts as ``none`` (and is left out of worst and best)."""
    grades: tuple[Grade, ...] = ()

    def faults(self) -> Iterator[Fault]:
        if (self.rule == "table") != bool(self.table):
            yield fault(
                "combination-table",
                "rule: table needs a table; worst_of and best_of have none",
                "rule: table 须给出 table；worst_of 与 best_of 不得给出",
                "table",
            ).reading(("table",), ("rule",))
        for at, name in enumerate(self.of):
            if name in self.of[:at]:
                yield fault("twice", "{name} is used twice; choose another {key}", "{name} 重复，请另取一个 {key}",
                            "of", at, name=name, key="id")  # fmt: skip
        for at, case in enumerate(self.table):
            for name in case.when:
                if name not in self.of:
                    yield _not_listed(at, name)


def _not_listed(at: int, name: str) -> Fault:
    return fault(
        "combination-component",
        "{name} is not among the methods that are combined (of)",
        "{name} 不在所组合的方法（of）之中",
        "table",
        at,
        "when",
        name,
        name=name,
    ).reading(("table", at, "when", name), ("of",))


def said_by(method: Any, scale: tuple[Grade, ...]) -> list[str]:
    """The codes that a method can give, best first."""
    return [MEMBER, OUTSIDE] if method.method == "quality_set" else [grade.code for grade in scale]


def combination_faults(
    method: Combination, place: Path, said: dict[str, list[str]], own: list[str]
) -> Iterator[Fault]:
    """What is wrong between a combination and the methods that it combines.

    ``said``: the codes of every method of the policy that can be combined; ``own``: the grades of the combination.
    """
    unknown = [at for at, name in enumerate(method.of) if name not in said]
    for at in unknown:
        found = fault(
            "combination-unknown",
            "no other method of this policy that gives a grade has the id {name}; there are {known}",
            "本策略中没有 id 为 {name} 且给出等级的其他方法；可用：{known}",
            "of",
            at,
            name=method.of[at],
            known=", ".join(said) or "–",
        ).under(place)
        yield found.reading(found.path, ("leading", "id"), ("advisory", "*", "id"))
    if unknown or (method.rule == "table") != bool(method.table):
        return
    found_here = (
        _same_scale(method, said, own) if method.rule != "table" else _table_faults(method, said, own)
    )
    for one in found_here:
        placed = one.under(place)
        yield placed.reading(placed.path, (*place, "of"), ("scale",), ("leading",), ("advisory",))


def _same_scale(method: Combination, said: dict[str, list[str]], own: list[str]) -> Iterator[Fault]:
    for at, name in enumerate(method.of):
        if said[name] != own:
            yield fault(
                "combination-scale",
                "{name} grades by {codes}; worst and best can only be told on one scale, {own}",
                "{name} 的等级为 {codes}；取最差或最好须使用同一等级表 {own}",
                "of",
                at,
                name=name,
                codes=", ".join(said[name]),
                own=", ".join(own),
            )


def _table_faults(method: Combination, said: dict[str, list[str]], own: list[str]) -> Iterator[Fault]:
    wrong = [*_code_faults(method, said, own)]
    yield from wrong
    if not wrong and all(name in method.of for case in method.table for name in case.when):
        yield from _cover_faults(method, said)


def _code_faults(method: Combination, said: dict[str, list[str]], own: list[str]) -> Iterator[Fault]:
    extra = [NONE] if method.without_grade == "count" else []
    for at, case in enumerate(method.table):
        named = [(("grade",), case.grade, own)]
        for name, codes in case.when.items():
            known = [*said.get(name, codes), *extra]
            named += [(("when", name, i), code, known) for i, code in enumerate(codes)]  # type: ignore[misc]
        for path, code, known in named:
            if code not in known:
                yield fault(
                    "not-on-scale",
                    "{code} is not on the scale {scale}",
                    "{code} 不在等级表 {scale} 中",
                    "table",
                    at,
                    *path,
                    code=code,
                    scale=", ".join(known),
                )


def _cover_faults(method: Combination, said: dict[str, list[str]]) -> Iterator[Fault]:
    """Combinations that no row speaks of, and rows that never decide."""
    extra = [NONE] if method.without_grade == "count" else []
    choices = [[*said[name], *extra] for name in method.of]
    if prod(len(codes) for codes in choices) > MOST_CASES:
        yield fault("combination-large", "the table has more than {limit} cases", "决策表的组合超过 {limit} 种",
                    "of", limit=MOST_CASES)  # fmt: skip
        return
    used: set[int] = set()
    open_cases = []
    for codes in product(*choices):
        case = dict(zip(method.of, codes, strict=True))
        row = next((at for at, one in enumerate(method.table) if one.matches(case)), None)
        if row is None:
            open_cases.append(codes)
        else:
            used.add(row)
    yield from _open(method, open_cases)
    for at in range(len(method.table)):
        if at not in used:
            yield fault(
                "combination-idle",
                "this row never decides: the rows before it take all its cases",
                "此行永不生效：前面的行已覆盖其全部情况",
                "table",
                at,
            )


def _open(method: Combination, cases: list[tuple[str, ...]]) -> Iterator[Fault]:
    if cases:
        shown = "; ".join(" × ".join(codes) for codes in cases[:3])
        yield fault(
            "combination-open",
            "{count} {count#case has|cases have} no row, such as {shown} ({of}); a last row without `when` takes the rest",
            "有 {count} 种情况没有对应的行，如 {shown}（{of}）；可在最后加一行不含 when 的行",
            "table",
            count=len(cases),
            shown=shown,
            of=" × ".join(method.of),
        )
