"""Asking for, deciding on and revoking overrides. Source: spec W04, decision 0011."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.book.contract.choices import CUSTOMER_STATUS
from tierwise.book.surviving import survivors
from tierwise.kernel.actor import same_person
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.movement.deciding import own_request, refuse_elsewhere
from tierwise.movement.overrides import (
    MONTHS,
    OVERRIDES,
    REASONS,
    SCHEMA,
    STATE_WORDS,
    Override,
    find_override,
    last_day,
    list_overrides,
)
from tierwise.movement.states import CycleRun, chain, cycle_runs

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer
    from tierwise.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for: a grade for a customer, from and to inclusive, and why."""

    customer: str
    grade: str
    reason_code: str
    reason_text: str
    valid_from: date
    valid_to: date
    evidence: str = ""


def request_override(book: Book, policy: Policy, asked: Request, *, actor: str, at: datetime) -> Override:
    """Records a request. **Raises** ``override.…`` for whatever is wrong with it."""
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        known = list_overrides(book, writer.base)
        last = _last_published(book, writer, policy.code)
        refuse_customer(book, writer.base, asked.customer)
        _refuse_content(asked, policy)
        _refuse_days(asked, last, at.astimezone(writer.settings.zone).date())
        _refuse_overlap(asked, policy.code, known)
        standing = _standing(book, last, asked.customer)
        row = {
            "override_id": f"override-{len(known) + 1:06d}",
            "event": "requested",
            "policy_code": policy.code,
            "customer_id": asked.customer,
            "computed": standing.get("computed"),
            "from_grade": standing.get("effective"),
            "grade": asked.grade,
            "reason_code": asked.reason_code,
            "reason_text": asked.reason_text.strip(),
            "evidence": asked.evidence.strip(),
            "valid_from": asked.valid_from,
            "valid_to": asked.valid_to,
        }
        return _log(book, writer, row, "")


def approve_override(book: Book, override: str, *, note: str = "", actor: str, at: datetime) -> Override:
    """Approves a request; somebody else than the requester does it. It begins no earlier than the open period.

    **Raises** ``override.customer-not-active`` where the customer was merged or closed since the request.
    """

    def change(found: Override, writer: Writer, today: date) -> dict[str, Any]:
        refuse_customer(book, writer.base, found.customer_id)
        last = _last_published(book, writer, found.policy_code)
        start = found.valid_from if last is None else max(found.valid_from, last.as_of + timedelta(days=1))
        if max(start, today) > found.valid_to:
            raise fail(
                "override.over",
                "{override} would have ended on {end}; reject it and ask anew",
                "{override} 已于 {end} 到期；请驳回后重新申请",
                override=found.override_id,
                end=found.valid_to,
            )
        return {"event": "approved", "valid_from": start}

    return _decide(book, override, change, note=note, actor=actor, at=at)


def reject_override(book: Book, override: str, *, note: str, actor: str, at: datetime) -> Override:
    """Rejects a request; somebody else than the requester does it, and says why."""
    refuse_silence(note, "--note")
    return _decide(book, override, lambda *_: {"event": "rejected"}, note=note, actor=actor, at=at)


def revoke_override(book: Book, override: str, *, note: str, actor: str, at: datetime) -> Override:
    """Ends an approved override with the day before; whoever asked may only take back what is not decided."""
    refuse_silence(note, "--note")
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        found = find_override(list_overrides(book, writer.base), override)
        today = at.astimezone(writer.settings.zone).date()
        if found.state(today) not in ("requested", "approved", "active"):
            raise _done(found, today)
        if found.decision is not None and same_person(actor, found.requested_by):
            raise own_request(actor, found.override_id)
        if found.decision is None and not same_person(actor, found.requested_by):
            raise _not_decided(found)
        ends = min(found.valid_to, today - timedelta(days=1))
        row = {"override_id": found.override_id, "event": "revoked", "valid_to": ends}
        return _log(book, writer, row, note)


def _decide(
    book: Book,
    override: str,
    change: Callable[[Override, Writer, date], dict[str, Any]],
    *,
    note: str,
    actor: str,
    at: datetime,
) -> Override:
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        found = find_override(list_overrides(book, writer.base), override)
        today = at.astimezone(writer.settings.zone).date()
        if found.state(today) != "requested":
            raise _done(found, today)
        if same_person(actor, found.requested_by):
            raise own_request(actor, found.override_id)
        row = {"override_id": found.override_id, **change(found, writer, today)}
        return _log(book, writer, row, note)


def _log(book: Book, writer: Writer, row: dict[str, Any], note: str) -> Override:
    known = book.read_log(OVERRIDES, writer.base, SCHEMA)
    own = {"number": known.num_rows + 1, "actor": writer.actor, "at": writer.at, "note": note.strip()}
    full = dict.fromkeys(SCHEMA.names) | row | own
    writer.append(OVERRIDES, pa.Table.from_pylist([full], schema=SCHEMA))
    version = writer.commit("override", f"{row['override_id']} {row['event']}")
    return find_override(list_overrides(book, version), row["override_id"])


def _last_published(book: Book, writer: Writer, policy: str) -> CycleRun | None:
    published = chain(cycle_runs(book, writer.base), policy)
    return published[-1] if published else None


