"""What a backtest asks and what it answers. Shares are exact fractions of 100; ``half_up`` rounds for display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from tierwise.kernel.text import Text

if TYPE_CHECKING:
    from tierwise.kernel.errors import Problem
    from tierwise.policy.load import PolicyDocument

Measure = Literal["sales", "profit"]
MEASURES: tuple[Measure, ...] = ("sales", "profit")
Kind = Literal["policy", "past_spend", "rfm_sum", "criterion", "foresight", "random"]
TOP_PCTS = (5, 10, 20)
RESAMPLES, SEED = 200, 1


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: policies, the last day that may be known, and how far to look ahead from there."""

    policies: tuple[PolicyDocument, ...]
    train_to: date
    months: int
    rolling: int = 1
    """So many training days, a month apart, the last being ``train_to``."""
    resamples: int = RESAMPLES
    """0: no intervals."""
    seed: int = SEED


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to put customers in order, best first."""

    code: str
    kind: Kind
    title: Text
    policy: str | None = None
    """The policy that it is, or whose criterion it is."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How many customers are chosen: the best grades of a policy, or so many percent, rounded up."""

    code: str
    title: Text
    places: int
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """Where 95 of 100 resamples lie."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Caught:
    """What the customers that a rule chose brought later, in percent of the whole field; null if that is not positive."""

    pct: Fraction | None
    lift: Fraction | None
    """Times what as many customers drawn at random bring on average."""
    interval: Interval | None = None
    over_past: Fraction | None = None
    """Points more than the order by past spend."""
    over_past_interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation of an order with the future, ties sharing their mean rank; null without variation."""

    rho: Decimal | None
    interval: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class LostCustomer:
    """A customer of the best grade that ordered nothing in the horizon."""

    customer: str
    past_spend: Decimal | None
    lifecycle: str | None
    near_down: bool

    @property
    def foreseen(self) -> bool:
        """Whether the training day already showed it."""
        return self.lifecycle in WARNING or self.near_down


WARNING = ("at_risk", "dormant", "lost")
"""Lifecycle statuses that warn of a loss (RET-01)."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The best grade by what became of it and whether the training day warned: silence (RET-01) or near the lower cut."""

    lost_warned: int
    lost_unwarned: int
    kept_warned: int
    kept_unwarned: int
    past_spend_lost: Decimal
    customers: tuple[LostCustomer, ...]
    """The largest of the lost."""

    @property
    def lost(self) -> int:
        """All that ordered nothing in the horizon."""
        return self.lost_warned + self.lost_unwarned

    @property
    def size(self) -> int:
        """All of the best grade."""
        return self.lost + self.kept_warned + self.kept_unwarned


@dataclass(frozen=True, slots=True)
class Future:
    """What the horizon brought, and from whom."""

    start: date
    end: date
    sales: Decimal
    """Of the field."""
    profit: Decimal | None
    """Of the field; null where none is known."""
    profit_unknown: int
    newcomers: int
    """Customers that had never ordered on the training day, and bought."""
    newcomer_sales: Decimal
    outside_sales: Decimal
    """Of customers that had ordered before and are not in the field, because a population left them out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One training day: grades of then against the months after."""

    day: date
    customers: int
    """The field: units that every policy has in its population."""
    left_out: int
    """Units in the population of some of the policies only."""
    future: Future
    rules: tuple[Rule, ...]
    cuts: tuple[Cut, ...]
    caught: Mapping[tuple[str, str, Measure], Caught]
    """(rule, cut, measure)."""
    correlation: Mapping[tuple[str, Measure], Correlation]
    losses: Mapping[str, Losses]
    sizes: Mapping[str, Mapping[str, int]]
    """Policy -> grade -> customers of the field."""
    curves: Mapping[str, tuple[tuple[int, Fraction], ...]]
    """Rule -> (percent of the customers chosen, percent of the future sales caught)."""

    def rule(self, code: str) -> Rule:
        """A rule by its code."""
        return next(rule for rule in self.rules if rule.code == code)


@dataclass(frozen=True, slots=True)
class Stability:
    """Two neighbouring training days under one policy."""

    policy: str
    before: date
    after: date
    both: int
    """Customers graded on both days."""
    same: int
    best_before: int
    """Those of them that had the best grade on the earlier day …"""
    best_kept: int
    """… and have it on the later one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Facts whose knowledge day is an assumption: they were imported after the training day."""

    table: str
    rows: int
    """Rows read on the training day that came into the book later; their business day stands for it."""
    timeless: int
    """Those of them that speak from always: their columns are the state as of the import."""
    columns: tuple[str, ...]
    """The columns that say something in timeless rows."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """A whole backtest: the newest training day last."""

    company: str
    book_version: int
    currency: str
    request: Request
    labels: tuple[str, ...]
    """The names of the policies, in their order."""
    trials: tuple[Trial, ...]
    stability: tuple[Stability, ...]
    imported: tuple[Imported, ...]
    notes: tuple[Problem, ...]

    @property
    def last(self) -> Trial:
        """The trial of the day that was asked for."""
        return self.trials[-1]
