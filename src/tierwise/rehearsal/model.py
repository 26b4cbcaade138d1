"""A rehearsal: what a policy would have done on a day, frozen as it was computed. Source: W03, decision 0018."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

import pyarrow as pa

from tierwise.kernel.text import Text

_JSON = ("facts",)
SCHEMA = pa.schema(
    [
        ("rehearsal_id", pa.string()),
        ("number", pa.int64()),
        ("policy_code", pa.string()),
        ("policy_version", pa.int64()),
        ("policy_fingerprint", pa.string()),
        ("policy_text", pa.string()),
        ("against_code", pa.string()),
        ("against_version", pa.int64()),
        ("against_fingerprint", pa.string()),
        ("against_text", pa.string()),
        ("against_run", pa.string()),
        ("as_of", pa.date32()),
        ("grades", pa.string()),
        ("book_version", pa.int64()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("tierwise_version", pa.string()),
        ("digest", pa.string()),
        ("movers", pa.int64()),
        ("facts", pa.string()),
    ]
)

Kind = Literal["text", "state", "count", "money", "percent"]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The record of a rehearsal; its movers are the rows of ``results/<rehearsal_id>``.

    ``against_…`` is null where nobody is graded yet; ``against_run`` names the published run of the day, if there is one.
    """

    rehearsal_id: str
    number: int
    policy_code: str
    policy_version: int
    policy_fingerprint: str
    policy_text: str
    against_code: str | None
    against_version: int | None
    against_fingerprint: str | None
    against_text: str | None
    against_run: str | None
    as_of: date
    grades: Literal["computed", "effective"]
    book_version: int
    actor: str
    at: datetime
    tierwise_version: str
    digest: str
    movers: int
    facts: dict[str, Any]
    """``sizes``, ``causes``, ``changes``, ``effects`` (code -> rows), ``told_apart``, ``warnings``."""

    @property
    def table(self) -> str:
        """The name of the table of its movers."""
        return f"results/{self.rehearsal_id}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an effect: its key in the rows, its words, what kind of value it holds."""

    code: str
    title: Text
    kind: Kind


def to_table(rehearsal: Rehearsal) -> pa.Table:
    """The record as the one row of a table of schema ``SCHEMA``."""
    row = asdict(rehearsal)
    for name in _JSON:
        row[name] = json.dumps(row[name], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return pa.Table.from_pylist([row], schema=SCHEMA)


def from_row(row: dict[str, Any]) -> Rehearsal:
    """The record of a stored row."""
    return Rehearsal(**{name: json.loads(value) if name in _JSON else value for name, value in row.items()})
