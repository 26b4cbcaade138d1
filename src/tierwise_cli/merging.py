"""``tierwise duplicates``, ``merge``, ``unmerge``, ``merges`` and ``not-same``: customers that stand under two codes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, argument, day, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.merging.deciding import Merge
    from tierwise.merging.model import Clue, Pair
    from tierwise_cli.screen import Screen

SHOWN = 20
"""Pairs that fit a screen; ``--json`` gives all."""
Reason = Annotated[str, option("--reason", "TEXT", "Why, in words.", "原因。")]
MergedArg = Annotated[str, argument("MERGED", "Code that goes on in another.", "被合并客户的编码。")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(app, "duplicates", "Name customers that may be one, with why.", "列出疑似重复的客户及理由。")(
        duplicates
    )
    command(
        app,
        "merge",
        "Let a customer go on in another; no row is rewritten.",
        "将一个客户并入另一个；不改写任何数据行。",
        writes=True,
    )(merge)
    command(
        app, "unmerge", "Take a merge back: they are two again.", "撤销合并，恢复为两家客户。", writes=True
    )(unmerge)
    command(app, "merges", "List the merges that hold.", "列出现有的合并。")(list_)
    command(
        app,
        "not-same",
        "Say that two customers only look alike.",
        "确认两家客户并非同一客户。",
        writes=True,
    )(not_same)


def duplicates(
    call: Call,
    book: BookArg,
    as_of: Annotated[
        date | None,
        option("--as-of", "DATE", "As of this day; today by default.", "截止日期；缺省为今天。", parser=day),
    ] = None,
    least: Annotated[
        int, option("--least", "N", "Only pairs with this score or more.", "仅列出达到此分数的客户对。")
    ] = 0,
) -> None:
    """Names pairs by credit code, name, phone, e-mail and near names, the likeliest first."""
    from tierwise.merging.candidates import candidates

    opened = call.book(book)
    found = [pair for pair in candidates(opened, as_of or call.today(opened)) if pair.score >= least]
    data = {"book": str(book), "pairs": [_pair_data(pair) for pair in found]}

    def page(screen: Screen) -> None:
        if not found:
            screen.para(call.say("No two customers look alike.", "没有疑似重复的客户。"))
            return
        _show_pairs(call, screen, found)
        first, second = found[0].codes
        place = quoted(book)
        screen.steps([
            (f"tierwise merge {place} {quoted(second)} --into {quoted(first)} --reason WHY", call.say("they are one", "确为同一客户")),
            (f"tierwise not-same {place} {quoted(first)} {quoted(second)} --reason WHY", call.say("they are two", "并非同一客户")),
        ])  # fmt: skip

    call.answer(data, page)


def _pair_data(pair: Pair) -> dict[str, Any]:
    sides = [{"code": one.code, "name": one.name, "credit_code": one.credit_code or None}
             for one in (pair.first, pair.second)]  # fmt: skip
    clues = [{"kind": clue.kind, "value": clue.value, "worth": clue.worth} for clue in pair.clues]
    return {"first": sides[0], "second": sides[1], "score": pair.score, "clues": clues}


def _show_pairs(call: Call, screen: Screen, found: list[Pair]) -> None:
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("score", "分数"), "right", keep=True),
        Col(call.say("customer", "客户"), keep=True),
        Col(call.say("name", "名称")),
        Col(call.say("may be", "疑似同为"), keep=True),
        Col(call.say("name", "名称")),
        Col(call.say("because", "理由"), least=12),
    ]
    screen.table(heads, [
        (pair.score, pair.first.code, pair.first.name, pair.second.code, pair.second.name, _because(call, pair.clues))
        for pair in found[:SHOWN]
    ])  # fmt: skip
    more = len(found) - SHOWN
    if more > 0:
        screen.para(call.say("{n} more; --json gives all.", "另有 {n} 对；--json 给出全部。", n=more))


def _because(call: Call, clues: tuple[Clue, ...]) -> str:
    from tierwise.merging.model import CLUES

    words = dict.fromkeys(CLUES[clue.kind].in_lang(call.lang) for clue in clues)
    return ("；" if call.lang == "zh" else "; ").join(words)


def merge(
    call: Call,
    book: BookArg,
    merged: MergedArg,
    into: Annotated[str, option("--into", "SURVIVOR", "Code that speaks for both.", "保留客户的编码。")],
    reason: Reason,
    since: Annotated[
        date | None,
        option(
            "--from",
            "DATE",
            "From this day on; else as if they had always been one.",
            "自该日起；缺省视为一直是同一客户。",
            parser=day,
        ),
    ] = None,
) -> None:
    """The next run grades the survivor with the facts of both; runs that were made stay as they are."""
    from tierwise.merging import deciding

    made = deciding.merge(
        call.book(book), merged, into, reason=reason, since=since, actor=call.actor, at=call.at
    )
    call.answer(
        {"book": str(book), "merge": _data(made)},
        lambda screen: screen.para(
            call.say(
                "{merged} goes on in {survivor}; it takes effect with the next run. `tierwise unmerge` takes it back.",
                "{merged} 已并入 {survivor}，自下次运行起生效。可用 `tierwise unmerge` 撤销。",
                merged=made.merged,
                survivor=made.survivor,
            )
        ),
    )


def unmerge(call: Call, book: BookArg, merged: MergedArg, reason: Reason) -> None:
    """The next run grades both by themselves again."""
    from tierwise.merging import deciding

    ended = deciding.unmerge(call.book(book), merged, reason=reason, actor=call.actor, at=call.at)
    call.answer(
        {"book": str(book), "unmerged": _data(ended)},
        lambda screen: screen.para(
            call.say(
                "{merged} and {survivor} are two customers again, from the next run on.",
                "自下次运行起，{merged} 与 {survivor} 恢复为两家客户。",
                merged=ended.merged,
                survivor=ended.survivor,
            )
        ),
    )


def list_(call: Call, book: BookArg) -> None:
    """Lists merged customers with their survivors, why, and from when."""
    from tierwise.merging.deciding import merges

    found = merges(call.book(book))

    def page(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        if not found:
            screen.para(call.say("No customer is merged into another.", "没有被合并的客户。"))
            return
        heads = [
            Col(call.say("merged", "被合并客户"), keep=True),
            Col(call.say("into", "并入"), keep=True),
            Col(call.say("from", "起"), keep=True),
            Col(call.say("why", "原因")),
        ]
        screen.table(heads, [(one.merged, one.survivor, _since(call, one), one.reason) for one in found])

    call.answer({"book": str(book), "merges": [_data(one) for one in found]}, page)


def _since(call: Call, one: Merge) -> str:
    from tierwise.merging.deciding import ALWAYS

    return call.say("always", "一直") if one.since == ALWAYS else one.since.isoformat()


def _data(one: Merge) -> dict[str, Any]:
    return {"merged": one.merged, "survivor": one.survivor, "reason": one.reason, "from": one.since}


def not_same(
    call: Call,
    book: BookArg,
    one: Annotated[str, argument("CUSTOMER", "Code of a customer.", "客户编码。")],
    other: Annotated[str, argument("OTHER", "Code of the other.", "另一客户的编码。")],
    reason: Reason,
) -> None:
    """They are proposed as duplicates no more."""
    from tierwise.merging.deciding import keep_apart

    first, second = keep_apart(call.book(book), one, other, reason=reason, actor=call.actor, at=call.at)
    call.answer(
        {"book": str(book), "first": first, "second": second},
        lambda screen: screen.para(
            call.say(
                "{first} and {second} are two customers and are proposed no more.",
                "{first} 与 {second} 并非同一客户，不再提示。",
                first=first,
                second=second,
            )
        ),
    )
