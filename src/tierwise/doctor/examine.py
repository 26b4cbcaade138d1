"""Everything that is looked at, in the order in which it is told."""

from __future__ import annotations

from tierwise.doctor.engines import engines
from tierwise.doctor.findings import Finding
from tierwise.doctor.machine import machine


def examine(spark: str | None = None) -> list[Finding]:
    """What this machine has and what works; ``spark`` names a Spark to be tried. Nothing is changed or sent."""
    return [*engines(spark), *machine()]
