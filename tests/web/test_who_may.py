"""Every address × every role, as one table. An address without a row fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from tests.web.conftest import MakeUser
from tierwise_web.common.allowing import PUBLIC, need_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import ROLES

EVERYBODY = frozenset(ROLES)
NOBODY = "nobody"
SEE_CUSTOMERS = EVERYBODY - {"admin"}
SEE_RUNS = frozenset(
    "data_steward analyst policy_owner approver executive_sponsor sales_manager national_kam finance executive auditor".split()
)
START_RUNS, APPROVE_RUNS = frozenset({"analyst"}), frozenset({"approver"})
MANAGE_PEOPLE = frozenset({"admin"})
SEE_IMPORTS = frozenset("data_steward analyst finance auditor".split())

WORK = SEE_CUSTOMERS - {"service_agent", "agent_user"}
ASSESS = frozenset({"account_manager", "sales_manager", "national_kam", "regional_kam"})
ACCEPT = frozenset({"approver", "executive_sponsor", "sales_manager", "national_kam"})
CONTACTS = SEE_CUSTOMERS - {"agent_user"}
LOG_WORK = ASSESS | {"service_agent", "service_supervisor", "credit_controller", "executive_sponsor"}
EDIT = ASSESS | {"data_steward"}
TRANSFER = frozenset({"sales_manager", "national_kam", "data_steward"})
GROUP = TRANSFER | {"marketing"}
SEE_DUPLICATES, MERGE = frozenset({"data_steward", "auditor"}), frozenset({"data_steward"})
SEE_EDITS, HAND_OVER = SEE_IMPORTS - {"finance"}, frozenset({"data_steward", "analyst"})

# name of the address -> method, address to ask for, roles that may ("public": also without sign-in)
TABLE: dict[str, tuple[str, str, frozenset[str] | str]] = {
    "home": ("get", "/", EVERYBODY),
    "health": ("get", "/health", PUBLIC),
    "people:sign-in": ("get", "/sign-in", PUBLIC),
    "people:demo-sign-in": ("post", "/sign-in/demo", PUBLIC),
    "people:code": ("get", "/sign-in/code", PUBLIC),
    "people:second-factor": ("get", "/me/second-factor", EVERYBODY),
    "people:recovery-codes": ("post", "/me/second-factor/codes", EVERYBODY),
    "people:second-factor-off": ("post", "/me/second-factor/off", EVERYBODY),
    "people:take-away": ("post", "/people/1/second-factor/off", MANAGE_PEOPLE),
    "people:passkey": ("post", "/sign-in/passkey", PUBLIC),
    "people:passkey-ask": ("post", "/sign-in/passkey/start", PUBLIC),
    "people:passkeys": ("get", "/me/passkeys", EVERYBODY),
    "people:passkey-start": ("post", "/me/passkeys/start", EVERYBODY),
    "people:passkey-add": ("post", "/me/passkeys/add", EVERYBODY),
    "people:passkey-remove": ("post", "/me/passkeys/1/remove", EVERYBODY),
    "people:company": ("get", "/sign-in/company", PUBLIC),
    "people:company-back": ("get", "/sign-in/company/back", PUBLIC),
    "people:signed-out": ("get", "/signed-out", PUBLIC),
    "people:sign-out": ("post", "/sign-out", EVERYBODY),
    "people:set-up": ("get", "/set-up", PUBLIC),
    "people:language": ("post", "/language", PUBLIC),
    "people:theme": ("post", "/theme", PUBLIC),
    "people:me": ("get", "/me", EVERYBODY),
    "people:people": ("get", "/people", MANAGE_PEOPLE),
    "people:new": ("get", "/people/new", MANAGE_PEOPLE),
    "people:units": ("post", "/people/units", MANAGE_PEOPLE),
    "people:person": ("get", "/people/1", MANAGE_PEOPLE),
    "people:log": ("get", "/log", frozenset({"auditor"})),
    "customers:list": ("get", "/customers", SEE_CUSTOMERS),
    "customers:count": ("get", "/customers/count", SEE_CUSTOMERS),
    "customers:edit": ("get", "/customer/C000001/edit", EDIT),
    "customers:transfer": (
        "get",
        "/customer/C000001/transfer",
        TRANSFER,
    ),
    "customers:group": ("get", "/customer/C000001/group", SEE_CUSTOMERS),
    "customers:place": ("get", "/customer/C000001/place", EDIT),
    "customers:take-back": ("post", "/customer/C000001/changes/1/take-back", EDIT),
    "customers:edit-here": ("get", "/customer/C000001/edit-here", EDIT),
    "customers:choose-transfer": ("post", "/customers/chosen/transfer", TRANSFER),
    "customers:choose-segment": ("post", "/customers/chosen/segment", GROUP),
    "customers:export-chosen": ("post", "/customers/chosen/export", WORK),
    "customers:bulk": ("get", "/customers/bulk/1", SEE_CUSTOMERS),
    "customers:undo-bulk": ("post", "/customers/bulk/1/undo", SEE_CUSTOMERS),
    "customers:pool": ("get", "/pool", ASSESS | {"data_steward"}),
    "customers:claim": ("post", "/pool/claim", ASSESS),
    "prospects": ("get", "/prospects", WORK),
    "customers:promises": ("get", "/promises", CONTACTS),
    "customers:promises-count": ("get", "/promises/count", CONTACTS),
    "customers:promises-export": ("get", "/promises/export.csv", WORK),
    "customers:promise-kept": ("post", "/promises/kept", LOG_WORK),
    "customers:promise-put-off": ("post", "/promises/put-off", LOG_WORK),
    "customers:promise-reopen": ("post", "/promises/reopen", LOG_WORK),
    "customers:promise-undo": ("post", "/promises/1/undo", LOG_WORK),
    "customers:new": ("get", "/customers/new", EDIT),
    "customers:segments": ("get", "/segments", WORK),
    "customers:new-segment": ("get", "/segments/new", WORK),
    "customers:segment": ("get", "/segments/S1", WORK),
    "customers:columns": ("post", "/customers/columns", SEE_CUSTOMERS),
    "customers:keep-view": ("post", "/customers/views", SEE_CUSTOMERS),
    "customers:forget-view": ("post", "/customers/views/1/forget", SEE_CUSTOMERS),
    "customers:start-export": ("post", "/customers/export", SEE_CUSTOMERS - {"service_agent", "agent_user"}),
    "customers:file": ("get", "/customers/files/x.csv", SEE_CUSTOMERS - {"service_agent", "agent_user"}),
    "customers:timeline": ("get", "/customer/C000001/timeline", CONTACTS),
    "customers:new-contact": ("get", "/customer/C000001/contacts/new", LOG_WORK),
    "customers:contact": ("get", "/customer/C000001/contacts/K1", LOG_WORK),
    "customers:new-dealing": ("get", "/customer/C000001/dealings/new", LOG_WORK),
    "customers:dealing": ("get", "/customer/C000001/dealings/K1", LOG_WORK),
    "customers:new-signal": ("get", "/customer/C000001/signals/new", LOG_WORK),
    "customers:signal": ("get", "/customer/C000001/signals/K1", LOG_WORK),
    "customers:forget-note": ("post", "/customer/C000001/notes/1/forget", LOG_WORK),
    "customers:display": ("post", "/customers/display", SEE_CUSTOMERS),
    "customer": ("get", "/customer/C000001", SEE_CUSTOMERS),
    "customer-rows": ("get", "/customer/C000001/rows?of=net_sales_12m", SEE_CUSTOMERS),
    "customers:export": ("get", "/customers/export.csv", SEE_CUSTOMERS - {"service_agent", "agent_user"}),
    "grading:runs": ("get", "/runs", SEE_RUNS),
    "grading:run": ("get", "/runs/run-000001", SEE_RUNS),
    "grading:start-month": ("post", "/runs/month", START_RUNS),
    "grading:start-trial": ("post", "/runs/trial", START_RUNS),
    "grading:approve": ("post", "/runs/run-000001/approve", APPROVE_RUNS),
    "grading:publish": ("post", "/runs/run-000001/publish", APPROVE_RUNS),
    "merging:duplicates": ("get", "/duplicates", SEE_DUPLICATES),
    "merging:look": ("post", "/duplicates/look", MERGE),
    "merging:pair": ("get", "/duplicates/pair?a=C000001&b=C000002", MERGE),
    "merging:not-same": ("post", "/duplicates/not-same", MERGE),
    "merging:merged": ("get", "/duplicates/merged", SEE_DUPLICATES),
    "merging:undo": ("post", "/duplicates/undo", MERGE),
    "workflow:job": ("get", "/jobs/1", EVERYBODY),
    "workflow:cancel": ("post", "/jobs/1/cancel", EVERYBODY),
    "imports:list": ("get", "/imports", SEE_IMPORTS),
    "imports:undo": ("post", "/imports/999/undo", frozenset({"data_steward"})),
    "editing:changes": ("get", "/changes", SEE_EDITS),
    "editing:hand-over": ("post", "/changes/hand-over", HAND_OVER),
    "editing:take-back": ("post", "/changes/1/take-back", HAND_OVER),
    "editing:end": ("post", "/changes/1/end", HAND_OVER),
    "assessments:list": ("get", "/assessments", WORK),
    "assessments:one": ("get", "/assessments/1", WORK),
    "assessments:edit": ("get", "/assessments/1/edit", ASSESS),
    "assessments:decide": ("post", "/assessments/1/decide", ACCEPT),
    "assessments:withdraw": ("post", "/assessments/1/withdraw", ASSESS),
    "assessments:new": ("get", "/customer/C000001/assess/realestate_scorecard", ASSESS),
    "customer-work": ("get", "/customer/C000001/work", SEE_CUSTOMERS),
}


def addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, object]]:
    """All named addresses with their views."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(
                pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space
            )
        else:
            yield f"{space}{pattern.name}", pattern.callback


