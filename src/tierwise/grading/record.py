"""The record of a run: everything needed to explain and to replay it. Decision 0005."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

_JSON = ("rules", "settings", "counts", "facts")
_NO_MATTER = ("name", "decisions", "closed_through")
"""Settings that change no figure."""
SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("number", pa.int64()),
        ("policy_code", pa.string()),
        ("policy_version", pa.int64()),
        ("policy_fingerprint", pa.string()),
        ("policy_text", pa.string()),
        ("as_of", pa.date32()),
        ("data_cutoff_at", pa.timestamp("us", tz="UTC")),
        ("book_version", pa.int64()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("engine", pa.string()),
        ("engine_version", pa.string()),
        ("tierwise_version", pa.string()),
        ("rules", pa.string()),
        ("settings", pa.string()),
        ("digest", pa.string()),
        ("population", pa.int64()),
        ("counts", pa.string()),
        ("facts", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run read, how it was computed, and what came out of it, but for the rows."""

    run_id: str
    number: int
    policy_code: str
    policy_version: int
    policy_fingerprint: str
    policy_text: str
    as_of: date
    data_cutoff_at: datetime
    book_version: int
    actor: str
    at: datetime
    engine: str
    engine_version: str
    tierwise_version: str
    rules: dict[str, int]
    settings: dict[str, Any]
    digest: str
    population: int
    counts: dict[str, int]
    facts: dict[str, Any]

    def same_facts(self, other: RunRecord) -> bool:
        """Whether both read the same rows under settings that count alike, in whichever versions of the book."""
        return _read_by(self) == _read_by(other)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """Run warnings as codes with slots."""
        found: list[dict[str, Any]] = self.facts.get("warnings", [])
        return found


def _read_by(run: RunRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    tables = {name: table.get("checksum", table["delta"]) for name, table in run.facts["tables"].items()}
    return tables, {name: value for name, value in run.settings.items() if name not in _NO_MATTER}


def to_table(record: RunRecord) -> pa.Table:
    """The record as the one row of a table of schema ``SCHEMA``."""
    row = asdict(record)
    for name in _JSON:
        row[name] = json.dumps(row[name], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return pa.Table.from_pylist([row], schema=SCHEMA)


def from_row(row: dict[str, Any]) -> RunRecord:
    """The record of a stored row."""
    return RunRecord(**{name: json.loads(value) if name in _JSON else value for name, value in row.items()})
