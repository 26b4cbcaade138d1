"""What a rehearsal looks like on the screen: changes, class sizes, causes, effects, surprises."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierwise_cli.call import Call
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.rehearsal.effects import Effect
    from tierwise.rehearsal.model import Column, Rehearsal
    from tierwise_cli.screen import Col, Screen

CHANGES = 12
"""Changes of the policy that are spelled out; `policy diff` shows all."""


def show_rehearsal(
    call: Call, screen: Screen, book: Path, found: Rehearsal, rows: pa.Table, limit: int, out: Path | None
) -> None:
    """Everything about a rehearsal."""
    from tierwise.rehearsal.effects import EFFECTS

    _heading(call, screen, found)
    _changes(call, screen, found)
    _sizes(call, screen, found)
    _causes(call, screen, found)
    for effect in EFFECTS:
        _effect(call, screen, effect, found.facts["effects"].get(effect.code, []))
    _surprises(call, screen, found, rows, limit)
    if out is not None:
        screen.para(call.say("The movers are in {out}.", "变动客户已写入 {out}。", out=out))
    _steps(call, screen, book, found)


def _heading(call: Call, screen: Screen, found: Rehearsal) -> None:
    new, old = (
        f"{found.policy_code} v{found.policy_version}",
        f"{found.against_code} v{found.against_version}",
    )
    instead = call.say(" instead of {old}", "，取代 {old}", old=old) if found.against_code else ""
    screen.heading(call.say(
        "{name}: {new}{instead}, as of {day}", "{name}：{new}{instead}，截至 {day}",
        name=_name(call, found), new=new, instead=instead, day=found.as_of,
    ))  # fmt: skip
    kind = {
        "effective": call.say(
            "effective grades, overrides and confirmation included", "生效等级，含人工调整与确认期"
        ),
        "computed": call.say("computed grades", "计算等级"),
    }[found.grades]
    screen.para(call.say(
        "The same facts under both (version {n} of the book); {kind}.", "两者使用相同数据（账簿版本 {n}）；{kind}。",
        n=found.book_version, kind=kind,
    ))  # fmt: skip
    if found.against_code is None:
        screen.para(
            call.say(
                "Nobody is graded yet, so that everybody begins.",
                "目前尚无客户参评，因此全部客户均为开始参评。",
            )
        )
    screen.space()


def _name(call: Call, found: Rehearsal) -> str:
    return found.rehearsal_id if found.number else call.say("Rehearsal, not stored", "演练（未保存）")


def _changes(call: Call, screen: Screen, found: Rehearsal) -> None:
    """What differs between the two policies and decides grades."""
    from tierwise.kernel.text import Text
    from tierwise.policy.diff import Change

    def text(value: Any) -> Text | None:
        return Text(**value) if value else None

    deciding = [c for c in found.facts["changes"] if c["decides"]]
    for c in deciding[:CHANGES]:
        change = Change(c["path"], Text(**c["label"]), text(c["old"]), text(c["new"]), decides=True)
        screen.para(change.say(call.lang), indent=2, first="• ")
    if len(deciding) > CHANGES:
        screen.para(
            call.say(
                "… and {n} more; `tierwise policy diff` shows all.",
                "……另有 {n} 处；`tierwise policy diff` 可列出全部。",
                n=len(deciding) - CHANGES,
            ),
            indent=2,
        )
    if deciding:
        screen.space()


def _sizes(call: Call, screen: Screen, found: Rehearsal) -> None:
    from tierwise_cli.screen import Col, percent

    sizes = found.facts["sizes"]
    later = any(row["after"] != row["computed"] for row in sizes)
    titles = [("class", "等级"), ("now", "现有"), ("share", "占比"), ("then", "新策略下"), ("share", "占比")]
    titles += [("once confirmed, without overrides", "确认期满且无人工调整时")] if later else []
    graded = {end: sum(r[end] for r in sizes if r["state"] != "INACTIVE") for end in ("before", "after")}
    rows = []
    for row in sizes:
        outside = row["state"] == "INACTIVE"
        shares = [None if outside else percent(row[end], graded[end]) for end in ("before", "after")]
        cells = [_state(call, row["state"]), row["before"], shares[0], row["after"], shares[1]]
        rows.append((*cells, row["computed"]) if later else tuple(cells))
    heads = [Col(call.say(*t), "right" if n else "left") for n, t in enumerate(titles)]
    screen.heading(call.say("Expected class sizes", "预期各等级规模"))
    screen.table(heads, rows)


def _state(call: Call, state: str | None) -> str:
    from tierwise.movement.words import STATES, said

    return said(STATES, state, call.lang) or "–"


def _causes(call: Call, screen: Screen, found: Rehearsal) -> None:
    from tierwise.rehearsal.words import CAUSES
    from tierwise_cli.screen import Col

    causes = found.facts["causes"]
    screen.space()
    if not found.movers:
        screen.para(call.say("Nobody would move.", "没有客户会变动。"))
        return
    screen.heading(call.say("{n:,} {n#customer|customers} would move", "{n:,} 家客户会变动", n=found.movers))
    titles = (
        ("why", "原因"),
        ("customers", "客户数"),
        ("grades up", "升级级数"),
        ("grades down", "降级级数"),
    )
    heads = [Col(call.say(*t), "right" if n else "left") for n, t in enumerate(titles)]
    rows = []
    for code, words in CAUSES.items():
        if code in causes:
            lead = "  " if code.startswith("policy_") else ""
            part = causes[code]
            rows.append((lead + words.in_lang(call.lang), part["touched"], part["up"], part["down"]))
    screen.table(heads, rows)


def _effect(call: Call, screen: Screen, effect: Effect, rows: list[dict[str, Any]]) -> None:
    """One effect as a table."""
    if not rows:
        return
    screen.space()
    screen.heading(effect.title.in_lang(call.lang))
    heads = [_col(call, column) for column in effect.columns]
    screen.table(heads, [[_value(call, c, row.get(c.code)) for c in effect.columns] for row in rows])


def _col(call: Call, column: Column) -> Col:
    from tierwise_cli.screen import Col

    side = "right" if column.kind in ("count", "money", "percent") else "left"
    return Col(column.title.in_lang(call.lang), side)  # type: ignore[arg-type]


def _value(call: Call, column: Column, value: Any) -> str:
    """A stored value for people: money in whole units, as is usual in lists."""
    from tierwise.rehearsal.words import MOVES
    from tierwise_cli.screen import number, shown

    if value is None:
        return shown(None)
    if column.kind == "money":
        return number(Decimal(value), 0)
    if column.kind == "state":
        return _state(call, value)
    words = MOVES.get(value) if column.code == "move" else None
    return words.in_lang(call.lang) if words else shown(value)


def _surprises(call: Call, screen: Screen, found: Rehearsal, rows: pa.Table, limit: int) -> None:
    from tierwise_cli.screen import Col

    if not rows.num_rows:
        return
    chosen = (rows.slice(0, limit) if limit else rows).to_pylist()
    screen.space()
    screen.heading(call.say("The most surprising moves", "最出人意料的变动"))
    titles = (("customer", "客户"), ("from → to", "由 → 至"), ("owner", "负责人"), ("net sales", "净销售额"),
              ("what is surprising", "意外之处"), ("why", "原因"))  # fmt: skip
    heads = [Col(call.say(*t), "right" if n == 3 else "left", keep=n < 2) for n, t in enumerate(titles)]
    screen.table(heads, [_surprise(call, row) for row in chosen])
    if rows.num_rows > len(chosen):
        screen.para(call.say(
            "{n:,} of {all:,}; --limit 0 shows all, --out FILE writes them.",
            "共 {all:,} 家，显示 {n:,} 家；--limit 0 显示全部，--out 文件 可导出。",
            n=len(chosen), all=rows.num_rows,
        ))  # fmt: skip


def _surprise(call: Call, row: dict[str, Any]) -> tuple[Any, ...]:
    from tierwise.rehearsal.surprise import MARKS
    from tierwise_cli.screen import number

    comma = call.say("; ", "；")
    marks = [MARKS[code].in_lang(call.lang) for code in row["surprising"].split(";") if code]
    move = f"{_state(call, row['previous'])} → {_state(call, row['current'])}"
    why = comma.join([*_parts(call, row), *_ranks(call, row)])
    return row["customer_id"], move, row["owner"], number(row["net_sales"], 0), comma.join(marks), why


def _ranks(call: Call, row: dict[str, Any]) -> list[str]:
    """The place under both policies, where both rank and the places differ."""
    before, after = row["rank_before"], row["rank_after"]
    if before is None or after is None or before == after:
        return []
    return [call.say("rank {a:,} → {b:,}", "排名 {a:,} → {b:,}", a=before, b=after)]


def _parts(call: Call, row: dict[str, Any]) -> list[str]:
    """The parts of a step in words; the sections in the place of the policy's whole."""
    from tierwise.rehearsal.words import CAUSES

    sections = [code for code in CAUSES if code.startswith("policy_") and row.get(code)]
    named = [*sections, *(code for code in ("override", "confirmation") if row[code])]
    if not sections and row["policy"]:
        named = ["policy", *named]
    signs = {code: f"+{row[code]}" if row[code] > 0 else str(row[code]).replace("-", "−") for code in named}
    return [f"{CAUSES[code].in_lang(call.lang)} {signs[code]}" for code in named]


