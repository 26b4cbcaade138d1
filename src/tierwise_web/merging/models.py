"""The pairs that were found to look alike, until somebody decides. Decision 0022."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Candidate(models.Model):
    """Two customers that may be one: the smaller code first."""

    first = models.CharField(max_length=300)
    second = models.CharField(max_length=300)
    first_name = models.CharField(max_length=1000)
    second_name = models.CharField(max_length=1000)
    score = models.PositiveSmallIntegerField()
    kinds = models.CharField(max_length=100)
    """The kinds of clues, a comma before and after each, for the filter: one kind stands in the name of another."""
    found_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-score", "first", "second"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["first", "second"], name="candidate_once")]
        indexes: ClassVar = [models.Index(fields=["-score", "first", "second"], name="candidate_order")]