ADDRESSES = dict(addresses(get_resolver().url_patterns))


def test_every_address_has_its_row():
    assert set(ADDRESSES) == set(TABLE)


def test_every_view_says_who_may_ask():
    assert [name for name, view in ADDRESSES.items() if need_of(view) is None] == []


@pytest.mark.parametrize("name", TABLE)
def test_only_the_named_roles_get_in(
    name: str, make_user: MakeUser, as_user: Callable[[User | None], Client]
):
    method, address, allowed = TABLE[name]
    people = {role: make_user(role, role) for role in ROLES} | {NOBODY: make_user("roleless")}
    if allowed == PUBLIC:
        assert _outcome(as_user(None), method, address) == "in"
        return
    assert _outcome(as_user(None), method, address) == "sign in"
    let_in = {role for role, user in people.items() if _outcome(as_user(user), method, address) == "in"}
    expected = set(allowed) | ({NOBODY} if allowed is EVERYBODY else set())
    assert let_in == expected


@pytest.mark.parametrize(
    "name", [name for name, (_, address, _) in TABLE.items() if address.startswith("/customer/")]
)
def test_the_code_of_a_customer_may_hold_a_slash(name: str):
    found = resolve(TABLE[name][1].partition("?")[0])
    address = reverse(name, kwargs=found.kwargs | {"code": "华东/A 1"})
    other = resolve(unquote(address))
    assert (other.view_name, other.kwargs["code"]) == (name, "华东/A 1")


def _outcome(client: Client, method: str, address: str) -> str:
    answer = getattr(client, method)(address)
    if answer.status_code == 403:
        return "refused"
    sent = answer.headers.get("Location", "")
    return "sign in" if sent.startswith("/sign-in?") else "in"
