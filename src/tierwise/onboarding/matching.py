"""Which headers may be which column: by declared names, by usual words, and only then by values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tierwise.book.contract import Column, Table
from tierwise.book.looking import Desk, Sheet
from tierwise.book.reading.headers import accepted_names, readable_columns
from tierwise.book.reading.values import Reading, folded
from tierwise.onboarding.model import Confidence, Note, Reason
from tierwise.onboarding.words import ENTITIES, IDS, MEANINGS, PARTS, Said, known_words, said

FITS_PCT = 80
"""Of a hundred values that many must be of the column's kind, or its header is not believed."""
_NAME, _LABEL, _SYNONYM, _WORD = 4, 3, 2, 1
_NUMBERS = ("money", "quantity", "rate", "percent")
_QUANTITY = ("n_", "num_", "no_of_")


@dataclass(frozen=True, slots=True)
class Match:
    """A column and its header; ``candidates`` are all that were as good."""

    column: Column
    header: str
    confidence: Confidence
    reason: Reason
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches of a sheet with a table, and what has to be said about them."""

    found: dict[str, Match]
    notes: tuple[Note, ...]
    doubtful: frozenset[str] = frozenset()
    """Optional columns that were left out because several headers were as good."""


def match(
    desk: Desk,
    sheet: Sheet,
    table: Table,
    *,
    given: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> Matches:
    """The headers of a sheet that are columns of a table by their words, as far as their values agree.

    ``given`` columns are decided already; headers ``without`` are not looked at.
    """
    notes: list[Note] = []
    found = {name: Match(table.column(name), h, "high", Reason("named")) for name, h in (given or {}).items()}
    doubtful: set[str] = set()
    taken = {*without, *(given or {}).values()}
    for column, rank, headers in _ranked(sheet, table):
        free = [header for header in headers if header not in taken]
        if column.name in found or column.name in doubtful or not free:
            continue
        fitting = [header for header in free if _believed(desk, sheet, column, header, notes)]
        if not fitting:
            continue
        if len(fitting) > 1 and not column.required:
            notes.append(_said("onboard.ambiguous-left-out", column, fitting))
            doubtful.add(column.name)
            continue
        chosen = best(desk, sheet, fitting)
        if len(fitting) > 1:
            notes.append(_said("onboard.ambiguous-header", column, fitting, chosen=chosen))
        found[column.name] = _match(column, chosen, rank, fitting)
        taken.add(chosen)
    if (code := _entity_as_code(desk, sheet, table, found, taken)) is not None:
        found["code"] = code
    return Matches(found, tuple(notes), frozenset(doubtful))


def _entity_as_code(
    desk: Desk, sheet: Sheet, table: Table, found: Mapping[str, Match], taken: Collection[str]
) -> Match | None:
    """``customer, name, region``: beside a name, a column that is called what the rows are and never repeats is the code."""
    meaning = MEANINGS.get((table.name, "code"))
    if meaning is None or "code" in found or "name" not in found:
        return None
    words = {folded(word) for word in ENTITIES[meaning[0]]}
    headers = [
        header
        for header in sheet.headers
        if header
        and header not in taken
        and said(header).bare in words
        and desk.distinct(sheet, header) == sheet.rows
    ]
    return _match(table.column("code"), headers[0], _WORD, headers) if len(headers) == 1 else None


def best(desk: Desk, sheet: Sheet, headers: Sequence[str]) -> str:
    """Of headers that are as good, the fullest; then the first."""
    return max(headers, key=lambda header: (desk.filled(sheet, header), -sheet.index(header)))


def _match(column: Column, header: str, rank: int, fitting: Sequence[str]) -> Match:
    candidates = tuple(fitting) if len(fitting) > 1 else ()
    slots = {"label_en": column.label.en, "label_zh": column.label.zh}
    if candidates:
        return Match(column, header, "low", Reason("worded", slots), candidates)
    if rank == _WORD:
        return Match(column, header, "medium", Reason("worded", slots))
    return Match(column, header, "high", Reason("named"))


def _ranked(sheet: Sheet, table: Table) -> Iterable[tuple[Column, int, list[str]]]:
    """Column, rank and headers, the best rank first: a name goes before a usual word."""
    heads = [said(header) for header in sheet.headers if header]
    for rank in (_NAME, _LABEL, _SYNONYM, _WORD):
        for column in readable_columns(table):
            headers = [head.header for head in heads if rank_of(table, column, head) == rank]
            if headers:
                yield column, rank, headers


def rank_of(table: Table, column: Column, head: Said) -> int:
    """How well a header names a column; 0: not at all."""
    texts = {folded(head.header), head.bare}
    name, labels, synonyms = _declared(column)
    if name in texts:
        return _NAME
    if labels & texts:
        return _LABEL
    if synonyms & texts:
        return _SYNONYM
    if texts & known_words(table.name, column.name, column.refers_to):
        return _WORD
    counted = column.name == "qty" and head.header.lower().startswith(_QUANTITY)
    return _WORD if counted else 0


@cache
def _declared(column: Column) -> tuple[str, frozenset[str], frozenset[str]]:
    """The folded name, labels and all accepted names of a column."""
    labels = frozenset((folded(column.label.en), folded(column.label.zh)))
    return folded(column.name), labels, frozenset(folded(name) for name in accepted_names(column))


def _believed(desk: Desk, sheet: Sheet, column: Column, header: str, notes: list[Note]) -> bool:
    if column.kind == "text" and column.name != "currency":
        return True
    if not desk.filled(sheet, header):
        return False
    share = fit_pct(desk, sheet, column, header)
    if share >= FITS_PCT:
        return True
    labels = {"label_en": column.label.en, "label_zh": column.label.zh}
    slots = {"header": header, "column": column.name, "share": share, **labels}
    notes.append(Note("onboard.bad-values", slots))
    return False


def fit_pct(desk: Desk, sheet: Sheet, column: Column, header: str) -> int:
    """Of a hundred values under a header, how many can be read as the column's kind, in one form or another."""
    if column.kind == "date":
        return desk.dates(sheet, header).share_pct
    share = desk.share_pct(sheet, header, column)
    if share < FITS_PCT and column.kind in _NUMBERS and desk.comma_pct(sheet, header):
        return desk.share_pct(sheet, header, column, Reading(decimal_comma=True, round=True))
    return share


