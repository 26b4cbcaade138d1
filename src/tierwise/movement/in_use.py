"""The policies that a book has in use, and which of them lead service. Source: spec 6.14, 9.1, 12.4.

Several policies may grade the same customers; all their grades are shown, each with its policy's name, and exactly one
policy per kind of customer decides treatment. Who put which into use, and when, is an append-only table of the book.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from tierwise.book.contract.choices import CUSTOMER_KIND
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import Period
from tierwise.kernel.text import Text
from tierwise.movement.deciding import refuse_elsewhere
from tierwise.movement.policy_log import refuse_unpublished
from tierwise.policy.load import PolicyDocument, parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer

TABLE = "policies_in_use"
SHORT = 8
"""Digits of a fingerprint that tell two policies of one name apart for people."""
_EXISTING = "existing"
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
    def kinds(self) -> frozenset[str]:
        """The kinds of customers that it grades, and whose treatment it decides if it leads."""
        return _kinds(self.text)

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
    led_before: tuple[InUse, ...] = ()
    """Who led service until now, where the mark moved."""


def entries(book: Book, version: BookVersion | None = None) -> list[Entry]:
    """Everything that was decided about policies in use, the oldest first."""
    seen = version or book.current()
    if TABLE not in seen.state:
        return []
    rows = book.read(TABLE, seen).to_pylist()
    return sorted((Entry(**row) for row in rows), key=lambda entry: entry.number)


def in_use(book: Book, version: BookVersion | None = None) -> list[InUse]:
    """The policies in use, the leading ones first (that of existing customers before the others), then by code."""
    return standing(entries(book, version))


def standing(found: Iterable[Entry]) -> list[InUse]:
    """What follows from what was decided: no two that lead share a kind of customer.

    A policy leads where nobody leads its kinds when it comes into use, or where somebody said so.
    """
    used: dict[str, Entry] = {}
    leading: set[str] = set()
    for entry in sorted(found, key=lambda one: one.number):
        mine = _kinds(entry.text)
        rivals = {code for code in leading if code != entry.code and mine & _kinds(used[code].text)}
        if entry.event == "drop":
            used.pop(entry.code, None)
            leading.discard(entry.code)
            continue
        if entry.event == "lead":
            leading -= rivals
        else:
            used[entry.code] = entry
        if entry.event == "lead" or not rivals:
            leading.add(entry.code)
    made = [_standing(entry, leading=code in leading) for code, entry in used.items()]
    return sorted(made, key=lambda one: (not one.leading, _EXISTING not in one.kinds, one.code))


@lru_cache(maxsize=64)
def _kinds(text: str) -> frozenset[str]:
    return frozenset(parse_policy(text, "policy in use").population.kinds)


def _standing(entry: Entry, *, leading: bool) -> InUse:
    return InUse(entry.code, entry.version, entry.fingerprint, entry.text, leading, entry.at, entry.actor)


def leading(book: Book, version: BookVersion | None = None) -> InUse | None:
    """The policy whose grades decide treatment: that of existing customers, else of the other kinds.

    ``None`` while none leads.
    """
    return next((one for one in in_use(book, version) if one.leading), None)


def use_policy(book: Book, document: PolicyDocument, *, lead: bool = False, actor: str, at: datetime) -> Used:
    """Puts a policy into use; with ``lead`` its grades decide treatment of its kinds of customers from now on.

    It leads by itself where nobody leads these kinds. A policy of the same code takes the place of the one in use.
    **Raises** ``decision.elsewhere``, ``policy.kinds-overlap``, and ``policy.managed`` where another wording is published
    for the month.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        today = Period.on(at.astimezone(writer.settings.zone).date())
        refuse_unpublished(book, writer.base, document, today)
        known = entries(book, writer.base)
        before = standing(known)
        mine = _of(before, document.policy.code)
        rivals = refuse_overlap(before, document, lead=lead)
        new: list[Entry] = []
        same = mine is not None and (mine.fingerprint, mine.version) == (
            document.fingerprint,
            document.policy.version,
        )
        if not same:
            new.append(_entry(len(known) + 1, "use", document, actor, at))
        if lead and (rivals or not (mine.leading if mine else _leads_alone(before, document))):
            new.append(_entry(len(known) + 1 + len(new), "lead", document, actor, at))
        after = standing([*known, *new])
        now = next(one for one in after if one.code == document.policy.code)
        if new:
            writer.append(TABLE, pa.Table.from_pylist([asdict(entry) for entry in new], schema=SCHEMA))
            writer.commit("policy", ", ".join(f"{e.event} {e.code} v{e.version}" for e in new))
    return Used(now, bool(new), None if same else mine, tuple(rivals) if lead else ())


