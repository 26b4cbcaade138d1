"""Runs in the browser: started as jobs, decided by two people, on the pages only when published."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.kernel.text import Text
from tierwise.movement.history import build_history
from tierwise.movement.review import STAYS
from tierwise.policy.load import load_policy
from tierwise_web.audit.models import Event
from tierwise_web.config.starting import publish_newest
from tierwise_web.grading import queries, showing, views
from tierwise_web.grading.movers import ROWS
from tierwise_web.grading.showing import keep_newest
from tierwise_web.people.models import User
from tierwise_web.published.editions import current_edition, folder
from tierwise_web.published.jobs import CAUSES
from tierwise_web.published.models import Edition
from tierwise_web.published.parts import one_at_a_time
from tierwise_web.workflow import running
from tierwise_web.workflow.duties import DUTIES
from tierwise_web.workflow.models import CANCELLED, DONE, FAILED, RUNNING, Job
from tierwise_web.workflow.running import work_once

Browser = Callable[[User | None], Client]


@pytest.fixture
def own_book(book: api.Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> api.Book:
    """A copy that the test may write to."""
    monkeypatch.setattr(running, "BEAT_SECONDS", 3600.0)
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    return api.open_book(settings.BOOK)


def do(client: Client, address: str, **form: str) -> Job:
    """Asks for a job in the browser and lets a worker do it."""
    answer = client.post(address, form)
    assert answer.status_code == 302, answer.content.decode()
    assert work_once("w")
    return Job.objects.get(pk=int(answer.headers["Location"].removeprefix("/jobs/")))


def test_a_month_is_run_by_one_and_published_by_another_and_then_on_all_pages(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    ann, bob = as_user(make_user("ann", "analyst")), as_user(make_user("bob", "approver"))
    job = do(ann, "/runs/month", policy="customer_value", period="2026-10")
    assert job.state == DONE, job.problems
    run = job.result["run_id"]
    shown = current_edition()
    assert shown is None or shown.run_id != run
    assert "under review" in bob.get(f"/runs/{run}").content.decode()
    bob.post(f"/runs/{run}/approve", {"note": "looks right"})
    done = do(bob, f"/runs/{run}/publish")
    assert done.state == DONE, done.problems
    edition = current_edition()
    assert edition is not None
    assert (edition.run_id, edition.in_force) == (run, True)
    assert "not published" not in ann.get("/customers").content.decode()
    assert Job.objects.get(state="waiting").kind == CAUSES, "why customers moved is computed next"
    steps = [(e.state, e.actor) for e in api.cycle_runs(own_book)[0].history]
    assert steps[-2:] == [("approved", "bob"), ("published", "bob")]
    codes = set(Event.objects.values_list("code", flat=True))
    assert {"grading.month.asked", "grading.approved", "grading.publish.asked"} <= codes


def test_the_reviewer_reads_who_moves_by_name(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    publish_elsewhere(own_book, "2026-09")
    keep_newest(AT)
    document = api.load_policy("customer_value")
    done = api.run_cycle(own_book, document, api.Period.of("2026-10"), actor="ann", at=AT)
    counts = api.review(own_book, done.run).movements
    moving = {code: n for code, n in counts.items() if code not in STAYS}
    assert moving
    bob = as_user(make_user("bob", "approver"))
    address = f"/runs/{done.run.run_id}"
    named = re.findall(r'<a href="/customer/([^"]+)">[^<]+</a>', _after(bob.get(address)))
    assert len(named) == min(sum(moving.values()), ROWS)
    for code, n in moving.items():
        assert f'href="?movement={code}#movers"' in bob.get(address).content.decode()
        some = _after(bob.get(f"{address}?movement={code}"))
        assert some.count("<tr>") - 1 == min(n, ROWS)
    odd = _after(bob.get(f"{address}?movement=%3Cscript%3E&page=99999999999999999999"))
    assert "<script" not in odd
    for user in (make_user("ada", "admin", "approver"), make_user("mo", "executive_sponsor")):
        page = as_user(user).get(address)
        assert ('id="movers"' in page.content.decode()) == (user.scope.reach == "all")


def test_a_trial_says_whom_it_would_move(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    month = publish_elsewhere(own_book, "2026-09")
    keep_newest(AT)
    document = api.load_policy("customer_value")
    trial = api.grade_book(own_book, document, date(2026, 10, 30), actor="ann", at=AT).record
    counts = api.movement(own_book, month, trial.run_id, computed=True, causes=False).matrix().kinds
    moving = {code: n for code, n in counts.items() if code not in STAYS}
    assert moving
    bob = as_user(make_user("bob", "approver"))
    named = _after(bob.get(f"/runs/{trial.run_id}"))
    assert "beside 2026-09 as published" in bob.get(f"/runs/{trial.run_id}").content.decode()
    assert named.count("<tr>") - 1 == min(sum(moving.values()), ROWS)
    for code, n in moving.items():
        assert _after(bob.get(f"/runs/{trial.run_id}?movement={code}")).count("<tr>") - 1 == min(n, ROWS)
    assert (
        'id="movers"' not in as_user(make_user("ada", "admin")).get(f"/runs/{trial.run_id}").content.decode()
    )
    early = api.grade_book(own_book, document, date(2026, 8, 30), actor="ann", at=AT).record
    assert "as published" not in bob.get(f"/runs/{early.run_id}").content.decode()
    other = api.load_policy("other.yaml", text=document.text.replace("level: account", "level: group"))
    scaled = api.grade_book(own_book, other, date(2026, 10, 30), actor="ann", at=AT).record
    assert "no up and down" in bob.get(f"/runs/{scaled.run_id}").content.decode()


def _after(page: Any) -> str:
    assert page.status_code == 200
    return str(page.content.decode().split('id="movers"')[1].split("</section>")[0])


def test_nobody_approves_or_publishes_what_they_ran(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    both = as_user(make_user("ann", "analyst", "approver"))
    run = do(both, "/runs/month", policy="customer_value", period="2026-10").result["run_id"]
    refused = both.post(f"/runs/{run}/approve")
    assert refused.status_code == 422
    assert "somebody else" in refused.content.decode()
    as_user(make_user("bob", "approver")).post(f"/runs/{run}/approve")
    jobs = Job.objects.count()
    late = both.post(f"/runs/{run}/publish")
    assert (late.status_code, Job.objects.count()) == (422, jobs)
    for answer in (refused, late):
        assert "you ran" in answer.content.decode()
        assert "--actor" not in answer.content.decode()
    assert not Edition.objects.filter(in_force=True).exists()


def test_a_trial_changes_no_grade_in_force_and_shows_until_something_is_published(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    job = do(ann, "/runs/trial", policy="customer_value", as_of="2026-10-30")
    assert job.state == DONE, job.problems
    assert api.cycle_runs(own_book) == []
    edition = current_edition()
    assert edition is not None
    assert not edition.in_force
    page = ann.get(f"/jobs/{job.pk}").content.decode()
    assert f'href="/runs/{job.result["run_id"]}"' in page
    assert "every 1s" not in page


@pytest.mark.parametrize(
    ("address", "form", "said"),
    [
        ("/runs/month", {"policy": "customer_value", "period": "October"}, "2026-10"),
        ("/runs/trial", {"policy": "customer_value", "as_of": "31.10.2026"}, "2026-10-31"),
        ("/runs/month", {"policy": "customer_value", "period": "2999-01"}, "2999-01 is not over"),
        ("/runs/trial", {"policy": "customer_value", "as_of": "2999-01-31"}, "This day has not come yet."),
        ("/runs/trial", {"policy": "customer_value", "as_of": "0001-01-01"}, "2026-10-31"),
        ("/runs/trial", {"policy": "../../etc", "as_of": "2026-10-31"}, "no policy"),
    ],
)
def test_a_mistaken_form_says_what_to_write_and_keeps_what_was_written(
    make_user: MakeUser, as_user: Browser, address: str, form: dict[str, str], said: str
):
    answer = as_user(make_user("ann", "analyst")).post(address, form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Job.objects.exists()


def test_a_month_that_was_reopened_is_run_again(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    ann = as_user(make_user("ann", "analyst"))
    run = publish_elsewhere(own_book, "2026-10")
    again = {"policy": "customer_value", "period": "2026-10"}
    api.request_reopening(own_book, run, reason="late invoices", actor="ann", at=AT)
    assert ann.post("/runs/month", again).status_code == 422, "nobody has approved that yet"
    api.approve_run(own_book, run, actor="eve", at=AT)
    early = ann.post("/runs/month", {**again, "period": "2026-09"})
    assert (early.status_code, "grade 2026-10 next" in early.content.decode()) == (422, True)
    job = do(ann, "/runs/month", **again)
    assert job.state == DONE, job.problems
    assert job.result["run_id"] != run


def test_a_month_that_cannot_be_graded_fails_with_its_sentence(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst", language="zh"))
    publish_elsewhere(own_book, "2026-08")
    answer = ann.post("/runs/month", {"policy": "customer_value", "period": "2026-08"})
    assert (answer.status_code, "2026-08" in answer.content.decode()) == (422, True)
    job = do(ann, "/runs/month", policy="customer_value", period="2026-10")  # leaves a month out
    assert job.state == FAILED
    assert job.said("zh")[0] in ann.get(f"/jobs/{job.pk}").content.decode()


@pytest.mark.parametrize(
    ("lang", "trial", "over"),
    [("en", "is a trial", "is published; only a run that is approved"), ("zh", "是试算", "的状态为“已发布”")],
)
def test_what_cannot_be_published_is_refused_at_once_in_the_words_of_the_pages(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, lang: str, trial: str, over: str
):
    bob = as_user(make_user("bob", "approver", language=lang))
    published = publish_elsewhere(own_book, "2026-10")
    for address, said in (
        (f"/runs/{published}/publish", over),
        ("/runs/run-000001/publish", trial),
        ("/runs/run-000001/approve", trial),
    ):
        answer = bob.post(address)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert said in page
        assert "tierwise cycle" not in page
        assert str(own_book.path) not in page
    assert not Job.objects.exists()


def test_who_publishes_twice_waits_for_the_first_job(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    document = api.load_policy("customer_value")
    run = api.run_cycle(own_book, document, api.Period.of("2026-10"), actor="ann", at=AT).run.run_id
    api.approve_run(own_book, run, actor="bo", at=AT)
    bob = as_user(make_user("bob", "approver"))
    first, second = (bob.post(f"/runs/{run}/publish", {"note": note}) for note in ("one", "two"))
    assert first.headers["Location"] == second.headers["Location"]
    assert Job.objects.get().slots["note"] == "one"
    Job.objects.update(state=RUNNING)
    assert bob.post(f"/runs/{run}/publish").headers["Location"] == first.headers["Location"]


@pytest.mark.parametrize(
    ("address", "form", "other"),
    [("/runs/trial", {"as_of": "2026-10-30"}, {"as_of": "2026-10-29"}),
     ("/runs/month", {"period": "2026-10"}, {"period": "2026-09"})],
)  # fmt: skip
def test_who_asks_for_the_same_while_it_waits_is_led_to_the_first_job(
    make_user: MakeUser, as_user: Browser, address: str, form: dict[str, str], other: dict[str, str]
):
    ann, abe = as_user(make_user("ann", "analyst")), as_user(make_user("abe", "analyst"))
    policy = {"policy": "customer_value"}
    first = ann.post(address, policy | form).headers["Location"]
    for client in (ann, abe):
        assert client.post(address, policy | form).headers["Location"] == first
    assert abe.get(first).status_code == 200
    assert ann.post(address, policy | other).headers["Location"] != first
    Job.objects.update(cancel_asked=True)
    anew = ann.post(address, policy | form).headers["Location"]
    assert anew != first, "nobody waits for what somebody stopped"
    Job.objects.update(state=RUNNING, cancel_asked=False)
    assert ann.post(address, policy | form).headers["Location"] not in (first, anew), "it has read the book"
    asked = {"/runs/trial": "grading.trial.asked", "/runs/month": "grading.month.asked"}[address]
    assert Event.objects.filter(code=asked).count() == Job.objects.count() == 4


def test_whether_the_same_is_under_way_is_asked_under_a_lock(
    make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    real_lock, real_look = views.lock, views.under_way
    monkeypatch.setattr(views, "lock", lambda *key: (asked.append("lock"), real_lock(*key)))
    monkeypatch.setattr(views, "under_way", lambda *a, **k: (asked.append("look"), real_look(*a, **k))[1])
    as_user(make_user("ann", "analyst")).post(
        "/runs/trial", {"policy": "customer_value", "as_of": "2026-10-30"}
    )
    assert asked == ["lock", "look"]


@pytest.mark.parametrize(("lang", "title"), [("en", "Customer value"), ("zh", "客户价值")])
def test_the_page_of_a_job_calls_the_policy_by_its_title(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, lang: str, title: str
):
    ann = as_user(make_user("ann", "analyst", language=lang))
    form = {"policy": "customer_value", "as_of": "2026-10-30"}
    page = ann.get(ann.post("/runs/trial", form).headers["Location"]).content.decode()
    assert title in page
    assert "2026-10-30" in page
    assert "customer_value" not in page
    gone = Job.objects.create(kind="grading.trial", slots={"policy": "gone"}, actor="ann", created_at=AT)
    assert "gone" in ann.get(f"/jobs/{gone.pk}").content.decode()


def test_the_form_proposes_the_last_month_that_is_over_after_the_last_published(own_book: api.Book):
    policies = ["customer_value", "realestate_scorecard"]

    def proposed(today: date) -> list[tuple[str, bool]]:
        return [(str(one.period), one.over) for one in queries.months(own_book, policies, today).values()]

    assert proposed(date(2026, 11, 23)) == [("2026-10", True)] * 2
    assert proposed(date(2026, 10, 31)) == [("2026-09", True)] * 2, "the month of the last run is not over"
    assert proposed(date(2027, 3, 1)) == [("2026-10", True)] * 2, "data ends there"
    run = publish_elsewhere(own_book, "2026-10")
    assert proposed(date(2026, 11, 30)) == [("2026-11", False), ("2026-10", True)]
    assert proposed(date(2026, 12, 1)) == [("2026-11", True), ("2026-10", True)]
    api.request_reopening(own_book, run, reason="late invoices", actor="ann", at=AT)
    api.approve_run(own_book, run, actor="eve", at=AT)
    assert proposed(date(2026, 11, 30))[0] == ("2026-10", True)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "2026-11 can be graded from <time>2026-12-01</time>."),
        ("zh", "2026-11 可自 <time>2026-12-01</time> 起分级。"),
    ],
)
def test_a_policy_whose_next_month_is_not_over_is_not_offered_and_says_from_when(
    own_book: api.Book,
    make_user: MakeUser,
    as_user: Browser,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    said: str,
):
    ann = as_user(make_user("ann", "analyst", language=lang))
    before = ann.get("/runs").content.decode()
    assert 'name="period" required value="2026-10"' in before
    assert '<option value="customer_value" disabled>' not in before
    publish_elsewhere(own_book, "2026-10")
    monkeypatch.setattr(views.timezone, "localdate", lambda *_: date(2026, 11, 23))
    page = ann.get("/runs").content.decode()
    assert said in page
    assert '<option value="customer_value" disabled>' in page
    assert 'name="period" required value="2026-10"' in page, "another policy may be graded"
    assert '<option value="" selected>' in page, "and is chosen by hand"
    monkeypatch.setattr(views, "choices", lambda _: [("customer_value", Text("x", "x"))])
    assert '<button class="btn btn-primary" disabled>' in ann.get("/runs").content.decode()


def test_a_run_that_does_not_exist_is_not_found(make_user: MakeUser, as_user: Browser):
    assert as_user(make_user("ann", "analyst")).get("/runs/run-999999").status_code == 404


def test_imports_are_listed_with_what_came(make_user: MakeUser, as_user: Browser):
    page = as_user(make_user("sam", "data_steward", language="zh")).get("/imports").content.decode()
    assert "订单行" in page
    assert "customers.csv" in page


def publish_elsewhere(book: api.Book, period: str) -> str:
    """A month that the command line closes, approves and publishes while the pages are served."""
    document = api.load_policy("customer_value")
    run = api.run_cycle(book, document, api.Period.of(period), actor="ann", at=AT).run.run_id
    api.approve_run(book, run, actor="bo", at=AT)
    api.publish_run(book, run, actor="cy", at=AT)
    return run


def test_what_the_command_line_publishes_is_on_the_pages_of_a_running_server(own_book: api.Book):
    assert keep_newest in DUTIES
    run = publish_elsewhere(own_book, "2026-09")
    keep_newest(AT)
    edition = current_edition()
    assert edition is not None
    assert (edition.run_id, edition.in_force) == (run, True)
    keep_newest(AT + timedelta(days=1))
    assert current_edition() == edition
    assert Edition.objects.get(pk=edition.pk).made_at == AT  # not made once more
    assert not Job.objects.exists()  # nothing before it to have moved from
    publish_elsewhere(own_book, "2026-10")
    keep_newest(AT + timedelta(days=2))
    assert [job.kind for job in Job.objects.all()] == [CAUSES]


def test_months_published_before_the_first_start_get_their_causes_once(own_book: api.Book):
    publish_elsewhere(own_book, "2026-09")
    publish_newest()
    assert not Job.objects.exists()  # nothing before it to have moved from
    publish_elsewhere(own_book, "2026-10")
    for _ in range(2):
        publish_newest()
        assert [job.kind for job in Job.objects.all()] == [CAUSES]


@pytest.mark.parametrize(
    ("lang", "none", "waits"), [("en", "none waits", "under review"), ("zh", "无待审批", "待审核")]
)
def test_the_first_page_leads_to_the_month_that_waits(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, lang: str, none: str, waits: str
):
    keep_newest(AT)
    bob = as_user(make_user("bob", "approver", language=lang))
    assert 'hx-get="/runs/waiting"' in bob.get("/").content.decode()
    assert none in bob.get("/runs/waiting").content.decode()
    run = api.run_cycle(
        own_book, load_policy("customer_value"), api.Period.of("2026-10"), actor="ann", at=AT
    ).run.run_id
    said = bob.get("/runs/waiting").content.decode()
    assert f'href="/runs/{run}"' in said
    assert f"2026-10 {waits}" in said
    api.approve_run(own_book, run, actor="bo", at=AT)
    assert f'href="/runs/{run}"' in bob.get("/runs/waiting").content.decode()
    api.publish_run(own_book, run, actor="cy", at=AT)
    assert none in bob.get("/runs/waiting").content.decode()
    assert (
        "/runs/waiting"
        not in as_user(make_user("mia", "account_manager", staff_name="x")).get("/").content.decode()
    )


@pytest.mark.parametrize(("lang", "words"), [("en", "historical"), ("zh", "历史")])
def test_a_month_of_the_history_says_so_in_words(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, lang: str, words: str
):
    month = api.Period.of("2026-09")
    made = build_history(own_book, load_policy("customer_value"), month, month, actor="mia", at=AT).made
    page = (
        as_user(make_user("bob", "approver", language=lang)).get(f"/runs/{made[0].run_id}").content.decode()
    )
    decided = page.partition('<ol class="steps">')[2].partition("</ol>")[0]
    assert decided.count(f" · {words}</li>") == 2


def test_who_turns_pages_of_an_earlier_run_is_told_and_loses_none(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    keep_newest(AT)
    ann, eve = as_user(make_user("ann", "analyst")), as_user(make_user("eve", "executive"))
    pages = {client: client.get("/customers?sort=sales").content.decode() for client in (ann, eve)}
    (link,) = re.findall(r'rel="next" href="([^"]*)"', pages[ann])
    first = current_edition()
    assert first is not None
    publish_elsewhere(own_book, "2026-09")
    keep_newest(AT + timedelta(days=1))
    page = ann.get(unescape(link)).content.decode()
    codes = [set(re.findall(r"c-code[^>]*>(C[0-9]+)", one)) for one in (pages[ann], page)]
    assert codes[0]
    assert codes[1]
    assert not codes[0] & codes[1]
    (asked,) = re.findall(r'hx-get="(/customers/count[^"]*)"', page)
    told = ann.get(unescape(asked)).content.decode()
    assert told.startswith(str(first.customers))
    assert "2026-09-30" in told
    assert 'href="/customers?sort=sales"' in told
    assert "hx-partial" not in ann.get("/customers/count").content.decode()
    (folder() / first.file).unlink()
    page = eve.get(unescape(link)).content.decode()
    assert "the list begins anew" in page
    assert set(re.findall(r"c-code[^>]*>(C[0-9]+)", page))


def stopped_at(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody asks every job to stop when it comes to a stage."""
    going_on = running._Heart.progress

    def progress(heart: Any, now: str, done: int | None = None, total: int | None = None) -> None:
        if now == stage:
            if stage == "pages":  # the others come from a thread of the engine, which has no database here
                Job.objects.filter(state="running").update(cancel_asked=True)
            heart._cancelled.set()
        going_on(heart, now, done, total)

    monkeypatch.setattr(running._Heart, "progress", progress)


