"""Changes that people made to the tables of the book, and their hand-over to it. Decision 0019."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tierwise.kernel.text import Lang, Text

WAITING, IN_BOOK, REFUSED, TAKEN_BACK, UNDONE, ENDED = (
    "waiting",
    "in-book",
    "refused",
    "taken-back",
    "undone",
    "ended",
)
STATES: dict[str, Text] = {
    WAITING: Text("waits for the next run", "等待下次运行"),
    IN_BOOK: Text("in the book", "已入账簿"),
    REFUSED: Text("refused by the importer", "导入时被拒收"),
    TAKEN_BACK: Text("taken back", "已撤回"),
    UNDONE: Text("undone with its import", "随导入撤销"),
    ENDED: Text("ended", "已终止"),
}
BEGUN, DONE = "begun", "done"
ORIGIN = "web:"
"""What the names of our imports begin with."""


class Record(models.Model):
    """A record that somebody edits: its row is locked while a change is written, so that two come one after the other."""

    table = models.CharField(max_length=40)
    key = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["table", "key"], name="record_once")]


class Handover(models.Model):
    """One passage of waiting changes into the book: one import, whole or not at all."""

    number = models.PositiveIntegerField(unique=True)
    """What its import is called: no import of the book bore it before, also where the web database began anew."""
    state = models.CharField(max_length=10, default=BEGUN)
    actor = models.CharField(max_length=150)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    batches = models.JSONField(default=dict)
    """Table -> number of its batch in the book."""

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state"], condition=Q(state=BEGUN), name="one_handover_at_a_time")
        ]

    @property
    def origin(self) -> str:
        """What the register of imports calls it."""
        return f"{ORIGIN}{self.number}"


class Change(models.Model):
    """What somebody changed in one record: some columns of one row of a table of the book."""

    table = models.CharField(max_length=40)
    key = models.CharField(max_length=300)
    """Which record: the customer's code, the contact's code, the number of an interaction …"""
    customer = models.CharField(max_length=100, db_index=True)
    """The customer of whom it speaks: who sees that one sees the change."""
    values = models.JSONField(default=dict)
    """Column -> text, as a file would bring it; null takes a value away."""
    before = models.JSONField(default=dict)
    """What stood in these columns when the person looked."""
    effective_on = models.DateField()
    reason = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    actor = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=WAITING)
    handover = models.ForeignKey(
        Handover, null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )
    why = models.JSONField(default=dict)
    """Why the importer refused it, in both languages."""
    acknowledged_at = models.DateTimeField(null=True)
    """When somebody said that the refusal is known: then it is told no more."""
    file_says = models.JSONField(default=dict)
    """Column -> what a later file said otherwise; the change holds all the same."""

    group = models.CharField(max_length=40, blank=True, db_index=True)
    """What was done to many records at once, where this is a part of it."""
    alone = models.BooleanField(null=True)
    """Whether no file ever brought a row of its day, so that all other columns of the row are those of the row before;
    null before the first hand-over, and for changes that were handed over before this was noted."""

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["table", "key", "state"], name="change_record"),
            models.Index(fields=["state", "id"], name="change_queue"),
        ]

    @property
    def state_words(self) -> Text:
        """The state in words."""
        return STATES[self.state]

    def refusal(self, lang: Lang) -> str:
        """Why it was refused, in one language."""
        return str(self.why.get(lang, ""))
