"""Views of the list that people keep, and private notes that the account team alone may read. Source: spec 12.6."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A list under a name: what its address says, for its owner or for everybody who sees customers."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=100)
    query = models.TextField()
    """As in the address; what the reader may not see is left out when it is read."""
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="view_name_once")]


OPEN, RUNNING, DONE, UNDONE = "open", "running", "done", "undone"
TRANSFER, SEGMENT_IN, SEGMENT_OUT, CLAIM = "transfer", "segment-in", "segment-out", "claim"


class Bulk(models.Model):
    """One thing that is done to many customers: who was chosen, what was said, what became of each."""

    kind = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulks")
    opened_at = models.DateTimeField()
    query = models.TextField(blank=True)
    """The list from which they were chosen."""
    chosen = models.JSONField(default=dict)
    """Code -> what stood in its record when it was chosen, as a digest."""
    said = models.JSONField(default=dict)
    """What was written into the form."""
    state = models.CharField(max_length=10, default=OPEN)
    done = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict)
    """Code -> why nothing was done to it."""

    class Meta:
        ordering: ClassVar = ["-id"]

    @property
    def group(self) -> str:
        """What its changes are marked with."""
        return f"bulk:{self.pk}"


class PrivateNote(models.Model):
    """What somebody noted about a person or a dealing: with its lawful basis, for a limited time, deletable."""

    customer = models.CharField(max_length=100)
    about = models.CharField(max_length=100)
    """The code of the contact or the number of the interaction."""
    text = models.CharField(max_length=2000)
    basis = models.CharField(max_length=300)
    """Where it comes from and why it may be kept."""
    author = models.CharField(max_length=150)
    author_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    keep_until = models.DateField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["customer", "about"], name="note_about")]
