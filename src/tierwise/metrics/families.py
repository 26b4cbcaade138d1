"""All passes over tables of events, and what the compiler asks of them together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tierwise.metrics.delivered import ASSESSED
from tierwise.metrics.marketing import REFERRALS, TOUCHES
from tierwise.metrics.passes import Pass
from tierwise.metrics.projects import PROJECTS
from tierwise.metrics.service import CALLS, COMPLAINTS, INTERACTIONS, SHIPMENTS, SURVEYS, TIME_LOGS

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.metrics.model import Use
    from tierwise.metrics.scene import Scene

PASSES: tuple[Pass, ...] = (
    PROJECTS,
    SURVEYS,
    COMPLAINTS,
    CALLS,
    SHIPMENTS,
    INTERACTIONS,
    TIME_LOGS,
    TOUCHES,
    REFERRALS,
    ASSESSED,
)
_OF_METRIC = {metric: one for one in PASSES for metric in one.metrics}


def parts(stages: Stages, uses: Iterable[Use], scene: Scene) -> list[Table]:
    """The stages ``tw_<table>`` with one row per unit, of the passes that are asked for."""
    asked = sorted(uses)
    sums = ((one, one.sums(asked, scene)) for one in PASSES)
    return [stages.keep(f"tw_{one.table}", found) for one, found in sums if found is not None]


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of a metric of a pass from the joined parts; ``None`` for other metrics."""
    one = _OF_METRIC.get(use.name)
    if one is None:
        return None
    return one.finish(use.name, lambda part: t[one.column(part, use.months)])
