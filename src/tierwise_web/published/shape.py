"""The tables of a read model file, and how a row of a run becomes rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.movement.words import MOVEMENTS

FORMAT = 8
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
    "history scores score"
).split()
INDEXED = [
    "id", "code", "grade_no", "code_key", *(f"{k}_key" for k in KEYS), "region", "team", "owner", "industry", "backup",
    "agent_code", "parent_code", "movement", "near_cut"
]  # fmt: skip
COLUMNS = list(dict.fromkeys([*INDEXED, *OWN, *(f"who_{c}" if c == "status" else c for c in WHO), *MEASURES]))
"""What indexes read stands first: a row is read from its beginning as far as is needed."""
TYPES = {
    "id": "INTEGER PRIMARY KEY",
    "code": "TEXT NOT NULL",
    "grade_no": "INTEGER NOT NULL",
    "code_key": "INTEGER NOT NULL",
} | {f"{k}_key": "INTEGER NOT NULL" for k in KEYS}
FEW = {
    "movement": "movement NOT IN ('stable', 'inactive')",
    "near_cut": "near_cut IN ('up', 'down', 'both')",
    "kind": "kind IN ('suspect', 'prospect')",
}
"""Columns whose index holds only the few rows that anybody asks for: column -> which. A query has to say it, too."""
NEAR = frozenset({"up", "down", "both"})
NOT_YET = frozenset({"suspect", "prospect"})
MOVED = frozenset({*MOVEMENTS} - {"stable", "inactive"})
MEMBER = "unit <> code"
"""Members of a graded unit: few, so that an index of their own finds them. A query has to say it, too."""
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
    *(f"CREATE INDEX by_{c} ON customers ({c}, id) WHERE {few}" for c, few in FEW.items()),
    f"CREATE INDEX by_member ON customers (id) WHERE {MEMBER}",
)
GROUPS = "owner backup team agent_code region industry".split()
"""By what charts are filtered, and by what the scope of a person is a condition."""
OWN_FIGURES, WITH_UNIT = "own", "member"
"""How a customer is measured: by itself, or in the figures of its account or group."""
CUBE = ["measured", "grade", "previous", "movement", "cause", *GROUPS]


STORED = "unit customer_id grade score status rank near_cut flags reason".split()
"""What lists and sums read of a run beside the measures."""
SUMMED = [
    *CUBE,
    "sales",
    "profit",
    "minutes",
    "sales_key",
    "profit_key",
    "near_cut",
    "computed",
    "flags",
    "reason",
]
"""Columns that are kept in memory while the file is made, for the sums of charts."""


def asks_few(name: str, wanted: Sequence[str]) -> bool:
    """Whether all wanted values of a column are among those that its index of few rows holds."""
    known = {"near_cut": NEAR, "movement": MOVED, "kind": NOT_YET}.get(name, frozenset())
    return bool(wanted) and known.issuperset(wanted)


@dataclass(frozen=True)
class Layout:
    """What is known of a run before its rows come; the columns of the list follow from a batch of them at once."""

    scale: tuple[str, ...]
    kinds: Mapping[str, str]
    """Columns of the run and beside it -> type."""
    earlier: int
    in_cycle: bool

    def tables(self) -> Iterator[str]:
        """The statements that make the tables."""
        yield f"CREATE TABLE customers ({', '.join(f'{c} {TYPES.get(c, str())}' for c in COLUMNS)})"
        yield "CREATE TABLE results (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"
        yield "CREATE TABLE facts (key TEXT PRIMARY KEY, body TEXT NOT NULL)"

    def customers(self, first: int, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """The columns of ``customers``, by name, for rows whose numbers begin with ``first``."""
        at = _Columns(batch)
        history = [at[f"was_{n}"] for n in range(self.earlier)]
        grade = at["now_effective"] if self.in_cycle else at["grade"]
        before = at["now_previous"] if self.in_cycle else (history[-1] if history else at.nothing)
        found = {
            "id": pa.array(range(first, first + batch.num_rows), pa.int64()),
            "code": at["customer_id"], "unit": at["unit"], "grade": grade, "computed": at["grade"], "previous": before,
            "movement": at["now_movement"] if self.in_cycle else self._movement(grade, before, history, at),
            **{name: at[f"now_{name}"] for name in ("cause", "since", "better", "worse", "override_id")},
            "result": at["status"], "rank": at["rank"], "near_cut": at["near_cut"], "flags": at["flags"],
            "history": _joined(history, at),
            "score": _short(at["score"]),
            "scores": _joined([_short(at[f"had_{n}"]) for n in range(self.earlier)], at),
            **{f"who_{c}" if c == "status" else c: at[f"who_{c}"] for c in WHO},
            **{name: at[column] for name, column in MEASURES.items()},
            "grade_no": self._place(grade).fill_null(UNGRADED),
            "code_key": pc.negate(at["place"]),
            **{f"{name}_key": self._key(MEASURES[name], at) for name in KEYS},
        }  # fmt: skip
        return {name: found[name] for name in COLUMNS}

    def summed(self, columns: Mapping[str, pa.Array], batch: pa.RecordBatch) -> pa.RecordBatch:
        """What sums are made of. The figures of members are in those of their unit, so that they are counted apart."""
        kept = {name: columns[name] for name in SUMMED if name in columns}
        own = pc.equal(columns["unit"], columns["code"])
        kept |= {"reason": _Columns(batch)["reason"], "measured": pc.if_else(own, OWN_FIGURES, WITH_UNIT)}
        return pa.RecordBatch.from_arrays([_known(kept[name]) for name in SUMMED], names=SUMMED)

    @cached_property
    def _grades(self) -> pa.Array:
        return pa.array(self.scale, pa.string())

    def _place(self, grade: pa.Array) -> pa.Array:
        """The place of a grade on the scale, null for every other and for none."""
        return pc.index_in(_known(grade), value_set=self._grades, skip_nulls=True).cast(pa.int64())

    def _key(self, column: str, at: _Columns) -> pa.Array:
        kind = self.kinds.get(column)
        return (
            pa.array([LEAST] * len(at.nothing), pa.int64()) if kind is None else sort_keys(kind, at[column])
        )

    def _movement(
        self, grade: pa.Array, before: pa.Array, history: Sequence[pa.Array], at: _Columns
    ) -> pa.Array:
        """Against the run before, where no cycle has said: the words are those of the cycle."""
        if not history:
            return at.nothing
        known = [pc.is_valid(_known(was)) for was in history]
        ever = known[0]
        for more in known[1:]:
            ever = pc.or_(ever, more)
        now, was = _known(grade), _known(before)
        places = self._place(now), self._place(was)
        cases = {
            "stable": pc.equal(now, was),
            "": pc.and_(pc.is_null(now), pc.is_null(was)),
            "reactivated": pc.and_(pc.is_null(was), ever),
            "new": pc.is_null(was),
            "merged": pc.and_(pc.is_null(now), pc.equal(_known(at["who_status"]), "merged")),
            "lost": pc.is_null(now),
            "other_scale": pc.or_(pc.is_null(places[0]), pc.is_null(places[1])),
            "upgrade": pc.less(*places),
        }
        asked = pc.make_struct(*(case.fill_null(False) for case in cases.values()))
        words = [pa.scalar(word or None, pa.string()) for word in (*cases, "downgrade")]
        return pc.case_when(asked, *words)


def sort_keys(kind: str, values: pa.Array) -> pa.Array:
    """Whole numbers in the order of a measure: digits of decimals of fixed places, of days, or the numbers."""
    if not kind.startswith("int"):
        values = pc.replace_substring(values, "-" if kind == "date" else ".", "")
    return values.cast(pa.int64()).fill_null(LEAST)


class _Columns:
    """The columns of a batch; one that is not there is empty."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch
        self._names = set(batch.schema.names)
        self.nothing = pa.nulls(batch.num_rows, pa.string())

    def __getitem__(self, name: str) -> pa.Array:
        return self._batch.column(name) if name in self._names else self.nothing


def _known(column: pa.Array) -> pa.Array:
    """A column of no type, where all is missing, as text."""
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _joined(columns: Sequence[pa.Array], at: _Columns) -> pa.Array:
    """Texts with semicolons between; nothing for what is missing."""
    if not columns:
        return at.nothing.fill_null("")
    return pc.binary_join_element_wise(*(_known(c).fill_null("") for c in columns), ";")


def _short(text: pa.Array) -> pa.Array:
    """Decimals without needless zeros."""
    text = _known(text)
    bare = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return pc.if_else(pc.match_substring(text, "."), bare, text)


def quoted(name: str) -> str:
    """A column name for SQL."""
    return '"' + name.replace('"', '""') + '"'
