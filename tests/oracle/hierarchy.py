"""Which unit a customer counts for. Source: spec 5.1(9), the population's ``level``."""

from __future__ import annotations

from tests.oracle.facts import Row


def ancestors(code: str, records: dict[str, Row]) -> list[str]:
    """The parents upwards, as far as there are records and no circle closes."""
    found: list[str] = []
    parent = records[code]["parent_code"]
    while parent in records and parent != code and parent not in found:
        found.append(parent)
        parent = records[parent]["parent_code"]
    return found


def unit_of(code: str, records: dict[str, Row], level: str) -> str:
    """The customer that is graded for this one."""
    above = ancestors(code, records)
    if level == "site" or not above:
        return code
    if level == "group":
        return above[-1]
    if records[code]["hierarchy_node"] != "site":
        return code
    return next((parent for parent in above if records[parent]["hierarchy_node"] != "site"), above[-1])
