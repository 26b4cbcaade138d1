"""What a run should say about its facts although it could be made. Source: spec 12.4."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tierwise.engine.base import one

if TYPE_CHECKING:
    from tierwise.book.versions import BookVersion
    from tierwise.engine.stages import Stages

SHOWN = 3
"""Customers that a warning names."""


def notices(stages: Stages, version: BookVersion, as_of: date) -> list[dict[str, Any]]:
    """Warnings as codes with slots: a day before all sales, customers that the book has no record of."""
    return [*_early(version, as_of), *_strangers(stages)]


def _early(version: BookVersion, as_of: date) -> list[dict[str, Any]]:
    lines = version.state.get("order_lines")
    if lines is None or not lines.rows:
        return [{"code": "run.no-order-lines"}]
    first = lines.facts.get("min_date")
    if first is None or as_of >= date.fromisoformat(first):
        return []
    return [{"code": "run.before-data", "as_of": as_of.isoformat(), "first": first}]


def _strangers(stages: Stages) -> list[dict[str, Any]]:
    """Graded customers that stand in facts and not in ``customers``."""
    t = stages["tw_people"]
    unknown = t.filter(~t.on_record & t.outside.isnull())
    count = int(one(stages.engine, unknown.agg(n=unknown.count()))["n"])
    if not count:
        return []
    first = stages.engine.fetch(unknown.select("unit").order_by("unit").limit(SHOWN)).column("unit")
    names = ", ".join(first.to_pylist()) + (" …" if count > SHOWN else "")
    return [{"code": "run.unknown-customers", "count": count, "names": names}]
