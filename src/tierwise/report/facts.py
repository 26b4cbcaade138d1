"""What a report shows, gathered from the stored runs of a book. Nothing is graded again here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tierwise.book.batches import Batch, batches
from tierwise.book.checking import check
from tierwise.grading.explain import explain
from tierwise.grading.run import read_results
from tierwise.metrics.report import compute_for_people
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.findings import Issue
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.kernel.text import Text
    from tierwise.policy.model import Policy

Row = dict[str, Any]
Way = Literal["up", "down", "new", "left"]
WAYS: tuple[Way, ...] = ("up", "down", "new", "left")
SALES, PROFIT, SERVICE = "net_sales_12m", "customer_profit_12m", "cost_to_serve_12m"
NONE = "-"
"""Stands for "no grade" where grades are keys."""


@dataclass(frozen=True, slots=True)
class Story:
    """Something to look for: its code, what it is, and the customers that tell it."""

    code: str
    note: Text
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a customer is, as of the last run."""

    code: str
    name: str
    short: str
    """The short name, else the name."""
    region: str
    industry: str
    owner: str


@dataclass(frozen=True, slots=True)
class Move:
    """A customer whose grade differs between two runs; ``before`` and ``after`` are their stored rows."""

    code: str
    way: Way
    before: Row
    after: Row


@dataclass(frozen=True, slots=True)
class Month:
    """One run of the history: customers, sales and profit by grade, and the moves since the run before."""

    as_of: date
    customers: dict[str, int]
    sales: dict[str, Decimal]
    profit: dict[str, Decimal]
    moves: dict[Way, int]


@dataclass(frozen=True)
class Facts:
    """Everything that a report shows. ``runs`` oldest first; ``rows`` are those of graded units of the last."""

    runs: tuple[RunRecord, ...]
    policy: Policy
    customers: dict[str, Customer]
    rows: tuple[Row, ...]
    members: int
    """Customers that have the grade of their account or group."""
    months: tuple[Month, ...]
    moves: tuple[Move, ...]
    trails: dict[str, tuple[tuple[str, Decimal], ...]]
    """Customer -> grade and twelve-month sales in every run."""
    payment: dict[str, Row]
    """Customer -> receivable, overdue and payment metrics on the day of the last run."""
    prospects: tuple[Row, ...]
    prospect_run: RunRecord | None
    groups: dict[str, Row]
    """Customer -> its row where groups are graded as one."""
    stories: tuple[Story, ...]
    batches: tuple[Batch, ...]
    issues: tuple[Issue, ...]
    told: str
    """The customer whose grade is explained."""
    sentences: dict[str, list[str]]

    @property
    def run(self) -> RunRecord:
        """The run that the report is about."""
        return self.runs[-1]

    @property
    def scale(self) -> tuple[str, ...]:
        """The grades, best first."""
        return tuple(grade.code for grade in self.policy.scale)

    @property
    def currency(self) -> str:
        """The base currency of the book."""
        return str(self.run.settings["base_currency"])

    @property
    def graded(self) -> list[Row]:
        """The rows that have a grade, by rank."""
        return sorted(
            (row for row in self.rows if row["grade"]), key=lambda row: (row["rank"] or 0, row["unit"])
        )


def gather(
    book: Book,
    runs: Sequence[RunRecord],
    *,
    prospects: RunRecord | None = None,
    groups: RunRecord | None = None,
    stories: Sequence[Story] = (),
) -> Facts:
    """The facts of a report over runs of one policy, oldest first."""
    last = runs[-1]
    tables = [_units(book, run) for run in runs]
    everyone = read_results(book, last).num_rows
    rows = tuple(tables[-1].values())
    told = _telling(tables[-1], stories)
    return Facts(
        runs=tuple(runs),
        policy=parse_policy(last.policy_text, f"{last.run_id}: policy"),
        customers=_customers(book, last),
        rows=rows,
        members=everyone - len(rows),
        months=_months(runs, tables),
        moves=tuple(_moves(tables[-2], tables[-1])) if len(tables) > 1 else (),
        trails=_trails(tables),
        payment=_payment(book, last),
        prospects=tuple(_prospects(book, prospects)) if prospects else (),
        prospect_run=prospects,
        groups=_units(book, groups) if groups else {},
        stories=tuple(stories),
        batches=tuple(batches(book, book.version(last.book_version))),
        issues=tuple(check(book, at=last.data_cutoff_at, version=book.version(last.book_version))),
        told=told,
        sentences=_sentences(book, told, last) if told else {"en": [], "zh": []},
    )


