"""Numbers that metrics depend on and that a policy may change. All defaults are product decisions [D]."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _decimal(value: object) -> object:
    """Exact numbers only: text or integers; a YAML float such as 7.5 is read from its digits."""
    if isinstance(value, bool):
        raise ValueError("a number is expected")
    return str(value) if isinstance(value, float) else value


Number = Annotated[Decimal, BeforeValidator(_decimal)]
Percent = Annotated[Number, Field(ge=0, le=100, decimal_places=4)]


class PointsBand(BaseModel):
    """Credit points for delays of at most ``up_to_days`` (the last band has no limit)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_to_days: int | None
    points: int = Field(ge=0, le=100)


DEFAULT_POINTS: tuple[PointsBand, ...] = tuple(
    PointsBand(up_to_days=days, points=points)
    for days, points in ((0, 100), (15, 85), (30, 70), (60, 45), (90, 20), (None, 0))
)


class MetricSettings(BaseModel):
    """What a policy may change about its metrics. Source: spec 5.1, 5.2, 5.3, 5.4."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    missing_cost_limit_pct: Percent = Decimal(5)
    """Share of gross sales without any cost above which profit is null (PRF-01)."""
    credit_points: tuple[PointsBand, ...] = DEFAULT_POINTS
    """Points by days late (CRD-08)."""
    grace_days: int = Field(default=0, ge=0, le=365)
    """A delay within grace counts as none (CRD-01, 04, 08)."""
    default_interval_days: int = Field(default=60, ge=1)
    """Purchase interval of a customer with one order date (SAL-15)."""
    include_freight: bool = False
    """Whether freight lines count as sales (spec 5.1(3))."""
    new_customer_months: int = Field(default=3, ge=0)
    """A first order younger than this raises the flag ``new_customer``."""
    single_order_pct: Percent = Decimal(80)
    """One order above this share of the window's sales raises ``single_order`` (spec 12.4)."""

    @model_validator(mode="after")
    def _bands_ascend(self) -> MetricSettings:
        limits = [band.up_to_days for band in self.credit_points]
        if not limits or limits[-1] is not None or any(limit is None for limit in limits[:-1]):
            raise ValueError("credit_points: exactly the last band has no limit (up_to_days: null)")
        known = [limit for limit in limits if limit is not None]
        if known != sorted(set(known)):
            raise ValueError("credit_points: limits must ascend")
        return self
