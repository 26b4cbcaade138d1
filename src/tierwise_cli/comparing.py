"""``tierwise compare``: the grades of two policies beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import AsOf, BookArg, OutFileOption, option, refuse_bad_target
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.insight.comparison import Comparison, Pair, Side
    from tierwise_cli.screen import Screen

SHOWN = 30
"""Customers that fit a screen; ``--out`` and ``--json`` give all."""
Policies = Annotated[
    list[str] | None,
    option(
        "--policy",
        "POLICY",
        "A policy; given twice. Else the two in use.",
        "策略，给出两次；缺省为两个在用策略。",
    ),
]
Runs = Annotated[
    list[str] | None,
    option("--run", "RUN", "A stored run of the day; given twice.", "当日已保存的分级运行，给出两次。"),
]


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(app, "compare", "Set the grades of two policies beside each other.", "两个策略的等级并列比较。")(
        compare
    )


def compare(
    call: Call,
    book: BookArg,
    as_of: AsOf,
    policy: Policies = None,
    run: Runs = None,
    out: OutFileOption = None,
) -> None:
    """Cross table and list of two policies on a day; nothing is stored and no grade changes."""
    _refuse(policy, run)
    if out is not None:
        refuse_bad_target(out)
    found = _compared(call, book, as_of, policy, run)
    if out is not None:
        _write(call, found, out)
    call.answer(_data(book, found, out), lambda screen: _show(call, screen, book, found, out))


def _refuse(policy: list[str] | None, run: list[str] | None) -> None:
    if policy and run:
        raise fail(
            "compare.policy-and-run", "give --policy or --run, not both", "--policy 与 --run 只能给出一种"
        )
    for name, given in (("--policy", policy), ("--run", run)):
        if given and len(given) != 2:
            raise fail(
                "compare.two", "give {name} twice: two are compared, not {n}", "{name} 须给出两次：比较的是两个，而非 {n} 个",
                name=name, n=len(given),
            )  # fmt: skip


def _compared(
    call: Call, book: Path, as_of: Any, policy: list[str] | None, run: list[str] | None
) -> Comparison:
    from tierwise.insight.comparison import compare_policies, compare_runs, policies_to_compare
    from tierwise.policy.load import load_policy

    documents = [load_policy(one) for one in policy] if policy else None
    opened = call.book(book)
    if run:
        return compare_runs(opened, as_of, run)
    asked = documents or policies_to_compare(opened)
    with call.progress() as progress:
        return compare_policies(opened, as_of, asked, actor=call.actor, at=call.at, progress=progress)


def _write(call: Call, found: Comparison, out: Path) -> None:
    from tierwise.grading.export import Sheet, write_rows
    from tierwise.insight.comparison import as_table

    about = {
        "as_of": found.as_of.isoformat(),
        "policy_1": found.sides[0].label,
        "policy_2": found.sides[1].label,
    }
    write_rows(as_table(found), out, Sheet(call.say("two policies", "两个策略"), about, call.lang))


def _data(book: Path, found: Comparison, out: Path | None) -> dict[str, Any]:
    return {
        "book": str(book),
        "as_of": found.as_of,
        "sides": [
            {"label": side.label, "code": side.record.policy_code, "version": side.record.policy_version,
             "fingerprint": side.record.policy_fingerprint, "leading": side.leading, "run": side.record.run_id,
             "book_version": side.record.book_version, "scale": side.scale}
            for side in found.sides
        ],
        "same_scale": found.same_scale,
        "differing": len(found.differing),
        "cells": [{"first": a, "second": b, "customers": n} for (a, b), n in found.cells.items()],
        "customers": [
            {"customer": pair.customer, "name": pair.name, "first": pair.labels[0], "second": pair.labels[1],
             "first_rank": pair.ranks[0], "second_rank": pair.ranks[1], "differs": pair.differs}
            for pair in found.pairs
        ],
        "out": str(out) if out else None,
    }  # fmt: skip


def _show(call: Call, screen: Screen, book: Path, found: Comparison, out: Path | None) -> None:
    screen.heading(call.say("Two policies as of {day}", "两个策略，截至 {day}", day=found.as_of))
    screen.pairs([(side.label, _about(call, side)) for side in found.sides])
    screen.space()
    _show_cells(call, screen, found)
    _notes(call, screen, found)
    _show_differing(call, screen, found)
    if out is not None:
        screen.para(call.say("All rows are in {out}.", "全部结果已写入 {out}。", out=out))
    elif not any(side.leading for side in found.sides):
        line = f"tierwise policy use {quoted(book)} {found.sides[0].record.policy_code} --leading"
        screen.steps([(line, call.say("say which policy leads service", "指定主导服务的策略"))])


def _about(call: Call, side: Side) -> str:
    from tierwise.policy.load import parse_policy

    title = parse_policy(side.record.policy_text, side.record.run_id).title.in_lang(call.lang)
    parts = [title, side.record.run_id if side.stored else call.say("computed now", "本次试算")]
    if side.leading:
        parts.append(call.say("leads service", "主导服务"))
    return " · ".join(parts)


def _show_cells(call: Call, screen: Screen, found: Comparison) -> None:
    from tierwise_cli.screen import Col

    first, second = found.sides
    columns = found.labels(1)
    heads = [Col(f"{first.label} ↓ {second.label} →")]
    heads += [Col(_word(call, label), "right", keep=label in second.scale) for label in columns]
    rows = [
        (_word(call, row), *(found.cells.get((row, label), 0) or None for label in columns))
        for row in found.labels(0)
    ]
    screen.table(heads, rows)


def _word(call: Call, label: str) -> str:
    from tierwise.grading.wording import STATUS, status_words

    if label == "absent":
        return call.say("not in the run", "不在该运行中")
    return status_words(label, call.lang) if label in STATUS else label


def _notes(call: Call, screen: Screen, found: Comparison) -> None:
    first, second = found.sides
    if not found.same_scale:
        screen.para(call.say(
            "The two have different grades ({a}; {b}); a difference of letters alone says little.",
            "两者等级体系不同（{a}；{b}），仅字母不同说明不了什么。",
            a=" ".join(first.scale), b=" ".join(second.scale),
        ), indent=2, first="! ", style="yellow")  # fmt: skip
    if not first.record.same_facts(second.record):
        screen.para(call.say(
            "The runs read different versions of the book ({a}, {b}); differences may come from the data.",
            "两次运行读取的账簿版本不同（{a}、{b}），差异可能来自数据。",
            a=first.record.book_version, b=second.record.book_version,
        ), indent=2, first="! ", style="yellow")  # fmt: skip


def _show_differing(call: Call, screen: Screen, found: Comparison) -> None:
    from tierwise_cli.screen import Col

    differing = found.differing
    screen.space()
    screen.heading(call.say(
        "{n:,} of {all:,} {all#customer|customers} differ", "{all:,} 家客户中 {n:,} 家不同", n=len(differing), all=len(found.pairs)
    ))  # fmt: skip
    if not differing:
        return
    heads = [Col(call.say("customer", "客户"), keep=True), Col(call.say("name", "名称"))]
    for side in found.sides:
        heads += [Col(side.label), Col(call.say("rank", "名次"), "right", keep=True)]
    screen.table(heads, [_row(call, pair) for pair in differing[:SHOWN]])
    if len(differing) > SHOWN:
        left = len(differing) - SHOWN
        screen.para(
            call.say(
                "… and {n:,} more; --out FILE gives all", "……另有 {n:,} 家；--out 文件 可导出全部", n=left
            )
        )


def _row(call: Call, pair: Pair) -> tuple[Any, ...]:
    first, second = (_word(call, label) for label in pair.labels)
    return pair.customer, pair.name, first, pair.ranks[0], second, pair.ranks[1]
