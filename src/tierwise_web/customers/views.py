"""The customer list, its count, and its files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from markupsafe import Markup

from tierwise.book.contract.choices import CUSTOMER_KIND
from tierwise.grading.wording import code_words
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise.metrics.lifecycle import STATUSES
from tierwise.movement.words import MOVEMENTS, NEAR
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.going_on import next_of, remember
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import amount, data_label, language
from tierwise_web.customers import files, queries
from tierwise_web.customers.choosing import (
    FILTERS,
    MEASURED,
    MOST_WORDS,
    NOTHING,
    Choice,
    choice_of,
    known_columns,
    ticked,
)
from tierwise_web.customers.columns import COLUMNS
from tierwise_web.customers.drawing import options_markup, rows_markup
from tierwise_web.customers.jobs import EXPORT, seen_by
from tierwise_web.customers.jobs import folder as jobs_folder
from tierwise_web.customers.models import SavedView
from tierwise_web.customers.saved import EXISTS, remove_view, save_view, views_for
from tierwise_web.customers.seeing import COLUMNS_COOKIE, allowed_columns, liked_columns, seen_columns
from tierwise_web.customers.unmet import fresh
from tierwise_web.customers.waiting import waiting_among
from tierwise_web.people.models import User
from tierwise_web.people.roles import (
    EDIT_CUSTOMERS,
    EDIT_SEGMENTS,
    EXPORT_CUSTOMERS,
    SEE_CUSTOMERS,
    TRANSFER_CUSTOMERS,
)
from tierwise_web.people.scope import NOTHING as NOBODY
from tierwise_web.published.editions import PerFile, edition_of
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.jobs import enqueue
from tierwise_web.workflow.models import Job

DENSITIES = ("compact", "airy")
AMOUNTS = ("exact", "brief")
"""Amounts to the unit, or in 万 and 亿, k, m and bn."""
DISPLAY = {"density": ("tierwise_density", DENSITIES), "amounts": ("tierwise_amounts", AMOUNTS)}
"""How this browser shows lists: cookie and choices of each, the first one where nothing was chosen."""


@needs(SEE_CUSTOMERS)
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """The list: the whole page, or its changing part for a page that is open."""
    user = cast(User, request.user)
    choice = choice_of(request.GET, profit=user.scope.profit)
    edition = edition_of(choice.cursor.edition if choice.cursor else None)
    if edition is None:
        return render(request, "customers/nothing.html", {})
    reading = Reading(edition, user.scope)
    if choice.cursor and choice.cursor.edition != edition.pk:
        choice = choice_of(_without_cursor(request), profit=user.scope.profit)
    words = {
        "choice": choice,
        "page": (page := queries.page(reading, choice)),
        "columns": (shown := seen_columns(reading, choice.columns or liked_columns(request))),
        "shown": {column.code for column in shown},
        "shown_codes": tuple(column.code for column in shown),
        "all_columns": allowed_columns(reading),
        "saved": [(view, _address_of(view, user)) for view in views_for(user)],
        "filters": list(_filters(reading, choice)),
        "about": reading.about,
        "edition": edition,
        "newest": choice.cursor is None or edition == edition_of(None),
        "rows": rows_markup(
            page.rows,
            shown,
            _link,
            choice.address(),
            brief=display_of(request, "amounts") == "brief",
            pick=may_choose(user),
            edit=_editable(user, page.rows),
            waits=waiting_among(user, page.rows, language(), last_import=reading.about.last_import),
        ),
        "may_make": user.may(EDIT_CUSTOMERS),
        "may_export": user.may(EXPORT_CUSTOMERS),
        "may_choose": may_choose(user),
        "may_transfer": user.may(TRANSFER_CUSTOMERS),
        "may_group": user.may(EDIT_SEGMENTS),
        "density": display_of(request, "density"),
        "amounts": display_of(request, "amounts"),
    }
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") == "partial"
    if not part:
        words["fresh"] = fresh(reading)
    response = render(request, "customers/list_part.html" if part else "customers/list.html", words)
    response.headers["Vary"] = "Cookie, HX-Request, HX-Request-Type"
    return response


def may_choose(user: User) -> bool:
    """Whether there is anything that this person may do with rows that are ticked."""
    return any(user.may(need) for need in (EXPORT_CUSTOMERS, TRANSFER_CUSTOMERS, EDIT_SEGMENTS))


def _editable(user: User, rows: list[dict[str, Any]]) -> frozenset[str]:
    """The codes of those rows that this person may correct."""
    scope = user.scope_for(EDIT_CUSTOMERS) if user.may(EDIT_CUSTOMERS) else NOBODY
    return frozenset(
        row["code"] for row in rows
        if scope.covers(owner=row["owner"], backup=row["backup"], team=row["team"], agent=row["agent_code"])
    )  # fmt: skip


def _address_of(view: SavedView, user: User) -> str:
    """The address of a view as this person may see it."""
    return choice_of(QueryDict(view.query.lstrip("?")), profit=user.scope.profit).address()


def _without_cursor(request: HttpRequest) -> Any:
    asked = request.GET.copy()
    asked.pop("at", None)
    return asked


def display_of(request: HttpRequest, what: str) -> str:
    """How close rows stand (``density``), or how amounts are written (``amounts``)."""
    cookie, choices = DISPLAY[what]
    said = request.COOKIES.get(cookie, "")
    return said if said in choices else choices[0]


@needs(SEE_CUSTOMERS)
@only_sent
def set_display(request: HttpRequest) -> HttpResponse:
    """Changes how lists are shown, and comes back to the same list."""
    response = HttpResponseRedirect(next_of(request))
    for what, (cookie, choices) in DISPLAY.items():
        said = request.POST.get(what, "")
        if said in choices:
            remember(request, response, cookie, said)
    return response


@needs(SEE_CUSTOMERS)
@only_sent
def set_columns(request: HttpRequest) -> HttpResponse:
    """Changes which columns this browser shows; the usual ones again with ``usual``, every one with ``all``."""
    response = HttpResponseRedirect(next_of(request))
    every = [column.code for column in COLUMNS] if "all" in request.POST else []
    chosen = () if "usual" in request.POST else known_columns(every or request.POST.getlist("col"))
    remember(request, response, COLUMNS_COOKIE, ".".join(chosen))
    return response


@needs(SEE_CUSTOMERS)
@only_sent
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keeps the list under a name."""
    user = cast(User, request.user)
    name = " ".join(request.POST.get("name", "").split())[:MOST_WORDS]
    choice = choice_of(QueryDict(request.POST.get("query", "").lstrip("?")), profit=user.scope.profit)
    if name:
        shared, replace = "shared" in request.POST, "replace" in request.POST
        try:
            save_view(
                name=name,
                query=choice.address(),
                shared=shared,
                replace=replace,
                actor=user,
                at=timezone.now(),
            )
        except TierwiseError as error:
            (problem,) = error.problems
            if problem.code == EXISTS:
                words = {"name": name, "choice": choice, "shared": shared}
                return render(request, "customers/view_exists.html", words, status=409)
            return mistake(request, 422, Text(problem.say("en"), problem.say("zh")))
    return HttpResponseRedirect(reverse("customers:list") + choice.address())


