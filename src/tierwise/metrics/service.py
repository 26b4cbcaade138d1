"""What customers say of us and what we do for them: surveys, complaints, calls, shipments, promises, hours.

**Source** spec 5.8, 9.4.2; example E13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import MONEY, money_quotient, quotient, whole
from tierwise.metrics.passes import (
    Part,
    Pass,
    Percentile,
    Read,
    added,
    counted,
    money,
    number,
    pct_of,
    percentile,
)
from tierwise.metrics.scene import Scene, day

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.model import Use

Answer = tuple[Any, Any | None]
ANSWER_SECONDS = 20
"""A call answered after exactly so many seconds is still within the service level (spec 9.4.2)."""


def unless(value: Any, status: str) -> Answer:
    """A value with the status that says why it is null."""
    return value, ibis.ifelse(value.isnull(), status, "ok")


def scored(column: str, least: int, most: int) -> dict[str, Part]:
    """Sum and number of the answers on a scale, by the column's name; what is off the scale is no answer."""

    def answered(t: Table) -> Any:
        return (t[column] >= least) & (t[column] <= most)

    def total(t: Table, inside: Any) -> Any:
        return t[column].sum(where=inside & answered(t)).cast("decimal(38,0)")

    return {column: total, f"{column}_answers": counted(answered)}


def between(column: str, least: int, most: int) -> Part:
    """How many answers lie in a part of the scale."""
    return counted(lambda t: (t[column] >= least) & (t[column] <= most))


def _survey(name: str, read: Read) -> Answer:
    match name:
        case "satisfied_pct":
            value = pct_of(read("satisfied"), read("csat_answers"))
        case "net_promoter_score":
            gain = number(read("promoters")) - number(read("detractors"))
            value = quotient(whole(gain) * whole(100), whole(number(read("nps_answers"))))
        case _:
            column = "csat" if name == "satisfaction_score" else "expectation_met"
            value = quotient(read(column), whole(number(read(f"{column}_answers"))))
    return unless(value, "no_answers")


SURVEYS = Pass(
    "surveys",
    parts={
        **scored("csat", 1, 5),
        **scored("expectation_met", -2, 2),
        "satisfied": between("csat", 4, 5),
        "promoters": between("nps", 9, 10),
        "detractors": between("nps", 0, 6),
        "nps_answers": between("nps", 0, 10),
    },
    metrics={
        "satisfaction_score": ("csat", "csat_answers"),
        "satisfied_pct": ("satisfied", "csat_answers"),
        "net_promoter_score": ("promoters", "detractors", "nps_answers"),
        "expectation_gap": ("expectation_met", "expectation_met_answers"),
    },
    finish=_survey,
)


def _complaint(name: str, read: Read) -> Answer:
    match name:
        case "complaints" | "open_complaints":
            return number(read("open" if name == "open_complaints" else "count")), None
        case "repeat_complaints_pct":
            return unless(pct_of(read("repeats"), read("count")), "no_complaints")
        case _:
            value = percentile(read(name.removesuffix("_hours") if name.endswith("_hours") else name))
            none = number(read("count")) == 0
            return value, ibis.cases((value.notnull(), "ok"), (none, "no_complaints"), else_="no_times")


def _still_open(t: Table, scene: Scene) -> Table:
    """Rows with ``open``: not resolved by the end of the day."""
    return t.mutate(open=t.resolved_on.isnull() | (t.resolved_on > day(scene.as_of)))


COMPLAINTS = Pass(
    "complaints",
    parts={
        "count": counted(),
        "open": counted(lambda t: t.open),
        "repeats": counted(lambda t: t.repeat_of.notnull()),
        "first_response": Percentile("first_response_hours", 50),
        "first_response_hours_p90": Percentile("first_response_hours", 90),
        "resolution": Percentile("resolution_hours", 50),
        "resolution_hours_p90": Percentile("resolution_hours", 90),
    },
    metrics={
        "complaints": ("count",),
        "open_complaints": ("open",),
        "repeat_complaints_pct": ("repeats", "count"),
        "first_response_hours": ("first_response", "count"),
        "first_response_hours_p90": ("first_response_hours_p90", "count"),
        "resolution_hours": ("resolution", "count"),
        "resolution_hours_p90": ("resolution_hours_p90", "count"),
    },
    finish=_complaint,
    prepare=_still_open,
)


