"""The register of imports."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.batches import batches
from tierwise.book.contract import TABLES
from tierwise_web.common.allowing import needs
from tierwise_web.people.roles import SEE_IMPORTS


@needs(SEE_IMPORTS)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, the newest first: what came, what changed, what was refused."""
    book = api.open_book(settings.BOOK)
    rows = [(batch, TABLES[batch.table].label) for batch in reversed(batches(book, book.current()))]
    return render(request, "imports/imports.html", {"rows": rows})