def part(desk: Desk, sheet: Sheet, name: str, free: Collection[str]) -> str | None:
    """The header of something that an amount is calculated from, such as the price."""
    words = {folded(word) for word in PARTS[name]}
    for header in sheet.headers:
        if header in free and said(header).bare in words and numeric(desk, sheet, header):
            return header
    return None


def numeric(desk: Desk, sheet: Sheet, header: str) -> bool:
    """Whether nearly all values under a header are numbers."""
    filled = desk.filled(sheet, header)
    counts = [desk.numbers(sheet, header, comma=comma).count for comma in (False, True)]
    return filled > 0 and max(counts) * 100 >= filled * FITS_PCT


def by_values(desk: Desk, sheet: Sheet, column: Column, free: Sequence[str]) -> Match | None:
    """A required column that no word names, by what the values are; always doubtful."""
    fitting = [header for header in free if _looks_like(desk, sheet, column, header)]
    if not fitting:
        return None
    chosen = best(desk, sheet, fitting)
    sample = ", ".join(desk.samples(sheet, chosen)[:3])
    candidates = tuple(fitting) if len(fitting) > 1 else ()
    return Match(column, chosen, "low", Reason("values", {"sample": sample}), candidates)


def _looks_like(desk: Desk, sheet: Sheet, column: Column, header: str) -> bool:
    if not desk.filled(sheet, header):
        return False
    if column.kind == "date":
        return desk.dates(sheet, header).share_pct >= 95
    if column.kind == "money":
        return numeric(desk, sheet, header) and desk.numbers(sheet, header).places > 0
    nameless = header.startswith("column ")
    is_id = nameless or said(header).bare.endswith(tuple(folded(end) for end in IDS))
    repeated = desk.distinct(sheet, header) < desk.filled(sheet, header)
    dated = desk.dates(sheet, header).share_pct >= 95
    broken = numeric(desk, sheet, header) and desk.numbers(sheet, header).places > 0
    return is_id and repeated and not dated and not broken


def _said(code: str, column: Column, headers: Sequence[str], **more: str) -> Note:
    slots = {
        "label_en": column.label.en,
        "label_zh": column.label.zh,
        "column": column.name,
        "candidates": " / ".join(headers),
        **more,
    }
    return Note(code, slots)
