"""An assessment of a customer: what was judged, on which evidence, and who accepted it. Source: spec 4.4."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tierwise.kernel.text import Text

DRAFT, SUBMITTED, ACCEPTED, REJECTED, WITHDRAWN = "draft", "submitted", "accepted", "rejected", "withdrawn"
STATES: dict[str, Text] = {
    DRAFT: Text("draft", "草稿"),
    SUBMITTED: Text("waits for acceptance", "待接受"),
    ACCEPTED: Text("accepted", "已接受"),
    REJECTED: Text("sent back", "已退回"),
    WITHDRAWN: Text("withdrawn", "已撤回"),
}
OPEN = (DRAFT, REJECTED)
"""States in which the assessor still writes."""


class Assessment(models.Model):
    """One judgement by one person. An accepted one is never changed: a new one supersedes it."""

    customer = models.CharField(max_length=100, db_index=True)
    customer_name = models.CharField(max_length=300, blank=True)
    template = models.CharField(max_length=40)
    policy = models.CharField(max_length=40)
    """The policy whose form it filled …"""
    policy_version = models.PositiveIntegerField()
    """… in this version."""
    assessor = models.CharField(max_length=150)
    assessor_name = models.CharField(max_length=150)
    as_of = models.DateField()
    valid_until = models.DateField()
    remarks = models.CharField(max_length=2000, blank=True)
    answers = models.JSONField(default=dict)
    """Criterion -> score, level, comment, evidence: texts as the book takes them."""
    state = models.CharField(max_length=10, default=DRAFT)
    token = models.CharField(max_length=36, null=True, unique=True)
    """What the form that began it carried: sent twice, it begins one."""
    version = models.PositiveIntegerField(default=1)
    """Counts every change, so that nobody overwrites what somebody else wrote meanwhile."""
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "id"], name="assessment_state"),
            models.Index(fields=["customer", "template"], name="assessment_customer"),
        ]

    @property
    def state_words(self) -> Text:
        """The state in words."""
        return STATES[self.state]

    def answer(self, criterion: str) -> dict[str, Any]:
        """What was answered to a criterion; empty texts where nothing was."""
        empty: dict[str, Any] = {"score": "", "level": "", "comment": "", "evidence": ""}
        said: dict[str, Any] = self.answers.get(criterion, {})
        return empty | said
