"""What a list is made of, and what stands on it. Source: spec 8.4, RET-01, RET-09, W05 to W09."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.kernel.text import Text

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Why:
    """A reason as a code with its values; ``metric`` says how a slot named ``value`` is written."""

    code: str
    slots: dict[str, Any] = field(default_factory=dict)
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A customer that a rule puts on its list."""

    customer: str
    at_stake: Decimal | None
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What rules look at: who is graded how, what a run said of everybody, and metrics of whoever may be listed."""

    policy: Policy
    as_of: date
    grades: Mapping[str, str | None]
    """Unit -> grade in force, else computed; null without one."""
    rows: Mapping[str, Row]
    """Unit -> what the run said: ``status``, ``grade``, ``score``, ``gap_to_next``, ``cushion_down``, ``near_cut``."""
    moved: Mapping[str, str]
    """Unit -> movement of the published month; empty where nothing is published."""
    metrics: Mapping[str, Row]
    best: Callable[[list[str]], Mapping[str, str]]
    """The best grade that customers had in the published months of the last two years."""
    attractive: Callable[[], Mapping[str, str]]
    """Unit -> level of attractiveness, for whom it was assessed."""

    @property
    def scale(self) -> tuple[str, ...]:
        """The grades, best first."""
        return tuple(grade.code for grade in self.policy.scale)

    def stays(self, customer: str) -> bool:
        """Whether a graded customer kept its grade in the month, as far as that is known."""
        return self.grades.get(customer) is not None and self.moved.get(customer, "stable") == "stable"


@dataclass(frozen=True, slots=True)
class ListRule:
    """A list: its code and words, the metrics that it asks for, who may stand on it, and who does."""

    code: str
    title: Text
    about: Text
    stake: Text
    """What is at stake, in words: which amount the list is about."""
    metrics: tuple[str, ...]
    may: Callable[[pa.Table], Any] | None
    """A mask over the metrics, so that nobody else is looked at; ``None`` where the run decides."""
    choose: Callable[[Field], list[Chosen]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list."""

    customer: str
    name: str
    owner: str | None
    region: str | None
    segment: str | None
    grade: str | None
    at_stake: Decimal | None
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it was found, in its order."""

    rule: ListRule
    record: RunRecord
    policy: Policy
    published: bool
    """Whether grades are those in force; else computed ones."""
    entries: tuple[Entry, ...]

    @property
    def at_stake(self) -> Decimal:
        """What is at stake for all of them together, what is not known left out."""
        return sum((e.at_stake for e in self.entries if e.at_stake is not None), Decimal(0))
