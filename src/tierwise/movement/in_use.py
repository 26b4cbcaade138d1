"""The policies that a book has in use, and the one among them that leads service. Source: spec 6.14, 9.1, 12.4.

Several policies may grade the same customers; all their grades are shown, each with its policy's name, and exactly one
policy decides treatment. Who put which into use, and when, is an append-only table of the book.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import Period
from tierwise.movement.deciding import refuse_elsewhere
from tierwise.movement.policy_log import refuse_unpublished
from tierwise.policy.load import PolicyDocument, parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer

TABLE = "policies_in_use"
SHORT = 8
"""Digits of a fingerprint that tell two policies of one name apart for people."""
SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("event", pa.string()),
        ("code", pa.string()),
        ("version", pa.int64()),
        ("fingerprint", pa.string()),
        ("text", pa.string()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was decided: a policy is used, leads service, or is dropped."""

    number: int
    event: Literal["use", "lead", "drop"]
    code: str
    version: int
    fingerprint: str
    text: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InUse:
    """A policy in use: as it was put there, since when and by whom, and whether it leads service."""

    code: str
    version: int
    fingerprint: str
    text: str
    leading: bool
    since: datetime
    by: str

    @property
    def document(self) -> PolicyDocument:
        """The policy as it was written."""
        file = f"{self.code} in use"
        return PolicyDocument(parse_policy(self.text, file), self.text, file, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Used:
    """What putting a policy into use changed."""

    now: InUse
    changed: bool
    replaced: InUse | None = None
    """The other wording of this policy that was in use before."""
    led_before: InUse | None = None
    """Who led service until now, if the mark moved."""


def entries(book: Book, version: BookVersion | None = None) -> list[Entry]:
    """Everything that was decided about policies in use, the oldest first."""
    seen = version or book.current()
    if TABLE not in seen.state:
        return []
    rows = book.read(TABLE, seen).to_pylist()
    return sorted((Entry(**row) for row in rows), key=lambda entry: entry.number)


def in_use(book: Book, version: BookVersion | None = None) -> list[InUse]:
    """The policies in use, the leading one first, then by code."""
    return standing(entries(book, version))


def standing(found: Iterable[Entry]) -> list[InUse]:
    """What follows from what was decided: exactly one leads once any is in use."""
    used: dict[str, Entry] = {}
    leading: str | None = None
    for entry in sorted(found, key=lambda one: one.number):
        if entry.event == "drop":
            used.pop(entry.code, None)
            leading = None if leading == entry.code else leading
        elif entry.event == "lead":
            leading = entry.code
        else:
            used[entry.code] = entry
            leading = leading or entry.code
    made = [_standing(entry, leading=code == leading) for code, entry in used.items()]
    return sorted(made, key=lambda one: (not one.leading, one.code))


def _standing(entry: Entry, *, leading: bool) -> InUse:
    return InUse(entry.code, entry.version, entry.fingerprint, entry.text, leading, entry.at, entry.actor)


def leading(book: Book, version: BookVersion | None = None) -> InUse | None:
    """The policy whose grades decide treatment; ``None`` while no policy is in use."""
    return next((one for one in in_use(book, version) if one.leading), None)


def use_policy(book: Book, document: PolicyDocument, *, lead: bool = False, actor: str, at: datetime) -> Used:
    """Puts a policy into use; with ``lead`` its grades decide treatment from now on. The first one in use leads.

    A policy of the same code takes the place of the one in use. **Raises** ``decision.elsewhere``, and ``policy.managed``
    where another wording is published for the month.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        today = Period.on(at.astimezone(writer.settings.zone).date())
        refuse_unpublished(book, writer.base, document, today)
        known = entries(book, writer.base)
        before = standing(known)
        mine = _of(before, document.policy.code)
        new: list[Entry] = []
        same = mine is not None and (mine.fingerprint, mine.version) == (
            document.fingerprint,
            document.policy.version,
        )
        if not same:
            new.append(_entry(len(known) + 1, "use", document, actor, at))
        if lead and before and not (mine is not None and mine.leading):
            new.append(_entry(len(known) + 1 + len(new), "lead", document, actor, at))
        after = standing([*known, *new])
        now = next(one for one in after if one.code == document.policy.code)
        if new:
            writer.append(TABLE, pa.Table.from_pylist([asdict(entry) for entry in new], schema=SCHEMA))
            writer.commit("policy", ", ".join(f"{e.event} {e.code} v{e.version}" for e in new))
    moved = any(entry.event == "lead" for entry in new)
    led = next((one for one in before if one.leading), None) if moved else None
    return Used(now, bool(new), None if same else mine, led)


def _entry(
    number: int, event: Literal["use", "lead", "drop"], document: PolicyDocument, actor: str, at: datetime
) -> Entry:
    policy = document.policy
    return Entry(number, event, policy.code, policy.version, document.fingerprint, document.text, actor, at)


def append_use(writer: Writer, known: list[Entry], document: PolicyDocument) -> None:
    """Puts a policy into use within a version under way."""
    entry = _entry(len(known) + 1, "use", document, writer.actor, writer.at)
    writer.append(TABLE, pa.Table.from_pylist([asdict(entry)], schema=SCHEMA))


def drop_policy(book: Book, code: str, *, actor: str, at: datetime) -> InUse:
    """Takes a policy out of use; its runs stay. The leading one goes last, or hands the mark on first.

    **Raises** ``policy.not-in-use``, ``policy.leads`` or ``decision.elsewhere``.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        known = entries(book, writer.base)
        before = standing(known)
        mine = _of(before, code)
        if mine is None:
            raise _not_in_use(code, before)
        if mine.leading and len(before) > 1:
            raise fail(
                "policy.leads",
                "{policy} leads service; mark another policy in use first (`tierwise policy use BOOK POLICY --leading`): {others}",
                "{policy} 为服务主导策略；请先用 `tierwise policy use BOOK POLICY --leading` 改由其他在用策略主导：{others}",
                policy=code,
                others=", ".join(one.code for one in before if one.code != code),
            )
        row = Entry(len(known) + 1, "drop", mine.code, mine.version, mine.fingerprint, mine.text, actor, at)
        writer.append(TABLE, pa.Table.from_pylist([asdict(row)], schema=SCHEMA))
        writer.commit("policy", f"drop {mine.code} v{mine.version}")
    return mine


def _of(found: Iterable[InUse], code: str) -> InUse | None:
    return next((one for one in found if one.code == code), None)


def _not_in_use(code: str, found: list[InUse]) -> TierwiseError:
    return fail(
        "policy.not-in-use",
        "the policy {policy} is not in use; in use: {known}",
        "策略 {policy} 未在用；在用策略：{known}",
        policy=code,
        known=", ".join(one.code for one in found) or "–",
    )
