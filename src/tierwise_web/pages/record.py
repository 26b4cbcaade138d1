"""What the page of a customer shows: its grade and why, read from what is stored. Source: spec 8.1, 13."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.conf import settings

from tierwise import api
from tierwise.grading.explain import Explanation
from tierwise.grading.record import RunRecord
from tierwise.grading.run import find_run
from tierwise.grading.withholding import leads_by_profit, telling_criteria, tells_cost
from tierwise.metrics.catalogue import use_of
from tierwise.movement.drivers import Driver
from tierwise.movement.levers import Lever, Levers, levers
from tierwise.policy.load import parse_policy
from tierwise.policy.model import Policy
from tierwise_web.customers.choosing import Choice, Cursor
from tierwise_web.customers.queries import page
from tierwise_web.published.causes import parts_of
from tierwise_web.published.reading import Reading

PAYMENT = "credit_score on_time_rate_pct average_days_late receivable overdue unallocated_receipts".split()
MARGIN = "net_sales gross_profit gross_margin_pct cost_to_serve customer_profit profit_margin_pct".split()
MEMBERS = 50


@dataclass(frozen=True, slots=True)
class Stand:
    """The grade at one month end."""

    run_id: str
    as_of: date
    grade: str | None
    score: Decimal | None
    policy_version: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A grade's part of the field, from 0 (best) to 100 percent."""

    grade: str
    start: float
    end: float
    limit: str | None
    """The value or the points from which the grade is given."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a customer stands in the field or between the thresholds."""

    segments: tuple[Segment, ...]
    place: float
    by_rank: bool


