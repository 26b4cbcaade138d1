"""Who may not see profit and cost reads an explanation that tells neither. Source: spec 12.5."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tierwise import api
from tierwise.demo.company import write_company
from tierwise.grading.withholding import telling_criteria, telling_methods, tells_cost
from tierwise.policy.load import load_policy

AT = datetime(2026, 11, 2, tzinfo=UTC)
AS_OF = date(2026, 10, 31)
TELLING = ("profit", "利润", "cost", "成本", "loss", "亏损")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> api.Book:
    folder: Path = tmp_path_factory.mktemp("withheld")
    company = write_company(folder / "files", customers=60, seed=3, last_month=AS_OF)
    made = api.create_book(folder / "book", name="x", actor="ann", at=AT)
    items = [api.ImportItem(table, files) for table, files in company.tables.items()]
    api.import_batch(made, items, strict=True, actor="ann", at=AT)
    for policy in ("customer_value", "abc_profit"):
        api.grade(made, policy, as_of=AS_OF, actor="ann", at=AT)
    return made


def run_of(book: api.Book, policy: str) -> api.RunRecord:
    return next(run for run in api.list_runs(book) if run.policy_code == policy)


@pytest.mark.parametrize("policy", ["customer_value", "abc_profit"])
def test_nothing_that_tells_profit_or_cost_is_said(book: api.Book, policy: str):
    run = run_of(book, policy)
    codes = api.read_results(book, run)["customer_id"].to_pylist()
    for code in codes:
        told = replace(api.explain(book, code, run=run.run_id), profit=False)
        for lang in ("en", "zh"):
            said = [s for s in told.sentences(lang)[1:] if "which your role" not in s and "无权查看" not in s]
            said += [row.title for row in told.components(lang)]
            said += [sentence for _, sentence in told.advisory(lang)]
            assert [s for s in said if any(word in s.lower() for word in TELLING) and "credit" not in s] == []


def test_the_reason_of_a_grade_by_profit_says_only_that_it_is_withheld(book: api.Book):
    run = run_of(book, "abc_profit")
    graded = [row for row in api.read_results(book, run).to_pylist() if row["grade"]]
    told = replace(api.explain(book, graded[0]["customer_id"], run=run.run_id), profit=False)
    assert "which your role does not show" in told.sentences("en")[1]
    assert len(told.sentences("en")) == 2


def test_what_does_not_rest_on_profit_stays_as_it_is(book: api.Book):
    run = run_of(book, "customer_value")
    graded = [row for row in api.read_results(book, run).to_pylist() if row["grade"]]
    full = api.explain(book, graded[0]["customer_id"], run=run.run_id)
    told = replace(full, profit=False)
    assert told.sentences("en")[1] == full.sentences("en")[1]
    assert {"rfm", "credit"} == {name for name, _ in told.advisory("en")}
    assert "net_sales_12m" in {row.code for row in told.components("en")}


@pytest.mark.parametrize(
    ("metric", "telling"),
    [
        ("net_sales_12m", False),
        ("gross_margin_pct", True),
        ("profit_rank_12m", True),
        ("late_invoices", False),
    ],
)
def test_a_figure_derived_from_cost_tells_it(metric: str, telling: bool):
    assert tells_cost(metric) is telling


def test_a_combination_of_a_grade_by_profit_tells_it_too():
    policy = load_policy("abc_credit_table").policy
    by_profit = policy.model_copy(
        update={"advisory": tuple(m.model_copy(update={"value": "customer_profit"}) if m.method == "abc_rank" else m
                                  for m in policy.advisory)}
    )  # fmt: skip
    assert telling_methods(policy) == frozenset()
    assert policy.leading.id in telling_methods(by_profit)


def test_points_for_profit_tell_it():
    found = {
        code
        for name in ("five_indicator_composite", "quality_20")
        for code in telling_criteria(load_policy(name).policy)
    }
    assert any("profit" in code for code in found)
    assert "key_account.kc_02" in telling_criteria(
        load_policy("key_accounts").policy
    )  # membership of the profit set tells it


@pytest.mark.parametrize(
    ("reads", "codes"),
    [
        ({"work": "worked_minutes", "expected": "expected_sales"}, {"kc_02"}),
        ({"work": "cost_to_serve"}, {"kc_02", "kc_05", "kc_09"}),
        ({"expected": "customer_profit"}, {"kc_02", "kc_08"}),
        ({"profit": "net_sales"}, set()),
    ],
)
def test_characteristics_tell_profit_or_cost_where_they_read_it(reads: dict[str, str], codes: set[str]):
    policy = load_policy("key_accounts").policy
    methods = [m.model_copy(update=reads) if m.id == "key_account" else m for m in policy.methods]
    other = policy.model_copy(update={"leading": methods[0], "advisory": tuple(methods[1:])})
    assert {code for code in telling_criteria(other) if ".kc_" in code} == {f"key_account.{c}" for c in codes}
