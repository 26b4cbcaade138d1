"""One line of JSON per request and per message, without what people type or who they look at."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

EXTRA = ("method", "route", "status", "milliseconds", "user", "request")
_LOG = logging.getLogger("tierwise.web")


class Line(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        said |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        # extras of other libraries (request objects, above all) are not for a log
        said = {k: v if isinstance(v, str | int | float | None) else str(type(v)) for k, v in said.items()}
        return json.dumps(said, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """What is said, with the pattern of an address in the place of the address: that names who was looked at."""
    said, request = record.getMessage(), getattr(record, "request", None)
    if not isinstance(request, HttpRequest):
        return said
    written = request.path.encode("unicode_escape").decode("ascii")  # as Django does it
    path = next((one for one in (written, request.path) if said.endswith(one)), None)
    return said if path is None else said.removesuffix(path) + _route(request)


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.route if match else "-"


class RequestLog:
    """Writes the line of a request: the pattern of its address, never its slots or its query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        number = uuid.uuid4().hex[:12]
        response = self._get_response(request)
        response.headers["X-Request-Id"] = number
        user = getattr(request, "user", None)
        _LOG.info(
            "request",
            extra={
                "method": request.method,
                "route": _route(request),
                "status": response.status_code,
                "milliseconds": round((time.monotonic() - began) * 1000, 1),
                "user": getattr(user, "pk", None),
                "request": number,
            },
        )
        return response