def _units(book: Book, run: RunRecord) -> dict[str, Row]:
    """The stored rows of what was graded itself; members of a graded group are left out."""
    rows = read_results(book, run).to_pylist()
    return {row["customer_id"]: row for row in rows if row["unit"] == row["customer_id"]}


def _customers(book: Book, run: RunRecord) -> dict[str, Customer]:
    table = book.read("customers", book.version(run.book_version))
    columns = ["code", "name", "short_name", "region", "industry", "owner", "valid_from"]
    known = sorted(
        (row for row in table.select(columns).to_pylist() if row["valid_from"] <= run.as_of),
        key=lambda row: (row["code"], row["valid_from"]),
    )
    return {
        row["code"]: Customer(
            row["code"],
            row["name"],
            row["short_name"] or row["name"],
            row["region"] or "",
            row["industry"] or "",
            row["owner"] or "",
        )
        for row in known
    }


def _months(runs: Sequence[RunRecord], tables: Sequence[Mapping[str, Row]]) -> tuple[Month, ...]:
    found = []
    for i, (run, table) in enumerate(zip(runs, tables, strict=True)):
        people: Counter[str] = Counter()
        sales: defaultdict[str, Decimal] = defaultdict(Decimal)
        profit: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in table.values():
            grade = row["grade"] or NONE
            people[grade] += 1
            sales[grade] += row.get(SALES) or Decimal(0)
            profit[grade] += row.get(PROFIT) or Decimal(0)
        ways: Counter[Way] = Counter(move.way for move in _moves(tables[i - 1], table)) if i else Counter()
        found.append(Month(run.as_of, dict(people), dict(sales), dict(profit), dict(ways)))
    return tuple(found)


def _moves(before: Mapping[str, Row], after: Mapping[str, Row]) -> list[Move]:
    """Who has another grade than in the run before; weightiest first."""
    found = []
    for code, row in after.items():
        old = before.get(code)
        was, now = (old or {}).get("grade"), row["grade"]
        if was == now:
            continue
        way: Way = "new" if was is None else "left" if now is None else "up" if now < was else "down"
        found.append(Move(code, way, old or {}, row))
    return sorted(found, key=_weight)


def _weight(move: Move) -> tuple[str, Decimal, str]:
    best = min(move.before.get("grade") or "~", move.after["grade"] or "~")
    size = max(move.before.get(SALES) or Decimal(0), move.after.get(SALES) or Decimal(0))
    return best, -size, move.code


def _trails(tables: Sequence[Mapping[str, Row]]) -> dict[str, tuple[tuple[str, Decimal], ...]]:
    empty: Row = {"grade": None, SALES: None}
    return {
        code: tuple(
            (
                table.get(code, empty)["grade"] or NONE,
                table.get(code, empty).get(SALES) or Decimal(0),
            )
            for table in tables
        )
        for code in tables[-1]
    }


def _payment(book: Book, run: RunRecord) -> dict[str, Row]:
    names = ["receivable", "overdue", "average_days_late", "on_time_rate_pct"]
    level = parse_policy(run.policy_text, run.run_id).population.level
    rows = compute_for_people(book, names, run.as_of, level=level).to_pylist()
    return {row["customer_id"]: row for row in rows}


def _prospects(book: Book, run: RunRecord) -> list[Row]:
    rows = [row for row in read_results(book, run).to_pylist() if row["grade"]]
    return sorted(rows, key=lambda row: (row["rank"], row["customer_id"]))


def _telling(rows: Mapping[str, Row], stories: Sequence[Story]) -> str:
    """The customer that is explained: a large one that loses money, else the largest."""
    told = [code for story in stories if story.code == "big_but_unprofitable" for code in story.customers]
    for code in told:
        if code in rows and rows[code]["grade"] == "A":
            return code
    graded = sorted(
        (row for row in rows.values() if row["grade"]), key=lambda row: (row["rank"], row["unit"])
    )
    return str(graded[0]["unit"]) if graded else ""


def _sentences(book: Book, code: str, run: RunRecord) -> dict[str, list[str]]:
    told = explain(book, code, run=run.run_id)
    return {"en": told.sentences("en"), "zh": told.sentences("zh")}
