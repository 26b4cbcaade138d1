"""``rehearse``: what a policy would do on a day, computed for everybody and frozen in the book. Source: W03, decision 0018."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.engine.stages import Stages
from tierwise.grading.digest import digest_of
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.metrics.compute import Progress, silent
from tierwise.movement.between import GROUPS
from tierwise.movement.causes import height, with_parts
from tierwise.movement.managed import present_policy
from tierwise.policy.diff import diff
from tierwise.rehearsal.effects import EFFECTS, SUMS, Rehearsed
from tierwise.rehearsal.model import Rehearsal
from tierwise.rehearsal.records import append_rehearsal, list_rehearsals
from tierwise.rehearsal.surprise import with_surprise
from tierwise.rehearsal.worlds import Setting, beside, register_worlds, setting_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion
    from tierwise.policy.load import PolicyDocument
    from tierwise.rehearsal.sections import Stage

CAUSES = ("policy", "override", "confirmation")
"""What can move somebody on one day with the same facts."""
PREFIX = "policy_"
"""Columns with this prefix say how much of the part of the policy each of its sections has."""
DRY_RUN = "dry-run"
_TOLD = ("near_cut", "score", "rank")


def rehearse(
    book: Book,
    document: PolicyDocument,
    as_of: date,
    *,
    against: PolicyDocument | None = None,
    actor: str,
    at: datetime,
    dry_run: bool = False,
    progress: Progress = silent,
) -> tuple[Rehearsal, pa.Table]:
    """What would change if this policy held, and the movers, the most surprising first; stored unless ``dry_run``.

    ``against``: what it is compared with; by default the policy whose place it would take. **Raises**
    ``rehearsal.not-over``, ``rehearsal.other-scale``, ``rehearsal.other-level``, ``rehearsal.same-policy``, and as grading does.
    """
    _refuse_unfinished(as_of, at.astimezone(book.upcoming().settings.zone).date())
    if dry_run:
        return _computed(book, book.upcoming(), document, against, as_of, (DRY_RUN, 0), actor, at, progress)
    with book.writer(actor=actor, at=at) as writer:
        number = 1 + len(list_rehearsals(book, writer.base))
        name = (f"rehearsal-{number:06d}", number)
        found, rows = _computed(book, writer.base, document, against, as_of, name, actor, at, progress)
        writer.create_result(found.rehearsal_id, rows)
        append_rehearsal(writer, found)
        writer.commit("rehearsal", f"{found.rehearsal_id} {found.policy_code} v{found.policy_version}")
    progress("done")
    return found, rows


def _refuse_unfinished(as_of: date, today: date) -> None:
    if as_of >= today:
        raise fail(
            "rehearsal.not-over",
            "{day} is not over: today is {today}; rehearse on a day before it",
            "{day} 尚未结束：今天为 {today}；请选择更早的日期演练",
            day=as_of,
            today=today,
        )


def _computed(
    book: Book,
    version: BookVersion,
    document: PolicyDocument,
    against: PolicyDocument | None,
    as_of: date,
    name: tuple[str, int],
    actor: str,
    at: datetime,
    progress: Progress,
) -> tuple[Rehearsal, pa.Table]:
    old = against or present_policy(book, version, document.policy.code)
    for refusal in _refusals(old, document):
        raise refusal
    setting = setting_of(book, version, document, old, as_of)
    with book.engine() as engine:
        stages = register_worlds(engine, book, setting, progress)
        progress("causes")
        table = _everybody(Stages(engine), setting, stages)
        movers = engine.fetch(_movers(table, setting, stages))
        seen = Rehearsed(engine, table, setting.scale, book, setting.version, as_of)
        facts = _facts(seen, movers, setting, stages)
    return _record(setting, movers, facts, name, actor, at), movers


def _refusals(old: PolicyDocument | None, new: PolicyDocument) -> list[TierwiseError]:
    if old is None:
        return []
    found = []
    scales = [", ".join(g.code for g in one.policy.scale) for one in (old, new)]
    levels = [one.policy.population.level for one in (old, new)]
    if scales[0] != scales[1]:
        found.append(fail(
            "rehearsal.other-scale",
            "{policy} grades on {new}, what holds now on {old}; better and worse mean nothing across scales "
            "(`tierwise compare` sets the two beside each other)",
            "{policy} 的等级表为 {new}，现行策略为 {old}；不同等级表之间没有升降可言（可用 `tierwise compare` 并列比较）",
            policy=new.policy.code, old=scales[0], new=scales[1],
        ))  # fmt: skip
    if levels[0] != levels[1]:
        found.append(fail(
            "rehearsal.other-level",
            "{policy} grades each {new}, what holds now each {old}; these are not the same customers",
            "{policy} 按 {new} 评级，现行策略按 {old}；两者不是同一批客户",
            policy=new.policy.code, old=levels[0], new=levels[1],
        ))  # fmt: skip
    return found


def _everybody(stages: Stages, setting: Setting, between: list[Stage]) -> Table:
    t = beside(setting, between)
    t = t.mutate(step=height(t.current, setting.scale) - height(t.previous, setting.scale))
    return stages.keep("rh_rows", with_surprise(t))


def _movers(t: Table, setting: Setting, between: list[Stage]) -> Table:
    """The movers with the parts of their steps. The facts are the same, so that what is computed differs by the policy."""
    same = {"state_data": t.computed_before, "status_world": t.status_after}
    alone = {"alone": t.computed_after, "told": ibis.literal(True)}
    movers = with_parts(t.drop("step").mutate(state_world=t.computed_after, **alone, **same), setting.scale)
    sections, level = {}, height(movers.computed_before, setting.scale)
    for stage in between:
        after = height(movers[f"stage_{stage.section}"], setting.scale)
        sections[f"{PREFIX}{stage.section}"] = (after - level).cast("int64")
        level = after
    kept = [f"{name}_{side}" for name in _TOLD for side in ("before", "after")]
    chosen = movers.select(
        "customer_id", *GROUPS, "previous", "current", "step", *CAUSES, "main", *kept, *SUMS,
        "sales_growth_pct", "surprise", "surprising", **sections,
    )  # fmt: skip
    order = [chosen.surprise.desc(), chosen.net_sales.desc(), chosen.customer_id.asc()]
    return chosen.order_by(order)


def _facts(seen: Rehearsed, movers: pa.Table, setting: Setting, between: list[Stage]) -> dict[str, Any]:
    """Everything that is told of the whole field."""
    t = seen.table
    computed = t.group_by("computed_after").agg(n=t.count())
    once = {row["computed_after"]: row["n"] for row in seen.engine.fetch(computed).to_pylist()}
    changes = diff(setting.old.policy, setting.new.policy) if setting.old else []
    return {
        "sizes": _sizes(seen, once),
        "causes": _causes(movers, between),
        "sections": [stage.section for stage in between],
        "changes": [asdict(change) for change in changes],
        "effects": {effect.code: _plain(effect.measure(seen)) for effect in EFFECTS},
    }


def _sizes(seen: Rehearsed, computed: dict[str, int]) -> list[dict[str, Any]]:
    """How large every class is now, would be at first, and would be once changes are confirmed and overrides have ended."""
    sums = seen.sums()
    rows = []
    for state in seen.states:
        before = sum(s.customers for s in sums if s.previous == state)
        after = sum(s.customers for s in sums if s.current == state)
        once = computed.get(state, 0)
        if before or after or once:
            rows.append({"state": state, "before": before, "after": after, "computed": once})
    return rows


def _causes(movers: pa.Table, between: list[Stage]) -> dict[str, dict[str, int]]:
    """For every cause and section: how many it touched, grades up, grades down."""
    names = [*CAUSES, *(f"{PREFIX}{stage.section}" for stage in between)]
    found = {}
    for name in names:
        parts = [part for part in movers[name].to_pylist() if part]
        if parts:
            ups, downs = sum(p for p in parts if p > 0), sum(-p for p in parts if p < 0)
            found[name] = {"touched": len(parts), "up": ups, "down": downs}
    return found


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON keeps them: decimals as their exact text."""
    return [{k: format(v, "f") if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]


def _record(
    setting: Setting, movers: pa.Table, facts: dict[str, Any], name: tuple[str, int], actor: str, at: datetime
) -> Rehearsal:
    new, old = setting.new, setting.old
    return Rehearsal(
        rehearsal_id=name[0],
        number=name[1],
        policy_code=new.policy.code,
        policy_version=new.policy.version,
        policy_fingerprint=new.fingerprint,
        policy_text=new.text,
        against_code=old.policy.code if old else None,
        against_version=old.policy.version if old else None,
        against_fingerprint=old.fingerprint if old else None,
        against_text=old.text if old else None,
        against_run=setting.run.run_id if setting.run else None,
        as_of=setting.as_of,
        grades="effective" if setting.effective else "computed",
        book_version=setting.version.number,
        actor=actor,
        at=at,
        tierwise_version=installed("tierwise"),
        digest=digest_of(movers),
        movers=movers.num_rows,
        facts=facts,
    )
