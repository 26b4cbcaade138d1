"""The pool of customers that nobody looks after: seen, and taken from."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.common.allowing import needs
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.customers import bulk, queries
from tierwise_web.customers.choosing import choice_of, ticked
from tierwise_web.customers.columns import COLUMNS
from tierwise_web.customers.models import CLAIM
from tierwise_web.customers.pool import pool_choice, pool_reading
from tierwise_web.customers.views import display_of, shown_rows
from tierwise_web.people.models import User
from tierwise_web.people.roles import CLAIM_CUSTOMERS, SEE_POOL, TRANSFER_CUSTOMERS
from tierwise_web.published.editions import current_edition, edition_of

SHOWN = "code name grade sales orders last_order_on lifecycle region industry".split()
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
        "rows": shown_rows(request, page.rows, columns, pick=True, link=user.scope.reach == "all"),
        "may_claim": user.may(CLAIM_CUSTOMERS),
        "may_assign": user.may(TRANSFER_CUSTOMERS),
        "nameless": user.may(CLAIM_CUSTOMERS) and not user.staff_name,
        "density": display_of(request, "density"),
    }
    return render(request, "customers/pool.html", words)


@needs(CLAIM_CUSTOMERS)
@require_POST
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
            if bulk.begin(made, said, actor=user, at=at):
                bulk.carry_out(book, made, today=today, actor=user, at=at)
    except TierwiseError as error:
        (problem,) = error.problems
        return mistake(request, 422, Text(problem.say("en"), problem.say("zh")))
    return redirect("customers:bulk", made.pk)
