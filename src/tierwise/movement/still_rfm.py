"""The grade by recency, frequency and money for a customer's own new facts, while all others stand still. Decision 0014.

Scores by fifths, within others or not, are counted exactly: the customer's own old values are out of the field and the new
ones in it, so cut points and groups shift as they would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from tierwise.grading.rfm import DIMENSIONS, grade_of, segment_of
from tierwise.kernel.ratio import RATIO
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import split_window
from tierwise.movement.fifths import Line, Nested, Quantiles

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.movement.world import World
    from tierwise.policy.model import Rfm

Row = Mapping[str, Any]
_SCORED = ("r", "f", "m", "n", "sum_r", "sum_f", "sum_m")


def above_mean(method: Rfm) -> bool:
    """Whether a grade depends on the mean scores of the field."""
    return method.grade_by == "segment" and method.segments == "eight" and method.high == "above_mean"


def can_be_scored(method: Rfm) -> bool:
    """Whether the grade under others that stand still can be counted.

    It cannot where it hangs on the mean of scores that are nested, or that cut points between values give.
    """
    plain = method.scoring == "fixed_bins" or (method.scoring == "rank" and method.binning == "independent")
    return plain or not above_mean(method)


def by_scores(stages: Stages, method: Rfm, old: World, now: World, rows: Table) -> Table:
    """Unit and ``bare``, the grade before gates."""
    field = _Field(stages, method, old, now, rows)
    scored = [(row["unit"], *field.scores(row)) for row in field.asked]
    kinds = {"unit": "string"} | dict.fromkeys(_SCORED, "int64")
    columns = list(zip(*scored, strict=True)) or [()] * len(kinds)
    types = [pa.string()] + [pa.int64()] * len(_SCORED)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    name = f"mv_{method.id}_alone"
    stages.engine.register(name, pa.table(arrays, names=list(kinds)))
    t: Any = ibis.table(kinds, name=name)
    if method.segments != "none":
        sums = {d: t[f"sum_{d}"] for d in DIMENSIONS} if above_mean(method) else None
        known = method.segments == "named" or method.high == "at_least" or sums is not None
        t = t.mutate(segment=segment_of(method, t, t.n, sums)) if known else t
    last = now.policy.scale_of(method)[-1].code
    return t.select("unit", bare=grade_of(method, t, last))


class _Field:
    """The old field on three dimensions, and the customers that are asked for with their old and new values."""

    def __init__(self, stages: Stages, method: Rfm, old: World, now: World, rows: Table) -> None:
        self._stages, self._method, self._facts = stages, method, old.facts[method.id]
        names = [self._facts[name] for name in ("recency", "frequency", "monetary")]
        self._less = [METRICS[split_window(name)[0]].less_is_better for name in names]
        members = old.members(method)
        valued = members.filter(*(members[name].notnull() for name in names))
        scores = {f"s_{d}": valued[now.said(method, d)] for d in DIMENSIONS}
        values = {f"v_{d}": valued[name].cast(RATIO) for d, name in zip(DIMENSIONS, names, strict=True)}
        before = self._keep("before", valued.select(o_unit=valued.unit, **values, **scores))
        told = {f"x_{d}": rows[name].cast(RATIO) for d, name in zip(DIMENSIONS, names, strict=True)}
        t: Any = rows.select("unit", **told)
        asked = self._keep("asked", t.left_join(before, t.unit == before.o_unit))
        if method.scoring != "fixed_bins":
            asked = self._placed(before, asked)
        self.asked = stages.engine.fetch(asked).to_pylist()

    def scores(self, row: Row) -> list[int]:
        """The three scores, how many are scored, and the sums of their scores where a grade depends on the mean."""
        raw = self._raw(row)
        final = [
            1 if d != "r" and row[f"x_{d}"] <= 0 else score for d, score in zip(DIMENSIONS, raw, strict=True)
        ]
        others = self._others(row) if above_mean(self._method) else [0, 0, 0]
        was = row["o_unit"] is not None
        return [*final, self._facts["n"] - was + 1, *(a + b for a, b in zip(others, final, strict=True))]

    def _raw(self, row: Row) -> list[int]:
        if self._method.scoring == "fixed_bins":
            cuts = ([Decimal(cut) for cut in self._facts["cuts"][d]] for d in DIMENSIONS)
            return [
                _in_bins(row[f"x_{d}"], limits, less=less)
                for d, limits, less in zip(DIMENSIONS, cuts, self._less, strict=True)
            ]
        own, new = self._own(row), self._new(row)
        if self._method.binning == "nested":
            return self._nested.scores(own, new)
        mine: Sequence[int | None] = own or [None] * 3
        if self._method.scoring == "rank":
            return [line.place(o, n).score for line, o, n in zip(self._lines, mine, new, strict=True)]
        return [
            _among(row[f"x_{d}"], cuts.cuts(o, n, row[f"x_{d}"]), less=less)
            for d, cuts, o, n, less in zip(DIMENSIONS, self._quantiles, mine, new, self._less, strict=True)
        ]

    def _others(self, row: Row) -> list[int]:
        """The sums of the scores of all others."""
        if self._method.scoring == "fixed_bins":
            sums = self._facts["score_sums"]
            return [sums[d] - (row[f"s_{d}"] or 0) for d in DIMENSIONS]
        mine: Sequence[int | None] = self._own(row) or [None] * 3
        asked = zip(self._lines, mine, self._new(row), self._counted, strict=True)
        return [line.total(own, new, counted) for line, own, new, counted in asked]

    def _new(self, row: Row) -> list[int]:
        return [row[f"n_{d}"] for d in DIMENSIONS]

    def _own(self, row: Row) -> list[int] | None:
        return None if row["o_unit"] is None else [row[f"o_{d}"] for d in DIMENSIONS]

    def _placed(self, before: Table, asked: Table) -> Table:
        """Gives every value its place among the values of both days, and builds the field out of the old ones."""
        falls = self._method.scoring == "rank"
        t: Any = before
        for d, less in zip(DIMENSIONS, self._less, strict=True):
            both = before.select(v=before[f"v_{d}"]).union(asked.select(v=asked[f"x_{d}"])).distinct()
            order = both.v.desc() if falls and not less else both.v.asc()
            at = ibis.row_number().over(ibis.window(order_by=[order])).cast("int64")
            levels = self._keep(f"places_{d}", both.mutate(at=at))
            t = _at_place(t, levels, f"v_{d}", f"b_{d}")
            asked = _at_place(_at_place(asked, levels, f"x_{d}", f"n_{d}"), levels, f"v_{d}", f"o_{d}")
        rows = self._stages.engine.fetch(self._keep("placed", t))
        columns = [rows.column(f"b_{d}").combine_chunks() for d in DIMENSIONS]
        if self._method.binning == "nested":
            self._nested = Nested(columns)
        elif falls:
            self._lines = [Line(column) for column in columns]
            zero = pa.scalar(Decimal(0), rows.schema.field("v_r").type)
            above = [pc.sum(pc.greater(rows.column(f"v_{d}"), zero)).as_py() or 0 for d in ("f", "m")]
            self._counted = [len(rows), *above]
        else:
            self._quantiles = [
                Quantiles(column, partial(self._values, d))
                for d, column in zip(DIMENSIONS, columns, strict=True)
            ]
        return self._keep("asked_placed", asked)

    def _values(self, dimension: str, places: list[int]) -> dict[int, Decimal]:
        """What some places stand for."""
        levels = self._stages[f"mv_{self._method.id}_places_{dimension}"]
        rows = self._stages.engine.fetch(levels.filter(levels["at"].isin(places))) if places else None
        return {row["at"]: row["v"] for row in rows.to_pylist()} if rows is not None else {}

    def _keep(self, name: str, expr: Table) -> Table:
        return self._stages.keep(f"mv_{self._method.id}_{name}", expr)


def _at_place(t: Any, levels: Table, column: str, name: str) -> Any:
    """Adds the place of a value."""
    own = levels.select(**{f"key_{name}": levels.v, name: levels["at"]})
    return t.left_join(own, t[column] == own[f"key_{name}"]).drop(f"key_{name}")


def _in_bins(value: Decimal, limits: list[Decimal], *, less: bool) -> int:
    """The score by declared limits, best first."""
    reached = (at for at, limit in enumerate(limits) if (value <= limit if less else value >= limit))
    return 5 - next(reached, 4)


def _among(value: Decimal, limits: list[Decimal], *, less: bool) -> int:
    """The score by ascending limits: how many of them the value reaches."""
    reached = max((at for at, limit in enumerate(limits, 1) if value >= limit), default=0)
    return 5 - reached if less else 1 + reached