def _steps(call: Call, screen: Screen, book: Path, found: Rehearsal) -> None:
    if not found.number:
        return
    place, code = quoted(book), quoted(found.policy_code)
    screen.steps([
        (f"tierwise rehearsals {place} {found.number} --out movers.xlsx", call.say("all movers as a file", "导出全部变动客户")),
        (f"tierwise policy states {place}", call.say("where the policy stands", "查看策略状态")),
        (f"tierwise policy submit {place} {code}", call.say("ask for its approval, once it is drafted", "起草后提交审批")),
    ])  # fmt: skip


def show_list(call: Call, screen: Screen, book: Path, known: list[Rehearsal]) -> None:
    """Stored rehearsals as a table."""
    from tierwise_cli.screen import Col

    if not known:
        screen.para(call.say("No rehearsal yet.", "尚无演练。"))
        line = f"tierwise rehearse {quoted(book)} --policy FILE --as-of DATE"
        screen.steps([(line, call.say("rehearse a policy", "演练一个策略"))])
        return
    titles = (
        ("rehearsal", "演练"),
        ("as of", "截至"),
        ("policy", "策略"),
        ("instead of", "取代"),
        ("movers", "变动"),
        ("by", "操作人"),
    )
    heads = [Col(call.say(*t), "right" if n == 4 else "left", keep=n < 2) for n, t in enumerate(titles)]
    rows = [
        (one.rehearsal_id, one.as_of, f"{one.policy_code} v{one.policy_version}",
         f"{one.against_code} v{one.against_version}" if one.against_code else None, one.movers, one.actor)
        for one in known
    ]  # fmt: skip
    screen.table(heads, rows)
