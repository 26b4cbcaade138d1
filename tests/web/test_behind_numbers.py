"""From a criterion to the assessment or the rows behind it, and what drove any step of the history."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.web.conftest import AT, LAST_MONTH, MakeUser
from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.grading.run import read_some
from tierwise.movement.drivers import columns_read, drivers
from tierwise.policy.load import parse_policy
from tierwise_web.config.starting import publish_newest
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.editions import current_edition
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

Browser = Callable[[User | None], Client]
CARD = "realestate_scorecard"
DAYS = (date(2026, 8, 31), date(2026, 9, 30), LAST_MONTH)


@pytest.fixture(scope="module")
def graded(book: api.Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy graded by a scorecard at three month ends; no test writes to it."""
    place = tmp_path_factory.mktemp("graded") / "own"
    shutil.copytree(book.path, place)
    own = api.open_book(place)
    for day in DAYS:
        api.grade(own, CARD, as_of=day, actor="ann", at=AT)
    return place


@pytest.fixture
def judged(graded: Path, edition: Edition) -> api.Book:
    """That copy, shown on the pages."""
    settings.BOOK = graded
    publish_newest()
    return api.open_book(graded)


@pytest.fixture
def customer(judged: api.Book) -> str:
    """A customer that somebody judged, with a score."""
    run = api.list_runs(judged)[-1]
    rows = judged.read("assessments", judged.current()).to_pylist()
    codes = sorted({row["customer_code"] for row in rows if row["template"] == CARD})
    scored = read_some(judged, run, codes, ["score"])
    return next(code for code in codes if scored.get(code, {}).get("score"))


def links(client: Client, address: str) -> set[str]:
    page = html.unescape(client.get(address).content.decode())
    return set(re.findall(r'href="(/customer/[^"]*/rows\?of=[^"]+)"', page))


def test_every_number_that_leads_somewhere_leads_to_rows_that_speak_of_it(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    found = links(ann, f"/customer/{customer}")
    criteria = {address.split("of=")[1] for address in found if "." in address.split("of=")[1]}
    policy = api.load_policy(CARD).policy
    expected = {f"{m.id}.{c.code}" for m in policy.methods for c in getattr(m, "criteria", ())}
    assert criteria == expected
    for address in sorted(found):
        answer = ann.get(address)
        assert answer.status_code == 200, address


def test_a_criterion_leads_to_its_assessments_and_to_no_other(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    rows = [
        r for r in judged.read("assessments", judged.current()).to_pylist() if r["customer_code"] == customer
    ]
    mine = [
        r for r in rows if r["template"] == CARD and r["criterion"] == "nature" and r["as_of"] <= LAST_MONTH
    ]
    page = ann.get(f"/customer/{customer}/rows?of=scorecard.nature").content.decode()
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr") == len(mine) > 0
    assert all(">nature<" in line for line in body.split("</tr>")[:-1])


def test_who_judged_and_why_is_read_by_those_alone_who_may_see_assessments(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    address = f"/customer/{customer}/rows?of=scorecard.nature"
    heads = [TABLES["assessments"].column(name).label.en for name in ("assessor", "evidence")]
    page = as_user(make_user("ann", "analyst")).get(address).content.decode()
    assert all(f">{head}</th>" in page for head in heads)
    served = as_user(make_user("ser", "service_agent")).get(address)
    assert served.status_code == 200
    assert not any(f">{head}</th>" in served.content.decode() for head in heads)


@pytest.mark.parametrize("of", ["", "scorecard", "scorecard.nothing", "nothing.nature", "scorecard.", "../x"])
def test_what_is_no_number_of_this_customer_is_not_found(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser, of: str
):
    assert (
        as_user(make_user("ann", "analyst")).get(f"/customer/{customer}/rows", {"of": of}).status_code == 404
    )


def test_a_criterion_that_tells_profit_is_withheld_with_its_rows(
    book: api.Book, edition: Edition, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    own = api.open_book(settings.BOOK)
    for day in DAYS:
        api.grade(own, "five_indicator_composite", as_of=day, actor="ann", at=AT)
    publish_newest()
    method = api.load_policy("five_indicator_composite").policy.leading
    code = next(c.code for c in method.criteria if "profit" in (getattr(c.source, "metric", None) or ""))  # type: ignore[union-attr]
    shown = current_edition()
    assert shown is not None
    one = Reading(shown, Scope("all", profit=True)).codes()[0]
    address = f"/customer/{one}/rows?of={method.id}.{code}"
    assert as_user(make_user("ann", "analyst")).get(address).status_code == 200
    assert as_user(make_user("ser", "service_agent")).get(address).status_code == 404


def told(page: str) -> list[tuple[str, str]]:
    """Name and share of the drivers of a page."""
    body = re.sub(r"</?a[^>]*>", "", html.unescape(page))
    return re.findall(r"<li><span>([^<]*?): [^<]*</span><span class=\"end muted\">([^<]*)<", body)


def test_any_two_month_ends_are_set_against_each_other_as_their_runs_stored_them(
    judged: api.Book, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    runs = [run for run in api.list_runs(judged) if run.policy_code == CARD]
    policy = parse_policy(runs[0].policy_text, "x")
    columns = columns_read(policy)
    shown = current_edition()
    assert shown is not None
    codes = Reading(shown, Scope("all", profit=True)).codes()
    was, now = (read_some(judged, run, codes, columns) for run in (runs[0], runs[2]))
    both = [code for code in codes if code in was and code in now]
    code = next(c for c in both if drivers(policy, was[c], now[c]))
    asked = {"from": runs[0].run_id, "to": runs[2].run_id}
    page = ann.get(f"/customer/{code}/drivers", asked).content.decode()
    expected = [one.title(policy, "en") for one in drivers(policy, was[code], now[code])]
    assert [name for name, _ in told(page)] == expected
    same = next(c for c in both if not drivers(policy, was[c], now[c]))
    assert (
        "Nothing that the leading method reads changed"
        in ann.get(f"/customer/{same}/drivers", asked).content.decode()
    )


def test_the_form_offers_every_month_end_and_refuses_the_wrong_order(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    runs = [run.run_id for run in api.list_runs(judged) if run.policy_code == CARD]
    page = ann.get(f"/customer/{customer}").content.decode()
    assert all(page.count(f'value="{run}"') == 2 for run in runs)
    back = ann.get(f"/customer/{customer}/drivers", {"from": runs[2], "to": runs[0]}).content.decode()
    assert "Choose an earlier day first" in back
    foreign = ann.get(f"/customer/{customer}/drivers", {"from": "run-000001", "to": "../x"})
    assert foreign.status_code == 200


def test_charlie_is_told_nothing_of_a_foreign_customer(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert charlie.get(f"/customer/{customer}/drivers").status_code == 404
    assert charlie.get(f"/customer/{customer}/rows?of=scorecard.nature").status_code == 404
