"""How a changed row meets open and closed periods: SQL for ledgers and for versioned tables.

Each function gives text over the relations ``fresh`` (prepared rows) and ``old`` (rows in the book), and
over ``verdict``: one row for each fresh row that is not the same as in the book, and for each row that left
its document. **Source** decision 0001, spec 5.1(4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tierwise.book.contract.model import Identity
from tierwise.book.shape import CLOSING, DERIVED, Shape, listed, matched
from tierwise.engine.names import literal, quoted

MARK = "⟦"
"""Opens the remark that the book adds to the note of a row it posted on another day."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When an import happens: today in the book's time zone, and where the open period starts."""

    today: date
    first_open: date | None
    base_currency: str
    batch: int

    @property
    def open_day(self) -> str:
        """SQL of the first open day."""
        return f"DATE '{self.first_open}'" if self.first_open else "CAST(NULL AS DATE)"

    def closed(self, day: str) -> str:
        """SQL of whether a day lies in the closed period."""
        return f"({day} < DATE '{self.first_open}')" if self.first_open else "false"


def fingerprint(columns: Sequence[str]) -> str:
    """SQL of two 64-bit hashes of the columns: equal for the same content and, but for 1 in 2^128, only then."""
    return f"hash({', '.join(columns)}) AS h1, hash({', '.join(reversed(columns))}, 1) AS h2"


def old_marks(shape: Shape, corrected: bool) -> str:
    """SQL of the rows that speak now: key as stated, the row's own last key column, and its content's hashes."""
    if not shape.ledger:
        own = f"{quoted(shape.key[-1])} AS own_last, CAST(NULL AS INTEGER) AS correction, false AS reversed"
        return _marks(shape, listed(shape.key), own, "old WHERE superseded_on IS NULL", stated=False)
    keys = f"{listed(shape.key[:-1])}, {shape.unmoved()} AS {quoted(shape.key[-1])}"
    keys = keys.removeprefix(", ")
    own = f"{quoted(shape.key[-1])} AS own_last, correction, coalesce(correction, 0) % 2 = 1 AS reversed"
    marks = _marks(shape, keys, own, "old", stated=True)
    return _latest(shape, marks) if corrected else marks


def _marks(shape: Shape, keys: str, own: str, source: str, *, stated: bool) -> str:
    day = quoted(shape.day)
    content = [_stated(shape, name) if stated else quoted(name) for name in shape.content]
    return f"SELECT {keys}, {own}, {day} AS o_day, known_on AS o_known, true AS present, {fingerprint(content)} FROM {source}"


def _stated(shape: Shape, name: str) -> str:
    """SQL of a ledger's column as the source stated it."""
    if name == shape.day:
        return f"coalesce(stated_on, {quoted(name)})"
    if name == "note":
        return f"CASE WHEN stated_on IS NULL THEN note ELSE nullif(regexp_replace(note, ' ?{MARK}.*$', ''), '') END"
    return quoted(name)


def _latest(shape: Shape, marks: str) -> str:
    """SQL of the last word on each key, where corrections exist."""
    keys = listed(shape.key)
    return f"""
        WITH marks AS ({marks}), touched AS (SELECT DISTINCT {keys} FROM marks WHERE correction IS NOT NULL)
        SELECT * FROM marks ANTI JOIN touched USING ({keys}) UNION ALL
        SELECT * FROM marks SEMI JOIN touched USING ({keys})
        QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY coalesce(correction, 0) DESC) = 1"""


def verdict(shape: Shape, moment: Moment, identity: Identity, marks: str) -> str:
    """SQL of ``verdict``: what happens to each row that differs from the book."""
    content = [quoted(name) for name in shape.content]
    fresh = (
        f"SELECT {listed(shape.key)}, {quoted(shape.day)} AS f_day, known_on AS said_known, "
        f"source_file, source_line, {fingerprint(content)} FROM fresh"
    )
    differs = "o.present IS NULL OR o.reversed OR o.h1 <> f.h1 OR o.h2 <> f.h2"
    met = f"""
        SELECT f.* EXCLUDE (h1, h2), o.own_last, o.correction, o.o_day, o.o_known,
               CASE WHEN o.present IS NULL THEN 'new' WHEN o.reversed THEN 'again' ELSE 'changed' END AS fate
        FROM fresh_marks f LEFT JOIN marks o ON {matched("f", "o", shape.key)} WHERE {differs}"""
    if identity == "document":
        met += f" UNION ALL BY NAME {_gone(shape)}"
    return f"WITH marks AS ({marks}), fresh_marks AS ({fresh}), met AS ({met}) {_decided(shape, moment)}"


