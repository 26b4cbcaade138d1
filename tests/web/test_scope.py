"""Who sees which customers, and who sees profit. Source: spec 3.3, 12.5."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.web.conftest import MakeUser
from tierwise_web.people.models import User
from tierwise_web.people.roles import ROLES, sees_profit
from tierwise_web.people.scope import Scope

CUSTOMERS: dict[str, dict[str, Any]] = {
    "anns": {"owner": "Ann", "backup": None, "team": "north", "agent_code": None},
    "bobs": {"owner": "Bob", "backup": "Ann", "team": "north", "agent_code": None},
    "carls": {"owner": "Carl", "backup": None, "team": "south", "agent_code": "AG1"},
    "nobodys": {"owner": None, "backup": None, "team": None, "agent_code": None},
}


def seen(scope: Scope) -> set[str]:
    """The customers that the condition leaves, asked of a database and of the rule at once."""
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE c (id TEXT, owner TEXT, backup TEXT, team TEXT, agent_code TEXT)")
        base.executemany(
            "INSERT INTO c VALUES (?, ?, ?, ?, ?)", [(k, *v.values()) for k, v in CUSTOMERS.items()]
        )
        sql, values = scope.condition("c")
        found = {row[0] for row in base.execute(f"SELECT id FROM c WHERE {sql.replace('%s', '?')}", values)}
    base.close()
    covered = {
        k
        for k, v in CUSTOMERS.items()
        if scope.covers(owner=v["owner"], backup=v["backup"], team=v["team"], agent=v["agent_code"])
    }
    assert found == covered
    return found


@pytest.fixture
def person(make_user: MakeUser, tree: Any):
    def make(role: str, unit: str | None = None, **fields: Any) -> User:
        return make_user(role, role, org_unit=tree[unit] if unit else None, **fields)

    return make


def test_an_account_manager_sees_own_customers_and_those_stood_in_for(person):
    assert seen(person("account_manager", "north", staff_name="Ann").scope) == {"anns", "bobs"}


def test_a_regional_specialist_sees_the_team(person):
    assert seen(person("regional_kam", "north").scope) == {"anns", "bobs"}


def test_a_sales_manager_sees_the_unit_and_what_is_below_it(person):
    assert seen(person("sales_manager", "hq").scope) == {"anns", "bobs", "carls"}


def test_an_agents_user_sees_customers_of_that_agent_and_no_profit(person):
    scope = person("agent_user", agent_code="AG1").scope
    assert seen(scope) == {"carls"}
    assert not scope.profit


def test_an_agents_user_of_no_agent_sees_nobody(person):
    assert seen(person("agent_user").scope) == set()


def test_an_account_manager_without_a_name_in_the_book_does_not_see_unowned_customers(person):
    assert seen(person("account_manager").scope) == set()


@pytest.mark.parametrize("role", [code for code, role in ROLES.items() if role.reach == "all"])
def test_roles_of_the_whole_company_see_everybody(person, role: str):
    assert seen(person(role).scope) == set(CUSTOMERS)


def test_an_administrator_sees_no_customer(person):
    assert seen(person("admin").scope) == set()


def test_who_left_sees_nobody(person):
    assert seen(person("analyst", is_active=False).scope) == set()


def test_roles_together_never_show_profit_where_none_of_them_would(person):
    assert not sees_profit(frozenset({"service_agent", "account_manager"}))
    assert sees_profit(frozenset({"service_agent", "analyst"}))
    assert {code for code in ROLES if not sees_profit(frozenset({code}))} == {
        "admin",
        "service_agent",
        "agent_user",
    }
