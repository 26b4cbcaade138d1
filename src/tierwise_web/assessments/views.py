"""Assessments: the list of what is to be done, the form, one assessment with its decision."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Text
from tierwise.policy.forms import Form
from tierwise_web.assessments import queries, services
from tierwise_web.assessments.asking import form_of, forms
from tierwise_web.assessments.models import DRAFT, OPEN, SUBMITTED, Assessment
from tierwise_web.assessments.services import PARTS, Said, last_day
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.words import language
from tierwise_web.customers.unmet import any_customer
from tierwise_web.people.models import User
from tierwise_web.people.roles import ACCEPT_ASSESSMENTS, ASSESS, SEE_ASSESSMENTS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

DECISIONS = ("accept", "reject")
UNDECIDED = Text("Say whether it is accepted or sent back.", "请选择接受或退回。")
SHOWN = ("accept", "mine", "due", "never", "all")


def _reading(request: HttpRequest, need: str) -> Reading | None:
    """As far as the roles that allow what is asked for reach."""
    edition = current_edition()
    return Reading(edition, cast(User, request.user).scope_for(need)) if edition else None


def _customer(request: HttpRequest, code: str, need: str) -> dict[str, Any]:
    """The customer, if this person may do to it what is asked for."""
    reading = _reading(request, need)
    found = any_customer(reading, code) if reading else None
    if found is None:
        raise Http404
    return found


@needs(SEE_ASSESSMENTS)
@require_safe
def assessments(request: HttpRequest) -> HttpResponse:
    """What waits for acceptance, what is mine, what is due."""
    user, book = cast(User, request.user), api.open_book(settings.BOOK)
    asked = forms(book)
    show = request.GET.get("show", "") or ("accept" if user.may(ACCEPT_ASSESSMENTS) else "mine")
    show = show if show in SHOWN else "all"
    reading = _reading(request, _needed(user, show))
    form = next((f for f in asked if f.template == request.GET.get("template")), asked[0] if asked else None)
    rows: list[Assessment] = []
    dues: list[Any] = []
    if reading and show in ("due", "never") and form:
        dues = queries.due(book, form, reading, today=timezone.localdate(), never=show == "never")
    elif reading:
        found = {"accept": queries.to_decide(user), "mine": queries.mine(user)}.get(
            show, Assessment.objects.all()
        )
        rows = queries.within(reading, found, user)
    words = {
        "show": show,
        "rows": rows,
        "dues": dues,
        "forms": asked,
        "form": form,
        "titles": {f.template: f.title for f in asked},
        "lines": {item.criterion: item.title for item in form.items} if form else {},
        "today": timezone.localdate(),
        "may_assess": user.may(ASSESS),
        "may_accept": user.may(ACCEPT_ASSESSMENTS),
        "most": queries.MOST,
    }
    return render(request, "assessments/list.html", words)


def _needed(user: User, show: str) -> str:
    """A list of what is to be done reaches as far as the person may do it."""
    if show == "accept":
        return ACCEPT_ASSESSMENTS
    return ASSESS if show in ("due", "never") and user.may(ASSESS) else SEE_ASSESSMENTS


@needs(ASSESS)
def new(request: HttpRequest, code: str, template: str) -> HttpResponse:
    """The form for a customer, with what is in force beside each line; saved as a draft or submitted."""
    customer, book = _customer(request, code, ASSESS), api.open_book(settings.BOOK)
    form = form_of(book, template)
    if form is None:
        raise Http404
    if request.method != "POST":
        return _form(request, book, form, customer, _blank(form))
    said, submit = _said(request, form), request.POST.get("do") == "submit"
    try:
        what = _checked(book, form, said, whole=submit)
        made = services.begin(
            form, what, customer=code, name=customer["name"] or "", submit=submit,
            actor=cast(User, request.user), at=timezone.now(), token=_token(request),
        )  # fmt: skip
    except TierwiseError as error:
        return _form(request, book, form, customer, said, problems=error.problems)
    return redirect("assessments:one", made.pk)


def _token(request: HttpRequest) -> str:
    """What the form carries since it was first shown; a new one where it brings none that we could have made."""
    try:
        return str(UUID(request.POST.get("token", "")))
    except ValueError:
        return str(uuid4())


def _blank(form: Form) -> Said:
    today = timezone.localdate()
    return Said(today.isoformat(), last_day(today).isoformat(), "", {})


def _said(request: HttpRequest, form: Form) -> Said:
    post = request.POST
    answers = {
        item.criterion: {part: post.get(f"{item.criterion}-{part}", "") for part in PARTS}
        for item in form.items
    }
    return Said(post.get("as_of", ""), post.get("valid_until", ""), post.get("remarks", ""), answers)


def _checked(book: api.Book, form: Form, said: Said, *, whole: bool) -> services.Checked:
    first_open = book.upcoming().settings.first_open_day
    return services.checked(form, said, first_open=first_open, today=timezone.localdate(), whole=whole)


def _form(
    request: HttpRequest,
    book: api.Book,
    form: Form,
    customer: dict[str, Any],
    said: Said,
    *,
    problems: tuple[Problem, ...] = (),
    assessment: Assessment | None = None,
    now: Assessment | None = None,
) -> HttpResponse:
    """The form, with what was typed kept; ``now`` is what somebody else wrote meanwhile."""
    lang = language()
    wrong: dict[str, list[str]] = {}
    for problem in problems:
        wrong.setdefault(problem.column or "", []).append(problem.say(lang))
    words = {
        "form": form,
        "customer": customer,
        "said": said,
        "wrong": wrong,
        "standing": queries.in_force(book, customer["code"], form.template),
        "assessment": assessment,
        "version": now.version if now else assessment.version if assessment else 0,
        "now": now,
        "token": _token(request),
        "returned": bool(problems),
        "first_open": book.upcoming().settings.first_open_day,
        "today": timezone.localdate(),
    }
    return render(request, "assessments/form.html", words, status=422 if problems else 200)


@needs(ASSESS)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """A draft, or one that was sent back, is written on."""
    found, customer = _one(request, number, ASSESS)
    user, book = cast(User, request.user), api.open_book(settings.BOOK)
    form = form_of(book, found.template)
    if form is None or found.assessor != user.username:
        raise Http404
    if request.method != "POST":
        if found.state not in OPEN:
            return redirect("assessments:one", number)
        return _form(request, book, form, customer, _as_said(found), assessment=found)
    said, submit = _said(request, form), request.POST.get("do") == "submit"
    try:
        what = _checked(book, form, said, whole=submit)
        services.rewrite(
            found, form, what, seen=_version(request), submit=submit, actor=user, at=timezone.now()
        )
    except TierwiseError as error:
        now = Assessment.objects.get(pk=number) if error.code == "web.changed-meanwhile" else None
        return _form(request, book, form, customer, said, problems=error.problems, assessment=found, now=now)
    return redirect("assessments:one", number)


def _as_said(found: Assessment) -> Said:
    return Said(found.as_of.isoformat(), found.valid_until.isoformat(), found.remarks, found.answers)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def _one(request: HttpRequest, number: int, need: str) -> tuple[Assessment, dict[str, Any]]:
    """An assessment of a customer that may be seen; drafts are their writer's alone."""
    found = get_object_or_404(Assessment, pk=number)
    customer = _customer(request, found.customer, need)
    if found.state == DRAFT and found.assessor != cast(User, request.user).username:
        raise Http404
    return found, customer


