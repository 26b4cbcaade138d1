"""Those who have not bought yet: who they are, what is known of what they are judged by, and the next step. Spec 6.12, 13."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.grading.record import RunRecord
from tierwise.grading.run import read_some
from tierwise.kernel.text import Lang, Text
from tierwise_web.assessments.asking import forms
from tierwise_web.common.allowing import needs
from tierwise_web.common.charts import brief
from tierwise_web.common.words import amount, data_label, language
from tierwise_web.customers import queries
from tierwise_web.customers.choosing import Choice, choice_of
from tierwise_web.customers.unmet import fresh
from tierwise_web.customers.views import value_words
from tierwise_web.editing.records import Values, standings
from tierwise_web.pages.record import policy_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import ASSESS, EDIT_CUSTOMERS, SEE_ASSESSMENTS
from tierwise_web.published.editions import edition_of, prospects_to_show
from tierwise_web.published.reading import Reading

KINDS = ("prospect", "suspect")
JUDGED = {
    "ownership_nature": Text("Nature", "企业性质"),
    "total_assets": Text("Assets", "总资产"),
    "annual_turnover": Text("Turnover", "年营业额"),
    "development_speed_pct": Text("Growth a year", "发展速度"),
    "potential_need": Text("Need a year", "潜在需求"),
}
"""What a prospect is judged by, in the order of the specification."""
_RUNS: dict[tuple[str, int], RunRecord | None] = {}
"""The run that grades prospects, of a book at a version."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """One who has not bought yet, as a line of the list."""

    row: dict[str, Any]
    kind: str
    grade: str | None
    figures: tuple[tuple[str, str] | None, ...]
    """What is known of that by which it is judged, short and exact; null for what is not."""
    place: str
    since: str
    """The day of the first contact."""
    may_assess: bool
    may_edit: bool


@needs(SEE_ASSESSMENTS)
@require_safe
def prospects(request: HttpRequest) -> HttpResponse:
    """Prospects and suspects within one's reach, a page of them, with their grade under the policy for prospects."""
    user = cast(User, request.user)
    choice = _among(choice_of(request.GET, profit=False))
    edition = edition_of(choice.cursor.edition if choice.cursor else None)
    if edition is None:
        return render(request, "customers/nothing.html", {})
    if choice.cursor and choice.cursor.edition != edition.pk:
        choice = replace(choice, cursor=None)
    reading, book = Reading(edition, user.scope_for(SEE_ASSESSMENTS)), api.open_book(settings.BOOK)
    page = queries.page(reading, choice)
    form = next((one for one in forms(book) if set(KINDS) & set(one.kinds)), None)
    record = graded_by(book)
    words = {
        "choice": choice,
        "page": page,
        "rows": _lines(book, page.rows, record, user, assessed=form is not None),
        "counts": [(kind, value_words("kind", kind), _count(reading, choice, kind)) for kind in KINDS],
        "chosen": choice.filters["kind"],
        "most": queries.CAP,
        "form": form,
        "record": record,
        "policy_title": policy_of(record).title.in_lang(language()) if record else "",
        "titles": list(JUDGED.values()),
        "fresh": [row for row in fresh(reading) if row["kind"] in KINDS],
        "may_make": user.may(EDIT_CUSTOMERS),
    }
    return render(request, "pages/prospects.html", words)


def _among(choice: Choice) -> Choice:
    """A list narrowed to those who have not bought yet."""
    asked = tuple(kind for kind in choice.filters.get("kind", ()) if kind in KINDS)
    return replace(choice, filters={**choice.filters, "kind": asked or KINDS}, active=True)


def _count(reading: Reading, choice: Choice, kind: str) -> int:
    return queries.counted(reading, replace(choice, filters={**choice.filters, "kind": (kind,)}))


def graded_by(book: api.Book) -> RunRecord | None:
    """The run to show of a policy that is for those who have not bought yet; ``None`` if there is none."""
    asked = (str(book.path), book.current().number)
    if asked not in _RUNS:
        found = prospects_to_show(book)
        _RUNS.clear()
        _RUNS[asked] = found
        return found
    return _RUNS.get(asked)


def _lines(
    book: api.Book, rows: list[dict[str, Any]], record: RunRecord | None, user: User, *, assessed: bool
) -> list[Prospect]:
    codes, lang = [row["code"] for row in rows], language()
    known = standings(book, "customers", codes, timezone.localdate())
    grades = read_some(book, record, codes, ["grade"]) if record else {}
    assess, edit = user.scope_for(ASSESS), user.scope_for(EDIT_CUSTOMERS)
    found = []
    for row in rows:
        mine = known.get(row["code"], {})
        who = {
            "owner": row["owner"],
            "backup": row["backup"],
            "team": row["team"],
            "agent": row["agent_code"],
        }
        found.append(
            Prospect(
                row,
                value_words("kind", row["kind"] or ""),
                grades.get(row["code"], {}).get("grade"),
                tuple(_figure(name, mine, lang) for name in JUDGED),
                data_label(row["region"], lang),
                mine.get("first_contact_on") or "",
                assessed and user.may(ASSESS) and assess.covers(**who),
                user.may(EDIT_CUSTOMERS) and edit.covers(**who),
            )
        )
    return found


def _figure(name: str, values: Values, lang: Lang) -> tuple[str, str] | None:
    column, said = TABLES["customers"].column(name), values.get(name)
    if not said:
        return None
    if column.choices:
        word = next((choice.label.in_lang(lang) for choice in column.choices if choice.code == said), said)
        return word, word
    if column.kind == "percent":
        return f"{amount(Decimal(said), 1)} %", f"{amount(Decimal(said), 1)} %"
    return brief(Decimal(said)), amount(Decimal(said))
