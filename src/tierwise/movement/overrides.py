"""Overrides: a grade that people choose for a while, with reason, decider and end. Source: spec 8.2, W04, decision 0011."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from tierwise.kernel.errors import fail
from tierwise.kernel.periods import add_months
from tierwise.kernel.text import Text
from tierwise.movement.effective_rows import Marked

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion

OVERRIDES = "grade_overrides"
MONTHS = 6
"""An override lasts at most so long."""
State = Literal["requested", "approved", "active", "expired", "rejected", "revoked"]

REASONS: dict[str, Text] = {
    "strategic": Text("strategic importance", "战略重要性"),
    "potential": Text("potential not yet in the figures", "潜力尚未体现在数据中"),
    "temporary": Text("temporary fall or rise", "暂时性波动"),
    "risk": Text("known risk", "已知风险"),
    "data": Text("data wrong or late", "数据有误或滞后"),
    "agreement": Text("agreement with the customer", "与客户的约定"),
    "other": Text("other", "其他"),
}
"""Reason codes of overrides."""

STATE_WORDS: dict[str, Text] = {
    "requested": Text("requested", "待审批"),
    "approved": Text("approved, not begun", "已批准，未开始"),
    "active": Text("active", "生效中"),
    "expired": Text("expired", "已到期"),
    "rejected": Text("rejected", "已驳回"),
    "revoked": Text("revoked", "已撤销"),
}

SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("override_id", pa.string()),
        ("event", pa.string()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("note", pa.string()),
        ("customer_id", pa.string()),
        ("policy_code", pa.string()),
        ("computed", pa.string()),
        ("from_grade", pa.string()),
        ("grade", pa.string()),
        ("reason_code", pa.string()),
        ("reason_text", pa.string()),
        ("evidence", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Override:
    """One override: what was asked for, and what was decided. Both days are inclusive."""

    override_id: str
    customer_id: str
    policy_code: str
    computed: str | None
    from_grade: str | None
    grade: str
    reason_code: str
    reason_text: str
    evidence: str
    valid_from: date
    valid_to: date
    requested_by: str
    requested_at: datetime
    decision: Literal["approved", "rejected"] | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_note: str = ""
    revoked_by: str | None = None
    revoked_at: datetime | None = None
    revoke_note: str = ""

    def state(self, day: date) -> State:
        """Its state on a day."""
        if self.revoked_by is not None:
            return "revoked"
        if self.decision != "approved":
            return self.decision or "requested"
        if day < self.valid_from:
            return "approved"
        return "active" if day <= self.valid_to else "expired"

    @property
    def approved(self) -> bool:
        """Whether it counts on its days, which a revocation may have shortened."""
        return self.decision == "approved" and self.valid_from <= self.valid_to

    def in_force(self, day: date) -> bool:
        """Whether it is the customer's grade on a day."""
        return self.approved and self.valid_from <= day <= self.valid_to

    def ended_within(self, after: date | None, day: date) -> bool:
        """Whether it was in force on one day or after it, and its last day lies before the other."""
        return self.approved and self.valid_to < day and (after is None or self.valid_to >= after)

    def overlaps(self, start: date, end: date) -> bool:
        """Whether it may be in force on one of these days."""
        alive = self.decision is None and self.revoked_by is None
        return (alive or self.approved) and self.valid_from <= end and start <= self.valid_to


def list_overrides(book: Book, version: BookVersion | None = None) -> list[Override]:
    """All overrides at a version of the book, in the order in which they were asked for."""
    seen = version or book.current()
    if OVERRIDES not in seen.state:
        return []
    found: dict[str, Override] = {}
    for row in sorted(book.read(OVERRIDES, seen).to_pylist(), key=lambda row: int(row["number"])):
        name = row["override_id"]
        found[name] = _requested(row) if row["event"] == "requested" else _after(found[name], row)
    return list(found.values())


def _requested(row: dict[str, Any]) -> Override:
    own = {name: row[name] for name in SCHEMA.names if name in Override.__dataclass_fields__}
    return Override(**own, requested_by=row["actor"], requested_at=row["at"])


def _after(override: Override, row: dict[str, Any]) -> Override:
    start, end = row["valid_from"] or override.valid_from, row["valid_to"] or override.valid_to
    override = replace(override, valid_from=start, valid_to=end)
    if row["event"] == "revoked":
        return replace(override, revoked_by=row["actor"], revoked_at=row["at"], revoke_note=row["note"])
    return replace(
        override,
        decision=row["event"],
        decided_by=row["actor"],
        decided_at=row["at"],
        decision_note=row["note"],
    )


def find_override(overrides: Iterable[Override], asked: str) -> Override:
    """The override of an id (``override-000003``, or just ``3``). **Raises** ``override.unknown``."""
    known = list(overrides)
    for override in known:
        if asked in (override.override_id, str(int(override.override_id.removeprefix("override-")))):
            return override
    raise fail(
        "override.unknown",
        "there is no override {asked}; there are {count} (`tierwise override list` shows them)",
        "没有人工调整 {asked}；共有 {count} 项（`tierwise override list` 可列出）",
        asked=asked,
        count=len(known),
    )


def marked(overrides: Iterable[Override], policy: str, after: date | None, day: date) -> list[Marked]:
    """Who has an override of a policy in force on a day, or had one on the day ``after`` or later."""
    mine = [override for override in overrides if override.policy_code == policy]
    found: dict[str, Marked] = {}
    for one in sorted(mine, key=lambda override: override.valid_to):
        if one.ended_within(after, day):
            since = (one.valid_to + timedelta(days=1)).isoformat()
            found[one.customer_id] = Marked(one.customer_id, None, None, True, since)
    for one in mine:
        if one.in_force(day):
            since = one.valid_from.isoformat()
            found[one.customer_id] = Marked(one.customer_id, one.override_id, one.grade, False, since)
    return [found[customer] for customer in sorted(found)]


def lapsing(overrides: Iterable[Override], policy: str, after: date, days: int = 45) -> Iterator[Override]:
    """Overrides of a policy that are in force on a day and end within so many days of it."""
    until = after + timedelta(days=days)
    for override in overrides:
        if override.policy_code == policy and override.in_force(after) and override.valid_to <= until:
            yield override


def last_day(start: date) -> date:
    """The last day that an override which begins on a day may have; the month's last where the day is not in it."""
    same = add_months(start, MONTHS)
    return same if same.day < start.day else same - timedelta(days=1)