@needs(SEE_ASSESSMENTS)
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One assessment: what was judged by which standard on which evidence, and the decision."""
    return _shown(request, number)


def _shown(request: HttpRequest, number: int, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    found, customer = _one(request, number, SEE_ASSESSMENTS)
    user, book = cast(User, request.user), api.open_book(settings.BOOK)
    form = form_of(book, found.template)
    standing = queries.in_force(book, found.customer, found.template)
    mine = found.assessor == user.username
    words = {
        "assessment": found,
        "customer": customer,
        "form": form,
        "lines": _lines(form, found, standing),
        "mine": mine,
        "may_write": mine and user.may_for(ASSESS, customer) and found.state in OPEN,
        "may_withdraw": mine and found.state in (*OPEN, SUBMITTED),
        "may_decide": not mine and user.may_for(ACCEPT_ASSESSMENTS, customer) and found.state == SUBMITTED,
        "note": request.POST.get("note", ""),
        "problems": problems,
        "total": _total(form, found),
        "way": queries.way_of(found, language()),
    }
    return render(request, "assessments/one.html", words, status=422 if problems else 200)


def _lines(form: Form | None, found: Assessment, standing: dict[str, Any]) -> list[dict[str, Any]]:
    """Each line that was judged, with its standard, and the answer that it supersedes."""
    lines = []
    for criterion, answer in found.answers.items():
        item = form.item(criterion) if form else None
        level = item.standard(answer["level"]) if item and answer["level"] else None
        before = standing.get(criterion)
        lines.append(
            {"criterion": criterion, "item": item, "answer": answer, "level": level, "before": before}
        )
    return lines


def _total(form: Form | None, found: Assessment) -> str | None:
    """The sum of points, where every line of a points card was judged."""
    if form is None or any(not found.answer(item.criterion)["score"] for item in form.items):
        return None
    if any(item.weight_pct != item.high for item in form.items):
        return None
    total = sum(Decimal(found.answer(item.criterion)["score"]) for item in form.items)
    return plain_number(Decimal(total))


@needs(ACCEPT_ASSESSMENTS)
@only_sent
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Accepts an assessment or sends it back; never one's own."""
    found, _ = _one(request, number, ACCEPT_ASSESSMENTS)
    if (do := request.POST.get("do")) not in DECISIONS:
        return _shown(request, number, (Problem("web.form", UNDECIDED),))
    try:
        services.decide(
            found, accept=do == "accept", note=request.POST.get("note", ""),
            seen=_version(request), actor=cast(User, request.user), at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return _shown(request, number, error.problems)
    return redirect("assessments:one", number)


@needs(ASSESS)
@only_sent
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Takes back what one wrote and nobody has decided about."""
    found, _ = _one(request, number, ASSESS)
    try:
        services.withdraw(found, seen=_version(request), actor=cast(User, request.user), at=timezone.now())
    except TierwiseError as error:
        return _shown(request, number, error.problems)
    return redirect("assessments:one", number)