class Record:
    """One customer as one person may see it."""

    def __init__(self, reading: Reading, row: dict[str, Any], told: Explanation) -> None:
        self.reading, self.row, self.told = reading, row, told
        self.about = reading.about

    @property
    def methods(self) -> dict[str, Any]:
        """What the run says of its methods."""
        found: dict[str, Any] = self.told.record.facts["methods"]
        return found

    @property
    def leading_shown(self) -> bool:
        """Whether this reader may see the figures of the method that gave the grade."""
        return not self.told.withheld.intersection((self.told.policy.leading.id, self.told.family))

    def stands(self) -> list[Stand]:
        """The grade at every month end, oldest first, today's last."""
        grades, scores = self.row["history"].split(";"), self.row["scores"].split(";")
        hidden = {version for version, policy in self.before.items() if leads_by_profit(policy)}
        found = [
            Stand(run, day, grade or None,
                  _decimal(score) if self.leading_shown and version not in hidden else None, version)
            for (run, day, version), grade, score in zip(self.about.earlier, grades, scores, strict=False)
        ]  # fmt: skip
        run = self.about.record
        score = self.told.row["score"] if self.leading_shown else None
        return [*found, Stand(run.run_id, run.as_of, self.row["grade"], score, run.policy_version)]

    @cached_property
    def before(self) -> dict[int, Policy]:
        """The other versions of the policy in the history, for who may not see profit: they may have told it."""
        runs = {version: run for run, _, version in self.about.earlier}
        runs.pop(self.about.record.policy_version, None)
        if self.reading.scope.profit or not runs:
            return {}
        book = api.open_book(settings.BOOK)
        return {version: policy_of(find_run(book, run)) for version, run in runs.items()}

    def levers(self) -> Levers | None:
        """What would move the grade; none of them tells a figure that this reader may not see."""
        if not self.leading_shown:
            return None
        found = levers(self.told.policy, self.methods, self.told.row)
        return replace(found, levers=tuple(lever for lever in found.levers if self._may_see(lever)))

    def _may_see(self, lever: Lever) -> bool:
        return self.reading.scope.profit or not tells_cost(lever.column)

    def scale(self) -> Scale | None:
        """Where the customer stands, for methods that rank or give points; none where that cannot be drawn."""
        row, leading = self.told.graded, self.told.policy.leading
        if row["grade"] is None or not self.leading_shown or self.told.family != leading.id:
            return None
        facts = self.methods[leading.id]
        cuts = facts.get("cuts")
        if not isinstance(cuts, list) or not cuts:
            return None
        if leading.method == "abc_rank" and row["rank"]:
            return self._by_rank(cuts, facts["n"], row["rank"])
        points = [cut.get("from") for cut in cuts]
        if all(points) and all(0 <= Decimal(p) <= 100 for p in points) and 0 <= row["score"] <= 100:
            return self._by_points(cuts, row["score"])
        return None

    def _by_rank(self, cuts: Sequence[dict[str, Any]], n: int, rank: int) -> Scale:
        ends = [100 * cut["count"] / n for cut in cuts]
        limits = [cut.get("value") for cut in cuts]
        return Scale(
            self._segments([c["grade"] for c in cuts], ends, limits), 100 * (rank - 0.5) / n, by_rank=True
        )

    def _by_points(self, cuts: Sequence[dict[str, Any]], score: Decimal) -> Scale:
        ends = [float(100 - Decimal(cut["from"])) for cut in cuts]
        limits = [cut["from"] for cut in cuts]
        return Scale(
            self._segments([c["grade"] for c in cuts], ends, limits), float(100 - score), by_rank=False
        )

    def _segments(
        self, grades: Sequence[str], ends: Sequence[float], limits: Sequence[str | None]
    ) -> tuple[Segment, ...]:
        rest = [code for code in (g.code for g in self.told.policy.scale) if code not in grades]
        codes, stops = [*grades, *rest[:1]], [*ends, 100.0]
        starts = [0.0, *ends]
        return tuple(
            Segment(code, start, stop, limit)
            for code, start, stop, limit in zip(codes, starts, stops, [*limits, None], strict=False)
        )

    def metrics(self, names: Sequence[str]) -> list[tuple[str, Any, str | None]]:
        """Column, value and status of metrics of the graded unit that the run has and this reader may see."""
        found = []
        for name in names:
            months = self.told.policy.window_months
            columns = [use_of(name, months).column, use_of(name, 12).column]
            column = next((c for c in columns if c in self.figures), None)
            if column and (self.reading.scope.profit or not tells_cost(name)):
                found.append((column, self.figures[column], self.figures.get(f"{column}_status")))
        return found

    @cached_property
    def figures(self) -> dict[str, Any]:
        """What the run stored of the graded unit, and what was computed beside it."""
        return self.reading.beside(self.told.graded["customer_id"]) | self.told.graded

    def overrides(self) -> list[dict[str, Any]]:
        """The overrides that this customer has or had, oldest first."""
        rows = self.reading.rows("SELECT body FROM overrides WHERE code = %s", [self.row["code"]])
        found = [json.loads(row["body"]) for row in rows]
        return sorted(found, key=lambda one: (one["valid_from"], one["override_id"]))

    def drivers(self) -> list[Driver]:
        """What drove the last step up or down, as far as this reader may see it; empty for who did not move."""
        rows = self.reading.rows("SELECT body FROM drivers WHERE code = %s", [self.row["code"]])
        if not rows or not self.leading_shown:
            return []
        found = [_driver(one) for one in json.loads(rows[0]["body"])]
        profit, policy = self.reading.scope.profit, self.told.policy
        return [driver for driver in found if profit or not self.tells(driver.code, policy)]

    @cached_property
    def parts(self) -> dict[str, int] | None:
        """Cause -> its part of the last step, by the replay split; ``None`` where it is not known."""
        return parts_of(self.reading.edition, self.row["code"])

    def rules_changed(self) -> tuple[int, int] | None:
        """The versions of the policy before and after the last step, where it moved the grade and they differ."""
        stands = self.stands()[-2:]
        before, after = stands[0], stands[-1]
        if before.grade == after.grade or before.policy_version == after.policy_version:
            return None
        return before.policy_version, after.policy_version

    def tells(self, code: str, policy: Policy) -> bool:
        """Whether a metric, or a criterion of the leading method of a policy, tells profit or cost, now or in its history."""
        name = f"{policy.leading.id}.{code}"
        versions = (policy, self.told.policy, *self.before.values())
        return tells_cost(code) or any(name in telling_criteria(one) for one in versions)

    def override(self) -> dict[str, Any] | None:
        """The one in force."""
        return next((one for one in self.overrides() if one["override_id"] == self.row["override_id"]), None)

    def above(self) -> dict[str, Any] | None:
        """The account or group to which it belongs, if that may be seen."""
        code = self.row["unit"] if self.told.member else self.row["parent_code"]
        return self.reading.customer(code) if code and code != self.row["code"] else None

    def members(self) -> list[dict[str, Any]]:
        """Branches and other members below it that may be seen, the most important first."""
        condition, values = self.reading.where()
        code = self.row["code"]
        sql = (
            "SELECT * FROM customers WHERE parent_code = %s AND code <> %s "
            f"AND {condition} ORDER BY id LIMIT {MEMBERS}"
        )
        return [dict(row) for row in self.reading.rows(sql, [code, code, *values])]

    def beside(self, choice: Choice) -> tuple[str | None, str | None]:
        """The codes before and after it in the list from which the reader came."""
        key = 0 if choice.sort == "best" else self.row_key(choice.sort)
        edition = self.reading.edition.pk

        def next_to(way: Any) -> str | None:
            at = replace(choice, cursor=Cursor(edition, way, key, self.row["id"]))
            rows = page(self.reading, at, 1).rows
            return rows[0]["code"] if rows else None

        return next_to("before"), next_to("after")

    def row_key(self, sort: str) -> int:
        """The sort key of the customer in an order; that of profit is masked in its row."""
        sql = f"SELECT {sort}_key AS key FROM customers WHERE id = %s"
        return int(self.reading.rows(sql, [self.row["id"]])[0]["key"])

    def changes(self) -> Iterator[tuple[Stand, Stand]]:
        """Each month end whose grade or policy differs from the one before, newest first."""
        stands = self.stands()
        for before, after in reversed(list(pairwise(stands))):
            if before.grade != after.grade or before.policy_version != after.policy_version:
                yield before, after


def record_of(reading: Reading, code: str) -> Record | None:
    """The record of a customer; ``None`` if there is none, or none that may be seen."""
    row = reading.customer(code)
    told = reading.explanation(code) if row else None
    return Record(reading, row, told) if row and told else None


def policy_of(run: RunRecord) -> Policy:
    """The policy as a run read it."""
    return parse_policy(run.policy_text, f"{run.run_id}: policy")


def _driver(said: dict[str, Any]) -> Driver:
    share = said["share_pct"]
    return Driver(said["code"], said["before"], said["after"], None if share is None else Fraction(share))


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
