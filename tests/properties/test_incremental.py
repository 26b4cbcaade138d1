"""What is kept of whole months gives the same rows as all lines, whatever happens to the book in between. Decision 0021."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import AT, Kit
from tierwise.book.rollups import FOLDER, month_files
from tierwise.book.store import Book
from tierwise.book.undoing import undo_import
from tierwise.engine.place import Place
from tierwise.grading import older_months
from tierwise.grading.run import grade_book
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.periods import Period, month_end
from tierwise.policy.load import PolicyDocument, load_policy

EVERYDAY, MANY = range(2), range(2, 120)
SEEDS = [*EVERYDAY, *(pytest.param(seed, marks=pytest.mark.long) for seed in MANY)]
FIRST, LAST = Period(2025, 3), Period(2026, 2)
CODES = ("C1", "C2", "C3", "C4", "C5")
METRICS = (
    "net_sales_3m order_amount_3m gross_sales_12m returns_6m cumulative_sales orders_6m orders_before_3m largest_order_6m "
    "recency_days tenure_months purchase_interval_days net_sales_year_ago_3m momentum_pct sales_volatility_6m "
    "three_year_growth_pct gross_profit_6m product_breadth_6m"
).split()
RECENT = (
    "net_sales_3m order_amount_3m gross_sales_2m returns_3m cumulative_sales orders_3m orders_before_1m largest_order_2m "
    "recency_days tenure_months net_sales_month_ago_1m sales_volatility_3m gross_profit_2m average_order_value_3m"
).split()
"""Without a window that reaches far: older months stand together."""
POLICY = """
code: seen
version: 1
title: {en: Seen, zh: 所见}
window_months: %s
population: {level: %s, lines_in_window: false}
scale:
  - {code: A, title: {en: a, zh: 甲}, colour: "#111111"}
  - {code: B, title: {en: b, zh: 乙}, colour: "#222222"}
leading: {method: value_bands, id: sales, value: net_sales, bands: {A: 1000}}
gates:
%s
"""


def document(level: str, window: int, metrics: list[str]) -> PolicyDocument:
    """A policy that looks at some metrics."""
    gates = [
        f"  - {{code: g{at}, when: {{metric: {name}, below: 9}}, effect: flag, flag: g{at}, title: {{en: g, zh: 门}}}}"
        for at, name in enumerate(metrics)
    ]
    return load_policy("seen.yaml", text=POLICY % (window, level, "\n".join(gates)))


class Story:
    """A book to which things happen at random."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.draw = random.Random(seed)
        self.kit = Kit(folder, posting_basis=self.draw.choice(("invoice", "order")))
        self.lines: dict[tuple[str, int], dict[str, Any]] = {}
        self.kit.put("customers", *({"code": c, "name": c, "valid_from": "2020-01-01"} for c in CODES))
        self.kit.put("products", *(
            {"code": f"P{i}", "name": "p", "category": f"K{i % 2}", "uom": "pcs", "standard_cost": 3 + i, "valid_from": "2020-01-01"}
            for i in range(3)
        ))  # fmt: skip
        weeks = [date(2024, 12, 30) + timedelta(days=7 * n) for n in range(70)]
        rates = [
            {"currency": "USD", "date": d, "rate_to_base": f"{7 + n % 5 / 10}"} for n, d in enumerate(weeks)
        ]
        self.kit.put("fx_rates", *rates)
        self.buy(20)
        self.buy(25)

    def day(self) -> date:
        """Some day of the story."""
        first = date(FIRST.year, FIRST.month, 1)
        return first + timedelta(days=self.draw.randrange((LAST.end - first).days))

    def row(self) -> dict[str, Any]:
        """A line of an order that may have lines already, also of others and in other months."""
        draw, ordered = self.draw, self.day()
        order, amount = f"O{draw.randrange(25)}", draw.choice((10, 40, 333.33, 900, 0))
        row: dict[str, Any] = {
            "order_number": order,
            "line_no": 1 + sum(key[0] == order for key in self.lines),
            "customer_code": draw.choice(CODES),
            "order_date": ordered,
            "posting_date": min(ordered + timedelta(days=draw.choice((-3, 0, 0, 5, 40))), LAST.end),
            "amount_ex_tax": amount,
            "currency": draw.choice(("CNY", "CNY", "USD")),
            "line_type": draw.choice(("sale", "sale", "sale", "service", "freight", "rebate")),
            "status": draw.choice(("posted", "posted", "closed", "cancelled")),
            "product_code": f"P{draw.randrange(3)}",
            "qty": draw.choice((1, 2, 5)),
            "cost_amount": draw.choice((amount / 2, amount / 2, amount / 2, "")),
        }
        if row["line_type"] == "rebate":
            row |= {"amount_ex_tax": -amount}
        return row

    def returned(self) -> dict[str, Any]:
        """Some or all of an earlier sale, given back."""
        sales = [row for row in self.lines.values() if row["line_type"] == "sale"]
        sale = self.draw.choice(sales)
        part = self.draw.choice((1, 1, 2))
        back = {name: -float(sale[name]) / part for name in ("amount_ex_tax", "qty")}
        cost = self.draw.choice(("", -float(sale["cost_amount"] or 0) / part))
        on = max(sale["posting_date"], self.day())
        own = {"order_number": f"R{len(self.lines)}", "line_no": 1, "line_type": "return", "posting_date": on}
        named = {"linked_order": sale["order_number"], "linked_line": sale["line_no"], "cost_amount": cost}
        return sale | own | back | named | {"order_date": min(sale["order_date"], on), "status": "posted"}

    def put(self, rows: list[dict[str, Any]]) -> None:
        """Imports lines, where the book takes them."""
        self.lines.update({(row["order_number"], row["line_no"]): row for row in rows})
        self.kit.put("order_lines", *rows)

    def buy(self, count: int) -> None:
        """New lines in any month: some of them come late."""
        rows: dict[Any, dict[str, Any]] = {}
        for _ in range(count):
            row = self.returned() if self.lines and self.draw.random() < 0.3 else self.row()
            rows[row["order_number"], row["line_no"]] = row
        self.put(list(rows.values()))

    def correct(self) -> None:
        """Old rows change their amount, their day, their customer or their status."""
        for _ in range(self.draw.randrange(1, 4)):
            row = dict(self.draw.choice(list(self.lines.values())))
            change = self.draw.choice(("amount_ex_tax", "customer_code", "posting_date", "status"))
            row[change] = self.row()[change]
            self.put([row])

    def close(self) -> None:
        """A month is closed: what is corrected in it later is posted in an open one."""
        through = self.kit.book.upcoming().settings.closed_through
        end = month_end(self.day())
        if through is None or end > through:
            self.kit.close(str(end))

    def undo(self) -> None:
        """An import is taken back, where nothing came after it."""
        batches = self.kit.book.current().state["batches"].rows
        try:
            undo_import(self.kit.book, self.draw.randrange(4, batches + 1), actor="bo", at=AT)
        except TierwiseError:
            return

    def regroup(self) -> None:
        """Customers get another parent, or are merged."""
        code, parent = self.draw.sample(CODES[1:], 1)[0], self.draw.choice(("", "C1"))
        status = self.draw.choice(("active", "active", "merged"))
        node = "site" if parent else "standalone"
        row = {"code": code, "name": code, "valid_from": self.day(), "parent_code": parent, "status": status}
        self.kit.put("customers", row | {"hierarchy_node": node})

    def merge(self) -> None:
        """Two customers turn out to be one, from a day on or always, where the book takes it; or they are two again."""
        merged, survivor = self.draw.sample(CODES, 2)
        since = self.draw.choice(("1900-01-01", self.day()))
        told = self.draw.choice((survivor, survivor, ""))
        row = {"merged_code": merged, "survivor_code": told, "reason": "seen", "valid_from": since}
        self.kit.put("merges", row)

    def rates(self) -> None:
        """Another rate: lines of open months are converted anew."""
        self.kit.put("fx_rates", {"currency": "USD", "date": self.day(), "rate_to_base": self.draw.choice(("6.9", "7.7"))})  # fmt: skip

    def happen(self) -> None:
        """Something happens."""
        what = (
            lambda: self.buy(6),
            self.correct,
            self.correct,
            self.close,
            self.undo,
            self.regroup,
            self.merge,
            self.merge,
            self.rates,
        )
        self.draw.choice(what)()


