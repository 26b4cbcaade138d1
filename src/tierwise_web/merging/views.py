"""The pairs that look alike, both records beside each other, and what was merged."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Text
from tierwise.merging.candidates import pair_of
from tierwise.merging.deciding import ALWAYS
from tierwise.merging.model import CLUES
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import amount, language
from tierwise_web.customers.correcting import OF_COST, SECTIONS, TABLE, TRANSFER
from tierwise_web.customers.unmet import names_in_reach
from tierwise_web.editing.records import Values, standings
from tierwise_web.editing.values import shown
from tierwise_web.merging import services
from tierwise_web.merging.jobs import LOOK
from tierwise_web.merging.models import Candidate
from tierwise_web.merging.queries import Standing, standing_merges
from tierwise_web.merging.services import TAKEN, Wish
from tierwise_web.people.models import User
from tierwise_web.people.roles import MERGE_CUSTOMERS, SEE_DUPLICATES
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.jobs import enqueue
from tierwise_web.workflow.models import DONE, Job

ROWS = 50
BANDS = (90, 75, 60)
"""Scores from which on pairs are shown, as the filter offers them."""


def _reading(request: HttpRequest, need: str) -> Reading | None:
    edition = current_edition()
    return Reading(edition, cast(User, request.user).scope_for(need)) if edition else None


def _sees(reading: Reading | None, codes: tuple[str, ...]) -> bool:
    """Whether somebody sees all of some customers; who sees all sees those, too, that no run has met yet."""
    if reading is None:
        return False
    return reading.scope.reach == "all" or all(reading.customer(code) is not None for code in codes)


@needs(SEE_DUPLICATES)
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs within one's reach, the likeliest first."""
    kind, asked = request.GET.get("clue", ""), request.GET.get("from", "")
    found = Candidate.objects.all()
    found = found.filter(kinds__contains=f",{kind},") if kind in CLUES else found
    least = int(asked) if asked in {str(band) for band in BANDS} else 0
    found = found.filter(score__gte=least)
    page = _page(found, _reading(request, SEE_DUPLICATES), request.GET.get("page"))
    words = {
        "page": page,
        "rows": _in_order(page),
        "count": page.paginator.count,
        "because": _because,
        "clues": CLUES,
        "clue": kind if kind in CLUES else "",
        "bands": BANDS,
        "least": least,
        "looked": _last_look(),
        "may_merge": cast(User, request.user).may(MERGE_CUSTOMERS),
    }
    return render(request, "merging/duplicates.html", words)


def _page(found: QuerySet[Candidate], reading: Reading | None, asked: str | None) -> Page[int]:
    """A page of the numbers of those pairs of which both customers are within reach, and how many these are."""
    if reading is None:
        return Paginator(list[int](), ROWS).get_page(1)
    if reading.scope.reach == "all":
        return Paginator(found.values_list("pk", flat=True), ROWS).get_page(asked)
    mine = set(reading.codes())
    pairs = found.values_list("pk", "first", "second").iterator()
    return Paginator([pk for pk, *both in pairs if mine.issuperset(both)], ROWS).get_page(asked)


def _in_order(page: Page[int]) -> list[Candidate]:
    """The pairs of a page, in its order."""
    numbers = list(page)
    known = Candidate.objects.in_bulk(numbers)
    return [known[number] for number in numbers if number in known]


def _last_look() -> datetime | None:
    """When a job last looked for duplicates to the end."""
    done = Job.objects.filter(kind=LOOK, state=DONE).order_by("-id")
    return done.values_list("ended_at", flat=True).first()


def _because(one: Candidate) -> str:
    told = [words.in_lang(language()) for kind, words in CLUES.items() if f",{kind}," in one.kinds]
    return ("；" if language() == "zh" else "; ").join(told)


@needs(MERGE_CUSTOMERS)
@only_sent
def look(request: HttpRequest) -> HttpResponse:
    """Asks for the job that looks for pairs anew."""
    user, at = cast(User, request.user), timezone.now()
    record("customers.duplicates.asked", user=user, at=at)
    return redirect("workflow:job", enqueue(LOOK, user=user, at=at).pk)


@needs(MERGE_CUSTOMERS)
def pair(request: HttpRequest) -> HttpResponse:
    """Both records beside each other; one of them is chosen to speak for both."""
    sent = request.GET if request.method != "POST" else request.POST
    codes = sent.get("a", "").strip(), sent.get("b", "").strip()
    reading, records = _both(request, codes)
    if request.method != "POST":
        return _pair(request, reading, codes, records)
    survivor = sent.get("survivor", "")
    if survivor not in codes:
        words = Text("choose which of the two goes on", "请选择保留哪一个客户")
        return _pair(request, reading, codes, records, (Problem("merge.whom", words, column="survivor"),))
    merged = codes[1] if survivor == codes[0] else codes[0]
    wish = Wish(
        merged,
        survivor,
        sent.get("reason", ""),
        sent.get("since", ""),
        sent.getlist("take"),
        sent.get("seen", ""),
    )
    user, at = cast(User, request.user), timezone.now()
    try:
        services.merge(api.open_book(settings.BOOK), wish, today=timezone.localdate(), actor=user, at=at)
    except TierwiseError as error:
        return _pair(request, reading, codes, records, error.problems)
    return redirect("merging:merged")


