"""Jobs are taken once, told apart from dead ones, stopped when asked, and never lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import MakeUser
from tierwise.kernel.errors import fail
from tierwise.kernel.text import Text
from tierwise_web.people.models import User
from tierwise_web.workflow import running
from tierwise_web.workflow.jobs import KINDS, Kind, Task, enqueue, register
from tierwise_web.workflow.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Job
from tierwise_web.workflow.running import ask_to_cancel, take, take_back, work_once

Ask = Callable[..., Job]


@pytest.fixture(autouse=True)
def _no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread of the heartbeat would wait for the transaction of the test."""
    monkeypatch.setattr(running, "BEAT_SECONDS", 3600.0)


@pytest.fixture
def ask(make_user: MakeUser) -> Iterator[Ask]:
    user = make_user("ann", "analyst")

    def asked(work: Callable[[Task], dict[str, Any]], **slots: Any) -> Job:
        register(Kind("test.work", Text("work", "工作"), work))
        return enqueue("test.work", user=user, at=timezone.now(), **slots)

    yield asked
    KINDS.pop("test.work", None)


def test_a_job_is_done_and_leaves_its_result_and_its_steps(ask: Ask):
    def work(task: Task) -> dict[str, Any]:
        task.progress("metrics")
        task.progress("storing", 5, 10)
        return {"sum": task.slots["a"] + 1, "by": task.actor}

    job = ask(work, a=1)
    assert work_once("w")
    job.refresh_from_db()
    assert (job.state, job.result) == (DONE, {"sum": 2, "by": "ann"})
    assert [stage for _, stage in job.log] == ["metrics", "storing"]
    assert job.percent == 50
    assert not work_once("w")


def test_of_two_workers_one_gets_a_job(ask: Ask):
    ask(lambda task: {})
    assert take("one", timezone.now()) is not None
    assert take("two", timezone.now()) is None


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for(ask: Ask):
    seen: list[int] = []
    for number in (1, 2, 3):
        ask(lambda task: seen.append(task.slots["n"]) or {}, n=number)
    while work_once("w"):
        pass
    assert seen == [1, 2, 3]


def test_the_job_of_a_dead_worker_is_done_by_the_next(ask: Ask):
    job = ask(lambda task: {"attempt": task.attempt})
    take("dead", timezone.now())
    assert take_back(timezone.now()) == 0
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=running.SILENCE_SECONDS + 1))
    assert work_once("alive")
    job.refresh_from_db()
    assert (job.state, job.result, job.worker) == (DONE, {"attempt": 2}, "alive")


@pytest.mark.parametrize(
    ("lang", "quiet", "again"),
    [("en", "Nothing was heard", "another one has taken"), ("zh", "暂未收到", "现由其他进程")],
)
def test_the_page_of_a_job_tells_that_its_worker_is_silent_and_that_another_took_it_up(
    ask: Ask, client: Client, lang: str, quiet: str, again: str
):
    job = ask(lambda task: {})
    User.objects.update(language=lang)
    client.force_login(User.objects.get(username="ann"))
    now = timezone.now()
    assert take("dead", now) is not None
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert (quiet in page, again in page) == (False, False)
    Job.objects.update(heartbeat_at=now - timedelta(seconds=12))
    assert quiet in client.get(f"/jobs/{job.pk}").content.decode()
    Job.objects.update(heartbeat_at=now - timedelta(seconds=31))
    assert take_back(now) == 1
    assert take("next", timezone.now()) is not None
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert (quiet in page, again in page) == (False, True)


def test_a_job_that_kills_three_workers_is_given_up_and_says_so(ask: Ask):
    job = ask(lambda task: {})
    for name in ("one", "two", "three"):
        assert take(name, timezone.now()) is not None
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=running.SILENCE_SECONDS + 1))
        take_back(timezone.now())
    job.refresh_from_db()
    assert job.state == FAILED
    assert "三次" in job.said("zh")[0]


def test_a_worker_that_was_thought_dead_cannot_overwrite_the_one_that_took_over(ask: Ask):
    def work(task: Task) -> dict[str, Any]:
        Job.objects.update(state=RUNNING, worker="other")
        return {"by": "the slow one"}

    job = ask(work)
    work_once("slow")
    job.refresh_from_db()
    assert (job.state, job.worker, job.result) == (RUNNING, "other", {})


def test_a_waiting_job_is_cancelled_at_once(ask: Ask):
    job = ask(lambda task: {})
    ask_to_cancel(job, timezone.now())
    job.refresh_from_db()
    assert job.state == CANCELLED
    assert not work_once("w")


def test_a_running_job_stops_before_its_next_step(ask: Ask):
    steps: list[str] = []

    def work(task: Task) -> dict[str, Any]:
        task.progress("metrics")
        steps.append("first")
        ask_to_cancel(Job.objects.get(), timezone.now())
        task.progress("storing")
        steps.append("second")
        return {}

    job = ask(work)
    work_once("w")
    job.refresh_from_db()
    assert (job.state, steps) == (CANCELLED, ["first"])


def test_what_is_anticipated_is_told_in_both_languages(ask: Ask):
    def work(task: Task) -> dict[str, Any]:
        raise fail("test.no", "not {what}", "没有{what}", what="3")

    job = ask(work)
    work_once("w")
    job.refresh_from_db()
    assert (job.state, job.said("en"), job.said("zh")) == (FAILED, ["not 3"], ["没有3"])


def test_what_is_not_anticipated_is_logged_and_the_worker_goes_on(ask: Ask, caplog: pytest.LogCaptureFixture):
    job = ask(lambda task: {"x": 1 // task.slots["zero"]}, zero=0)
    second = ask(lambda task: {"x": 1 // task.slots["zero"]}, zero=1)
    with caplog.at_level(logging.ERROR, logger="tierwise.web.jobs"):
        work_once("w")
        work_once("w")
    job.refresh_from_db()
    second.refresh_from_db()
    assert (job.state, second.state) == (FAILED, DONE)
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in str(job.problems)


def test_a_job_waits_until_a_worker_takes_it(ask: Ask):
    assert ask(lambda task: {}).state == WAITING


def test_a_job_that_works_on_after_somebody_asked_to_stop_is_still_heard_of(ask: Ask):
    job = ask(lambda task: {})
    running.take("w", timezone.now())
    heart = running._Heart(Job.objects.get(pk=job.pk), "w")
    Job.objects.filter(pk=job.pk).update(cancel_asked=True, heartbeat_at=None)
    with pytest.raises(running.Cancelled):
        heart.progress("pages", 1, 2)
    told = Job.objects.get(pk=job.pk)
    assert told.heartbeat_at is not None
    assert (told.stage, told.done) == ("pages", 1)
