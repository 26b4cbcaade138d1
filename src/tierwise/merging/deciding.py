"""Merging customers, taking a merge back, and saying that two are not the same. Spec 12.3, decision 0022."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tierwise.book.rows import import_rows, rows_of
from tierwise.book.surviving import MERGES, ends_of, links_on, mistake_of
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.merging.candidates import DIFFERENT, pair_of
from tierwise.movement.deciding import refuse_elsewhere
from tierwise.movement.overriding import refuse_silence

if TYPE_CHECKING:
    from tierwise.book.store import Book

ALWAYS = date(1900, 1, 1)
"""From when two codes are one where nobody says another day: they always were the same company."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One decision that a customer goes on in another, from a day on."""

    merged: str
    survivor: str
    reason: str
    since: date


def merges(book: Book) -> list[Merge]:
    """The merges that hold now or from a later day on, by merged code."""
    version = book.upcoming()
    if MERGES not in version.state:
        return []
    last: dict[str, Mapping[str, Any]] = {}
    for row in sorted(book.read(MERGES, version).to_pylist(), key=lambda row: row["valid_from"]):
        last[row["merged_code"]] = row
    return [
        Merge(code, row["survivor_code"], row["reason"], row["valid_from"])
        for code, row in sorted(last.items())
        if row["survivor_code"] is not None
    ]


def merge(
    book: Book,
    merged: str,
    survivor: str,
    *,
    reason: str,
    since: date | None = None,
    actor: str,
    at: datetime,
) -> Merge:
    """Records that a customer goes on in another. No row is rewritten; the next run grades the survivor with both.

    **Raises** ``merge.no-customer``, ``merge.impossible``, ``override.no-reason``, ``decision.elsewhere``.
    """
    refuse_elsewhere(book.upcoming().settings)
    refuse_silence(reason)
    refuse_merge(book, merged, survivor)
    said = Merge(merged, survivor, reason.strip(), since or ALWAYS)
    _write(book, MERGES, _row(said), actor=actor, at=at)
    return said


def unmerge(book: Book, merged: str, *, reason: str, actor: str, at: datetime) -> Merge:
    """Takes a merge back as if it had never been; runs that were made with it stay as they are.

    **Raises** ``merge.none``, ``override.no-reason``, ``decision.elsewhere``.
    """
    refuse_elsewhere(book.upcoming().settings)
    refuse_silence(reason)
    held = next((one for one in merges(book) if one.merged == merged), None)
    if held is None:
        raise not_merged(merged)
    _write(book, MERGES, _row(held) | {"survivor_code": None, "reason": reason.strip()}, actor=actor, at=at)
    return held


def keep_apart(book: Book, one: str, other: str, *, reason: str, actor: str, at: datetime) -> tuple[str, str]:
    """Records that two customers are not the same, so that they are proposed no more. **Raises** as ``merge``."""
    refuse_elsewhere(book.upcoming().settings)
    refuse_silence(reason)
    for code in (one, other):
        refuse_unknown(book, code)
    first, second = pair_of(one, other)
    today = at.astimezone(book.upcoming().settings.zone).date()
    row = {"first_code": first, "second_code": second, "different": "true", "reason": reason.strip(),
           "decided_on": today.isoformat()}  # fmt: skip
    _write(book, DIFFERENT, row, actor=actor, at=at)
    return first, second


def refuse_merge(book: Book, merged: str, survivor: str) -> None:
    """**Raises** ``merge.no-customer`` for an unknown code, ``merge.impossible`` with why it cannot be."""
    for code in (merged, survivor):
        refuse_unknown(book, code)
    refuse_beside({one.merged: one.survivor for one in merges(book)}, merged, survivor)


def refuse_beside(links: Mapping[str, str], merged: str, survivor: str) -> None:
    """**Raises** ``merge.impossible`` where a merge does not go with those that hold, ``merge.done`` for what is so."""
    if merged in links:
        raise fail(
            "merge.done",
            "{merged} is merged into {held} already; take that back first",
            "{merged} 已并入 {held}；请先撤销该次合并",
            merged=merged,
            held=links[merged],
        )
    mistake = mistake_of(merged, survivor, links)
    if mistake is None:
        return
    raise _impossible(mistake[0], merged, survivor, mistake[1].get("end", survivor))


def _impossible(code: str, merged: str, survivor: str, end: str) -> TierwiseError:
    if code == "import.merge-itself":
        return fail(
            "merge.itself",
            "{customer} cannot be merged into itself",
            "{customer} 不能合并到其自身",
            customer=merged,
        )
    return fail(
        "merge.impossible",
        "{survivor} is itself merged; name the customer in which it goes on ({end})",
        "{survivor} 本身已被合并；请指定其保留客户（{end}）",
        survivor=survivor,
        end=end,
    )


def refuse_unknown(book: Book, code: str) -> None:
    """**Raises** ``merge.no-customer`` for a code of which the book has no record."""
    if not rows_of(book, book.upcoming(), "customers", "code", [code]):
        raise no_customer(code)


def no_customer(code: str) -> TierwiseError:
    """The refusal of a code that the book does not know."""
    return fail(
        "merge.no-customer",
        "the book has no record of customer {customer}",
        "账簿中没有客户 {customer} 的档案",
        customer=code,
    )


def not_merged(code: str) -> TierwiseError:
    """The refusal to take back a merge that there is not."""
    return fail(
        "merge.none",
        "{customer} is merged into no other customer",
        "{customer} 未并入其他客户",
        customer=code,
    )


def survivor_of(book: Book, code: str, as_of: date) -> str | None:
    """The customer in which a code goes on, chains followed; null if it stands by itself."""
    version = book.upcoming()
    if MERGES not in version.state:
        return None
    return ends_of(links_on(book.read(MERGES, version).to_pylist(), as_of)).get(code)


def _row(said: Merge) -> dict[str, str | None]:
    return {
        "merged_code": said.merged,
        "survivor_code": said.survivor,
        "reason": said.reason,
        "valid_from": said.since.isoformat(),
    }


def _write(book: Book, table: str, row: Mapping[str, str | None], *, actor: str, at: datetime) -> None:
    """One row through the ordinary importer. What it refuses was refused before, but for who was faster."""
    _, refused = import_rows(book, {table: [row]}, origin=f"tierwise {table}", actor=actor, at=at)
    if refused:
        raise fail(
            "merge.refused",
            "the book refuses it: {why}",
            "账簿拒绝：{why_zh}",
            why=refused[0].why.en,
            why_zh=refused[0].why.zh,
        )
