"""From the draft of a policy to the period with which it holds: states, who decides, what is asked for. Source: W03, 6.13.

Decision 0018. Nothing is approved by who drafted or submitted it; nothing is published that was not rehearsed on the last
closed period against what holds now; and it holds from a period that has not begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tierwise.kernel.actor import same_person
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import Period
from tierwise.kernel.text import Text
from tierwise.movement.cycle import refuse_other_scale
from tierwise.movement.deciding import own_request, refuse_elsewhere
from tierwise.movement.in_use import in_use, refuse_leading
from tierwise.movement.managed import present_policy
from tierwise.movement.policy_log import (
    Event,
    Managed,
    Said,
    State,
    holding,
    log_policy,
    managed_policies,
    said_of_policies,
)
from tierwise.movement.states import chain, cycle_runs
from tierwise.policy.fingerprint import fingerprint
from tierwise.rehearsal.records import list_rehearsals, movers_of

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer
    from tierwise.policy.load import PolicyDocument
    from tierwise.rehearsal.model import Rehearsal

STATE_WORDS: dict[State, Text] = {
    "draft": Text("draft", "草稿"),
    "rehearsed": Text("rehearsed", "已演练"),
    "submitted": Text("submitted", "已提交"),
    "rejected": Text("rejected", "已驳回"),
    "approved": Text("approved", "已批准"),
    "published": Text("published, not yet effective", "已发布，尚未生效"),
    "effective": Text("effective", "生效中"),
    "retired": Text("retired", "已停用"),
}
_OF_EVENT: dict[Event, State] = {
    "drafted": "draft",
    "submitted": "submitted",
    "rejected": "rejected",
    "approved": "approved",
    "published": "published",
    "retired": "retired",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a policy as it stands on a day, and the rehearsal that its next step would build on."""

    managed: Managed
    state: State
    effective_from: str | None
    rehearsal_id: str | None


def policy_states(book: Book, at: datetime) -> list[Standing]:
    """Every version of every policy that goes through approval, by code and version, as it stands."""
    version = book.current()
    said = said_of_policies(book, version)
    today = _today(version, at)
    return [_standing(book, version, said, one, today) for one in managed_policies(said)]


def _today(version: BookVersion, at: datetime) -> Period:
    return Period.on(at.astimezone(version.settings.zone).date())


def _standing(
    book: Book, version: BookVersion, said: Sequence[Said], one: Managed, today: Period
) -> Standing:
    last = one.last
    found = _usable(book, version, one) if last.event in ("drafted", "submitted", "approved") else None
    name = found.rehearsal_id if found else last.rehearsal_id
    state = _OF_EVENT[last.event]
    if state == "draft" and found is not None:
        state = "rehearsed"
    published = one.when("published")
    if published is not None:
        state = _published_state(said, published, today)
    return Standing(one, state, published.effective_from if published else None, name)


def _published_state(said: Sequence[Said], published: Said, today: Period) -> State:
    """Effective while it is what holds; not yet before its period, retired once something later holds."""
    if Period.of(str(published.effective_from)) > today:
        ends = holding(said, published.code)
        gone = (
            ends is not None
            and ends.effective_from == published.effective_from
            and ends.number > published.number
        )
        return "retired" if gone else "published"
    now = holding(said, published.code, today)
    return "effective" if now is not None and now.number == published.number else "retired"


def draft_policy(
    book: Book, document: PolicyDocument, *, note: str = "", actor: str, at: datetime
) -> Managed:
    """Puts a wording of a version into the book as a draft; what was said of an earlier wording lapses.

    **Raises** ``policy.version-taken`` once the version is approved or published.
    """
    code, number = document.policy.code, document.policy.version
    with book.writer(actor=actor, at=at) as writer:
        old = _of(said_of_policies(book, writer.base), code, number)
        if old is not None and (old.last.event == "approved" or old.when("published")):
            raise fail(
                "policy.version-taken",
                "version {version} of {policy} is {state} and stays as it is; raise `version` in the file",
                "{policy} 第 {version} 版状态为“{state_zh}”，不可再改；请提高文件中的 `version`",
                version=number,
                policy=code,
                state=STATE_WORDS[_OF_EVENT[old.last.event]].en,
                state_zh=STATE_WORDS[_OF_EVENT[old.last.event]].zh,
            )
        _refuse_other_scale(book, writer.base, document)
        same = old is not None and old.last.event == "drafted" and old.last.text == document.text
        if not same:
            _say(book, writer, "drafted", document, note=note)
    return _read(book, code, number)


