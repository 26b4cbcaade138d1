"""``tierwise cycle`` and ``tierwise run``: from a closed month to grades in force, by two people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command, group
from tierwise_cli.cycle_pages import show_cycle, show_runs, steps_of, warnings_of
from tierwise_cli.options import (
    BookArg,
    FullOption,
    OutFileOption,
    argument,
    flag,
    option,
    refuse_bad_target,
    way_of,
)
from tierwise_cli.plain import plain, quoted

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.movement.history import History
    from tierwise.movement.review import Review
    from tierwise.movement.states import CycleRun
    from tierwise.policy.load import PolicyDocument
    from tierwise_cli.screen import Screen

CycleRunArg = Annotated[
    str, argument("RUN", "A run such as run-000003 or 3.", "分级运行，如 run-000003 或 3。")
]
PolicyOfPeriod = Annotated[
    str | None,
    option(
        "--policy",
        "POLICY",
        "A policy by code, or a file; what is published holds in its month. Else the one that leads service.",
        "策略代码或文件；已发布者在其月份适用。缺省为主导服务的策略。",
    ),
]
Note = Annotated[str, option("--note", "TEXT", "What is said about it.", "说明。")]


def _month(name: str, en: str, zh: str) -> Any:
    return option(name, "MONTH", en, zh)


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(
        app,
        "cycle",
        "Close a month, grade it, and leave it for review.",
        "月度分级：关账、计算，并提交审核。",
        writes=True,
        computes=True,
    )(cycle)
    run = group("run", "Review and publish the runs of monthly cycles.", "审核与发布月度分级。")
    command(run, "list", "List the runs of monthly cycles and their states.", "列出月度分级及其状态。")(list_)
    command(
        run,
        "approve",
        "Approve a run, or the reopening of one; never one's own.",
        "批准分级运行或其重新打开；不能批准自己的。",
        writes=True,
    )(approve)
    command(
        run,
        "publish",
        "Make the grades of an approved run effective; never one's own.",
        "发布已批准的分级，使等级生效；不能发布自己运行的。",
        writes=True,
        computes=True,
    )(publish)
    app.add_typer(run, name="run")


def cycle(
    call: Call,
    book: BookArg,
    policy: PolicyOfPeriod = None,
    period: Annotated[
        str | None, _month("--period", "The month, such as 2026-10.", "期间（月份），如 2026-10。")
    ] = None,
    reopen: Annotated[
        bool,
        flag("--reopen", "Ask for a re-run of a published month, or do it.", "申请或执行已发布月份的重算。"),
    ] = False,
    reason: Annotated[str, option("--reason", "TEXT", "Why it is reopened.", "重新打开的原因。")] = "",
    history: Annotated[
        bool,
        flag(
            "--history",
            "Build past months as published by you, marked historical.",
            "以本人名义补建并发布过往月份，标记为历史。",
        ),
    ] = False,
    first: Annotated[str | None, _month("--from", "First month of the history.", "历史的首月。")] = None,
    last: Annotated[str | None, _month("--to", "Last month of the history.", "历史的末月。")] = None,
    full: FullOption = False,
    out: OutFileOption = None,
) -> None:
    """Closes, grades and derives; nothing is in force before somebody else approves and publishes."""
    from tierwise.kernel.periods import Period
    from tierwise.movement.managed import policy_of_period

    _refuse_mix(period, history, first, last)
    _refuse_idle(history, reopen, reason, out)
    if out is not None:
        refuse_bad_target(out)
    month = Period.of(str(first if history else period))
    opened = call.book(book)
    document = policy_of_period(opened, policy, month)
    if history:
        _refuse_unnamed(call)
        _history(call, book, opened, document, month, Period.of(str(last)), full)
        return
    if reopen and _asked_to_reopen(call, book, opened, document, policy, month, reason):
        return
    _cycle(call, book, opened, document, month, out, full)


def _refuse_unnamed(call: Call) -> None:
    """One person publishes all the months of a history: the log names who took that on."""
    if not call.named:
        raise fail(
            "cycle.history-unnamed",
            "a history is published in the name of whoever imports it; say who with --actor NAME or TIERWISE_ACTOR",
            "历史以导入人的名义发布；请用 --actor 姓名 或 TIERWISE_ACTOR 说明导入人",
        )


def _refuse_mix(period: str | None, history: bool, first: str | None, last: str | None) -> None:

    one = period is not None and not history and first is None and last is None
    many = history and period is None and first is not None and last is not None
    if not one and not many:
        raise fail(
            "cycle.which-months",
            "say one month with --period 2026-10, or many of the past with --history --from 2024-01 --to 2026-09",
            "请用 --period 2026-10 指定一个月份，或用 --history --from 2024-01 --to 2026-09 补建过往月份",
        )


def _refuse_idle(history: bool, reopen: bool, reason: str, out: Path | None) -> None:
    """Refuses options that would be passed over in silence."""

    given = {"--reopen": reopen, "--reason": reason, "--out": out is not None}
    idle = [
        name for name, value in given.items() if value and (history or (name == "--reason" and not reopen))
    ]
    if idle:
        raise fail(
            "cycle.idle-options",
            "{options} {n#says|say} nothing here: a reason belongs to --reopen, and a history has no review",
            "此处 {options} 不起作用：--reason 须与 --reopen 同用，补建历史没有审核",
            options=", ".join(idle),
            n=len(idle),
        )


def _asked_to_reopen(
    call: Call,
    book: Path,
    opened: Book,
    document: PolicyDocument,
    policy: str | None,
    month: Any,
    reason: str,
) -> bool:
    """Whether the call was a request that now waits for somebody else."""
    from tierwise.movement.publishing import request_reopening
    from tierwise.movement.review import published_run

    run = published_run(opened, document.policy.code, month)
    if run.state != "published":
        return False  # approved already, or the cycle says what it waits for
    asked = request_reopening(opened, run.run_id, reason=reason, actor=call.actor, at=call.at)

    def page(screen: Screen) -> None:
        screen.para(call.say(
            "The reopening of {period} ({run}) was asked for; its grades stay in force until a re-run is published.",
            "已申请重新打开 {period}（{run}）；重算结果发布前，其等级继续有效。", period=asked.period, run=asked.run_id,
        ))  # fmt: skip
        place = quoted(book)
        named = f" --policy {quoted(policy)}" if policy else ""
        again = f"tierwise cycle {place}{named} --period {month} --reopen"
        screen.steps([
            (f"tierwise run approve {place} {asked.run_id} --actor NAME", call.say("somebody else approves", "由他人批准")),
            (again, call.say("then run it again", "然后重新运行")),
        ])  # fmt: skip

    call.answer({"book": str(book), "run": run_data(asked)}, page)
    return True


def run_data(run: CycleRun) -> dict[str, Any]:
    """A run of a cycle for programs."""
    data: dict[str, Any] = plain(run, "en")
    return data | {"period": str(run.period), "state": run.state}


def _cycle(
    call: Call, book: Path, opened: Book, document: PolicyDocument, month: Any, out: Path | None, full: bool
) -> None:
    from tierwise.grading.export import Sheet, write_rows
    from tierwise.movement.cycle import run_cycle
    from tierwise.movement.review import review

    with call.progress() as progress:
        done = run_cycle(
            opened, document, month, actor=call.actor, at=call.at, way=way_of(full), progress=progress
        )
    seen = review(opened, done.run)
    if out is not None:
        about = {"run": done.run.run_id, "period": str(month), "policy": document.policy.code}
        write_rows(seen.rows, out, Sheet(call.say("review", "审核"), about, call.lang))
    data = {
        "book": str(book),
        "run": run_data(done.run),
        "made": done.made,
        "warnings": warnings_of(call, done.issues),
        "out": str(out) if out else None,
    }
    if call.json:
        data["review"] = _review_data(seen, call)
    call.answer(data, lambda screen: show_cycle(call, screen, book, document, done, seen, out))


def _review_data(seen: Review, call: Call) -> dict[str, Any]:
    named = ("movements", "near", "effective", "waiting", "overridden", "many_overrides")
    data = {name: getattr(seen, name) for name in named}
    return data | {"lapsing": plain(seen.lapsing, call.lang), "rows": seen.rows.to_pylist()}


def _history(
    call: Call, book: Path, opened: Book, document: PolicyDocument, first: Any, last: Any, full: bool
) -> None:
    from tierwise.movement.history import build_history

    with call.progress() as progress:
        built = build_history(
            opened, document, first, last, actor=call.actor, at=call.at, way=way_of(full), progress=progress
        )
    data = {
        "book": str(book),
        "made": [run_data(run) for run in built.made],
        "found": [run_data(run) for run in built.found],
        "warnings": warnings_of(call, built.issues),
    }
    call.answer(data, lambda screen: _show_history(call, screen, book, document, built))


def _show_history(call: Call, screen: Screen, book: Path, document: PolicyDocument, built: History) -> None:
    screen.heading(call.say(
        "{title}: {n} {n#month|months} published as history by {who}", "{title}：由 {who} 作为历史发布 {n} 个月",
        title=document.policy.title.in_lang(call.lang), n=len(built.made), who=call.actor,
    ))  # fmt: skip
    if built.found:
        screen.para(call.say("{n} {n#month|months} stood already.", "其中 {n} 个月此前已建立。", n=len(built.found)))  # fmt: skip
    show_runs(call, screen, [*built.found, *built.made])
    code = quoted(document.policy.code)
    screen.steps([(f"tierwise grades {quoted(book)} --policy {code}", call.say("the grades in force", "查看生效等级"))])  # fmt: skip


def list_(call: Call, book: BookArg) -> None:
    """Lists what went through a cycle; other runs are simulations and change no grade."""
    from tierwise.movement.states import cycle_runs

    found = cycle_runs(call.book(book))

    def page(screen: Screen) -> None:
        if not found:
            screen.para(call.say("No monthly cycle yet.", "尚无月度分级。"))
            return
        show_runs(call, screen, found)

    call.answer({"book": str(book), "runs": [run_data(run) for run in found]}, page)


def approve(call: Call, book: BookArg, run: CycleRunArg, note: Note = "") -> None:
    """Approves; publishing is a step of its own."""
    from tierwise.movement.publishing import approve_run

    done = approve_run(call.book(book), run, note=note, actor=call.actor, at=call.at)

    def page(screen: Screen) -> None:
        show_runs(call, screen, [done])
        code = quoted(done.policy_code)
        again = f"tierwise cycle {quoted(book)} --policy {code} --period {done.period} --reopen"
        steps = [(again, call.say("run it again", "重新运行"))] if done.state == "reopened" else steps_of(call, book, done)[1:]  # fmt: skip
        screen.steps(steps)

    call.answer({"book": str(book), "run": run_data(done)}, page)


def publish(call: Call, book: BookArg, run: CycleRunArg, note: Note = "") -> None:
    """Publishes: from now on these are the effective grades."""
    from tierwise.movement.publishing import publish_run

    opened = call.book(book)
    with call.progress() as progress:
        done = publish_run(opened, run, note=note, actor=call.actor, at=call.at, progress=progress)
    old = done.superseded

    def page(screen: Screen) -> None:
        show_runs(call, screen, [*([old] if old else []), done.run])
        if done.derived_anew:
            screen.para(call.say(
                "Overrides were decided on since the review; the grades follow them.", "审核后人工调整有变，等级已随之更新。"
            ), indent=2, first="! ", style="yellow")  # fmt: skip
        place, code = quoted(book), quoted(done.run.policy_code)
        screen.steps([
            (f"tierwise grades {place} --policy {code}", call.say("the grades in force", "查看生效等级")),
            (f"tierwise events {place} --policy {code} --period {done.run.period}", call.say("what happened to whom", "查看等级事件")),
        ])  # fmt: skip

    data = {
        "book": str(book),
        "run": run_data(done.run),
        "superseded": run_data(old) if old else None,
        "derived_anew": done.derived_anew,
    }
    call.answer(data, page)
