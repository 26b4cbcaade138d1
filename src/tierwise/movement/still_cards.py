"""The grade of a scorecard for a customer's own new facts, while those it is ranked among stand still. Decision 0014.

Only rank scores look at others. The place of a new value is counted in the engine; the total is then added up from it and
from the stored scores, in fractions, for the customers that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.metrics.catalogue import use_of
from tierwise.movement.world import World, beside_old, values_of
from tierwise.policy.model import FromMetric, FromRank

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.policy.model import Criterion, Scorecard

NINTH = Fraction(1, 10**9)
SPEAKING = ("ok", "from_attribute")


def by_card(stages: Stages, card: Scorecard, old: World, now: World, rows: Table) -> Table:
    """Unit and ``bare``, the grade before gates; null where nine places of a stored score do not decide it."""
    read = [f"{card.id}_{c.code}_{part}" for c in card.criteria for part in ("score", "status")]
    t: Any = rows.select("unit", *read)
    for at, (criterion, column) in enumerate(_ranked(card, now)):
        placed = _places(stages, f"mv_{card.id}_{at}", card, criterion, column, (old, rows))
        names = {f"{criterion.code}__{name}": name for name in ("v", "p", "n")}
        placed = placed.rename({f"unit_{at}": "unit"} | names)
        t = t.left_join(placed, t.unit == placed[f"unit_{at}"]).drop(f"unit_{at}")
    found = stages.engine.fetch(t).to_pylist()
    codes = [grade.code for grade in now.policy.scale_of(card)]
    name = f"mv_{card.id}_alone"
    graded = pa.table(
        {
            "unit": pa.array([row["unit"] for row in found], pa.string()),
            "bare": pa.array([_grade(card, codes, row) for row in found], pa.string()),
        }
    )
    stages.engine.register(name, graded)
    return ibis.table({"unit": "string", "bare": "string"}, name=name)


def _ranked(card: Scorecard, now: World) -> Iterator[tuple[Criterion, str]]:
    for criterion in card.criteria:
        if isinstance(criterion.source, FromRank):
            yield criterion, use_of(criterion.source.metric, now.policy.window_months).column


def _places(
    stages: Stages, name: str, card: Scorecard, criterion: Criterion, column: str, worlds: tuple[World, Table]
) -> Table:
    """Unit, its value ``v``, how many of the others have a better one (``p``) or any, itself counted (``n``)."""
    old, rows = worlds
    assert isinstance(criterion.source, FromRank)
    more = criterion.source.better == "more"
    t = beside_old(rows.filter(rows[column].notnull()), old, card, column)
    one, none = ibis.literal(1).cast("int64"), ibis.literal(0).cast("int64")
    values = values_of(old, card, column)
    marks = values.select(v=values.o_value, n=one).union(t.select(v=t.value, n=none))
    levels = marks.group_by("v").agg(n=marks.n.sum().cast("decimal(38,0)").cast("int64"))
    order = levels.v.desc() if more else levels.v.asc()
    upto = levels.n.sum().over(ibis.window(order_by=[order], rows=(None, 0))).cast("int64")
    every = levels.n.sum().over(ibis.window()).cast("int64")
    levels = stages.keep(f"{name}_levels", levels.mutate(above=upto - levels.n, every=every))
    joined = t.join(levels, t.value == levels.v)
    better = joined.o_value > joined.value if more else joined.o_value < joined.value
    own = ibis.ifelse(better.coalesce(False), 1, 0)
    there = ibis.ifelse(joined.o_value.notnull(), 1, 0)
    return joined.select(
        "unit",
        v=joined.value,
        p=(joined.above - own).cast("int64"),
        n=(joined.every - there + 1).cast("int64"),
    )


def _grade(card: Scorecard, codes: list[str], row: Mapping[str, Any]) -> str | None:
    """The grade, if the least and the most that the total can be have the same one."""
    least, most = _totals(card, row)
    found = [
        next((code for code in codes[:-1] if total >= Fraction(card.thresholds[code])), codes[-1])
        for total in (least, most)
    ]
    return found[0] if found[0] == found[1] else None


def _totals(card: Scorecard, row: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    """The least and the most that the total can be: some scores are stored with nine places and whether there is more."""
    weight = least = most = Fraction(0)
    for c in card.criteria:
        if row[f"{card.id}_{c.code}_status"] not in SPEAKING:
            continue
        low, high = _score(c, row, Decimal(row[f"{card.id}_{c.code}_score"]))
        weight += Fraction(c.weight)
        least += low * Fraction(c.weight)
        most += high * Fraction(c.weight)
    return least / weight, most / weight


def _score(c: Criterion, row: Mapping[str, Any], stored: Decimal) -> tuple[Fraction, Fraction]:
    """The score of a criterion out of 100, from and to."""
    if isinstance(c.source, FromRank):
        value, place, n = (row[f"{c.code}__{name}"] for name in ("v", "p", "n"))
        if value is None or (value <= 0 and c.source.nonpositive_is_zero and c.source.better == "more"):
            return Fraction(0), Fraction(0)
        exact = Fraction(100 * (n - 1 - place), n - 1) if n > 1 else Fraction(100)
        # a field too large for one denominator has its rank scores cut at nine places (decision 0004)
        return exact // NINTH * NINTH, exact
    share = Fraction(stored) * 100 / Fraction(c.top)
    if isinstance(c.source, FromMetric) and stored % Decimal("0.000000001"):
        # the tenth place says that the exact score lies between two ninth ones
        low = Fraction(stored) // NINTH * NINTH * 100 / Fraction(c.top)
        return low, low + NINTH * 100 / Fraction(c.top)
    return share, share
