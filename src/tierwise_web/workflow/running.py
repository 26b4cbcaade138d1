"""Taking jobs from the queue and doing them: one at a time, with a heartbeat, never lost with a killed worker.

A job is taken by one conditional UPDATE, so that of two workers one gets it. A worker that dies leaves a heartbeat
that stops; the job goes back into the queue, and its work has to be such that it can be done again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connection
from django.db.models import Q
from django.utils import timezone

from tierwise.book.room import says_full
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.stages import STAGES
from tierwise_web.workflow.jobs import KINDS, Cancelled, Task
from tierwise_web.workflow.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Job

BEAT_SECONDS = 1.0
SILENCE_SECONDS = 30.0
"""A worker that was silent for so long is dead."""
ATTEMPTS = 3
_LOG = logging.getLogger("tierwise.web.jobs")
BROKE = {
    "code": "web.job-broke",
    "en": "Something broke; it has been logged. Nothing half-done was kept.",
    "zh": "程序出错，已记录日志；未保留未完成的结果。",
}
FULL = {
    "code": "web.disk-full",
    "en": "The disk of the server is full. Nothing half-done was kept: free some space, then start this again.",
    "zh": "服务器磁盘已满，未保留未完成的结果：请腾出空间后重新启动。",
}
LOST = {
    "code": "web.job-lost",
    "en": "The worker ended three times while doing this.",
    "zh": "执行过程中后台任务进程三次中断。",
}


def work_once(worker: str) -> bool:
    """Takes a job, if one waits, and does it. Whether there was one."""
    take_back(timezone.now())
    job = take(worker, timezone.now())
    if job is None:
        return False
    with _Heart(job, worker) as heart:
        _finish(job, worker, _done(job, heart))
    return True


def take(worker: str, at: datetime) -> Job | None:
    """The oldest waiting job, now this worker's; ``None`` if none waits or another worker was first."""
    Job.objects.filter(state=WAITING, cancel_asked=True).update(state=CANCELLED, ended_at=at)
    first = Job.objects.filter(state=WAITING).order_by("id").values_list("id", flat=True).first()
    if first is None:
        return None
    taken = {"state": RUNNING, "worker": worker, "heartbeat_at": at, "started_at": at}
    if not Job.objects.filter(id=first, state=WAITING).update(**taken):
        return None
    job = Job.objects.get(id=first)
    job.attempts += 1
    job.save(update_fields=["attempts"])
    return job


def take_back(at: datetime) -> int:
    """Puts jobs of dead workers back into the queue, or gives them up; how many."""
    silent = Q(state=RUNNING, heartbeat_at__lt=at - timedelta(seconds=SILENCE_SECONDS))
    given_up = Job.objects.filter(silent, attempts__gte=ATTEMPTS)
    count = given_up.update(state=FAILED, ended_at=at, problems=[LOST])
    return count + Job.objects.filter(silent).update(state=WAITING, worker="")


def ask_to_cancel(job: Job, at: datetime) -> None:
    """A waiting job ends at once; a running one at its next step."""
    Job.objects.filter(pk=job.pk, state__in=(WAITING, RUNNING)).update(cancel_asked=True)
    Job.objects.filter(pk=job.pk, state=WAITING).update(state=CANCELLED, ended_at=at)


def _done(job: Job, heart: _Heart) -> dict[str, Any]:
    """What the job came to, as fields of its row."""
    try:
        now = timezone.now()
        task = Task(job.slots, job.actor, now, job.attempts, heart.progress, job.created_at)
        return {"state": DONE, "result": KINDS[job.kind].work(task)}
    except Cancelled:
        return {"state": CANCELLED}
    except TierwiseError as error:
        said = [{"code": p.code, "en": p.say("en"), "zh": p.say("zh")} for p in error.problems]
        return {"state": FAILED, "problems": said}
    except Exception as error:  # noqa: BLE001 - logged with its trace; the worker goes on with the next job
        _LOG.exception("job %s broke", job.pk)
        return {"state": FAILED, "problems": [FULL if says_full(error) else BROKE]}


def _finish(job: Job, worker: str, fields: dict[str, Any]) -> None:
    """Unless the job was taken from this worker meanwhile."""
    mine = Job.objects.filter(pk=job.pk, state=RUNNING, worker=worker)
    mine.update(**fields, ended_at=timezone.now())


class _Heart:
    """Beats in a thread of its own while a job runs, and hears whether it should stop."""

    def __init__(self, job: Job, worker: str) -> None:
        self._mine = Job.objects.filter(pk=job.pk, state=RUNNING, worker=worker)
        self._owner = threading.get_ident()
        self._log = list(job.log)
        self._now: dict[str, Any] = {}
        self._stop = threading.Event()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> _Heart:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def progress(self, stage: str, done: int | None = None, total: int | None = None) -> None:
        """Notes how far the work is. **Raises** ``Cancelled``.

        An engine may call it from a thread of its own, which must not touch the database: then the next beat writes.
        """
        now = timezone.now()
        if stage in STAGES and (not self._log or self._log[-1][1] != stage):
            self._log.append([now.isoformat(), stage])
        self._now = {"stage": self._log[-1][1] if self._log else "", "done": done or 0, "total": total or 0}
        if threading.get_ident() == self._owner:
            self._write()
        if self._cancelled.is_set():
            raise Cancelled

    def _beat(self) -> None:
        _each(self._stop, BEAT_SECONDS, self._write)
        connection.close()

    def _write(self) -> None:
        fields = {**self._now, "log": list(self._log), "heartbeat_at": timezone.now()}
        with suppress(Error):  # a database that is away for a moment is no reason to stop the work
            # whoever asked to stop still hears of the work that goes on: its beats are written all the while
            if not self._mine.update(**fields) or self._mine.filter(cancel_asked=True).exists():
                self._cancelled.set()


def _each(stop: threading.Event, seconds: float, act: Callable[[], None]) -> None:
    while not stop.wait(seconds):
        act()
