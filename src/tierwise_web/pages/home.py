"""The first page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise_web.common.allowing import signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the book is and what was graded last."""
    book = api.open_book(settings.BOOK)
    runs = api.list_runs(book)
    words = {"name": book.current().settings.name, "latest": runs[-1] if runs else None}
    return render(request, "pages/home.html", words)
