"""A new customer, made by people: what is asked, who looks after it, and what is refused. Source: spec 4.2, 11 (W08)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from tierwise import api
from tierwise.book.rows import rows_of
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.customers.correcting import OF_COST, TABLE, Staff, strangers
from tierwise_web.customers.twins import asked_sure, twins
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.reasons import CREATED
from tierwise_web.editing.records import Values, read_form
from tierwise_web.editing.services import change, lock
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_POOL, TRANSFER_CUSTOMERS

SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        Text("Who it is", "基本信息"),
        tuple("name short_name kind unified_credit_code ownership_nature industry region".split()),
    ),
    (
        Text("How large it is", "规模"),
        tuple("total_assets annual_turnover development_speed_pct potential_need employees".split()),
    ),
    (
        Text("How we met", "来源"),
        tuple("source first_contact_on acquisition_cost expectations".split()),
    ),
)
NEEDED = ("name", "kind", "source", "first_contact_on")
"""Beside the name: without these no funnel and no cost of a new customer can be told."""
LOCK = "*new*"
A_MOMENT = timedelta(minutes=10)
CODE = re.compile(r"(?!\.\.?\Z)[\w.-]{1,40}")
WHOM: dict[str, Text] = {
    "me": Text("I look after it", "由我负责"),
    "pool": Text("Nobody yet: into the pool", "暂无负责人：放入公海"),
    "other": Text("Somebody else", "由他人负责"),
}
FILL_IN = Text("please fill this in", "请填写此项")


def names(*, profit: bool) -> list[str]:
    """The columns that are asked of a new customer."""
    return [name for _, some in SECTIONS for name in some if profit or name not in OF_COST]


def choices_of(user: User) -> list[str]:
    """Who may look after a customer that this person makes."""
    allowed = {"me": bool(user.staff_name), "pool": user.may(SEE_POOL), "other": user.may(TRANSFER_CUSTOMERS)}
    return [code for code in WHOM if allowed[code]]


@transaction.atomic
def create(
    book: api.Book, given: Mapping[str, str], *, profit: bool, staff: Staff, today: date, actor: User, at: datetime
) -> Change:  # fmt: skip
    """Keeps a new customer from today on; it reaches the book and the next run as an ordinary row of an import.

    **Raises** with every mistake at its field; ``edit.twin`` where the name or the credit code is known and nobody said
    that this is another one. A form that is sent twice makes one customer.
    """
    lock(TABLE, LOCK)
    said = read_form(TABLE, names(profit=profit), given)
    values, problems = dict(said.values), list(said.problems)
    wrong = {problem.column for problem in problems}
    problems += [
        Problem("edit.required", FILL_IN, column=n) for n in NEEDED if not values.get(n) and n not in wrong
    ]
    if (values.get("first_contact_on") or "") > today.isoformat():
        problems.append(
            Problem(
                "edit.future", Text("this day has not come yet", "日期尚未到来"), column="first_contact_on"
            )
        )
    lead, told = _lead(given, actor, staff)
    typed = unicodedata.normalize("NFKC", given.get("code", "")).strip()
    whole = {name: value for name, value in (values | lead).items() if value is not None}
    again = None if problems or told else _sent_already(whole, typed, actor, at)
    if again is not None:
        return again
    code, taken = _code(book, typed, today)
    problems += [*told, *taken]
    if not problems and given.get("sure") != "yes":
        problems += asked_sure(twins(book, values, today))
    if problems:
        raise TierwiseError(problems)
    return change(
        TABLE,
        code,
        customer=code,
        values={"code": code, **whole},
        before={},
        effective_on=today,
        actor=actor,
        at=at,
        reason=CREATED,
    )


def _sent_already(whole: Mapping[str, str], typed: str, actor: User, at: datetime) -> Change | None:
    """The customer that this very form made a moment ago, where somebody pressed the button twice."""
    made = Change.objects.filter(
        table=TABLE, reason=CREATED, state=WAITING, actor=actor.username, made_at__gt=at - A_MOMENT
    )
    return next((one for one in made if one.values == {"code": typed or one.key, **whole}), None)


def _lead(given: Mapping[str, str], actor: User, staff: Staff) -> tuple[Values, list[Problem]]:
    """Who looks after it, as the form says and the person's roles allow; the team is the person's own."""
    whom, allowed = given.get("whom", ""), choices_of(actor)
    team = actor.org_unit.code if actor.org_unit is not None and actor.org_unit.kind == "team" else None
    if whom not in allowed:
        return {}, [Problem("edit.whom", Text("choose who looks after it", "请选择负责人"), column="whom")]
    if whom == "me":
        return {"owner": actor.staff_name, "team": team}, []
    if whom == "pool":
        return {"team": team}, []
    owner = given.get("owner", "").strip()
    if not owner:
        return {}, [Problem("edit.required", FILL_IN, column="owner")]
    return {"owner": owner}, strangers({"owner": owner}, staff)


def _code(book: api.Book, said: str, today: date) -> tuple[str, list[Problem]]:
    """The code that was typed, if it is free; else the next free one of today."""
    if said:
        if not CODE.fullmatch(said):
            words = Text(
                "letters, digits, dot, line and hyphen, 40 at most", "字母、数字、点、横线，至多 40 个"
            )
            return said, [Problem("edit.code", words, column="code")]
        if _known(book, [said, said.upper(), said.lower()]):
            words = Text("this code is taken", "该编码已被使用")
            return said, [Problem("edit.code-taken", words, column="code")]
        return said, []
    start = f"N{today:%y%m%d}-"
    for first in range(1, 100_000, 100):
        some = [f"{start}{n:02d}" for n in range(first, first + 100)]
        known = _known(book, some)
        free = next((code for code in some if code not in known), None)
        if free is not None:
            return free, []
    raise AssertionError("a hundred thousand new customers on one day")


def _known(book: api.Book, codes: list[str]) -> set[str]:
    """Those of some codes that the book or a change knows, taken back or not: a code is never used twice."""
    kept = {str(row["code"]) for row in rows_of(book, book.current(), TABLE, "code", codes)}
    return kept | set(Change.objects.filter(table=TABLE, key__in=codes).values_list("key", flat=True))
