"""The demo in a terminal: plain lines in one language, aligned for fixed-width characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tierwise.insight.concentration import half_up
from tierwise.kernel.periods import Period
from tierwise.kernel.text import Text
from tierwise.report.figures import Figures
from tierwise.report.html import pct, short_text
from tierwise.report.words import label

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from tierwise.demo.run import DemoResult
    from tierwise.insight.concentration import Curve
    from tierwise.kernel.text import Lang
    from tierwise.report.facts import Facts, Move

BARS = "▁▂▃▄▅▆▇█"
NAMED = 4
WIDTH = 100
_LINES = {
    "built": Text(
        "A sample company of {customers} customers, graded at {months} month ends.",
        "示例企业：{customers} 家客户，{months} 个月末已分级。",
    ),
    "cycle": Text(
        "{published} of the months are published as history; {period} waits for somebody who approves and publishes it.",
        "其中 {published} 个月已作为历史发布；{period} 待审批发布。",
    ),
    "first": Text("{period} waits for somebody who approves and publishes it.", "{period} 待审批发布。"),
    "reused": Text("The finished demo in this folder is used again.", "沿用此文件夹中已完成的示例。"),
    "pyramid": Text("Pyramid on {as_of}", "{as_of} 的客户金字塔"),
    "movers": Text(
        "Moves since {before} (two stored runs side by side)", "较 {before} 的变动（对照两次已保存的运行）"
    ),
    "more": Text("and {count} more", "等 {count} 家"),
    "whale": Text(
        "Whale curve  {spark}  peak {peak} % at the best {count} customers; {losing} lose money and give {amount} back",
        "鲸鱼曲线  {spark}  峰值 {peak}%（最好的 {count} 家）；{losing} 家亏损，又亏掉 {amount}",
    ),
    "why": Text("Why this grade", "为什么是这个等级"),
    "next": Text("Next", "接下来"),
    "report": Text("the report", "报告"),
    "explain": Text("explain a grade down to its source lines", "解释等级，直至来源行"),
    "grades": Text("the grades in force", "查看生效等级"),
    "cycle_runs": Text("the months, and the one that waits", "各月份及待审批的月份"),
    "runs": Text("the stored runs", "已保存的运行"),
    "replay": Text("compute the last run again, digit by digit", "逐位重算最近一次运行"),
    "export": Text("all results for Excel", "导出全部结果到 Excel"),
    "edit": Text("start a policy of your own", "查看并改写策略"),
}


def summary(result: DemoResult, lang: Lang) -> list[str]:
    """The lines that the demo prints at its end."""
    facts, figures = result.facts, Figures(result.facts)
    say = _LINES["reused"] if result.reused else _LINES["built"]
    first = say.fill(lang, customers=f"{len(facts.rows) + facts.members:,}", months=len(facts.months))
    parts = [
        [first, _cycle(facts, lang)],
        _pyramid(facts, figures, lang),
        _movers(facts, lang),
        _whale(figures, lang),
        _why(facts, lang),
        _next(result, lang),
    ]
    return [line for part in parts if part for line in (*part, "")][:-1]


def _cycle(facts: Facts, lang: Lang) -> str:
    published, period = len(facts.months) - 1, Period.on(facts.run.as_of)
    return _LINES["cycle" if published else "first"].fill(lang, published=published, period=period)


def _pyramid(facts: Facts, figures: Figures, lang: Lang) -> list[str]:
    heads = ("", "customers", None, "sales", None, "profit", None)
    rows: list[Sequence[str]] = [tuple("" if h is None or not h else label(h).in_lang(lang) for h in heads)]
    for sales, profit in zip(figures.by_sales, figures.by_profit, strict=True):
        rows.append(
            (
                sales.grade,
                f"{sales.customers:,}",
                _share(sales.customer_pct, lang),
                short_text(sales.value).in_lang(lang),
                _share(sales.value_pct, lang),
                short_text(profit.value).in_lang(lang),
                _share(profit.value_pct, lang),
            )
        )
    outside = sum(figures.outside.values())
    rows.append(("–", f"{outside:,}", label("not_graded").in_lang(lang), "", "", "", ""))
    title = _LINES["pyramid"].fill(lang, as_of=facts.run.as_of.isoformat())
    grid = _grid(rows)
    bars = ["", *(_bar(level.value_pct) for level in figures.by_sales), ""]
    return [title, *(f"  {line}  {bar}".rstrip() for line, bar in zip(grid, bars, strict=True))]


def _share(value: Fraction | None, lang: Lang) -> str:
    return f"{pct(value)}%" if lang == "zh" else f"{pct(value)} %"


def _bar(share: Fraction | None) -> str:
    return "█" * round(float(share or 0) / 4)


def _movers(facts: Facts, lang: Lang) -> list[str]:
    if len(facts.months) < 2:
        return []
    lines = [_LINES["movers"].fill(lang, before=facts.months[-2].as_of.isoformat())]
    for way in ("up", "down", "new", "left"):
        moves = [move for move in facts.moves if move.way == way]
        if not moves:
            continue
        head = _pad(label(way).in_lang(lang), 18 if lang == "en" else 10)
        named = (", " if lang == "en" else "、").join(_named(facts, move) for move in moves[:NAMED])
        rest = len(moves) - NAMED
        more = _LINES["more"].fill(lang, count=rest if lang == "en" else len(moves)) if rest > 0 else ""
        lines.append(f"  {head}{len(moves):>3}  {named} {more}".rstrip())
    return lines


def _named(facts: Facts, move: Move) -> str:
    customer = facts.customers.get(move.code)
    name = customer.short if customer else move.code
    before, after = move.before.get("grade") or "–", move.after["grade"] or "–"
    return f"{_clip(name, 14)} {before}→{after}"


def _whale(figures: Figures, lang: Lang) -> list[str]:
    curve = figures.whale
    said = _LINES["whale"].fill(
        lang,
        spark=sparkline(_even(curve, 24)),
        peak=half_up(curve.peak_pct, 0),
        count=f"{curve.peak_customers:,}",
        losing=f"{figures.losses.customers:,}",
        amount=short_text(curve.destroyed).in_lang(lang),
    )
    return [said]


def _even(curve: Curve, count: int) -> list[Decimal]:
    """The height of a curve after every so many customers, in even steps."""
    wanted = [curve.customers * i / (count - 1) for i in range(count)]
    return [
        max((p for p in curve.points if p.customers <= at), key=lambda p: p.customers).cumulative
        for at in wanted
    ]


def sparkline(values: Iterable[Decimal]) -> str:
    """A row of eight-step bars, from the lowest (or zero) to the highest value."""
    known = list(values)
    low, high = min([*known, Decimal(0)]), max([*known, Decimal(0)])
    if high == low:
        return BARS[0] * len(known)
    return "".join(BARS[int((value - low) * 7 / (high - low))] for value in known)


def _why(facts: Facts, lang: Lang) -> list[str]:
    if not facts.told:
        return []
    between = "" if lang == "zh" else " "
    said = facts.sentences[lang][: len(facts.sentences[lang]) - len(facts.policy.advisory)]
    return [_LINES["why"].in_lang(lang), *_wrapped(between.join(said), WIDTH - 2)]


def _next(result: DemoResult, lang: Lang) -> list[str]:
    book, told = result.folder / "book", result.facts.told
    steps = [
        (str(result.report_path), "report"),
        (f"tierwise explain {book} {told} --lang {lang} --lines", "explain"),
        *([(f"tierwise grades {book}", "grades")] if len(result.runs) > 1 else []),
        (f"tierwise run list {book}", "cycle_runs"),
        (f"tierwise runs {book}", "runs"),
        (f"tierwise replay {book} {result.runs[-1].run_id}", "replay"),
        (f"tierwise export {book} {result.runs[-1].run_id} --out grades.xlsx", "export"),
        ("tierwise policy show customer_value", "edit"),
    ]
    widest = max(len(step) for step, _ in steps)
    return [
        _LINES["next"].in_lang(lang),
        *(f"  {step:<{widest}}  {_LINES[key].in_lang(lang)}" for step, key in steps),
    ]


def _cells(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, *, right: bool = False) -> str:
    blanks = " " * max(0, width - _cells(text))
    return blanks + text if right else text + blanks


def _clip(text: str, width: int) -> str:
    if _cells(text) <= width:
        return text
    kept = ""
    for char in text:
        if _cells(kept + char) > width - 1:
            break
        kept += char
    return kept + "…"


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_cells(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            _pad(cell, width, right=i > 0) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of a paragraph, indented; English breaks at blanks, Chinese anywhere but before punctuation."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and _cells(line + piece.rstrip()) > width and piece.strip() not in set("，。；：）、”"):
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [f"  {text}" for text in [*lines, line.rstrip()] if text]


def _pieces(text: str) -> list[str]:
    """Words with their blanks, and wide characters one by one."""
    pieces, word = [], ""
    for char in text:
        if _cells(char) == 2:
            pieces += [word, char] if word else [char]
            word = ""
        else:
            word += char
            if char == " ":
                pieces.append(word)
                word = ""
    return [*pieces, word] if word else pieces
