"""``tierwise levers``: what would bring a customer to the next grade, and how much it may lose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, OutFileOption, RunOption, argument, flag, option, refuse_bad_target

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.movement.lever_lists import Listed
    from tierwise.movement.levers import Lever, Levers
    from tierwise.movement.payment_lever import PaymentLever
    from tierwise_cli.screen import Screen


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
    payments: Annotated[
        bool,
        flag(
            "--payments",
            "Also: how many days sooner payment would do, graded again from the facts.",
            "另算：付款提前多少天可升级，按数据重新分级得出。",
        ),
    ] = False,
    limit: Annotated[
        int, option("--limit", "N", "Rows to show; 0 shows all.", "显示的行数；0 为全部。", min=0)
    ] = 20,
    out: OutFileOption = None,
) -> None:
    """The exact distances in one metric, others standing still; nothing is stored."""
    from tierwise.movement.lever_lists import levers_of_customer, levers_of_run
    from tierwise.movement.payment_lever import days_sooner

    _refuse(customer, by, out, payments)
    opened = call.book(book)
    if customer is not None and payments:
        sooner = days_sooner(opened, customer, run)
        found = levers_of_customer(opened, customer, run)
        call.answer(
            _data(book, found, None) | {"payments": sooner},
            lambda screen: _show_payments(call, screen, found, sooner),
        )
        return
    if customer is not None:
        found = levers_of_customer(opened, customer, run)
        call.answer(_data(book, found, None), lambda screen: _show_one(call, screen, found))
        return
    found = levers_of_run(opened, run, by=by or "grade")
    if out is not None:
        _write(call, found, out)
    call.answer(_data(book, found, out), lambda screen: _show_list(call, screen, found, limit, out))


def _refuse(customer: str | None, by: str | None, out: Path | None, payments: bool) -> None:
    if payments and customer is None:
        raise fail("levers.payments", "--payments goes with one customer", "--payments 须指定一个客户")
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


def _show_one(call: Call, screen: Screen, found: Listed) -> None:
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


def _show_payments(call: Call, screen: Screen, found: Listed, sooner: PaymentLever) -> None:
    """The levers of one customer, and what sooner payment would do."""
    from tierwise.movement.words import NO_PAYMENT_LEVER

    _show_one(call, screen, found)
    if sooner.days is None:
        why = NO_PAYMENT_LEVER[str(sooner.why)].in_lang(call.lang)
        screen.para(
            call.say("Sooner payment brings no better grade: {why}.", "提前付款不能升级：{why}。", why=why)
        )
        return
    screen.para(call.say(
        "{days} {days#day|days} sooner payment reaches {grade}: each of the {late} late payments so many days sooner, though "
        "not before it was due; with one day less it does not.",
        "付款提前 {days} 天即可达到 {grade} 级：{late} 笔逾期付款各提前这些天（不早于到期日）；少一天则达不到。",
        days=sooner.days, grade=sooner.reaches, late=sooner.late,
    ))  # fmt: skip


def _why(call: Call, one: Levers) -> str:
    from tierwise.movement.words import NO_LEVER, said

    return said(NO_LEVER, one.why, call.lang) or "–"


def _show_list(call: Call, screen: Screen, found: Listed, limit: int, out: Path | None) -> None:
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
