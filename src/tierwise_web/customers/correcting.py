"""Correcting what the book says of a customer: the form, and what it refuses. Source: spec 4.2, decision 0019."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise_web.customers.speaking import ends_on
from tierwise_web.customers.twins import LOOKED_AT, asked_sure, twins
from tierwise_web.editing.keeping import meanwhile
from tierwise_web.editing.leading import settle_change, settle_customers
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.naming import no_person
from tierwise_web.editing.reasons import REASONS
from tierwise_web.editing.records import Values, read_form, seen, standing
from tierwise_web.editing.services import change, lock, refuse_closed, take_back
from tierwise_web.people.models import User
from tierwise_web.people.roles import HAND_OVER
from tierwise_web.published.moving import LEADING as LEADING_COLUMNS

TABLE = "customers"
SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        Text("Who it is", "基本信息"),
        tuple(
            "name short_name unified_credit_code kind relation_type party_type ownership_nature gender".split()
        ),
    ),
    (
        Text("Where it belongs", "归类"),
        tuple("industry segment region country hierarchy_node parent_code agent_code coverage tags".split()),
    ),
    (
        Text("How large it is", "规模"),
        tuple(
            "registered_capital total_assets annual_turnover development_speed_pct potential_need employees "
            "listed land_area_m2".split()
        ),
    ),
    (
        Text("What we know besides", "其他"),
        tuple(
            "source first_contact_on acquisition_cost referred_by kept_for_image status expectations "
            "credit_standing_note".split()
        ),
    ),
)
"""Account manager, stand-in and team are changed by a transfer; limits and the blacklist have ways of their own."""
TRANSFER: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("Who looks after it", "负责人"), ("owner", "backup", "team")),
)
PEOPLE = ("owner", "backup")
LEADING = frozenset(LEADING_COLUMNS)
OF_COST = ("acquisition_cost",)
MERGED = "merged"
PARENTS = "*"
"""The lock of whoever changes who stands above whom."""
LEADS = {"parent_code": "customers", "agent_code": "customers", "referred_by": "customers"}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may look after a customer: people by their names in the book, and teams."""

    people: Collection[str] = ()
    teams: Collection[str] = ()


