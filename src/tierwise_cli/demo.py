"""``tierwise demo``: a sample company, imported, graded and shown."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import flag, option

if TYPE_CHECKING:
    from tierwise_cli.screen import Screen

SHOWS = "tierwise.shows"
"""Entry points that show the sample company: functions of its book and a language that return at Ctrl-C."""


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "demo",
        "Build a sample company, grade it and show the result.",
        "生成示例企业，分级并展示结果。",
        writes=True,
    )(demo)


def demo(
    call: Call,
    dir_: Annotated[Path, option("--dir", "FOLDER", "Where to build it.", "生成的位置。")] = Path(
        "tierwise-demo"
    ),
    customers: Annotated[int, option("--customers", "N", "How many customers.", "客户数量。", min=1)] = 2400,
    seed: Annotated[
        int,
        option("--seed", "S", "The same seed gives the same company.", "相同的种子生成相同的企业。"),
    ] = 1,
    no_serve: Annotated[bool, flag("--no-serve", "Only write the files.", "只生成文件。")] = False,
) -> None:
    """Writes the company's files, imports them, grades the last month ends and shows the company."""
    from tierwise.demo.run import run_demo

    with call.progress() as progress:
        result = run_demo(dir_, customers, seed, at=call.at, actor=call.actor, progress=progress)

    def page(screen: Screen) -> None:
        for line in result.summary(call.lang):
            screen.raw(line)

    data = {
        "folder": str(dir_),
        "report": str(result.report_path),
        "book": str(result.book.path),
        "runs": [record.run_id for record in result.runs],
        "summary": result.summary(call.lang),
    }
    call.answer(data, page)
    if not no_serve and not call.json:
        _show(call, dir_, result.book.path)


def _show(call: Call, folder: Path, book: Path) -> None:
    """Ends in the web application where it is installed, else in the report, until Ctrl-C."""
    from importlib.metadata import entry_points

    for point in entry_points(group=SHOWS):
        point.load()(book, lang=call.lang)
        return
    _serve_report(call, folder)


def _serve_report(call: Call, folder: Path) -> None:
    """Shows the report in a browser, from this machine to this machine."""
    import webbrowser

    from tierwise.demo.serve import serve

    with serve(folder) as server:
        said = call.say(
            "The report is at {url}; Ctrl-C ends.", "报告地址 {url}；按 Ctrl-C 结束。", url=server.url
        )
        typer.echo(f"\n{said}")
        webbrowser.open(server.url)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    call.session.interrupted = False
