"""Groups and branches as they stand today: who is above, who is below, and what was changed. Source: spec 3.1, 4.2, 5.1(9).

The places of a group are read from the book with the changes that wait; grades and sales are those of the edition. A
change is an ordinary correction of ``parent_code`` and ``hierarchy_node``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tierwise import api
from tierwise.book.rows import rows_of
from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Text
from tierwise_web.customers.correcting import TABLE, above
from tierwise_web.customers.speaking import ends_on
from tierwise_web.customers.unmet import Row, seen_rows
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.records import Values, standings
from tierwise_web.published.reading import Reading

PLACE = ("parent_code", "hierarchy_node")
"""The columns that say where a customer belongs."""
ALONE, BELOW = ("standalone", "group"), ("headquarters", "branch", "site")
MOST = 500
"""So many places of a group are read at most; what is further down is not shown, and the page says so."""
TOLD = 12
Seen = Mapping[str, Row]
"""Code -> row of the list, for customers that may be seen; one that no run has met has what its record says."""


@dataclass(frozen=True, slots=True)
class Place:
    """One customer of a group: its record, its row, how deep it stands below the top."""

    row: Row
    node: str | None
    depth: int
    below: int
    """How many stand directly below it, as far as they may be seen."""
    waits: bool
    """Whether its place was changed and no run has read it."""


def tree(book: api.Book, reading: Reading, code: str, today: date) -> tuple[list[Place], bool]:
    """All places of the group of a customer that may be seen, from the top down; and whether there are more than fit."""
    chain = above(book, code, today)
    seen = seen_rows(book, reading, chain, today)
    top = code
    for one in chain:  # who is above a customer that may not be seen stays unseen, too
        if one not in seen:
            break
        top = one
    links, cut = _links(book, top, today)
    seen |= seen_rows(book, reading, links, today)
    nodes = standings(book, TABLE, list(seen), today)
    return _laid_out(top, _seen_links(links, seen), seen, nodes), cut


def _links(book: api.Book, top: str, today: date) -> tuple[dict[str, str], bool]:
    """Child -> parent of everything below a customer, level by level."""
    links: dict[str, str] = {}
    level = [top]
    while level and len(links) < MOST:
        found = children(book, level, today)
        level = [code for code in found if code not in links and code != top]
        links |= {code: found[code] for code in level}
    return dict(list(links.items())[:MOST]), len(links) > MOST or bool(level)


def children(book: api.Book, parents: Sequence[str], today: date) -> dict[str, str]:
    """Code -> parent of those that stand directly below some customers today, with the changes that wait.

    Merged ones have no place any more; who stood below them stands below those in which they go on.
    """
    ends = ends_on(book, today)
    among = dict.fromkeys(parents) | {code: None for code, end in ends.items() if end in set(parents)}
    codes = {str(row["code"]) for row in rows_of(book, book.current(), TABLE, "parent_code", list(among))}
    waiting = Change.objects.filter(table=TABLE, state=WAITING, values__parent_code__in=list(among))
    codes |= set(waiting.values_list("key", flat=True))
    now = standings(book, TABLE, sorted(codes - ends.keys()), today)
    said = {
        code: str(one["parent_code"]) for code, one in sorted(now.items()) if one.get("parent_code") in among
    }
    return {code: ends.get(parent, parent) for code, parent in said.items() if ends.get(parent) != code}


def _seen_links(links: Mapping[str, str], seen: Seen) -> dict[str, str]:
    """The links among those that may be seen: below one that may not, the nearest above that may."""
    found = {}
    for code in links:
        parent: str | None = links[code] if code in seen else None
        while parent is not None and parent not in seen:
            parent = links.get(parent)
        if parent is not None:
            found[code] = parent
    return found


def _laid_out(top: str, links: Mapping[str, str], seen: Seen, nodes: Mapping[str, Values]) -> list[Place]:
    waiting = Change.objects.filter(table=TABLE, key__in=[top, *links], state=WAITING).filter(_of_places())
    waits = set(waiting.values_list("key", flat=True))
    below: dict[str, list[str]] = {}
    for code, parent in links.items():
        below.setdefault(parent, []).append(code)
    found: list[Place] = []

    def lay(code: str, depth: int) -> None:
        mine = sorted(below.get(code, []), key=lambda c: (seen[c]["id"] is None, seen[c]["id"] or 0, c))
        node = nodes.get(code, {}).get("hierarchy_node")
        found.append(Place(seen[code], node, depth, len(mine), code in waits))
        for one in mine:
            lay(one, depth + 1)

    lay(top, 0)
    return found


def _of_places() -> Q:
    """Changes that say where a customer belongs."""
    return Q(values__has_key="parent_code") | Q(values__has_key="hierarchy_node")


def told_of(codes: Sequence[str]) -> list[Change]:
    """The last changes of who belongs to some customers, and of who left them."""
    mine = Q(key__in=codes) | Q(before__parent_code__in=list(codes))
    return list(Change.objects.filter(_of_places(), mine, table=TABLE)[:TOLD])


def wrong_node(values: Mapping[str, str | None]) -> list[Problem]:
    """A place that contradicts itself: alone below somebody, or a branch of nobody."""
    node, parent = values.get("hierarchy_node"), values.get("parent_code")
    if parent and node in ALONE:
        words = Text(
            "below another customer it is a headquarters, a branch or a site",
            "有上级客户时，层级应为总部、分部或门店/工厂",
        )
    elif not parent and node in ("branch", "site"):
        words = Text("a branch or a site stands below another customer", "分部或门店/工厂须有上级客户")
    else:
        return []
    return [Problem("edit.node", words, column="hierarchy_node")]


Sees = Callable[[str], bool]


def sees_of(book: api.Book, reading: Reading, today: date) -> Sees:
    """Whether somebody sees a customer, one that no run has met among them."""
    return lambda code: code in seen_rows(book, reading, [code], today)
