"""Prospects: who has not bought yet, what is known and missing, the grade of the policy for them, and the next step."""

from __future__ import annotations

import html
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, LAST_MONTH, MakeUser
from tierwise import api
from tierwise.grading.run import read_some
from tierwise.insight.funnel import STEPS, prospect_steps
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.records import standings
from tierwise_web.pages.prospects import JUDGED, graded_by
from tierwise_web.pages.steps_kept import count_steps, first_day, keep_counted, steps_of
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.published.editions import folder, prospects_to_show
from tierwise_web.published.models import Current, Edition, Moved
from tierwise_web.workflow.duties import DUTIES

Browser = Callable[[User | None], Client]


@pytest.fixture
def own_book(own_book: api.Book) -> api.Book:
    """A copy that the test may write to, with a run that grades prospects."""
    api.grade(own_book, "prospect_scorecard", as_of=LAST_MONTH, actor="ann", at=AT)
    return own_book


def of_kind(book: api.Book, *kinds: str) -> set[str]:
    rows = book.read("customers", book.current()).to_pylist()
    last = {row["code"]: row for row in sorted(rows, key=lambda row: str(row["valid_from"]))}
    return {code for code, row in last.items() if row["kind"] in kinds and row["status"] == "active"}


def listed(page: str) -> set[str]:
    return set(re.findall(r'c-name" data-label="Name"><a href="/customer/([^"]+)"', page))


