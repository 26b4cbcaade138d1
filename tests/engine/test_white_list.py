"""What the white list accepts and refuses.

The expressions of the shipped policies, of every metric and of the worked examples are held to it where they
run on both engines (``tests.engine.both``); here follow those of random policies.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.operations as ops
import pytest

from tests.engine.companies import Company
from tests.engine.portable import complaints, spark_cannot
from tests.engine.recorder import Recorder
from tests.engine.white_list import ALLOWED, violations
from tests.oracle.random_policies import random_policy
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.memory import grade_tables
from tierwise.kernel.ratio import count_where, floor_divide, money_quotient, product, quotient
from tierwise.policy.model import Policy

T = ibis.table(
    {
        "a": "decimal(38,0)",
        "m": "decimal(38,4)",
        "n": "int64",
        "s": "string",
        "d": "date",
        "f": "float64",
        "g": "string",
    },
    name="t",
)

REFUSED: dict[str, Any] = {
    "a division": T.a / T.a,
    "a floor division": T.n // 2,
    "a float constant": T.m * 0.5,
    "a float column": T.f,
    "a float that goes on": (T.a.cast("float64") / T.a.cast("float64")).cast("decimal(38,4)"),
    "a mean": T.m.mean(),
    "a rounding": T.m.round(2),
    "a hash": T.s.hash(),
    "the first of a group": T.s.first(),
    "a list": T.s.collect(),
    "some value": T.s.arbitrary(),
    "an upper case": T.s.upper(),
    "a pattern": T.s.re_search("x"),
    "a number as text": T.m.cast("string"),
    "a text as number": T.s.cast("decimal(38,4)"),
    "months between dates": T.d.delta(ibis.date(2025, 1, 1), unit="month"),
    "a month added": T.d + ibis.interval(months=1),
    "quintiles": ibis.ntile(5).over(order_by=T.m),
    "a running sum over rows": T.m.sum().over(ibis.window(order_by=T.m, preceding=1, following=0)),
    "a row number without an order": ibis.row_number(),
    "a conditional count of rows": T.count(where=T.s == "x"),
    "the clock": ibis.now(),
    "a product that does not say its scale": T.m * T.m,
}

ACCEPTED: dict[str, Any] = {
    "a quotient": quotient(T.a, T.a),
    "money divided": money_quotient(T.m, T.a),
    "a floor": floor_divide(T.a, T.a)[0],
    "a product": product(T.m, T.m, 4),
    "a rank": ibis.rank().over(ibis.window(order_by=T.m.desc())),
    "days between dates": T.d.delta(ibis.date(2025, 1, 1), unit="day"),
    "a count of rows that meet a condition": count_where(T.s == "x"),
    "a conditional sum": T.m.sum(where=T.s == "x"),
}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_the_expressions_of_random_policies(seed: int, company: Company) -> None:
    recorder = Recorder(DuckDBEngine())
    policy = Policy.model_validate(random_policy(seed))
    grade_tables(company.tables, policy, company.as_of, company.settings, engine=recorder)
    recorder.close()
    assert complaints(recorder.stages) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_list_refuses(name: str) -> None:
    value = REFUSED[name]
    expr = T.agg(x=value) if isinstance(value.op(), ops.Reduction) else T.select(x=value)
    assert list(violations(expr))


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_the_list_accepts(name: str) -> None:
    value = ACCEPTED[name]
    expr = T.agg(x=value) if isinstance(value.op(), ops.Reduction) else T.select(x=value)
    assert list(violations(expr)) == []
    assert spark_cannot(expr) == []


def test_every_listed_operation_is_one_of_ibis() -> None:
    assert all(issubclass(kind, ops.Node) for kind in ALLOWED)
