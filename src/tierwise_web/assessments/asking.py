"""Which forms there are to fill: those of the policies that grade, and of templates that were answered before."""

from __future__ import annotations

from tierwise import api
from tierwise.book.rows import values_of
from tierwise.book.versions import BookVersion
from tierwise.policy.forms import Form, forms_of
from tierwise_web.grading.policies import choices, document_of

_KNOWN: dict[tuple[str, int], list[Form]] = {}
"""The forms of a book at a version: neither runs nor assessments change without a new one."""


def forms(book: api.Book) -> list[Form]:
    """One form for each template in use: of the policy that graded last, then earlier ones, then shipped ones.

    A shipped policy that never graded asks only where the book holds answers to its template.
    """
    version = book.current()
    asked = (str(book.path), version.number)
    found = _KNOWN.get(asked)
    if found is None:
        found = _forms(book, version)
        _KNOWN.clear()
        _KNOWN[asked] = found
    return found  # not looked up again: another thread may have cleared it


def _forms(book: api.Book, version: BookVersion) -> list[Form]:
    graded = {record.policy_code for record in api.list_runs(book)}
    answered = set(values_of(book, version, "assessments", "template"))
    found: dict[str, Form] = {}
    for code, _ in choices(book):
        for form in forms_of(document_of(book, code).policy):
            if form.template not in found and (code in graded or form.template in answered):
                found[form.template] = form
    return list(found.values())


def form_of(book: api.Book, template: str) -> Form | None:
    """The form of a template in use."""
    return next((form for form in forms(book) if form.template == template), None)
