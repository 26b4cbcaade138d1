"""What campaigns reach and what customers recommend. Source: spec 5.9 (MKT-01, MKT-03, MKT-04)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierwise.metrics.passes import Pass, Read, counted, number, pct_of
from tierwise.metrics.scene import Scene, day
from tierwise.metrics.service import unless

if TYPE_CHECKING:
    from ibis.expr.types import Table

RESPONSES = ("answered", "lead", "order")
"""What counts as a response: opening a message is none."""


def _touch(name: str, read: Read) -> tuple[Any, Any | None]:
    if name == "response_rate_pct":
        return unless(pct_of(read("responses"), read("touches")), "no_touches")
    return number(read(name.removeprefix("touch_"))), None


TOUCHES = Pass(
    "touches",
    parts={
        "touches": counted(),
        "responses": counted(lambda t: t.response.isin(RESPONSES)),
        "orders": counted(lambda t: t.response == "order"),
    },
    metrics={
        "touches": ("touches",),
        "responses": ("responses",),
        "touch_orders": ("orders",),
        "response_rate_pct": ("responses", "touches"),
    },
    finish=_touch,
)


def _referral(name: str, read: Read) -> tuple[Any, Any | None]:
    if name == "referral_conversion_pct":
        return unless(pct_of(read("converted"), read("given")), "no_referrals")
    return number(read("given" if name == "referrals_given" else "converted")), None


def _by_referrer(t: Table, scene: Scene) -> Table:
    """Referrals as rows of the customer that gave them, with what the day knows of their outcome."""
    return t.mutate(customer_code=t.referrer_code, converted=t.converted_on <= day(scene.as_of))


REFERRALS = Pass(
    "referrals",
    parts={"given": counted(), "converted": counted(lambda t: t.converted)},
    metrics={
        "referrals_given": ("given",),
        "referrals_converted": ("converted",),
        "referral_conversion_pct": ("converted", "given"),
    },
    finish=_referral,
    prepare=_by_referrer,
)
