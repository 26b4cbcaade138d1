"""A whole backtest: checks first, then one trial a training day, then what compares the days. Source: spec 6.16, 12.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from tierwise.engine.base import one
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.insight.backtest.days import horizon_end, refuse_outside, span_of, training_days
from tierwise.insight.backtest.imported import imported_later
from tierwise.insight.backtest.model import Backtest, Request, Stability
from tierwise.insight.backtest.trial import Tried, run_trial
from tierwise.kernel.errors import Problem, fail
from tierwise.kernel.ratio import count_where
from tierwise.kernel.text import Text
from tierwise.metrics.compute import Progress, silent
from tierwise.metrics.report import scene_for_people

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion
    from tierwise.insight.backtest.training import Trained

MOST_DAYS, MOST_RESAMPLES = 60, 10_000


def backtest(book: Book, request: Request, progress: Progress = silent) -> Backtest:
    """Grades the past with what was known then and measures what followed; nothing is stored.

    **Raises** ``backtest.*`` for what cannot be asked, and what keeps a run from being made.
    """
    _refuse(request)
    version = book.upcoming()
    days = training_days(request.train_to, request.rolling)
    for day in days:
        horizon_end(day, request.months)
    _refuse_outside(book, version, request, days)
    labels = labels_of(request)
    tried = [run_trial(book, version, request, labels, day, progress) for day in days]
    return Backtest(
        company=version.settings.name,
        book_version=version.number,
        currency=version.settings.base_currency,
        request=request,
        labels=labels,
        trials=tuple(one_.trial for one_ in tried),
        stability=_stability(tried, labels),
        imported=imported_later(book, version, request.train_to),
        notes=tuple(_notes(tried[-1])),
    )


def labels_of(request: Request) -> tuple[str, ...]:
    """Code and version of every policy, with the beginning of the fingerprint where that is not enough."""
    names = [f"{d.policy.code} v{d.policy.version}" for d in request.policies]
    many = Counter(names)
    return tuple(
        name if many[name] == 1 else f"{name} {d.fingerprint[:8]}"
        for name, d in zip(names, request.policies, strict=True)
    )


def _refuse(request: Request) -> None:
    prints = [document.fingerprint for document in request.policies]
    if len(set(prints)) < len(prints):
        raise fail("backtest.same-policy", "a policy is given twice: the same rules cannot be compared with themselves",
                   "同一策略给出了两次：相同的规则无法互相比较")  # fmt: skip
    limits = (
        ("--rolling", request.rolling, 1, MOST_DAYS),
        ("--resamples", request.resamples, 0, MOST_RESAMPLES),
    )
    for name, given, least, most in limits:
        if not least <= given <= most:
            raise fail("backtest.limits", "{name} is from {least} to {most}, not {given}",
                       "{name} 须在 {least} 至 {most} 之间，现为 {given}",
                       name=name, least=least, most=most, given=given)  # fmt: skip


def _refuse_outside(book: Book, version: BookVersion, request: Request, days: list[date]) -> None:
    with book.engine() as engine:
        book.open_in(engine, version, ("order_lines",), as_of=None)
        scene = scene_for_people(version.settings, date(2999, 12, 31))
        refuse_outside(span_of(engine, version, scene), days, request.months)


def _stability(tried: Sequence[Tried], labels: Sequence[str]) -> tuple[Stability, ...]:
    return tuple(
        _between(before, after, at, label)
        for at, label in enumerate(labels)
        for before, after in pairwise(tried)
    )


def _between(before: Tried, after: Tried, at: int, label: str) -> Stability:
    with DuckDBEngine() as engine:
        sides = [
            _places(engine, name, one_.trained[at])
            for name, one_ in (("bt_before", before), ("bt_after", after))
        ]
        old, new = sides[0].rename(unit_before="unit", before="place"), sides[1]
        t = old.join(new, old.unit_before == new.unit).select("before", "place")
        row = one(engine, t.agg(
            both=t.count(), same=count_where(t.before == t.place), best_before=count_where(t.before == 0),
            best_kept=count_where((t.before == 0) & (t.place == 0)),
        ))  # fmt: skip
    return Stability(label, before.trial.day, after.trial.day, **row)


def _places(engine: DuckDBEngine, name: str, trained: Trained) -> Table:
    engine.register(name, trained.units.select(["unit", "place"]))
    t = ibis.table({"unit": "string", "place": "int64"}, name=name)
    return t.filter(t.place.notnull())


def _notes(tried: Tried) -> list[Problem]:
    """What a reader has to know about the figures."""
    future, found = tried.trial.future, []
    if future.profit is None:
        found.append(Problem("backtest.no-profit", _NO_PROFIT))
    elif future.profit_unknown:
        found.append(Problem("backtest.profit-unknown", _PROFIT_UNKNOWN, {"n": future.profit_unknown}))
    if future.sales <= 0:
        found.append(Problem("backtest.no-sales", _NO_SALES))
    if tried.trial.left_out:
        found.append(Problem("backtest.left-out", _LEFT_OUT, {"n": tried.trial.left_out}))
    return found


_NO_PROFIT = Text(
    "no profit of the horizon is known, because lines have no cost: profit is left out",
    "观察期内没有已知利润（订单行缺少成本），故不列利润",
)
_PROFIT_UNKNOWN = Text(
    "the profit of {n} {n#customer|customers} in the horizon is not known and counts as nothing",
    "观察期内有 {n} 家客户的利润未知，按零计入",
)
_NO_SALES = Text(
    "the field brought no positive net sales in the horizon, so there are no shares",
    "观察期内该客户群净销售额不为正，故无占比",
)
_LEFT_OUT = Text(
    "{n} {n#customer is|customers are} in the population of some of the policies only and left out",
    "有 {n} 家客户仅属于部分策略的人群，未计入",
)
