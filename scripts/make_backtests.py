"""Writes the tables of docs/explanation/backtest.md and backtest.zh.md from the real data sets; the prose is written by hand.

.venv/bin/python scripts/make_backtests.py ../shared/data          writes them
.venv/bin/python scripts/make_backtests.py ../shared/data --check  says whether they are current
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tierwise import api
from tierwise.book.reading import load_mapping
from tierwise.insight.backtest.model import TOP_PCTS, Backtest, Request
from tierwise.insight.backtest.run import backtest
from tierwise.kernel.text import Lang, Text
from tierwise.policy.load import load_policy
from tierwise.report.backtest.caught import rule_name
from tierwise.report.html import pct, whole

REPO = Path(__file__).resolve().parent.parent
AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
PAGES: dict[Lang, Path] = {
    "en": REPO / "docs" / "explanation" / "backtest.md",
    "zh": REPO / "docs" / "explanation" / "backtest.zh.md",
}


@dataclass(frozen=True)
class Case:
    """A data set, the files of it, and what is asked of it."""

    name: str
    currency: str
    files: tuple[tuple[str, str, str], ...]
    policies: tuple[str, ...]
    train_to: date
    months: int


CASES = (
    Case("cdnow", "USD", (("order_lines", "cdnow_sample.csv.gz", "order_lines.yaml"),),
         ("abc_sales", "rfm_rank"), date(1997, 9, 30), 9),
    Case("online_retail", "GBP", (("order_lines", "online_retail_uci352.parquet", "order_lines_with_returns.yaml"),),
         ("abc_sales", "rfm_rank"), date(2011, 6, 30), 5),
)  # fmt: skip


def measured(case: Case, data: Path) -> Backtest:
    """The backtest of a data set, in a book that is made for it."""
    with TemporaryDirectory() as folder:
        book = api.create_book(
            Path(folder) / "book", name=case.name, base_currency=case.currency, actor="docs", at=AT
        )
        for table, file, mapping in case.files:
            read_as = load_mapping(REPO / "examples" / case.name / mapping)
            api.import_files(book, table, [data / file], mapping=read_as, actor="docs", at=AT)
        asked = Request(tuple(map(load_policy, case.policies)), case.train_to, case.months)
        return backtest(book, asked)


HEADS = {
    "rule": Text("Chosen by", "选择方式"),
    "rho": Text("Rank correlation", "秩相关"),
    "policy": Text("Policy", "策略"),
    "size": Text("A customers", "A 级客户"),
    "own": Text("A catches", "A 级命中"),
    "past": Text("As many by past spend", "同等数量按过去消费额"),
    "best": Text("By foresight", "若完全预知"),
    "lost": Text("Lost", "流失"),
    "foreseen": Text("of them foreseen", "其中有预警"),
    "alarms": Text("Stayed in spite of a warning", "有预警但留存"),
}


def tables(found: Backtest, lang: Lang) -> str:
    """The tables of one data set in one language."""
    return "\n\n".join((_about(found, lang), _tops(found, lang), _best(found, lang)))


def _about(found: Backtest, lang: Lang) -> str:
    trial = found.last
    words = Text(
        "Trained to {day}, held against {start} to {end}: {n} customers, {sales} {currency} of net sales. "
        "Customers that had never ordered brought {new} more.",
        "训练截至 {day}，对照 {start} 至 {end}：{n} 家客户，净销售额 {sales} {currency}。从未下单的客户另带来 {new}。",
    )
    future = trial.future
    return words.fill(lang, day=trial.day, start=future.start, end=future.end, n=whole(trial.customers),
                      sales=whole(future.sales), currency=found.currency, new=whole(future.newcomer_sales))  # fmt: skip


def _tops(found: Backtest, lang: Lang) -> str:
    trial = found.last
    tops = [Text(f"Top {step} %", f"前 {step}%").in_lang(lang) for step in TOP_PCTS]
    rows = []
    for rule in trial.rules:
        cells = [rule_name(trial, rule).in_lang(lang)]
        for step in TOP_PCTS:
            one = trial.caught[rule.code, f"top_{step}", "sales"]
            within = "" if one.interval is None else f" ({pct(one.interval.low)}–{pct(one.interval.high)})"
            cells.append(f"{pct(one.pct)}{within}")
        rho = trial.correlation.get((rule.code, "sales"))
        rows.append([*cells, "–" if rho is None or rho.rho is None else pct(rho.rho, 3)])
    return _table([HEADS["rule"].in_lang(lang), *tops, HEADS["rho"].in_lang(lang)], rows)


def _best(found: Backtest, lang: Lang) -> str:
    trial, rows = found.last, []
    for at, label in enumerate(found.labels):
        cut = next(cut for cut in trial.cuts if cut.code == f"{label}:A")
        shares = [
            trial.caught[rule, cut.code, "sales"].pct for rule in (f"policy_{at}", "past_spend", "foresight")
        ]
        losses = trial.losses[label]
        counts = [losses.lost, losses.lost_warned, losses.kept_warned]
        rows.append([label, whole(cut.places), *map(pct, shares), *map(whole, counts)])
    keys = ("policy", "size", "own", "past", "best", "lost", "foreseen", "alarms")
    return _table([HEADS[key].in_lang(lang) for key in keys], rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(text: str, made: dict[str, str]) -> str:
    """A page with its tables put between their marks."""
    for name, body in made.items():
        marks = re.compile(f"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        text, count = marks.subn(lambda m, body=body: m[1] + body + m[2], text)  # type: ignore[misc]
        if count != 1:
            raise SystemExit(f"the page has no place for {name}")
    return text


def main(words: list[str]) -> int:
    """Writes or checks both pages."""
    data = Path(words[0])
    found = {case.name: measured(case, data) for case in CASES}
    stale = []
    for lang, page in PAGES.items():
        before = page.read_text(encoding="utf-8")
        after = written(before, {name: tables(one, lang) for name, one in found.items()})
        if after != before:
            stale.append(page.name)
            if "--check" not in words:
                page.write_text(after, encoding="utf-8")
    print("changed: " + ", ".join(stale) if stale else "current")
    return int(bool(stale) and "--check" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
