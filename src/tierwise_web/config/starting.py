"""What is made ready before the first page: people of the sample company, the read model of the run to show."""

from __future__ import annotations

from collections import Counter

import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone

from tierwise import api
from tierwise_web.editing.jobs import By
from tierwise_web.grading.showing import show_newest, split_missing
from tierwise_web.merging.jobs import LOOK
from tierwise_web.people.demo import Staff, is_demo, people_of_the_demo
from tierwise_web.workflow.jobs import enqueue
from tierwise_web.workflow.models import Job

STEWARD = "data-steward"


def people_of_the_demo_book() -> None:
    """One sign-in per role; teams, account managers and agents as the customers of the book name them.

    Who has most records comes first, and lends the name to the roles of a single person: they shall have something to see.
    """
    book = api.open_book(settings.BOOK)
    columns = ["owner", "team", "agent_code"]
    rows = [
        row
        for file in book.files("customers", book.current())
        for row in pq.read_table(file, columns=columns).to_pylist()
    ]
    led = Counter((row["owner"], row["team"] or "") for row in rows if row["owner"])
    staff = sorted(led, key=lambda one: (-led[one], one))
    agents = sorted({row["agent_code"] for row in rows if row["agent_code"]})
    people_of_the_demo([Staff(*some) for some in staff], agents, at=timezone.now())


def look_for_duplicates_of_the_demo() -> None:
    """Asks for the look in the name of the demo's data steward, so that the first visitor finds its pairs; once."""
    if is_demo() and not Job.objects.filter(kind=LOOK).exists():
        enqueue(LOOK, user=By(STEWARD), at=timezone.now())


def publish_newest() -> None:
    """Publishes the run to show to the pages, unless they show it already or there is none; asks for missing causes."""
    book, at = api.open_book(settings.BOOK), timezone.now()
    show_newest(book, at=at)
    split_missing(book, at=at)
