"""Two policies beside each other: the grade that each gives every customer. Source: spec 2.8(2), 6.14, 12.4.

A grade is always shown with its policy's name, because two policies may use the same letters for different things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierwise.grading.run import find_run, grade_book, read_results
from tierwise.insight.people import short_names
from tierwise.kernel.errors import fail
from tierwise.metrics.compute import Progress, silent
from tierwise.movement.in_use import SHORT, InUse, in_use
from tierwise.policy.fingerprint import fingerprint
from tierwise.policy.load import PolicyDocument, parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy

_OUTSIDE = ("not_in_population", "no_history")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the policy, the run that its grades come from, and whether it leads service."""

    record: RunRecord
    scale: tuple[str, ...]
    leading: bool
    label: str
    """Code and version, with the beginning of the fingerprint where the other has the same name."""

    @property
    def stored(self) -> bool:
        """Whether the grades are those of a stored run; else they were computed for this comparison."""
        return self.record.number > 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A customer with its two grades; without a grade the status says why, without a row it is null."""

    customer: str
    name: str
    grades: tuple[str | None, str | None]
    statuses: tuple[str | None, str | None]
    ranks: tuple[int | None, int | None]

    @property
    def labels(self) -> tuple[str, str]:
        """Grade or status on both sides."""
        first, second = (g or s or "absent" for g, s in zip(self.grades, self.statuses, strict=True))
        return first, second

    @property
    def differs(self) -> bool:
        """Whether the two sides say different things."""
        return self.labels[0] != self.labels[1]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies on a day."""

    as_of: date
    sides: tuple[Side, Side]
    pairs: tuple[Pair, ...]
    """Everyone whom at least one of the two speaks of, by code."""
    cells: dict[tuple[str, str], int]
    """(grade or status of the first, of the second) -> customers."""

    @property
    def same_scale(self) -> bool:
        """Whether both have the same letters; else a difference of letters says little."""
        return self.sides[0].scale == self.sides[1].scale

    @property
    def differing(self) -> list[Pair]:
        """Who is graded differently, in the order of the first side's ranks."""
        found = [pair for pair in self.pairs if pair.differs]
        return sorted(found, key=lambda pair: (pair.ranks[0] is None, pair.ranks[0] or 0, pair.customer))

    def labels(self, side: int) -> list[str]:
        """The grades of a side, best first, then the statuses that occur."""
        scale = [*self.sides[side].scale]
        return scale + sorted({cell[side] for cell in self.cells}.difference(scale))


def policies_to_compare(book: Book) -> tuple[PolicyDocument, PolicyDocument]:
    """The two policies in use, the leading one first. **Raises** ``compare.which`` if there are not exactly two."""
    found = in_use(book)
    if len(found) != 2:
        raise fail(
            "compare.which",
            "{n} {n#policy is|policies are} in use ({codes}); name two with --policy P --policy Q or --run R --run S",
            "在用策略有 {n} 个（{codes}）；请用 --policy P --policy Q 或 --run R --run S 指定两个",
            n=len(found),
            codes=", ".join(one.code for one in found) or "–",
        )
    return found[0].document, found[1].document


def compare_policies(
    book: Book,
    as_of: date,
    documents: Sequence[PolicyDocument],
    *,
    actor: str,
    at: datetime,
    progress: Progress = silent,
) -> Comparison:
    """Grades a day by two policies over the same facts and sets the grades beside each other; nothing is stored."""
    made = [
        grade_book(book, document, as_of, actor=actor, at=at, dry_run=True, progress=progress)
        for document in documents
    ]
    return _compared(book, as_of, [(result.record, result.results) for result in made])


def compare_runs(book: Book, as_of: date, runs: Sequence[str]) -> Comparison:
    """Two stored runs of a day beside each other. **Raises** ``compare.other-day`` if one is of another day."""
    records = [find_run(book, run) for run in runs]
    for record in records:
        if record.as_of != as_of:
            raise fail(
                "compare.other-day",
                "{run} grades as of {day}, not {asked}; both runs are of the day",
                "{run} 的截止日期为 {day}，而非 {asked}；两次运行须为同一日",
                run=record.run_id,
                day=record.as_of,
                asked=as_of,
            )
    return _compared(book, as_of, [(record, read_results(book, record)) for record in records])


def _compared(book: Book, as_of: date, made: Sequence[tuple[RunRecord, pa.Table]]) -> Comparison:
    lead = [one for one in in_use(book) if one.leading]
    alike = len({(record.policy_code, record.policy_version) for record, _ in made}) == 1
    first, second = (_side(record, lead, alike=alike) for record, _ in made)
    rows = [{row["customer_id"]: row for row in results.to_pylist()} for _, results in made]
    names = short_names(book, as_of)
    pairs = tuple(
        pair
        for code in sorted(set().union(*rows))
        if not _nowhere(
            pair := _pair(code, names.get(code, ""), rows[0].get(code, {}), rows[1].get(code, {}))
        )
    )
    cells = dict(sorted(Counter(pair.labels for pair in pairs).items()))
    return Comparison(as_of, (first, second), pairs, cells)


def _side(record: RunRecord, lead: Sequence[InUse], *, alike: bool) -> Side:
    name = f"{record.policy_code} v{record.policy_version}"
    policy = parse_policy(record.policy_text, record.run_id)
    label = f"{name} {record.policy_fingerprint[:SHORT]}" if alike else name
    return Side(record, tuple(grade.code for grade in policy.scale), _leads(policy, lead), label)


def _leads(policy: Policy, lead: Sequence[InUse]) -> bool:
    """Whether a policy is a leading one in name and rules, whichever release took its fingerprint."""
    mine = next((one for one in lead if one.code == policy.code), None)
    return mine is not None and fingerprint(mine.document.policy) == fingerprint(policy)


def _pair(code: str, name: str, first: dict[str, Any], second: dict[str, Any]) -> Pair:
    return Pair(
        code,
        name,
        (first.get("grade"), second.get("grade")),
        (first.get("status"), second.get("status")),
        (first.get("rank"), second.get("rank")),
    )


def _nowhere(pair: Pair) -> bool:
    """Whether neither policy speaks of the customer."""
    return all(status is None or status in _OUTSIDE for status in pair.statuses)


def as_table(found: Comparison) -> pa.Table:
    """One row per customer; both grades stand beside their policy's name."""
    rows = []
    for pair in found.pairs:
        row: dict[str, Any] = {
            "customer_code": pair.customer,
            "customer_name": pair.name,
            "differs": pair.differs,
        }
        for at, side in enumerate(found.sides):
            row |= {f"policy_{at + 1}": side.label, f"leading_{at + 1}": side.leading, f"grade_{at + 1}": pair.grades[at],
                    f"status_{at + 1}": pair.statuses[at], f"rank_{at + 1}": pair.ranks[at]}  # fmt: skip
        rows.append(row)
    kinds = [("customer_code", pa.string()), ("customer_name", pa.string()), ("differs", pa.bool_())]
    for n in ("1", "2"):
        kinds += [(f"policy_{n}", pa.string()), (f"leading_{n}", pa.bool_()), (f"grade_{n}", pa.string()),
                  (f"status_{n}", pa.string()), (f"rank_{n}", pa.int64())]  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(kinds))
