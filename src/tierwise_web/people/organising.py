"""The organisation tree: units are added, named, moved, and removed where nobody and nothing is in them."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.audit.models import Event
from tierwise_web.audit.services import record
from tierwise_web.people.models import OrgUnit, User, name_of_person
from tierwise_web.people.services import no_unit, unit, unit_of

NAMED = 5
"""So many of those who are in a unit are named."""


@transaction.atomic
def add(code: str, name: str, parent: str, *, actor: User, at: datetime) -> OrgUnit:
    """A new unit below another. **Raises** ``web.unit-taken``, ``web.unit-unknown``."""
    if OrgUnit.objects.filter(code=code).exists():
        raise fail(
            "web.unit-taken", "there is a unit {unit} already", "已有单位 {unit}", column="code", unit=code
        )
    made = unit(code, name or code, "team", unit_of(parent, column="parent"))
    record("people.unit-added", user=actor, at=at, unit=code, parent=parent)
    return made


def said_of(unit: OrgUnit) -> dict[str, str]:
    """Name and place of a unit as a form has them, and what tells whether somebody else changed them meanwhile."""
    parent = unit.parent.code if unit.parent else ""
    seen = sha256(repr((unit.name, parent)).encode()).hexdigest()[:16]
    return {"name": unit.name, "parent": parent, "seen": seen}


@transaction.atomic
def change(unit: OrgUnit, *, name: str, parent: str, seen: str, actor: User, at: datetime) -> None:
    """Another name, another unit above; what is below comes along.

    **Raises** ``web.changed-meanwhile``, ``web.unit-unknown``, ``web.unit-circle``.
    """
    units = _locked()
    found, above = units[unit.code], units.get(parent)
    before = said_of(found)
    if before["seen"] != seen:
        raise _meanwhile(found)
    if parent and above is None:
        raise no_unit(parent, column="parent")
    if above is not None and above.path.startswith(found.path):
        raise fail(
            "web.unit-circle",
            "{above} is {unit} itself or below it",
            "{above} 就是 {unit} 或在其下级",
            column="parent",
            above=above.name,
            unit=found.name,
        )
    if (name, parent) == (before["name"], before["parent"]):
        return
    found.name, found.parent = name, above
    found.save(update_fields=["name", "parent"])
    _move([one for one in units.values() if one.path.startswith(found.path)], found.path, above)
    record(
        "people.unit-changed", user=actor, at=at, unit=found.code, name=name, name_before=before["name"],
        parent=parent, parent_before=before["parent"],
    )  # fmt: skip


def _move(branch: list[OrgUnit], old: str, above: OrgUnit | None) -> None:
    """Writes the paths of a unit and of all below it anew."""
    own = old.rstrip("/").rpartition("/")[2]
    new = f"{above.path if above else ''}{own}/"
    for one in branch:
        one.path = new + one.path.removeprefix(old)
    OrgUnit.objects.bulk_update(branch, ["path"])


@transaction.atomic
def remove(unit: OrgUnit, *, actor: User, at: datetime) -> None:
    """Removes a unit. **Raises** ``web.unit-held`` with the people and units that are in it."""
    found = _locked()[unit.code]
    held = held_by(found)
    if held:
        names = held[:NAMED] + (["…"] if len(held) > NAMED else [])
        raise fail(
            "web.unit-held",
            "{unit} is not empty: {who}; move them first",
            "{unit} 不为空：{who}，请先将其移出",
            unit=found.name,
            who=", ".join(names),
        )
    said = said_of(found)
    found.delete()
    record(
        "people.unit-removed", user=actor, at=at, unit=found.code, name=said["name"], parent=said["parent"]
    )


def held_by(unit: OrgUnit) -> list[str]:
    """The names of those who are in a unit, and of the units right below it."""
    people = unit.members.order_by("name").values_list("name", flat=True)
    return [*people, *unit.children.order_by("name").values_list("name", flat=True)]


def _locked() -> dict[str, OrgUnit]:
    """All units: who changes the tree waits for who changes it, so that two moves make no circle."""
    rows = OrgUnit.objects.select_for_update(of=("self",)).order_by("pk").select_related("parent")
    return {one.code: one for one in rows}


def _meanwhile(unit: OrgUnit) -> TierwiseError:
    last = Event.objects.filter(code="people.unit-changed", slots__unit=unit.code).first()
    return fail(
        "web.changed-meanwhile",
        "{name} was changed meanwhile (last by {who}); look at what stands there now and decide",
        "{name} 已被更改（最近一次：{who}），请核对现有内容后再决定",
        name=unit.name,
        who=name_of_person(last.actor) if last else "–",
    )
