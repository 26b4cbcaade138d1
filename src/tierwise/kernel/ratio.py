"""The only division. Decision 0004.

A ratio is computed from integers and kept to nine places plus one *sticky* digit: the value is
rounded towards minus infinity at nine places and the tenth place says whether anything was cut off
(0 exact, 5 inexact). So a comparison (<, <=, =, >=, >) with any limit of at most nine places is the
comparison of the exact ratio, and half-up rounding for display is right, on every engine.

**Shape** ``quotient(numerator, denominator)`` takes two decimals and gives decimal(38,10). Both are brought to the
larger scale of the two, and the digits are what counts: money goes in as money, for taking a scale away from a wide
decimal is a division of 128 bits, a hundred times dearer than anything else here. On Spark
``spark.sql.decimalOperations.allowPrecisionLoss=false`` keeps the scale of products; the other engines do so by
themselves. **Bounds** |quotient| < 10^16; outside, null. |numerator| × 10^9 and each of the products below must fit
38 digits; callers state why theirs do. The first needs a little room (one part in 10^12), because quotient ×
denominator is tried with an estimate that may be too large.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Column, Value

INTEGER = "decimal(38,0)"
MONEY = "decimal(38,4)"
RATIO = "decimal(38,10)"
PLACES = 9


def whole(value: Any) -> Value:
    """An integer expression or Python integer as decimal(38,0), wide enough for any product here."""
    return _constant(value) if isinstance(value, int) else value.cast(INTEGER)


@lru_cache(maxsize=1024)
def _constant(value: int) -> Value:
    return ibis.literal(str(value)).cast(INTEGER)


def units(money: Value) -> Value:
    """A decimal with four places as an integer number of ten-thousandths, decimal(38,0)."""
    return (money.cast("decimal(38,4)") * whole(10_000)).cast(INTEGER)


def exact(text: str, places: int = 4) -> Value:
    """An exact decimal constant, as decimal(38, places). Never a float literal."""
    value = Decimal(text)
    if value != round(value, places):
        raise ValueError(f"{text} has more than {places} places")
    return ibis.literal(str(value)).cast(f"decimal(38,{places})")


def product(a: Any, b: Any, places: int) -> Value:
    """The product of two decimals, rounded half up (away from zero) to so many places.

    Ibis gives a product the larger scale of its factors and leaves out a cast to that scale; engines give
    it the sum of the scales, or none at all. So the true scale is stated first, and then the wanted one.
    """
    a, b = a.cast(f"decimal(38,{a.type().scale})"), b.cast(f"decimal(38,{b.type().scale})")
    true = (a * b).cast(f"decimal(38,{a.type().scale + b.type().scale})")
    return true.cast(f"decimal(38,{places})")


def converted(amount: Any, rate: Any) -> Value:
    """An amount at a rate, four places. Most rates are 1, and 38 digits multiply slowly: those are left alone."""
    return ibis.ifelse(rate == 1, amount.cast(MONEY), product(amount, rate, 4)).cast(MONEY)


def floor_divide(numerator: Value, denominator: Value, *, near: Value | None = None) -> tuple[Value, Value]:
    """Floor quotient and remainder of two decimals of one scale; the denominator is positive.

    Two floating estimates and one step of correction: each estimate is off by less than one part in
    2^47 (PostgreSQL keeps 15 digits when it makes a decimal of a float), so the second leaves an error of
    at most one as long as |quotient| < 2^90. ``near`` is the numerator in floating point, from whoever has it from
    smaller numbers: on DuckDB a decimal of more than 53 bits becomes a float by a division of 128 bits, which
    costs more than all the rest.
    """
    estimate = numerator.cast("float64") if near is None else near
    first = (estimate / denominator.cast("float64")).cast(INTEGER)
    rest = numerator - first * denominator
    second = (rest.cast("float64") / denominator.cast("float64")).cast(INTEGER)
    nearer = first + second
    left = numerator - nearer * denominator
    nothing = whole(0).cast(denominator.type())
    step = ibis.cases((left < nothing, whole(-1)), (left >= denominator, whole(1)), else_=whole(0))
    quotient = (nearer + step).cast(INTEGER)
    return quotient, (left - step * denominator).cast(denominator.type())


def quotient(numerator: Value, denominator: Value) -> Column:
    """Numerator / denominator to nine places and a sticky tenth, decimal(38,10).

    Null where either side is null or the denominator is not positive.
    """
    numerator, positive = _alike(numerator, denominator)
    near = numerator.cast("float64") * whole(10**PLACES).cast("float64")
    whole_part, rest = floor_divide(numerator * whole(10**PLACES), positive, near=near)
    sticky = ibis.ifelse(rest == whole(0).cast(rest.type()), whole(0), whole(5))
    digits = whole_part * whole(10) + sticky
    limit = whole(10**26)
    bounded = ibis.ifelse((digits < limit) & (digits > whole(-(10**26))), digits, ibis.null(INTEGER))
    tenth = ibis.literal("0.0000000001").cast(RATIO)
    return (bounded * tenth).cast(RATIO)


def money_quotient(numerator: Value, denominator: Value) -> Column:
    """Numerator / denominator as money: four places, halves away from zero, decimal(38,4).

    Null as ``quotient`` (which is already null at 10^16, and this one beyond). Its nine places are not made first:
    taking six of them away again costs more than dividing.
    """
    numerator, positive = _alike(numerator, denominator)
    nothing = whole(0).cast(positive.type())
    size = ibis.ifelse(numerator < nothing, -numerator, numerator)
    near = size.cast("float64") * whole(20_000).cast("float64")
    digits, _ = floor_divide(size * whole(20_000) + positive, positive * whole(2), near=near)
    bounded = ibis.ifelse(digits <= whole(10**20), digits, ibis.null(INTEGER))
    signed = ibis.ifelse(numerator < nothing, -bounded, bounded)
    return (signed * ibis.literal("0.0001").cast(MONEY)).cast(MONEY)


def _alike(numerator: Value, denominator: Value) -> tuple[Value, Value]:
    """Both at the larger scale of the two; a denominator that is not positive is null."""
    kind = f"decimal(38,{max(numerator.type().scale, denominator.type().scale)})"
    numerator, denominator = numerator.cast(kind), denominator.cast(kind)
    return numerator, ibis.ifelse(denominator > whole(0).cast(kind), denominator, ibis.null(kind))


def sticky(value: Fraction) -> Decimal:
    """The same rule for one exact Python fraction: what an engine stores for it."""
    scaled = value * 10**PLACES
    low = scaled.numerator // scaled.denominator
    digits = low * 10 + (0 if scaled.denominator == 1 else 5)
    return Decimal(digits).scaleb(-(PLACES + 1))


def count_where(condition: Value) -> Value:
    """How many rows meet a condition; 0 if none does, also where there is no row.

    Never ``table.count(where=...)``: on Spark it is a sum, and null where there is nothing to add.
    """
    return ibis.ifelse(condition, 1, ibis.null("int8")).count()


def integer_sum(column: Value, where: Value | None = None) -> Value:
    """The sum of an integer column as int64.

    Engines widen such sums, and a plain cast to int64 would be left out because the expression's
    type already says int64.
    """
    return column.sum(where=where).cast(INTEGER).cast("int64")


def share_of(amount: Value, part: Value, whole_part: Value) -> Value:
    """``amount`` x ``part`` / ``whole_part`` in whole units, halves away from zero; ``whole_part`` is positive.

    **Bounds** 2 x |amount| x |part| must fit 38 digits: money of 10^13 against money of 10^16, in ten-thousandths.
    """
    positive = ibis.ifelse(whole_part > whole(0), whole_part, ibis.null(INTEGER))
    top = (amount * part).cast(INTEGER)
    size = ibis.ifelse(top < whole(0), -top, top)
    rounded, _ = floor_divide(size * whole(2) + positive, positive * whole(2))
    return ibis.ifelse(top < whole(0), -rounded, rounded).cast(INTEGER)
