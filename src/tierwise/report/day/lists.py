"""Lists of customers that need a look: silent churn, rising stars, near a cut. Source: spec 8.4, 8.6, RET-09."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from tierwise.grading.method_words import LEVELS
from tierwise.insight.lists.rules import candidate_of, profit_lost, way_pct
from tierwise.insight.rising_stars import median_sales, rising_stars
from tierwise.kernel.numbers import plain_number
from tierwise.metrics.catalogue import METRICS
from tierwise.report.day.grades import no_run
from tierwise.report.day.model import Cell, Column, Grid, Kind, Panel, Who, brief, say
from tierwise.report.html import whole

if TYPE_CHECKING:
    from tierwise.report.day.facts import DayFacts, Graded

SHOWN = 15


def who(facts: DayFacts, code: str) -> Who:
    """A customer's name and code."""
    person = facts.people.get(code)
    return Who(code, person.name if person else code)


def owner(facts: DayFacts, code: str) -> str | None:
    """The customer's account manager."""
    person = facts.people.get(code)
    return (person.owner or None) if person else None


def churn_panel(facts: DayFacts) -> Panel:
    """Customers of high margin that leave without a word, the most gross profit lost first."""
    grades = facts.graded.grade_of if facts.graded else None
    gone = [
        (code, row, profit_lost(row))
        for code, row in facts.now.items()
        if row["silent_churn_12m"] and (facts.counts(code) if grades is None else code in grades)
    ]
    gone.sort(key=lambda one: (-(one[2] or 0), one[0]))
    if not gone:
        return Panel("churn", say("churn"), say("churn_none"), notes=(say("churn_note"),))
    total = sum((lost for _, _, lost in gone if lost is not None), Decimal(0))
    columns = [Column(say("customer"), "who")]
    columns += [Column(say("grade"), "grade")] if grades is not None else []
    columns += [
        Column(say("owner"), "text"),
        Column(say("margin"), "pct"),
        Column(say("sales_before_3m"), "money"),
        Column(say("sales_3m"), "money"),
        Column(say("momentum"), "pct"),
        Column(say("lost"), "money"),
    ]
    rows: list[tuple[Cell | Who, ...]] = [
        (
            who(facts, code),
            *((grades[code],) if grades is not None else ()),
            owner(facts, code),
            row["gross_margin_pct_12m"],
            row["net_sales_before_3m"],
            row["net_sales_3m"],
            row["momentum_pct_3m"],
            lost,
        )
        for code, row, lost in gone
    ]
    lead = say("churn_lead", count=whole(len(gone)), amount=brief(total))
    grid = Grid(tuple(columns), tuple(rows), say("churn"), SHOWN)
    return Panel(
        "churn", say("churn"), lead, grids=(grid,), notes=(say("churn_note"),), wide=True, unfolded=True
    )


def stars_panel(facts: DayFacts) -> Panel:
    """Customers of the lower grades that are on the way up."""
    title, graded = say("stars"), facts.graded
    if graded is None:
        return Panel("stars", title, missing=(no_run(facts),))
    field = [
        candidate_of(code, row, facts.now.get(code, {}), graded.attractive.get(code))
        for code, row in graded.rows.items()
    ]
    stars = rising_stars(field, median_sales(field), grades=graded.scale[1:])
    notes = (say("stars_note"),)
    if not stars:
        return Panel("stars", title, say("stars_none"), notes=notes)
    columns = (
        Column(say("customer"), "who"),
        Column(say("grade"), "grade"),
        Column(say("owner"), "text"),
        Column(say("sales"), "money"),
        Column(say("momentum"), "pct"),
        Column(say("growth"), "pct"),
        Column(say("gap_pct"), "pct"),
        Column(say("on_time"), "pct"),
        Column(say("attractiveness"), "text"),
        Column(say("lifecycle"), "text"),
    )
    rows: list[tuple[Cell | Who, ...]] = [
        (
            who(facts, c.customer),
            c.grade,
            owner(facts, c.customer),
            c.net_sales,
            c.momentum_pct,
            c.growth_pct,
            c.gap_pct_of_cut,
            c.on_time_pct,
            LEVELS.pattern(c.attractiveness) if c.attractiveness else None,
            _lifecycle(facts, c.customer),
        )
        for c in stars
    ]
    grid = Grid(columns, tuple(rows), title, SHOWN)
    lead = say("stars_lead", count=whole(len(stars)))
    return Panel("stars", title, lead, grids=(grid,), notes=notes, wide=True, unfolded=True)


def _lifecycle(facts: DayFacts, code: str) -> Cell:
    """The state in words; a star that is about to leave is seen at once."""
    state = facts.now.get(code, {}).get("lifecycle")
    return next((choice.label for choice in METRICS["lifecycle"].codes if choice.code == state), None)


def near_panel(facts: DayFacts, side: Literal["up", "down"]) -> Panel:
    """Customers near a cut on one side, the nearest first within every grade."""
    code, graded = f"near_{side}", facts.graded
    title = say(code)
    if graded is None:
        return Panel(code, title, missing=(no_run(facts),))
    rows = sorted(_near(facts, graded, side), key=_nearest)
    if not rows:
        return Panel(code, title, say("near_none"))
    worth: Kind = "money" if graded.policy.leading.method.startswith("abc_") else "number"
    columns = (
        Column(say("customer"), "who"),
        Column(say("grade"), "grade"),
        Column(say("score"), worth),
        Column(say("gap" if side == "up" else "cushion"), worth),
        Column(say("of_cut" if side == "up" else "of_value"), "pct"),
    )
    near = plain_number(graded.policy.near_cut_pct)
    lead = say(f"{code}_lead", count=len(rows), pct=near)
    return Panel(code, title, lead, grids=(Grid(columns, tuple(rows), title, SHOWN),), unfolded=True)


Near = tuple[Who, str, Decimal, Decimal, Fraction | None]


def _nearest(line: Near) -> tuple[str, bool, Fraction, str]:
    customer, grade, _, _, share = line
    return grade, share is None, share or Fraction(0), customer.code


def _near(facts: DayFacts, graded: Graded, side: Literal["up", "down"]) -> list[Near]:
    column = "gap_to_next" if side == "up" else "cushion_down"
    return [
        (who(facts, code), row["grade"], row["score"], row[column], way_pct(row, side))
        for code, row in graded.rows.items()
        if row["near_cut"] in (side, "both")
    ]
