"""A list from a book: the run it stands on, the grades in force, metrics, names and owners."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.book.contract import TABLES
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.run import find_run
from tierwise.insight.attractiveness import attractiveness_levels
from tierwise.insight.lists.model import Entry, Field, Listed, ListRule
from tierwise.insight.lists.rules import LISTS
from tierwise.kernel.errors import fail
from tierwise.metrics.report import compute_for_people
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.effective_rows import COLUMNS
from tierwise.movement.in_use import leading
from tierwise.movement.review import ever_published, in_force
from tierwise.movement.states import CycleRun, chain, cycle_runs
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

MEMORY_MONTHS = 24
"""So far back the best grade of a lost customer is looked for. Source: W09."""
PLACES = ("owner", "region", "segment")
SOME = 5
_RUN = ("customer_id", "unit", "status", "grade", "score", "gap_to_next", "cushion_down", "near_cut")
_PEOPLE = ("code", "name", "short_name", "owner", "region", "segment")


@dataclass(frozen=True, slots=True)
class Only:
    """Whom a list is narrowed to; ``least`` is the least that is at stake."""

    owner: str | None = None
    grade: str | None = None
    region: str | None = None
    segment: str | None = None
    least: Decimal | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        same = all(getattr(self, n) in (None, getattr(entry, n)) for n in ("grade", *PLACES))
        return same and (self.least is None or (entry.at_stake or Decimal(0)) >= self.least)


def list_of(book: Book, code: str, run: str | None = None, only: Only | None = None) -> Listed:
    """A list as of the day of a run: of the last published one by default, else of the latest.

    **Raises** ``lists.unknown``, ``lists.no-grade``, ``lists.no-place``, ``run.none``, ``run.unknown``.
    """
    rule = LISTS.get(code)
    if rule is None:
        raise fail(
            "lists.unknown",
            "there is no list {name}; there are {known}",
            "没有名单 {name}；可用：{known}",
            name=code,
            known=", ".join(LISTS),
        )
    record, cycle = _run_of(book, run)
    people = _people(book, record)
    wanted = only or Only()
    _refuse_unknown_place(people.values(), wanted)
    field = _field(book, rule, record, cycle)
    _refuse_unknown_grade(field, wanted.grade)
    entries = []
    for chosen in rule.choose(field):
        who: Mapping[str, Any] = people.get(chosen.customer, {})
        name = str(who.get("short_name") or who.get("name") or chosen.customer)
        places = (who.get("owner") or None, who.get("region") or None, who.get("segment") or None)
        grade = field.grades.get(chosen.customer)
        entries.append(Entry(chosen.customer, name, *places, grade, chosen.at_stake, chosen.why))
    kept = tuple(entry for entry in entries if wanted.takes(entry))
    return Listed(rule, record, field.policy, cycle is not None, kept)


def _refuse_unknown_place(people: Collection[Mapping[str, Any]], wanted: Only) -> None:
    """An owner, region or segment that no customer has is a mistake, not an empty list."""
    for name in PLACES:
        asked, known = getattr(wanted, name), sorted({row[name] for row in people if row[name]})
        if asked is None or asked in known:
            continue
        shown = get_close_matches(asked, known, 3, 0.5) or known[:SOME]
        label = TABLES["customers"].column(name).label
        raise fail(
            "lists.no-place",
            "no customer has the {label} {asked}; there are {n}, such as {known}",
            "没有客户的{label_zh}为 {asked}；共有 {n} 种取值，例如 {known}",
            label=label.en, label_zh=label.zh, asked=asked, n=len(known), known=", ".join(shown) or "–",
        )  # fmt: skip


def _refuse_unknown_grade(field: Field, grade: str | None) -> None:
    """A grade that neither the scale knows nor anybody has is a mistake, not an empty list."""
    scale = [one.code for one in field.policy.scale]
    known = dict.fromkeys([*scale, *sorted({one for one in field.grades.values() if one})])
    if grade is not None and grade not in known:
        raise fail(
            "lists.no-grade",
            "there is no grade {grade}; there are {known}",
            "没有等级 {grade}；可用：{known}",
            grade=grade,
            known=", ".join(known),
        )


def _run_of(book: Book, run: str | None) -> tuple[RunRecord, CycleRun | None]:
    """The run, and its place in a cycle if its grades are or were in force."""
    runs = ever_published(book)
    if run is None and runs:
        leads = leading(book)
        mine = chain(runs.values(), leads.code) if leads else []
        run = (mine or sorted(runs.values(), key=lambda one: (one.as_of, one.run_id)))[-1].run_id
    record = find_run(book, run)
    return record, runs.get(record.run_id)


def _field(book: Book, rule: ListRule, record: RunRecord, cycle: CycleRun | None) -> Field:
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    rows = _rows(book, record)
    grades = {code: row["grade"] for code, row in rows.items()}
    moved: dict[str, str] = {}
    if cycle is not None:
        known = in_force(book, cycle)
        grades |= {code: grade for code, (grade, _) in known.items()}
        moved = {code: movement for code, (_, movement) in known.items() if movement}
    found = compute_for_people(
        book,
        list(rule.metrics),
        record.as_of,
        level=policy.population.level,
        version=book.version(record.book_version),
    )
    if rule.may is not None:
        found = found.filter(rule.may(found))
    metrics = {row["customer_id"]: row for row in found.to_pylist()}

    def best(customers: list[str]) -> Mapping[str, str]:
        return _best_grades(book, record, [grade.code for grade in policy.scale], customers)

    def attractive() -> Mapping[str, str]:
        return attractiveness_levels(book, policy, record.as_of, book.version(record.book_version))

    return Field(policy, record.as_of, grades, rows, moved, metrics, best, attractive)


def _rows(book: Book, record: RunRecord) -> dict[str, dict[str, Any]]:
    """What the run said of every unit."""
    name = f"results/{record.run_id}"
    with DuckDBEngine() as engine:
        schema = book.schema(name)
        engine.read_files("lists_run", book.files(name, book.current()), schema)
        t = ibis.table(schema, name="lists_run")
        found = engine.fetch(t.filter(t.unit == t.customer_id).select(*_RUN))
    return {row["customer_id"]: row for row in found.to_pylist()}


def _best_grades(book: Book, record: RunRecord, scale: list[str], customers: list[str]) -> dict[str, str]:
    """The best grade that each had in a published month of the last two years."""
    runs = [one for one in chain(cycle_runs(book), record.policy_code) if one.as_of <= record.as_of]
    runs = runs[-MEMORY_MONTHS:]
    if not runs or not customers:
        return {}
    with DuckDBEngine() as engine:
        engine.register("lists_asked", pa.table({"asked": pa.array(customers, pa.string())}))
        asked = ibis.table({"asked": "string"}, name="lists_asked")
        parts = []
        for at, run in enumerate(runs):
            engine.read_files(f"lists_{at}", book.files(run.effective, book.current()), COLUMNS)
            t = ibis.table(COLUMNS, name=f"lists_{at}")
            place = ibis.cases(*((t.effective == code, n) for n, code in enumerate(scale)), else_=None)
            parts.append(t.select("customer_id", place=place.cast("int64")))
        t = ibis.union(*parts) if len(parts) > 1 else parts[0]
        t = t.semi_join(asked, t.customer_id == asked.asked)
        found = engine.fetch(t.group_by("customer_id").agg(place=t.place.min())).to_pylist()
    return {row["customer_id"]: scale[row["place"]] for row in found if row["place"] is not None}


def _people(book: Book, record: RunRecord) -> dict[str, dict[str, Any]]:
    seen = visible(book_table("customers", *_PEOPLE, "valid_from"), record.as_of, "valid_from")
    with DuckDBEngine() as engine:
        book.open_in(engine, book.version(record.book_version), ("customers",), as_of=record.as_of)
        rows = engine.fetch(seen.select(*_PEOPLE)).to_pylist()
    return {row["code"]: row for row in rows}
