"""The steps of those that entered, counted by the worker and kept beside the edition, so that nobody who reads waits.

A file of its own for each edition, named when it is whole: counted anew when the book has a new version, and each day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from tierwise import api
from tierwise.insight.funnel import prospect_steps
from tierwise.kernel.periods import add_months
from tierwise_web.assessments.asking import forms
from tierwise_web.customers.correcting import TABLE
from tierwise_web.customers.unmet import may_be_seen
from tierwise_web.editing.models import IN_BOOK, WAITING, Change
from tierwise_web.editing.records import Values
from tierwise_web.pages.prospects import KINDS
from tierwise_web.published.editions import FileKey, PerFile, current_edition, folder, key_of_file, leading
from tierwise_web.published.models import Edition
from tierwise_web.published.moving import LEADING, displacements
from tierwise_web.published.parts import unfinished
from tierwise_web.published.reading import Reading

MONTHS = 12
ENDING = ".steps"
CARD = "prospect_scorecard"
"""The card by which prospects are judged, where no policy in use names one."""
_SAID = b"tierwise"
"""Under which a file says of what it was counted."""
_BY = "led_"
"""What stands before the columns of who looks after a customer as the edition says; ``owner`` is of the record of today."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Everybody who entered since a day, with the day of each step; whoever may see them."""

    rows: pa.Table
    since: date
    counted_at: datetime

    def within(self, reading: Reading) -> pa.Table:
        """Those within reach: who sees a customer follows from who looks after it today."""
        scope = reading.scope
        if scope.reach == "all":
            return self.rows
        seen = pa.array([False] * len(self.rows), pa.bool_())
        for name, among in scope.columns() if scope.reach != "none" else ():
            seen = pc.or_(seen, pc.is_in(self.rows[f"{_BY}{name}"], pa.array(among, pa.string())))
        out, into = (
            [*moved, *unmet]
            for moved, unmet in zip(displacements(scope.columns()), self._unmet(reading), strict=True)
        )
        mine = pc.and_not(seen, pc.is_in(self.rows["code"], pa.array(out, pa.string())))
        return self.rows.filter(pc.or_(mine, pc.is_in(self.rows["code"], pa.array(into, pa.string()))))

    def _unmet(self, reading: Reading) -> tuple[list[str], list[str]]:
        """Those that no run has met and that were given to others since: who is out of reach by that, and who within."""
        waits = lead_since(self.counted_at)
        rows = self.rows.filter(pc.is_in(self.rows["code"], pa.array(waits, pa.string()))).to_pylist()
        known = leading(reading.edition, [row["code"] for row in rows])
        out: list[str] = []
        into: list[str] = []
        for row in rows:
            if row["code"] not in known:
                lead = {name: row[f"{_BY}{name}"] for name in LEADING} | waits[row["code"]]
                (into if may_be_seen(reading, lead) else out).append(row["code"])
        return out, into


def lead_since(at: datetime) -> dict[str, Values]:
    """Code -> what changes say of who looks after a customer that wait, or went into the book after a moment."""
    found: dict[str, Values] = {}
    known = Change.objects.filter(table=TABLE, effective_on__lte=timezone.localdate())
    later = Q(state=WAITING) | Q(state=IN_BOOK, handover__done_at__gte=at)
    for one in known.filter(later, values__has_any_keys=LEADING).order_by("id"):
        said = {name: value for name, value in one.values.items() if name in LEADING}
        found[one.key] = found.get(one.key, {}) | said
    return found


def first_day(today: date) -> date:
    """The first day of the year that is shown: twelve months with this one."""
    return add_months(today.replace(day=1), 1 - MONTHS)


def steps_of(edition: Edition, *, reach: str = "all") -> Steps | None:
    """What was counted last for an edition; ``None`` while its own is under way.

    Who sees all sees that of the edition before until then; who looked after a customer then says nothing of today.
    """
    earlier = _newest_first() if reach == "all" else []
    return next((found for path in (_place(edition), *earlier) if (found := _kept(path))), None)


def keep_counted(at: datetime) -> None:
    """Counts the steps anew where the edition, the book or the day is another than those they were counted of."""
    edition = current_edition()
    if edition is None:
        return
    book, today = api.open_book(settings.BOOK), timezone.localdate(at)
    if _stands_for(_place(edition)) != _of(edition, book, today):
        count_steps(book, edition, at=at)


def count_steps(book: api.Book, edition: Edition, *, at: datetime) -> None:
    """Counts the steps of everybody who entered and keeps them beside an edition."""
    today, said = timezone.localdate(at), _of(edition, book, timezone.localdate(at))
    cards = [form.template for form in forms(book) if set(KINDS) & set(form.kinds)] or [CARD]
    rows = _with_lead(prospect_steps(book, today, cards, since=first_day(today)), edition)
    told = {"of": said, "since": first_day(today).isoformat(), "at": at.isoformat()}
    rows = rows.replace_schema_metadata({_SAID: json.dumps(told).encode()})
    with unfinished(_place(edition)) as part, pa.ipc.new_file(part, rows.schema) as out:
        out.write_table(rows)


def _with_lead(rows: pa.Table, edition: Edition) -> pa.Table:
    """The rows with who looks after each in the edition; of those that it does not know, as their record says."""
    known = leading(edition, rows["code"].to_pylist())
    lead: Sequence[Mapping[str, Any]] = [known.get(row["code"], row) for row in rows.to_pylist()]
    for name in LEADING:
        rows = rows.append_column(f"{_BY}{name}", pa.array([one[name] for one in lead], pa.string()))
    return rows.drop_columns([name for name in LEADING if name != "owner"])


def _of(edition: Edition, book: api.Book, today: date) -> list[Any]:
    """What tells one count from the next."""
    return [edition.pk, edition.made_at.isoformat(), book.current().number, today.isoformat()]


def _place(edition: Edition) -> Path:
    return folder() / f"{edition.file}{ENDING}"


def _newest_first() -> list[Path]:
    found = {path: path.stat().st_mtime_ns for path in folder().glob(f"*{ENDING}") if path.exists()}
    return sorted(found, key=lambda path: found[path], reverse=True)


def _kept(path: Path) -> Steps | None:
    try:
        key = key_of_file(path)
        return _KNOWN.get(key, "steps", lambda: _read(key))
    except FileNotFoundError:
        return None


def _stands_for(path: Path) -> list[Any] | None:
    """Of what a file was counted."""
    if not path.exists():
        return None
    with pa.memory_map(str(path)) as source:
        return cast("list[Any]", _told(pa.ipc.open_file(source).schema)["of"])


def _told(schema: pa.Schema) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema.metadata[_SAID])
    return found


def _read(key: FileKey) -> Steps:
    rows = pa.ipc.open_file(pa.memory_map(key[0])).read_all()
    told = _told(rows.schema)
    return Steps(rows, date.fromisoformat(told["since"]), datetime.fromisoformat(told["at"]))


_KNOWN: PerFile[Steps] = PerFile()
