"""``tierwise doctor``: what is installed, what works, and what to do about the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import FAILED, Call
from tierwise_cli.command import command
from tierwise_cli.options import option

if TYPE_CHECKING:
    from tierwise.doctor.findings import Finding
    from tierwise_cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "doctor",
        "Say what is installed, what works, and what to do about the rest.",
        "检查安装情况：哪些可用，其余如何处理。",
    )(doctor)


def doctor(
    call: Call,
    spark: Annotated[
        str | None,
        option(
            "--spark",
            "URL",
            "The Spark to try: a master or a Spark Connect server; else one in this process.",
            "要试用的 Spark：主节点或 Spark Connect 服务器；缺省为本进程内。",
        ),
    ] = None,
) -> None:
    """Looks and tries; exit code 1 if something that everything needs does not work."""
    from tierwise.doctor.examine import examine

    found = examine(spark)
    data = [_data(call, finding) for finding in found]
    call.answer({"findings": data}, lambda screen: _show(call, screen, found))
    if any(finding.needed and finding.state != "works" for finding in found):
        raise typer.Exit(FAILED)


def _data(call: Call, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "subject": finding.subject.in_lang(call.lang),
        "state": finding.state,
        "found": finding.found,
        "advice": finding.advice.in_lang(call.lang) if finding.advice else None,
    }


def _show(call: Call, screen: Screen, found: list[Finding]) -> None:
    from tierwise_cli.screen import Col

    words = {
        "works": call.say("works", "可用"),
        "absent": call.say("not there", "未安装"),
        "broken": call.say("does not work", "不可用"),
    }
    heads = [
        Col(call.say("what", "项目"), keep=True),
        Col(call.say("state", "状态"), keep=True),
        Col(call.say("found", "发现")),
    ]
    screen.table(heads, [(f.subject.in_lang(call.lang), words[f.state], f.found or " ") for f in found])
    for finding in found:
        if finding.advice is not None:
            screen.para(
                f"{finding.subject.in_lang(call.lang)}: {finding.advice.in_lang(call.lang)}",
                indent=2,
                first="! ",
            )