def submit_policy(
    book: Book, code: str, *, version: int | None = None, note: str = "", actor: str, at: datetime
) -> Managed:
    """Asks for the approval of a draft that is rehearsed. **Raises** ``policy.not-rehearsed``, ``policy.wrong-state``."""
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        one = _find(book, writer.base, code, version)
        _expect(one, ("drafted",))
        rehearsal = _rehearsed(book, writer.base, one)
        _say(book, writer, "submitted", one.document, rehearsal=rehearsal.rehearsal_id, note=note)
    return _read(book, one.code, one.version)


def decide_on_policy(
    book: Book,
    code: str,
    *,
    approve: bool,
    version: int | None = None,
    note: str = "",
    actor: str,
    at: datetime,
) -> Managed:
    """Approves or rejects a submitted version; never who drafted or submitted it. A rejection says why.

    **Raises** ``decision.own-request``, ``policy.no-reason``, ``policy.wrong-state``.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        one = _find(book, writer.base, code, version)
        _expect(one, ("submitted",))
        for said in one.since_draft:
            if said.event in ("drafted", "submitted") and same_person(actor, said.actor):
                raise own_request(said.actor, f"{one.code} v{one.version}")
        if not approve and not note.strip():
            raise fail("policy.no-reason", "say why (--note)", "请用 --note 说明原因")
        event: Event = "approved" if approve else "rejected"
        _say(book, writer, event, one.document, rehearsal=one.last.rehearsal_id, note=note)
    return _read(book, one.code, one.version)


def publish_policy(
    book: Book,
    code: str,
    period: Period,
    *,
    version: int | None = None,
    note: str = "",
    actor: str,
    at: datetime,
) -> Managed:
    """Makes an approved version hold from a period on: exactly the wording that was rehearsed.

    **Raises** ``policy.closed-period``, ``policy.not-future``, ``policy.not-rehearsed``, ``policy.wrong-state``,
    ``policy.rules-changed``, ``rehearsal.damaged``.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        one = _find(book, writer.base, code, version)
        _expect(one, ("approved",))
        _refuse_period(book, writer.base, one.code, period, _today(writer.base, at))
        rehearsal = _rehearsed(book, writer.base, one)
        movers_of(book, rehearsal)  # its rows are those that were stored
        document = one.document
        if fingerprint(document.policy) != rehearsal.policy_fingerprint:
            raise fail(
                "policy.rules-changed",
                "the rules of what {policy} uses have changed with a release since it was approved; draft it again",
                "自批准以来，{policy} 所用指标或方法的计算规则已随新版本变更；请重新起草",
                policy=one.code,
            )
        name = rehearsal.rehearsal_id
        _say(book, writer, "published", document, start=period, rehearsal=name, note=note)
    return _read(book, one.code, one.version)


def retire_policy(
    book: Book,
    code: str,
    period: Period | None = None,
    *,
    version: int | None = None,
    note: str = "",
    actor: str,
    at: datetime,
) -> Managed:
    """Ends a published policy with a period on, or withdraws a version that was never published. It says why.

    **Raises** ``policy.no-reason``, ``policy.closed-period``, ``policy.not-future``, ``policy.leads``.
    """
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        if not note.strip():
            raise fail("policy.no-reason", "say why (--note)", "请用 --note 说明原因")
        said = said_of_policies(book, writer.base)
        now = holding(said, code)
        published = period is not None or (version is None and now is not None and now.event == "published")
        one = _of(said, code, now.version) if published and now and version is None else None
        one = one or _find(book, writer.base, code, version)
        if one.last.event == "retired":
            raise _wrong_state(one)
        if one.when("published"):
            refuse_leading(in_use(book), code)
            start = period or _today(writer.base, at).plus(1)
            _refuse_period(book, writer.base, code, start, _today(writer.base, at))
            _say(book, writer, "retired", one.document, start=start, note=note)
        else:
            _say(book, writer, "retired", one.document, note=note)
    return _read(book, one.code, one.version)


def _refuse_period(book: Book, version: BookVersion, code: str, period: Period, today: Period) -> None:
    closed = book.upcoming().settings.closed_through
    runs = chain(cycle_runs(book, version), code)
    if (closed is not None and closed >= period.end) or (runs and runs[-1].period >= period):
        raise fail(
            "policy.closed-period",
            "{period} is closed; a policy holds from a period that has not begun: {next} at the earliest",
            "{period} 已关账；策略只能自尚未开始的期间起生效，最早为 {next}",
            period=period,
            next=today.plus(1),
        )
    if period <= today:
        raise fail(
            "policy.not-future",
            "{period} has begun; a policy holds from a period that has not begun: {next} at the earliest",
            "{period} 已经开始；策略只能自尚未开始的期间起生效，最早为 {next}",
            period=period,
            next=today.plus(1),
        )


def _refuse_other_scale(book: Book, version: BookVersion, document: PolicyDocument) -> None:
    runs = chain(cycle_runs(book, version), document.policy.code)
    if runs:
        refuse_other_scale(book, runs[-1], document)