def test_the_list_has_those_who_have_not_bought_yet_and_nobody_else(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    page = as_user(make_user("ann", "analyst")).get("/prospects").content.decode()
    expected = of_kind(own_book, "prospect", "suspect")
    assert len(expected) > 5
    assert listed(page) == expected


def test_the_grade_is_that_of_the_policy_for_prospects_and_what_is_missing_is_named(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    record = api.list_runs(own_book)[-1]
    grades = read_some(own_book, record, sorted(of_kind(own_book, "prospect")), ["grade"])
    graded = {code: row["grade"] for code, row in grades.items() if row["grade"]}
    assert graded
    page = as_user(make_user("ann", "analyst")).get("/prospects").content.decode()
    for code, grade in graded.items():
        line = page.split(f'href="/customer/{code}"')[1].split("</tr>")[0]
        assert f">{grade}</span>" in line
    title = api.load_policy("prospect_scorecard").policy.title.en
    assert f"graded by {title}" in page
    assert "Need a year" in page
    first = sorted(of_kind(own_book, "prospect"))[0]
    record_of = standings(own_book, "customers", [first], LAST_MONTH)[first]
    line = page.split(f'href="/customer/{first}"')[1].split("</tr>")[0]
    assert ("missing" in line) == any(not record_of[name] for name in JUDGED)


def test_the_next_step_is_offered_to_who_may_take_it(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    code = sorted(of_kind(own_book, "prospect"))[0]
    kim = as_user(make_user("kim", "national_kam", org_unit=company)).get("/prospects").content.decode()
    seen = as_user(make_user("eve", "executive")).get("/prospects").content.decode()
    assert re.search(rf'href="/customer/{code}/assess/\w+"', kim)
    assert code in seen
    assert "/assess/" not in seen
    assert "/edit" not in seen


def test_charlie_sees_no_foreign_prospect(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    page = (
        as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
        .get("/prospects")
        .content.decode()
    )
    assert listed(page) == set()
    assert "No prospects within your reach" in page


def test_a_filter_for_customers_shows_no_customers_here(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    assert listed(ann.get("/prospects?kind=existing").content.decode()) == of_kind(
        own_book, "prospect", "suspect"
    )
    assert listed(ann.get("/prospects?kind=suspect").content.decode()) == of_kind(own_book, "suspect")
    page = ann.get("/customers?kind=prospect").content.decode()
    assert all(f'value="{code}"' in page for code in of_kind(own_book, "prospect"))
    assert not any(f'value="{code}"' in page for code in of_kind(own_book, "existing"))


def test_a_run_that_waits_for_approval_is_on_no_page_but_its_own(own_book: api.Book):
    shown = prospects_to_show(own_book)
    document = api.load_policy("prospect_scorecard")
    waits = api.run_cycle(own_book, document, api.Period.of("2026-10"), actor="ann", at=AT).run
    found = graded_by(own_book)
    assert found is not None
    assert found == shown
    assert found.run_id != waits.run_id


def numbers(page: str, heading: str) -> list[int]:
    """The numbers of one line of the funnel."""
    (line,) = [one for one in page.split("<tr>") if f">{heading}</td>" in one or f"<strong>{heading}<" in one]
    return [int(n) for n in re.findall(r'data-label="[^"]*">(?:<a [^>]*>)?(\d+)', line)]


@pytest.fixture
def counted(own_book: api.Book, edition: Edition) -> api.Book:
    """The book with its steps counted."""
    count_steps(own_book, edition, at=timezone.now())
    return own_book


def test_the_funnel_counts_who_came_in_and_each_number_leads_to_its_customers(
    counted: api.Book, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    today = timezone.localdate()
    rows = prospect_steps(counted, today, ["prospect_scorecard"]).to_pylist()
    new = [row for row in rows if row["entered"] >= first_day(today)]
    assert len(new) > 3
    for by in ("month", "quarter", "source", "owner"):
        page = ann.get("/prospects/funnel", {"by": by}).content.decode()
        assert numbers(page, "All") == [sum(1 for row in new if row[step]) for step in STEPS]
        for address in {
            html.unescape(a) for a in re.findall(r'href="(/prospects/funnel\?[^"]*step=[^"]*)#those', page)
        }:
            told = ann.get(address).content.decode()
            body = told.split('id="those"')[1].split("<tbody>")[1]
            count = re.search(r"(\d+) customers?</span>", told.split('id="those"')[1])
            assert count
            assert min(int(count[1]), 50) == body.count("<tr>") > 0


def test_charlie_sees_nobody_in_the_funnel_and_who_looks_after_some_sees_these(
    counted: api.Book, make_user: MakeUser, as_user: Browser
):
    today = timezone.localdate()
    rows = prospect_steps(counted, today, ["prospect_scorecard"]).to_pylist()
    new = [row for row in rows if row["entered"] >= first_day(today) and row["owner"]]
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    page = charlie.get("/prospects/funnel?step=entered").content.decode()
    assert "Nobody came in" in page
    assert not any(row["code"] in page for row in new)
    owner = new[0]["owner"]
    alice = as_user(make_user("alice", "account_manager", staff_name=owner))
    entered = numbers(alice.get("/prospects/funnel").content.decode(), "All")[0]
    assert sum(1 for row in new if row["owner"] == owner) <= entered < len(new)


def test_no_reader_of_the_funnel_reads_the_book(
    counted: api.Book, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the book is read")

    ann = as_user(make_user("ann", "analyst"))
    told = numbers(ann.get("/prospects/funnel").content.decode(), "All")
    assert told[0] > 3
    monkeypatch.setattr("tierwise.book.store.Book.open", refuse)
    monkeypatch.setattr("tierwise.book.store.Book.engine", refuse)
    page = ann.get("/prospects/funnel?step=entered").content.decode()
    assert numbers(page, "All") == told
    assert page.count('href="/customer/') == min(told[0], 50)


def test_the_worker_counts_when_book_or_day_or_edition_are_others_and_not_before(
    own_book: api.Book, edition: Edition, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    ann, at = as_user(make_user("ann", "analyst")), timezone.now()
    assert "Being counted" in ann.get("/prospects/funnel").content.decode()
    assert keep_counted in DUTIES
    keep_counted(at)
    first = steps_of(edition)
    assert first is not None
    keep_counted(at + timedelta(seconds=1))
    assert steps_of(edition) is first
    file = tmp_path / "new.csv"
    today = timezone.localdate(at)
    file.write_text(
        f"code,name,kind,first_contact_on,valid_from\nNEW-P9,新客户,prospect,{today},{today}\n", "utf-8"
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=at)
    assert "NEW-P9" not in ann.get("/prospects/funnel?step=entered").content.decode()
    keep_counted(at + timedelta(seconds=2))
    assert "NEW-P9" in ann.get("/prospects/funnel?step=entered").content.decode()
    keep_counted(at + timedelta(days=1))
    later = steps_of(edition)
    assert later is not None
    assert later.counted_at == at + timedelta(days=1)
    other = Edition.objects.create(
        run_id="run-000009", policy_code="p", as_of=edition.as_of, digest="d", file="other", customers=1,
        in_force=False, made_at=at,
    )  # fmt: skip
    (folder() / "other").write_bytes((folder() / edition.file).read_bytes())
    Current.objects.update(edition=other)
    assert "NEW-P9" in ann.get("/prospects/funnel?step=entered").content.decode(), "until its own is counted"
    keep_counted(at)
    assert (folder() / "other.steps").is_file()


def test_a_transfer_shows_in_the_funnel_at_once_for_both_sides(
    counted: api.Book, edition: Edition, make_user: MakeUser, as_user: Browser
):
    steps = steps_of(edition)
    assert steps is not None
    row = next(row for row in steps.rows.to_pylist() if row["led_owner"])
    alice = as_user(make_user("alice", "account_manager", staff_name=row["led_owner"]))
    bob = as_user(make_user("bob", "account_manager", staff_name="Bob"))
    address = "/prospects/funnel?step=entered"
    was = {f"was_{name}": row[f"led_{name}"] for name in ("owner", "backup", "team", "agent_code")}
    assert f'/customer/{row["code"]}"' in alice.get(address).content.decode()
    Moved.objects.create(code=row["code"], owner="Bob", **was)
    assert f'/customer/{row["code"]}"' not in alice.get(address).content.decode()
    assert f'/customer/{row["code"]}"' in bob.get(address).content.decode()


def test_after_a_publication_nobody_sees_by_who_looked_after_a_customer_before(
    counted: api.Book, edition: Edition, make_user: MakeUser, as_user: Browser
):
    steps, at = steps_of(edition), timezone.now()
    assert steps is not None
    row = next(row for row in steps.rows.to_pylist() if row["led_owner"])
    alice = as_user(make_user("alice", "account_manager", staff_name=row["led_owner"]))
    bob = as_user(make_user("bob", "account_manager", staff_name="Bob"))
    address, link = "/prospects/funnel?step=entered", f'/customer/{row["code"]}"'
    assert link in alice.get(address).content.decode()
    shutil.copy(folder() / edition.file, folder() / "other")
    with closing(sqlite3.connect(folder() / "other")) as base, base:
        base.execute("UPDATE customers SET owner = 'Bob', backup = NULL WHERE code = ?", [row["code"]])
    other = Edition.objects.create(
        run_id="run-000009", policy_code="p", as_of=edition.as_of, digest="d", file="other", customers=1,
        in_force=False, made_at=at,
    )  # fmt: skip
    Current.objects.update(edition=other)
    for person in (alice, bob):
        page = person.get(address).content.decode()
        assert "Being counted" in page
        assert link not in page
    keep_counted(at)
    assert link not in alice.get(address).content.decode()
    assert link in bob.get(address).content.decode()


def test_a_transfer_of_a_prospect_that_no_run_has_met_shows_in_the_funnel_at_once(
    own_book: api.Book, edition: Edition, make_user: MakeUser, as_user: Browser, tmp_path: Path
):
    at, file = timezone.now(), tmp_path / "new.csv"
    today = timezone.localdate(at)
    file.write_text(
        f"code,name,kind,owner,first_contact_on,valid_from\nP9,新客户,prospect,Alice,{today},{today}\n",
        "utf-8",
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=at)
    keep_counted(at)
    alice = as_user(make_user("alice", "account_manager", staff_name="Alice"))
    bob = as_user(make_user("bob", "account_manager", staff_name="Bob"))
    sam = make_user("sam", "data_steward")
    address, link = "/prospects/funnel?step=entered", '/customer/P9"'
    assert link in alice.get(address).content.decode()
    assert link not in bob.get(address).content.decode()
    form = as_user(sam).get("/customer/P9/transfer").content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', form)
    assert seen
    sent = {"seen": seen[1], "owner": "Bob", "effective_on": f"{today}", "reason": "changed", "note": "x"}
    assert as_user(sam).post("/customer/P9/transfer", sent).status_code == 302
    assert link not in alice.get(address).content.decode()
    assert link in bob.get(address).content.decode()
    hand_over(own_book, actor=sam, at=timezone.now())
    assert link not in alice.get(address).content.decode(), "in the book, and not counted yet"
    assert link in bob.get(address).content.decode()
    keep_counted(timezone.now())
    assert link not in alice.get(address).content.decode()
    assert link in bob.get(address).content.decode()