@pytest.mark.parametrize("seed", SEEDS)
def test_months_as_kept_and_all_lines_give_the_same_digest(seed: int, tmp_path: Path) -> None:
    """``METRICS`` are every metric that months of lines can answer."""
    compare(Story(tmp_path, seed), 6, METRICS, FIRST.through(LAST))


@pytest.mark.parametrize("seed", SEEDS)
def test_older_months_together_and_all_lines_give_the_same_digest(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On late days, which have older months, unless some of them hold what was not known on the day."""
    story = Story(tmp_path, seed)
    monkeypatch.setattr(older_months, "MOST_BEHIND", story.draw.choice((0, 1, 2)))
    monkeypatch.setattr(older_months, "FEWEST", 1)
    compare(story, 2, RECENT, FIRST.through(LAST)[7:])
    if seed in EVERYDAY:
        assert list((story.kit.book.path / FOLDER).glob("*/older-*"))


ON_SPARK = [
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in EVERYDAY),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8)),
]


@pytest.mark.parametrize("seed", ON_SPARK)
def test_months_as_kept_here_and_all_lines_on_spark_give_the_same_digest(
    seed: int, tmp_path: Path, spark: Any
) -> None:
    """Corrections, imports taken back, groups, merges and rates: what the files of a version hold is read alike."""
    story = Story(tmp_path, seed)
    policy = document(story.draw.choice(("site", "account")), 6, METRICS)
    there = Book.open(story.kit.book.path, Place("spark", spark))
    for _ in range(3):
        for _ in range(3):
            story.happen()
        day = story.draw.choice(FIRST.through(LAST)).end
        here = grade_book(story.kit.book, policy, day, actor="ann", at=AT, way="incremental").record
        found = grade_book(there, policy, day, actor="ann", at=AT, dry_run=True).record
        assert (found.engine, found.facts["read"]) == ("spark", "lines")
        assert found.digest == here.digest, day
        assert found.facts["methods"] == here.facts["methods"]


def compare(story: Story, window: int, metrics: list[str], months: list[Period]) -> None:
    """Things happen, and month by month both ways say the same."""
    policy = document(story.draw.choice(("site", "account")), window, metrics)
    book = story.kit.book
    for _ in range(4):
        for _ in range(story.draw.randrange(1, 3)):
            story.happen()
        day = story.draw.choice(months).end
        whole = grade_book(book, policy, day, actor="ann", at=AT, way="full", dry_run=True).record
        looked = grade_book(book, policy, day, actor="ann", at=AT, way="incremental", dry_run=True).record
        kept = grade_book(book, policy, day, actor="ann", at=AT, way="incremental").record
        held = month_files(book, "order_lines", book.current())
        begun = any(month <= day.year * 100 + day.month for month in held)
        way = "months" if begun else "lines"
        assert [r.facts["read"] for r in (whole, looked, kept)] == ["lines", way, way], day
        assert looked.digest == whole.digest, day
        assert kept.digest == whole.digest, day
        assert kept.facts["methods"] == whole.facts["methods"]
