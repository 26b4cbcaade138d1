"""Whether the application can do its work: for load balancers and watchdogs."""

from __future__ import annotations

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from tierwise.kernel.errors import TierwiseError
from tierwise_web.common.allowing import public


@public
def health(request: HttpRequest) -> JsonResponse:
    """200 with ``ok`` for each part, or 503 with what fails; it names no path and no version to strangers."""
    parts = {"database": _database(), "book": _book()}
    fine = all(word == "ok" for word in parts.values())
    return JsonResponse({"status": "ok" if fine else "failing", **parts}, status=200 if fine else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "failing"
    return "ok"


def _book() -> str:
    from tierwise.book.store import Book

    try:
        Book.open(settings.BOOK).current()
    except (TierwiseError, OSError):
        return "failing"
    return "ok"
