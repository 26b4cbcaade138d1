"""The figures of the dashboard, from sums that were made when the run was published. Source: spec 7.3, 8.3, 13."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

from tierwise.movement.causes import CAUSES as PARTS
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.published.causes import key_of_causes
from tierwise_web.published.editions import FileKey, connect
from tierwise_web.published.reading import Reading
from tierwise_web.published.shape import FEW, OWN_FIGURES, WITH_UNIT

FILTERS = ("region", "industry", "team", "owner")
"""What filters every chart of the dashboard."""
LISTED = 8
"""So many customers stand in the lists of movers and of those near a cut."""
E4 = 4
Measure = Literal["sales", "profit"]
Filters = Mapping[str, Sequence[str]]
CAME, WENT = ("new", "reactivated", "inactive"), ("lost", "merged", "inactive")
"""Movements of those that were not graded before, and of those that are not graded now."""


@dataclass(frozen=True, slots=True)
class Level:
    """One grade (or none): customers and what they bring. ``profit`` is null for those who may not see it, and where it
    is known of nobody."""

    grade: str | None
    customers: int
    sales: Decimal
    profit: Decimal | None
    minutes: Decimal
    with_profit: int
    """Of so many the profit is known."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers that went from one grade to another, and by which main causes: of the replay split, else as the cycle said.

    Who is not graded, on either day, has no grade here, whatever a cycle keeps in force. Source: spec 8.3.
    """

    before: str | None
    after: str | None
    customers: int
    sales: Decimal
    causes: tuple[tuple[str, int], ...]
    movements: tuple[str, ...]
    """The movements of those customers: they tell who was graded on both days."""


@dataclass(frozen=True, slots=True)
class Why:
    """One cause over all that moved: for how many it is the main one, how many it touched, grades up and down."""

    cause: str
    main: int
    touched: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Then:
    """What the same customers were in a run."""

    as_of: date
    policy_version: int
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A cumulative curve, best customer first: customers so far and their sum, exact at every point."""

    points: tuple[tuple[int, Decimal], ...]

    @property
    def customers(self) -> int:
        """How many there are."""
        return self.points[-1][0]

    @property
    def total(self) -> Decimal:
        """The sum of all."""
        return self.points[-1][1]

    @property
    def peak(self) -> tuple[int, Decimal]:
        """The first highest point."""
        return max(self.points, key=lambda point: (point[1], -point[0]))

    def needed(self, pct: int) -> int | None:
        """After how many customers, to the next point, so much of the total is reached."""
        if self.total <= 0:
            return None
        return next(n for n, amount in self.points if amount * 100 >= self.total * pct)