@needs(SEE_CUSTOMERS)
@only_sent
def forget_view(request: HttpRequest, number: int) -> HttpResponse:
    """Forgets a view of one's own; those of others are not there."""
    user = cast(User, request.user)
    remove_view(get_object_or_404(SavedView, pk=number, owner=user), actor=user, at=timezone.now())
    return HttpResponseRedirect(next_of(request))


def _link(code: str) -> str | None:
    """The address of a customer's page, where there is one."""
    try:
        begins, ends = _customer_address()
    except NoReverseMatch:
        return None
    return f"{begins}{quote(code, safe='')}{ends}"


@cache
def _customer_address() -> tuple[str, str]:
    """What stands before and after the code: looked up once, because a page has fifty."""
    before, _, after = reverse("customer", args=["CODE"]).partition("CODE")
    return before, after


def _filters(reading: Reading, choice: Choice) -> Iterator[dict[str, Any]]:
    """Each filter with what it offers; one that offers no choice is left out unless it is used."""
    for name, title in FILTERS.items():
        chosen = choice.filters.get(name, ())
        offered = [(value, n) for value, n in _offered(reading, name)]
        offered += [(value, None) for value in chosen if value not in dict(offered)]
        if len(offered) > 1 or chosen:
            yield {
                "name": name,
                "title": title,
                "chosen": [(value, value_words(name, value)) for value in chosen],
                "boxes": _boxes(reading, name, offered, chosen),
            }


_BOXES: PerFile[Markup] = PerFile()
"""What filters offer to those who see all customers, while nothing is chosen: the same for everybody."""


def _boxes(
    reading: Reading, name: str, offered: list[tuple[str, int | None]], chosen: tuple[str, ...]
) -> Markup:
    def drawn() -> Markup:
        return options_markup(name, [(value, value_words(name, value), n) for value, n in offered], chosen)

    if chosen or reading.scope.reach != "all":
        return drawn()
    return _BOXES.get(reading.key, (name, language()), drawn)


def _offered(reading: Reading, name: str) -> list[tuple[str, int | None]]:
    if name == "lifecycle":
        return [(choice.code, None) for choice in STATUSES]
    if name == "near_cut":
        return [(code, None) for code in NEAR]
    if name == "kind":
        return [(choice.code, None) for choice in CUSTOMER_KIND]
    if name == "computed":
        return [(grade, None) for grade in reading.about.scale] if reading.about.in_cycle else []
    found: list[tuple[str, int | None]] = list(queries.options(reading, name))
    if name in ("grade", "previous"):
        places = {grade: at for at, grade in enumerate(reading.about.scale)}
        found.sort(key=lambda one: places.get(one[0], len(places)))
    return found


