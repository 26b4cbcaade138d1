"""Onboards a folder: looks through it, tries the proposals, reconciles, and says what the data is good for."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tierwise.book.importing import ImportSummary, import_files
from tierwise.book.looking import Desk, Sheet
from tierwise.book.reading.model import Limits
from tierwise.book.store import Book
from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Lang
from tierwise.onboarding.duplicates import Twins, duplicates
from tierwise.onboarding.folder import look_through
from tierwise.onboarding.ledger import Reconciliation, read_ledger, reconcile
from tierwise.onboarding.model import Proposal
from tierwise.onboarding.rendering import render
from tierwise.onboarding.support import (
    Supply,
    Support,
    metric_support,
    months_between,
    policy_support,
)
from tierwise.onboarding.trial import Trial, mapping_of, try_out

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Plan:
    """One proposal, what reading by it gave, and what else the sheet may be."""

    proposal: Proposal
    trial: Trial
    rivals: tuple[str, ...]
    name: str
    """What its mapping file is called."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files it reads."""
        return tuple(found.path for found in self.proposal.sheet.found)

    def text(self, lang: Lang) -> str:
        """The text of its mapping file."""
        return render(self.proposal, lang)


@dataclass(frozen=True, slots=True)
class Onboarding:
    """What a folder holds and what it is good for."""

    folder: Path
    plans: tuple[Plan, ...]
    beside: tuple[str, ...]
    """Files that are no table of their own but that others look something up in."""
    unclear: tuple[Sheet, ...]
    nearest: Mapping[int, Proposal]
    """Number of an unclear sheet -> the table that it comes nearest to."""
    unreadable: tuple[Problem, ...]
    twins: tuple[Twins, ...]
    months: tuple[str, ...]
    metrics: tuple[Support, ...]
    policies: tuple[Support, ...]
    ledger: Reconciliation | None = None


def onboard(
    folder: Path, *, ledger: Path | None = None, base_currency: str = "CNY", limits: Limits = DEFAULT_LIMITS
) -> Onboarding:
    """Looks through a folder and tries what it proposes; nothing is written.

    **Raises** ``TierwiseError`` where there is nothing to look at, or the ledger cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="tierwise-") as scratch, Desk(Path(scratch), limits) as desk:
        stated = read_ledger(desk, ledger, base_currency=base_currency) if ledger else None
        look = look_through(desk, folder, without=[ledger] if ledger else [])
        names = _names(look.proposals)
        plans = tuple(
            Plan(p, try_out(p, base_currency=base_currency), look.rivals.get(p.sheet.number, ()), name)
            for p, name in zip(look.proposals, names, strict=True)
        )
        customers = [p for p in look.proposals if p.table.name == "customers"]
        twins = tuple(twin for p in customers for twin in duplicates(desk, p))
    totals = _totals(plans)
    beside = {name for p in look.proposals for source in p.sources for name in looked_into(source.expression)}
    supply = Supply(_columns(plans), months_between(month for month, _ in totals))
    return Onboarding(
        folder=folder,
        plans=plans,
        beside=tuple(sorted(sheet.name for sheet in look.unclear if sheet.name in beside)),
        unclear=tuple(sheet for sheet in look.unclear if sheet.name not in beside),
        nearest=look.nearest,
        unreadable=tuple(look.unreadable),
        twins=twins,
        months=tuple(sorted({month for month, _ in totals})),
        metrics=tuple(metric_support(supply)),
        policies=tuple(policy_support(supply)),
        ledger=None if stated is None else reconcile(stated, totals),
    )


def looked_into(expression: Any) -> Iterator[str]:
    """The files that an expression of a mapping looks something up in."""
    if isinstance(expression, dict):
        found = expression.get("lookup")
        if isinstance(found, dict):
            yield str(found["file"])
        for inner in expression.values():
            yield from looked_into(inner)
    elif isinstance(expression, list):
        for inner in expression:
            yield from looked_into(inner)


def write_mappings(found: Onboarding, out: Path, lang: Lang) -> list[Path]:
    """Writes the mapping files of all plans into a folder; those that exist are left as they are."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for plan in found.plans:
        path = out / plan.name
        if not path.exists():
            path.write_text(plan.text(lang), encoding="utf-8")
            written.append(path)
    return written


def import_plans(
    book: Book, plans: Sequence[Plan], *, rejects: Path | None, actor: str, at: datetime
) -> list[ImportSummary]:
    """Imports every plan, each whole or not at all, masters before lines."""
    done = []
    for plan in plans:
        for number, files in enumerate(_batches(plan), start=1):
            target = _rejects(rejects, plan, number)
            done.append(
                import_files(
                    book, plan.proposal.table.name, files, mapping=mapping_of(plan.proposal),
                    rejects=target, actor=actor, at=at,
                )
            )  # fmt: skip
    return done


def _batches(plan: Plan) -> list[tuple[Path, ...]]:
    """Files that are imported together. Masters out of lines come a file at a time: a later file may say
    something else of a code, which is a change and no contradiction."""
    return [(file,) for file in plan.files] if plan.proposal.distinct else [plan.files]


def _rejects(folder: Path | None, plan: Plan, number: int) -> Path | None:
    if folder is None:
        return None
    stem = plan.name.removesuffix(".yaml")
    return folder / (f"{stem}.rejects.csv" if number == 1 else f"{stem}.{number}.rejects.csv")


def _names(proposals: Sequence[Proposal]) -> list[str]:
    """The names of mapping files: of the first file, the sheet and the table, each once."""
    names = []
    for proposal in proposals:
        found = proposal.sheet.found[0]
        stem = found.path.name.split(".")[0] + (f"-{found.layout.sheet}" if found.layout.sheet else "")
        safe = "".join(mark if mark.isalnum() or mark in "-_" else "_" for mark in stem)
        names.append(f"{safe}.{proposal.table.name}")
    counts = Counter(names)
    return [
        f"{name}.yaml" if counts[name] == 1 else f"{name}.{number}.yaml"
        for number, name in enumerate(names, start=1)
    ]


def _columns(plans: Sequence[Plan]) -> dict[str, frozenset[str]]:
    columns: dict[str, frozenset[str]] = {}
    for plan in plans:
        name = plan.proposal.table.name
        if plan.trial.accepted:
            own = frozenset(source.column for source in plan.proposal.sources)
            columns[name] = columns.get(name, frozenset()) | own
    return columns


def _totals(plans: Sequence[Plan]) -> dict[tuple[str, str], Decimal]:
    totals: dict[tuple[str, str], Decimal] = {}
    for plan in plans:
        for key, amount in plan.trial.months.items():
            totals[key] = totals.get(key, Decimal(0)) + amount
    return totals
