"""The only division, held to exact fractions on both engines. Decision 0004."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tests.engine.portable import complaints
from tests.engine.postgres import PostgresEngine
from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.kernel.ratio import PLACES, floor_divide, money_quotient, product, quotient, sticky

Pair = tuple[int | None, int | None]

WIDEST = 10**38 - 1
SCALED = (WIDEST - 10**26) // 10**PLACES
"""The largest numerator: times 10^9 it leaves room for an estimate that is a little too large."""
LIMIT = 10**16
"""Quotients from here on are null."""
EDGES: list[Pair] = [
    *((n, d) for n in (0, 1, -1, 2, -2, 7, -7) for d in (1, 2, 3, 7, 10**9, 10**9 + 1)),
    # exact at nine places, and one part more or less
    *((n, 10**9) for n in (60 * 10**9, 60 * 10**9 - 1, 60 * 10**9 + 1)),
    *((n, 3 * 10**9) for n in (180 * 10**9, 180 * 10**9 - 1, 180 * 10**9 + 1, -180 * 10**9 - 1)),
    # near 2^53 and 10^15, where floats and their texts run out of digits
    *((2**53 + k, d) for k in (-1, 0, 1) for d in (1, 3, 10**6)),
    *((10**15 + k, d) for k in (-1, 0, 1) for d in (1, 7)),
    # the widest numbers and the bound of the quotient, both sides
    *((s * SCALED, d) for s in (1, -1) for d in (10**13 + 1, 10**20 + 39, SCALED, SCALED - 1, WIDEST // 2)),
    *((s * (LIMIT + k), 1) for s in (1, -1) for k in (-1, 0, 1)),
    *((s * (LIMIT * 3 + k), 3) for s in (1, -1) for k in (-1, 0, 1)),
    # no quotient
    (5, 0), (0, 0), (-5, 0), (5, -3), (-5, -3), (None, 3), (3, None), (None, None),
]  # fmt: skip


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine by itself."""
    if request.param == "duckdb":
        own: Engine = DuckDBEngine()
    else:
        own = PostgresEngine(request.getfixturevalue("postgres_uri"))
    yield own
    own.close()


def random_pairs(seed: int, count: int) -> list[Pair]:
    """Fractions of all widths, half of them negative, many exact or one off."""
    random = Random(seed)
    found: list[Pair] = []
    for _ in range(count):
        denominator = random.randint(1, 10 ** random.randint(1, 26))
        most = min(SCALED, denominator * LIMIT * 2)
        numerator = random.randint(0, min(most, 10 ** random.randint(1, 29)))
        if random.random() < 0.4:  # a multiple of the denominator at nine places, or its neighbour
            kept = numerator - numerator % denominator
            numerator = min(most, kept + random.choice((-1, 0, 0, 1)))
        found.append((numerator * random.choice((1, -1)), denominator))
    return found


def asked(engine: Engine, pairs: Sequence[Pair], build: Any) -> list[dict[str, Any]]:
    """Rows of what ``build`` makes of the columns n and d, in the order of the pairs."""
    wide = pa.decimal128(38, 0)
    columns = [[None if v is None else Decimal(v) for v in side] for side in zip(*pairs, strict=True)]
    engine.register(
        "pairs",
        pa.table(
            {
                "i": pa.array(range(len(pairs)), pa.int64()),
                "n": pa.array(columns[0], wide),
                "d": pa.array(columns[1], wide),
            }
        ),
    )
    t = ibis.table({"i": "int64", "n": "decimal(38,0)", "d": "decimal(38,0)"}, name="pairs")
    expr = t.select("i", **build(t)).order_by(ibis.asc("i"))
    assert complaints([("pairs", expr)]) == []
    rows: list[dict[str, Any]] = engine.fetch(expr).to_pylist()
    return rows


def expected(numerator: int | None, denominator: int | None) -> Decimal | None:
    """What the kernel promises for one pair."""
    if numerator is None or denominator is None or denominator <= 0:
        return None
    value = sticky(Fraction(numerator, denominator))
    return value if abs(value) < LIMIT else None


