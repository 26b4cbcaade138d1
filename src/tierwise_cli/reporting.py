"""``tierwise report``: concentration, effort and effect, and who needs a look, as a page, a workbook or a print."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import AsOf, BookArg, day, flag, option, refuse_bad_target

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.insight.selections import Selections
    from tierwise.policy.model import Policy
    from tierwise.report.day.model import Report
    from tierwise_cli.screen import Screen

ENDINGS = (".html", ".xlsx", ".pdf")


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "report",
        "Report on a day: concentration, grades, effort and effect, lists.",
        "生成某日的报告：集中度、等级、投入与成效、关注名单。",
    )(report)


def report(
    call: Call,
    book: BookArg,
    as_of: AsOf,
    out: Annotated[
        Path,
        option("--out", "FILE", "File to write: .html, .xlsx or .pdf.", "输出文件：.html、.xlsx 或 .pdf。"),
    ],
    policy: Annotated[
        str | None,
        option(
            "--policy",
            "POLICY",
            "Grade by this policy for the report; nothing is stored.",
            "按此策略为报告试算等级，不保存。",
        ),
    ] = None,
    run: Annotated[
        str | None,
        option(
            "--run",
            "RUN",
            "Take the grades of this run; else of the published one of the day, else of its latest.",
            "采用此次运行的等级；缺省为当日已发布者，再取当日最近一次。",
        ),
    ] = None,
    since: Annotated[
        date | None,
        option(
            "--since",
            "DATE",
            "First day of the later half-year; else six months back.",
            "后半年的首日；缺省为最近六个月。",
            parser=lambda text: text if isinstance(text, date) else day(text),
        ),
    ] = None,
    selections: Annotated[
        bool,
        flag(
            "--selections",
            "Also set the top class, the quality set and the key account proposals beside each other.",
            "同时对照最高等级、优质客户与重点客户建议三种选择。",
        ),
    ] = False,
) -> None:
    """Writes the report; grades come from a run of the day, or from a policy that is tried for it."""
    from tierwise.report.day.build import build
    from tierwise.report.day.facts import gather
    from tierwise.report.day.writing import write

    _refuse(out, policy, run)
    opened = call.book(book)
    with call.progress() as progress:
        graded = _tried(call, opened, policy, as_of, progress) if policy else _stored(opened, run, as_of)
        progress("report")
        chosen = _selections(call, opened, as_of, progress) if selections else None
        made = build(gather(opened, as_of, graded, since=since), chosen)
        write(made, out, call.lang)
    data = {
        "book": str(book),
        "as_of": as_of,
        "out": str(out),
        "run": graded[0].run_id if graded else None,
        "headlines": {one.title.en: one.value.in_lang(call.lang) for one in made.headlines},
        "panels": [
            {"code": panel.code, "missing": [one.why.in_lang(call.lang) for one in panel.missing]}
            for panel in made.panels
        ],
    }
    call.answer(data, lambda screen: _show(call, screen, made, out))


def _refuse(out: Path, policy: str | None, run: str | None) -> None:
    """Refuses before anything is computed what would fail at the end."""
    if policy is not None and run is not None:
        raise fail(
            "report.policy-and-run", "give --policy or --run, not both", "--policy 与 --run 只能给出一个"
        )
    refuse_bad_target(out, ENDINGS)


def _tried(
    call: Call, book: Book, policy: str, as_of: date, progress: Any
) -> tuple[RunRecord, Policy, pa.Table]:
    from tierwise.grading.run import grade_book
    from tierwise.policy.load import load_policy

    document = load_policy(policy)
    made = grade_book(book, document, as_of, actor=call.actor, at=call.at, dry_run=True, progress=progress)
    return made.record, document.policy, made.results


def _selections(call: Call, book: Book, as_of: date, progress: Any) -> Selections:
    """The three selections by the shipped policies, tried for the report."""
    from tierwise.insight.selections import SHIPPED, select
    from tierwise.policy.load import load_policy

    asked = {name: load_policy(policy) for name, policy in SHIPPED.items()}
    return select(book, as_of, asked, actor=call.actor, at=call.at, progress=progress)


def _stored(book: Book, run: str | None, as_of: date) -> tuple[RunRecord, Policy, pa.Table] | None:
    """The named run, else the published one of the day, else the latest of the day; ``None`` if there is none."""
    from tierwise.grading.run import find_run, list_runs, read_results
    from tierwise.movement.review import ever_published
    from tierwise.policy.load import parse_policy

    if run is None:
        published = ever_published(book)
        of_day = [record for record in list_runs(book) if record.as_of == as_of]
        in_force = [record for record in of_day if record.run_id in published]
        found = in_force or of_day
        record = found[-1] if found else None
    else:
        record = find_run(book, None if run == "latest" else run)
    if record is None:
        return None
    return record, parse_policy(record.policy_text, f"{record.run_id}: policy"), read_results(book, record)


def _show(call: Call, screen: Screen, made: Report, out: Path) -> None:
    screen.heading(made.title.in_lang(call.lang))
    screen.para(made.subtitle.in_lang(call.lang))
    screen.pairs([(one.title.in_lang(call.lang), one.value.in_lang(call.lang)) for one in made.headlines])
    empty = {one.why.in_lang(call.lang): one.table or one.command for p in made.panels for one in p.missing}
    for why, fills in empty.items():
        screen.para(f"{why}{f' ({fills})' if fills else ''}", indent=2, first="! ", style="yellow")
    screen.para(call.say("The report is in {out}.", "报告已写入 {out}。", out=out))
