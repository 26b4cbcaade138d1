"""What the report of a day shows, gathered from the book: metrics on four days, one run, and rows of service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.book.contract import TABLES
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.run import list_runs, read_results
from tierwise.insight.attractiveness import attractiveness_levels
from tierwise.insight.offering import Offering, offering, peer_groups
from tierwise.insight.outreach import Outreach, outreach
from tierwise.insight.responses import Waiting, waiting_by_grade
from tierwise.insight.visiting import Visiting, visiting, visits_made
from tierwise.insight.winning_back import Lost, lost_customers
from tierwise.kernel.errors import fail
from tierwise.kernel.periods import add_months, window
from tierwise.metrics.report import compute_for_people
from tierwise.metrics.scene import book_table, visible, within
from tierwise.movement.review import ever_published, in_force

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.metrics.compute import Level
    from tierwise.policy.model import Policy

Row = dict[str, Any]
SALES, PROFIT, SERVICE, HOURS = "net_sales_12m", "customer_profit_12m", "cost_to_serve_12m", "hours_12m"
SPREAD = ("net_sales", "customer_profit")
NOW = (
    *SPREAD,
    *"gross_margin_pct cost_to_serve hours calls complaints overdue tenure_months".split(),
    *"momentum_pct sales_growth_pct on_time_rate_pct silent_churn net_sales_3m net_sales_before_3m".split(),
    *"gross_profit_3m gross_profit_6m last_order_on lifecycle".split(),
    *"orders orders_before net_sales_before referrals_given referrals_converted open_complaints".split(),
)
HALF = ("customer_profit_6m", "cost_to_serve_6m")
SERVED = tuple("service_costs time_logs calls complaints invoices touches referrals interactions".split())
"""Tables that a company may lack, and that panels ask for."""
HALF_MONTHS, YEAR = 6, 12


@dataclass(frozen=True, slots=True)
class Person:
    """Who a customer is on the day."""

    code: str
    name: str
    kind: str
    region: str
    owner: str
    segment: str = ""


@dataclass(frozen=True)
class Graded:
    """The run that the report stands on: its record, its policy, and the rows of graded units by code."""

    record: RunRecord
    policy: Policy
    rows: Mapping[str, Row]
    grade_of: Mapping[str, str]
    """Every customer, members of graded accounts included -> grade."""
    published: bool
    """Whether these are effective grades, of a run that is or was in force; else computed ones."""
    quality: str | None
    """The column that says who is in the quality set, if the policy has one."""
    attractive: Mapping[str, str]
    """Unit -> level of attractiveness, for whom it was assessed."""

    @property
    def scale(self) -> tuple[str, ...]:
        """The grades, best first."""
        return tuple(grade.code for grade in self.policy.scale)

    @property
    def stored(self) -> bool:
        """Whether the run is kept in the book; else it was made for this report only."""
        return self.record.number > 0


@dataclass(frozen=True)
class DayFacts:
    """Everything that the report of a day shows."""

    company: str
    currency: str
    book_version: int
    as_of: date
    people: Mapping[str, Person]
    now: Mapping[str, Row]
    """Customer -> metrics on the day."""
    earlier: Mapping[date, Mapping[str, Row]]
    """A month and a year before the day -> customer -> sales and profit."""
    since: date
    """The first day of the half-year that counts as "after"."""
    halves: tuple[Mapping[str, Row], Mapping[str, Row]] | None
    """Profit and service cost of the half-years before and after that day; none while the second is not over."""
    recorded: Mapping[str, int]
    """Table -> rows of the last twelve months seen on the day."""
    graded: Graded | None
    outreach: Outreach
    grades_before: Mapping[str, str] | None = None
    """Customer -> grade a year before by the same policy; ``None`` where no run of that day is stored."""
    waiting: tuple[Waiting, ...] = ()
    lost: tuple[Lost, ...] = ()
    """Every loss of a customer in the two years up to the day."""
    visiting: Visiting | None = None
    """``None`` without grades, as also ``offering``."""
    offering: Offering | None = None

    def has(self, table: str) -> bool:
        """Whether the book has rows of a table."""
        return self.recorded[table] > 0

    def field(self, rows: Mapping[str, Row]) -> list[Row]:
        """The rows of those that bought in the twelve months, internal units and prospects left out."""
        return [row for code, row in rows.items() if row[f"{SALES}_status"] == "ok" and self.counts(code)]

    def counts(self, code: str) -> bool:
        """Whether a customer is neither an internal unit nor a prospect; whoever bought is none (spec 6.12)."""
        person = self.people.get(code)
        if person is None or person.kind == "existing":
            return True
        bought = code in self.now and self.now[code][f"{SALES}_status"] != "no_history"
        return bought and person.kind != "internal"

    @property
    def today(self) -> list[Row]:
        """The field on the day."""
        return self.field(self.now)

    def of_grade(self, grade: str) -> list[Row]:
        """The metrics of the units of a grade, in their order of codes."""
        assert self.graded is not None
        rows = self.graded.rows
        return [self.now[code] for code in sorted(rows) if rows[code]["grade"] == grade and code in self.now]


def gather(
    book: Book,
    as_of: date,
    run: tuple[RunRecord, Policy, pa.Table] | None = None,
    *,
    since: date | None = None,
) -> DayFacts:
    """The facts of a day; ``run`` is its record, its policy and its result rows. ``since`` splits the half-years.

    **Raises** ``report.other-day`` if the run is of another day.
    """
    graded = _graded(book, as_of, *run) if run else None
    level: Level = run[1].population.level if run else "site"
    version = book.upcoming()
    first = since or add_months(as_of + timedelta(days=1), -HALF_MONTHS)
    recorded, calls, complaints = _service_rows(book, as_of)
    people, now = _people(book, as_of), _measured(book, NOW, as_of, level)
    return DayFacts(
        company=version.settings.name,
        currency=version.settings.base_currency,
        book_version=version.number,
        as_of=as_of,
        people=people,
        now=now,
        earlier={day: _measured(book, SPREAD, day, level) for day in earlier_days(as_of)},
        since=first,
        halves=_halves(book, first, as_of, level),
        recorded=recorded,
        graded=graded,
        outreach=outreach(book, as_of, YEAR),
        grades_before=_grades_before(book, graded, earlier_days(as_of)[1]),
        waiting=waiting_by_grade(calls, complaints, graded.grade_of, graded.scale) if graded else (),
        lost=lost_customers(book, as_of, level=level),
        visiting=_visiting(book, as_of, graded, run[2]) if graded and run else None,
        offering=_offering(book, as_of, graded, people, now, level) if graded else None,
    )


def _visiting(book: Book, as_of: date, graded: Graded, results: pa.Table) -> Visiting:
    units = dict(zip(results["customer_id"].to_pylist(), results["unit"].to_pylist(), strict=True))
    return visiting(visits_made(book, as_of, units), units_by_grade(graded), as_of)


def units_by_grade(graded: Graded) -> dict[str, list[str]]:
    """Grade, the best first -> its units, sorted."""
    rows = sorted(graded.rows.items())
    return {grade: [code for code, row in rows if row["grade"] == grade] for grade in graded.scale}


def _offering(
    book: Book,
    as_of: date,
    graded: Graded,
    people: Mapping[str, Person],
    now: Mapping[str, Row],
    level: Level,
) -> Offering:
    grades = {code: row["grade"] for code, row in graded.rows.items()}
    segments = {code: person.segment for code, person in people.items()}
    quiet = frozenset(code for code, row in now.items() if row["open_complaints"])
    return offering(book, as_of, peer_groups(grades, segments), quiet, level)


def earlier_days(as_of: date) -> tuple[date, date]:
    """The same day a month and a year before; the last of a month stays the last of its month."""
    after = as_of + timedelta(days=1)
    month, year = (add_months(after, -back) - timedelta(days=1) for back in (1, YEAR))
    return month, year


def _graded(book: Book, as_of: date, record: RunRecord, policy: Policy, results: pa.Table) -> Graded:
    if record.as_of != as_of:
        raise fail(
            "report.other-day",
            "{run} grades as of {day}; give --as-of {day}",
            "{run} 的截止日期为 {day}；请用 --as-of {day}",
            run=record.run_id,
            day=record.as_of,
        )
    rows, published = _rows_in_force(book, record, results)
    units = {row["customer_id"]: row for row in rows if row["unit"] == row["customer_id"] and row["grade"]}
    grades = {row["customer_id"]: row["grade"] for row in rows if row["grade"]}
    quality = _quality_column(policy, results.column_names)
    levels = attractiveness_levels(book, policy, as_of, book.upcoming())
    return Graded(record, policy, units, grades, published, quality, levels)


def _rows_in_force(book: Book, record: RunRecord, results: pa.Table) -> tuple[list[Row], bool]:
    """The rows of a run, with the effective grades if it is or was published, and whether it was."""
    rows: list[Row] = results.to_pylist()
    cycle = ever_published(book).get(record.run_id)
    if cycle is None:
        return rows, False
    known = in_force(book, cycle)
    return [row | {"grade": known.get(row["customer_id"], (None,))[0]} for row in rows], True


def _grades_before(book: Book, graded: Graded | None, day: date) -> Mapping[str, str] | None:
    """The grades of a day by the policy of the report: of its published run, else of its latest."""
    if graded is None:
        return None
    same = [r for r in list_runs(book) if r.as_of == day and r.policy_code == graded.record.policy_code]
    published = ever_published(book)
    found = [record for record in same if record.run_id in published] or same
    if not found:
        return None
    results = read_results(book, found[-1]).select(["customer_id", "grade"])
    rows, _ = _rows_in_force(book, found[-1], results)
    return {row["customer_id"]: row["grade"] for row in rows if row["grade"]}


def _quality_column(policy: Policy, columns: Iterable[str]) -> str | None:
    """The column of membership of the first quality set among the methods of a policy."""
    found = [f"{m.id}_member" for m in policy.advisory if m.method == "quality_set"]
    return next((name for name in found if name in columns), None)


def _measured(book: Book, names: Iterable[str], day: date, level: Level) -> dict[str, Row]:
    rows = compute_for_people(book, list(names), day, level=level).to_pylist()
    return {row["customer_id"]: row for row in rows}


def _halves(
    book: Book, since: date, as_of: date, level: Level
) -> tuple[Mapping[str, Row], Mapping[str, Row]] | None:
    """The half-years up to the day before and from the day on; ``None`` while the second is not over."""
    over = add_months(since, HALF_MONTHS) - timedelta(days=1)
    if over > as_of:
        return None
    before = since - timedelta(days=1)
    return _measured(book, HALF, before, level), _measured(book, HALF, over, level)


def _people(book: Book, as_of: date) -> dict[str, Person]:
    columns = tuple("code name short_name kind relation_type region owner segment valid_from".split())
    seen = visible(book_table("customers", *columns), as_of, "valid_from")
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), ("customers",), as_of=as_of)
        rows = engine.fetch(seen.select(*columns).order_by(["code", "valid_from"])).to_pylist()
    return {
        row["code"]: Person(
            row["code"],
            row["short_name"] or row["name"],
            "internal" if row["relation_type"] == "internal" else row["kind"] or "existing",
            row["region"] or "",
            row["owner"] or "",
            row["segment"] or "",
        )
        for row in rows
    }


def _service_rows(book: Book, as_of: date) -> tuple[dict[str, int], list[Row], list[Row]]:
    """How many rows of each table were seen in the year, and the calls and complaints of it."""
    span, seen = window(as_of, YEAR), {}
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), SERVED, as_of=as_of)
        for name in SERVED:
            day = TABLES[name].effective_on or "date"
            rows = visible(book_table(name), as_of, day)
            seen[name] = rows.filter(within(rows[day], span))
        counts = {name: engine.fetch(t.agg(n=t.count())).to_pylist()[0]["n"] for name, t in seen.items()}
        calls = engine.fetch(seen["calls"].select("customer_code", "left_reason", "wait_seconds"))
        complaints = engine.fetch(seen["complaints"].select("customer_code", "first_response_hours"))
    return counts, calls.to_pylist(), complaints.to_pylist()


def total(rows: Iterable[Row], column: str) -> Decimal:
    """The sum of a column, what is not known left out."""
    return sum((Decimal(row[column]) for row in rows if row[column] is not None), Decimal(0))