class Overview:
    """One edition as one person sees it, under filters."""

    def __init__(self, reading: Reading, filters: Filters) -> None:
        self.reading = reading
        self.filters = {name: tuple(values) for name, values in filters.items() if values}

    @property
    def whole(self) -> bool:
        """Whether these are all customers of the company."""
        return self.reading.scope.reach == "all" and not self.filters

    def anybody(self) -> bool:
        """Whether there are customers within reach under the filters."""
        return bool(self._cells()) or self.members() > 0

    def levels(self) -> list[Level]:
        """Every grade from the best, then those without one."""
        found: dict[str | None, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        for row in self._cells():
            for at, name in enumerate(("customers", "sales_e4", "profit_e4", "minutes_e4", "with_profit")):
                found[row["grade"]][at] += row[name] or 0
        return [self._level(grade, *found[grade]) for grade in self._grades(found)]

    def graded(self) -> Counter[str | None]:
        """Grade in force -> to how many of those the run itself gave a grade."""
        found: Counter[str | None] = Counter()
        for row in self._cells():
            found[row["grade"]] += row["graded"]
        return found

    def members(self) -> int:
        """How many customers are measured in the figures of their account or group."""
        condition, values = self._where("cube")
        sql = f"SELECT sum(customers) AS n FROM cube WHERE measured = %s AND {condition}"
        return int(self._sums(sql, [WITH_UNIT, *values])[0]["n"] or 0)

    def flows(self) -> list[Flow]:
        """Who went from which grade to which since the run before, from the best."""
        found: dict[tuple[str | None, str | None], list[Any]] = defaultdict(
            lambda: [0, 0, defaultdict(int), set()]
        )
        for row in self._cells():
            cell = found[_ends(row)]
            cell[0] += row["customers"]
            cell[1] += row["sales_e4"] or 0
            cell[3].add(row["movement"] or NOTHING)
            if row["cause"]:
                cell[2][row["cause"]] += row["customers"]
        order, split = self._order(), self._main_causes()

        def told(ends: tuple[str | None, str | None], cycle: dict[str, int]) -> tuple[tuple[str, int], ...]:
            causes = cycle if split is None else split.get(ends, {})
            return tuple(sorted(causes.items(), key=lambda c: (-c[1], c[0])))

        return [
            Flow(before, after, n, _money(sales), told((before, after), causes), tuple(sorted(moved)))
            for (before, after), (n, sales, causes, moved) in sorted(
                found.items(), key=lambda item: (order(item[0][0]), order(item[0][1]))
            )
        ]

    def why(self) -> list[Why] | None:
        """What each cause did to the customers that moved, by the replay split; ``None`` where it was not made yet."""
        key = key_of_causes(self.reading.edition)
        if key is None:
            return None
        condition, values = self._where("parts")
        sums = ", ".join(
            f"sum(main = '{c}') AS {c}_main, sum({c} <> 0) AS {c}_touched, sum(max({c}, 0)) AS {c}_up, "
            f"sum(max(-{c}, 0)) AS {c}_down" for c in PARTS
        )  # fmt: skip
        (row,) = _summed(key, f"SELECT {sums} FROM parts WHERE {condition}".replace("%s", "?"), tuple(values))
        found = [
            Why(c, *(row[f"{c}_{name}"] or 0 for name in ("main", "touched", "up", "down"))) for c in PARTS
        ]
        return [why for why in found if why.touched]

    def _main_causes(self) -> dict[tuple[str | None, str | None], dict[str, int]] | None:
        """(from, to) -> main cause -> customers, by the replay split."""
        key = key_of_causes(self.reading.edition)
        if key is None:
            return None
        condition, values = self._where("parts")
        sql = f"SELECT previous, current, main, count(*) AS n FROM parts WHERE {condition} GROUP BY 1, 2, 3"
        found: dict[tuple[str | None, str | None], dict[str, int]] = defaultdict(dict)
        for row in _summed(key, sql.replace("%s", "?"), tuple(values)):
            if row["main"]:
                found[row["previous"], row["current"]][row["main"]] = row["n"]
        return found

    def because(self, cause: str, start: int, size: int) -> tuple[list[dict[str, Any]], int]:
        """The customers whose movement a cause touched, the largest part first, and how many they are."""
        key = key_of_causes(self.reading.edition)
        if key is None or cause not in PARTS:
            return [], 0
        condition, values = self._where("parts")
        base, told = connect(key), tuple(values)
        where = f"{cause} <> 0 AND {condition}".replace("%s", "?")
        (count,) = base.execute(f"SELECT count(*) FROM parts WHERE {where}", told).fetchone()
        sql = (
            f"SELECT * FROM parts WHERE {where} ORDER BY abs({cause}) DESC, code LIMIT {size} OFFSET {start}"
        )
        return [dict(row) for row in base.execute(sql, told)], count

    def movements(self) -> dict[str, int]:
        """How many customers moved in which way."""
        found: dict[str, int] = defaultdict(int)
        for row in self._cells():
            if row["movement"]:
                found[row["movement"]] += row["customers"]
        return dict(found)

    def near(self) -> tuple[int, int]:
        """How many stand near a better grade, and near a worse one."""
        cells = self._cells()
        return sum(row["near_up"] or 0 for row in cells), sum(row["near_down"] or 0 for row in cells)

    def trend(self) -> list[Then]:
        """The grades of the runs that can be compared, oldest first; the last is the run itself."""
        condition, values = self._where("trend")
        sql = (
            "SELECT at, grade, sum(customers) AS customers, sum(sales_e4) AS sales_e4, sum(profit_e4) AS profit_e4, "
            f"sum(with_profit) AS with_profit FROM trend WHERE {condition} GROUP BY 1, 2"
        )
        runs: dict[int, dict[str | None, Any]] = defaultdict(dict)
        for row in self._sums(sql, values):
            runs[row["at"]][row["grade"]] = row
        about = self.reading.about
        days = [(day, version) for _, day, version in about.earlier]
        days.append((about.record.as_of, about.record.policy_version))
        return [
            Then(
                days[at][0],
                days[at][1],
                tuple(self._of_trend(grade, runs[at].get(grade)) for grade in self._scale()),
            )
            for at in self.reading.fact("compared")
        ]

    def curve(self, measure: Measure) -> Curve | None:
        """The curve of a measure; of the whole field from its stored points, else from the steps."""
        if measure == "profit" and not self.reading.scope.profit:
            return None
        points = self._stored(measure) if self.whole else self._stepped(measure)
        return Curve(tuple(points)) if len(points) > 1 else None

    def _stored(self, measure: Measure) -> list[tuple[int, Decimal]]:
        points = self.reading.fact(measure)["curve"]["points"]
        return [(n, Decimal(amount)) for n, _, amount, _ in points]

    def _stepped(self, measure: Measure) -> list[tuple[int, Decimal]]:
        condition, values = self._where("spread")
        sql = (
            "SELECT step, sum(customers) AS customers, sum(sum_e4) AS sum_e4 FROM spread "
            f"WHERE measure = %s AND {condition} GROUP BY 1 ORDER BY 1"
        )
        points, n, total = [(0, Decimal(0))], 0, 0
        for row in self._sums(sql, [measure, *values]):
            n, total = n + row["customers"], total + row["sum_e4"]
            points.append((n, _money(total)))
        return points

    def movers(self, movement: str) -> list[dict[str, Any]]:
        """The most important customers that moved in one way."""
        return self._listed(f"customers.movement = %s AND customers.{FEW['movement']}", [movement])

    def near_cut(self, side: str) -> list[dict[str, Any]]:
        """The most important customers near a cut on one side: ``up`` or ``down``."""
        return self._listed(f"customers.near_cut IN (%s, 'both') AND customers.{FEW['near_cut']}", [side])

    def options(self, name: str) -> list[str]:
        """The values of a filter within the scope, the most customers first."""
        condition, values = self.reading.where("cube")
        sql = f"SELECT {name} AS value FROM cube WHERE {condition} GROUP BY 1 ORDER BY sum(customers) DESC, 1 LIMIT 200"
        return [row["value"] or NOTHING for row in self._sums(sql, values)]

    def _listed(self, also: str, more: Sequence[Any]) -> list[dict[str, Any]]:
        condition, values = self._where("customers")
        sql = (
            f"SELECT customers.* FROM customers WHERE {also} AND customers.unit = customers.code AND {condition} "
            f"ORDER BY customers.id LIMIT {LISTED}"
        )
        return self.reading.shown(self.reading.rows(sql, [*more, *values]))

    def _cells(self) -> list[Any]:
        condition, values = self._where("cube")
        sums = "customers sales_e4 profit_e4 minutes_e4 near_up near_down graded with_profit".split()
        sql = (
            f"SELECT grade, previous, movement, cause, {', '.join(f'sum({c}) AS {c}' for c in sums)} "
            f"FROM cube WHERE measured = %s AND {condition} GROUP BY 1, 2, 3, 4"
        )
        return list(self._sums(sql, [OWN_FIGURES, *values]))

    def _where(self, table: str) -> tuple[str, list[Any]]:
        condition, values = self.reading.where(table)
        parts = [condition]
        for name, wanted in self.filters.items():
            some = [value for value in wanted if value != NOTHING]
            either = [f"{table}.{name} IN ({', '.join(['%s'] * len(some))})"] if some else []
            either += [f"{table}.{name} IS NULL"] if NOTHING in wanted else []
            parts.append(f"({' OR '.join(either)})")
            values = [*values, *some]
        return " AND ".join(parts), values

    def _sums(self, sql: str, values: Sequence[Any]) -> tuple[Any, ...]:
        return _summed(self.reading.key, sql.replace("%s", "?"), tuple(values))

    def _scale(self) -> tuple[str, ...]:
        return self.reading.about.scale

    def _order(self) -> Callable[[str | None], tuple[int, str]]:
        places = {grade: at for at, grade in enumerate(self._scale())}
        return lambda grade: (places.get(grade or "", 98 if grade else 99), grade or "")

    def _grades(self, found: Mapping[str | None, Any]) -> list[str | None]:
        """The scale, other grades that occur, and nothing last."""
        return sorted({*self._scale(), *found}, key=self._order())

    def _level(
        self, grade: str | None, customers: int, sales: int, profit: int, minutes: int, with_profit: int
    ) -> Level:
        shown = _money(profit) if self.reading.scope.profit and with_profit else None
        return Level(grade, customers, _money(sales), shown, _money(minutes), with_profit)

    def _of_trend(self, grade: str, row: Any) -> Level:
        if row is None:
            return self._level(grade, 0, 0, 0, 0, 0)
        sales, profit = row["sales_e4"] or 0, row["profit_e4"] or 0
        return self._level(grade, row["customers"], sales, profit, 0, row["with_profit"])


def _ends(row: Any) -> tuple[str | None, str | None]:
    """The grade before and the grade now, none for who was not graded."""
    moved = row["movement"]
    return None if moved in CAME else row["previous"], None if moved in WENT else row["grade"]


@lru_cache(maxsize=512)
def _summed(key: FileKey, sql: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The rows of a query of sums: a file never changes, so its sums are asked for once."""
    return tuple(connect(key).execute(sql, values).fetchall())


def _money(e4: int) -> Decimal:
    return Decimal(e4).scaleb(-E4)


def change_pct(now: Decimal | int | None, before: Decimal | int | None) -> Fraction | None:
    """The change in percent of what was; null where there was nothing."""
    if now is None or before is None or before <= 0:
        return None
    return Fraction(100) * (Fraction(now) - Fraction(before)) / Fraction(before)