def check_quotients(engine: Engine, pairs: list[Pair]) -> None:
    rows = asked(engine, pairs, lambda t: {"q": quotient(t.n, t.d)})
    for pair, row in zip(pairs, rows, strict=True):
        assert row["q"] == expected(*pair), pair


def check_floors(engine: Engine, pairs: list[Pair]) -> None:
    def build(t: Any) -> dict[str, Any]:
        digits, rest = floor_divide(t.n, t.d)
        return {"q": digits, "r": rest}

    whole = [(n, d) for n, d in pairs if n is not None and d is not None and d > 0]
    for (n, d), row in zip(whole, asked(engine, whole, build), strict=True):
        assert (row["q"], row["r"]) == divmod(n, d), (n, d)


def test_a_quotient_is_the_exact_one_cut_at_nine_places_and_a_sticky_tenth(engine: Engine) -> None:
    check_quotients(engine, EDGES + random_pairs(1, 200))


def test_a_floor_is_the_exact_one_and_its_remainder_too(engine: Engine) -> None:
    check_floors(engine, EDGES + random_pairs(2, 200))


def test_money_is_divided_to_four_places_halves_away_from_zero(engine: Engine) -> None:
    halves = [(s * (2 * k + 1), 20_000) for s in (1, -1) for k in (0, 1, 7, 10**9)]
    near = [(s * (2 * k + 1) * 10**6 + d, 20_000 * 10**6) for s in (1, -1) for k in (0, 5) for d in (-1, 1)]
    pairs = EDGES + halves + near + random_pairs(3, 200)
    rows = asked(engine, pairs, lambda t: {"q": money_quotient(t.n, t.d)})
    for (n, d), row in zip(pairs, rows, strict=True):
        if n is None or d is None or d <= 0 or abs(Fraction(n, d)) >= LIMIT:
            assert row["q"] is None or abs(row["q"]) == LIMIT, (n, d)
            continue
        size = (2 * 10**4 * abs(n) + d) // (2 * d)
        assert row["q"] == Decimal(size if n > 0 else -size).scaleb(-4), (n, d)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_quotients(engine: Engine, seed: int) -> None:
    check_quotients(engine, random_pairs(seed, 10_000))
    check_floors(engine, random_pairs(seed, 10_000))


def test_the_stored_value_stands_to_every_limit_as_the_exact_ratio_does(engine: Engine) -> None:
    limits = [
        Decimal(text) for text in ("60", "60.000000001", "59.999999999", "0", "-0.000000001", "1000000")
    ]
    pairs = [(n, d) for n, d in EDGES if expected(n, d) is not None]
    for (n, d), row in zip(pairs, asked(engine, pairs, lambda t: {"q": quotient(t.n, t.d)}), strict=True):
        exact = Fraction(n or 0, d or 1)
        for limit in limits:
            said = (row["q"] < limit, row["q"] == limit, row["q"] > limit)
            assert said == (exact < limit, exact == limit, exact > limit), (n, d, limit)


@pytest.mark.parametrize(("places", "want"), [(4, "0.0025"), (3, "0.003"), (2, "0.00"), (8, "0.00250000")])
def test_a_product_is_rounded_once_and_half_up_from_its_true_scale(
    engine: Engine, places: int, want: str
) -> None:
    # 0.05 x 0.05 with scales 4 and 4: Ibis takes the product for scale 4
    table = pa.table({"a": pa.array([Decimal("0.0500")] * 2, pa.decimal128(18, 4)), "s": [1, -1]})
    engine.register("factors", table)
    t = ibis.table({"a": "decimal(18,4)", "s": "int64"}, name="factors")
    signed = (t.a.cast("decimal(38,4)") * t.s.cast("decimal(38,0)")).cast("decimal(38,4)")
    expr = t.select("s", p=product(t.a, signed, places)).order_by(ibis.desc("s"))
    assert [row["p"] for row in engine.fetch(expr).to_pylist()] == [Decimal(want), -Decimal(want)]
