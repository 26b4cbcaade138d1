"""The pool of customers that nobody looks after: seen, and taken from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.customers import bulk, queries
from tierwise_web.customers.choosing import Choice, choice_of, ticked
from tierwise_web.customers.columns import COLUMNS, cell
from tierwise_web.customers.correcting import OF_COST, SECTIONS, TABLE
from tierwise_web.customers.drawing import rows_markup
from tierwise_web.customers.models import CLAIM
from tierwise_web.customers.pool import (
    fresh_in_pool,
    led_by,
    of_pool,
    pool_choice,
    pool_reading,
    refuse_too_many,
)
from tierwise_web.customers.unmet import any_customer
from tierwise_web.customers.views import display_of
from tierwise_web.editing.records import standing
from tierwise_web.editing.services import lock
from tierwise_web.editing.values import shown
from tierwise_web.people.models import User
from tierwise_web.people.roles import CLAIM_CUSTOMERS, SEE_POOL, TRANSFER_CUSTOMERS
from tierwise_web.published.editions import current_edition, edition_of
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

SHOWN = "code name grade sales orders last_order_on lifecycle region industry".split()
OF_TEAM = ("expectations", "credit_standing_note", "tags", "parent_code", "agent_code", "referred_by")
"""What is written by and for those who look after a customer, and who else it leads to."""
NAMELESS = Text(
    "You have no name as account manager yet; an administrator sets it under Settings.",
    "您尚未设置客户经理姓名，请由系统管理员在“设置”中填写。",
)


@needs(SEE_POOL)
@require_safe
def pool(request: HttpRequest) -> HttpResponse:
    """Those that nobody looks after and this person may take or assign, the most important first."""
    user = cast(User, request.user)
    choice = choice_of(request.GET, profit=False)
    edition = edition_of(choice.cursor.edition if choice.cursor else None)
    if edition is None:
        return render(request, "customers/nothing.html", {})
    if choice.cursor and choice.cursor.edition != edition.pk:
        choice = replace(choice, cursor=None)
    reading, narrow = pool_reading(edition, user), pool_choice(user, choice)
    page = queries.page(reading, narrow)
    columns = [column for column in COLUMNS if column.code in SHOWN]
    words = {
        "choice": choice,
        "page": page,
        "found": queries.counted(reading, narrow),
        "most": queries.CAP,
        "columns": columns,
        "rows": rows_markup(
            page.rows, columns, _place, "", brief=display_of(request, "amounts") == "brief", pick=True
        ),
        "fresh": fresh_in_pool(edition, user),
        "have": led_by(edition, user.staff_name) if user.staff_name else 0,
        "most_led": settings.MOST_CUSTOMERS,
        "may_claim": user.may(CLAIM_CUSTOMERS),
        "may_assign": user.may(TRANSFER_CUSTOMERS),
        "nameless": user.may(CLAIM_CUSTOMERS) and not user.staff_name,
        "density": display_of(request, "density"),
    }
    return render(request, "customers/pool.html", words)


def _place(code: str) -> str:
    return reverse("customers:pool-customer", args=[code])


@needs(SEE_POOL)
@require_safe
def pool_customer(request: HttpRequest, code: str) -> HttpResponse:
    """What may be seen of a customer that nobody looks after: who it is and what it bought, without profit or people."""
    user, edition = cast(User, request.user), current_edition()
    row = of_pool(edition, user, code) if edition else None
    if edition is None or row is None:
        raise Http404
    reading, lang = pool_reading(edition, user), language()
    record = standing(api.open_book(settings.BOOK), TABLE, code, timezone.localdate()) or {}
    told = None if row["unmet"] else reading.explanation(code)
    words = {
        "row": row,
        "figures": [] if row["unmet"] else _figures(row),
        "sentences": told.sentences(lang, advisory=False)[:1] if told else [],
        "sections": _sections(record),
        "sees_page": any_customer(Reading(edition, user.scope), code) is not None,
        "may_claim": user.may(CLAIM_CUSTOMERS) and bool(user.staff_name) and _may_take(edition, user, code),
        "have": led_by(edition, user.staff_name) if user.staff_name else 0,
        "most_led": settings.MOST_CUSTOMERS,
    }
    return render(request, "customers/pool_customer.html", words)


def _may_take(edition: Edition, user: User, code: str) -> bool:
    """Whether somebody may claim it; one that no run has met waits for the next."""
    choice = pool_choice(user, Choice(codes=(code,)), CLAIM_CUSTOMERS)
    return bool(queries.codes(pool_reading(edition, user), choice, 1))


def _figures(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What the list says of it."""
    lang = language()
    told = [c for c in COLUMNS if c.code in SHOWN and c.code not in ("code", "name", "grade")]
    return [(c.title.in_lang(lang), cell(c, row, lang)) for c in told if row[c.code] not in (None, "")]


def _sections(record: Mapping[str, str | None]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What its record says, but for what it cost and what only those write who look after it."""
    lang = language()
    found = [
        (title.in_lang(lang), [(TABLES[TABLE].column(n).label.in_lang(lang), shown(TABLE, n, record.get(n), lang))
                               for n in names if record.get(n) and n not in (*OF_COST, *OF_TEAM)])
        for title, names in SECTIONS
    ]  # fmt: skip
    return [(title, pairs) for title, pairs in found if pairs]


@needs(CLAIM_CUSTOMERS)
@only_sent
def claim(request: HttpRequest) -> HttpResponse:
    """Takes those that are ticked: from today on this person looks after them; whoever was first has them."""
    user, edition, at = cast(User, request.user), current_edition(), timezone.now()
    if edition is None:
        raise Http404
    if not user.staff_name:
        return mistake(request, 422, NAMELESS)
    book, today = api.open_book(settings.BOOK), timezone.localdate()
    choice = pool_choice(user, ticked(request.POST, profit=False), CLAIM_CUSTOMERS)
    choice = choice if choice.codes is not None else replace(choice, codes=())
    said = {
        "values": {"owner": user.staff_name},
        "effective_on": today.isoformat(),
        "reason": "claimed",
        "note": "",
    }
    try:
        with transaction.atomic():  # chosen and taken, or nothing
            made = bulk.open_bulk(
                book, pool_reading(edition, user), choice, CLAIM, today=today, actor=user, at=at
            )
            lock(TABLE, f"*claim*{user.staff_name}")
            refuse_too_many(edition, user, len(made.chosen), settings.MOST_CUSTOMERS)
            if bulk.begin(made, said, actor=user, at=at):
                bulk.carry_out(book, made, today=today, actor=user, at=at)
    except TierwiseError as error:
        (problem,) = error.problems
        return mistake(request, 422, Text(problem.say("en"), problem.say("zh")))
    return redirect("customers:bulk", made.pk)