_WORDS = {"movement": MOVEMENTS, "near_cut": NEAR, "measured": MEASURED}


def value_words(name: str, value: str) -> str:
    """A value of a filter as people read it."""
    lang = language()
    if value == NOTHING:
        return {"en": "none", "zh": "无"}[lang]
    if name == "lifecycle":
        return code_words(name, value, lang)
    if name == "kind":
        return next((choice.label.in_lang(lang) for choice in CUSTOMER_KIND if choice.code == value), value)
    if name in _WORDS:
        texts = _WORDS[name]
        return texts[value].in_lang(lang) if value in texts else value
    return data_label(value, lang) if name in ("region", "industry", "team") else value


@needs(SEE_CUSTOMERS)
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many the list has, as far as it is counted; asked for after the page stands."""
    user = cast(User, request.user)
    choice = choice_of(request.GET, profit=user.scope.profit)
    newest = edition_of(None)
    if newest is None:
        raise Http404
    shown = edition_of(choice.cursor.edition) if choice.cursor else newest
    found = queries.counted(Reading(shown or newest, user.scope), choice)
    text = f"{amount(queries.CAP)}+" if found > queries.CAP else amount(found)
    if shown in (None, newest):
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    words = {"text": text, "choice": choice, "shown": shown, "newest": newest}
    return render(request, "customers/count_earlier.html", words)


@needs(EXPORT_CUSTOMERS)
@require_safe
def export(request: HttpRequest, ending: str) -> HttpResponse | FileResponse:
    """The list as a file, with the columns and customers that the person sees; it is noted in the log."""
    user = cast(User, request.user)
    edition = edition_of(None)
    if edition is None or ending not in files.ENDINGS:
        raise Http404
    reading = Reading(edition, user.scope_for(EXPORT_CUSTOMERS))
    return _file(request, reading, choice_of(request.GET, profit=user.scope.profit), ending)


@needs(EXPORT_CUSTOMERS)
@only_sent
def export_chosen(request: HttpRequest) -> HttpResponse | FileResponse:
    """Those that were ticked as a file, or the whole list; it is noted in the log as well."""
    user, edition, ending = cast(User, request.user), edition_of(None), request.POST.get("ending", "")
    if edition is None or ending not in files.ENDINGS:
        raise Http404
    choice = ticked(request.POST, profit=user.scope.profit)
    if choice.codes is not None and not choice.codes:
        return mistake(request, 422, Text("Choose at least one customer.", "请至少选择一个客户。"))
    return _file(request, Reading(edition, user.scope_for(EXPORT_CUSTOMERS)), choice, ending)


def _file(request: HttpRequest, reading: Reading, choice: Choice, ending: str) -> HttpResponse | FileResponse:
    user, edition = cast(User, request.user), reading.edition
    columns = seen_columns(reading, choice.columns or liked_columns(request))
    if queries.counted(reading, choice) > files.MOST_ROWS:
        words = {"choice": choice, "ending": ending, "most": files.MOST_ROWS}
        return render(request, "customers/large.html", words, status=413)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"customers-{edition.as_of}.{ending}"
        rows = files.write(reading, choice, columns, target)
        chosen = {} if choice.codes is None else {"chosen": list(choice.codes)}
        record(
            "customers.exported", user=user, at=timezone.now(), rows=rows, query=choice.address(), file=ending,
            **chosen,
        )  # fmt: skip
        # the open file outlives its name
        return FileResponse(target.open("rb"), as_attachment=True, filename=target.name)


@needs(EXPORT_CUSTOMERS)
@only_sent
def start_export(request: HttpRequest) -> HttpResponse:
    """Asks the worker for a large file."""
    user = cast(User, request.user)
    edition, ending = edition_of(None), request.POST.get("ending", "")
    if edition is None or ending not in files.ENDINGS:
        raise Http404
    choice = choice_of(QueryDict(request.POST.get("query", "").lstrip("?")), profit=user.scope.profit)
    job = enqueue(
        EXPORT, user=user, at=timezone.now(), query=choice.address(), ending=ending, lang=language(),
        edition=edition.pk, columns=list(liked_columns(request)),
    )  # fmt: skip
    return redirect("workflow:job", job.pk)


@needs(EXPORT_CUSTOMERS)
@require_safe
def fetch(request: HttpRequest, name: str) -> FileResponse:
    """A finished file, for whoever asked for it and sees the same today."""
    user = cast(User, request.user)
    get_object_or_404(Job, kind=EXPORT, actor=user.username, result__file=name, result__seen=seen_by(user))
    path = jobs_folder() / name
    if not path.is_file():
        raise Http404
    record("customers.file-fetched", user=user, at=timezone.now(), file=name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)
