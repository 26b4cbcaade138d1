"""``tierwise lists``: rising stars, silent risers and fallers, near a cut, lost and regained customers, with their owners."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, OutFileOption, RunOption, argument, option, refuse_bad_target
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.insight.lists.model import Entry, Listed
    from tierwise_cli.screen import Screen

NAMES = "rising, risers, fallers, silent-churn, near-cut, lost, regained"


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "lists",
        "List customers to look at, each with its owner, why, and what is at stake.",
        "列出需要关注的客户：负责人、原因与涉及金额。",
    )(lists)


def money(text: str) -> Decimal:
    """An amount. **Raises** ``typer.BadParameter`` for any other text."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text} is not an amount; write it as 10000") from None
    if not found.is_finite():
        raise typer.BadParameter(f"{text} is not an amount; write it as 10000")
    return found


def lists(
    call: Call,
    book: BookArg,
    name: Annotated[
        str | None,
        argument(
            "[LIST]",
            f"One of {NAMES}.",
            "rising、risers、fallers、silent-churn、near-cut、lost、regained 之一。",
        ),
    ] = None,
    run: RunOption = None,
    owner: Annotated[str | None, option("--owner", "NAME", "Only of this owner.", "仅此负责人。")] = None,
    grade: Annotated[str | None, option("--grade", "GRADE", "Only of this grade.", "仅此等级。")] = None,
    region: Annotated[str | None, option("--region", "NAME", "Only of this region.", "仅此区域。")] = None,
    segment: Annotated[str | None, option("--segment", "NAME", "Only of this segment.", "仅此细分。")] = None,
    least: Annotated[
        Decimal | None,
        option(
            "--least", "AMOUNT", "Only where so much is at stake.", "仅涉及金额不低于此数者。", parser=money
        ),
    ] = None,
    limit: Annotated[
        int, option("--limit", "N", "Rows to show; 0 shows all.", "显示的行数；0 为全部。", min=0)
    ] = 20,
    out: OutFileOption = None,
) -> None:
    """As of the day of a run: of the last published one, else of the latest. Without a name it says which lists there are."""
    from tierwise.insight.lists.gather import Only, list_of

    if out is not None:
        refuse_bad_target(out)
    if name is None:
        if any(said is not None for said in (run, owner, grade, region, segment, least, out)):
            raise fail("lists.which", "say which list: {known}", "请指明名单：{known}", known=NAMES)
        _overview(call, book)
        return
    only = Only(owner, grade, region, segment, least)
    found = list_of(call.book(book), name, run, only)
    if out is not None:
        _write(call, found, out)
    call.answer(_data(call, book, found, out), lambda screen: _show(call, screen, found, limit, out))


def _overview(call: Call, book: Path) -> None:
    from tierwise.insight.lists.rules import LISTS

    data = [
        {"list": rule.code, "title": rule.title, "about": rule.about, "at_stake": rule.stake}
        for rule in LISTS.values()
    ]

    def page(screen: Screen) -> None:
        for rule in LISTS.values():
            screen.heading(f"{rule.code}  {rule.title.in_lang(call.lang)}")
            screen.para(rule.about.in_lang(call.lang), indent=2)
        screen.steps([(f"tierwise lists {quoted(book)} rising", call.say("one of them", "查看其中之一"))])

    call.answer({"book": str(book), "lists": data}, page)


def _data(call: Call, book: Path, found: Listed, out: Path | None) -> dict[str, Any]:
    return {
        "book": str(book),
        "list": found.rule.code,
        "title": found.rule.title,
        "run": found.record.run_id,
        "as_of": found.record.as_of,
        "policy": found.record.policy_code,
        "grades": "effective" if found.published else "computed",
        "stake": found.rule.stake,
        "at_stake": found.at_stake,
        "customers": [_entry(call, found, entry) for entry in found.entries],
        "out": str(out) if out else None,
    }


def _entry(call: Call, found: Listed, entry: Entry) -> dict[str, Any]:
    return {
        "customer": entry.customer, "name": entry.name, "owner": entry.owner, "region": entry.region,
        "segment": entry.segment, "grade": entry.grade, "at_stake": entry.at_stake,
        "why": _why(call, found, entry), "reasons": [why.code for why in entry.why],
    }  # fmt: skip


def _why(call: Call, found: Listed, entry: Entry) -> str:
    from tierwise.insight.lists.words import said

    currency = str(found.record.settings["base_currency"])
    return call.say("; ", "；").join(said(why, call.lang, currency) for why in entry.why)


def _show(call: Call, screen: Screen, found: Listed, limit: int, out: Path | None) -> None:
    from tierwise_cli.screen import Col, number

    rule, record = found.rule, found.record
    screen.heading(call.say(
        "{title} as of {day} ({run})", "{title}，截至 {day}（{run}）",
        title=rule.title.in_lang(call.lang), day=record.as_of, run=record.run_id,
    ))  # fmt: skip
    screen.para(rule.about.in_lang(call.lang))
    if not found.entries:
        screen.para(call.say("Nobody.", "无。"))
        return
    screen.space()
    titles = (
        ("customer", "客户"),
        ("name", "名称"),
        ("owner", "负责人"),
        ("grade", "等级"),
        ("at stake", "涉及金额"),
        ("why", "原因"),
    )
    heads = [Col(call.say(*t), "right" if n == 4 else "left", keep=n == 0) for n, t in enumerate(titles)]
    shown = found.entries[:limit] if limit else found.entries
    screen.table(heads, [
        (e.customer, e.name, e.owner, e.grade, None if e.at_stake is None else number(e.at_stake, 0), _why(call, found, e))
        for e in shown
    ])  # fmt: skip
    screen.para(call.say(
        "{n:,} {n#customer|customers}; at stake: {stake}, {sum} together.", "共 {n:,} 家；涉及金额：{stake}，合计 {sum}。",
        n=len(found.entries), stake=rule.stake.in_lang(call.lang), sum=number(found.at_stake, 0),
    ))  # fmt: skip
    if len(shown) < len(found.entries):
        screen.para(
            call.say(
                "{n:,} shown; --limit 0 shows all, --out FILE writes them.",
                "显示 {n:,} 家；--limit 0 显示全部，--out 文件 可导出。",
                n=len(shown),
            )
        )
    if out is not None:
        screen.para(call.say("The list is in {out}.", "名单已写入 {out}。", out=out))


def _write(call: Call, found: Listed, out: Path) -> None:
    from tierwise.grading.export import Sheet, write_rows

    about = {
        "list": found.rule.code,
        "run": found.record.run_id,
        "policy": found.record.policy_code,
        "as_of": found.record.as_of.isoformat(),
        "at_stake": found.rule.stake.in_lang(call.lang),
    }
    write_rows(_table(call, found), out, Sheet(found.rule.title.in_lang(call.lang), about, call.lang))


def _table(call: Call, found: Listed) -> pa.Table:
    import pyarrow as pa

    texts = ("customer", "name", "owner", "region", "segment", "grade", "why")
    schema = pa.schema([*((name, pa.string()) for name in texts), ("at_stake", pa.decimal128(38, 4))])
    rows = [_entry(call, found, entry) for entry in found.entries]
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