def _gone(shape: Shape) -> str:
    """SQL of the rows that a replaced document no longer has."""
    documents = listed(shape.table.document)
    return f"""
        SELECT {listed(shape.key)}, own_last, correction, o_day, o_known, 'gone' AS fate,
               f.source_file, f.source_line
        FROM marks m JOIN (SELECT {documents}, min(source_file) AS source_file, min(source_line) AS source_line
                           FROM fresh GROUP BY ALL) f USING ({documents})
        ANTI JOIN fresh_marks USING ({listed(shape.key)})
        WHERE NOT m.reversed"""


def _decided(shape: Shape, moment: Moment) -> str:
    judged = f"SELECT *, {_is_closed(shape, moment)} AS closed FROM met"
    posted = f"SELECT *, {_post_on(shape, moment)} AS post_on, {_step()} AS step FROM ({judged})"
    return f"SELECT *, {_known(shape, moment)} AS known FROM ({posted})"


def _is_closed(shape: Shape, moment: Moment) -> str:
    """A ledger row is closed by its posting; a versioned row by its day, until it was corrected once."""
    if shape.ledger:
        return f"fate IN ('changed', 'gone') AND {moment.closed('o_day')}"
    return f"fate = 'changed' AND {moment.closed('least(o_day, f_day)')} AND {moment.closed('o_known')}"


def _post_on(shape: Shape, moment: Moment) -> str:
    if not shape.ledger:
        return "f_day"
    late = f"CASE WHEN fate = 'changed' AND NOT closed THEN o_day ELSE {moment.open_day} END"
    return f"CASE WHEN fate <> 'new' AND {moment.closed('f_day')} THEN {late} ELSE f_day END"


def _step() -> str:
    """The correction number of the row to put; null for an ordinary row."""
    return (
        "CAST(CASE WHEN fate = 'again' THEN correction + 1 WHEN fate = 'changed' AND closed "
        "THEN coalesce(correction, 0) + 2 ELSE correction END AS INTEGER)"
    )


def _known(shape: Shape, moment: Moment) -> str:
    plain = "coalesce(said_known, post_on)"
    if moment.first_open is None:
        return plain
    held = "year(f_day) * 100 + month(f_day) IN (SELECT month FROM held_months)"
    late = f"fate = 'new' AND said_known IS NULL AND {moment.closed('f_day')} AND {held}"
    if shape.ledger:
        corrected = f"fate <> 'new' AND post_on <> f_day THEN greatest({plain}, post_on)"
    else:
        corrected = f"fate = 'changed' AND {moment.closed('least(o_day, f_day)')} THEN greatest(o_known, {moment.open_day})"
    return f"CASE WHEN {late} THEN {moment.open_day} WHEN {corrected} ELSE {plain} END"


def held_months(shape: Shape, moment: Moment) -> str:
    """SQL of the closed months that already hold rows: what comes late to them is known from the first open day."""
    day = quoted(shape.day)
    month = f"year({day}) * 100 + month({day})"
    return f"SELECT DISTINCT {month} AS month FROM old WHERE {moment.closed(day)}"


def put(shape: Shape, moment: Moment) -> str:
    """SQL of the rows to add: the fresh ones, reversals of closed rows, and rows that now are superseded."""
    last, day = quoted(shape.key[-1]), quoted(shape.day)
    special = {
        "known_on": "v.known",
        "correction": "v.step",
        "stated_on": f"CASE WHEN v.post_on <> f.{day} THEN f.{day} END",
        "note": f"CASE WHEN v.post_on <> f.{day} THEN concat_ws(' ', f.note, {_remark(f'f.{day}')}) ELSE f.note END",
        shape.day: "v.post_on",
    }
    if shape.ledger:
        special[shape.key[-1]] = (
            f"CASE WHEN v.step IS NULL THEN f.{last} ELSE {shape.moved(f'f.{last}', 'v.step')} END"
        )
    rows = f"SELECT {columns(shape, moment, special)} FROM fresh f JOIN verdict v USING (source_file, source_line)"
    rows += " WHERE v.fate <> 'gone'"
    return f"{rows} UNION ALL {_reversals(shape, moment) if shape.ledger else _superseded(shape, moment)}"


