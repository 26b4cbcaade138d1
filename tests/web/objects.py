"""One's own things and those of others, of each kind that an address may name, and somebody in every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tests.web.conftest import AT, MakeUser
from tierwise.book.contract import TABLES
from tierwise_web.assessments.models import DRAFT, SUBMITTED, Assessment
from tierwise_web.customers.jobs import folder as files_folder
from tierwise_web.customers.jobs import seen_by
from tierwise_web.customers.models import TRANSFER, Bulk, PrivateNote, SavedView
from tierwise_web.editing.models import REFUSED, Change
from tierwise_web.people.models import Passkey, User
from tierwise_web.people.roles import ROLES
from tierwise_web.people.scope import Scope
from tierwise_web.people.services import unit
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.models import DONE, Job

CARD = "realestate_scorecard"
DAY = date(2026, 11, 2)
STRANGER = "stranger"


@dataclass
class World:
    """Somebody in every role, who has a customer (``mine``) and shares nothing with another (``theirs``)."""

    people: dict[str, User]
    mine: str
    theirs: str
    named: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Role -> what stands in the place of each name in an address."""

    def address(self, pattern: str, role: str) -> str:
        """An address as somebody in a role asks for it."""
        return pattern.format(**self.named[role])


def world(edition: Edition, make_user: MakeUser) -> World:
    """The two customers share neither account manager nor stand-in, team, agent; everybody in a narrow role has the one."""
    mine, theirs = _two_apart(edition)
    area = unit("area", "Area", "region", unit("hq", "Headquarters", "headquarters", None))
    team = unit(mine["team"], mine["team"], "team", area)
    unit(theirs["team"], theirs["team"], "team", None)
    place = {"own": {"staff_name": mine["owner"]}, "team": {"org_unit": team}, "subtree": {"org_unit": area},
             "agent": {"agent_code": mine["agent_code"]}}  # fmt: skip
    people = {code: make_user(code, code, **place.get(role.reach, {})) for code, role in ROLES.items()}
    people["nobody"] = make_user("nobody")
    stranger = make_user(STRANGER, "account_manager", staff_name=theirs["owner"])
    found = World(people, mine["code"], theirs["code"])
    others = _of(stranger, found.theirs)
    beside = _of(stranger, found.mine)
    segment = _change(
        stranger, "segments", "", f"G-{uuid4().hex[:8]}", name="俱乐部", dimension="other", basis="hand"
    )
    for code, user in people.items():
        own = _of(user, found.mine)
        names = {f"my_{name}": value for name, value in own.items()}
        names |= {f"their_{name}": value for name, value in others.items()}
        names |= {f"beside_{name}": value for name, value in beside.items()}
        found.named[code] = names | {
            "mine": found.mine,
            "theirs": found.theirs,
            "me": user.pk,
            "unit": team.pk,
            "segment": segment,
        }
    return found


def _two_apart(edition: Edition) -> tuple[dict[str, Any], dict[str, Any]]:
    columns = ("owner", "backup", "team", "agent_code")
    sql = "SELECT code, owner, backup, team, agent_code FROM customers WHERE unit = code ORDER BY id"
    rows = [dict(row) for row in Reading(edition, Scope("all")).rows(sql) if row["owner"] and row["team"]]
    for mine in rows:
        for theirs in rows:
            apart = all(mine[name] != theirs[name] or not mine[name] for name in columns)
            if mine["agent_code"] and apart and theirs["backup"] != mine["owner"] != theirs["owner"]:
                return mine, theirs
    raise AssertionError("the sample company has no two such customers")


def _of(user: User, customer: str) -> dict[str, Any]:
    """What one person has done with a customer, and has for oneself."""
    mark = uuid4().hex[:16]
    bulk = Bulk.objects.create(kind=TRANSFER, actor=user, opened_at=AT, chosen={customer: "x"})
    seen, name = seen_by(user), f"customers-2026-10-31-{mark}.csv"
    files_folder().mkdir(parents=True, exist_ok=True)
    (files_folder() / name).write_text("code\n", encoding="utf-8")
    file = {"file": name, "rows": 0, "seen": seen}
    of = {"customer_code": customer}
    return {
        "contact": _change(user, "contacts", customer, f"K-{mark}", name="林志远", level="2", active="true", **of),
        "dealing": _change(user, "interactions", customer, f"D-{mark}", date="2026-11-01", kind="visit", summary="x", **of),
        "step": Change.objects.filter(table="interactions", actor=user.username).latest("id").pk,
        "signal": _change(user, "signals", customer, f"S-{mark}", seen_on="2026-11-01", kind="personnel_change",
                          severity="2", text="x", state="new", **of),
        "change": _edit(user, customer).pk,
        "refused": _edit(user, customer, state=REFUSED).pk,
        "note": PrivateNote.objects.create(
            customer=customer, about="x", text="x", basis="x", author=user.username, author_name=user.name,
            made_at=AT, keep_until=DAY + timedelta(days=3650)).pk,
        "draft": _assessment(user, customer, DRAFT).pk,
        "assessment": _assessment(user, customer, SUBMITTED).pk,
        "bulk": bulk.pk,
        "view": SavedView.objects.create(owner=user, name=mark, query="?", shared=True, created_at=AT).pk,
        "job": _job(user, "customers.bulk", {"bulk": bulk.pk}).pk,
        "run_job": _job(user, "grading.trial", {"run_id": "run-000001"}).pk,
        "file": _job(user, "customers.export", file).result["file"],
        "passkey": Passkey.objects.create(user=user, name=mark, credential=mark, public_key="x", handle=mark, made_at=AT).pk,
    }  # fmt: skip


def _change(user: User, table: str, customer: str, key: str, **values: str) -> str:
    """A record that somebody made; its key."""
    declared = TABLES[table]
    empty: dict[str, str | None] = {column.name: None for column in declared.file_columns}
    Change.objects.create(
        table=table, key=key, customer=customer, values=empty | {declared.key[0]: key} | values,
        effective_on=DAY, actor=user.username, made_at=AT,
    )  # fmt: skip
    return key


def _edit(user: User, customer: str, **more: Any) -> Change:
    return Change.objects.create(
        table="customers", key=customer, customer=customer, values={"industry": "x"}, before={"industry": "y"},
        effective_on=DAY, reason="mistake", actor=user.username, made_at=AT, **more,
    )  # fmt: skip


def _assessment(user: User, customer: str, state: str) -> Assessment:
    return Assessment.objects.create(
        customer=customer, template=CARD, policy=CARD, policy_version=1, assessor=user.username,
        assessor_name=user.name, as_of=DAY if state == DRAFT else DAY - timedelta(days=1),  # one of a day waits at a time
        valid_until=DAY + timedelta(days=365), state=state, changed_at=AT,
    )  # fmt: skip


def _job(user: User, kind: str, result: dict[str, Any]) -> Job:
    return Job.objects.create(kind=kind, actor=user.username, created_at=AT, state=DONE, result=result)
