"""``tierwise movement``: who moved between two runs, what moved with them, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tierwise.kernel.errors import fail
from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.moving_pages import show_customer, show_movement
from tierwise_cli.options import BookArg, OutFileOption, flag, option, refuse_bad_target

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.movement.moving import Cell, Movement


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    command(
        app,
        "movement",
        "Show who moved between two runs, what moved with them, and why.",
        "查看两次运行之间的等级变动、金额与原因。",
        computes=True,
    )(movement)


def movement(
    call: Call,
    book: BookArg,
    first: Annotated[str, option("--from", "RUN", "The earlier run.", "较早的分级运行。")],
    last: Annotated[str, option("--to", "RUN", "The later run.", "较晚的分级运行。")],
    by: Annotated[
        Literal["segment", "region", "owner"] | None,
        option("--by", "segment|region|owner", "Also for each of these.", "同时按细分、区域或负责人列出。"),
    ] = None,
    customer: Annotated[
        str | None,
        option("--customer", "CODE", "Why this customer moved.", "该客户变动的原因。"),
    ] = None,
    computed: Annotated[
        bool,
        flag(
            "--computed",
            "Compare computed grades, also where both runs are published.",
            "即使两次运行均已发布，也比较计算等级。",
        ),
    ] = False,
    quick: Annotated[
        bool,
        flag("--quick", "Only count; no replays, no causes.", "仅计数；不重算，不分析原因。"),
    ] = False,
    limit: Annotated[
        int, option("--limit", "N", "Movers to show; 0 shows all.", "显示的变动客户数；0 为全部。", min=0)
    ] = 20,
    out: OutFileOption = None,
) -> None:
    """Matrix, rates and movers with the parts of their steps; nothing is stored."""
    from tierwise.movement.moving import movement as compute_movement

    _refuse(quick, customer, out)
    opened = call.book(book)
    with call.progress() as progress:
        found = compute_movement(
            opened, first, last, by=by, computed=computed, causes=not quick, progress=progress
        )
    if out is not None:
        _write(call, found, out)
    if customer is not None:
        row = _row(opened, found, customer)
        call.answer(
            _head(book, found) | {"mover": row, "drivers": _drivers(found, customer)},
            lambda screen: show_customer(call, screen, found, customer, row),
        )
        return
    call.answer(_data(book, found, out), lambda screen: show_movement(call, screen, found, limit, out))


def _refuse(quick: bool, customer: str | None, out: Path | None) -> None:
    if out is not None:
        refuse_bad_target(out)
    if quick and (customer is not None or out is not None):
        raise fail(
            "movement.quick",
            "--quick only counts; leave it out to see or write movers",
            "--quick 仅计数；查看或导出变动客户时请去掉该选项",
        )


def _row(book: Any, found: Movement, customer: str) -> dict[str, Any] | None:
    """The row of a mover; nothing if it did not move. **Raises** ``run.no-customer`` if neither run has it."""
    from tierwise.grading.run import read_result
    from tierwise.kernel.errors import TierwiseError

    assert found.split is not None
    rows = found.split.movers
    codes = rows["customer_id"].to_pylist()
    if customer in codes:
        row: dict[str, Any] = rows.slice(codes.index(customer), 1).to_pylist()[0]
        return row
    try:
        read_result(book, found.pair.before.record, customer)
    except TierwiseError:
        read_result(book, found.pair.after.record, customer)
    return None


def _head(book: Path, found: Movement) -> dict[str, Any]:
    sides = (found.pair.before, found.pair.after)
    return {
        "book": str(book),
        "grades": found.pair.grades,
        "profit": found.profit,
        "runs": [
            {"run": s.record.run_id, "as_of": s.record.as_of, "policy": s.record.policy_code,
             "version": s.record.policy_version, "fingerprint": s.record.policy_fingerprint}
            for s in sides
        ],
        "scale": found.pair.scale,
    }  # fmt: skip


def _data(book: Path, found: Movement, out: Path | None) -> dict[str, Any]:
    from tierwise.movement.causes import summaries

    whole = found.matrix()
    data = _head(book, found) | {
        "by": found.by,
        "kinds": whole.kinds,
        "rates": _rates(whole),
        "cells": [_cell(found, cell) for cell in found.cells],
        "out": str(out) if out else None,
    }
    if found.by is not None:
        data["groups"] = [
            {"group": g, "kinds": m.kinds, "rates": _rates(m)}
            for g in found.groups
            for m in [found.matrix(g, all_groups=False)]
        ]
    if found.split is not None:
        data["causes"] = summaries(found.split)
        data |= {
            n: getattr(found.split, n)
            for n in ("policy_changed", "data_changed", "told_apart", "rules_changed")
        }
        data["movers"] = [
            row | {"drivers": _drivers(found, row["customer_id"])} for row in found.split.movers.to_pylist()
        ]
    return data


def _rates(matrix: Any) -> dict[str, str | None]:
    from tierwise.insight.values import half_up

    names = ("stability_pct", "upgrade_pct", "downgrade_pct", "net_upgrade_pct", "loss_pct")
    values = {name: getattr(matrix, name) for name in names}
    return {name: None if value is None else str(half_up(value, 4)) for name, value in values.items()}


def _cell(found: Movement, cell: Cell) -> dict[str, Any]:
    return {
        "group": cell.group, "from": cell.previous, "to": cell.current, "kind": found.kind(cell),
        "customers": cell.customers, "sales_before": cell.sales_before, "sales_after": cell.sales_after,
        "profit_before": cell.profit_before, "profit_after": cell.profit_after,
    }  # fmt: skip


def _drivers(found: Movement, customer: str) -> list[dict[str, Any]]:
    from tierwise.insight.values import half_up

    assert found.split is not None
    return [
        {"code": d.code, "before": d.before, "after": d.after,
         "share_pct": None if d.share_pct is None else str(half_up(d.share_pct, 2))}
        for d in found.split.drivers.get(customer, ())
    ]  # fmt: skip


def _write(call: Call, found: Movement, out: Path) -> None:
    from tierwise.grading.export import Sheet, write_rows

    about = {
        "from": found.pair.before.record.run_id,
        "to": found.pair.after.record.run_id,
        "grades": found.pair.grades,
        "policy": found.pair.after.record.policy_code,
    }
    write_rows(_with_drivers(found), out, Sheet(call.say("movers", "变动客户"), about, call.lang))


def _with_drivers(found: Movement) -> pa.Table:
    """The movers with what drove them in one column: metric and share of the change."""
    import pyarrow as pa

    assert found.split is not None
    rows = found.split.movers
    texts = [
        "; ".join(
            d["code"] if d["share_pct"] is None else f"{d['code']} {d['share_pct']}%"
            for d in _drivers(found, code)
        )
        for code in rows["customer_id"].to_pylist()
    ]
    return rows.append_column("drivers", pa.array(texts, pa.string()))
