"""One training day: grades of then, every simple rule beside them, and what the months after brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.engine.stages import Stages
from tierwise.insight.backtest import field as fields
from tierwise.insight.backtest.days import horizon_end
from tierwise.insight.backtest.figures import Sums, caught, correlation, share
from tierwise.insight.backtest.future import future_of
from tierwise.insight.backtest.losses import losses_of
from tierwise.insight.backtest.measuring import (
    Chosen,
    Ordering,
    by_bag,
    chosen_sums,
    edges,
    rank_sums,
    ranked,
    resampled,
    totals,
)
from tierwise.insight.backtest.model import (
    MEASURES,
    TOP_PCTS,
    Caught,
    Correlation,
    Cut,
    Future,
    Measure,
    Request,
    Rule,
    Trial,
)
from tierwise.insight.backtest.training import Trained, rfm_of, train
from tierwise.kernel.ratio import count_where
from tierwise.kernel.text import Text

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion
    from tierwise.metrics.compute import Progress

CURVE_PCTS = (1, 2, 3, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100)
VALUE: dict[Measure, str] = {"sales": "f", "profit": "p"}


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial, and the units of each policy for what compares days."""

    trial: Trial
    trained: tuple[Trained, ...]


def run_trial(
    book: Book, version: BookVersion, request: Request, labels: Sequence[str], day: date, progress: Progress
) -> Tried:
    """Trains on a day and measures the horizon after it."""
    trained = tuple(train(book, version, document, day, progress) for document in request.policies)
    fields.refuse_mixed_levels(trained)
    rfm = rfm_of(book, version, trained[0].policy, day, progress)
    progress("future")
    future = future_of(book, version, day, request.months, progress)
    progress("measuring")
    with book.engine() as engine:
        fields.register(engine, trained, rfm, future)
        trial = _Measured(Stages(engine), request, tuple(labels), day, trained).trial()
    return Tried(trial, trained)


