"""The log of what people did. Source: spec 12.7."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tierwise.kernel.errors import fail


class Event(models.Model):
    """One thing that somebody did: never changed, never deleted."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150)
    code = models.CharField(max_length=60, db_index=True)
    """Stable for ever, such as ``customers.exported``."""
    slots = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["actor", "at"], name="who_when")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves a new event. **Raises** ``web.log-is-final`` for one that is there."""
        if not self._state.adding:
            raise _final()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never. **Raises** ``web.log-is-final``."""
        raise _final()


class Repeat(models.Model):
    """How often the same happened within the minute of its event, which stays as it was noted."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="repeat")
    number = models.PositiveIntegerField(default=1)
    others = models.JSONField(default=list)
    """Beginnings of further user names that were tried, each once."""


def _final() -> Exception:
    return fail("web.log-is-final", "the log is never changed", "操作日志不可更改")
