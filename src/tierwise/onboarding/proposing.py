"""Proposes how a sheet becomes rows of a table. Nothing is guessed silently: every doubt is a note."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tierwise.book.contract import Column, Table
from tierwise.book.contract.model import Identity
from tierwise.book.looking import Desk, Sheet
from tierwise.book.reading.values import PLACES, folded
from tierwise.onboarding.amounts import line_sources
from tierwise.onboarding.matching import Match, Matches, by_values, match
from tierwise.onboarding.model import Note, Proposal, Reason, Source
from tierwise.onboarding.words import TOTAL_WORDS, said

NUMERIC = ("money", "quantity", "rate", "percent")
GUESSED = ("customer_code", "order_date")
"""Columns that values alone may speak for when a folder is looked through."""
LOOKED_UP = (("products", "category"), ("order_lines", "sales_person"))
"""Columns worth a look into a second file although they are not required."""
_ALWAYS_EMPTY = ("NULL", "null", "(null)", "#N/A", "\\N", "nan", "NaN")
_RARE_PCT = 5
"""Fewer rows in a hundred without a required value are left to be rejected one by one."""


@dataclass(slots=True)
class Proposer:
    """Proposes for the sheets on a desk. ``guess``: values may speak for any required column."""

    desk: Desk
    guess: bool = True
    others: Sequence[Sheet] = ()
    """Sheets in which a missing value may be looked up."""
    _known: dict[tuple[int, str], Matches] = field(default_factory=dict)

    def propose(
        self,
        sheet: Sheet,
        table: Table,
        *,
        given: Mapping[str, str] | None = None,
        without: Collection[str] = (),
    ) -> Proposal:
        """The mapping of a sheet to a table, complete or with what is missing."""
        draft = _Draft(self, sheet, table)
        draft.match(given or {}, without)
        draft.calculate()
        draft.complete()
        draft.identify()
        draft.leave_out()
        return draft.proposal()

    def matches(self, sheet: Sheet, table: Table) -> Matches:
        """The matches of a sheet, computed once."""
        key = sheet.number, table.name
        if key not in self._known:
            self._known[key] = match(self.desk, sheet, table)
        return self._known[key]


@dataclass(slots=True)
class _Draft:
    """A proposal in the making."""

    by: Proposer
    sheet: Sheet
    table: Table
    sources: dict[str, Source] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    filter: list[dict[str, Any]] = field(default_factory=list)
    distinct: tuple[str, ...] = ()
    identity: Identity | None = None
    without: frozenset[str] = frozenset()
    found: dict[str, Match] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.by.desk

    # ------------------------------------------------------------------ by words

    def match(self, given: Mapping[str, str], without: Collection[str]) -> None:
        self.without = frozenset(without)
        if given or without:
            matches = match(self.desk, self.sheet, self.table, given=given, without=without)
        else:
            matches = self.by.matches(self.sheet, self.table)
        self.notes += matches.notes
        self.found = dict(matches.found)
        self._layout()
        self._numbers()
        for name, found in self.found.items():
            self._take(name, found)

    def _take(self, name: str, found: Match) -> None:
        expression, reasons = self._expression(found.column, found.header)
        source = Source(
            name, expression, found.confidence, (found.reason, *reasons), (found.header,), found.candidates
        )
        self.sources[name] = source

    def _expression(self, column: Column, header: str) -> tuple[Any, tuple[Reason, ...]]:
        """A header as it is, or what turns its values into the column's."""
        if column.kind == "date":
            return self._date(header)
        factor = said(header).factor
        if column.kind in NUMERIC and factor != 1:
            return {"multiply": [header, factor]}, (Reason("unit", {"factor": factor}),)
        return header, ()

    def _date(self, header: str) -> tuple[Any, tuple[Reason, ...]]:
        dates = self.desk.dates(self.sheet, header)
        if dates.candidates:
            slots = {"header": header, "candidates": " / ".join(dates.candidates)}
            self.notes.append(Note("onboard.ambiguous-date", slots))
        if dates.format is None:
            return header, ()
        expression = {"date": {"from": header, "format": dates.format}}
        return expression, (Reason("dates", {"format": dates.format}),)

    def _layout(self) -> None:
        layout = self.sheet.found[0].layout
        named = {
            "encoding": layout.encoding,
            "sheet": layout.sheet,
            "skip_rows": layout.skip_rows,
            "headers": list(layout.headers),
        }
        self.settings |= {name: value for name, value in named.items() if value}
        doubled = self.sheet.found[0].doubled
        if doubled:
            self.notes.append(Note("onboard.doubled-headers", {"headers": ", ".join(doubled)}))
        elif layout.headers:
            self.notes.append(Note("onboard.no-headers"))
        if not self.sheet.whole:
            self.notes.append(Note("onboard.first-rows", {"rows": self.sheet.rows}))

    # ------------------------------------------------------------------ by values

    def _numbers(self) -> None:
        """How the numbers of the file are written: decimal comma, too many places."""
        numbers = [(m.header, PLACES[m.column.kind]) for m in self.found.values() if m.column.kind in NUMERIC]
        if any(self.desk.comma_pct(self.sheet, header) >= 20 for header, _ in numbers):
            self.settings["decimal_comma"] = True
        written = [(self.desk.numbers(self.sheet, h, comma=self._comma).places, kept) for h, kept in numbers]
        longer = [(places, kept) for places, kept in written if places > kept]
        if longer:
            places, kept = max(longer)
            self.settings["round"] = True
            self.notes.append(Note("onboard.rounded", {"places": places, "kept": kept}))

    @property
    def _comma(self) -> bool:
        return bool(self.settings.get("decimal_comma"))

    def calculate(self) -> None:
        """What a file does not state: the amount of a line, its cost, its kind, the currency."""
        if self.table.name == "order_lines":
            for name, source in line_sources(self.desk, self.sheet, self.found, comma=self._comma):
                self.sources[name] = source
        if self.table.has("currency") and "currency" not in self.sources:
            units = {said(h).currency for s in self.sources.values() for h in s.headers} - {None}
            if len(units) == 1:
                const = {"const": units.pop()}
                self.sources["currency"] = Source("currency", const, "high", (Reason("currency"),))

    def complete(self) -> None:
        """Looks for what is still missing: in a second file, then among the values."""
        for column in self.table.file_columns:
            if column.name in self.sources or column.name in self.table.document:
                continue
            if column.required and column.default is None:
                self._find(column)
            elif (self.table.name, column.name) in LOOKED_UP:
                self._look_up(column)

    def _find(self, column: Column) -> None:
        if self._look_up(column):
            return
        if column.name == "name" and "code" in self.sources:
            code = self.sources["code"]
            reason = Reason("code-as-name")
            self.sources["name"] = replace(code, column="name", confidence="low", reasons=(reason,))
            return
        if self.by.guess or column.name in GUESSED or self.sheet.found[0].layout.headers:
            self._guess(column)

    def _guess(self, column: Column) -> None:
        used = {header for source in self.sources.values() for header in source.headers}
        free = [h for h in self.sheet.headers if h and h not in used and h not in self.without]
        found = by_values(self.desk, self.sheet, column, free)
        if found is None:
            return
        self._take(column.name, found)
        if found.candidates:
            self._ambiguous(column, found)

    def _ambiguous(self, column: Column, found: Match) -> None:
        slots = {
            "label_en": column.label.en,
            "label_zh": column.label.zh,
            "column": column.name,
            "candidates": " / ".join(found.candidates),
            "chosen": found.header,
        }
        self.notes.append(Note("onboard.ambiguous-header", slots))

    def _look_up(self, column: Column) -> bool:
        """Finds a column in a second file whose key stands in this one."""
        for other in self.by.others:
            if not _plain(other) or not _beside(self.sheet, other):
                continue
            value = self.by.matches(other, self.table).found.get(column.name)
            key = self._key_of(other) if value and value.confidence != "low" else None
            if value is None or key is None or key[1] == value.header:
                continue
            mine, theirs = key
            file = other.found[0].path.name
            said_ = {"file": file, "from": mine, "key": theirs, "value": value.header}
            reason = Reason("looked-up", {"file": file, "key": theirs})
            self.sources[column.name] = Source(column.name, {"lookup": said_}, "medium", (reason,), (mine,))
            return True
        return False

    def _key_of(self, other: Sheet) -> tuple[str, str] | None:
        """My header and theirs of a key that is unique there and covers nearly all of my values."""
        if other.number == self.sheet.number:
            return None
        theirs = {folded(header): header for header in other.headers if header}
        for header in self.sheet.headers:
            key = theirs.get(folded(header)) if header else None
            if key is None or self.desk.distinct(other, key) != other.rows:
                continue
            if self.desk.covered_pct(self.sheet, header, other, key) >= 95:
                return header, key
        return None

    # ------------------------------------------------------------------ rows

    def identify(self) -> None:
        """How rows are recognised again, as the values allow it."""
        if self.table.document:
            self._identify_lines()
        elif len(self.table.identities) > 1:
            self._identify_records()
        elif self.table.history == "dated":
            self._one_row_a_code()

    def _header(self, column: str) -> str | None:
        source = self.sources.get(column)
        return source.headers[0] if source and len(source.headers) == 1 else None

    def _identify_lines(self) -> None:
        order, line = self._header(self.table.document[0]), self._header(self.table.key[-1])
        if order is None:
            self.identity = "occurrence"
            self.notes.append(Note("onboard.no-orders"))
        elif line is None:
            self.identity = "document"
            self.notes.append(Note("onboard.no-lines"))
        else:
            self._key_or(self.table.key[-1], [order, line], "document")

    def _identify_records(self) -> None:
        number = self._header(self.table.key[-1])
        if number is None:
            self.identity = "occurrence"
        else:
            self._key_or(self.table.key[-1], [number], "occurrence")

    def _key_or(self, column: str, headers: list[str], instead: Identity) -> None:
        """The key where it is unique; else another identity, and the last key column is not read."""
        repeated = self.desk.repeated(self.sheet, headers)
        if not repeated:
            self.identity = "key"
            return
        self.identity = instead
        del self.sources[column]
        slots = {"count": repeated, "key": " + ".join(headers), "identity": instead}
        self.notes.append(Note("onboard.repeated-key", slots))

    def _one_row_a_code(self) -> None:
        code = self._header(self.table.key[0])
        if code is None or self.table.key[-1] in self.sources or not self.desk.repeated(self.sheet, [code]):
            return
        self.distinct = (self.table.key[0],)
        count = self.desk.distinct(self.sheet, code)
        self.notes.append(Note("onboard.distinct", {"header": code, "count": count, "rows": self.sheet.rows}))
        for source in self.sources.values():
            for header in source.headers:
                several = self.desk.several(self.sheet, code, header) if header != code else 0
                if several:
                    self.notes.append(Note("onboard.first-of-several", {"count": several, "header": header}))

    def leave_out(self) -> None:
        """Rows without what every row needs, lines of totals, and words for nothing."""
        for column in self.table.file_columns:
            header = self._header(column.name)
            if header is None or not (column.required or column.name in self.table.key):
                continue
            self._leave_out_empty(header)
            if column.kind == "text":
                self._leave_out_totals(header)
        self._empty_words()

    def _leave_out_empty(self, header: str) -> None:
        empty = self.sheet.rows - self.desk.filled(self.sheet, header)
        known = any(condition == {"column": header, "not_null": True} for condition in self.filter)
        if known or not empty or (empty * 100 < self.sheet.rows * _RARE_PCT and not self.distinct):
            return
        self.filter.append({"column": header, "not_null": True})
        self.notes.append(Note("onboard.empty-rows", {"count": empty, "header": header}))

    def _leave_out_totals(self, header: str) -> None:
        words = self.desk.holding(self.sheet, header, TOTAL_WORDS)
        if words and not any(
            condition.get("column") == header and "not_in" in condition for condition in self.filter
        ):
            self.filter.append({"column": header, "not_in": list(words)})
            self.notes.append(Note("onboard.total-rows", {"words": ", ".join(words)}))

    def _empty_words(self) -> None:
        words: dict[str, None] = {}
        for source in self.sources.values():
            text = self.table.has(source.column) and self.table.column(source.column).kind == "text"
            for header in source.headers:
                for word in self.desk.unsaid(self.sheet, header):
                    if not text or word in _ALWAYS_EMPTY:
                        words[word] = None
        if words:
            self.settings["empty_values"] = list(words)

    def proposal(self) -> Proposal:
        missing = tuple(column.name for column in self.table.file_columns if self._lacks(column))
        for name in missing:
            label = self.table.column(name).label
            slots = {"label_en": label.en, "label_zh": label.zh, "column": name}
            self.notes.append(Note("onboard.missing-column", slots))
        order = {column.name: place for place, column in enumerate(self.table.file_columns)}
        sources = sorted(self.sources.values(), key=lambda source: order.get(source.column, len(order)))
        return Proposal(
            self.table, self.sheet, tuple(sources), self.identity, tuple(self.filter), self.distinct,
            self.settings, tuple(self.notes), missing,
        )  # fmt: skip

    def _lacks(self, column: Column) -> bool:
        if column.name in self.sources or not column.required or column.default is not None:
            return False
        return not (self.identity == "occurrence" and column.name in self.table.document)


def _plain(sheet: Sheet) -> bool:
    """Whether a lookup can read the file: one file whose first line holds the headers."""
    layout = sheet.found[0].layout
    return len(sheet.found) == 1 and not (
        layout.skip_rows or layout.headers or layout.sheet or layout.encoding
    )


def _beside(sheet: Sheet, other: Sheet) -> bool:
    return sheet.found[0].path.parent == other.found[0].path.parent
