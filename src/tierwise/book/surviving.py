"""Merged customers: what is written of them is read as written of the survivor. Spec 4.2, 12.3; decision 0022.

No row is rewritten. Where a book version knows merges for a day, its tables stand in an engine under ``written``, and
under their own names as views in which codes lead to survivors. A book without merges has no such views.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.picking import pick
from tierwise.kernel.errors import fail

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.book.versions import BookVersion
    from tierwise.engine.base import Engine

MERGES = "merges"
LINKS, CONCERNED = "tw_survivors", "tw_concerned"
_LINKS = {"merged_code": "string", "survivor_code": "string"}
_OF_RECORD = ("parent_code", "agent_code", "referred_by")


def survivors(book: Book, version: BookVersion, as_of: date) -> dict[str, str]:
    """Merged code -> the code that speaks for it on a day, chains followed to their end.

    **Raises** ``book.merge-cycle`` if a chain leads back to its start.
    """
    if MERGES not in version.state:
        return {}
    return ends_of(links_on(book.read(MERGES, version).to_pylist(), as_of))


def links_on(rows: Iterable[Mapping[str, Any]], as_of: date) -> dict[str, str]:
    """Merged code -> survivor as it was decided, of rows of the table that are seen on a day."""
    found: dict[str, str] = {}
    for row in rows:
        until = row["superseded_on"]
        seen = max(row["valid_from"], row["known_on"]) <= as_of and (until is None or until > as_of)
        if seen and row["survivor_code"] is not None:
            found[row["merged_code"]] = row["survivor_code"]
    return found


def ends_of(links: Mapping[str, str]) -> dict[str, str]:
    """The last survivor of every chain of merges. **Raises** ``book.merge-cycle``."""
    return {code: _end(code, links) for code in sorted(links)}


def _end(code: str, links: Mapping[str, str]) -> str:
    path = [code]
    while path[-1] in links:
        path.append(links[path[-1]])
        if path[-1] in path[:-1]:
            raise fail(
                "book.merge-cycle",
                "customers are merged into each other in a circle: {chain}; take one of these merges back",
                "客户相互合并成环：{chain}；请撤销其中一次合并",
                chain=" > ".join(path),
            )
    return path[-1]


def mistake_of(
    merged: str, survivor: str | None, links: Mapping[str, str | None]
) -> tuple[str, dict[str, str]] | None:
    """Why a customer cannot be merged into another beside the merges that hold: a code and its slots; null if it can.

    What is so already is no mistake, and neither is taking a merge back.
    """
    if survivor is None or links.get(merged) == survivor:
        return None
    if merged == survivor:
        return "import.merge-itself", {}
    held = {code: end for code, end in links.items() if end is not None}
    if survivor not in held:
        return None
    end = _end(survivor, held)
    return (
        ("import.merge-circle", {"merged": merged})
        if end == merged
        else ("import.merged-survivor", {"end": end})
    )


def follow(engine: Engine, book: Book, version: BookVersion, tables: Iterable[str], as_of: date) -> bool:
    """Lets the registered tables of a version lead to survivors, as a day knows them; whether there was anything to do."""
    ends = survivors(book, version, as_of)
    if not ends:
        return False
    names = [name for name in tables if name in version.state and speaks_of(name)]
    for name in names:
        engine.read_files(written(name), book.files(name, version), book.schema(name))
    lead(engine, names, ends, as_of)
    return True


def lead(engine: Engine, tables: Iterable[str], ends: Mapping[str, str], as_of: date) -> None:
    """Makes the views of tables that stand under ``written``, in which codes lead to survivors."""
    pairs = {"merged_code": list(ends), "survivor_code": list(ends.values())}
    engine.register(LINKS, pa.table(pairs, pa.schema([(name, pa.string()) for name in _LINKS])))
    concerned = sorted({*ends, *ends.values()})
    engine.register(CONCERNED, pa.table({"code": pa.array(concerned, pa.string())}))
    for name in tables:
        engine.define(name, _followed(name, ibis.table(schema_of(name), name=written(name)), as_of))


def written(name: str) -> str:
    """The name under which a table stands as it was written."""
    return f"{name}_written"


def speaks_of(name: str) -> list[str]:
    """The columns of a table that name customers; for ``customers`` those that name others."""
    if name == MERGES or name not in TABLES:
        return []
    return [column.name for column in TABLES[name].columns if column.refers_to == "customers"]


def _followed(name: str, t: Table, as_of: date) -> Table:
    if name == "customers":
        return _records(t)
    names = speaks_of(name)
    own = next((column for column in names if column in TABLES[name].key), None)
    if own is not None:
        t = _one_voice(t, name, own, as_of)
    for column in names:
        t = to_survivor(t, column)
    if name == "referrals":  # nobody refers itself
        t = t.filter(t.referrer_code != t.referred_code)
    return t


def to_survivor(t: Table, column: str) -> Table:
    """The rows with a column of codes led to survivors."""
    links = ibis.table(_LINKS, name=LINKS)
    joined: Any = t.left_join(links, t[column] == links.merged_code)
    beside = pick(joined, *t.columns, tw_end="survivor_code")
    return pick(beside, *t.columns, **{column: beside.tw_end.coalesce(beside[column])})


def _records(t: Table) -> Table:
    """Merged records say so, and nobody is its own parent, agent or referrer."""
    links = ibis.table(_LINKS, name=LINKS)
    joined: Any = t.left_join(links, t.code == links.merged_code)
    beside = pick(joined, *t.columns, tw_end="survivor_code")
    status = ibis.ifelse(beside.tw_end.notnull(), "merged", beside.status)
    t = pick(beside, *t.columns, status=status)
    for column in _OF_RECORD:
        t = to_survivor(t, column)
        other = ibis.ifelse(t[column] == t.code, ibis.null("string"), t[column])
        t = pick(t, *t.columns, **{column: other})
    return t


def _one_voice(t: Table, name: str, column: str, as_of: date) -> Table:
    """What is stated of a customer once, such as terms: where several codes state it, the survivor's own counts.

    Of several merged codes the first speaks. A state that lasts is one statement; else each key is one.
    """
    links, concerned = ibis.table(_LINKS, name=LINKS), ibis.table({"code": "string"}, name=CONCERNED)
    touched = t.semi_join(concerned, t[column] == concerned.code)
    others = t.anti_join(concerned, t[column] == concerned.code)
    joined: Any = touched.left_join(links, touched[column] == links.merged_code)
    beside = pick(joined, *t.columns, tw_end="survivor_code")
    today, declared = ibis.date(as_of.year, as_of.month, as_of.day), TABLES[name]
    seen = (beside.known_on <= today) & (beside.superseded_on.isnull() | (beside.superseded_on > today))
    if declared.history == "dated":  # what begins later says nothing yet
        seen &= beside[declared.effective_on] <= today
    voice = ibis.ifelse(beside.tw_end.isnull(), "0", ibis.literal("1") + beside[column])
    told = beside.mutate(
        tw_voice=ibis.ifelse(seen, voice, ibis.null("string")),
        tw_who=beside.tw_end.coalesce(beside[column]),
    )
    rest = () if declared.history == "dated" else tuple(c for c in declared.key if c != column)
    first = told.tw_voice.min().over(ibis.window(group_by=["tw_who", *rest]))
    marked = told.mutate(tw_first=first)
    kept = marked.filter(marked.tw_voice.isnull() | (marked.tw_voice == marked.tw_first))
    return others.union(kept.select(*t.columns)).select(*t.columns)
