"""Tables of people: users with their roles, the organisation tree, and what this installation is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tierwise_web.people.roles import ROLES, permissions_of, reach_of, roles_with, sees_profit
from tierwise_web.people.scope import NOTHING, Scope


class Installation(models.Model):
    """One row: what this database was made for."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    demo = models.BooleanField(default=False)
    """The sample company: sign-ins without password are shown. Set when the database is made, never later."""
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_installation")]


class OrgUnit(models.Model):
    """A unit of the organisation. ``code`` is the team as it stands in the book. Source: spec 4.1."""

    code = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(max_length=500, db_index=True)
    """The keys from the root down to this unit, each followed by a slash: a subtree is a prefix."""

    def below(self) -> models.QuerySet[OrgUnit]:
        """This unit and all units under it."""
        return OrgUnit.objects.filter(path__startswith=self.path)


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def get_by_natural_key(self, username: str | None) -> User:
        """A user by sign-in name, whatever the case of its letters."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A login. What a person may do follows from the roles alone."""

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    password_given = models.BooleanField(default=False)
    """An administrator set the password: who comes in with it chooses another first."""
    org_unit = models.ForeignKey(
        OrgUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )
    staff_name = models.CharField(max_length=150, blank=True, db_index=True)
    """The person as account manager in the book (``customers.owner``)."""
    agent_code = models.CharField(max_length=100, blank=True)
    """The agent for whom this person works (``customers.agent_code``)."""

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("username"), name="username_any_case")]

    @cached_property
    def roles(self) -> frozenset[str]:
        """The codes of the person's roles."""
        found = Grant.objects.raw("SELECT id, role FROM people_grant WHERE user_id = %s", [self.pk])
        return known_roles(grant.role for grant in found)

    @cached_property
    def permissions(self) -> frozenset[str]:
        """What the person may do."""
        return permissions_of(self.roles) if self.is_active else frozenset()

    def may(self, permission: str) -> bool:
        """Whether the person has a permission."""
        return permission in self.permissions

    @cached_property
    def scope(self) -> Scope:
        """Which customers the person sees."""
        return self._scope(self.roles)

    def scope_for(self, permission: str) -> Scope:
        """Which customers the person may do something to: as far as the roles that allow it reach, no further."""
        return self._scope(roles_with(permission))

    def may_for(self, permission: str, row: Mapping[str, Any]) -> bool:
        """Whether the person may do something to a customer, whose row of the list is at hand."""
        return self.may(permission) and self.reaches(row, roles_with(permission))

    def reaches(self, row: Mapping[str, Any], roles: frozenset[str]) -> bool:
        """Whether some of the person's roles alone would see a customer."""
        columns = {"owner": row["owner"], "backup": row["backup"], "team": row["team"]}
        return self._scope(roles).covers(**columns, agent=row["agent_code"])

    def _scope(self, roles: frozenset[str]) -> Scope:
        """What those of the roles that the person has see; profit is shown to the person as a whole, or not."""
        reach, profit = reach_of(self.roles & roles), sees_profit(self.roles)
        if not self.is_active or reach == "none":
            return NOTHING
        if reach == "all":
            return Scope("all", profit=profit)
        if reach == "agent":
            return Scope("agent", agent=self.agent_code or None)
        own = (self.staff_name,) if self.staff_name else ()
        if reach == "own" or self.org_unit is None:
            return Scope("own", owners=own, profit=profit)
        units = [self.org_unit] if reach == "team" else list(self.org_unit.below())
        return Scope(reach, (*own, *_staff(units)), tuple(unit.code for unit in units), profit=profit)


def name_of_person(username: str) -> str:
    """The name of a user; the user name of somebody who is none here, as on the command line."""
    return User.objects.filter(username=username).values_list("name", flat=True).first() or username


def known_roles(codes: Iterable[str | None]) -> frozenset[str]:
    """Those of some codes that are roles today."""
    return frozenset(code for code in codes if code in ROLES)


def _staff(units: list[OrgUnit]) -> list[str]:
    people = User.objects.filter(org_unit__in=units).exclude(staff_name="")
    return sorted(set(people.values_list("staff_name", flat=True)))


class Grant(models.Model):
    """A role that a user has, and who gave it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="granted")
    role = models.CharField(max_length=30)
    granted_by = models.CharField(max_length=150)
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "role"], name="role_once")]


class SecondFactor(models.Model):
    """The key that a person's authenticator app holds, once it was shown that it does."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=64)
    last_step = models.PositiveBigIntegerField(default=0)
    """The step of time of the last code that let in: no code lets in twice."""
    since = models.DateTimeField()


class RecoveryCode(models.Model):
    """A code that lets in once instead of the app's; only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")
        ]


class Passkey(models.Model):
    """The public half of a key that a person's device keeps."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=100)
    """What its owner calls it."""
    credential = models.CharField(max_length=1400, unique=True)
    public_key = models.TextField()
    handle = models.CharField(max_length=100)
    """How devices know the person: random, the same for all keys of one person."""
    sign_count = models.PositiveBigIntegerField(default=0)
    """How often the device says that it signed; one that falls back is a copy."""
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]


class Identity(models.Model):
    """Who a person is to the company's own sign-in: a subject never changes and is never given to another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="subject_once"),
            models.UniqueConstraint(fields=["user", "issuer"], name="one_subject_each"),
        ]


class Attempts(models.Model):
    """How often a name was tried at sign-in since a moment; forgotten after a while, and with the right word."""

    name = models.CharField(max_length=64, primary_key=True)
    """A digest of what was typed."""
    number = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(db_index=True)