NOBODY = Staff()


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody wrote: columns as typed, from which day, and why."""

    given: Mapping[str, str]
    effective_on: str
    reason: str
    note: str
    seen: str
    sure: bool = field(default=False, kw_only=True)
    """Whether somebody said that it is another customer than those of its name or credit code."""


def columns(*, profit: bool, transfer: bool = False) -> list[str]:
    """The columns that a person may correct, or those that a transfer changes."""
    sections = TRANSFER if transfer else SECTIONS
    return [name for _, names in sections for name in names if profit or name not in OF_COST]


@transaction.atomic
def correct(
    book: api.Book,
    code: str,
    what: Correction,
    *,
    names: Sequence[str],
    staff: Staff = NOBODY,
    sees: Callable[[str], bool],
    today: date,
    actor: User,
    at: datetime,
) -> Change:
    """Keeps a correction; it reaches the next run and holds against later files. Who sees the customer changes at once.

    **Raises** with every mistake at its field; ``web.changed-meanwhile`` where the record is not what the person saw;
    ``edit.nothing`` where nothing differs. ``names``: the columns that may change; ``staff``: who may look after customers;
    ``sees``: whether the person sees a customer, because whoever stands below another is shown the figures of its group.
    """
    lock(TABLE, code)
    now = standing(book, TABLE, code, today)
    if now is None:
        raise fail(
            "edit.no-customer", "there is no customer {customer}", "没有客户 {customer}", customer=code
        )
    if seen(now, names) != what.seen:
        raise meanwhile(TABLE, code)
    said = read_form(TABLE, names, what.given)
    changed = {name: value for name, value in said.values.items() if value != now.get(name)}
    if "parent_code" in changed:
        lock(TABLE, PARENTS)  # two who hang two customers below each other would both find no circle
    problems = [
        *said.problems,
        *of_day_and_reason(book, what, today),
        *_wrong_leads(book, code, changed, sees),
        *_merged_by_hand(changed),
        *strangers(changed, staff),
    ]
    if not problems and not what.sure:
        named = {name: changed[name] for name in LOOKED_AT if name in changed}
        problems += asked_sure([one for one in twins(book, named, today) if one["code"] != code])
    if problems:
        raise TierwiseError(problems)
    if not changed:
        raise fail("edit.nothing", "nothing was changed", "没有任何变更")
    made = change(
        TABLE, code, customer=code, values=changed, before={name: now.get(name) for name in changed},
        effective_on=date.fromisoformat(what.effective_on), reason=what.reason, note=what.note.strip()[:1000],
        actor=actor, at=at,
    )  # fmt: skip
    if LEADING & changed.keys():
        settle_customers(book, [code], today=today)
    return made


def of_day_and_reason(book: api.Book, what: Correction, today: date) -> list[Problem]:
    """What is wrong with the day and the reason of a change, each at its field."""
    found: list[Problem] = []
    try:
        refuse_closed(date.fromisoformat(what.effective_on), book.upcoming().settings.first_open_day, today)
    except ValueError:
        words = Text("write the day as 2026-10-31", "日期请写成 2026-10-31")
        found.append(Problem("edit.day", words, column="effective_on"))
    except TierwiseError as error:
        found += error.problems
    if what.reason not in REASONS:
        found.append(Problem("edit.reason", Text("say why", "请选择原因"), column="reason"))
    if what.reason == "other" and not what.note.strip():
        found.append(Problem("edit.note", Text("say what the reason is", "请说明原因"), column="note"))
    return found


def strangers(changed: Values, staff: Staff) -> list[Problem]:
    """A name that nobody bears, or a team that is none, would leave the customer to nobody."""
    no_team = Text("there is no team {name}", "没有团队 {name}")
    found = [
        no_person(column, name, staff.people)
        for column in PEOPLE
        if (name := changed.get(column)) and name not in staff.people
    ]
    if (team := changed.get("team")) and team not in staff.teams:
        found.append(Problem("edit.no-team", no_team, {"name": team}, column="team"))
    return found


def _merged_by_hand(changed: Values) -> list[Problem]:
    """Who is merged goes on in another, which a merge says and somebody with the right to it decides."""
    if changed.get("status") != MERGED:
        return []
    words = Text(
        "customers are merged under Duplicates, where the one is named that goes on",
        "请在“查重”中合并客户，并指明保留的档案",
    )
    return [Problem("edit.merged", words, column="status")]


def _wrong_leads(book: api.Book, code: str, changed: Values, sees: Callable[[str], bool]) -> list[Problem]:
    """Customers that are named have to exist, and no one stands below itself."""
    found = []
    for column in LEADS.keys() & changed.keys():
        other = changed[column]
        if other == code and column == "referred_by":
            words = Text("nobody refers itself", "客户不能推荐自身")
            found.append(Problem("edit.circle", words, {"code": other}, column=column))
            continue
        unseen = other and column == "parent_code" and not sees(other)
        if other and (unseen or standing(book, TABLE, other, date.max) is None):
            words = Text("there is no customer {code}", "没有客户 {code}")
            found.append(Problem("edit.no-customer", words, {"code": other}, column=column))
        elif other and column == "parent_code" and code in above(book, other):
            below = Text("{code} stands below this customer", "{code} 是该客户的下级")
            words = Text("no customer belongs to itself", "客户不能隶属于自身") if other == code else below
            found.append(Problem("edit.circle", words, {"code": other}, column=column))
    return found


def above(
    book: api.Book, code: str, on: date = date.max, *, ends: Mapping[str, str] | None = None
) -> list[str]:
    """A customer and all those above it on a day, changes that wait among them; ends where a circle would begin.

    In the place of one that is merged stands the customer in which it goes on: as the book says, or ``ends``.
    """
    chain, ends = [code], ends_on(book, on) if ends is None else ends
    while True:
        record = standing(book, TABLE, chain[-1], on)
        said = (record.get("parent_code") if record else None) or ""
        parent = ends.get(said, said)
        if not parent or parent in chain:
            return chain
        chain.append(parent)


def take_own_back(book: api.Book, number: int, code: str, *, today: date, actor: User, at: datetime) -> None:
    """Takes back a change that waits: one's own, or anybody's for who hands over. **Raises** ``edit.not-yours``."""
    found = Change.objects.get(pk=number, customer=code)
    if found.actor != actor.username and not actor.may(HAND_OVER):
        raise fail("edit.not-yours", "somebody else changed this", "此变更由他人提出")
    take_back(number, actor=actor, at=at)
    settle_change(book, found.table, found.key, today=today)


def waiting_of(code: str) -> list[Change]:
    """The changes of a customer that wait for the next run."""
    return list(Change.objects.filter(customer=code, state=WAITING))
