"""How sound the data behind a run is, gathered when its read model is built. Source: spec 8.1(4), 12.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.book.batches import batches
from tierwise.book.checking import check
from tierwise.kernel.text import Lang

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

IMPORTS = 12
"""So many of the last imports are shown."""
LANGS: tuple[Lang, Lang] = ("en", "zh")


def health(book: Book, record: RunRecord) -> dict[str, Any]:
    """Findings of the check, and the last imports."""
    version = book.version(record.book_version)
    issues = check(book, at=record.data_cutoff_at, version=version)
    return {
        "findings": [
            {
                "code": issue.code,
                "severity": issue.severity,
                "said": {lang: issue.say(lang) for lang in LANGS},
                "help": {lang: issue.advise(lang) for lang in LANGS},
            }
            for issue in issues
        ],
        "imports": [
            {
                "number": one.number,
                "table": one.table,
                "kind": one.kind,
                "at": one.at.isoformat(),
                "actor": one.actor,
                "files": [file["name"] for file in one.files],
                "rows": one.new + one.changed + one.same + one.corrected,
                "rejected": one.rejected,
            }
            for one in reversed(batches(book, version)[-IMPORTS:])
        ],
    }


def noted(summed: pa.Table) -> dict[str, Any]:
    """Why the run gave customers no grade, which grade a cycle keeps in force for them, and notes on those that have one."""
    return {
        "without_grade": _without_grade(summed.filter(pc.is_null(summed["computed"]))),
        "flags": _flags(summed.filter(pc.is_valid(summed["computed"]))),
    }


def _without_grade(rows: pa.Table) -> list[list[Any]]:
    """Reason, how many, and of them how many have which grade in force."""
    return [
        [
            reason,
            n,
            [one for one in _counts(rows.filter(pc.equal(rows["reason"], reason)), "grade") if one[0]],
        ]
        for reason, n in _counts(rows, "reason")
    ]


def _counts(rows: pa.Table, column: str) -> list[list[Any]]:
    """Each value and how often it stands there, the most frequent first."""
    found = [(one["values"], one["counts"]) for one in rows[column].value_counts().to_pylist()]
    return [list(pair) for pair in sorted(found, key=lambda pair: (-pair[1], pair[0] or ""))]


def _flags(rows: pa.Table) -> list[list[Any]]:
    """How many graded units carry each flag."""
    found: dict[str, int] = {}
    for flags, count in _counts(rows, "flags"):
        for flag in (flags or "").split(";"):
            if flag:
                found[flag] = found.get(flag, 0) + count
    return [[flag, n] for flag, n in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]
