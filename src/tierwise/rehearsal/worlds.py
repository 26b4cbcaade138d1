"""The same day, facts and customers under two policies, set beside each other. Source: W03, decision 0018.

Left in the engine: ``rh_before`` and ``rh_after`` (what each policy says), their effective grades where months are
published, ``rh_measures`` (what customers bring and owe), and one table for each policy on the way from old to new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.engine.picking import pick
from tierwise.engine.stages import Stages
from tierwise.grading.memory import scene_of
from tierwise.grading.run import compute, list_runs
from tierwise.kernel.periods import Period
from tierwise.kernel.ratio import RATIO
from tierwise.metrics.compute import Progress, compute_metrics
from tierwise.metrics.model import Use
from tierwise.movement.between import GROUPS, MONEY, effective_state, people_on, state_of
from tierwise.movement.deriving import Basis, basis_of
from tierwise.movement.effective import rule_of
from tierwise.movement.effective_rows import NOW, effective_rows, of_run, read_before, read_overrides
from tierwise.movement.migration import INACTIVE, NEW
from tierwise.movement.states import CycleRun, chain, cycle_runs
from tierwise.rehearsal.sections import Stage, stages_between

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion
    from tierwise.engine.base import Engine
    from tierwise.policy.load import PolicyDocument
    from tierwise.policy.model import Policy

MEASURES = (
    Use("net_sales", 12),
    Use("gross_profit", 12),
    Use("sales_growth_pct", 12),
    Use("receivable", None),
    Use("overdue", None),
)
"""What is at stake: the same twelve months for both policies, whatever their windows."""
_ROWS = "customer_id unit grade status reason near_cut flags score rank".split()
_KINDS = dict.fromkeys(_ROWS, "string") | {"score": "decimal(38,10)", "rank": "int64"}
_SIDE = ("computed", "status", "near_cut", "flags", "score", "rank")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is rehearsed: the new policy, what it takes the place of, the day, and the facts that both read."""

    new: PolicyDocument
    old: PolicyDocument | None
    as_of: date
    version: BookVersion
    run: CycleRun | None
    """The published run of the day under the old policy's code, whose facts are read."""
    effective: tuple[Basis, Basis] | None
    """What effective grades are made of on both sides, where months are published up to the day."""

    @property
    def scale(self) -> tuple[str, ...]:
        """The grades, best first."""
        return tuple(grade.code for grade in self.new.policy.scale)

    @property
    def period(self) -> Period:
        """The month of the day."""
        return Period.on(self.as_of)


def setting_of(
    book: Book, version: BookVersion, new: PolicyDocument, old: PolicyDocument | None, as_of: date
) -> Setting:
    """The setting of a rehearsal at a version of the book.

    Where the month is published under the old policy's code, both sides read the facts that its run read, so that
    nothing but the policy differs.
    """
    if old is None:
        return Setting(new, None, as_of, version, None, None)
    runs = cycle_runs(book, version)
    published = chain(runs, old.policy.code)
    run = next((one for one in published if one.as_of == as_of), None)
    facts = version
    if run is not None:
        record = next(record for record in list_runs(book, version) if record.run_id == run.run_id)
        facts = book.version(record.book_version)
    return Setting(new, old, as_of, facts, run, _bases(book, version, runs, new, old, as_of))


def _bases(
    book: Book,
    version: BookVersion,
    runs: list[CycleRun],
    new: PolicyDocument,
    old: PolicyDocument,
    as_of: date,
) -> tuple[Basis, Basis] | None:
    """Both bases if the old policy's chain reaches the month before the day, or the day itself."""
    period = Period.on(as_of)
    published = chain(runs, old.policy.code)
    reached = any(one.period in (period, period.plus(-1)) for one in published)
    if as_of != period.end or not reached:
        return None

    def basis(code: str) -> Basis:
        before = [one for one in chain(runs, code) if one.period < period]
        return basis_of(book, version, code, as_of, before[-1] if before else None)

    return basis(old.policy.code), basis(new.policy.code)


def register_worlds(engine: Engine, book: Book, setting: Setting, progress: Progress) -> list[Stage]:
    """Computes and registers both sides and the policies between them; returns these, the new one last."""
    progress("rehearse_present")
    old = setting.old.policy if setting.old else None
    _register_side(engine, book, setting, "rh_before", old, 0)
    progress("rehearse_new")
    _register_side(engine, book, setting, "rh_after", setting.new.policy, 1)
    stages = stages_between(old, setting.new.policy) if old else []
    for at, stage in enumerate(stages[:-1]):
        progress("rehearse_sections")
        engine.register(f"rh_stage_{at}", _graded(book, setting, stage.policy))
    progress("rehearse_measures")
    engine.register("rh_measures", _measured(book, setting))
    book.open_in(engine, setting.version, ("customers",), as_of=setting.as_of)
    return stages


def _register_side(
    engine: Engine, book: Book, setting: Setting, name: str, policy: Policy | None, side: int
) -> None:
    kinds = _kinds(policy)
    if policy is None:
        engine.read_files(name, [], kinds)
        return
    rows = _graded(book, setting, policy)
    engine.register(name, rows)
    if setting.effective is not None:
        basis = setting.effective[side]
        engine.register(f"{name}_effective", _derived(book, setting, policy, rows, basis))


