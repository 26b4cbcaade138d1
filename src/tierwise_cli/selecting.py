"""``tierwise selections``: the top class, the quality set and the key account proposals beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import AsOf, BookArg, OutFileOption, option, refuse_bad_target
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.insight.selections import Picked, Selections
    from tierwise_cli.screen import Screen

SHOWN = 30
"""Customers that fit a screen; ``--out`` and ``--json`` give all."""
Top = Annotated[
    str,
    option(
        "--top", "POLICY", "Policy whose best grade is the top class.", "以其最高等级为“最高等级”的策略。"
    ),
]
Quality = Annotated[
    str,
    option("--quality", "POLICY", "Policy with a quality set.", "含优质客户集合的策略。"),
]
Key = Annotated[
    str,
    option("--key", "POLICY", "Policy that proposes key accounts.", "提出重点客户建议的策略。"),
]


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "selections",
        "Set the top class, the quality set and the key account proposals beside each other.",
        "最高等级、优质客户与重点客户建议三种选择的对照。",
    )(selections)


def selections(
    call: Call,
    book: BookArg,
    as_of: AsOf,
    top: Top = "abc_sales",
    quality: Quality = "quality_20",
    key: Key = "key_accounts",
    out: OutFileOption = None,
) -> None:
    """Grades by the three policies, stores nothing, and says where they disagree."""
    from tierwise.insight.selections import select
    from tierwise.policy.load import load_policy

    if out is not None:
        refuse_bad_target(out)
    asked = {name: load_policy(policy) for name, policy in (("top", top), ("quality", quality), ("key", key))}
    opened = call.book(book)
    with call.progress() as progress:
        found = select(opened, as_of, asked, actor=call.actor, at=call.at, progress=progress)
    if out is not None:
        _write(call, found, out)
    call.answer(_data(call, book, found, out), lambda screen: _show(call, screen, book, found, out))


def _write(call: Call, found: Selections, out: Path) -> None:
    from tierwise.grading.export import Sheet, write_rows
    from tierwise.insight.selections import as_table

    about = {"as_of": found.as_of.isoformat()}
    about |= {problem.code: problem.say(call.lang) for problem in found.missing}
    write_rows(as_table(found), out, Sheet(call.say("selections", "三种选择"), about, call.lang))


def _data(call: Call, book: Path, found: Selections, out: Path | None) -> dict[str, Any]:
    policies = {
        name: {"code": d.policy.code, "version": d.policy.version, "fingerprint": d.fingerprint}
        for name, d in found.policies.items()
    }
    return {
        "book": str(book),
        "as_of": found.as_of,
        "policies": policies,
        "sizes": {name: found.size(name) for name in policies},
        "areas": [
            {"top": area[0], "quality": area[1], "key": area[2], "customers": count}
            for area, count in found.counts.items()
        ],
        "customers": found.customers,
        "missing": found.missing,
        "out": str(out) if out else None,
    }


def _show(call: Call, screen: Screen, book: Path, found: Selections, out: Path | None) -> None:
    from tierwise.insight.selections import NAMES
    from tierwise_cli.screen import Col

    screen.heading(call.say("Three selections as of {day}", "三种选择，截至 {day}", day=found.as_of))
    heads = [
        Col(call.say("selection", "选择"), keep=True),
        Col(call.say("asks", "回答的问题")),
        Col(call.say("policy", "策略"), keep=True),
        Col(call.say("customers", "客户数"), "right", keep=True),
    ]
    asks = {
        "top": call.say("who buys most?", "谁买得最多？"),
        "quality": call.say("who is good in every respect?", "谁各方面都好？"),
        "key": call.say("who earns us more than half of the profit?", "谁贡献一半以上利润？"),
    }
    screen.table(heads, [
        (NAMES[name].in_lang(call.lang), asks[name], f"{d.policy.code} v{d.policy.version}", found.size(name))
        for name, d in found.policies.items()
    ])  # fmt: skip
    _show_areas(call, screen, found)
    for problem in found.missing:
        screen.para(problem.say(call.lang), indent=2, first="! ", style="yellow")
    _show_picked(call, screen, found)
    if out is not None:
        screen.para(call.say("All rows are in {out}.", "全部结果已写入 {out}。", out=out))
    else:
        line = f"tierwise selections {quoted(book)} --as-of {found.as_of} --out selections.xlsx"
        screen.steps([(line, call.say("all customers for a spreadsheet", "导出全部客户"))])


def _heads(call: Call) -> list[Any]:
    from tierwise_cli.screen import Col

    return [
        Col(call.say("top", "最高"), "right", keep=True),
        Col(call.say("quality", "优质"), "right", keep=True),
        Col(call.say("key", "重点"), "right", keep=True),
    ]


def _show_areas(call: Call, screen: Screen, found: Selections) -> None:
    from tierwise_cli.screen import Col

    screen.space()
    screen.heading(call.say("How they overlap", "重合情况"))
    heads = [*_heads(call), Col(call.say("customers", "客户数"), "right", keep=True)]
    screen.table(heads, [(*area, count) for area, count in found.counts.items()])


def _show_picked(call: Call, screen: Screen, found: Selections) -> None:
    from tierwise_cli.screen import Col

    picked = found.picked
    if not picked:
        screen.para(call.say("No customer was selected.", "没有客户入选。"))
        return
    screen.space()
    disputed = sum(1 for one in picked if one.disputed)
    screen.heading(call.say(
        "{n:,} {n#customer is|customers are} selected, {disputed:,} not by all three",
        "共 {n:,} 家客户入选，其中 {disputed:,} 家三者意见不一",
        n=len(picked), disputed=disputed,
    ))  # fmt: skip
    heads = [
        Col(call.say("customer", "客户"), keep=True),
        Col(call.say("name", "名称")),
        *_heads(call),
        Col(call.say("rank", "销售名次"), "right", keep=True),
        Col(call.say("quality rank", "优质名次"), "right", keep=True),
        Col(call.say("evaluation", "评价"), keep=True),
    ]
    screen.table(heads, [_row(call, found, one) for one in picked[:SHOWN]])
    if len(picked) > SHOWN:
        screen.para(
            call.say(
                "… and {n:,} more; --out FILE gives all",
                "……另有 {n:,} 家；--out 文件 可导出全部",
                n=len(picked) - SHOWN,
            )
        )


def _row(call: Call, found: Selections, one: Picked) -> tuple[Any, ...]:
    reading = _readings(call, found).get(one.evaluation or "", one.evaluation)
    return (one.customer, one.name, *one.area, one.top_rank, one.quality_rank, reading)


def _readings(call: Call, found: Selections) -> dict[str, str]:
    """The words of the readings of the evaluation."""
    policy = found.policies["key"].policy
    method = next(m for m in policy.methods if m.method == "key_account")
    return {grade.code: grade.title.in_lang(call.lang) for grade in policy.scale_of(method)}
