"""``tierwise policy draft``, ``submit``, ``approve``, ``reject``, ``publish``, ``retire``, ``states``: by two people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, PolicyArg, argument, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.movement.policy_log import Managed
    from tierwise.rehearsal.policies import Standing
    from tierwise_cli.screen import Screen

CodeArg = Annotated[str, argument("CODE", "Code of the policy.", "策略代码。")]
Version = Annotated[
    int | None,
    option("--version", "N", "Which version; else the newest.", "第几版；缺省为最新版。", min=1),
]
Note = Annotated[str, option("--note", "TEXT", "What is said about it.", "说明。")]
_FIRST = "The first month that has not begun, such as 2026-12."


def join(policy: typer.Typer) -> None:
    """Adds the commands of this file to the group of policies."""
    command(
        policy,
        "draft",
        "Put a version of a policy into the book as a draft.",
        "将策略版本作为草稿存入账簿。",
        writes=True,
    )(draft)
    command(
        policy,
        "submit",
        "Ask for the approval of a rehearsed draft.",
        "提交已演练的草稿，申请批准。",
        writes=True,
    )(submit)
    command(
        policy,
        "approve",
        "Approve a submitted version; never one's own.",
        "批准已提交的版本；不能批准自己的。",
        writes=True,
    )(approve)
    command(
        policy,
        "reject",
        "Reject a submitted version; never one's own.",
        "驳回已提交的版本；不能处理自己的。",
        writes=True,
    )(reject)
    command(
        policy,
        "publish",
        "Let an approved version hold from a month on.",
        "发布已批准的版本，自某月起生效。",
        writes=True,
    )(publish)
    command(
        policy,
        "retire",
        "End a policy from a month on, or withdraw a draft.",
        "自某月起停用策略，或撤回草稿。",
        writes=True,
    )(retire)
    command(policy, "states", "Show where every version of every policy stands.", "查看各策略版本的状态。")(
        states
    )


def draft(call: Call, book: BookArg, policy: PolicyArg, note: Note = "") -> None:
    """Stores the wording; it decides nothing before it is published."""
    from tierwise.policy.load import load_policy
    from tierwise.rehearsal.policies import draft_policy

    document = load_policy(policy)
    opened = call.book(book)
    _answer(call, book, opened, draft_policy(opened, document, note=note, actor=call.actor, at=call.at))


def submit(call: Call, book: BookArg, code: CodeArg, version: Version = None, note: Note = "") -> None:
    """Submits; somebody else decides."""
    from tierwise.rehearsal.policies import submit_policy

    opened = call.book(book)
    _answer(
        call,
        book,
        opened,
        submit_policy(opened, code, version=version, note=note, actor=call.actor, at=call.at),
    )


def approve(call: Call, book: BookArg, code: CodeArg, version: Version = None, note: Note = "") -> None:
    """Approves; publishing is a step of its own."""
    _decide(call, book, code, version, note, approve=True)


def reject(call: Call, book: BookArg, code: CodeArg, version: Version = None, note: Note = "") -> None:
    """Rejects, and says why; the version can be drafted again."""
    _decide(call, book, code, version, note, approve=False)


def _decide(call: Call, book: Path, code: str, version: int | None, note: str, *, approve: bool) -> None:
    from tierwise.rehearsal.policies import decide_on_policy

    opened = call.book(book)
    done = decide_on_policy(
        opened, code, approve=approve, version=version, note=note, actor=call.actor, at=call.at
    )
    _answer(call, book, opened, done)


def publish(
    call: Call,
    book: BookArg,
    code: CodeArg,
    first: Annotated[str, option("--from", "MONTH", _FIRST, "尚未开始的首个月份，如 2026-12。")],
    version: Version = None,
    note: Note = "",
) -> None:
    """Publishes exactly the wording that was rehearsed and approved."""
    from tierwise.kernel.periods import Period
    from tierwise.rehearsal.policies import publish_policy

    opened, period = call.book(book), Period.of(first)
    done = publish_policy(opened, code, period, version=version, note=note, actor=call.actor, at=call.at)
    _answer(call, book, opened, done)


def retire(
    call: Call,
    book: BookArg,
    code: CodeArg,
    first: Annotated[
        str | None,
        option(
            "--from",
            "MONTH",
            "The first month without it; else the next one.",
            "不再使用的首个月份；缺省为下个月。",
        ),
    ] = None,
    version: Version = None,
    note: Note = "",
) -> None:
    """Ends what holds, or withdraws a version that never did; it says why."""
    from tierwise.kernel.periods import Period
    from tierwise.rehearsal.policies import retire_policy

    opened, period = call.book(book), Period.of(first) if first else None
    done = retire_policy(opened, code, period, version=version, note=note, actor=call.actor, at=call.at)
    _answer(call, book, opened, done)


def states(call: Call, book: BookArg) -> None:
    """Lists drafts, what waits for a decision, what holds and what held."""
    from tierwise.rehearsal.policies import policy_states

    opened = call.book(book)
    found = policy_states(opened, call.at)
    data = {"book": str(book), "policies": [_data(one) for one in found]}

    def page(screen: Screen) -> None:
        if not found:
            screen.para(
                call.say("No policy goes through approval in this book.", "此账簿中尚无经审批管理的策略。")
            )
            line = f"tierwise policy draft {quoted(book)} FILE"
            screen.steps([(line, call.say("draft one", "起草一个"))])
            return
        _table(call, screen, found)

    call.answer(data, page)


def _data(one: Standing) -> dict[str, Any]:
    history = [
        {"event": s.event, "by": s.actor, "at": s.at, "note": s.note, "fingerprint": s.fingerprint,
         "rehearsal": s.rehearsal_id, "effective_from": s.effective_from}
        for s in one.managed.history
    ]  # fmt: skip
    return {
        "code": one.managed.code,
        "version": one.managed.version,
        "fingerprint": one.managed.fingerprint,
        "state": one.state,
        "effective_from": one.effective_from,
        "rehearsal": one.rehearsal_id,
        "history": history,
    }


def _answer(call: Call, book: Path, opened: Book, done: Managed) -> None:
    """The version as it stands now, and what comes next."""
    from tierwise.rehearsal.policies import policy_states

    known = policy_states(opened, call.at)
    one = next(s for s in known if (s.managed.code, s.managed.version) == (done.code, done.version))

    def page(screen: Screen) -> None:
        _table(call, screen, [one])
        screen.steps(_steps(call, book, one))

    call.answer({"book": str(book), "policy": _data(one)}, page)


def _table(call: Call, screen: Screen, found: list[Standing]) -> None:
    from tierwise.movement.in_use import SHORT
    from tierwise.rehearsal.policies import STATE_WORDS
    from tierwise_cli.screen import Col

    titles = (
        ("policy", "策略"),
        ("fingerprint", "指纹"),
        ("state", "状态"),
        ("from", "自"),
        ("rehearsal", "演练"),
        ("by", "操作人"),
        ("said", "说明"),
    )
    heads = [Col(call.say(*t), keep=n < 2) for n, t in enumerate(titles)]
    rows = [
        (f"{one.managed.code} v{one.managed.version}", one.managed.fingerprint[:SHORT],
         STATE_WORDS[one.state].in_lang(call.lang), one.effective_from, one.rehearsal_id,
         one.managed.last.actor, one.managed.last.note)
        for one in found
    ]  # fmt: skip
    screen.table(heads, rows)


def _steps(call: Call, book: Path, one: Standing) -> list[tuple[str, str]]:
    """What comes next for a version."""
    place, code = quoted(book), quoted(one.managed.code)
    rehearse = (
        f"tierwise rehearse {place} --policy {code} --as-of DATE",
        call.say("on the last closed month", "在最近已关账月份上演练"),
    )
    lines = {
        "draft": [rehearse],
        "rehearsed": [(f"tierwise policy submit {place} {code}", call.say("ask for approval", "提交审批"))],
        "submitted": [
            (f"tierwise policy approve {place} {code} --actor NAME", call.say("somebody else approves", "由他人批准")),
            (f"tierwise policy reject {place} {code} --note WHY --actor NAME", call.say("or rejects", "或驳回")),
        ],
        "approved": [(f"tierwise policy publish {place} {code} --from MONTH", call.say("let it hold", "使其生效"))],
    }  # fmt: skip
    everything = (f"tierwise policy states {place}", call.say("where everything stands", "查看全部状态"))
    return [*lines.get(one.state, []), everything]