class _Measured:
    """The field of one day in an engine, and the figures drawn from it."""

    def __init__(
        self,
        stages: Stages,
        request: Request,
        labels: tuple[str, ...],
        day: date,
        trained: tuple[Trained, ...],
    ) -> None:
        self._stages, self._engine, self._request = stages, stages.engine, request
        self._labels, self._day, self._trained = labels, day, trained
        self._field = fields.the_field(stages, trained)
        self._rules, self._keys = _rules(trained, labels)

    def trial(self) -> Trial:
        """All figures of the day."""
        told = self._told()
        size: int = told["n"]
        fields.refuse_empty(size, self._day)
        cuts, sizes = self._cuts(told, size)
        # where no profit is known there is nothing to rank by it
        measures = MEASURES if told["profit"] is not None else MEASURES[:1]
        t = ranked(self._stages, self._field, self._orderings(), self._request.seed, size)
        asked = {
            (rule.code, cut.code, m): Chosen(self._order(rule, m), cut.places, VALUE[m])
            for rule in self._rules for cut in cuts for m in measures
        }  # fmt: skip
        found, shown = self._caught(t, asked, size)
        return Trial(
            day=self._day,
            customers=size,
            left_out=self._left_out(size),
            future=self._future(told),
            rules=(*self._rules, RANDOM),
            cuts=cuts,
            caught=found | _at_random(cuts, measures, size),
            correlation=shown,
            losses=losses_of(self._engine, self._field, self._labels),
            sizes=sizes,
            curves=self._curves(t, size),
        )

    def _orderings(self) -> list[Ordering]:
        keys = [
            Ordering(rule.code, self._keys[rule.code]) for rule in self._rules if rule.kind != "foresight"
        ]
        return [*keys, Ordering("f", "sales"), Ordering("p", "profit")]

    @staticmethod
    def _order(rule: Rule, measure: Measure) -> str:
        """Perfect foresight orders by what is measured."""
        return VALUE[measure] if rule.kind == "foresight" else rule.code

    def _told(self) -> dict[str, Any]:
        t = self._field
        counts = {
            f"n_{at}_{place}": count_where(t[f"place_{at}"] == place)
            for at, one_ in enumerate(self._trained)
            for place in range(len(one_.policy.scale))
        }
        return one(self._engine, t.agg(
            n=t.count(), sales=t.sales.sum().cast(fields.MONEY),
            profit=_known(t).sum().cast(fields.MONEY), unknown=count_where(t.profit.isnull()), **counts,
        ))  # fmt: skip

    def _cuts(self, told: dict[str, Any], size: int) -> tuple[tuple[Cut, ...], dict[str, dict[str, int]]]:
        found: list[Cut] = []
        sizes = {}
        for at, (one_, label) in enumerate(zip(self._trained, self._labels, strict=True)):
            codes = [grade.code for grade in one_.policy.scale]
            counts = [told[f"n_{at}_{place}"] for place in range(len(codes))]
            sizes[label] = dict(zip(codes, counts, strict=True))
            for many in (1, 2):
                places, name = sum(counts[:many]), "+".join(codes[:many])
                if places > 0 and many < len(codes):
                    found.append(Cut(f"{label}:{name}", Text(name, name), places, label))
        for pct in TOP_PCTS:
            title = Text(f"top {pct} %", f"前 {pct}%")
            found.append(Cut(f"top_{pct}", title, -(-size * pct // 100)))
        return tuple(found), sizes

    def _caught(
        self, t: Table, asked: dict[tuple[str, str, Measure], Chosen], size: int
    ) -> tuple[dict[tuple[str, str, Measure], Caught], dict[tuple[str, Measure], Correlation]]:
        borders = edges(self._engine, t, asked.values())
        measures = {measure for _, _, measure in asked}
        orders = [rule.code for rule in self._rules if rule.kind != "foresight"]
        values = {f"t_{VALUE[m]}": t[VALUE[m]].coalesce(0).cast("decimal(38,0)").sum() for m in measures}
        ranks = [rank_sums(t, orders, VALUE[m]) for m in measures]
        sums = (
            values
            | chosen_sums(t, dict.fromkeys(asked.values()))
            | {k: v for r in ranks for k, v in r.items()}
        )
        bags = by_bag(self._stages, t, sums)
        whole = totals(self._engine, bags)
        drawn = resampled(self._engine, bags, self._request.seed, self._request.resamples, size)
        found = {}
        for (rule, cut, measure), chosen in asked.items():
            past = None if rule == PAST.code else asked[PAST.code, cut, measure]
            found[rule, cut, measure] = caught(chosen, past, whole, borders, drawn, size)
        shown = {(o, m): correlation(o, VALUE[m], whole, drawn) for o in orders for m in measures}
        return found, shown

    def _curves(self, t: Table, size: int) -> dict[str, tuple[tuple[int, Fraction], ...]]:
        drawn = [rule for rule in self._rules if rule.kind != "criterion"]
        places = {pct: -(-size * pct // 100) for pct in CURVE_PCTS}
        asked = {
            (r.code, pct): Chosen(self._order(r, "sales"), n, "f") for r in drawn for pct, n in places.items()
        }
        borders = edges(self._engine, t, asked.values())
        sums = chosen_sums(t, dict.fromkeys(asked.values()))
        row: Sums = one(self._engine, t.agg(t_f=t.f.sum().cast("decimal(38,0)"), **sums))
        whole = {name: int(value or 0) for name, value in row.items()}
        found = {key: share(whole, borders, chosen) for key, chosen in asked.items()}
        return {
            r.code: tuple((pct, value) for pct in CURVE_PCTS if (value := found[r.code, pct]) is not None)
            for r in drawn
        }  # fmt: skip

    def _future(self, told: dict[str, Any]) -> Future:
        beyond = fields.beyond(self._engine, self._field)
        return Future(
            start=self._day + timedelta(days=1),
            end=horizon_end(self._day, self._request.months),
            sales=told["sales"],
            profit=told["profit"],
            profit_unknown=told["unknown"],
            newcomers=beyond["new"],
            newcomer_sales=beyond["new_sales"],
            outside_sales=beyond["other_sales"],
        )

    def _left_out(self, size: int) -> int:
        """Units in the population of some policies that are not in that of all."""
        parts = [fields.units_of(at, one_) for at, one_ in enumerate(self._trained)]
        everyone = [part.select(unit=part[f"u{at}"]) for at, part in enumerate(parts)]
        t = everyone[0]
        for other in everyone[1:]:
            t = t.union(other)
        known = t.distinct()
        found: int = one(self._engine, known.agg(n=known.count()))["n"]
        return found - size


PAST = Rule("past_spend", "past_spend", Text("past spend", "过去消费额"))
RFM_SUM = Rule("rfm_sum", "rfm_sum", Text("RFM sum", "RFM 总分"))
FORESIGHT = Rule("foresight", "foresight", Text("perfect foresight", "完全预知"))
RANDOM = Rule("random", "random", Text("at random", "随机"))


def _rules(trained: Sequence[Trained], labels: Sequence[str]) -> tuple[tuple[Rule, ...], dict[str, str]]:
    """The rules in the order in which they are shown, and the column of each that says who is better."""
    found, keys = [], {PAST.code: "spend_0", RFM_SUM.code: "rfm"}
    for at, (one_, label) in enumerate(zip(trained, labels, strict=True)):
        title = one_.policy.title
        found.append(Rule(f"policy_{at}", "policy", Text(title.en, title.zh), label))
        keys[f"policy_{at}"] = f"key_{at}"
    found += [PAST, RFM_SUM]
    for at, (one_, label) in enumerate(zip(trained, labels, strict=True)):
        for number, criterion in enumerate(one_.criteria):
            found.append(Rule(f"criterion_{at}_{number}", "criterion", criterion.title, label))
            keys[f"criterion_{at}_{number}"] = f"k{number}_{at}"
    return (*found, FORESIGHT), keys


def _at_random(
    cuts: Sequence[Cut], measures: Sequence[Measure], size: int
) -> dict[tuple[str, str, Measure], Caught]:
    """What as many customers drawn at random catch on average: their part of the field."""
    return {
        (RANDOM.code, cut.code, m): Caught(Fraction(100 * cut.places, size), Fraction(1))
        for cut in cuts
        for m in measures
    }


def _known(t: Table) -> Any:
    """The profit of those who bought; of a field whose profit is nowhere known the sum is null."""
    return ibis.ifelse(t.orders > 0, t.profit, ibis.null(fields.MONEY))
