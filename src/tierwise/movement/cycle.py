"""The monthly cycle: close, compute, derive, review. Source: spec 6.15, W02, decision 0011."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tierwise.book.contract import TABLES
from tierwise.grading.by_months import Way
from tierwise.grading.members import same_rules
from tierwise.grading.run import add_run, list_runs
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import Period
from tierwise.metrics.compute import Progress, silent
from tierwise.movement.closing import checked, close_through
from tierwise.movement.deriving import Basis, basis_of, write_effective
from tierwise.movement.managed import refuse_other_wording
from tierwise.movement.states import (
    OPEN,
    CycleRun,
    Entered,
    Kind,
    chain,
    cycle_runs,
    log_states,
)
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.findings import Issue
    from tierwise.book.store import Book, BookVersion, Writer
    from tierwise.grading.record import RunRecord
    from tierwise.policy.load import PolicyDocument
    from tierwise.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Cycle:
    """A period under review: its run, and whether this call made it or found it made."""

    run: CycleRun
    record: RunRecord
    made: bool
    issues: tuple[Issue, ...] = ()


def run_cycle(
    book: Book,
    document: PolicyDocument,
    period: Period,
    *,
    actor: str,
    at: datetime,
    way: Way = "auto",
    progress: Progress = silent,
) -> Cycle:
    """Closes a period, grades it, derives the effective grades that would follow, and leaves it under review.

    The same call again goes on where an earlier one stopped. ``way`` is that of ``grade_book``. **Raises** ``cycle.…``
    where the period cannot be graded.
    """
    _refuse_order(cycle_runs(book), document, period, book, at)
    found = _under_review(book, book.upcoming(), document, period)
    if found is not None:
        return found
    progress("checking")
    issues = checked(book, at=at)
    progress("closing")
    close_at_least(book, period.end, actor=actor, at=at)
    with book.writer(actor=actor, at=at) as writer:
        runs = cycle_runs(book, writer.base)
        _refuse_order(runs, document, period, book, at)
        found = _under_review(book, writer.base, document, period)
        if found is not None:
            return found  # somebody else ran it meanwhile
        before = chain(runs, document.policy.code)
        kind: Kind = "rerun" if _published(before, period) else "official"
        made, record, basis = make_run(book, writer, document, period, kind, way=way, progress=progress)
        log_states(book, writer, [*_replaced(runs, made, writer), *_reviewed(made, basis, writer)])
        writer.commit("run", f"{made.run_id} {document.policy.code} {period}")
    progress("done")
    return Cycle(_now(book, made), record, True, tuple(issues))


def close_at_least(book: Book, day: date, *, actor: str, at: datetime) -> None:
    """Closes the book's data through a day, unless more is closed."""
    closed = book.upcoming().settings.closed_through
    close_through(book, max(day, closed or day), actor=actor, at=at)


def make_run(
    book: Book,
    writer: Writer,
    document: PolicyDocument,
    period: Period,
    kind: Kind,
    *,
    way: Way = "auto",
    progress: Progress = silent,
) -> tuple[CycleRun, RunRecord, Basis]:
    """Grades a period and derives its effective grades, within a version under way."""
    policy = document.policy
    before = [run for run in chain(cycle_runs(book, writer.base), policy.code) if run.period < period]
    basis = basis_of(book, writer.base, policy.code, period.end, before[-1] if before else None)
    record = add_run(book, writer, document, period.end, way=way, progress=progress)
    if not before and not record.population:
        raise _nobody(period, policy.code)
    progress("effective")
    run = CycleRun(record.run_id, policy.code, period, period.end, kind, ())
    write_effective(book, writer, run, policy, basis)
    return run, record, basis


def _nobody(period: Period, policy: str) -> TierwiseError:
    return fail(
        "cycle.nobody",
        "the book knows nobody whom {policy} would grade on {day}; a chain of months begins where there are customers",
        "{day} 时账簿中没有 {policy} 可评级的客户；月份链应从有客户的月份开始",
        policy=policy,
        day=period.end,
    )


def refuse_other_scale(book: Book, last: CycleRun, document: PolicyDocument) -> None:
    """**Raises** ``cycle.scale-changed``: counters and "better" mean nothing across scales."""
    old = [grade.code for grade in policy_of(book, last).scale]
    new = [grade.code for grade in document.policy.scale]
    if old != new:
        raise fail(
            "cycle.scale-changed",
            "{period} was published with the scale {old}, this policy has {new}; give it another code and begin with it anew",
            "{period} 以等级表 {old} 发布，而此策略为 {new}；请为其另取代码并重新开始",
            period=last.period,
            old=", ".join(old),
            new=", ".join(new),
        )


def record_of(book: Book, run: CycleRun) -> RunRecord:
    """The record of a cycle's run."""
    return next(record for record in list_runs(book) if record.run_id == run.run_id)


def policy_of(book: Book, run: CycleRun) -> Policy:
    """The policy of a cycle's run."""
    return parse_policy(record_of(book, run).policy_text, f"{run.run_id}: policy")


