"""Dated attributes: a row speaks from ``valid_from`` until the next row of the same code. Decision 0001."""

from __future__ import annotations

from tierwise.book.closing import Moment, columns, fingerprint
from tierwise.book.shape import Shape, listed, matched
from tierwise.engine.names import quoted

ALWAYS = "DATE '1900-01-01'"
"""From when a row speaks whose file says nothing."""


def resolved(shape: Shape, moment: Moment) -> str:
    """SQL of the fresh rows with their ``valid_from``.

    What a file without dates says of a new code holds from always, of a known one from today, unless it says
    the same as the row in force.
    """
    code = quoted(shape.key[0])
    content = [quoted(name) for name in shape.content]
    today = f"DATE '{moment.today}'"
    floor = "f.issue_date" if shape.table.has("issue_date") else ALWAYS
    in_force = f"""
        SELECT {code}, valid_from, {fingerprint(content)} FROM old WHERE valid_from <= {today}
        QUALIFY row_number() OVER (PARTITION BY {code} ORDER BY valid_from DESC) = 1"""
    from_day = f"""
        CASE WHEN f.valid_from IS NOT NULL THEN f.valid_from WHEN i.{code} IS NULL THEN {floor}
             WHEN i.h1 = f.h1 AND i.h2 = f.h2 THEN i.valid_from ELSE {today} END"""
    changes = f"f.valid_from IS NULL AND i.{code} IS NOT NULL"
    return f"""
        WITH f AS (SELECT *, {fingerprint(content)} FROM fresh), i AS ({in_force})
        SELECT f.* REPLACE ({from_day} AS valid_from), {changes} AS changes
        FROM f LEFT JOIN i ON f.{code} = i.{code}
        QUALIFY row_number() OVER (PARTITION BY f.{code}, {from_day} ORDER BY f.valid_from NULLS LAST) = 1"""


def verdict(shape: Shape) -> str:
    """SQL of the resolved rows that are not the same as in the book."""
    content = [quoted(name) for name in shape.content]
    marks = f"SELECT {listed(shape.key)}, true AS present, {fingerprint(content)} FROM old"
    fate = "CASE WHEN f.changes OR o.present IS NOT NULL THEN 'changed' ELSE 'new' END"
    return f"""
        WITH o AS ({marks})
        SELECT f.* EXCLUDE (h1, h2, changes), {fate} AS fate, false AS closed
        FROM resolved f LEFT JOIN o ON {matched("f", "o", shape.key)}
        WHERE o.present IS NULL OR o.h1 <> f.h1 OR o.h2 <> f.h2"""


def put(shape: Shape, moment: Moment) -> str:
    """SQL of all rows of the touched codes, each superseded by the next."""
    code = quoted(shape.key[0])
    fresh = (
        f"SELECT {columns(shape, moment, {'known_on': 'coalesce(f.known_on, f.valid_from)'})} FROM verdict f"
    )
    kept = f"""
        SELECT {listed(shape.stored)} FROM old
        WHERE {code} IN (SELECT {code} FROM verdict)
          AND ({listed(shape.key)}) NOT IN (SELECT ({listed(shape.key)}) FROM verdict)"""
    after = f"lead(greatest(valid_from, known_on)) OVER (PARTITION BY {code} ORDER BY valid_from)"
    return f"SELECT * REPLACE ({after} AS superseded_on) FROM ({fresh} UNION ALL {kept})"


def gone(shape: Shape) -> str:
    """SQL of the row keys of the touched codes: all their rows are written anew."""
    code = quoted(shape.key[0])
    return f"SELECT {listed(shape.key)} FROM old WHERE {code} IN (SELECT {code} FROM verdict)"
