"""Facts about the whole field that charts show: computed once, when the read model is built. Source: spec 5.5, 7.3."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from tierwise.insight.concentration import (
    Curve,
    customers_for_share,
    field_of,
    gini,
    hhi,
    loss_making,
    top_share,
    whale_curve,
)

PLACES = 4
TOP_PCT = (1, 5, 10, 20)
NEEDED_PCT = (50, 80)


def facts_of(graded: pa.Table) -> dict[str, Any]:
    """Curves and indices over the units that a run graded, as in its report; who has no value is left out."""
    return {measure: _field(graded[measure]) for measure in ("sales", "profit")}


def _field(texts: pa.ChunkedArray) -> dict[str, Any]:
    field = field_of(texts.drop_null().cast(pa.decimal128(38, PLACES)))
    losing = loss_making(field)
    return {
        "curve": _curve(whale_curve(field)),
        "top_share_pct": {pct: _said(top_share(field, pct)) for pct in TOP_PCT},
        "customers_for_share": {
            pct: needed.customers if (needed := customers_for_share(field, pct)) else None
            for pct in NEEDED_PCT
        },
        "gini": _said(gini(field).value),
        "hhi": _said(hhi(field).value),
        "losing": {"customers": losing.customers, "amount": _said(losing.loss)},
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "customers": curve.customers,
        "total": _said(curve.total),
        "peak": _said(curve.peak),
        "peak_pct": _said(curve.peak_pct),
        "peak_customers": curve.peak_customers,
        "points": [
            [point.customers, _said(point.customer_pct), _said(point.cumulative), _said(point.pct)]
            for point in curve.points
        ],
    }


def _said(value: Any) -> Any:
    """Fractions as exact decimals of some places, everything else as text or number."""
    if isinstance(value, Fraction):
        scaled = value * 10**PLACES
        return str(Decimal(round(scaled)).scaleb(-PLACES))
    return str(value) if isinstance(value, Decimal) else value
