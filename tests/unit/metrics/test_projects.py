"""Projects in three years: what runs, and what it brought. Spec SAL-21."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support import customers, metrics, tables

# the window of 36 months to 30 June 2025 starts on 1 July 2022


def project(start: date, end: date | None, income: int = 100, **more: Any) -> dict[str, Any]:
    code = more.pop("code", f"{start}{end}")
    row = {"code": code, "customer_code": "K", "start_on": start, "end_on": end}
    return row | {"cumulative_income": income} | more


def seen(*rows: dict[str, Any], **options: Any) -> tuple[int, int]:
    facts = tables(customers=customers(["K", "L"]), projects=rows)
    got = metrics(facts, "projects", "project_income", **options)
    assert (got["L"]["projects_36m"], got["L"]["project_income_36m"]) == (0, 0)
    return got["K"]["projects_36m"], int(got["K"]["project_income_36m"])


def test_a_project_counts_if_it_runs_on_any_day_of_the_window() -> None:
    ended_before = project(date(2020, 1, 1), date(2022, 6, 30))
    ended_inside = project(date(2020, 1, 1), date(2022, 7, 1))
    still_runs = project(date(2019, 1, 1), None, 7)
    begins_today = project(date(2025, 6, 30), date(2026, 1, 1), 0)
    begins_tomorrow = project(date(2025, 7, 1), None)
    assert seen(ended_before, ended_inside, still_runs, begins_today, begins_tomorrow) == (3, 107)


def test_the_income_is_that_of_the_day() -> None:
    first = project(date(2024, 1, 1), None, 100, code="P", valid_from=date(2024, 1, 1))
    closed = first | {"superseded_on": date(2025, 7, 1)}
    grown = project(date(2024, 1, 1), None, 250, code="P", valid_from=date(2025, 7, 1))
    assert seen(closed, grown) == (1, 100)
    assert seen(closed, grown, as_of=date(2025, 7, 1)) == (1, 250)


def test_another_window_may_be_asked_for() -> None:
    facts = tables(customers=customers(["K"]), projects=[project(date(2022, 1, 1), date(2023, 1, 1))])
    got = metrics(facts, "projects_12m", "projects")["K"]
    assert (got["projects_12m"], got["projects_36m"]) == (0, 1)
