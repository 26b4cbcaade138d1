"""``tierwise grades`` and ``tierwise events``: the grades in force, and what a published month changed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.cycling import run_data
from tierwise_cli.options import BookArg, OutFileOption, option, policy_code, refuse_bad_target

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.kernel.text import Text
    from tierwise.movement.states import CycleRun
    from tierwise_cli.screen import Col, Screen

PolicyCode = Annotated[
    str | None,
    option("--policy", "CODE", "Code of the policy; may be left out if there is one.", "策略代码；仅有一个时可省略。"),
]  # fmt: skip
MonthOption = Annotated[
    str | None,
    option("--period", "MONTH", "A published month, such as 2026-10.", "已发布的月份，如 2026-10。"),
]
DRIVERS = 2
"""Drivers of an event on the screen; ``--out`` and ``--json`` have all."""
Limit = Annotated[int, option("--limit", "N", "Rows to show; 0 shows all.", "显示的行数；0 为全部。", min=0)]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(
        app,
        "grades",
        "Show the effective grades beside the computed ones.",
        "查看生效等级与计算等级。",
    )(grades)
    command(app, "events", "Show what a published month changed.", "查看已发布月份的等级事件。")(events)


def grades(
    call: Call,
    book: BookArg,
    policy: PolicyCode = None,
    period: MonthOption = None,
    customer: Annotated[
        list[str] | None,
        option("--customer", "CODE", "Only this customer; may be repeated.", "仅此客户；可重复。"),
    ] = None,
    limit: Limit = 20,
    out: OutFileOption = None,
) -> None:
    """Shows the grades in force today, or those of a published month."""
    from tierwise.kernel.periods import Period
    from tierwise.movement.review import grades_of_day, grades_of_period, published_run

    if out is not None:
        refuse_bad_target(out)
    opened = call.book(book)
    run = published_run(opened, policy_code(policy), Period.of(period) if period else None)
    day = None if period else call.today(opened)
    rows = grades_of_period(opened, run) if day is None else grades_of_day(opened, run, day)
    rows = _of(rows, customer, run)
    _write(call, rows, run, out, call.say("grades", "等级"))
    data = {"book": str(book), "run": run_data(run), "day": day, "out": str(out) if out else None}
    if call.json:
        data["rows"] = rows.to_pylist()

    def page(screen: Screen) -> None:
        when = call.say("in force on {day}", "{day} 生效", day=day) if day else str(run.period)
        screen.heading(call.say(
            "Grades of {code}, {when} ({run})", "{code} 的等级，{when}（{run}）",
            code=run.policy_code, when=when, run=run.run_id,
        ))  # fmt: skip
        _show_grades(call, screen, rows, limit)
        _say_out(call, screen, out)

    call.answer(data, page)


def events(
    call: Call,
    book: BookArg,
    period: MonthOption = None,
    policy: PolicyCode = None,
    limit: Limit = 20,
    out: OutFileOption = None,
) -> None:
    """Shows upgrades, downgrades, comings and goings, cuts that came near, and flags."""
    from tierwise.kernel.periods import Period
    from tierwise.movement.review import events_of, published_run

    if out is not None:
        refuse_bad_target(out)
    opened = call.book(book)
    run = published_run(opened, policy_code(policy), Period.of(period) if period else None)
    rows = events_of(opened, run)
    _write(call, rows, run, out, call.say("events", "事件"))
    counts = _counts(rows)
    data: dict[str, Any] = {"book": str(book), "run": run_data(run), "counts": counts}
    data |= {"out": str(out) if out else None}
    if call.json:
        data["events"] = rows.to_pylist()

    def page(screen: Screen) -> None:
        screen.heading(call.say(
            "Events of {code}, {period} ({run})", "{code} {period} 的等级事件（{run}）",
            code=run.policy_code, period=run.period, run=run.run_id,
        ))  # fmt: skip
        _show_events(call, screen, rows, counts, limit)
        _say_out(call, screen, out)

    call.answer(data, page)


def _of(rows: pa.Table, customers: list[str] | None, run: CycleRun) -> pa.Table:
    """The rows of some customers. **Raises** ``run.no-customer`` for one that has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from tierwise.grading.run import no_customer

    if not customers:
        return rows
    found = rows.filter(pc.is_in(rows["customer_id"], value_set=pa.array(customers, pa.string())))
    known = set(found["customer_id"].to_pylist())
    for who in customers:
        if who not in known:
            raise no_customer(run.run_id, who)
    return found


def _write(call: Call, rows: pa.Table, run: CycleRun, out: Path | None, title: str) -> None:
    from tierwise.grading.export import Sheet, write_rows

    if out is not None:
        about = {"run": run.run_id, "period": str(run.period), "policy": run.policy_code}
        write_rows(rows, out, Sheet(title, about, call.lang))


