"""``tierwise policy use``, ``in-use`` and ``drop``: which policies a book has in use, and which lead service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, PolicyArg, argument, flag, policy_code
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.movement.in_use import InUse, Used
    from tierwise_cli.screen import Screen

CodeArg = Annotated[
    str, argument("CODE", "Code of a policy in use, or its file.", "在用策略的代码或其文件。")
]  # fmt: skip


def join(policy: typer.Typer) -> None:
    """Adds the commands of this file to the group of policies."""
    command(policy, "use", "Put a policy into use in a book.", "在账簿中启用策略。", writes=True)(use)
    command(
        policy,
        "in-use",
        "List the policies in use; one per kind of customer leads service.",
        "列出在用策略，每类客户由其中一个主导服务。",
    )(list_)
    command(policy, "drop", "Take a policy out of use.", "停用策略。", writes=True)(drop)


def _data(one: InUse) -> dict[str, Any]:
    return {
        "code": one.code,
        "version": one.version,
        "fingerprint": one.fingerprint,
        "kinds": sorted(one.kinds),
        "leading": one.leading,
        "since": one.since,
        "by": one.by,
    }


def use(
    call: Call,
    book: BookArg,
    policy: PolicyArg,
    leading: Annotated[
        bool,
        flag("--leading", "Its grades decide treatment from now on.", "自此由其等级决定服务。"),
    ] = False,
) -> None:
    """Puts a policy into use; the first one of a kind of customer leads service, later ones only with ``--leading``."""
    from tierwise.movement.in_use import in_use, use_policy
    from tierwise.policy.load import load_policy

    document = load_policy(policy)
    opened = call.book(book)
    done = use_policy(opened, document, lead=leading, actor=call.actor, at=call.at)
    found = in_use(opened)
    data = {
        "book": str(book),
        "policy": _data(done.now),
        "changed": done.changed,
        "replaced": _data(done.replaced) if done.replaced else None,
        "led_before": [one.code for one in done.led_before],
        "in_use": [_data(one) for one in found],
    }

    def page(screen: Screen) -> None:
        _show_used(call, screen, done)
        screen.space()
        _table(call, screen, found, opened.current().settings.zone)
        if len(found) > 1:
            line = f"tierwise compare {quoted(book)} --as-of DATE"
            screen.steps([(line, call.say("two policies side by side", "两个策略并列比较"))])

    call.answer(data, page)


def _show_used(call: Call, screen: Screen, done: Used) -> None:
    name = f"{done.now.code} v{done.now.version}"
    if not done.changed:
        screen.para(
            call.say("{name} is in use already; nothing changed.", "{name} 已在用，无变化。", name=name)
        )
    elif done.replaced is not None:
        screen.para(call.say(
            "{name} takes the place of {code} v{version} ({mark}).", "{name} 取代 {code} v{version}（{mark}）。",
            name=name, code=done.replaced.code, version=done.replaced.version, mark=_mark(done.replaced),
        ))  # fmt: skip
    else:
        screen.para(call.say("{name} is in use.", "{name} 已启用。", name=name))
    if done.led_before:
        codes = ", ".join(one.code for one in done.led_before)
        screen.para(call.say(
            "It leads service from now on; {codes} led until now.", "自此由其主导服务；此前为 {codes}。", codes=codes
        ))  # fmt: skip


def _mark(one: InUse) -> str:
    from tierwise.movement.in_use import SHORT

    return one.fingerprint[:SHORT]


def list_(call: Call, book: BookArg) -> None:
    """Lists the policies in use, the leading ones first."""
    from tierwise.movement.in_use import entries, in_use

    opened = call.book(book)
    found = in_use(opened)
    history = [
        {
            "event": e.event,
            "code": e.code,
            "version": e.version,
            "fingerprint": e.fingerprint,
            "by": e.actor,
            "at": e.at,
        }
        for e in entries(opened)
    ]

    def page(screen: Screen) -> None:
        if found:
            _table(call, screen, found, opened.current().settings.zone)
            return
        screen.para(call.say("No policy is in use.", "尚无在用策略。"))
        screen.steps([
            ("tierwise policy list", call.say("which policies there are", "有哪些策略")),
            (f"tierwise policy use {quoted(book)} abc_sales", call.say("put one into use; it leads service", "启用一个策略，由其主导服务")),
        ])  # fmt: skip

    call.answer({"book": str(book), "in_use": [_data(one) for one in found], "history": history}, page)


def _led(call: Call, one: InUse) -> str | None:
    from tierwise.movement.in_use import named

    return named(one.kinds).in_lang(call.lang) if one.leading else None


def _table(call: Call, screen: Screen, found: list[InUse], zone: Any) -> None:
    from tierwise_cli.screen import Col

    heads = [
        Col(call.say("policy", "策略"), keep=True),
        Col(call.say("fingerprint", "指纹"), keep=True),
        Col(call.say("leads service of", "主导服务"), keep=True),
        Col(call.say("since", "启用时间"), keep=True),
        Col(call.say("by", "操作人")),
    ]
    rows = [
        (f"{o.code} v{o.version}", _mark(o), _led(call, o), o.since.astimezone(zone), o.by) for o in found
    ]
    screen.table(heads, rows)


def drop(call: Call, book: BookArg, code: CodeArg) -> None:
    """Takes a policy out of use; its runs stay."""
    from tierwise.movement.in_use import drop_policy, in_use, named

    opened = call.book(book)
    done = drop_policy(opened, policy_code(code) or "", actor=call.actor, at=call.at)
    found = in_use(opened)
    data = {"book": str(book), "dropped": _data(done), "in_use": [_data(one) for one in found]}

    def page(screen: Screen) -> None:
        screen.para(
            call.say(
                "{code} is no longer in use; its runs stay.",
                "{code} 已停用，其分级运行保留。",
                code=done.code,
            )
        )
        if not found:
            screen.para(
                call.say(
                    "No policy is in use now, and none leads service.", "现无在用策略，也无主导服务的策略。"
                )
            )
        elif done.leading:
            line = f"tierwise policy use {quoted(book)} POLICY --leading"
            kinds = named(done.kinds).in_lang(call.lang)
            screen.para(call.say(
                "Nobody leads service for customers of kind {kinds} now.", "现无策略主导{kinds}的服务。", kinds=kinds
            ))  # fmt: skip
            screen.steps([(line, call.say("say which policy leads service", "指定主导服务的策略"))])

    call.answer(data, page)