def refuse_overlap(before: Iterable[InUse], document: PolicyDocument, *, lead: bool = False) -> list[InUse]:
    """The other policies that lead its kinds now. **Raises** ``policy.kinds-overlap`` where marks cannot be told apart.

    Whoever leads all kinds of another takes its mark. Taking some of them would leave the rest without a leading
    policy, and a leading policy whose new wording grades further kinds does not take them unasked.
    """
    mine, kinds = _of(list(before), document.policy.code), frozenset(document.policy.population.kinds)
    rivals = [one for one in before if one.leading and one.code != document.policy.code and one.kinds & kinds]
    torn = [one for one in rivals if not one.kinds <= kinds] if lead else rivals
    if torn and (lead or (mine is not None and mine.leading)):
        way, ours, theirs = _WAYS[all(one.kinds <= kinds for one in torn)], named(kinds), named(torn[0].kinds)
        raise fail(
            "policy.kinds-overlap",
            f"{{policy}} grades customers of kind {ours.en}, and {{other}} leads service for {theirs.en}: each kind has "
            f"exactly one leading policy. {way.en}",
            f"{{policy}} 的评级对象为{ours.zh}，而 {{other}} 主导{theirs.zh}的服务：每类客户恰有一个主导策略。{way.zh}",
            policy=document.policy.code,
            other=torn[0].code,
        )
    return rivals


_WAYS = {
    True: Text("Take its place with --leading", "请加 --leading 取代之"),
    False: Text(
        "Take that one out of use first (`tierwise policy drop`)", "请先停用该策略（`tierwise policy drop`）"
    ),
}
"""Whether the policy covers all kinds of the other one -> what to do."""


def named(kinds: Iterable[str]) -> Text:
    """The kinds of customers as a policy and as people call them."""
    found = [one for one in CUSTOMER_KIND if one.code in frozenset(kinds)]
    return Text(", ".join(one.code for one in found), "、".join(one.label.zh for one in found))


def _leads_alone(before: Iterable[InUse], document: PolicyDocument) -> bool:
    """Whether it leads by coming into use."""
    kinds = frozenset(document.policy.population.kinds)
    return not any(one.leading and one.kinds & kinds for one in before)


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
    """Takes a policy out of use; its runs stay. A leading one whose mark another could take hands it on first.

    **Raises** ``policy.not-in-use``, ``policy.leads`` or ``decision.elsewhere``.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        known = entries(book, writer.base)
        before = standing(known)
        mine = _of(before, code)
        if mine is None:
            raise _not_in_use(code, before)
        refuse_leading(before, code)
        row = Entry(len(known) + 1, "drop", mine.code, mine.version, mine.fingerprint, mine.text, actor, at)
        writer.append(TABLE, pa.Table.from_pylist([asdict(row)], schema=SCHEMA))
        writer.commit("policy", f"drop {mine.code} v{mine.version}")
    return mine


def refuse_leading(before: Iterable[InUse], code: str) -> None:
    """Refuses to end a leading policy while another in use could lead its kinds. **Raises** ``policy.leads``."""
    mine = next((one for one in before if one.code == code and one.leading), None)
    others = [one.code for one in before if mine and one.code != code and mine.kinds <= one.kinds]
    if others:
        raise fail(
            "policy.leads",
            "{policy} leads service; mark another policy in use first (`tierwise policy use BOOK POLICY --leading`): {others}",
            "{policy} 为服务主导策略；请先用 `tierwise policy use BOOK POLICY --leading` 改由其他在用策略主导：{others}",
            policy=code,
            others=", ".join(others),
        )


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