def first_put(shape: Shape, moment: Moment) -> str:
    """SQL of the rows to add to an empty table."""
    special = {"known_on": f"coalesce(f.known_on, f.{quoted(shape.day)})"}
    special |= {name: f"CAST(NULL AS {kind})" for name, kind in CLOSING.items()}
    return f"SELECT {columns(shape, moment, special)} FROM fresh f"


def columns(shape: Shape, moment: Moment, special: dict[str, str]) -> str:
    """SQL of all stored columns of a fresh row ``f``; ``special`` says how some are filled."""
    filled = {"superseded_on": "CAST(NULL AS DATE)", "batch": f"CAST({moment.batch} AS BIGINT)"} | special
    if shape.converts:
        ours = f"f.currency = {literal(moment.base_currency)}"
        values = {"fx_rate": "1", "base_amount": f"f.{quoted(shape.amount)}", "base_cost": "f.cost_amount"}
        filled |= {name: f"CASE WHEN {ours} THEN {values[name]} END" for name in DERIVED}
    parts = (
        f"CAST({filled.get(name, f'f.{quoted(name)}')} AS {kind}) AS {quoted(name)}"
        for name, kind in shape.stored.items()
    )
    return ", ".join(parts)


def _remark(day: str) -> str:
    return f"'{MARK}更正 correction of ' || CAST({day} AS VARCHAR) || '⟧'"


def _reversals(shape: Shape, moment: Moment) -> str:
    """SQL of the mirror of each closed row, posted on the first open day at the old row's rate."""
    last, day = quoted(shape.key[-1]), quoted(shape.day)
    step = "coalesce(v.correction, 0) + 1"
    special = {
        shape.key[-1]: shape.moved(f"v.{last}", step),
        shape.day: moment.open_day,
        "known_on": moment.open_day,
        "stated_on": f"coalesce(o.stated_on, o.{day})",
        "correction": step,
        "batch": str(moment.batch),
        "source_file": "v.source_file",
        "source_line": "v.source_line",
        "note": f"concat_ws(' ', o.note, {_remark(f'coalesce(o.stated_on, o.{day})')})",
    }
    special |= {name: f"-o.{quoted(name)}" for name in (*shape.table.amounts, "base_amount", "base_cost")}
    return _from_old(shape, special)


def _superseded(shape: Shape, moment: Moment) -> str:
    """SQL of closed versioned rows, which from the first open day on no longer speak."""
    return _from_old(shape, {"superseded_on": moment.open_day})


def _from_old(shape: Shape, special: dict[str, str]) -> str:
    parts = (
        f"CAST({special.get(name, f'o.{quoted(name)}')} AS {kind}) AS {quoted(name)}"
        for name, kind in shape.stored.items()
    )
    now = "" if shape.ledger else " AND o.superseded_on IS NULL"
    return f"SELECT {', '.join(parts)} FROM old o JOIN verdict v ON {_own(shape)}{now} WHERE v.closed"


def _own(shape: Shape) -> str:
    last = quoted(shape.key[-1])
    return " AND ".join(
        [*(f"o.{quoted(n)} = v.{quoted(n)}" for n in shape.key[:-1]), f"o.{last} = v.own_last"]
    )


def gone(shape: Shape) -> str:
    """SQL of the row keys and days of the old rows that leave their place."""
    leaves = "v.fate <> 'new' AND v.fate <> 'again'" + (" AND NOT v.closed" if shape.ledger else "")
    now = "" if shape.ledger else " AND o.superseded_on IS NULL"
    names = listed(dict.fromkeys((*shape.row_key, shape.day)), "o.")
    return f"SELECT {names} FROM old o JOIN verdict v ON {_own(shape)}{now} WHERE {leaves}"
