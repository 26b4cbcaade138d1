"""What is made ready before the first page: people of the sample company, the read model of the run to show."""

from __future__ import annotations

import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone

from tierwise import api
from tierwise_web.grading.showing import show_newest
from tierwise_web.people.demo import Staff, people_of_the_demo


def people_of_the_demo_book() -> None:
    """One sign-in per role; teams, account managers and agents as the customers of the book name them."""
    book = api.open_book(settings.BOOK)
    columns = ["owner", "team", "agent_code"]
    rows = [
        row
        for file in book.files("customers", book.current())
        for row in pq.read_table(file, columns=columns).to_pylist()
    ]
    staff = sorted({(row["owner"], row["team"] or "") for row in rows if row["owner"]})
    agents = sorted({row["agent_code"] for row in rows if row["agent_code"]})
    people_of_the_demo([Staff(*some) for some in staff], agents, at=timezone.now())


def publish_newest() -> None:
    """Publishes the run to show to the pages, unless they show it already or there is none."""
    show_newest(api.open_book(settings.BOOK), at=timezone.now())