def refuse_unfinished(period: Period, today: date) -> None:
    """**Raises** ``cycle.not-over`` for a period that is not over yet."""
    if period.end >= today:
        raise fail(
            "cycle.not-over",
            "{period} is not over: it ends on {end}, and today is {today}",
            "{period} 尚未结束：截止日为 {end}，今天为 {today}",
            period=period,
            end=period.end,
            today=today,
        )


def _refuse_order(
    runs: Sequence[CycleRun], document: PolicyDocument, period: Period, book: Book, at: datetime
) -> None:
    refuse_unfinished(period, at.astimezone(book.upcoming().settings.zone).date())
    refuse_other_wording(book, book.current(), document, period)
    published = chain(runs, document.policy.code)
    if not published:
        return
    last = published[-1]
    refuse_other_scale(book, last, document)
    if period <= last.period and last.period != period:
        raise _out_of_order(period, last)
    if period == last.period and last.state != "reopened":
        raise _already_published(last, book)
    if period > last.period.plus(1):
        raise gap(period, last)
    if period > last.period and last.state == "reopened":
        raise fail(
            "cycle.reopened",
            "{last} is reopened; publish its re-run before {period}, whose grades follow from it",
            "{last} 已重新打开；请先发布其重算结果，再处理 {period}（其等级由前者推得）",
            last=last.period,
            period=period,
        )


def _out_of_order(period: Period, last: CycleRun) -> TierwiseError:
    return fail(
        "cycle.out-of-order",
        "{period} lies before the last published period {last}, whose grades follow from it; only {last} can be reopened, "
        "and an older mistake is corrected in the open period",
        "{period} 早于最近发布的期间 {last}，而后者的等级由其推得；只能重新打开 {last}，更早的错误在开放期间更正",
        period=period,
        last=last.period,
    )


def _already_published(last: CycleRun, book: Book) -> TierwiseError:
    waits = last.state == "reopen_requested"
    return fail(
        "cycle.published",
        "{period} is published ({run})"
        + (
            "; its reopening waits for approval: tierwise run approve {book} {run}"
            if waits
            else "; ask for a re-run with --reopen --reason WHY, which somebody else approves"
        ),
        "{period} 已发布（{run}）"
        + (
            "；重新打开的申请待审批：tierwise run approve {book} {run}"
            if waits
            else "；如需重算请用 --reopen --reason 原因 提出申请，由他人批准"
        ),
        period=last.period,
        run=last.run_id,
        book=book.path,
    )


def gap(period: Period, last: CycleRun) -> TierwiseError:
    """The refusal to leave out a month."""
    return fail(
        "cycle.gap",
        "{next} comes after {last}; a month cannot be left out, so publish {next} before {period}",
        "{last} 之后应为 {next}；不能跳过月份，请先发布 {next} 再处理 {period}",
        next=last.period.plus(1),
        last=last.period,
        period=period,
    )


def _published(published: Sequence[CycleRun], period: Period) -> bool:
    return any(run.period == period for run in published)


def _under_review(book: Book, version: BookVersion, document: PolicyDocument, period: Period) -> Cycle | None:
    """The run of a period that waits for people, if nothing that it was made of has changed."""
    runs = cycle_runs(book)
    mine = [run for run in runs if _same(run, document.policy.code, period) and run.state in OPEN]
    if not mine:
        return None
    run, record = mine[-1], record_of(book, mine[-1])
    before = [one for one in chain(runs, run.policy_code) if one.period < period]
    follows = run.facts["previous"] == (before[-1].run_id if before else None)
    tables = {name: state.delta for name, state in version.state.items() if name in TABLES}
    same = (
        follows
        and record.policy_fingerprint == document.fingerprint
        and same_rules(record.rules, document.policy)
        and {name: table["delta"] for name, table in record.facts["tables"].items()} == tables
        and record.settings == _settings(version)
    )
    return Cycle(run, record, False) if same else None


def _settings(version: BookVersion) -> dict[str, Any]:
    return version.settings.deciding()


def _same(run: CycleRun, policy: str, period: Period) -> bool:
    return run.policy_code == policy and run.period == period


def _replaced(runs: Sequence[CycleRun], made: CycleRun, writer: Writer) -> list[tuple[CycleRun, Entered]]:
    """Unpublished runs of the period give way to the new one."""
    note = f"-> {made.run_id}"
    return [
        (run, Entered("superseded", writer.actor, writer.at, note))
        for run in runs
        if _same(run, made.policy_code, made.period) and run.state in OPEN
    ]


def _reviewed(made: CycleRun, basis: Basis, writer: Writer) -> list[tuple[CycleRun, Entered]]:
    computed = Entered("computed", writer.actor, writer.at, "", basis.facts())
    return [(made, computed), (made, Entered("under_review", writer.actor, writer.at))]


def _now(book: Book, made: CycleRun) -> CycleRun:
    return next(run for run in cycle_runs(book) if run.run_id == made.run_id)
