"""The tables of a read model file, and how a row of a run becomes rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierwise_web.published.grams import initials, pairs, plain

FORMAT = 3
"""Raised with every change of the tables: files of another format are built anew."""
LEAST = -(2**62)
"""The sort key of a value that is missing: behind all others, best first."""
UNGRADED = 99

WHO = (
    "name short_name kind relation_type industry segment region country hierarchy_node parent_code owner backup team "
    "agent_code status tags credit_limit unified_credit_code blacklisted kept_for_image first_contact_on party_type"
).split()
MEASURES = {
    "sales": "net_sales_12m",
    "gross_profit": "gross_profit_12m",
    "profit": "customer_profit_12m",
    "orders": "orders_12m",
    "last_order_on": "last_order_on",
    "credit": "credit_score_12m",
    "lifecycle": "lifecycle",
    "minutes": "worked_minutes_12m",
}
"""Column of the list -> column of the run or of what was computed beside it."""
KEYS = ("sales", "profit", "orders", "last_order_on", "credit")
"""Measures that lists are sorted by: each has an integer ``<name>_key``."""
OWN = (
    "code unit grade computed previous movement cause since better worse override_id result rank near_cut flags "
    "history scores"
).split()
COLUMNS = [
    "id", *OWN, *(f"who_{c}" if c == "status" else c for c in WHO), *MEASURES, "grade_no", "code_key",
    *(f"{k}_key" for k in KEYS)
]  # fmt: skip
TYPES = {
    "id": "INTEGER PRIMARY KEY",
    "code": "TEXT NOT NULL",
    "grade_no": "INTEGER NOT NULL",
    "code_key": "INTEGER NOT NULL",
} | {f"{k}_key": "INTEGER NOT NULL" for k in KEYS}
INDEXES = (
    "CREATE UNIQUE INDEX by_code ON customers (code)",
    *(f"CREATE INDEX by_{k}_key ON customers ({k}_key DESC, id)" for k in ("code", *KEYS)),
    "CREATE INDEX by_grade ON customers (grade_no, id)",
    "CREATE INDEX by_grade_sales ON customers (grade_no, sales_key DESC, id)",
    *(f"CREATE INDEX by_{c} ON customers ({c}, id)" for c in ("owner", "team", "region", "industry")),
    *(f"CREATE INDEX by_{c}_sales ON customers ({c}, sales_key DESC, id)" for c in ("team", "region")),
    "CREATE INDEX by_agent ON customers (agent_code, id) WHERE agent_code IS NOT NULL",
    "CREATE INDEX by_backup ON customers (backup, id) WHERE backup IS NOT NULL",
    "CREATE INDEX by_parent ON customers (parent_code, id) WHERE parent_code IS NOT NULL",
    "CREATE INDEX by_movement ON customers (movement, id) WHERE movement NOT IN ('stable', 'inactive')",
    "CREATE INDEX by_near ON customers (near_cut, id) WHERE near_cut IN ('up', 'down', 'both')",
)
GROUPS = "owner backup team agent_code region industry".split()
"""By what charts are filtered, and by what the scope of a person is a condition."""
CUBE = ["grade", "previous", "movement", "cause", *GROUPS]


@dataclass(frozen=True)
class Layout:
    """What is known of a run before its rows come."""

    scale: tuple[str, ...]
    stored: tuple[str, ...]
    earlier: int
    in_cycle: bool

    def tables(self) -> Iterator[str]:
        """The statements that make the tables."""
        yield f"CREATE TABLE customers ({', '.join(f'{c} {TYPES.get(c, str())}' for c in COLUMNS)})"
        yield f"CREATE TABLE results (id INTEGER PRIMARY KEY, {', '.join(quoted(c) for c in self.stored)})"
        yield (
            "CREATE VIRTUAL TABLE search USING fts5(name, short_name, initials, code, content='', columnsize=0, "
            'tokenize="unicode61 remove_diacritics 0")'
        )
        yield "CREATE TABLE facts (key TEXT PRIMARY KEY, body TEXT NOT NULL)"

    def customer(self, number: int, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The row of ``customers``."""
        history = [row[f"was_{at}"] for at in range(self.earlier)]
        effective = row["now_effective"] if self.in_cycle else row["grade"]
        before = row["now_previous"] if self.in_cycle else (history[-1] if history else None)
        movement = row["now_movement"] if self.in_cycle else self._movement(effective, history)
        measures = [row.get(column) for column in MEASURES.values()]
        keys = dict(zip(MEASURES, measures, strict=True))
        return (
            number,
            row["customer_id"], row["unit"], effective, row["grade"], before, movement, row["now_cause"], row["now_since"],
            row["now_better"], row["now_worse"], row["now_override_id"], row["status"], row["rank"], row["near_cut"],
            row["flags"], ";".join(grade or "" for grade in history),
            ";".join(_short(row[f"had_{at}"]) for at in range(self.earlier)),
            *(row[f"who_{c}"] for c in WHO),
            *measures,
            self.scale.index(effective) if effective in self.scale else UNGRADED,
            -row["place"],
            *(sort_key(keys[k]) for k in KEYS),
        )  # fmt: skip

    def _movement(self, grade: str | None, history: Sequence[str | None]) -> str | None:
        """Against the run before, where no cycle has said: the words are those of the cycle."""
        if not history:
            return None
        before = history[-1]
        if grade == before:
            return "stable" if grade else None
        if before is None:
            return "reactivated" if any(history) else "new"
        if grade is None:
            return "lost"
        if grade not in self.scale or before not in self.scale:
            return "other_scale"
        return "upgrade" if self.scale.index(grade) < self.scale.index(before) else "downgrade"


def searched(number: int, row: Mapping[str, Any]) -> tuple[int, str, str, str, str]:
    """The row of ``search``."""
    name, short = plain(row["who_name"] or ""), plain(row["who_short_name"] or "")
    letters = initials(name) if name else ""
    return (
        number,
        pairs(name),
        pairs(short),
        pairs(letters) if letters != name else "",
        pairs(plain(row["customer_id"])),
    )


def sort_key(value: Any) -> int:
    """A whole number in the order of a measure: digits of a decimal of fixed places, of a day, or the number."""
    if value is None:
        return LEAST
    if isinstance(value, int):
        return value
    return int(str(value).replace(".", "") if "." in str(value) else str(value).replace("-", ""))


def quoted(name: str) -> str:
    """A column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _short(text: str | None) -> str:
    """A decimal without needless zeros."""
    return "" if text is None else (text.rstrip("0").rstrip(".") if "." in text else text)
