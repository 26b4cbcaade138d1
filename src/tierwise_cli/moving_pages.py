"""What movement looks like on the screen: the matrix, what moved, causes, movers, and one customer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierwise_cli.call import Call

if TYPE_CHECKING:
    from tierwise.movement.drivers import Driver
    from tierwise.movement.moving import Movement
    from tierwise_cli.screen import Screen

ORDER = (
    "upgrade", "downgrade", "stable", "new", "reactivated", "rated", "lost", "unrated", "merged", "other_scale", "inactive",
)  # fmt: skip
"""Kinds of movement as they are listed."""
_GROUPED = ("upgrade", "downgrade", "new", "reactivated", "lost")


def show_movement(call: Call, screen: Screen, found: Movement, limit: int, out: Path | None) -> None:
    """Everything about the movement between two runs."""
    _heading(call, screen, found)
    _matrix(call, screen, found)
    _rates(call, screen, found)
    _moved(call, screen, found)
    if found.by is not None:
        _groups(call, screen, found)
    if found.split is not None:
        _causes(call, screen, found)
        _movers(call, screen, found, limit)
    if out is not None:
        screen.para(call.say("The movers are in {out}.", "变动客户已写入 {out}。", out=out))


def show_customer(
    call: Call, screen: Screen, found: Movement, customer: str, row: dict[str, Any] | None
) -> None:
    """Why one customer moved: the parts of its step, and the metrics behind its own part."""
    _heading(call, screen, found)
    if row is None:
        screen.para(call.say("{who} did not move.", "{who} 没有变动。", who=customer))
        return
    screen.para(call.say(
        "{who}: {old} → {new} ({step} {step#grade|grades}).", "{who}：{old} → {new}（{step} 级）。",
        who=customer, old=_state(call, row["previous"]), new=_state(call, row["current"]), step=_signed(row["step"]),
    ))  # fmt: skip
    _parts_table(call, screen, row)
    assert found.split is not None
    _driver_table(call, screen, found, found.split.drivers.get(customer, ()))
    _notes(call, screen, found)


def _heading(call: Call, screen: Screen, found: Movement) -> None:
    sides = (found.pair.before, found.pair.after)
    one, two = (f"{s.record.run_id} ({s.record.as_of})" for s in sides)
    screen.heading(call.say("Movement from {one} to {two}", "等级变动：{one} 至 {two}", one=one, two=two))
    names = list(dict.fromkeys(f"{s.record.policy_code} v{s.record.policy_version}" for s in sides))
    kind = {
        "effective": call.say("effective grades", "生效等级"),
        "computed": call.say("computed grades", "计算等级"),
    }[found.pair.grades]
    screen.para(call.say("{policy}, {kind}.", "{policy}，{kind}。", policy=" → ".join(names), kind=kind))
    screen.space()


def _state(call: Call, state: str) -> str:
    from tierwise.movement.words import STATES, said

    return said(STATES, state, call.lang) or state


def _matrix(call: Call, screen: Screen, found: Movement) -> None:
    """From × to in customers, and in percent of the row."""
    from tierwise_cli.screen import Col

    matrix, columns = found.matrix(), found.states(1)
    heads = [Col(call.say("from ↓ to →", "由 ↓ 至 →"))] + [Col(_state(call, s), "right") for s in columns]
    rows = []
    for state in found.states(0):
        counts, shares = matrix.counts.get(state, {}), matrix.row_pct(state)
        rows.append((_state(call, state), *(_cell(counts.get(c), shares.get(c)) for c in columns)))
    screen.table(heads, rows)
    screen.para(
        call.say("Customers, and percent of the row.", "客户数，以及占该行的百分比。"), indent=2, style="dim"
    )


def _cell(count: int | None, share: Fraction | None) -> str | None:
    return None if not count else f"{count:,} ({_pct(share, 0)})"


def _pct(value: Fraction | None, places: int = 1) -> str:
    from tierwise.insight.values import half_up

    found = half_up(value, places)
    return "–" if found is None else f"{found} %"


def _rates(call: Call, screen: Screen, found: Movement) -> None:
    matrix = found.matrix()
    screen.space()
    screen.pairs([
        (call.say("stability", "稳定率"), _pct(matrix.stability_pct)),
        (call.say("net upgrade", "净升级率"), _pct(matrix.net_upgrade_pct)),
        (call.say("lost of those graded", "流失率（占原有等级客户）"), _pct(matrix.loss_pct)),
    ])  # fmt: skip


def _moved(call: Call, screen: Screen, found: Movement) -> None:
    """Every kind of movement with the customers, the net sales and the profit that moved."""
    from tierwise.movement.words import MOVEMENTS
    from tierwise_cli.screen import Col

    heads = [Col(call.say("movement", "变动")), Col(call.say("customers", "客户数"), "right")]
    heads += [
        Col(call.say(en, zh), "right", keep=True)
        for en, zh in (("sales before", "前期净销售额"), ("sales after", "后期净销售额"))
    ]
    if found.profit is not None:
        heads += [
            Col(call.say(en, zh), "right", keep=True)
            for en, zh in (("profit before", "前期利润"), ("profit after", "后期利润"))
        ]
    rows = []
    for kind in ORDER:
        cells = found.of((kind,))
        if not cells or kind == "inactive":
            continue
        row: list[Any] = [MOVEMENTS[kind].in_lang(call.lang), sum(c.customers for c in cells)]
        row += [_sum([c.sales_before for c in cells]), _sum([c.sales_after for c in cells])]
        if found.profit is not None:
            row += [_sum([c.profit_before for c in cells]), _sum([c.profit_after for c in cells])]
        rows.append(row)
    screen.space()
    screen.table(heads, rows)
    if found.profit is not None:
        screen.para(call.say(
            "Who has no known cost is left out of profit.", "成本未知的客户不计入利润。",
        ), indent=2, style="dim")  # fmt: skip
    else:
        screen.para(call.say(
            "The runs store no profit; without --quick gross profit is computed.", "运行结果未保存利润；去掉 --quick 时会计算毛利。",
        ), indent=2, style="dim")  # fmt: skip
    if found.merged:
        screen.para(call.say(
            "{n} {n#customer is|customers are} merged into another record; that is no loss.",
            "{n} 家客户已并入其他档案，不计为流失。", n=found.merged,
        ), indent=2, first="! ", style="yellow")  # fmt: skip


def _sum(values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _groups(call: Call, screen: Screen, found: Movement) -> None:
    from tierwise.movement.words import MOVEMENTS
    from tierwise_cli.screen import Col

    titles = {"segment": ("segment", "细分"), "region": ("region", "区域"), "owner": ("owner", "负责人")}
    heads = [Col(call.say(*titles[found.by or "owner"]))]
    heads += [Col(MOVEMENTS[kind].in_lang(call.lang), "right") for kind in _GROUPED]
    heads += [
        Col(call.say("stability", "稳定率"), "right"),
        Col(call.say("net upgrade", "净升级率"), "right"),
    ]
    rows = []
    for group in found.groups:
        matrix = found.matrix(group, all_groups=False)
        counts = [matrix.kinds.get(kind) for kind in _GROUPED]
        rows.append((group, *counts, _pct(matrix.stability_pct), _pct(matrix.net_upgrade_pct)))
    screen.space()
    screen.table(heads, rows)


def _causes(call: Call, screen: Screen, found: Movement) -> None:
    from tierwise.movement.causes import summaries
    from tierwise.movement.words import MOVE_CAUSES
    from tierwise_cli.screen import Col

    assert found.split is not None
    rows = summaries(found.split)
    if not rows:
        return
    heads = [Col(call.say("cause", "原因"))]
    titles = (
        ("main cause of", "主要原因（客户数）"),
        ("touched", "涉及客户数"),
        ("grades up", "升级级数"),
        ("grades down", "降级级数"),
    )
    heads += [Col(call.say(*words), "right") for words in titles]
    screen.space()
    screen.table(
        heads, [(MOVE_CAUSES[r.cause].in_lang(call.lang), r.main, r.touched, r.up, r.down) for r in rows]
    )
    _notes(call, screen, found)


def _notes(call: Call, screen: Screen, found: Movement) -> None:
    """What a reader must know of the causes."""
    assert found.split is not None
    if not found.split.told_apart:
        screen.para(call.say(
            "Own facts and the field cannot be told apart for the method of this policy.",
            "该策略的方法无法区分自身变化与其他客户的变化。",
        ), indent=2, first="! ", style="yellow")  # fmt: skip
    if found.split.rules_changed:
        screen.para(call.say(
            "Rules changed between the releases that made the two runs: {names}.", "两次运行所用版本的计算规则有变：{names}。",
            names=", ".join(found.split.rules_changed),
        ), indent=2, first="! ", style="yellow")  # fmt: skip


def _movers(call: Call, screen: Screen, found: Movement, limit: int) -> None:
    from tierwise_cli.screen import Col

    assert found.split is not None
    rows = sorted(found.split.movers.to_pylist(), key=_by_weight)
    if not rows:
        screen.para(call.say("Nobody moved.", "没有客户变动。"))
        return
    titles = (
        ("customer", "客户"),
        ("from → to", "由 → 至"),
        ("net sales", "净销售额"),
        ("why", "原因"),
        ("drivers", "驱动指标"),
    )
    heads = [Col(call.say(*t), "right" if n == 2 else "left", keep=n < 3) for n, t in enumerate(titles)]
    shown = rows[:limit] if limit else rows
    screen.space()
    screen.table(heads, [_mover(call, found, row) for row in shown])
    if len(rows) > len(shown):
        screen.para(call.say(
            "{n:,} of {all:,}; --limit 0 shows all, --out FILE writes them.",
            "共 {all:,} 家，显示 {n:,} 家；--limit 0 显示全部，--out 文件 可导出。",
            n=len(shown), all=len(rows),
        ))  # fmt: skip


def _by_weight(row: dict[str, Any]) -> tuple[Any, ...]:
    return -abs(row["step"] or 0), -max(row["sales_before"], row["sales_after"]), row["customer_id"]


def _mover(call: Call, found: Movement, row: dict[str, Any]) -> tuple[Any, ...]:
    assert found.split is not None
    said = [
        f"{d.title(found.pair.after.policy, call.lang)}"
        + ("" if d.share_pct is None else f" {_pct(d.share_pct, 0)}")
        for d in found.split.drivers.get(row["customer_id"], ())[:2]
    ]
    move = f"{_state(call, row['previous'])} → {_state(call, row['current'])}"
    sales = max(row["sales_before"], row["sales_after"])
    return (
        row["customer_id"],
        move,
        sales,
        _parts(call, row),
        ("；" if call.lang == "zh" else "; ").join(said),
    )


def _parts(call: Call, row: dict[str, Any]) -> str:
    """The parts of a step in words, such as "own facts −1, change of the field +1"."""
    from tierwise.movement.causes import CAUSES
    from tierwise.movement.words import MOVE_CAUSES

    parts = [f"{MOVE_CAUSES[c].in_lang(call.lang)} {_signed(row[c])}" for c in CAUSES if row[c]]
    return ("，" if call.lang == "zh" else ", ").join(parts)


def _signed(step: int | None) -> str:
    return "–" if step is None else f"+{step}" if step > 0 else str(step).replace("-", "−")


def _parts_table(call: Call, screen: Screen, row: dict[str, Any]) -> None:
    from tierwise.movement.causes import CAUSES
    from tierwise.movement.words import MOVE_CAUSES
    from tierwise_cli.screen import Col

    heads = [Col(call.say("cause", "原因")), Col(call.say("grades", "级数"), "right")]
    rows = [(MOVE_CAUSES[cause].in_lang(call.lang), _signed(row[cause])) for cause in CAUSES if row[cause]]
    screen.table(heads, [*rows, (call.say("together", "合计"), _signed(row["step"]))])


def _driver_table(call: Call, screen: Screen, found: Movement, drivers: Sequence[Driver]) -> None:
    from tierwise.grading.wording import metric_value
    from tierwise_cli.screen import Col

    if not drivers:
        return
    policy, currency = found.pair.after.policy, str(found.pair.after.record.settings["base_currency"])
    titles = (("metric", "指标"), ("before", "前"), ("after", "后"), ("share", "占比"))
    heads = [Col(call.say(*t), "left" if n == 0 else "right") for n, t in enumerate(titles)]
    screen.space()
    screen.table(heads, [
        (d.title(policy, call.lang), metric_value(d.code, d.before, call.lang, currency),
         metric_value(d.code, d.after, call.lang, currency), _pct(d.share_pct, 0))
        for d in drivers
    ])  # fmt: skip
