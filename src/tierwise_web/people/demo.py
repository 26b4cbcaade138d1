"""The people of the sample company: its teams and account managers from the book, and one sign-in per role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tierwise_web.people.models import Installation, OrgUnit, User
from tierwise_web.people.roles import ROLES
from tierwise_web.people.services import grant, installation, unit

HEADQUARTERS = "总部 Headquarters"
NAMES = (
    "沈立群 梁知秋 温以宁 邵明远 纪长风 罗静姝 程望北 谭其昌 卫青禾 柯南星 丁若水 万嘉禾 殷正则 钟灵 易安然 章怀瑾 闻人杰 舒文澜"
).split()


@dataclass(frozen=True, slots=True)
class Staff:
    """An account manager of the book: name and team."""

    name: str
    team: str


@transaction.atomic
def people_of_the_demo(staff: Sequence[Staff], agents: Sequence[str], *, at: datetime) -> None:
    """Makes them all; a second call changes nothing. A database that serves a real company is left alone."""
    made = installation(demo=True, at=at)
    if not made.demo or User.objects.exists():
        return
    top = unit("headquarters", HEADQUARTERS, "headquarters", None)
    teams = {team: unit(team, team, "team", top) for team in sorted({s.team for s in staff if s.team})}
    first = next((s for s in staff if s.team), None)
    for (code, role), name in zip(ROLES.items(), NAMES, strict=True):
        leads = role.reach == "subtree"
        own = first if role.reach in ("own", "team") else None
        user = _user(
            code.replace("_", "-"),
            own.name if own and role.reach == "own" else name,
            teams[own.team] if own else (top if leads else None),
        )
        user.staff_name = own.name if own and role.reach == "own" else ""
        user.agent_code = agents[0] if role.reach == "agent" and agents else ""
        user.save()
        grant(user, [code], by="demo", at=at)


def _user(username: str, name: str, org_unit: OrgUnit | None) -> User:
    user = User(username=username, name=name, org_unit=org_unit)
    user.set_unusable_password()
    return user


def is_demo() -> bool:
    """Whether this database says that it is the demo's."""
    return Installation.objects.filter(demo=True).exists()
