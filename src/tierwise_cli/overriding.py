"""``tierwise override``: a grade that people choose for a while, and who decided on it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command, group
from tierwise_cli.options import BookArg, PolicyOption, argument, day, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from tierwise.book.store import Book
    from tierwise.movement.overrides import Override
    from tierwise_cli.screen import Screen

CustomerArg = Annotated[str, argument("CUSTOMER", "Code of a customer.", "客户编码。")]
OverrideArg = Annotated[
    str, argument("OVERRIDE", "An override such as override-000003 or 3.", "人工调整，如 override-000003 或 3。")
]  # fmt: skip
Note = Annotated[str, option("--note", "TEXT", "What is said about it.", "说明。")]
Why = Annotated[str, option("--note", "TEXT", "Why.", "原因。")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    override = group(
        "override", "Grades that people choose for a while.", "人工调整：在一段时间内由人指定的等级。"
    )
    command(override, "request", "Ask for an override.", "申请人工调整。", writes=True)(request)
    command(
        override,
        "approve",
        "Approve a request; never one's own.",
        "批准申请；不能批准自己的申请。",
        writes=True,
    )(approve)
    command(
        override,
        "reject",
        "Reject a request; never one's own.",
        "驳回申请；不能驳回自己的申请。",
        writes=True,
    )(reject)
    command(
        override,
        "revoke",
        "End an override early, or take back one's own request.",
        "提前撤销人工调整，或撤回自己的申请。",
        writes=True,
    )(revoke)
    command(override, "list", "List the overrides.", "列出人工调整。")(list_)
    app.add_typer(override, name="override")


def request(
    call: Call,
    book: BookArg,
    customer: CustomerArg,
    policy: PolicyOption,
    grade: Annotated[str, option("--grade", "GRADE", "The grade to give.", "调整后的等级。")],
    reason: Annotated[
        str,
        option(
            "--reason",
            "CODE",
            "strategic, potential, temporary, risk, data, agreement or other.",
            "原因代码：strategic 战略、potential 潜力、temporary 暂时、risk 风险、data 数据、agreement 约定、other 其他。",
        ),
    ],
    text: Annotated[str, option("--text", "TEXT", "The reason in words.", "原因说明。")],
    first: Annotated[date, option("--from", "DATE", "First day.", "开始日期。", parser=day)],
    last: Annotated[
        date,
        option("--to", "DATE", "Last day, at most six months later.", "结束日期，最长六个月。", parser=day),
    ],
    evidence: Annotated[
        str,
        option("--evidence", "TEXT", "What proves it: a document, a link.", "依据：文件、链接等。"),
    ] = "",
) -> None:
    """Records a request; it changes nothing until somebody else approves it."""
    from tierwise.movement.overriding import Request, request_override
    from tierwise.policy.load import load_policy

    document = load_policy(policy)
    asked = Request(customer, grade, reason, text, first, last, evidence)
    opened = call.book(book)
    made = request_override(opened, document.policy, asked, actor=call.actor, at=call.at)
    today = call.today(opened)

    def page(screen: Screen) -> None:
        _show(call, screen, made, today)
        number, place = made.override_id, quoted(book)
        screen.steps([
            (f"tierwise override approve {place} {number} --actor NAME", call.say("somebody else approves", "由他人批准")),
            (f"tierwise override reject {place} {number} --note WHY --actor NAME", call.say("or rejects", "或驳回")),
        ])  # fmt: skip

    call.answer({"book": str(book), "override": _row(made, today, call)}, page)


def approve(call: Call, book: BookArg, override: OverrideArg, note: Note = "") -> None:
    """Approves; from its first day on the grade is in force."""
    from tierwise.movement.overriding import approve_override

    opened = call.book(book)
    made = approve_override(opened, override, note=note, actor=call.actor, at=call.at)
    _answer(call, opened, book, made)


def reject(call: Call, book: BookArg, override: OverrideArg, note: Why) -> None:
    """Rejects and says why."""
    from tierwise.movement.overriding import reject_override

    opened = call.book(book)
    made = reject_override(opened, override, note=note, actor=call.actor, at=call.at)
    _answer(call, opened, book, made)


def revoke(call: Call, book: BookArg, override: OverrideArg, note: Why) -> None:
    """Ends an override with the day before today."""
    from tierwise.movement.overriding import revoke_override

    opened = call.book(book)
    made = revoke_override(opened, override, note=note, actor=call.actor, at=call.at)
    _answer(call, opened, book, made)


def _answer(call: Call, opened: Book, book: Path, made: Override) -> None:
    """The override as it stands today."""
    today = call.today(opened)
    data = {"book": str(book), "override": _row(made, today, call)}
    call.answer(data, lambda screen: _show(call, screen, made, today))


def _show(call: Call, screen: Screen, made: Override, today: date) -> None:
    """One override with everything that was said about it."""
    from tierwise.movement.overrides import REASONS, STATE_WORDS

    decided = f"{made.decided_by}: {made.decision_note}".rstrip(": ") if made.decided_by else None
    revoked = f"{made.revoked_by}: {made.revoke_note}".rstrip(": ") if made.revoked_by else None
    state = STATE_WORDS[made.state(today)].in_lang(call.lang)
    code = REASONS[made.reason_code].in_lang(call.lang)
    reason = call.say("{code}: {text}", "{code}：{text}", code=code, text=made.reason_text)
    screen.heading(call.say("{id}: {state}", "{id}：{state}", id=made.override_id, state=state))
    pairs = [
        (call.say("customer", "客户"), made.customer_id),
        (call.say("policy", "策略"), made.policy_code),
        (call.say("computed", "计算等级"), made.computed),
        (call.say("in force until now", "此前生效等级"), made.from_grade),
        (call.say("chosen", "调整为"), made.grade),
        (call.say("from", "自"), made.valid_from),
        (call.say("to", "至"), made.valid_to),
        (call.say("reason", "原因"), reason),
        (call.say("evidence", "依据"), made.evidence),
        (call.say("asked by", "申请人"), made.requested_by),
        (call.say("decided by", "审批人"), decided),
        (call.say("revoked by", "撤销人"), revoked),
    ]
    screen.pairs([pair for pair in pairs if pair[1]])


def list_(
    call: Call,
    book: BookArg,
    customer: Annotated[str | None, option("--customer", "CODE", "Only this customer.", "仅此客户。")] = None,
    state: Annotated[
        str | None,
        option(
            "--state",
            "STATE",
            "Only requested, approved, active, expired, rejected or revoked.",
            "仅此状态：requested、approved、active、expired、rejected、revoked。",
        ),
    ] = None,
) -> None:
    """Lists the overrides as they stand today."""
    from tierwise.movement.overrides import STATE_WORDS, list_overrides

    if state is not None and state not in STATE_WORDS:
        raise typer.BadParameter(f"{state}: {', '.join(STATE_WORDS)}", param_hint="--state")
    opened = call.book(book)
    today = call.today(opened)
    found = [
        override
        for override in list_overrides(opened)
        if customer in (None, override.customer_id) and state in (None, override.state(today))
    ]
    rows = [_row(override, today, call) for override in found]

    def page(screen: Screen) -> None:
        _show_list(call, screen, found, today)

    call.answer({"book": str(book), "today": today, "overrides": rows}, page)


def _row(override: Override, today: date, call: Call) -> dict[str, Any]:
    from tierwise_cli.plain import plain

    row: dict[str, Any] = plain(override, call.lang)
    return row | {"state": override.state(today)}


def _show_list(call: Call, screen: Screen, found: list[Override], today: date) -> None:
    from tierwise.movement.overrides import STATE_WORDS
    from tierwise_cli.screen import NOTHING, Col

    if not found:
        screen.para(call.say("No override.", "没有人工调整。"))
        return
    heads = [
        Col(call.say("override", "编号"), keep=True),
        Col(call.say("customer", "客户"), keep=True),
        Col(call.say("grade", "等级"), keep=True),
        Col(call.say("days", "期限"), least=10),
        Col(call.say("state", "状态"), least=8),
        Col(call.say("asked by", "申请人")),
        Col(call.say("decided by", "审批人")),
    ]
    screen.table(
        heads,
        [
            (
                str(int(one.override_id.removeprefix("override-"))),
                one.customer_id,
                f"{one.from_grade or NOTHING} → {one.grade}",
                call.say("{a} to {b}", "{a} 至 {b}", a=one.valid_from, b=one.valid_to),
                STATE_WORDS[one.state(today)].in_lang(call.lang),
                one.requested_by,
                one.decided_by,
            )
            for one in found
        ],
    )
