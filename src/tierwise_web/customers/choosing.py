"""What a list shows, as its address says: search words, filters, order, and where the page begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import QueryDict

from tierwise.kernel.text import Text
from tierwise_web.customers.columns import COLUMNS
from tierwise_web.published.shape import OWN_FIGURES, WITH_UNIT

FILTERS: dict[str, Text] = {
    "grade": Text("Grade", "等级"),
    "previous": Text("Grade before", "原等级"),
    "movement": Text("Movement", "变动"),
    "region": Text("Region", "区域"),
    "industry": Text("Industry", "行业"),
    "team": Text("Team", "团队"),
    "owner": Text("Account manager", "客户经理"),
    "lifecycle": Text("Lifecycle", "生命周期"),
    "near_cut": Text("Near a cut", "临界"),
    "kind": Text("Type", "客户类型"),
    "computed": Text("Computed grade", "计算等级"),
    "measured": Text("Counted", "统计口径"),
}
"""Filter -> its title; each takes several values, and all but ``measured`` are columns of ``customers``."""
MEASURED = {
    OWN_FIGURES: Text("by itself", "自身计"),
    WITH_UNIT: Text("in its account or group", "并入账户或集团"),
    "graded": Text("graded by the run", "本次运行评级"),
    "sales": Text("graded by the run, sales known", "本次运行评级且销售额已知"),
    "profit": Text("graded by the run, profit known", "本次运行评级且利润已知"),
}
"""Whom charts count: members of an account or group are in the figures of that."""
NOTHING = "-"
"""In the address: those that have no value."""
SORTS = ("best", "code", "sales", "profit", "orders", "last_order_on", "credit")
MOST_WORDS = 100
MOST_VALUES = 50
LONGEST = 300
"""No value that the book knows is longer."""
MOST_TICKED = 500
"""A page has fifty rows; more codes than this come from no page of ours."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows of an edition: the row of number ``number`` and its sort key, and which way to go."""

    edition: int
    way: Literal["after", "before"]
    key: int
    number: int

    def __str__(self) -> str:
        return f"{self.edition}.{self.way}.{self.key}.{self.number}"


def cursor_of(text: str) -> Cursor | None:
    """The cursor of a text; ``None`` for anything else: the list then begins at its beginning."""
    parts = text.split(".")
    if len(parts) != 4 or parts[1] not in ("after", "before"):
        return None
    try:
        edition, key, number = (int(parts[at]) for at in (0, 2, 3))
    except ValueError:
        return None
    if max(abs(edition), abs(key), abs(number)) >= 2**63:
        return None
    return Cursor(edition, "after" if parts[1] == "after" else "before", key, number)


_encoded = lru_cache(maxsize=1024)(urlencode)
"""A page has twenty addresses of lists, and the next one mostly the same."""
MOST_KEPT = 24
"""Pairs of an address that is kept: a few kilobytes at most, whatever somebody sends."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything that an address of the list says."""

    words: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "best"
    up: bool = False
    """Worst or least first."""
    cursor: Cursor | None = None
    columns: tuple[str, ...] = ()
    """The columns that the address asks for; none: as the person likes it."""
    codes: tuple[str, ...] | None = None
    """Those that somebody ticked, and no others; never in an address."""
    active: bool = False
    """Only records that are worked on: neither archived nor merged, nor a part of our own company."""

    def address(self, **changes: object) -> str:
        """The query of the address of this choice, with some things changed; the page begins anew."""
        said: dict[str, Any] = {
            "words": self.words,
            "filters": self.filters,
            "sort": self.sort,
            "up": self.up,
            "columns": self.columns,
        }
        said |= changes
        pairs: list[tuple[str, str]] = [("q", said["words"])] if said["words"] else []
        pairs += [(name, value) for name, values in said["filters"].items() for value in values]
        if said["sort"] != "best" or said["up"]:
            pairs.append(("sort", f"{'up-' if said['up'] else ''}{said['sort']}"))
        pairs += [("col", column) for column in said["columns"]]
        if cursor := said.get("cursor"):
            pairs.append(("at", str(cursor)))
        return "?" + (_encoded(tuple(pairs)) if len(pairs) <= MOST_KEPT else urlencode(pairs))

    def without(self, name: str, value: str) -> str:
        """The address when one value of a filter is taken away."""
        kept = {k: tuple(v for v in values if (k, v) != (name, value)) for k, values in self.filters.items()}
        return self.address(filters={k: v for k, v in kept.items() if v})


def choice_of(asked: QueryDict, *, profit: bool) -> Choice:
    """What an address says. What it says wrongly is left out; to order or to filter by profit is for those who see it."""
    filters = {
        name: tuple(
            dict.fromkeys(value for value in asked.getlist(name)[:MOST_VALUES] if 0 < len(value) <= LONGEST)
        )
        for name in FILTERS
    }
    told = [name for name in MEASURED if profit or name != "profit"]
    filters["measured"] = tuple(value for value in filters["measured"] if value in told)
    said = asked.get("sort", "best")
    sort = said.removeprefix("up-")
    known = sort in SORTS and (profit or sort != "profit")
    return Choice(
        words=asked.get("q", "").strip()[:MOST_WORDS],
        filters={name: values for name, values in filters.items() if values},
        sort=sort if known else "best",
        up=known and said.startswith("up-"),
        cursor=cursor_of(asked.get("at", "")),
        columns=known_columns(asked.getlist("col")),
    )


def ticked(sent: QueryDict, *, profit: bool) -> Choice:
    """Those whose boxes are ticked, or the whole list from which they were chosen."""
    choice = choice_of(QueryDict(sent.get("query", "").lstrip("?")), profit=profit)
    codes = tuple(dict.fromkeys(sent.getlist("code")))[:MOST_TICKED]
    return replace(choice, cursor=None, codes=None if sent.get("all") == "1" else codes)


def known_columns(codes: Sequence[str]) -> tuple[str, ...]:
    """Those of some codes that are columns, in the order of the list."""
    return tuple(column.code for column in COLUMNS if column.code in codes)


def listed(values: Sequence[str]) -> str:
    """Values as people read a short list."""
    return ", ".join(values)
