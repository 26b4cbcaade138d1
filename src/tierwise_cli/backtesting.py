"""``tierwise backtest``: grades of the past against what the months after them brought."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import BookArg, day, option, refuse_bad_target
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from tierwise.insight.backtest.model import Backtest, Trial
    from tierwise.report.day.model import Grid, Report
    from tierwise_cli.screen import Screen

ENDINGS = (".html", ".xlsx", ".csv")
Policies = Annotated[
    list[str],
    option(
        "--policy", "POLICY", "A policy by name or file; may be repeated.", "策略名称或文件；可重复给出。"
    ),
]
TrainTo = Annotated[
    date,
    option(
        "--train-to",
        "DATE",
        "The last day that may be known, such as 2025-12-31.",
        "可知数据的最后一天，如 2025-12-31。",
        parser=day,
    ),
]
Horizon = Annotated[
    str,
    option("--horizon", "MONTHS", "How far to look ahead, such as 12m.", "向后观察多久，如 12m。"),
]
Rolling = Annotated[
    int,
    option(
        "--rolling",
        "N",
        "Train on N month ends up to that day, and tell stability.",
        "在截至该日的 N 个月末分别训练，并给出稳定性。",
    ),
]
Resamples = Annotated[
    int,
    option("--resamples", "N", "Resamples for the intervals; 0 for none.", "区间的重抽样次数；0 为不计算。"),
]
Seed = Annotated[int, option("--seed", "N", "Seed of the resamples.", "重抽样的种子。")]
Out = Annotated[
    Path | None,
    option("--out", "FILE", "Also write: .html, .xlsx or .csv.", "同时写出：.html、.xlsx 或 .csv。"),
]


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "backtest",
        "Hold grades of the past against what came after.",
        "以过去的等级对照其后的实际结果（回测）。",
        computes=True,
    )(backtest)


def backtest(
    call: Call,
    book: BookArg,
    policy: Policies,
    train_to: TrainTo,
    horizon: Horizon = "12m",
    rolling: Rolling = 1,
    resamples: Resamples = 200,
    seed: Seed = 1,
    out: Out = None,
) -> None:
    """Trains with what was known on the day, measures the horizon, and stores nothing."""
    from tierwise.insight.backtest.days import months_of
    from tierwise.insight.backtest.model import Request
    from tierwise.insight.backtest.run import backtest as run
    from tierwise.policy.load import load_policy
    from tierwise.report.backtest.build import build

    if out is not None:
        refuse_bad_target(out, ENDINGS)
    documents = tuple(load_policy(name) for name in policy)
    asked = Request(documents, train_to, months_of(horizon), rolling, resamples, seed)
    opened = call.book(book)
    with call.progress() as progress:
        found = run(opened, asked, progress)
        made = build(found)
        if out is not None:
            progress("report")
            _write(call, found, made, out)
    call.answer(_data(book, found, out), lambda screen: _show(call, screen, book, made, out))


def _write(call: Call, found: Backtest, made: Report, out: Path) -> None:
    if out.suffix.lower() != ".csv":
        from tierwise.report.day.writing import write

        write(made, out, call.lang)
        return
    from tierwise.grading.export import Sheet, write_rows
    from tierwise.insight.backtest.rows import as_table

    write_rows(as_table(found), out, Sheet(call.say("backtest", "回测"), {}, call.lang))


def _data(book: Path, found: Backtest, out: Path | None) -> dict[str, Any]:
    asked = found.request
    return {
        "book": str(book),
        "book_version": found.book_version,
        "train_to": asked.train_to,
        "horizon_months": asked.months,
        "rolling": asked.rolling,
        "resamples": asked.resamples,
        "seed": asked.seed,
        "policies": [
            {"label": label, "code": d.policy.code, "version": d.policy.version, "fingerprint": d.fingerprint}
            for label, d in zip(found.labels, asked.policies, strict=True)
        ],
        "days": [_day(trial) for trial in found.trials],
        "stability": found.stability,
        "imported_later": found.imported,
        "notes": found.notes,
        "out": str(out) if out else None,
    }


def _day(trial: Trial) -> dict[str, Any]:
    from tierwise.insight.backtest.rows import caught_rows

    return {
        "day": trial.day,
        "customers": trial.customers,
        "left_out": trial.left_out,
        "future": trial.future,
        "sizes": trial.sizes,
        "rules": trial.rules,
        "caught": caught_rows(trial),
        "correlation": [
            {"rule": rule, "measure": measure, "rho": one.rho, "interval": one.interval}
            for (rule, measure), one in trial.correlation.items()
        ],
        "losses": trial.losses,
    }


def _show(call: Call, screen: Screen, book: Path, made: Report, out: Path | None) -> None:
    screen.heading(made.title.in_lang(call.lang))
    screen.para(made.subtitle.in_lang(call.lang))
    screen.space()
    screen.pairs([
        (one.title.in_lang(call.lang), f"{one.value.in_lang(call.lang)}   {one.note.in_lang(call.lang)}")
        for one in made.headlines
    ])  # fmt: skip
    for panel in made.panels:
        if panel.chart is not None and not panel.unfolded:
            continue
        screen.space()
        screen.heading(panel.title.in_lang(call.lang))
        if panel.lead is not None:
            screen.para(panel.lead.in_lang(call.lang))
        # the two best grades together and the names of the lost stand in the file
        grids = panel.grids[:1] if panel.code == "losses" or panel.code.startswith("best_") else panel.grids
        for grid in grids:
            _grid(call, screen, grid, titled=len(grids) > 1)
        for note in panel.notes:
            screen.para(note.in_lang(call.lang), indent=2, first="· ")
    if out is not None:
        screen.para(call.say("The backtest is in {out}.", "回测已写入 {out}。", out=out))
        return
    line = f"tierwise backtest {quoted(book)} … --out backtest.html"
    screen.steps([(line, call.say("the same with charts", "同样内容，附图表"))])


def _grid(call: Call, screen: Screen, grid: Grid, *, titled: bool) -> None:
    from tierwise.report.day.model import NUMBERS, shown
    from tierwise_cli.screen import Col

    if titled:
        screen.space()
        screen.para(grid.caption.in_lang(call.lang))
    rows = grid.rows[: grid.first] if grid.first else grid.rows
    heads = [Col(c.title.in_lang(call.lang), "right" if c.kind in NUMBERS else "left") for c in grid.columns]
    kinds = [c.kind for c in grid.columns]
    screen.table(
        heads,
        [
            [shown(cell, kind).in_lang(call.lang) for cell, kind in zip(row, kinds, strict=True)]
            for row in rows
        ],
    )