def _call(name: str, read: Read) -> Answer:
    match name:
        case "calls":
            return number(read("offered")), None
        case "service_level_pct":
            due = number(read("answered")) + number(read("abandoned_late")) + number(read("rejected"))
            return unless(pct_of(read("in_time"), due), "no_calls")
        case "abandon_rate_pct":
            return unless(pct_of(read("abandoned"), read("offered")), "no_calls")
        case _:
            waited = quotient(read("waited"), whole(number(read("answered"))))
            return unless(waited, "no_calls")


def _ended(how: str, also: Callable[[Table], Any] | None = None) -> Part:
    return counted(lambda t: (t.left_reason == how) & (also(t) if also else ibis.literal(True)))


CALLS = Pass(
    "calls",
    parts={
        "offered": counted(),
        "answered": _ended("answered"),
        "in_time": _ended("answered", lambda t: t.wait_seconds <= ANSWER_SECONDS),
        "abandoned": _ended("abandoned"),
        "abandoned_late": _ended("abandoned", lambda t: t.wait_seconds > ANSWER_SECONDS),
        "rejected": _ended("rejected_busy"),
        "waited": lambda t, inside: (
            t.wait_seconds.cast(MONEY).sum(where=inside & (t.left_reason == "answered")).cast(MONEY)
        ),
    },
    metrics={
        "calls": ("offered",),
        "service_level_pct": ("in_time", "answered", "abandoned_late", "rejected"),
        "average_answer_seconds": ("waited", "answered"),
        "abandon_rate_pct": ("abandoned", "offered"),
    },
    finish=_call,
)


def _shipment(name: str, read: Read) -> Answer:
    if name == "lead_time_days":
        return unless(percentile(read("days")), "no_shipments")
    return unless(pct_of(read("on_time"), read("due")), "no_shipments")


def _delivered(t: Table, scene: Scene) -> Table:
    """Rows with what the day knows of the delivery: ``arrived_on``, ``due`` and ``days`` since the order."""
    today = day(scene.as_of)
    arrived = ibis.ifelse(t.delivered_on <= today, t.delivered_on, ibis.null("date"))
    t = t.mutate(arrived_on=arrived)
    days = t.arrived_on.delta(t.ordered_on, unit="day")
    return t.mutate(due=t.arrived_on.notnull() | (t.promised_on < today), days=days.cast("decimal(18,4)"))


SHIPMENTS = Pass(
    "shipments",
    parts={
        "due": counted(lambda t: t.due),
        "on_time": counted(lambda t: t.arrived_on <= t.promised_on),
        "days": Percentile("days", 50),
    },
    metrics={"on_time_delivery_pct": ("on_time", "due"), "lead_time_days": ("days",)},
    finish=_shipment,
    prepare=_delivered,
)


def _promise(name: str, read: Read) -> Answer:
    if name == "visits":
        return number(read("visits")), None
    if name == "promises_kept_pct":
        return unless(pct_of(read("kept"), read("settled")), "no_promises")
    return unless(read("last"), "never_visited")


INTERACTIONS = Pass(
    "interactions",
    parts={
        "visits": counted(lambda t: t.kind == "visit"),
        "last": lambda t, inside: t.date.max(where=inside & (t.kind == "visit")),
        "kept": counted(lambda t: t.promise_state == "kept"),
        "settled": counted(lambda t: t.promise_state.isin(("kept", "late", "broken"))),
    },
    metrics={
        "visits": ("visits",),
        "last_visit_on": ("last",),
        "promises_kept_pct": ("kept", "settled"),
    },
    finish=_promise,
)


def _minutes(name: str, read: Read) -> Answer:
    return money(read("minutes")), None


TIME_LOGS = Pass(
    "time_logs",
    parts={"minutes": added("minutes")},
    metrics={"worked_minutes": ("minutes",)},
    finish=_minutes,
)


def derive(use: Use, t: Table, scene: Scene) -> Answer | None:
    """Value and status of what is derived from other metrics; ``None`` for metrics of other families."""
    n = use.months
    if use.name == "complaints_per_100_orders":
        made, orders = t[f"complaints_{n}m"], t[f"orders_{n}m"]
        return unless(quotient(whole(made) * whole(100), whole(orders)), "no_orders")
    if use.name == "hours":
        return quotient(t[f"worked_minutes_{n}m"], whole(60)), None
    if use.name == "sales_per_hour":
        sales, minutes = t[f"net_sales_{n}m"], t[f"worked_minutes_{n}m"]
        value = money_quotient(sales * whole(60), minutes)
        return value, ibis.cases((sales.isnull(), "no_history"), (value.isnull(), "no_hours"), else_="ok")
    return None
