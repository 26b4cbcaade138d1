"""Approving, publishing and reopening runs, by somebody else than who ran them. Source: spec W02, 12.2, decision 0011."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tierwise.kernel.actor import same_person
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise.metrics.compute import Progress, silent
from tierwise.movement.closing import close_through
from tierwise.movement.cycle import policy_of
from tierwise.movement.deciding import own_request, refuse_elsewhere
from tierwise.movement.deriving import basis_of, write_effective, write_events
from tierwise.movement.managed import put_into_use
from tierwise.movement.states import (
    CycleRun,
    Entered,
    State,
    chain,
    cycle_runs,
    find_cycle_run,
    log_states,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierwise.book.store import Book, Writer

STATE_WORDS: dict[str, Text] = {
    "computed": Text("computed", "已计算"),
    "under_review": Text("under review", "待审核"),
    "approved": Text("approved", "已批准"),
    "published": Text("published", "已发布"),
    "reopen_requested": Text("published; reopening asked for", "已发布；申请重新打开"),
    "reopened": Text("published; reopened", "已发布；已重新打开"),
    "superseded": Text("superseded", "已被取代"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """A published run, the run that it superseded, and whether overrides changed its grades since the review."""

    run: CycleRun
    superseded: CycleRun | None
    derived_anew: bool


def approve_run(book: Book, run: str, *, note: str = "", actor: str, at: datetime) -> CycleRun:
    """Approves a run under review, or the reopening of a published one; never one's own."""
    runs = cycle_runs(book)
    found = find_cycle_run(runs, run, str(book.path))
    refuse_elsewhere(book.upcoming().settings)
    _may_approve(found, actor)
    if found.state == "reopen_requested":
        _refuse_not_last(found, runs)
        _open_again(book, found, actor=actor, at=at)
    with book.writer(actor=actor, at=at) as writer:
        runs = cycle_runs(book, writer.base)
        found = find_cycle_run(runs, run, str(book.path))
        _may_approve(found, actor)
        if found.state == "reopen_requested":
            _refuse_not_last(found, runs)
        state: State = "reopened" if found.state == "reopen_requested" else "approved"
        return _enter(book, writer, found, state, note)


def _may_approve(run: CycleRun, actor: str) -> None:
    if run.state == "reopen_requested":
        asked = run.last("reopen_requested")
        if asked is not None and same_person(actor, asked.actor):
            raise own_request(actor, f"{run.run_id}")
    elif run.state == "under_review":
        _refuse_runner(run, actor)
    else:
        raise _wrong_state(run, "under_review")


def _open_again(book: Book, run: CycleRun, *, actor: str, at: datetime) -> None:
    """Opens the data of the period, if it is the last closed one: what is corrected in it counts in it."""
    if book.upcoming().settings.closed_through == run.as_of:
        close_through(book, run.period.plus(-1).end, actor=actor, at=at)


def request_reopening(book: Book, run: str, *, reason: str, actor: str, at: datetime) -> CycleRun:
    """Asks for the re-run of the last published period; somebody else approves it with ``approve_run``."""
    if not reason.strip():
        raise fail(
            "cycle.no-reason", "say why it should be reopened (--reason)", "请用 --reason 说明重新打开的原因"
        )
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        runs = cycle_runs(book, writer.base)
        found = find_cycle_run(runs, run, str(book.path))
        if found.state != "published":
            raise _wrong_state(found, "published")
        _refuse_not_last(found, runs)
        return _enter(book, writer, found, "reopen_requested", reason)


def _refuse_not_last(run: CycleRun, runs: Sequence[CycleRun]) -> None:
    last = chain(runs, run.policy_code)[-1]
    if last.run_id != run.run_id:
        raise fail(
            "cycle.reopen-last",
            "only the last published period, {last}, can be reopened; the grades of later periods follow from {period}",
            "只能重新打开最近发布的期间 {last}；其后期间的等级由 {period} 推得",
            last=last.period,
            period=run.period,
        )


