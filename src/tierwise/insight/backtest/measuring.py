"""The sums behind every figure, computed as sets in the engine: orders of the field, chosen places, bags.

**Ties** at the last place share it evenly: of five customers that tie for the last two places each counts for two
fifths of its future. So no rule is helped or hurt by the order of customer codes, and a coarse score (an RFM sum) is
measured by what it says and no more.

**Bags** are random groups of customers, at most ``BAGS``: a customer each while there are no more. Resampling
draws bags, so that it costs the same for two thousand customers and for five million.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.engine.base import one
from tierwise.kernel.ratio import INTEGER, RATIO, units, whole

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine
    from tierwise.engine.stages import Stages

BAGS = 2_000
PRIME = 2**31 - 1
_LOWEST = -(10**17)
"""Below every key: whoever has no value comes last."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order of the field: the columns ``lo_<name>`` and ``hi_<name>`` are the first and last place of its ties."""

    name: str
    key: str


def ranked(stages: Stages, field: Table, orderings: Sequence[Ordering], seed: int, size: int) -> Table:
    """``bt_ranked``: every unit with its bag, its future in ten-thousandths, and its places in every order."""
    t = field
    for at in orderings:
        key = t[at.key].cast(RATIO).coalesce(whole(_LOWEST).cast(RATIO))
        t = t.mutate(**{f"key_{at.name}": key})
    places: dict[str, Any] = {}
    for at in orderings:
        key = t[f"key_{at.name}"]
        lo = (ibis.rank().over(ibis.window(order_by=[key.desc()])) + 1).cast("int64")
        tied = key.count().over(ibis.window(group_by=[key])).cast("int64")
        places |= {f"lo_{at.name}": lo, f"hi_{at.name}": lo + tied - 1}
    number = ibis.row_number().over(ibis.window(order_by=[t.unit.asc()])).cast("int64")
    t = t.select("unit", f=units(t.sales), p=units(t.profit), number=number, **places)
    return stages.keep("bt_ranked", t.mutate(bag=_bag(t.number, seed, size)))


def _bag(number: Any, seed: int, size: int) -> Any:
    """A customer's bag: itself in a small field, else a random polynomial of its number modulo a prime."""
    if size <= BAGS:
        return number
    found: Any = whole(0).cast("int64")
    for coefficient in coefficients(seed):
        found = ((found * number).cast("int64") + coefficient) % PRIME
    return (found % BAGS).cast("int64")


def coefficients(seed: int) -> list[int]:
    """Of a polynomial of the third degree: any four customers fall into bags independently of each other."""
    draw = Random(seed)
    return [1 + int(draw.random() * (PRIME - 1)) for _ in range(4)]


def draws(seed: int, resamples: int, bags: int) -> pa.Table:
    """resample, bag, weight: how often each bag was drawn, with replacement, as many draws as bags."""
    draw = Random(seed + 1)
    rows: tuple[list[int], list[int], list[int]] = ([], [], [])
    for resample in range(resamples):
        weights = [0] * bags
        for _ in range(bags):
            weights[int(draw.random() * bags)] += 1
        for bag, weight in enumerate(weights):
            if weight:
                for column, value in zip(rows, (resample, bag, weight), strict=True):
                    column.append(value)
    return pa.table(dict(zip(("resample", "bag", "weight"), rows, strict=True)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The best ``places`` of an order, and what of them is summed: ``f`` or ``p``."""

    order: str
    places: int
    value: str

    @property
    def column(self) -> str:
        """The name of its sums."""
        return f"{self.value}_{self.order}_{self.places}"


def chosen_sums(t: Table, asked: Iterable[Chosen]) -> dict[str, Any]:
    """Sums of who is surely chosen (``s_``) and of who ties for the last places (``e_``)."""
    found: dict[str, Any] = {}
    nothing = whole(0)
    for one_ in asked:
        lo, hi, value = t[f"lo_{one_.order}"], t[f"hi_{one_.order}"], t[one_.value].coalesce(nothing)
        surely, edge = hi <= one_.places, (lo <= one_.places) & (hi > one_.places)
        found[f"s_{one_.column}"] = _sum(ibis.ifelse(surely, value, nothing))
        found[f"e_{one_.column}"] = _sum(ibis.ifelse(edge, value, nothing))
    return found


def edges(engine: Engine, t: Table, asked: Iterable[Chosen]) -> dict[tuple[str, int], tuple[int, int]]:
    """(order, places) -> places left for those who tie at the end, and how many they are; (0, 1) without such."""
    pairs = sorted({(one_.order, one_.places) for one_ in asked})
    sums: dict[str, Any] = {}
    for order, places in pairs:
        lo, hi = t[f"lo_{order}"], t[f"hi_{order}"]
        edge = (lo <= places) & (hi > places)
        sums[f"lo_{order}_{places}"] = ibis.ifelse(edge, lo, ibis.null("int64")).max()
        sums[f"hi_{order}_{places}"] = ibis.ifelse(edge, hi, ibis.null("int64")).max()
    row = one(engine, t.agg(**sums))
    found = {}
    for order, places in pairs:
        lo, hi = row[f"lo_{order}_{places}"], row[f"hi_{order}_{places}"]
        found[order, places] = (0, 1) if lo is None else (places - lo + 1, hi - lo + 1)
    return found


def rank_sums(t: Table, orders: Iterable[str], value: str) -> dict[str, Any]:
    """What Spearman's correlation of orders with the order of ``value`` is made of; a rank is lo + hi, twice the mean."""
    b = whole(t[f"lo_{value}"] + t[f"hi_{value}"])
    found = {f"r_b_{value}": _sum(b), f"r_bb_{value}": _sum(b * b)}
    for order in orders:
        a = whole(t[f"lo_{order}"] + t[f"hi_{order}"])
        found |= {f"r_a_{order}_{value}": _sum(a), f"r_aa_{order}_{value}": _sum(a * a),
                  f"r_ab_{order}_{value}": _sum(a * b)}  # fmt: skip
    return found


def by_bag(stages: Stages, t: Table, sums: dict[str, Any]) -> Table:
    """``bt_bags``: the sums of every bag, and how many customers it holds."""
    return stages.keep("bt_bags", t.group_by("bag").agg(n=t.count().cast(INTEGER), **sums))


def totals(engine: Engine, bags: Table) -> dict[str, int]:
    """The sums of the whole field."""
    row = one(engine, bags.agg(**{name: _sum(bags[name]) for name in bags.columns if name != "bag"}))
    return {name: int(value or 0) for name, value in row.items()}


def resampled(engine: Engine, bags: Table, seed: int, resamples: int, size: int) -> list[dict[str, int]]:
    """The sums of every resample, in order."""
    if not resamples:
        return []
    engine.register("bt_draws", draws(seed, resamples, min(size, BAGS)))
    drawn = ibis.table({"resample": "int64", "bag": "int64", "weight": "int64"}, name="bt_draws")
    names = [name for name in bags.columns if name != "bag"]
    drawn = drawn.rename(drawn_bag="bag")
    both = drawn.join(bags, drawn.drawn_bag == bags.bag)
    weight = whole(both.weight)
    found = both.group_by("resample").agg(**{name: _sum(both[name] * weight) for name in names})
    rows = engine.fetch(found.order_by("resample")).to_pylist()
    return [{name: int(row[name]) for name in names} for row in rows]


def _sum(value: Any) -> Any:
    """The sum of whole numbers, exact."""
    return value.cast(INTEGER).sum().cast(INTEGER)
