"""Merging customers, taking a merge back, and saying that two are not the same. Spec 12.3, decision 0022."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tierwise.book.contract.choices import CUSTOMER_STATUS
from tierwise.book.importing import versions_seen
from tierwise.book.rows import Row, import_rows, rows_of
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
    return [
        Merge(code, rows[0]["survivor_code"], rows[0]["reason"], rows[0]["valid_from"])
        for code, rows in ((code, _last_said(rows)) for code, rows in sorted(_told(book).items()))
        if rows[0]["survivor_code"] is not None
    ]


def _told(book: Book) -> dict[str, list[Mapping[str, Any]]]:
    """Merged code -> all that is said of it, by the days from which it holds."""
    version, found = book.upcoming(), dict[str, list[Mapping[str, Any]]]()
    if MERGES in version.state:
        for row in sorted(book.read(MERGES, version).to_pylist(), key=lambda row: row["valid_from"]):
            found.setdefault(row["merged_code"], []).append(row)
    return found


def _last_said(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The last rows that say the same: from the first of them on it holds."""
    start = len(rows) - 1
    while start and rows[start - 1]["survivor_code"] == rows[start]["survivor_code"]:
        start -= 1
    return rows[start:]


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

    **Raises** as ``refuse_merge``, and ``override.no-reason``, ``decision.elsewhere``; ``import.moved-on`` if somebody
    else merged meanwhile.
    """
    refuse_elsewhere(book.upcoming().settings)
    refuse_silence(reason)
    seen = versions_seen(book.upcoming(), [MERGES])
    refuse_merge(book, merged, survivor)
    said = Merge(merged, survivor, reason.strip(), since or ALWAYS)
    _write(book, MERGES, _from_its_day_on(book, _row(said)), actor=actor, at=at, seen=seen)
    return said


def unmerge(book: Book, merged: str, *, reason: str, actor: str, at: datetime) -> Merge:
    """Takes a merge back as if it had never been; runs that were made with it stay as they are.

    **Raises** ``merge.none``, ``override.no-reason``, ``decision.elsewhere``.
    """
    refuse_elsewhere(book.upcoming().settings)
    refuse_silence(reason)
    seen = versions_seen(book.upcoming(), [MERGES])
    held = next((one for one in merges(book) if one.merged == merged), None)
    if held is None:
        raise not_merged(merged)
    ended = _row(held) | {"survivor_code": None, "reason": reason.strip()}
    _write(book, MERGES, _from_its_day_on(book, ended), actor=actor, at=at, seen=seen)
    return held


def keep_apart(book: Book, one: str, other: str, *, reason: str, actor: str, at: datetime) -> tuple[str, str]:
    """Records that two customers are not the same, so that they are proposed no more.

    **Raises** as ``merge``, and ``merge.same`` for a customer and itself or two that are merged.
    """
    refuse_elsewhere(book.upcoming().settings)
    refuse_silence(reason)
    refuse_pair({held.merged: held.survivor for held in merges(book)}, one, other)
    for code in (one, other):
        refuse_unknown(book, code)
    first, second = pair_of(one, other)
    today = at.astimezone(book.upcoming().settings.zone).date()
    row = {"first_code": first, "second_code": second, "different": "true", "reason": reason.strip(),
           "decided_on": today.isoformat()}  # fmt: skip
    _write(book, DIFFERENT, [row], actor=actor, at=at)
    return first, second


def refuse_merge(book: Book, merged: str, survivor: str) -> None:
    """**Raises** ``merge.no-customer`` for an unknown code, ``merge.out-of-use``, and as ``refuse_beside`` and ``refuse_above``."""
    refuse_unknown(book, merged)
    refuse_out_of_use(survivor, refuse_unknown(book, survivor)["status"])
    links = {one.merged: one.survivor for one in merges(book)}
    refuse_beside(links, merged, survivor)
    refuse_above(_above(book, survivor, ends_of(links)), merged, survivor)


def _above(book: Book, code: str, ends: Mapping[str, str]) -> list[str]:
    """A customer and all those above it as its newest record says, survivors in the place of the merged."""
    chain = [code]
    while True:
        rows = rows_of(book, book.upcoming(), "customers", "code", [chain[-1]])
        said = (rows[-1]["parent_code"] if rows else None) or ""
        parent = ends.get(said, said)
        if not parent or parent in chain:
            return chain
        chain.append(parent)


def refuse_above(chain: Sequence[str], merged: str, survivor: str) -> None:
    """**Raises** ``merge.above`` where who stands between the two would stand above and below the survivor at once.

    ``chain``: the survivor and all those above it, the next one first.
    """
    if merged in chain[2:]:
        raise fail(
            "merge.above",
            "{merged} stands above {survivor} with others between them; let {merged} go on, or move them first",
            "{merged} 是 {survivor} 的上级且其间还有其他客户；请保留 {merged}，或先调整隶属关系",
            merged=merged,
            survivor=survivor,
        )


def refuse_out_of_use(survivor: str, status: str) -> None:
    """**Raises** ``merge.out-of-use`` for a survivor that is no more graded: what is written of both would be lost to sight."""
    if status != "active":
        words = {choice.code: choice.label for choice in CUSTOMER_STATUS}[status]
        raise fail(
            "merge.out-of-use",
            "{survivor} has the status {status} and is not graded; name a customer in use as the survivor",
            "{survivor} 的状态为「{status_zh}」，不参与分级；请以在用客户为保留客户",
            survivor=survivor,
            status=words.en,
            status_zh=words.zh,
        )


def refuse_beside(links: Mapping[str, str], merged: str, survivor: str) -> None:
    """Refuses a merge that does not go with those that hold.

    **Raises** ``merge.done``, ``merge.itself``, ``merge.circle``, ``merge.impossible``.
    """
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


def refuse_pair(links: Mapping[str, str], one: str, other: str) -> None:
    """**Raises** ``merge.same`` for two codes that are one customer."""
    ends = ends_of(links)
    if ends.get(one, one) == ends.get(other, other):
        raise fail(
            "merge.same",
            "{one} and {other} are one customer; where that is wrong, take the merge back first",
            "{one} 与 {other} 为同一客户；如有误，请先撤销合并",
            one=one,
            other=other,
        )


def _impossible(code: str, merged: str, survivor: str, end: str) -> TierwiseError:
    if code == "import.merge-itself":
        return fail(
            "merge.itself",
            "{customer} cannot be merged into itself",
            "{customer} 不能合并到其自身",
            customer=merged,
        )
    if code == "import.merge-circle":
        return fail(
            "merge.circle",
            "{survivor} goes on in {merged} already; take that back first",
            "{survivor} 已并入 {merged}；请先撤销该次合并",
            merged=merged,
            survivor=survivor,
        )
    return fail(
        "merge.impossible",
        "{survivor} is itself merged; name the customer in which it goes on ({end})",
        "{survivor} 本身已被合并；请指定其保留客户（{end}）",
        survivor=survivor,
        end=end,
    )


def refuse_unknown(book: Book, code: str) -> dict[str, Any]:
    """The newest record of a customer. **Raises** ``merge.no-customer`` for a code of which the book has none."""
    rows = rows_of(book, book.upcoming(), "customers", "code", [code])
    if not rows:
        raise no_customer(code)
    return rows[-1]


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


def _from_its_day_on(book: Book, row: Mapping[str, str | None]) -> list[Row]:
    """The row, and again for each later day of which the book says something: the last decision speaks from its day on.

    Else a merge that was taken back from a day would stand in the way of one from an earlier day.
    """
    since, told = row["valid_from"], _told(book).get(str(row["merged_code"]), [])
    later = [
        day for day in (one["valid_from"].isoformat() for one in told) if since is not None and day > since
    ]
    return [row, *({**row, "valid_from": day} for day in later)]


def _write(
    book: Book,
    table: str,
    rows: Sequence[Row],
    *,
    actor: str,
    at: datetime,
    seen: Mapping[str, int | None] | None = None,
) -> None:
    """Rows through the ordinary importer. What it refuses was refused before, but for who was faster."""
    _, refused = import_rows(book, {table: rows}, origin=f"tierwise {table}", actor=actor, at=at, seen=seen)
    if refused:
        raise fail(
            "merge.refused",
            "the book refuses it: {why}",
            "账簿拒绝：{why_zh}",
            why=refused[0].why.en,
            why_zh=refused[0].why.zh,
        )