def _standing(book: Book, last: CycleRun | None, customer: str) -> dict[str, Any]:
    """The last published row of a customer; empty if there is none."""
    files = [] if last is None else book.files(last.effective, book.current())
    for file in files:
        found = pq.read_table(
            file, columns=["computed", "effective"], filters=[("customer_id", "=", customer)]
        )
        if found.num_rows:
            row: dict[str, Any] = found.to_pylist()[0]
            return row
    return {}


def refuse_customer(book: Book, version: BookVersion, customer: str) -> None:
    """**Raises** ``override.no-customer``, ``override.customer-not-active``."""
    rows: list[dict[str, Any]] = []
    for file in book.files("customers", version):
        columns = ["status", "valid_from"]
        rows += pq.read_table(file, columns=columns, filters=[("code", "=", customer)]).to_pylist()
    if not rows:
        raise fail(
            "override.no-customer",
            "the book has no record of customer {customer}",
            "账簿中没有客户 {customer} 的档案",
            customer=customer,
        )
    merged = customer in survivors(book, version, date.max)
    status = "merged" if merged else max(rows, key=lambda row: row["valid_from"])["status"]
    if status != "active":
        words = {choice.code: choice.label for choice in CUSTOMER_STATUS}[status]
        raise fail(
            "override.customer-not-active",
            "customer {customer} is {status} and gets no grade; choose the record that goes on",
            "客户 {customer} 的档案{status_zh}，不再参评；请选择仍在使用的档案",
            customer=customer,
            status=words.en,
            status_zh=words.zh,
        )


def _refuse_content(asked: Request, policy: Policy) -> None:
    scale = [grade.code for grade in policy.scale]
    if asked.grade not in scale:
        raise fail(
            "override.not-on-scale",
            "{grade} is not on the scale of {policy}: {scale}",
            "{grade} 不在策略 {policy} 的等级表中：{scale}",
            grade=asked.grade,
            policy=policy.code,
            scale=", ".join(scale),
        )
    if asked.reason_code not in REASONS:
        raise fail(
            "override.reason-code",
            "{reason} is no reason; there are {known}",
            "没有原因代码 {reason}；可用：{known}",
            reason=asked.reason_code,
            known=", ".join(REASONS),
        )
    refuse_silence(asked.reason_text, "--text")


def refuse_silence(text: str, option: str = "--reason") -> None:
    """**Raises** ``override.no-reason`` for a text without a word, naming the option that takes it."""
    if not text.strip():
        raise fail(
            "override.no-reason",
            "say why, in words ({option})",
            "请用文字说明原因（{option}）",
            option=option,
        )


def _refuse_days(asked: Request, last: CycleRun | None, today: date) -> None:
    if asked.valid_to < asked.valid_from or asked.valid_to < today:
        raise fail(
            "override.days",
            "an override from {start} to {end} would be over before it begins (today is {today})",
            "人工调整的期限 {start} 至 {end} 无效：尚未开始即已结束（今天为 {today}）",
            start=asked.valid_from,
            end=asked.valid_to,
            today=today,
        )
    if asked.valid_to > last_day(asked.valid_from):
        raise fail(
            "override.too-long",
            "an override lasts at most {months} months: from {start} to {end} at the latest; renewal is a new request",
            "人工调整最长 {months} 个月：自 {start} 起最迟至 {end}；续期须重新申请",
            months=MONTHS,
            start=asked.valid_from,
            end=last_day(asked.valid_from),
        )
    if last is not None and asked.valid_from <= last.as_of:
        raise fail(
            "override.published-period",
            "{start} lies in a published period; published grades are never rewritten, so begin on {first} or later",
            "{start} 位于已发布期间；已发布的等级不再改写，请从 {first} 或之后开始",
            start=asked.valid_from,
            first=last.as_of + timedelta(days=1),
        )


def _refuse_overlap(asked: Request, policy: str, known: list[Override]) -> None:
    for other in known:
        mine = other.customer_id == asked.customer and other.policy_code == policy
        if mine and other.overlaps(asked.valid_from, asked.valid_to):
            raise fail(
                "override.overlap",
                "customer {customer} has {override} ({grade}, {start} to {end}) in these days; revoke it first",
                "客户 {customer} 在此期间已有 {override}（{grade}，{start} 至 {end}）；请先撤销",
                customer=asked.customer,
                override=other.override_id,
                grade=other.grade,
                start=other.valid_from,
                end=other.valid_to,
            )


def _done(found: Override, today: date) -> TierwiseError:
    """Somebody was first, or time was."""
    by = found.revoked_by or found.decided_by or "–"
    at = found.revoked_at or found.decided_at
    return fail(
        "override.decided",
        "{override} is {state} already, decided by {by} at {at} UTC",
        "{override} 的状态已是“{state_zh}”，由 {by} 于 {at}（UTC）决定",
        override=found.override_id,
        state=STATE_WORDS[found.state(today)].en,
        state_zh=STATE_WORDS[found.state(today)].zh,
        by=by,
        at=f"{at:%Y-%m-%d %H:%M}" if at else "–",
    )


def _not_decided(found: Override) -> TierwiseError:
    return fail(
        "override.not-decided",
        "{override} is not decided yet; approve or reject it (only {by}, who asked, can take it back)",
        "{override} 尚未审批；请批准或驳回（只有申请人 {by} 可以撤回）",
        override=found.override_id,
        by=found.requested_by,
    )