def _say_out(call: Call, screen: Screen, out: Path | None) -> None:
    if out is not None:
        screen.para(call.say("The rows are in {out}.", "结果已写入 {out}。", out=out))


def _counts(rows: pa.Table) -> dict[str, int]:
    import pyarrow.compute as pc

    found = pc.value_counts(rows["kind"]).to_pylist()
    return dict(sorted((entry["values"], entry["counts"]) for entry in found))


def _cut(call: Call, screen: Screen, rows: pa.Table, limit: int) -> None:
    if limit and rows.num_rows > limit:
        screen.para(call.say(
            "{n:,} of {all:,}; --limit 0 shows all.", "共 {all:,} 行，显示 {n:,} 行；--limit 0 显示全部。", n=limit, all=rows.num_rows,
        ))  # fmt: skip


def _show_grades(call: Call, screen: Screen, rows: pa.Table, limit: int) -> None:
    from tierwise.grading.wording import status_words
    from tierwise.movement.words import CAUSES, said

    titles = [
        ("customer", "客户"),
        ("effective", "生效等级"),
        ("computed", "计算等级"),
        ("since", "生效期间"),
    ]
    heads = _heads(call, *titles, ("why", "原因"))
    shown = rows.slice(0, limit) if limit else rows
    screen.table(
        heads,
        [
            (
                row["customer_id"],
                row["effective"],
                row["computed"] or status_words(row["status"], call.lang),
                row["since"],
                _why(call, row, CAUSES, said),
            )
            for row in shown.to_pylist()
        ],
    )
    _cut(call, screen, rows, limit)


def _why(call: Call, row: dict[str, Any], causes: dict[str, Text], said: Any) -> str | None:
    """The cause; with the override that is in force, or the count of the periods that wait for confirmation."""
    words = said(causes, row["cause"], call.lang)
    if row["override_id"]:
        return f"{words} {row['override_id']}"
    if row["better"] or row["worse"]:
        n = row["better"] or row["worse"]
        waits = (
            call.say("{n} {n#period|periods} towards an upgrade", "升级待确认：已 {n} 期", n=n)
            if row["better"]
            else call.say("{n} {n#period|periods} towards a downgrade", "降级待确认：已 {n} 期", n=n)
        )
        return f"{words}; {waits}" if call.lang == "en" else f"{words}；{waits}"
    return words if words is None else str(words)


def _show_events(call: Call, screen: Screen, rows: pa.Table, counts: dict[str, int], limit: int) -> None:
    from tierwise.grading.wording import flag_words
    from tierwise.movement.words import CAUSES, EVENTS, said
    from tierwise_cli.screen import NOTHING, Col

    screen.table(
        [Col(call.say("event", "事件")), Col(call.say("customers", "客户数"), "right")],
        [(said(EVENTS, code, call.lang), n) for code, n in counts.items()],
    )
    screen.space()
    heads = _heads(call, ("customer", "客户"), ("event", "事件"), ("grade", "等级"), ("why", "原因"))
    shown = rows.slice(0, limit) if limit else rows
    screen.table(
        heads,
        [
            (
                row["customer_id"],
                said(EVENTS, row["kind"], call.lang),
                f"{row['from_grade'] or NOTHING} → {row['to_grade'] or NOTHING}",
                _event_why(call, row, flag_words, said(CAUSES, row["cause"], call.lang)),
            )
            for row in shown.to_pylist()
        ],
    )
    _cut(call, screen, rows, limit)


def _event_why(call: Call, row: dict[str, Any], flag_words: Any, cause: str | None) -> str | None:
    """The flag, else the cause with the metrics that drove the step and their shares."""
    if row["detail"]:
        return str(flag_words(row["detail"], call.lang))
    driven = [_driver(call, one) for one in json.loads(row["drivers"] or "[]")[:DRIVERS]]
    return call.say("; ", "；").join([*([cause] if cause else []), *driven]) or None


def _driver(call: Call, one: dict[str, Any]) -> str:
    """A metric (a criterion by its code) with its share of the change of the score, where others share in it."""
    from tierwise.grading.wording import metric_title

    title = metric_title(one["code"], call.lang)
    if one["share_pct"] in (None, "100"):
        return title
    return f"{title} {Decimal(one['share_pct']):.0f}" + call.say(" %", "%")


def _heads(call: Call, *titles: tuple[str, str]) -> list[Col]:
    from tierwise_cli.screen import Col

    return [Col(call.say(en, zh), keep=at == 0) for at, (en, zh) in enumerate(titles)]