def publish_run(
    book: Book, run: str, *, note: str = "", actor: str, at: datetime, progress: Progress = silent
) -> Published:
    """Makes the grades of an approved run effective and writes its events, as one version."""
    with book.writer(actor=actor, at=at) as writer:
        refuse_elsewhere(writer.settings)
        runs = cycle_runs(book, writer.base)
        found = find_cycle_run(runs, run, str(book.path))
        if found.state != "approved":
            raise _wrong_state(found, "approved")
        _refuse_runner(found, actor)
        published = chain(runs, found.policy_code)
        _refuse_other_place(found, published)
        progress("effective")
        anew = _derive_anew(book, writer, found, published)
        progress("events")
        write_events(book, writer, found, policy_of(book, found), _before(found, published))
        old = next((one for one in published if one.period == found.period), None)
        entered = (
            [] if old is None else [(old, Entered("superseded", actor, writer.at, f"-> {found.run_id}"))]
        )
        log_states(book, writer, [*entered, (found, Entered("published", actor, writer.at, note))])
        put_into_use(book, writer, found.policy_code, found.period)
        version = writer.commit("publish", f"{found.run_id} {found.policy_code} {found.period}")
    progress("done")
    now = {one.run_id: one for one in cycle_runs(book, version)}
    return Published(now[found.run_id], now[old.run_id] if old else None, anew)


def _derive_anew(book: Book, writer: Writer, run: CycleRun, published: Sequence[CycleRun]) -> bool:
    """Derives the effective grades again if an override was decided on since the review."""
    basis = basis_of(book, writer.base, run.policy_code, run.as_of, _before(run, published))
    if basis.facts()["overrides"] == run.facts["overrides"]:
        return False
    write_effective(book, writer, run, policy_of(book, run), basis)
    return True


def _before(run: CycleRun, published: Sequence[CycleRun]) -> CycleRun | None:
    earlier = [one for one in published if one.period < run.period]
    return earlier[-1] if earlier else None


def _refuse_other_place(run: CycleRun, published: Sequence[CycleRun]) -> None:
    """**Raises** if the chain has moved on since the run was made."""
    before = _before(run, published)
    same = run.facts["previous"] == (before.run_id if before else None)
    later = any(one.period > run.period for one in published)
    taken = any(one.period == run.period and one.state != "reopened" for one in published)
    if not same or later or taken:
        raise fail(
            "cycle.moved-on",
            "other periods were published since {run} was computed; run the cycle of {period} again",
            "自 {run} 计算以来已发布其他期间；请重新运行 {period} 的分级",
            run=run.run_id,
            period=run.period,
        )


def _enter(book: Book, writer: Writer, run: CycleRun, state: State, note: str) -> CycleRun:
    log_states(book, writer, [(run, Entered(state, writer.actor, writer.at, note.strip()))])
    version = writer.commit("decision", f"{run.run_id} {state}")
    return next(one for one in cycle_runs(book, version) if one.run_id == run.run_id)


def _refuse_runner(run: CycleRun, actor: str) -> None:
    runner = run.history[0].actor
    if same_person(actor, runner):
        raise fail(
            "cycle.own-run",
            "{person} ran {run}; somebody else approves and publishes it (`--actor NAME` says who)",
            "{run} 由 {person} 运行；须由他人批准和发布（用 `--actor 姓名` 说明操作人）",
            person=runner,
            run=run.run_id,
        )


def _wrong_state(run: CycleRun, wanted: str) -> TierwiseError:
    entered = run.history[-1]
    return fail(
        "cycle.wrong-state",
        "{run} is {state} (by {by}), not {wanted}",
        "{run} 的状态为“{state_zh}”（操作人 {by}），不是“{wanted_zh}”",
        run=run.run_id,
        by=entered.actor,
        state=STATE_WORDS[run.state].en,
        state_zh=STATE_WORDS[run.state].zh,
        wanted=STATE_WORDS[wanted].en,
        wanted_zh=STATE_WORDS[wanted].zh,
    )
