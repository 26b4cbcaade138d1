"""Which customer is graded for which: sites for their account, members for their group. Source: spec 5.1(9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tierwise.kernel.errors import fail

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine


def unit_map(engine: Engine, customers: Table, level: Literal["account", "group"]) -> dict[str, str]:
    """Customer code -> code of the graded unit, for those that are not graded themselves.

    **Raises** ``book.cycle`` if a customer is its own ancestor.
    """
    children = customers.filter(customers.parent_code.notnull()).select(
        "code", "parent_code", "hierarchy_node"
    )
    rows = engine.fetch(children).to_pylist()
    named = children.select(code=children.parent_code).distinct()
    known = set(engine.fetch(customers.select("code").semi_join(named, "code"))["code"].to_pylist())
    # a parent without a visible record speaks for nobody
    parents = {
        row["code"]: (row["parent_code"], row["hierarchy_node"])
        for row in rows
        if row["parent_code"] in known
    }
    return units_of(parents, level)


def units_of(
    parents: dict[str, tuple[str, str | None]], level: Literal["account", "group"]
) -> dict[str, str]:
    """The map of ``unit_map`` from parent links (code -> parent code, node kind)."""
    found: dict[str, str] = {}
    for code in parents:
        unit = _climb(code, parents, level)
        if unit != code:
            found[code] = unit
    return found


def _climb(code: str, parents: dict[str, tuple[str, str | None]], level: str) -> str:
    path = [code]
    at = code
    while at in parents and (level == "group" or parents[at][1] == "site"):
        at = parents[at][0]
        if at in path:
            chain = " > ".join([*path[path.index(at) :], at])
            raise fail(
                "book.cycle",
                "customer {customer} is its own ancestor: {chain}; correct parent_code of one of them",
                "客户 {customer} 是自己的上级：{chain}；请更正其中一个的上级客户编码",
                customer=at,
                chain=chain,
            )
        path.append(at)
    return at
