"""Jobs: one table is queue, progress, log and result."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tierwise.kernel.stages import STAGES
from tierwise.kernel.text import Lang, Text

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
STATES: dict[str, Text] = {
    WAITING: Text("waiting", "等待中"),
    RUNNING: Text("running", "进行中"),
    DONE: Text("done", "已完成"),
    FAILED: Text("failed", "失败"),
    CANCELLED: Text("cancelled", "已取消"),
}
OVER = (DONE, FAILED, CANCELLED)
QUIET = timedelta(seconds=10)
"""A worker beats once a second."""


class Job(models.Model):
    """One piece of long work that somebody asked for."""

    kind = models.CharField(max_length=60)
    slots = models.JSONField(default=dict)
    actor = models.CharField(max_length=150)
    state = models.CharField(max_length=10, default=WAITING)
    stage = models.CharField(max_length=40, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=60, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    log = models.JSONField(default=list)
    """Stages as they were entered: instant and code."""
    result = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    """What went wrong, in both languages: code, en, zh."""

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="job_queue")]

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in OVER

    @property
    def percent(self) -> int | None:
        """How far the present stage is, where it says so."""
        return min(100 * self.done // self.total, 100) if self.total else None

    def is_late(self) -> bool:
        """Whether it is too late to stop: what was asked for is stored, and the pages are brought to it."""
        return self.state == RUNNING and self.stage == "pages"

    def is_quiet(self, now: datetime) -> bool:
        """Whether it should be at work and nothing is heard of its worker."""
        return self.state == RUNNING and self.heartbeat_at is not None and now - self.heartbeat_at > QUIET

    def steps(self) -> list[tuple[str, str]]:
        """The stages that were entered, each with its time of day here."""
        return [
            (timezone.localtime(datetime.fromisoformat(at)).strftime("%H:%M:%S"), stage)
            for at, stage in self.log
        ]

    def state_words(self) -> Text:
        """The state in words."""
        return STATES[self.state]

    def stage_words(self, stage: str | None = None) -> Text:
        """A stage in words."""
        code = self.stage if stage is None else stage
        return STAGES.get(code, Text(code, code))

    def said(self, lang: Lang) -> list[str]:
        """What went wrong, in one language."""
        return [str(problem[lang]) for problem in self.problems]
