"""Which read models exist, and which one pages read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Edition(models.Model):
    """The read model of a run: a finished file that is never changed."""

    run_id = models.CharField(max_length=30)
    policy_code = models.CharField(max_length=100)
    as_of = models.DateField()
    digest = models.CharField(max_length=64)
    file = models.CharField(max_length=120, unique=True)
    customers = models.PositiveIntegerField()
    in_force = models.BooleanField()
    """Whether the run's grades are published; otherwise it is a computation that pages show as such."""
    made_at = models.DateTimeField()

    some_moved = True
    """Whether somebody may have been transferred since; the question for the current edition says it exactly."""


class Current(models.Model):
    """One row: the pointer."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_current_edition")]


class Moved(models.Model):
    """A customer that people transferred since the edition: who looks after it now, and who does in the edition."""

    code = models.CharField(max_length=100, unique=True)
    owner = models.CharField(max_length=300, null=True, db_index=True)
    backup = models.CharField(max_length=300, null=True)
    team = models.CharField(max_length=300, null=True, db_index=True)
    agent_code = models.CharField(max_length=300, null=True)
    was_owner = models.CharField(max_length=300, null=True, db_index=True)
    was_backup = models.CharField(max_length=300, null=True)
    was_team = models.CharField(max_length=300, null=True, db_index=True)
    was_agent_code = models.CharField(max_length=300, null=True)
