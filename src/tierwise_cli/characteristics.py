"""``tierwise characteristics``: what facts show of key accounts, corrected by people with a reason."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command, group
from tierwise_cli.options import BookArg, argument, day, flag, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from tierwise.movement.characteristics import Correction
    from tierwise_cli.screen import Screen

CustomerArg = Annotated[str, argument("CUSTOMER", "Code of a customer.", "客户编码。")]
ItemArg = Annotated[str, argument("ITEM", "kc_02, kc_05, kc_08 or kc_09.", "kc_02、kc_05、kc_08 或 kc_09。")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    characteristics = group(
        "characteristics",
        "Characteristics of key accounts that people corrected.",
        "由人更正的重点客户特征。",
    )
    command(
        characteristics,
        "correct",
        "Say that a characteristic is met or not, against what facts show.",
        "更正一项特征：符合或不符合。",
        writes=True,
    )(correct)
    command(
        characteristics, "withdraw", "Let the facts speak again.", "撤销更正，恢复数据所示。", writes=True
    )(withdraw)
    command(characteristics, "list", "List the corrections that hold on a day.", "列出某日有效的更正。")(
        list_
    )
    app.add_typer(characteristics, name="characteristics")


def correct(
    call: Call,
    book: BookArg,
    customer: CustomerArg,
    item: ItemArg,
    reason: Annotated[str, option("--reason", "TEXT", "Why, in words.", "原因。")],
    unmet: Annotated[bool, flag("--not-met", "It is not met; else it is.", "不符合；缺省为符合。")] = False,
    on: Annotated[
        date | None,
        option("--on", "DATE", "From this day on; today by default.", "起始日；缺省为今天。", parser=day),
    ] = None,
    until: Annotated[
        date | None,
        option(
            "--until", "DATE", "Last day; twelve months by default.", "末日；缺省为十二个月。", parser=day
        ),
    ] = None,
) -> None:
    """The next runs that see the day use it, and explanations name who corrected it, when and why."""
    from tierwise.movement import characteristics

    opened = call.book(book)
    said = characteristics.Correction(
        customer, item, not unmet, reason, call.actor, on or call.today(opened), until
    )
    version = characteristics.correct(opened, said, actor=call.actor, at=call.at)
    data = {"book": str(book), "version": version, "correction": _data(said)}

    def page(screen: Screen) -> None:
        screen.para(call.say("Corrected, from {day} on:", "已更正，自 {day} 起：", day=said.on))
        _show(call, screen, [said])
        screen.steps([(f"tierwise characteristics list {quoted(book)}", call.say("all of them", "全部更正"))])

    call.answer(data, page)


def withdraw(call: Call, book: BookArg, customer: CustomerArg, item: ItemArg) -> None:
    """Ends the correction in force. Stored runs keep what they saw."""
    from tierwise.movement import characteristics

    ended = characteristics.withdraw(call.book(book), customer, item, actor=call.actor, at=call.at)
    call.answer(
        {"book": str(book), "withdrawn": _data(ended)},
        lambda screen: screen.para(
            call.say(
                "{item} of {customer}: facts speak again.", "{customer} 的 {item}：恢复数据所示。",
                item=item, customer=customer,
            )
        ),
    )  # fmt: skip


def list_(
    call: Call,
    book: BookArg,
    as_of: Annotated[
        date | None,
        option("--as-of", "DATE", "Of this day; today by default.", "截止日期；缺省为今天。", parser=day),
    ] = None,
) -> None:
    """Customer, characteristic, what was said, why and by whom."""
    from tierwise.movement.characteristics import corrections

    opened = call.book(book)
    found = corrections(opened, as_of or call.today(opened))
    data = {"book": str(book), "corrections": [_data(one) for one in found]}
    call.answer(data, lambda screen: _page(call, screen, book, found))


def _page(call: Call, screen: Screen, book: Path, found: list[Correction]) -> None:
    if not found:
        screen.para(call.say("Nothing is corrected.", "没有更正。"))
        line = f"tierwise characteristics correct {quoted(book)} CUSTOMER kc_05 --reason WHY"
        screen.steps([(line, call.say("correct one", "更正一项特征"))])
        return
    _show(call, screen, found)


def _show(call: Call, screen: Screen, found: list[Correction]) -> None:
    from tierwise.policy.judged import CHARACTERISTICS
    from tierwise_cli.screen import Col

    titles = (
        ("customer", "客户"),
        ("characteristic", "特征"),
        ("is", "结论"),
        ("why", "原因"),
        ("by", "更正人"),
        ("from", "起"),
        ("until", "止"),
    )
    heads = [Col(call.say(*t), keep=n == 0) for n, t in enumerate(titles)]
    screen.table(heads, [
        (c.customer, CHARACTERISTICS[c.item].in_lang(call.lang),
         call.say("met", "符合") if c.met else call.say("not met", "不符合"), c.reason, c.by, c.on, c.until)
        for c in found
    ])  # fmt: skip


def _data(one: Correction) -> dict[str, Any]:
    return {
        "customer": one.customer, "item": one.item, "met": one.met, "reason": one.reason, "by": one.by,
        "from": one.on, "until": one.until,
    }  # fmt: skip
