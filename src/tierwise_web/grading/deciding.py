"""What a run does not let anybody do with it in the browser, told at once and in the words of the pages."""

from __future__ import annotations

from tierwise.kernel.actor import same_person
from tierwise.kernel.errors import fail
from tierwise.movement.publishing import STATE_WORDS
from tierwise.movement.states import CycleRun
from tierwise_web.grading.queries import Row
from tierwise_web.people.models import User


def decidable(row: Row, user: User) -> CycleRun:
    """The run of a month, if somebody may approve or publish it. **Raises** ``run.trial``, ``run.own``."""
    run = row.cycle
    if run is None:
        raise fail(
            "run.trial",
            "{run} is a trial: nobody approves or publishes it, because it changes no grade in force; grade the month instead",
            "{run} 是试算，不影响生效等级，无需批准或发布；请改为进行月度分级",
            run=row.record.run_id,
        )
    if run.state in ("under_review", "approved") and same_person(user.username, run.history[0].actor):
        raise fail(
            "run.own",
            "you ran {run} yourself; somebody else approves and publishes it",
            "{run} 由您本人运行，须由他人批准和发布",
            run=run.run_id,
        )
    return run


def publishable(row: Row, user: User) -> CycleRun:
    """The run, if it is approved and waits to be published. **Raises** as ``decidable``; ``run.state``."""
    run = decidable(row, user)
    if run.state != "approved":
        words = STATE_WORDS[run.state]
        raise fail(
            "run.state",
            "{run} is {state}; only a run that is approved is published",
            "{run} 的状态为“{state_zh}”，只有已批准的运行可以发布",
            run=run.run_id, state=words.en, state_zh=words.zh,
        )  # fmt: skip
    return run
