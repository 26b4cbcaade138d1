"""Every address × every role, as one table. An address without a row fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from tests.web.conftest import MakeUser
from tests.web.objects import world
from tierwise import api
from tierwise_web.common.allowing import PUBLIC, need_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import ROLES
from tierwise_web.published.models import Edition

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

TEAM = ASSESS | {"executive_sponsor"}
"""The account team of one's own customer."""
FAR = frozenset(code for code, role in ROLES.items() if role.reach == "all")
"""Roles that reach customers whom others look after."""
ANYBODY = EVERYBODY | {NOBODY}


@dataclass(frozen=True)
class Thing:
    """Something that an address may name: whose it is, and who of those who may ask at all gets to it."""

    whose: str
    address: str
    """With names of ``tests.web.objects``."""
    reached_by: frozenset[str] = frozenset()
    told_no: frozenset[str] = frozenset()
    """Those who see that it is there, and are told why they may not."""
    refused: frozenset[str] = frozenset()
    """Those who may see it and not do this."""
    sent: dict[str, str] = field(default_factory=dict)


def of_customer(rest: str = "") -> tuple[Thing, ...]:
    """A page of one's own customer, and of one whom somebody else looks after."""
    return Thing("own", f"/customer/{{mine}}{rest}", ANYBODY), Thing(
        "foreign", f"/customer/{{theirs}}{rest}", FAR
    )


def of_record(kind: str) -> tuple[Thing, ...]:
    """A record of a customer; under the address of one's own customer there is no record of another."""
    return (
        Thing("own", f"/customer/{{mine}}/{kind}s/{{my_{kind}}}", ANYBODY),
        Thing("a colleague's", f"/customer/{{mine}}/{kind}s/{{beside_{kind}}}", ANYBODY),
        Thing("foreign", f"/customer/{{theirs}}/{kind}s/{{their_{kind}}}", FAR),
        Thing("foreign, under one's own", f"/customer/{{mine}}/{kind}s/{{their_{kind}}}"),
    )


def of_person(own: str, *foreign: str, by: frozenset[str] = ANYBODY) -> tuple[Thing, ...]:
    """What one has for oneself; that of others is not there, whatever one's role."""
    return Thing("own", own, by), *(Thing("foreign", address) for address in foreign)


def of_company(there: str, nowhere: str, sent: dict[str, str] | None = None) -> tuple[Thing, ...]:
    """What belongs to the company, to be seen by all who may ask; there is no foreign one, only one that is not there."""
    return Thing("the company's", there, ANYBODY, sent=sent or {}), Thing(
        "nobody's", nowhere, sent=sent or {}
    )


