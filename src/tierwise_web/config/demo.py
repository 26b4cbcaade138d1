"""The people of the sample company, from its book."""

from __future__ import annotations

import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone

from tierwise import api
from tierwise_web.people.demo import Staff, people_of_the_demo


def people_from_the_book() -> None:
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
