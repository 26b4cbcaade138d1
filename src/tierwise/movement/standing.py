"""What the explanation of a grade says of its life: in force since when and why, overrides, confirmation. Source: spec 8.1(5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from tierwise.grading.run import find_run
from tierwise.kernel.text import Lang, Text
from tierwise.movement.effective import Rule, rule_of
from tierwise.movement.overrides import REASONS, Override, list_overrides
from tierwise.movement.states import CycleRun, cycle_runs
from tierwise.movement.words import CAUSES
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book

_IN_FORCE = Text(
    "Effective grade of {period}: {grade}, since {since} ({cause}).",
    "{period} 的生效等级为 {grade}，自 {since} 起（{cause}）。",
)
_WOULD = Text(
    "Effective grade of {period}, if {run} is published: {grade}, since {since} ({cause}).",
    "若发布 {run}，{period} 的生效等级为 {grade}，自 {since} 起（{cause}）。",
)
_NONE = Text("No effective grade in {period}.", "{period} 没有生效等级。")
_OVERRIDE = Text(
    "{id}: {grade} from {start} to {end}, {reason}: {text} (asked by {asked}, approved by {by}).",
    "{id}：{start} 至 {end} 为 {grade}，{reason}：{text}（申请人 {asked}，审批人 {by}）。",
)
_BETTER = Text("{n} of {all} periods towards an upgrade.", "升级待确认：{all} 期中已有 {n} 期。")
_WORSE = Text("{n} of {all} periods towards a downgrade.", "降级待确认：{all} 期中已有 {n} 期。")


@dataclass(frozen=True, slots=True)
class Told:
    """The row of one customer in a run of a cycle, with the override behind it."""

    run: CycleRun
    row: dict[str, Any]
    override: Override | None
    rule: Rule

    def sentences(self, lang: Lang) -> Iterator[str]:
        """The effective grade, the override in force, and how far a change is confirmed."""
        row, period = self.row, self.run.period
        if row["effective"] is None:
            yield _NONE.fill(lang, period=period)
        else:
            text = _WOULD if self.run.last("published") is None else _IN_FORCE
            cause = CAUSES[row["cause"]].in_lang(lang)
            grade, since = row["effective"], row["since"]
            yield text.fill(lang, period=period, run=self.run.run_id, grade=grade, since=since, cause=cause)
        if self.override is not None:
            yield _said(self.override, lang)
        if row["better"]:
            yield _BETTER.fill(lang, n=row["better"], all=self.rule.upgrade_confirm)
        if row["worse"]:
            yield _WORSE.fill(lang, n=row["worse"], all=self.rule.downgrade_confirm)


def _said(one: Override, lang: Lang) -> str:
    return _OVERRIDE.fill(
        lang,
        id=one.override_id,
        grade=one.grade,
        start=one.valid_from,
        end=one.valid_to,
        reason=REASONS[one.reason_code].in_lang(lang),
        text=one.reason_text,
        asked=one.requested_by,
        by=one.decided_by,
    )


def standing_of(book: Book, run_id: str, customer: str) -> Told | None:
    """What a run of a cycle says of a customer's effective grade; ``None`` for a simulation."""
    run = next((run for run in cycle_runs(book) if run.run_id == run_id), None)
    row = None if run is None else _row(book, run, customer)
    if run is None or row is None:
        return None
    policy = parse_policy(find_run(book, run_id).policy_text, f"{run_id}: policy")
    override = next((o for o in list_overrides(book) if o.override_id == row["override_id"]), None)
    return Told(run, row, override, rule_of(policy))


def _row(book: Book, run: CycleRun, customer: str) -> dict[str, Any] | None:
    for file in book.files(run.effective, book.current()):
        found = pq.read_table(file, filters=[("customer_id", "=", customer)]).to_pylist()
        if found:
            row: dict[str, Any] = found[0]
            return row
    return None
