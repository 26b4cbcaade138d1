"""What every expression of a computation must fulfil, wherever it ran: the white list, and Spark can say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ibis.common.exceptions import IbisError

from tests.engine.white_list import violations
from tierwise.engine.text import text_of

_seen: set[Any] = set()
"""Expressions that passed: most computations have most of theirs in common."""


def complaints(stages: Iterable[tuple[str, Any]]) -> list[str]:
    """Everything that is wrong with named expressions, as sentences that name the stage."""
    found = []
    for name, expr in stages:
        if expr.op() in _seen:
            continue
        wrong = sorted(set(violations(expr))) + spark_cannot(expr)
        found += [f"{name}: {what}" for what in wrong]
        if not wrong:
            _seen.add(expr.op())
    return found


def spark_cannot(expr: Any) -> list[str]:
    """Why an expression has no text for Spark; empty if it has."""
    try:
        text_of(expr, "pyspark")
    except (IbisError, NotImplementedError) as error:
        return [f"Spark: {type(error).__name__}: {error}"]
    return []
