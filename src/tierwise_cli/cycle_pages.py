"""What a monthly cycle looks like on the screen: the review of a run, lists of runs, what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierwise_cli.call import Call
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.book.findings import Issue
    from tierwise.movement.cycle import Cycle
    from tierwise.movement.review import Review
    from tierwise.movement.states import CycleRun
    from tierwise.policy.load import PolicyDocument
    from tierwise_cli.screen import Screen

SHOWN = 20
"""Movers on the screen; ``--out`` and ``--json`` give all."""


def warnings_of(call: Call, issues: tuple[Issue, ...]) -> list[dict[str, str]]:
    """What the check of the book warned of, for programs."""
    return [
        {"code": issue.code, "message": issue.say(call.lang)} for issue in issues if issue.severity == "warn"
    ]


def show_cycle(
    call: Call,
    screen: Screen,
    book: Path,
    document: PolicyDocument,
    done: Cycle,
    seen: Review,
    out: Path | None,
) -> None:
    """A run under review, for whoever reviews it."""
    from tierwise.movement.publishing import STATE_WORDS

    run, policy = done.run, document.policy
    screen.heading(call.say(
        "{title} ({code} v{version}), {period}: {state}", "{title}（{code} v{version}）{period}：{state}",
        title=policy.title.in_lang(call.lang), code=policy.code, version=policy.version, period=run.period,
        state=STATE_WORDS[run.state].in_lang(call.lang),
    ))  # fmt: skip
    screen.para(call.say(
        "{run} by {who}; {n:,} {n#customer takes|customers take} part.", "{run}，运行人 {who}；参评客户 {n:,} 家。",
        run=run.run_id, who=run.history[0].actor, n=done.record.population,
    ))  # fmt: skip
    if not done.made:
        screen.para(
            call.say(
                "It was made before, and nothing has changed since.", "此前已运行，其后数据与策略均无变化。"
            )
        )
    screen.space()
    _show_counts(call, screen, seen)
    _show_movers(call, screen, seen)
    _show_notices(call, screen, done, seen)
    if out is not None:
        screen.para(call.say("The review list is in {out}.", "审核清单已写入 {out}。", out=out))
    screen.steps(steps_of(call, book, run))


def _show_counts(call: Call, screen: Screen, seen: Review) -> None:
    """What the grades would be, and how many would move."""
    from tierwise.movement.words import MOVEMENTS, said
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("grade that would follow", "将生效的等级")),
        Col(call.say("customers", "客户数"), "right"),
    ]
    screen.table(heads, list(seen.effective.items()))
    screen.space()
    heads = [Col(call.say("movement", "变动")), Col(call.say("customers", "客户数"), "right")]
    screen.table(heads, [(said(MOVEMENTS, code, call.lang), n) for code, n in seen.movements.items()])


def _show_movers(call: Call, screen: Screen, seen: Review) -> None:
    from tierwise.movement.words import CAUSES, MOVEMENTS, NEAR, said
    from tierwise_cli.screen import NOTHING, Col

    movers = seen.movers
    if not movers.num_rows:
        return
    screen.space()
    heads = [
        Col(call.say("customer", "客户"), keep=True),
        Col(call.say("movement", "变动")),
        Col(call.say("grade", "等级"), keep=True),
        Col(call.say("why", "原因")),
        Col(call.say("near a cut", "临界")),
    ]
    rows = movers.slice(0, SHOWN).to_pylist()
    screen.table(
        heads,
        [
            (
                row["customer_id"],
                said(MOVEMENTS, row["movement"], call.lang),
                f"{row['previous'] or NOTHING} → {row['effective'] or NOTHING}",
                said(CAUSES, row["cause"], call.lang),
                NEAR[row["near_cut"]].in_lang(call.lang) if row["near_cut"] in NEAR else None,
            )
            for row in rows
        ],
    )
    if movers.num_rows > len(rows):
        left = movers.num_rows - len(rows)
        screen.para(
            call.say(
                "… and {n:,} more; --out FILE writes all", "……另有 {n:,} 家；用 --out 文件 写出全部", n=left
            )
        )


def _show_notices(call: Call, screen: Screen, done: Cycle, seen: Review) -> None:
    screen.space()
    near = sum(seen.near.values())
    screen.para(call.say(
        "{near:,} near a cut, {waits:,} on the way to a confirmed change, {over:,} overridden.",
        "临界 {near:,} 家，变动待确认 {waits:,} 家，人工调整 {over:,} 家。",
        near=near, waits=seen.waiting, over=seen.overridden,
    ))  # fmt: skip
    if seen.many_overrides:
        many = call.say("More than 5 % of the customers are overridden.", "人工调整的客户超过 5%。")
        screen.para(many, indent=2, first="! ", style="yellow")
    for one in seen.lapsing:
        screen.para(call.say(
            "{id} of {customer} ({grade}) ends on {day}.", "{customer} 的 {id}（{grade}）于 {day} 到期。",
            id=one.override_id, customer=one.customer_id, grade=one.grade, day=one.valid_to,
        ), indent=2, first="! ", style="yellow")  # fmt: skip
    for warning in warnings_of(call, done.issues):
        screen.para(warning["message"], indent=2, first="! ", style="yellow")


def steps_of(call: Call, book: Path, run: CycleRun) -> list[tuple[str, str]]:
    """What comes next for a run."""
    place = quoted(book)
    approve = (
        f"tierwise run approve {place} {run.run_id} --actor NAME",
        call.say("somebody else approves", "由他人批准"),
    )
    publish = (f"tierwise run publish {place} {run.run_id} --actor NAME", call.say("and publishes", "并发布"))
    look = (
        f"tierwise explain {place} CUSTOMER --run {run.run_id}",
        call.say("why a customer has its grade", "查看某客户的定级原因"),
    )
    return [look, publish] if run.state == "approved" else [look, approve, publish]


def show_runs(call: Call, screen: Screen, runs: list[CycleRun]) -> None:
    """Runs of cycles as a table."""
    from tierwise.movement.publishing import STATE_WORDS
    from tierwise.movement.words import KINDS, said
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("period", "期间"), keep=True),
        Col(call.say("run", "运行"), keep=True),
        Col(call.say("policy", "策略")),
        Col(call.say("kind", "类别")),
        Col(call.say("state", "状态")),
        Col(call.say("by", "操作人")),
    ]
    screen.table(
        heads,
        [
            (
                str(run.period),
                run.run_id,
                run.policy_code,
                said(KINDS, run.kind, call.lang),
                STATE_WORDS[run.state].in_lang(call.lang),
                run.history[-1].actor,
            )
            for run in runs
        ],
    )
