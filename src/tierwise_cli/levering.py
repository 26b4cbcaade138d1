"""``tierwise levers``: what would bring a customer to the next grade, and how much it may lose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, OutFileOption, RunOption, argument, option, refuse_bad_target

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book
    from tierwise.movement.fact_levers import FactLever
    from tierwise.movement.lever_lists import Listed
    from tierwise.movement.levers import Lever, Levers
    from tierwise_cli.screen import Screen


MOST = 1000
"""For so many customers at most the facts are tried together."""


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "levers",
        "Say what would move a customer to the next grade, and how much it may lose.",
        "查看客户升到上一等级所需的变化，以及可承受的下降。",
    )(levers)


def levers(
    call: Call,
    book: BookArg,
    customer: Annotated[
        str | None, argument("[CUSTOMER]", "Code of a customer; else --list.", "客户编码；或使用 --list。")
    ] = None,
    run: RunOption = None,
    by: Annotated[
        Literal["grade", "owner"] | None,
        option(
            "--list", "grade|owner", "All customers, by grade or by owner.", "列出全部客户，按等级或负责人。"
        ),
    ] = None,
    facts: Annotated[
        Literal["all", "payments", "sale", "orders", "cost"] | None,
        option(
            "--facts",
            "all|payments|sale|orders|cost",
            "Also what the customer could do, graded again from the facts: pay sooner, order once more, order more "
            "often, cost less.",
            "另列客户可以怎么做，按数据重新分级得出：提前付款、再下一单、更多订单、降低成本。",
        ),
    ] = None,
    limit: Annotated[
        int, option("--limit", "N", "Rows to show; 0 shows all.", "显示的行数；0 为全部。", min=0)
    ] = 20,
    out: OutFileOption = None,
) -> None:
    """The exact distances in one metric, others standing still; nothing is stored."""
    from tierwise.movement.lever_lists import levers_of_customer, levers_of_run

    _refuse(customer, by, out, facts, limit)
    opened = call.book(book)
    if customer is not None:
        found = levers_of_customer(opened, customer, run)
    else:
        found = levers_of_run(opened, run, by=by or "grade")
    if out is not None:
        _write(call, found, out)
    behind = _facts(opened, found, facts, limit) if facts else None
    data = _data(book, found, out) | ({"facts": behind} if facts else {})
    if customer is not None:
        call.answer(data, lambda screen: _show_one(call, screen, found, behind))
    else:
        call.answer(data, lambda screen: _show_list(call, screen, found, limit, out, behind))


def _facts(book: Book, found: Listed, kind: str, limit: int) -> list[FactLever]:
    """What the customers that are shown could do."""
    from tierwise.movement.fact_levers import KINDS, fact_levers

    shown = [one.customer for one in found.customers[:limit]]
    kinds = [one for one in KINDS if kind in ("all", one)]
    return fact_levers(book, shown, kinds, found.record.run_id)


def _refuse(customer: str | None, by: str | None, out: Path | None, facts: str | None, limit: int) -> None:
    if facts and not 0 < limit <= MOST:
        raise fail(
            "levers.facts",
            "--facts is worked out for at most {most:,} customers at once: give --limit from 1 to {most:,}",
            "--facts 一次最多计算 {most:,} 个客户：请将 --limit 设为 1 至 {most:,}",
            most=MOST,
        )
    if (customer is None) == (by is None):
        raise fail(
            "levers.which",
            "name one customer, or list all with --list grade or --list owner",
            "请指定一个客户，或用 --list grade / --list owner 列出全部",
        )
    if out is not None and by is None:
        raise fail("levers.out", "--out goes with --list", "--out 须与 --list 同用")
    if out is not None:
        refuse_bad_target(out)


def _data(book: Path, found: Listed, out: Path | None) -> dict[str, Any]:
    return {
        "book": str(book),
        "run": found.record.run_id,
        "policy": found.record.policy_code,
        "as_of": found.record.as_of,
        "customers": [
            {"customer": one.customer, "grade": one.grade, "owner": found.owners.get(one.customer), "why": one.why,
             "up": [_plain(lever) for lever in one.of("up")], "keep": [_plain(lever) for lever in one.of("keep")]}
            for one in found.customers
        ],
        "out": str(out) if out else None,
    }  # fmt: skip


def _plain(lever: Lever) -> dict[str, Any]:
    return {
        "grade": lever.grade, "metric": lever.column, "criterion": lever.criterion, "before": lever.before,
        "change": lever.change, "after": lever.after, "by_run": lever.by_run,
    }  # fmt: skip


def _said(call: Call, found: Listed, lever: Lever) -> str:
    from tierwise.movement.lever_words import lever_words

    return lever_words(lever, str(found.record.settings["base_currency"]), call.lang)


def _heading(call: Call, screen: Screen, found: Listed) -> None:
    screen.heading(call.say(
        "Levers under {policy} as of {day} ({run})", "{policy} 下的升降空间，截至 {day}（{run}）",
        policy=f"{found.record.policy_code} v{found.record.policy_version}", day=found.record.as_of, run=found.record.run_id,
    ))  # fmt: skip


def _show_one(call: Call, screen: Screen, found: Listed, behind: list[FactLever] | None) -> None:
    (one,) = found.customers
    _heading(call, screen, found)
    grade = one.grade or "–"
    screen.para(
        call.say("{who} has grade {grade}.", "{who} 的等级为 {grade}。", who=one.customer, grade=grade)
    )
    ups, keeps = one.of("up"), one.of("keep")
    if ups:
        screen.para(call.say(
            "One of these reaches {grade}, others unchanged:", "其他客户不变时，以下任一变化即可达到 {grade} 级：", grade=ups[0].grade,
        ))  # fmt: skip
        for lever in ups:
            screen.para(_said(call, found, lever), indent=2, first="• ")
    else:
        screen.para(call.say("No way up: {why}.", "无法升级：{why}。", why=_why(call, one)))
    if keeps:
        screen.para(
            call.say(
                "With each of these it just keeps {grade}:",
                "以下任一变化之内仍保持 {grade} 级：",
                grade=grade,
            )
        )
        for lever in keeps:
            screen.para(_said(call, found, lever), indent=2, first="• ")
    if any(lever.by_run for lever in one.levers):
        screen.para(call.say(
            "Measured against the cut points of the run, which the change itself may shift a little.",
            "以该次运行的分界点衡量；变化本身可能使分界点略有移动。",
        ), indent=2, style="dim")  # fmt: skip
    if behind is not None:
        _show_facts(call, screen, found, behind)


def _show_facts(call: Call, screen: Screen, found: Listed, behind: list[FactLever]) -> None:
    """What would have to happen, customer by customer."""
    from tierwise.movement.lever_words import fact_words

    screen.space()
    screen.para(call.say(
        "What it could do, graded again from the facts so changed:" if len(found.customers) == 1 else
        "What they could do, each alone, graded again from the facts so changed:",
        "可以怎么做（按如此改动的数据重新分级）：",
    ))  # fmt: skip
    currency, last = str(found.record.settings["base_currency"]), None
    for lever in behind:
        if len(found.customers) > 1 and lever.customer != last:
            last = lever.customer
            screen.para(f"{lever.customer} ({lever.grade or '–'})")
        screen.para(fact_words(lever, currency, call.lang), indent=2, first="• ")


def _why(call: Call, one: Levers) -> str:
    from tierwise.movement.words import NO_LEVER, said

    return said(NO_LEVER, one.why, call.lang) or "–"


def _show_list(
    call: Call,
    screen: Screen,
    found: Listed,
    limit: int,
    out: Path | None,
    behind: list[FactLever] | None,
) -> None:
    from tierwise_cli.screen import Col

    _heading(call, screen, found)
    titles = (
        ("customer", "客户"),
        ("owner", "负责人"),
        ("grade", "等级"),
        ("next", "上一级"),
        ("reaches it", "升级所需"),
        ("keeps its grade with", "保级限度"),
    )
    heads = [Col(call.say(*t), keep=n < 4) for n, t in enumerate(titles)]
    shown = found.customers[:limit] if limit else found.customers
    screen.table(heads, [_row(call, found, one) for one in shown])
    if len(found.customers) > len(shown):
        screen.para(call.say(
            "{n:,} of {all:,}; --limit 0 shows all.", "共 {all:,} 行，显示 {n:,} 行；--limit 0 显示全部。",
            n=len(shown), all=len(found.customers),
        ))  # fmt: skip
    if behind is not None:
        _show_facts(call, screen, found, behind)
    if out is not None:
        screen.para(call.say("The rows are in {out}.", "结果已写入 {out}。", out=out))


def _row(call: Call, found: Listed, one: Levers) -> tuple[Any, ...]:
    ups, keeps = one.of("up"), one.of("keep")
    up = _said(call, found, ups[0]) if ups else _why(call, one)
    keep = _said(call, found, keeps[0]) if keeps else None
    return one.customer, found.owners.get(one.customer), one.grade, ups[0].grade if ups else None, up, keep


def _write(call: Call, found: Listed, out: Path) -> None:
    from tierwise.grading.export import Sheet, write_rows

    about = {"run": found.record.run_id, "policy": found.record.policy_code, "as_of": str(found.record.as_of)}
    write_rows(_table(found), out, Sheet(call.say("levers", "升降空间"), about, call.lang))


def _table(found: Listed) -> pa.Table:
    """One row per lever; who has none has one row that says why."""
    import pyarrow as pa

    rows = []
    for one in found.customers:
        who: dict[str, Any] = {
            "customer_id": one.customer,
            "owner": found.owners.get(one.customer),
            "grade": one.grade,
            "why": one.why,
        }
        told = [
            {
                "way": x.way,
                "reaches": x.grade,
                "metric": x.column,
                "before": x.before,
                "change": x.change,
                "after": x.after,
            }
            for way in ("up", "keep")
            for x in one.of("up" if way == "up" else "keep")
        ]
        rows += [who | lever for lever in told] or [who]
    number = pa.decimal128(38, 10)
    kinds = [(name, pa.string()) for name in ("customer_id", "owner", "grade", "way", "reaches", "metric")]
    kinds += [(name, number) for name in ("before", "change", "after")]
    return pa.Table.from_pylist(rows, pa.schema([*kinds, ("why", pa.string())]))
