"""Who of the company is who here: by the subject of the provider; at first by the user name. Roles and unit by declared rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.audit.services import record
from tierwise_web.people.models import Identity, OrgUnit, User
from tierwise_web.people.provider import Provider
from tierwise_web.people.services import grant

BY = "oidc"
"""Who gave the roles that follow from claims: these come and go with them, those given by hand stay."""


def person_of(provider: Provider, claims: Mapping[str, Any], *, at: datetime) -> User:
    """The user that the claims speak of, with the roles and the unit that they give. **Raises** ``web.oidc-unknown``."""
    try:
        return _person_of(provider, claims, at=at)
    except IntegrityError:  # the same person came in twice at one moment: the other one made the user
        return _person_of(provider, claims, at=at)


@transaction.atomic
def _person_of(provider: Provider, claims: Mapping[str, Any], *, at: datetime) -> User:
    known = (
        Identity.objects.select_related("user").filter(issuer=provider.issuer, subject=claims["sub"]).first()
    )
    user = known.user if known else _linked(provider, claims, at=at)
    if not user.is_active:
        raise unknown()
    _follow(provider, claims, user, at=at)
    return User.objects.get(pk=user.pk)


def _linked(provider: Provider, claims: Mapping[str, Any], *, at: datetime) -> User:
    """The user of that name who is nobody else's yet; a new one, where that is allowed."""
    name = _username(provider, claims)
    user = User.objects.filter(username__iexact=name).first()
    linked = user.identities.filter(issuer=provider.issuer).first() if user is not None else None
    if linked is not None and linked.subject != claims["sub"]:
        raise unknown()  # a name that went to somebody else in the company does not bring the old one's rights
    if user is None:
        user = _added(provider, claims, name, at=at)
    if linked is None:
        Identity.objects.create(user=user, issuer=provider.issuer, subject=claims["sub"])
        record("people.linked", user=user, at=at, username=user.username, issuer=provider.issuer)
    return user


def _added(provider: Provider, claims: Mapping[str, Any], name: str, *, at: datetime) -> User:
    """Somebody new, where that is allowed. **Raises** ``web.oidc-unknown``."""
    if not provider.makes_people:
        raise unknown()
    user = User(username=name, name=str(claims.get("name") or name)[:150])
    user.set_unusable_password()
    user.save()
    record("people.added", user=user, at=at, username=name, by=BY)
    return user


def _username(provider: Provider, claims: Mapping[str, Any]) -> str:
    said = claims.get(provider.username)
    proved = provider.username != "email" or claims.get("email_verified") is True
    if not isinstance(said, str) or not said or len(said) > 150 or not proved:
        raise unknown()
    if said != unicodedata.normalize("NFKC", said).strip():
        raise unknown()  # it would look like a name that somebody else bears
    return said


def _follow(provider: Provider, claims: Mapping[str, Any], user: User, *, at: datetime) -> None:
    """Gives and takes what the rules say."""
    if not provider.rules:
        return
    fitting = [rule for rule in provider.rules if rule.fits(claims)]
    roles = {rule.code for rule in fitting if rule.gives == "role"}
    before = set(user.granted.filter(granted_by=BY).values_list("role", flat=True))
    user.granted.filter(granted_by=BY).exclude(role__in=roles).delete()
    grant(user, sorted(roles), by=BY, at=at)
    unit = OrgUnit.objects.filter(code__in=[rule.code for rule in fitting if rule.gives == "unit"]).first()
    left = user.org_unit.code if user.org_unit else ""
    moved = unit is not None and unit.pk != user.org_unit_id
    if moved:
        user.org_unit = unit
        user.save(update_fields=["org_unit"])
    if before != roles or moved:
        said = {
            "roles": sorted(roles), "before": sorted(before), "unit": unit.code if unit else "", "unit_before": left,
        }  # fmt: skip
        record("people.changed", user=user, at=at, username=user.username, by=BY, **said)


def unknown() -> TierwiseError:
    """The company knows the person, this installation does not."""
    return fail(
        "web.oidc-unknown",
        "you are not among the users here; ask an administrator",
        "您不在本系统用户之列，请联系系统管理员",
    )