DECISION = {"do": "accept", "version": "1"}
# name of the address -> method, address to ask for, roles that may ("public": also without sign-in), and for an address
# that names something: whose it may be
TABLE: dict[
    str, tuple[str, str, frozenset[str] | str] | tuple[str, str, frozenset[str] | str, tuple[Thing, ...]]
] = {
    "home": ("get", "/", EVERYBODY),
    "health": ("get", "/health", PUBLIC),
    "people:sign-in": ("get", "/sign-in", PUBLIC),
    "people:demo-sign-in": ("post", "/sign-in/demo", PUBLIC),
    "people:code": ("get", "/sign-in/code", PUBLIC),
    "people:password": ("get", "/me/password", EVERYBODY),
    "people:second-factor": ("get", "/me/second-factor", EVERYBODY),
    "people:recovery-codes": ("post", "/me/second-factor/codes", EVERYBODY),
    "people:second-factor-off": ("post", "/me/second-factor/off", EVERYBODY),
    "people:take-away": (
        "post",
        "/people/1/second-factor/off",
        MANAGE_PEOPLE,
        of_company("/people/{me}/second-factor/off", "/people/99999/second-factor/off"),
    ),
    "people:passkey": ("post", "/sign-in/passkey", PUBLIC),
    "people:passkey-ask": ("post", "/sign-in/passkey/start", PUBLIC),
    "people:passkeys": ("get", "/me/passkeys", EVERYBODY),
    "people:passkey-start": ("post", "/me/passkeys/start", EVERYBODY),
    "people:passkey-add": ("post", "/me/passkeys/add", EVERYBODY),
    "people:passkey-remove": (
        "post",
        "/me/passkeys/1/remove",
        EVERYBODY,
        of_person("/me/passkeys/{my_passkey}/remove", "/me/passkeys/{their_passkey}/remove"),
    ),
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
    "people:unit": (
        "get",
        "/people/units/1",
        MANAGE_PEOPLE,
        of_company("/people/units/{unit}", "/people/units/99999"),
    ),
    "people:unit-remove": (
        "post",
        "/people/units/1/remove",
        MANAGE_PEOPLE,
        (
            Thing("the company's", "/people/units/{unit}/remove", told_no=ANYBODY),  # somebody is in it
            Thing("nobody's", "/people/units/99999/remove"),
        ),
    ),
    "people:person": ("get", "/people/1", MANAGE_PEOPLE, of_company("/people/{me}", "/people/99999")),
    "people:log": ("get", "/log", frozenset({"auditor"})),
    "people:log-export": ("get", "/log/export.csv", frozenset({"auditor"})),
    "customers:list": ("get", "/customers", SEE_CUSTOMERS),
    "customers:count": ("get", "/customers/count", SEE_CUSTOMERS),
    "customers:edit": ("get", "/customer/C000001/edit", EDIT, of_customer("/edit")),
    "customers:transfer": ("get", "/customer/C000001/transfer", TRANSFER, of_customer("/transfer")),
    "customers:take-back": (
        "post",
        "/customer/C000001/changes/1/take-back",
        EDIT,
        (
            *of_customer("/changes/{my_change}/take-back")[:1],
            Thing(
                "a colleague's",
                "/customer/{mine}/changes/{beside_change}/take-back",
                frozenset({"data_steward"}),
                EDIT,
            ),
            Thing("foreign", "/customer/{theirs}/changes/{their_change}/take-back", FAR),
            Thing("foreign, under one's own", "/customer/{mine}/changes/{their_change}/take-back"),
        ),
    ),
    "customers:group": ("get", "/customer/C000001/group", SEE_CUSTOMERS, of_customer("/group")),
    "customers:place": ("get", "/customer/C000001/place", EDIT, of_customer("/place")),
    "customers:edit-here": ("get", "/customer/C000001/edit-here", EDIT, of_customer("/edit-here")),
    "customers:choose-transfer": ("post", "/customers/chosen/transfer", TRANSFER),
    "customers:choose-segment": ("post", "/customers/chosen/segment", GROUP),
    "customers:export-chosen": ("post", "/customers/chosen/export", WORK),
    "customers:bulk": (
        "get",
        "/customers/bulk/1",
        SEE_CUSTOMERS,
        of_person(
            "/customers/bulk/{my_bulk}",
            "/customers/bulk/{their_bulk}",
            "/customers/bulk/{beside_bulk}",
            by=TRANSFER,
        ),
    ),
    "customers:undo-bulk": (
        "post",
        "/customers/bulk/1/undo",
        SEE_CUSTOMERS,
        of_person(
            "/customers/bulk/{my_bulk}/undo",
            "/customers/bulk/{their_bulk}/undo",
            "/customers/bulk/{beside_bulk}/undo",
            by=TRANSFER,
        ),
    ),
    "customers:pool": ("get", "/pool", ASSESS | {"data_steward"}),
    "customers:pool-customer": (
        "get",
        "/pool/C000001",
        ASSESS | {"data_steward"},
        # whom somebody looks after is not in the pool, for nobody; those who are: test_many_at_once
        (Thing("own, not in the pool", "/pool/{mine}"), Thing("foreign, not in the pool", "/pool/{theirs}")),
    ),
    "customers:claim": ("post", "/pool/claim", ASSESS),
    "causes": ("get", "/causes", SEE_CUSTOMERS),
    "compute-causes": ("post", "/causes/compute", START_RUNS),
    "prospects": ("get", "/prospects", WORK),
    "funnel": ("get", "/prospects/funnel", WORK),
    "customers:promises": ("get", "/promises", CONTACTS),
    "customers:promises-count": ("get", "/promises/count", CONTACTS),
    "customers:promises-export": ("get", "/promises/export.csv", WORK),
    "customers:promise-kept": ("post", "/promises/kept", LOG_WORK),
    "customers:promise-put-off": ("post", "/promises/put-off", LOG_WORK),
    "customers:promise-reopen": ("post", "/promises/reopen", LOG_WORK),
    "customers:promise-undo": (
        "post",
        "/promises/1/undo",
        LOG_WORK,
        (
            Thing("own", "/promises/{my_step}/undo", ANYBODY),
            Thing("a colleague's", "/promises/{beside_step}/undo", told_no=ANYBODY),
            Thing("foreign", "/promises/{their_step}/undo", told_no=FAR),
        ),
    ),
    "customers:new": ("get", "/customers/new", EDIT),
    "customers:segments": ("get", "/segments", WORK),
    "customers:new-segment": ("get", "/segments/new", WORK),
    "customers:segment": (
        "get",
        "/segments/S1",
        WORK,
        of_company("/segments/{segment}", "/segments/nobodys"),
    ),
    "customers:columns": ("post", "/customers/columns", SEE_CUSTOMERS),
    "customers:keep-view": ("post", "/customers/views", SEE_CUSTOMERS),
    "customers:forget-view": (
        "post",
        "/customers/views/1/forget",
        SEE_CUSTOMERS,
        of_person("/customers/views/{my_view}/forget", "/customers/views/{their_view}/forget"),
    ),
    "customers:start-export": ("post", "/customers/export", SEE_CUSTOMERS - {"service_agent", "agent_user"}),
    "customers:file": (
        "get",
        "/customers/files/x.csv",
        SEE_CUSTOMERS - {"service_agent", "agent_user"},
        of_person(
            "/customers/files/{my_file}", "/customers/files/{their_file}", "/customers/files/nobodys.csv"
        ),
    ),
    "customers:timeline": ("get", "/customer/C000001/timeline", CONTACTS, of_customer("/timeline")),
    "customers:new-contact": (
        "get",
        "/customer/C000001/contacts/new",
        LOG_WORK,
        of_customer("/contacts/new"),
    ),
    "customers:contact": ("get", "/customer/C000001/contacts/K1", LOG_WORK, of_record("contact")),
    "customers:new-dealing": (
        "get",
        "/customer/C000001/dealings/new",
        LOG_WORK,
        of_customer("/dealings/new"),
    ),
    "customers:dealing": ("get", "/customer/C000001/dealings/K1", LOG_WORK, of_record("dealing")),
    "customers:new-signal": ("get", "/customer/C000001/signals/new", LOG_WORK, of_customer("/signals/new")),
    "customers:signal": ("get", "/customer/C000001/signals/K1", LOG_WORK, of_record("signal")),
    "customers:forget-note": (
        "post",
        "/customer/C000001/notes/1/forget",
        LOG_WORK,
        (
            Thing("own", "/customer/{mine}/notes/{my_note}/forget", ANYBODY),
            Thing("a colleague's", "/customer/{mine}/notes/{beside_note}/forget", told_no=TEAM),
            Thing("foreign", "/customer/{theirs}/notes/{their_note}/forget"),
            Thing("foreign, under one's own", "/customer/{mine}/notes/{their_note}/forget"),
        ),
    ),
    "customers:display": ("post", "/customers/display", SEE_CUSTOMERS),
    "customer": ("get", "/customer/C000001", SEE_CUSTOMERS, of_customer()),
    "customer-drivers": ("get", "/customer/C000001/drivers", SEE_CUSTOMERS, of_customer("/drivers")),
    "customer-rows": (
        "get",
        "/customer/C000001/rows?of=net_sales_12m",
        SEE_CUSTOMERS,
        of_customer("/rows?of=net_sales_12m"),
    ),
    "customers:export": ("get", "/customers/export.csv", SEE_CUSTOMERS - {"service_agent", "agent_user"}),
    "grading:runs": ("get", "/runs", SEE_RUNS),
    "grading:waiting": ("get", "/runs/waiting", SEE_RUNS),
    "grading:run": ("get", "/runs/run-000001", SEE_RUNS, of_company("/runs/run-000001", "/runs/run-999999")),
    "grading:start-month": ("post", "/runs/month", START_RUNS),
    "grading:start-trial": ("post", "/runs/trial", START_RUNS),
    "grading:approve": (
        "post",
        "/runs/run-000001/approve",
        APPROVE_RUNS,
        (
            Thing(
                "the company's", "/runs/run-000001/approve", told_no=ANYBODY
            ),  # a trial: nothing to approve
            Thing("nobody's", "/runs/run-999999/approve"),
        ),
    ),
    "grading:publish": (
        "post",
        "/runs/run-000001/publish",
        APPROVE_RUNS,
        (
            Thing(
                "the company's", "/runs/run-000001/publish", told_no=ANYBODY
            ),  # a trial: nothing to publish
            Thing("nobody's", "/runs/run-999999/publish"),
        ),
    ),
    "merging:duplicates": ("get", "/duplicates", SEE_DUPLICATES),
    "merging:look": ("post", "/duplicates/look", MERGE),
    "merging:pair": ("get", "/duplicates/pair?a=C000001&b=C000002", MERGE),
    "merging:not-same": ("post", "/duplicates/not-same", MERGE),
    "merging:merged": ("get", "/duplicates/merged", SEE_DUPLICATES),
    "merging:undo": ("post", "/duplicates/undo", MERGE),
    "workflow:job": (
        "get",
        "/jobs/1",
        EVERYBODY,
        (
            Thing("own", "/jobs/{my_job}", ANYBODY),
            Thing("own, of grading", "/jobs/{my_run_job}", ANYBODY),
            Thing("foreign", "/jobs/{their_job}"),
            Thing("foreign, of grading", "/jobs/{their_run_job}", SEE_RUNS),
        ),
    ),
    "workflow:cancel": (
        "post",
        "/jobs/1/cancel",
        EVERYBODY,
        (
            Thing("own", "/jobs/{my_job}/cancel", ANYBODY),
            Thing("foreign", "/jobs/{their_job}/cancel"),
            Thing("foreign, of grading", "/jobs/{their_run_job}/cancel", START_RUNS, refused=SEE_RUNS),
        ),
    ),
    "imports:list": ("get", "/imports", SEE_IMPORTS),
    "imports:undo": (
        "get",
        "/imports/1/undo",
        frozenset({"data_steward"}),
        of_company("/imports/1/undo", "/imports/999/undo"),
    ),
    "refusal-known": (
        "post",
        "/refused/1/known",
        EVERYBODY,
        (
            Thing("own", "/refused/{my_refused}/known", ANYBODY),
            Thing("somebody else's", "/refused/{their_refused}/known", HAND_OVER),
            Thing("what waits", "/refused/{my_change}/known"),
            Thing("nobody's", "/refused/99999/known"),
        ),
    ),
    "editing:changes": ("get", "/changes", SEE_EDITS),
    "editing:hand-over": ("post", "/changes/hand-over", HAND_OVER),
    "editing:take-back": (
        "post",
        "/changes/1/take-back",
        HAND_OVER,
        of_company("/changes/{their_change}/take-back", "/changes/99999/take-back"),
    ),
    "editing:end": (
        "post",
        "/changes/1/end",
        HAND_OVER,
        (
            Thing(
                "the company's", "/changes/{their_change}/end", told_no=ANYBODY
            ),  # it waits: nothing to end
            Thing("nobody's", "/changes/99999/end"),
        ),
    ),
    "assessments:list": ("get", "/assessments", WORK),
    "assessments:one": (
        "get",
        "/assessments/1",
        WORK,
        (
            Thing("own", "/assessments/{my_assessment}", ANYBODY),
            Thing("own draft", "/assessments/{my_draft}", ANYBODY),
            Thing("a colleague's", "/assessments/{beside_assessment}", ANYBODY),
            Thing("a colleague's draft", "/assessments/{beside_draft}"),
            Thing("foreign", "/assessments/{their_assessment}", FAR),
            Thing("foreign draft", "/assessments/{their_draft}"),
        ),
    ),
    "assessments:edit": (
        "get",
        "/assessments/1/edit",
        ASSESS,
        of_person(
            "/assessments/{my_draft}/edit",
            "/assessments/{beside_draft}/edit",
            "/assessments/{beside_assessment}/edit",
            "/assessments/{their_draft}/edit",
            "/assessments/{their_assessment}/edit",
        ),
    ),
    "assessments:decide": (
        "post",
        "/assessments/1/decide",
        ACCEPT,
        (
            Thing("own", "/assessments/{my_assessment}/decide", told_no=ANYBODY, sent=DECISION),
            Thing("a colleague's", "/assessments/{beside_assessment}/decide", ANYBODY, sent=DECISION),
            Thing("a colleague's draft", "/assessments/{beside_draft}/decide", sent=DECISION),
            Thing("foreign", "/assessments/{their_assessment}/decide", FAR, sent=DECISION),
        ),
    ),
    "assessments:withdraw": (
        "post",
        "/assessments/1/withdraw",
        ASSESS,
        (
            Thing("own", "/assessments/{my_assessment}/withdraw", ANYBODY, sent=DECISION),
            Thing(
                "a colleague's", "/assessments/{beside_assessment}/withdraw", told_no=ANYBODY, sent=DECISION
            ),
            Thing("a colleague's draft", "/assessments/{beside_draft}/withdraw", sent=DECISION),
            Thing("foreign", "/assessments/{their_assessment}/withdraw", sent=DECISION),
        ),
    ),
    "assessments:new": (
        "get",
        "/customer/C000001/assess/realestate_scorecard",
        ASSESS,
        of_customer("/assess/realestate_scorecard"),
    ),
    "customer-work": ("get", "/customer/C000001/work", SEE_CUSTOMERS, of_customer("/work")),
}


def addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """All named addresses with their patterns."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(
                pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space
            )
        else:
            yield f"{space}{pattern.name}", pattern


PATTERNS = dict(addresses(get_resolver().url_patterns))
ADDRESSES = {name: pattern.callback for name, pattern in PATTERNS.items()}
ROUTES = {name: str(pattern.pattern) for name, pattern in PATTERNS.items()}


def test_every_address_has_its_row():
    assert set(ADDRESSES) == set(TABLE)


def test_every_view_says_who_may_ask():
    assert [name for name, view in ADDRESSES.items() if need_of(view) is None] == []


@pytest.mark.parametrize("name", TABLE)
def test_only_the_named_roles_get_in(
    name: str, make_user: MakeUser, as_user: Callable[[User | None], Client]
):
    method, address, allowed = TABLE[name][:3]
    people = {role: make_user(role, role) for role in ROLES} | {NOBODY: make_user("roleless")}
    if allowed == PUBLIC:
        assert _outcome(as_user(None), method, address) == "in"
        return
    assert _outcome(as_user(None), method, address) == "sign in"
    let_in = {role for role, user in people.items() if _outcome(as_user(user), method, address) == "in"}
    expected = set(allowed) | ({NOBODY} if allowed is EVERYBODY else set())
    assert let_in == expected


NAMES_NOTHING = {"customers:export", "customers:promises-export"}
"""What stands in their place is no thing of anybody: the kind of a file."""


def test_every_address_that_names_something_says_whose_it_may_be():
    naming = {name for name, route in ROUTES.items() if "<" in route} - NAMES_NOTHING
    assert {name for name, row in TABLE.items() if len(row) == 4} == naming
    for name in naming:
        things = [thing.whose for thing in TABLE[name][3]]
        assert len(things) > 1, name
        assert any("foreign" in whose or whose == "nobody's" for whose in things), name


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if len(row) == 4])
def test_what_is_foreign_is_not_there(
    name: str,
    book: api.Book,
    edition: Edition,
    make_user: MakeUser,
    as_user: Callable[[User | None], Client],
    tmp_path: Path,
):
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    method, _, allowed, things = TABLE[name]
    made = world(edition, make_user)
    asking = {role: as_user(user) for role, user in made.people.items()}
    for thing in things:
        found = {
            role: _got(asked, method, made.address(thing.address, role), thing)
            for role, asked in asking.items()
        }
        assert found == {role: _expected(thing, role, allowed) for role in asking}, thing.whose


def _expected(thing: Thing, role: str, allowed: frozenset[str] | str) -> str:
    if role not in allowed and not (allowed is EVERYBODY and role == NOBODY):
        return "refused"
    if role in thing.reached_by:
        return "in"
    if role in thing.refused:
        return "refused"
    return "told no" if role in thing.told_no else "nothing there"


SAID = {200: "in", 302: "in", 403: "refused", 404: "nothing there", 409: "told no", 422: "told no"}


def _got(client: Client, method: str, address: str, thing: Thing) -> str:
    """What becomes of a request; what it changed is put back, so that the next one asks for the same."""
    with transaction.atomic():
        answer = getattr(client, method)(address, thing.sent)
        request_finished.disconnect(close_old_connections)  # a file is closed, and the database stays open
        answer.close()
        request_finished.connect(close_old_connections)
        transaction.set_rollback(True)
    sent = answer.headers.get("Location", "")
    return "sign in" if sent.startswith("/sign-in?") else SAID[answer.status_code]


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[1].startswith("/customer/")])
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