def _kinds(policy: Policy | None) -> dict[str, str]:
    return _KINDS | ({_bought(policy): "string"} if policy else {"net_sales_12m_status": "string"})


def _bought(policy: Policy) -> str:
    return Use("net_sales", policy.window_months).status


def _graded(book: Book, setting: Setting, policy: Policy) -> pa.Table:
    """What a policy says of every customer on the day."""
    with book.engine() as engine:
        outcome = compute(book, setting.version, policy, setting.as_of, engine)
        return engine.fetch(pick(outcome.results, *_kinds(policy)))


def _derived(book: Book, setting: Setting, policy: Policy, rows: pa.Table, basis: Basis) -> pa.Table:
    """The effective grades that would follow from the rows."""
    with book.engine() as engine:
        engine.register(NOW, rows)
        files = book.files(basis.previous.effective, book.current()) if basis.previous else []
        read_before(engine, files)
        read_overrides(engine, basis.overrides)
        found = effective_rows(of_run(_bought(policy)), rule_of(policy), str(setting.period))
        return engine.fetch(found)


def _measured(book: Book, setting: Setting) -> pa.Table:
    policy = setting.new.policy
    with book.engine() as engine:
        book.open_in(engine, setting.version, as_of=setting.as_of)
        stages = Stages(engine)
        scene = scene_of(policy, setting.as_of, setting.version.settings)
        compute_metrics(stages, set(MEASURES), scene, level=policy.population.level)
        t = stages["tw_metrics"]
        kinds = _measure_kinds()
        return engine.fetch(t.select("unit", **{u.name: t[u.column].cast(kinds[u.name]) for u in MEASURES}))


def _measure_kinds() -> dict[str, str]:
    return {use.name: RATIO if use.name.endswith("_pct") else MONEY for use in MEASURES}


def beside(setting: Setting, stages: list[Stage]) -> Table:
    """One row per unit of either side: states, what each policy says, what is at stake, and who owns it.

    Being new and being inactive are one thing on one day: outside.
    """
    a, b = _face("rh_before", setting.old, setting), _face("rh_after", setting.new, setting)
    a, b = a.rename({f"a_{c}": c for c in a.columns}), b.rename({f"b_{c}": c for c in b.columns})
    t: Any = a.outer_join(b, a.a_customer_id == b.b_customer_id)
    t = t.mutate(customer_id=t.a_customer_id.coalesce(t.b_customer_id))
    t, kept = _with_stages(t, stages)
    measures = ibis.table({"unit": "string"} | _measure_kinds(), name="rh_measures")
    t = t.left_join(measures, t.customer_id == measures.unit)
    people = people_on(setting.as_of)
    t = t.left_join(people, t.customer_id == people.p_code)
    zero = ibis.literal("0").cast(MONEY)
    sides = {f"{c}_{word}": t[f"{x}_{c}"] for x, word in (("a", "before"), ("b", "after")) for c in _SIDE[1:]}
    return t.select(
        "customer_id",
        *kept,
        previous=_outside(t.a_state),
        current=_outside(t.b_state),
        computed_before=_outside(t.a_computed),
        computed_after=_outside(t.b_computed),
        override_before=t.a_override_id,
        override_after=t.b_override_id,
        **sides,
        **{name: t[name].coalesce(zero) for name in ("net_sales", "receivable", "overdue")},
        **{name: t[name] for name in ("gross_profit", "sales_growth_pct")},
        **{name: t[f"p_{name}"] for name in GROUPS},
    )


def _outside(state: Any) -> Any:
    told = state.coalesce(INACTIVE)
    return ibis.ifelse(told == NEW, INACTIVE, told)


def _face(name: str, document: PolicyDocument | None, setting: Setting) -> Table:
    """Customer, shown and computed state, and what the policy says of it."""
    policy = document.policy if document else None
    t = ibis.table(_kinds(policy), name=name)
    t = t.filter(t.unit == t.customer_id)
    sales = Use("net_sales", policy.window_months if policy else 12)
    own = t.select("customer_id", *_SIDE[1:], computed=state_of(t, sales))
    if setting.effective is None:
        return own.mutate(state=own.computed, override_id=ibis.null("string"))
    e = effective_state(f"{name}_effective")
    both = own.outer_join(e, own.customer_id == e.e_id)
    return both.select(*_SIDE, "state", "override_id", customer_id=both.customer_id.coalesce(both.e_id))


def _with_stages(t: Any, stages: list[Stage]) -> tuple[Any, list[str]]:
    """The computed state after each section, as ``stage_<section>``; the last is that of the new policy."""
    kept = []
    for at, stage in enumerate(stages):
        column = f"stage_{stage.section}"
        if at == len(stages) - 1:
            t = t.mutate(**{column: _outside(t.b_computed)})
        else:
            rows = ibis.table(_kinds(stage.policy), name=f"rh_stage_{at}")
            rows = rows.filter(rows.unit == rows.customer_id)
            state = state_of(rows, Use("net_sales", stage.policy.window_months))
            mine = rows.select(**{f"key_{at}": rows.unit, f"state_{at}": state})
            t = t.left_join(mine, t.customer_id == mine[f"key_{at}"])
            t = t.mutate(**{column: _outside(t[f"state_{at}"])})
        kept.append(column)
    return t, kept
