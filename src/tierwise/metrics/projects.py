"""Projects that we do together with a customer. Source: spec SAL-21."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierwise.metrics.passes import Pass, Read, added, counted, money, number
from tierwise.metrics.scene import Scene, day

if TYPE_CHECKING:
    from ibis.expr.types import Table


def _running(t: Table, scene: Scene, months: int | None) -> Any:
    """Whether a project runs on any day of the window; without an end it still runs."""
    span = scene.window(months or 36)
    return (t.start_on <= day(span.end)) & (t.end_on.isnull() | (t.end_on >= day(span.start)))


def _finish(name: str, read: Read) -> tuple[Any, Any | None]:
    return (number(read("count")) if name == "projects" else money(read("income"))), None


PROJECTS = Pass(
    "projects",
    parts={"count": counted(), "income": added("cumulative_income")},
    metrics={"projects": ("count",), "project_income": ("income",)},
    finish=_finish,
    inside=_running,
)
