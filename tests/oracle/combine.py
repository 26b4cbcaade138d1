"""One grade from the grades of other methods. Source: spec 6.14."""

from __future__ import annotations

from typing import Any

from tests.oracle.cuts import Verdict


def verdict(method: Any, grades: list[str], said: list[str | None]) -> Verdict:
    """What follows from what the components say; nothing where one that is needed says nothing."""
    known = [code for code in said if code is not None]
    if method.without_grade == "incomplete" and len(known) < len(said):
        return Verdict("incomplete", "combination.missing")
    if method.rule == "table":
        return _by_table(method, said)
    if not known:
        return Verdict("incomplete", "combination.missing")
    places = sorted(grades.index(code) for code in known)
    if method.rule == "worst_of":
        return Verdict(reason="combination.worst", grade=grades[places[-1]], near="none")
    return Verdict(reason="combination.best", grade=grades[places[0]], near="none")


def _by_table(method: Any, said: list[str | None]) -> Verdict:
    for number, case in enumerate(method.table, 1):
        if all((said[method.of.index(name)] or "none") in codes for name, codes in case.when.items()):
            return Verdict(reason="combination.table", grade=case.grade, near="none", own={"row": number})
    raise AssertionError("the table has a row for every case")
