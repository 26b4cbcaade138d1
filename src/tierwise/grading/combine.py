"""G13: one grade from the grades of other methods: a decision table, the worst or the best. Source: spec 6.14."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.base import Context, Graded, missing_status
from tierwise.kernel.ratio import RATIO
from tierwise.policy.combine import MEMBER, NONE, OUTSIDE

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import Combination


def grade_combination(method: Combination, context: Context) -> Graded:
    """The grade that follows from what the components say of every member."""
    t = said_of(method, context.members.select("unit", "bought"), context.parts)
    lacking = _lacking(method, t)
    extra: dict[str, Any] = {}
    grade = grade_of(method, t, [grade.code for grade in context.policy.scale_of(method)])
    if method.rule == "table":
        extra["row"] = _row(method, t)
    reason = {"table": "combination.table", "worst_of": "combination.worst", "best_of": "combination.best"}
    graded, why = ~lacking, missing_status(t.bought)
    nothing = {name: ibis.ifelse(graded, value, ibis.null(value.type())) for name, value in extra.items()}
    table = t.select(
        "unit",
        status=ibis.ifelse(graded, "graded", why),
        score=ibis.null(RATIO),
        rank=ibis.null("int64"),
        grade=grade,
        gap=ibis.null(RATIO),
        cushion=ibis.null(RATIO),
        near=ibis.ifelse(graded, "none", ibis.null("string")),
        reason=ibis.cases(
            (graded, reason[method.rule]), (why == "no_history", "history.none"), else_="combination.missing"
        ),
        **nothing,
    )
    return Graded(table, {"rule": method.rule, "of": list(method.of)})


def said_of(method: Combination, members: Table, parts: Mapping[str, Table]) -> Table:
    """Every member with one column per component: its grade, or ``none``."""
    joined: Any = members
    for name in method.of:
        part = parts[name]
        one = part.select(**{f"{name}__unit": part.unit, name: _code(part)})
        joined = joined.left_join(one, joined.unit == one[f"{name}__unit"])
    return joined.select(*members.columns, **{name: joined[name].coalesce(NONE) for name in method.of})


def grade_of(method: Combination, t: Table, codes: Sequence[str]) -> Any:
    """The grade that follows from what the components say; null where there is none."""
    if method.rule == "table":
        branches = [(test, case.grade) for test, case in zip(_tests(method, t), method.table, strict=True)]
    else:
        order = codes if method.rule == "best_of" else codes[::-1]
        branches = [(ibis.or_(*(t[name] == code for name in method.of)), code) for code in order]
    nothing = ibis.null("string")
    return ibis.ifelse(_lacking(method, t), nothing, ibis.cases(*branches, else_=nothing))


def _code(part: Table) -> Any:
    if "grade" in part.columns:
        return part.grade
    return ibis.ifelse(
        part.status == "graded", ibis.ifelse(part.member, MEMBER, OUTSIDE), ibis.null("string")
    )


def _lacking(method: Combination, t: Table) -> Any:
    """Whether there is no grade because a component (or, where they may lack, every component) has none."""
    absent = [t[name] == NONE for name in method.of]
    if method.without_grade == "incomplete":
        return ibis.or_(*absent)
    return ibis.literal(False) if method.rule == "table" else ibis.and_(*absent)


def _row(method: Combination, t: Table) -> Any:
    """The number of the first row of the table that matches, from 1."""
    numbered = [(test, at) for at, test in enumerate(_tests(method, t), 1)]
    return ibis.cases(*numbered, else_=ibis.null("int64")).cast("int64")


def _tests(method: Combination, t: Table) -> list[Any]:
    """Whether each row of the table matches."""
    tests = []
    for case in method.table:
        named = [t[name].isin(codes) for name, codes in case.when.items()]
        tests.append(ibis.and_(*named) if named else ibis.literal(True))
    return tests
