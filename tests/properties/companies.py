"""Small random companies for properties, and how often a property is tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import AS_OF, policy, tables

EVERYDAY, MANY = 3, 150
TRIES = [EVERYDAY, pytest.param(MANY, marks=pytest.mark.long)]
"""For ``parametrize("tries", TRIES)``: few in the everyday run, many in the long one."""

most: int = MANY
"""No property is tried more often: less where each time takes seconds."""
AMOUNTS = ("100", "100", "250", "40", "0.01", "5000", "333.33", "0")
Company = dict[str, Any]


def hold(tries: int, check: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> None:
    """Tries a property so many times."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    tried = settings(max_examples=min(tries, most), suppress_health_check=slow, print_blob=True)
    tried(given(*strategies)(check))()


def _lines(codes: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        _line,
        st.sampled_from(codes),
        st.sampled_from(["sale"] * 6 + ["service", "return", "rebate"]),
        st.sampled_from(AMOUNTS).map(Decimal),
        st.sampled_from([0, 1, 30, 100, 364, 365, 366, 700]),
        st.sampled_from(["0.5", "0.7", "1.1"]).map(Decimal),
    )


def _line(code: str, kind: str, amount: Decimal, back: int, share: Decimal) -> dict[str, Any]:
    signed = amount if kind in ("sale", "service") else -amount
    cost = (signed * share).quantize(Decimal("0.01"))
    on = AS_OF - timedelta(days=back)
    return {
        "customer_code": code,
        "line_type": kind,
        "order_date": on,
        "amount_ex_tax": signed,
        "base_cost": cost,
    }


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Up to nine customers, some in groups, with lines and service costs; ties are frequent."""
    codes = [f"C{i}" for i in range(draw(st.integers(1, 9)))]
    people = []
    for i, code in enumerate(codes):
        parent = draw(st.none() | st.sampled_from(codes[:i])) if i else None
        node = draw(st.sampled_from(["site", "branch"])) if parent else "standalone"
        people.append({"code": code, "parent_code": parent, "hierarchy_node": node})
    lines = draw(st.lists(_lines(codes), min_size=1, max_size=24))
    for i, line in enumerate(lines):
        line["order_number"] = f"O{i}"
    costs = [
        {"customer_code": code, "date": AS_OF, "amount": Decimal(draw(st.sampled_from(["5", "60", "12.34"])))}
        for code in draw(st.lists(st.sampled_from(codes), max_size=4))
    ]
    return {"customers": people, "order_lines": lines, "service_costs": costs}


def facts_of(company: Company) -> dict[str, pa.Table]:
    """The Arrow tables of a company."""
    return tables(**company)


def scaled(company: Company, factor: Decimal) -> Company:
    """All money times a factor."""
    money = ("amount_ex_tax", "base_cost", "amount")

    def times(row: dict[str, Any]) -> dict[str, Any]:
        return {k: v * factor if k in money else v for k, v in row.items()}

    return {name: [times(row) for row in rows] for name, rows in company.items()}


def _ranked(code: str, metric: str) -> dict[str, Any]:
    source = {"kind": "rank_score", "metric": metric}
    return {"code": code, "title": {"en": code, "zh": code}, "weight_pct": 50, "source": source}


CARD = [_ranked("sales", "net_sales"), _ranked("profit", "customer_profit")]
SHARES = {"A": 20, "B": 50}
BY_RANK = policy(
    {"method": "abc_rank", "shares_pct": SHARES},
    advisory=[
        {"method": "abc_cumulative"},
        {"method": "rfm"},
        {"method": "scorecard", "criteria": CARD, "thresholds": {"A": 75, "B": 60}},
        {"method": "quality_set", "criteria": CARD},
    ],
    population={"level": "site"},
)
"""Every method that compares customers with one another."""
