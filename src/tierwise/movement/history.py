"""The past as it would have been published, in the name of whoever imports it. Source: issue of movement, decision 0011."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tierwise.grading.by_months import Way
from tierwise.kernel.errors import fail
from tierwise.kernel.periods import Period
from tierwise.movement.closing import checked
from tierwise.movement.cycle import (
    close_at_least,
    gap,
    make_run,
    refuse_other_scale,
    refuse_unfinished,
)
from tierwise.movement.deciding import refuse_elsewhere
from tierwise.movement.deriving import write_events
from tierwise.movement.managed import refuse_other_wording
from tierwise.movement.states import OPEN, CycleRun, Entered, chain, cycle_runs, log_states

if TYPE_CHECKING:
    from tierwise.book.findings import Issue
    from tierwise.book.store import Book
    from tierwise.policy.load import PolicyDocument

Progress = Callable[..., None]
"""Called with a stage, and where it has parts with what is done and what there is."""


@dataclass(frozen=True, slots=True)
class History:
    """The months of a chain that were built now, and those that stood already."""

    made: tuple[CycleRun, ...]
    found: tuple[CycleRun, ...]
    issues: tuple[Issue, ...] = ()


def build_history(
    book: Book,
    document: PolicyDocument,
    first: Period,
    last: Period,
    *,
    actor: str,
    at: datetime,
    way: Way = "auto",
    progress: Progress = lambda *_: None,
) -> History:
    """Grades and publishes every month from first to last as historical; each month is one version of the book.

    The same call again goes on with the months that are missing. **Raises** ``cycle.history-late`` once people have
    published a month of this chain.
    """
    refuse_elsewhere(book.upcoming().settings)
    refuse_unfinished(last, at.astimezone(book.upcoming().settings.zone).date())
    missing = _missing(book, document, first, last)
    for period in missing:
        refuse_other_wording(book, book.current(), document, period)
    if not missing:
        return _history(book, document, first, last, [])
    progress("checking")
    issues = checked(book, at=at)
    progress("closing")
    close_at_least(book, last.end, actor=actor, at=at)
    for done, period in enumerate(missing):
        progress("grade", done, len(missing))
        _publish_month(book, document, period, actor=actor, at=at, way=way)
    found = _history(book, document, first, last, missing)
    return History(found.made, found.found, tuple(issues))


def _missing(book: Book, document: PolicyDocument, first: Period, last: Period) -> list[Period]:
    """The months that are still to be built; the chain must be historical and go on without a gap."""
    if last < first:
        raise fail(
            "cycle.history-order",
            "history from {first} to {last} would end before it begins",
            "历史区间 {first} 至 {last} 的起止颠倒",
            first=first,
            last=last,
        )
    runs = cycle_runs(book)
    published = chain(runs, document.policy.code)
    waits = [run for run in runs if run.policy_code == document.policy.code and run.state in OPEN]
    people = [run for run in [*published, *waits] if run.kind != "historical"]
    if people:
        raise fail(
            "cycle.history-late",
            "{period} went through review ({run}); history can only be built before that",
            "{period} 已进入审核流程（{run}）；历史只能在此之前建立",
            period=people[0].period,
            run=people[0].run_id,
        )
    if not published:
        return first.through(last)
    _refuse_later_months(book, published, last)
    refuse_other_scale(book, published[-1], document)
    begin, end = published[0].period, published[-1].period
    if first < begin:
        raise fail(
            "cycle.history-before",
            "the history of this policy begins with {begin}; what follows from it cannot get an earlier beginning",
            "该策略的历史自 {begin} 开始；其后各期均由此推得，不能再向前补建",
            begin=begin,
        )
    if first > end.plus(1):
        raise gap(first, published[-1])
    return end.plus(1).through(last)


def _refuse_later_months(book: Book, published: list[CycleRun], last: Period) -> None:
    """History is what lay behind when it was begun; or one person could publish month after month. Source: W02."""
    zone = book.upcoming().settings.zone
    begun = min(entered.at for run in published for entered in run.history)
    first = Period.on(begun.astimezone(zone).date())
    if last >= first:
        raise fail(
            "cycle.history-over",
            "{period} was not over when this history was begun ({day}); it is decided by two people: --period {first}",
            "开始补建该历史时（{day}），{period} 尚未结束；该月须经两人处理：--period {first}",
            period=last,
            day=begun.astimezone(zone).date(),
            first=first,
        )


def _publish_month(
    book: Book, document: PolicyDocument, period: Period, *, actor: str, at: datetime, way: Way
) -> None:
    with book.writer(actor=actor, at=at) as writer:
        published = chain(cycle_runs(book, writer.base), document.policy.code)
        if published and published[-1].period >= period:
            return  # somebody else builds it, too
        if published and published[-1].period.plus(1) != period:
            raise gap(period, published[-1])
        run, _, basis = make_run(book, writer, document, period, "historical", way=way)
        write_events(book, writer, run, document.policy, basis.previous)
        note = "historical"
        computed = Entered("computed", writer.actor, writer.at, note, basis.facts())
        log_states(
            book, writer, [(run, computed), (run, Entered("published", writer.actor, writer.at, note))]
        )
        writer.commit("publish", f"{run.run_id} {run.policy_code} {period} (historical)")


def _history(
    book: Book, document: PolicyDocument, first: Period, last: Period, made: list[Period]
) -> History:
    mine = [run for run in chain(cycle_runs(book), document.policy.code) if first <= run.period <= last]
    new = tuple(run for run in mine if run.period in made)
    return History(new, tuple(run for run in mine if run.period not in made))
