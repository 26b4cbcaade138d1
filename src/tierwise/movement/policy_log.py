"""Policies that go through approval: what was said of their versions, and which one holds in a period.

**Source** spec 4.5 (PolicyVersion), 6.13, W03, decision 0018. An append-only table of the book, as all decisions are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import Period
from tierwise.policy.load import PolicyDocument, parse_policy, same_wording

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer

TABLE = "policy_states"
Event = Literal["drafted", "submitted", "rejected", "approved", "published", "retired"]
State = Literal[
    "draft", "rehearsed", "submitted", "rejected", "approved", "published", "effective", "retired"
]
SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("event", pa.string()),
        ("code", pa.string()),
        ("version", pa.int64()),
        ("fingerprint", pa.string()),
        ("text", pa.string()),
        ("effective_from", pa.string()),
        ("rehearsal_id", pa.string()),
        ("note", pa.string()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that happened to a version of a policy. ``effective_from``: the period with which it begins or ends."""

    number: int
    event: Event
    code: str
    version: int
    fingerprint: str
    text: str
    effective_from: str | None
    rehearsal_id: str | None
    note: str
    actor: str
    at: datetime

    @property
    def document(self) -> PolicyDocument:
        """The policy as it was written."""
        file = f"{self.code} v{self.version} in the book"
        return PolicyDocument(parse_policy(self.text, file), self.text, file, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Managed:
    """A version of a policy with all that was said of it, oldest first."""

    history: tuple[Said, ...]

    @property
    def last(self) -> Said:
        """What was said last."""
        return self.history[-1]

    @property
    def code(self) -> str:
        """The code of the policy."""
        return self.last.code

    @property
    def version(self) -> int:
        """The number of the version."""
        return self.last.version

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its last wording."""
        return self.last.fingerprint

    @property
    def document(self) -> PolicyDocument:
        """The policy as it was written last."""
        return self.last.document

    def when(self, event: Event) -> Said | None:
        """How something was last said since the last wording."""
        return next((said for said in reversed(self.since_draft) if said.event == event), None)

    @property
    def since_draft(self) -> tuple[Said, ...]:
        """What was said since its last wording, that included."""
        first = max(at for at, said in enumerate(self.history) if said.event == "drafted")
        return self.history[first:]


def said_of_policies(book: Book, version: BookVersion | None = None) -> list[Said]:
    """Everything that was said of versions of policies, the oldest first."""
    rows = book.read_log(TABLE, version or book.current(), SCHEMA).to_pylist()
    return sorted((Said(**row) for row in rows), key=lambda said: said.number)


def managed_policies(said: Iterable[Said]) -> list[Managed]:
    """The versions of all policies that go through approval, by code and version."""
    found: dict[tuple[str, int], list[Said]] = {}
    for one in said:
        found.setdefault((one.code, one.version), []).append(one)
    return [Managed(tuple(history)) for _, history in sorted(found.items())]


def holding(said: Iterable[Said], code: str, period: Period | None = None) -> Said | None:
    """What holds for a policy in a period (ever, by default): its publication or its retirement; ``None`` if neither.

    The later beginning wins; of two with one beginning, what was said last.
    """
    marks = [
        one
        for one in said
        if one.code == code
        and one.event in ("published", "retired")
        and one.effective_from is not None
        and (period is None or Period.of(one.effective_from) <= period)
    ]
    return max(marks, key=lambda one: (Period.of(str(one.effective_from)), one.number), default=None)


def log_policy(writer: Writer, said: Said) -> None:
    """Adds to the log; it shows with the writer's version."""
    writer.append(TABLE, pa.Table.from_pylist([asdict(said)], schema=SCHEMA))


def refuse_unpublished(book: Book, version: BookVersion, document: PolicyDocument, period: Period) -> None:
    """**Raises** ``policy.retired`` or ``policy.managed`` if another wording than this holds in the period."""
    found = holding(said_of_policies(book, version), document.policy.code, period)
    if found is None or (found.event == "published" and same_wording(found.document, document)):
        return
    raise retired(found, period) if found.event == "retired" else _managed(found, period, book)


def retired(found: Said, period: Period) -> TierwiseError:
    return fail(
        "policy.retired",
        "{policy} was retired from {first} on (by {who}); nothing is graded by it in {period}",
        "{policy} 自 {first} 起停止使用（操作人 {who}）；{period} 不再按其分级",
        policy=found.code,
        first=found.effective_from,
        who=found.actor,
        period=period,
    )


def _managed(found: Said, period: Period, book: Book) -> TierwiseError:
    return fail(
        "policy.managed",
        "in {period} version {version} of {policy} holds, published from {first} on; another wording has to be drafted, "
        "rehearsed, approved and published first (`tierwise policy draft {book} FILE`)",
        "{period} 适用 {policy} 第 {version} 版（自 {first} 起发布）；其他写法须先起草、演练、批准并发布"
        "（`tierwise policy draft {book} 文件`）",
        policy=found.code,
        version=found.version,
        first=found.effective_from,
        period=period,
        book=str(book.path),
    )


def other_wording(book: Book, code: str, version: int, period: Period) -> TierwiseError:
    """The refusal of a wording in a month that an earlier one still grades."""
    return fail(
        "policy.managed",
        "in {period} version {version} of {policy} still holds; a published wording begins with its own month, and another "
        "one has to be drafted, rehearsed, approved and published first (`tierwise policy draft {book} FILE`)",
        "{period} 仍适用 {policy} 第 {version} 版；已发布的写法自其生效月份起适用，其他写法须先起草、演练、批准并发布"
        "（`tierwise policy draft {book} 文件`）",
        policy=code,
        version=version,
        period=period,
        book=str(book.path),
    )