@pytest.mark.parametrize("stage", ["metrics", "storing"])
def test_a_cancelled_trial_leaves_no_run(
    stage: str,
    own_book: api.Book,
    make_user: MakeUser,
    as_user: Browser,
    monkeypatch: pytest.MonkeyPatch,
):
    before = [run.run_id for run in api.list_runs(own_book)]
    stopped_at(stage, monkeypatch)
    job = do(as_user(make_user("ann", "analyst")), "/runs/trial", policy="customer_value", as_of="2026-10-30")
    assert job.state == CANCELLED
    assert [run.run_id for run in api.list_runs(own_book)] == before
    assert current_edition() is None


def test_a_trial_that_is_stored_is_shown_although_somebody_asks_to_stop(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    stopped_at("pages", monkeypatch)
    job = do(as_user(make_user("ann", "analyst")), "/runs/trial", policy="customer_value", as_of="2026-10-30")
    assert job.state == DONE
    assert api.list_runs(own_book)[-1].run_id == job.result["run_id"]
    assert current_edition() is not None
    assert job.stage == "pages"  # told all the while, though nobody stops it any more


def test_the_page_of_a_job_offers_no_stop_where_it_is_too_late(make_user: MakeUser, as_user: Browser):
    ann = as_user(make_user("ann", "analyst"))
    at = timezone.now()
    job = Job.objects.create(
        kind="grading.trial", actor="ann", created_at=at, state="running", heartbeat_at=at, stage="metrics"
    )
    assert ">Cancel<" in ann.get(f"/jobs/{job.pk}").content.decode()
    Job.objects.filter(pk=job.pk).update(stage="pages")
    assert ">Cancel<" not in ann.get(f"/jobs/{job.pk}").content.decode()
    Job.objects.filter(pk=job.pk).update(cancel_asked=True)
    assert "stored already" in ann.get(f"/jobs/{job.pk}").content.decode()


def test_a_trial_whose_worker_was_killed_after_storing_is_not_made_twice(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    ann = as_user(make_user("ann", "analyst"))

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("tierwise_web.grading.showing.publish", killed)
        with pytest.raises(SystemExit):
            do(ann, "/runs/trial", policy="customer_value", as_of="2026-10-30")
    once = [run.run_id for run in api.list_runs(own_book)]
    Job.objects.update(state="waiting")
    assert work_once("another")
    job = Job.objects.get()
    assert job.state == DONE, job.problems
    assert [run.run_id for run in api.list_runs(own_book)] == once
    assert job.result["run_id"] == once[-1]


def test_a_trial_done_again_takes_no_month_for_its_own(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    ann = as_user(make_user("ann", "analyst"))
    with monkeypatch.context() as patched:
        patched.setattr("tierwise_web.grading.jobs.take_edits", _kill)
        with pytest.raises(SystemExit):
            do(ann, "/runs/trial", policy="customer_value", as_of="2026-10-31")
    month = api.run_cycle(
        own_book, api.load_policy("customer_value"), api.Period.of("2026-10"), actor="ann", at=timezone.now()
    )
    Job.objects.update(state="waiting")
    assert work_once("another")
    job = Job.objects.get()
    assert job.state == DONE, job.problems
    assert job.result["run_id"] != month.record.run_id


def _kill(*_: Any) -> None:
    raise SystemExit


def test_two_that_show_the_same_run_publish_it_once(own_book: api.Book, monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []
    publish = showing.publish

    def counted(book: api.Book, record: Any, **more: Any) -> Edition:
        made.append(record.run_id)
        return publish(book, record, **more)

    @contextmanager
    def after_another(where: Path) -> Iterator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(showing, "one_at_a_time", one_at_a_time)
            showing.show_newest(own_book, at=AT)  # another server was quicker
        with one_at_a_time(where):
            yield

    monkeypatch.setattr(showing, "publish", counted)
    monkeypatch.setattr(showing, "one_at_a_time", after_another)
    showing.show_newest(own_book, at=AT)
    assert len(made) == 1
