"""The page of a group and its branches, and the form that says where a customer belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.grading.member_words import takers
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Lang, Text
from tierwise.policy.model import Policy
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import language
from tierwise_web.customers import correcting, groups, queries
from tierwise_web.customers.choosing import MOST_WORDS, Choice
from tierwise_web.customers.correcting import TABLE, Correction
from tierwise_web.customers.groups import PLACE, Place
from tierwise_web.customers.unmet import Row, seen_rows
from tierwise_web.editing.models import Change
from tierwise_web.editing.reasons import REASONS, reason_words
from tierwise_web.editing.records import Values, fields, seen, standing
from tierwise_web.editing.values import shown
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS, HAND_OVER, SEE_ASSESSMENTS, SEE_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

FOUND = 10
"""So many customers are offered as members."""
LEVELS = {
    "account": Text("an account with its sites", "客户及其门店/工厂"),
    "group": Text("a group", "集团"),
}
EACH = Text(
    "The policy grades every customer by itself: nobody inherits a grade.",
    "本策略逐个客户评级，不继承等级。",
)
WHOLE = Text(
    "The policy grades {level} as one customer with the figures of all its members; {who}.",
    "本策略将{level}作为一个客户、按全部成员的数据评级；{who}。",
)


def _reading(request: HttpRequest, need: str) -> Reading:
    edition = current_edition()
    if edition is None:
        raise Http404
    return Reading(edition, cast(User, request.user).scope_for(need))


def _row(book: api.Book, reading: Reading, code: str) -> Row:
    found = seen_rows(book, reading, [code], timezone.localdate()).get(code)
    if found is None:
        raise Http404
    return found


@needs(SEE_CUSTOMERS)
@require_safe
def group(request: HttpRequest, code: str) -> HttpResponse:
    """The whole group of a customer as it stands today, its grades and sales, and what is about to change."""
    user, book, today = cast(User, request.user), api.open_book(settings.BOOK), timezone.localdate()
    reading = _reading(request, SEE_CUSTOMERS)
    row = _row(book, reading, code)
    places, cut = groups.tree(book, reading, code, today)
    editable = {p.row["code"] for p in places if user.may_for(EDIT_CUSTOMERS, p.row)}
    find = request.GET.get("find", "").strip()[:MOST_WORDS]
    words = {
        "row": row,
        "places": [_line(place, places) for place in places],
        "cut": cut,
        "most": groups.MOST,
        "declared": declared(reading.about.policy, language()),
        "run": reading.about.record,
        "editable": editable,
        "find": find,
        "found": _found(request, find, code, places) if find and code in editable else [],
        "told": _told(user, reading, places),
    }
    return render(request, "customers/group.html", words)


def declared(policy: Policy, lang: Lang) -> str:
    """What the policy says of groups, in a sentence."""
    population = policy.population
    if population.level not in LEVELS:
        return EACH.in_lang(lang)
    level = LEVELS[population.level].in_lang(lang)
    return WHOLE.fill(lang, level=level, who=takers(population.inherit, lang))


def _line(place: Place, places: list[Place]) -> dict[str, Any]:
    row, lang = place.row, language()
    names = {p.row["code"]: p.row["name"] or p.row["code"] for p in places}
    unit = row["unit"]
    return {
        "place": place,
        "row": row,
        "node": shown(TABLE, "hierarchy_node", place.node, lang),
        "odd": place.node == "standalone" and place.below > 0,
        "member": unit != row["code"],
        "unit": unit if unit in names else None,
        "unit_name": names.get(unit, ""),
        "whole": any(p.row["unit"] == row["code"] != p.row["code"] for p in places),
    }


def _found(request: HttpRequest, find: str, code: str, places: list[Place]) -> list[tuple[Row, bool]]:
    """Customers that may be put below this one, by name, initials or code; and whether they are in the group already."""
    reading = _reading(request, EDIT_CUSTOMERS)
    rows = queries.page(reading, Choice(words=find), FOUND).rows
    own = {place.row["code"] for place in places}
    return [(row, row["code"] in own) for row in rows if row["code"] != code]


def _told(user: User, reading: Reading, places: list[Place]) -> list[dict[str, Any]]:
    """The last changes of this group that the person may read, in words."""
    rows = {p.row["code"]: p.row for p in places}
    changes = groups.told_of(list(rows))
    left = [one.key for one in changes if one.key not in rows]
    for code in left:
        gone = reading.customer(code)
        rows |= {code: gone} if gone else {}
    parents = [one.values.get("parent_code") for one in changes] + [
        one.before.get("parent_code") for one in changes
    ]
    names = {code: row["name"] or code for code, row in rows.items()}
    names |= reading.names_of([code for code in parents if code and code not in names])
    return [_change(user, one, rows[one.key], names) for one in changes if _reads(user, rows.get(one.key))]


def _reads(user: User, row: Row | None) -> bool:
    return row is not None and any(user.may_for(need, row) for need in (SEE_ASSESSMENTS, EDIT_CUSTOMERS))


def _change(user: User, one: Change, row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    lang = language()
    edits = user.may_for(EDIT_CUSTOMERS, row)
    mine = one.actor == user.username or user.may(HAND_OVER)
    return {
        "change": one,
        "name": names.get(one.key, one.key),
        "was": _where(one.before, names, lang),
        "now": _where(one.values, names, lang),
        "reason": reason_words(one.reason, lang),
        "may_take_back": edits and mine and one.state == "waiting" and not one.handover_id,
        "may_put_back": edits and one.state == "in-book",
    }


def _where(values: Mapping[str, str | None], names: Mapping[str, str], lang: Lang) -> str:
    """A place in words: above whom, as what. Who may not be seen is not named."""
    parts = []
    if "parent_code" in values:
        parent = values["parent_code"]
        other = {"en": "another customer", "zh": "其他客户"}[lang]
        below = {"en": "below {}", "zh": "隶属 {}"}[lang]
        parts.append(
            below.format(names.get(parent, other)) if parent else {"en": "below nobody", "zh": "无上级"}[lang]
        )
    if "hierarchy_node" in values:
        parts.append(shown(TABLE, "hierarchy_node", values["hierarchy_node"], lang))
    return {"en": ", ", "zh": "，"}[lang].join(parts)


@needs(EDIT_CUSTOMERS)
def place(request: HttpRequest, code: str) -> HttpResponse:
    """Where a customer belongs from a day on, with a reason: below whom, and as what."""
    book, today, post = api.open_book(settings.BOOK), timezone.localdate(), request.POST
    reading = _reading(request, EDIT_CUSTOMERS)
    row, now = _row(book, reading, code), standing(book, TABLE, code, today)
    if now is None:
        raise Http404
    if request.method != "POST":
        what = Correction(_proposed(request, book, code, now), today.isoformat(), "", "", seen(now, PLACE))
        return _form(request, book, reading, row, now, what)
    given = {name: str(post[name]).strip() for name in PLACE if name in post}
    what = Correction(given, *(post.get(name, "") for name in ("effective_on", "reason", "note", "seen")))
    try:
        _put(book, reading, code, now, what, cast(User, request.user))
    except TierwiseError as error:
        return _form(request, book, reading, row, now, what, error.problems)
    to = given.get("parent_code") or now.get("parent_code") or code
    return redirect("customers:group", to if seen_rows(book, reading, [to], today) else code)


@transaction.atomic
def _put(book: api.Book, reading: Reading, code: str, now: Values, what: Correction, actor: User) -> None:
    """Keeps the place, or tells all that is wrong with it."""
    wrong = groups.wrong_node(now | dict(what.given))
    today = timezone.localdate()
    sees = groups.sees_of(book, reading, today)
    try:
        correcting.correct(
            book, code, what, names=PLACE, sees=sees, today=today, actor=actor, at=timezone.now()
        )
    except TierwiseError as error:
        raise TierwiseError([*error.problems, *wrong]) from error
    if wrong:
        raise TierwiseError(wrong)


def _proposed(request: HttpRequest, book: api.Book, code: str, now: Values) -> dict[str, str]:
    """What the form begins with: a new place below somebody, none, or the one before a change; else what stands."""
    under, back = request.GET.get("under", ""), request.GET.get("back", "")
    if under:
        node = now.get("hierarchy_node") or ""
        return {"parent_code": under, "hierarchy_node": "branch" if node in ("", *groups.ALONE) else node}
    if "out" in request.GET:
        below = groups.children(book, [code], timezone.localdate())
        return {"parent_code": "", "hierarchy_node": "group" if below else "standalone"}
    number = int(back) if back.isascii() and back.isdecimal() and len(back) < 10 else 0
    found = Change.objects.filter(pk=number, table=TABLE, key=code).first()
    return {name: found.before[name] or "" for name in PLACE if name in found.before} if found else {}


def _form(
    request: HttpRequest, book: api.Book, reading: Reading, row: Row, now: Values, what: Correction,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:  # fmt: skip
    lang, today = language(), timezone.localdate()
    late = any(problem.code == "web.changed-meanwhile" for problem in problems)
    places, _ = groups.tree(book, reading, row["code"], today)
    names = {p.row["code"]: p.row["name"] or p.row["code"] for p in places}
    parent = now.get("parent_code")
    said = what.given.get("parent_code") or ""
    known = names | reading.names_of([code for code in (parent, said) if code and code not in names])
    made = fields(TABLE, PLACE, now | dict(what.given), lang, problems=problems, now=now if late else None,
                  offered={"parent_code": [code for code in names if code != row["code"]]})  # fmt: skip
    words = {
        "row": row,
        "fields": made,
        "where": _where({name: now.get(name) for name in PLACE}, known, lang),
        "to": known.get(said, ""),
        "what": what,
        "seen": seen(now, PLACE),
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "reasons": REASONS,
        "returned": bool(problems),
        "today": today,
        "first_open": book.upcoming().settings.first_open_day,
    }
    return render(request, "customers/place.html", words, status=422 if problems else 200)