def _both(request: HttpRequest, codes: tuple[str, str]) -> tuple[Reading, dict[str, Values]]:
    """Both customers, if they are two, both are there and this person may merge them."""
    reading = _reading(request, MERGE_CUSTOMERS)
    if reading is None or codes[0] == codes[1] or not all(codes) or not _sees(reading, codes):
        raise Http404
    records = standings(api.open_book(settings.BOOK), TABLE, list(codes), timezone.localdate())
    if any(code not in records for code in codes):
        raise Http404
    return reading, records


def _pair(
    request: HttpRequest,
    reading: Reading,
    codes: tuple[str, str],
    records: dict[str, Values],
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    lang, post = language(), request.POST
    rows = {code: reading.customer(code) for code in codes}
    known = Candidate.objects.filter(**dict(zip(("first", "second"), pair_of(*codes), strict=True))).first()
    words = {
        "codes": codes,
        "names": [records[code].get("name") or code for code in codes],
        "facts": [rows[code] for code in codes],
        "fields": _fields(records, codes, profit=reading.scope.profit),
        "candidate": known,
        "because": _because,
        "seen": services.seen_of(records, *codes),
        "survivor": post.get("survivor") or _likelier(codes, rows),
        "reason": post.get("reason", ""),
        "since": post.get("since", ""),
        "take": post.getlist("take"),
        "today": timezone.localdate(),
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "returned": bool(problems),
    }
    return render(request, "merging/pair.html", words, status=422 if problems else 200)


def _likelier(codes: tuple[str, str], rows: dict[str, dict[str, Any] | None]) -> str:
    """The one with more sales is offered first."""
    return max(codes, key=lambda code: ((rows[code] or {}).get("sales_key") or -(2**63), code == codes[0]))


def _fields(records: dict[str, Values], codes: tuple[str, str], *, profit: bool) -> list[dict[str, Any]]:
    """The columns in which one of them says something: both values, whether they differ, whether one fills a gap."""
    lang = language()
    names = [name for _, some in (*SECTIONS, *TRANSFER) for name in some if profit or name not in OF_COST]
    found = []
    for name in names:
        values = [records[code].get(name) for code in codes]
        if any(values):
            said = [_said(name, value) for value in values]
            gap = name in TAKEN and not all(values)
            label = TABLES[TABLE].column(name).label.in_lang(lang)
            found.append(
                {"name": name, "label": label, "said": said, "differs": values[0] != values[1], "gap": gap}
            )
    return found


def _said(name: str, value: str | None) -> str:
    """A value as people read it; numbers with separators."""
    if value and TABLES[TABLE].column(name).kind in ("money", "quantity"):
        return amount(Decimal(value))
    return shown(TABLE, name, value, language())


@needs(MERGE_CUSTOMERS)
@only_sent
def not_same(request: HttpRequest) -> HttpResponse:
    """Keeps that two only look alike."""
    codes = request.POST.get("a", "").strip(), request.POST.get("b", "").strip()
    reading, records = _both(request, codes)
    try:
        services.keep_apart(
            api.open_book(settings.BOOK), *codes, reason=request.POST.get("reason", ""), today=timezone.localdate(),
            actor=cast(User, request.user), at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return _pair(request, reading, codes, records, error.problems)
    return redirect("merging:duplicates")


@needs(SEE_DUPLICATES)
@require_safe
def merged(request: HttpRequest) -> HttpResponse:
    """All merges that hold or will with the next run, the newest first."""
    return _merged(request)


def _merged(request: HttpRequest, problem: str = "", at_code: str = "") -> HttpResponse:
    reading = _reading(request, SEE_DUPLICATES)
    found = [
        one
        for one in standing_merges(api.open_book(settings.BOOK)).values()
        if _sees(reading, (one.merged, one.survivor))
    ]
    ordered = sorted(found, key=_newest)
    page = Paginator(ordered, ROWS).get_page(request.GET.get("page"))
    codes = [code for one in page for code in (one.merged, one.survivor)]
    words = {
        "page": page,
        "names": names_in_reach(api.open_book(settings.BOOK), reading, codes, timezone.localdate())
        if reading
        else {},
        "always": ALWAYS,
        "may_merge": cast(User, request.user).may(MERGE_CUSTOMERS),
        "problem": problem,
        "at_code": at_code,
    }
    return render(request, "merging/merged.html", words, status=422 if problem else 200)


def _newest(one: Standing) -> tuple[bool, int, str]:
    """What waits first, then what was done here last."""
    return not one.waits, -(one.change.pk if one.change else 0), one.merged


@needs(MERGE_CUSTOMERS)
@only_sent
def undo(request: HttpRequest) -> HttpResponse:
    """Takes a merge back."""
    code, survivor = request.POST.get("merged", ""), request.POST.get("survivor", "")
    if not _sees(_reading(request, MERGE_CUSTOMERS), (code, survivor)):
        raise Http404
    try:
        services.unmerge(
            api.open_book(settings.BOOK), code, survivor=survivor, reason=request.POST.get("reason", ""),
            today=timezone.localdate(), actor=cast(User, request.user), at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        (problem, *_) = error.problems
        if problem.column:
            return _merged(request, problem.say(language()), code)
        return mistake(request, 409, Text(problem.say("en"), problem.say("zh")))
    return redirect("merging:merged")