def last_closed(book: Book) -> Period | None:
    """The last period whose data is closed, if any is."""
    closed = book.upcoming().settings.closed_through
    if closed is None:
        return None
    period = Period.on(closed)
    return period if period.end <= closed else period.plus(-1)


def _usable(book: Book, version: BookVersion, one: Managed) -> Rehearsal | None:
    """The newest rehearsal of this very wording on the last closed period against what holds now."""
    closed = last_closed(book)
    now = present_policy(book, version, one.code)
    wanted = now.fingerprint if now else None
    found = [
        r
        for r in list_rehearsals(book, version)
        if closed is not None
        and r.policy_fingerprint == one.fingerprint
        and r.as_of == closed.end
        and r.against_fingerprint == wanted
    ]
    return found[-1] if found else None


def _rehearsed(book: Book, version: BookVersion, one: Managed) -> Rehearsal:
    closed = last_closed(book)
    if closed is None:
        raise fail(
            "policy.nothing-closed",
            "no period is closed yet, and a policy is rehearsed on the last closed one; `tierwise cycle` closes a month",
            "尚无已关账期间，而策略须在最近已关账期间上演练；`tierwise cycle` 可为月份关账",
        )
    found = _usable(book, version, one)
    if found is None:
        raise fail(
            "policy.not-rehearsed",
            "{policy} v{version} in this wording is not rehearsed on the last closed period, {period}, against what holds "
            "now; `tierwise rehearse {book} --policy {policy} --as-of {day}` does it",
            "{policy} 第 {version} 版尚未以此写法在最近已关账期间 {period} 上与现行策略对照演练；"
            "请运行 `tierwise rehearse {book} --policy {policy} --as-of {day}`",
            policy=one.code,
            version=one.version,
            period=closed,
            day=closed.end,
            book=str(book.path),
        )
    return found


def _say(
    book: Book,
    writer: Writer,
    event: Event,
    document: PolicyDocument,
    *,
    start: Period | None = None,
    rehearsal: str | None = None,
    note: str = "",
) -> None:
    number = 1 + len(said_of_policies(book, writer.base))
    policy = document.policy
    first = str(start) if start else None
    said = Said(number, event, policy.code, policy.version, document.fingerprint, document.text, first,
                rehearsal, note.strip(), writer.actor, writer.at)  # fmt: skip
    log_policy(writer, said)
    writer.commit("policy", f"{event} {policy.code} v{policy.version}" + (f" from {start}" if start else ""))


def _of(said: Sequence[Said], code: str, version: int) -> Managed | None:
    known = managed_policies(said)
    return next((one for one in known if (one.code, one.version) == (code, version)), None)


def _read(book: Book, code: str, version: int) -> Managed:
    found = _of(said_of_policies(book), code, version)
    assert found is not None
    return found


def _find(book: Book, base: BookVersion, code: str, version: int | None) -> Managed:
    """The version that is asked for, by default the newest. **Raises** ``policy.not-drafted``."""
    known = managed_policies(said_of_policies(book, base))
    found = [one for one in known if one.code == code and version in (None, one.version)]
    if found:
        return found[-1]
    raise fail(
        "policy.not-drafted",
        "there is no draft of {asked} in this book; there are {known} (`tierwise policy draft {book} FILE` makes one)",
        "此账簿中没有 {asked} 的草稿；现有 {known}（可用 `tierwise policy draft {book} 文件` 起草）",
        asked=code if version is None else f"{code} v{version}",
        known=", ".join(f"{one.code} v{one.version}" for one in known) or "–",
        book=str(book.path),
    )


def draft_named(book: Book, code: str) -> PolicyDocument | None:
    """The newest version of a policy that is not retired, for a rehearsal that names its code."""
    known = [one for one in managed_policies(said_of_policies(book)) if one.code == code]
    alive = [one for one in known if one.last.event != "retired"]
    return alive[-1].document if alive else None


def _expect(one: Managed, events: tuple[Event, ...]) -> None:
    if one.last.event not in events:
        raise _wrong_state(one, events[0])


def _wrong_state(one: Managed, wanted: Event | None = None) -> TierwiseError:
    now, should = STATE_WORDS[_OF_EVENT[one.last.event]], STATE_WORDS[_OF_EVENT[wanted or "published"]]
    return fail(
        "policy.wrong-state",
        "{policy} v{version} is {state} (by {by}), not {wanted}",
        "{policy} 第 {version} 版的状态为“{state_zh}”（操作人 {by}），不是“{wanted_zh}”",
        policy=one.code,
        version=one.version,
        by=one.last.actor,
        state=now.en,
        state_zh=now.zh,
        wanted=should.en,
        wanted_zh=should.zh,
    )
