"""Panels of who was won back, who is visited in time, and what to offer. Source: spec RET-06, SVC-05, MKT-05 to MKT-07."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.book.contract.choices import VISITOR_LEVEL
from tierwise.insight.retention import Regained, regain_rates
from tierwise.kernel.text import Text
from tierwise.report.day.grades import no_rows, no_run
from tierwise.report.day.lists import owner, who
from tierwise.report.day.model import (
    BarChart,
    Cell,
    Column,
    Grid,
    Missing,
    Panel,
    Series,
    Who,
    percent,
    plain,
    say,
)
from tierwise.report.html import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tierwise.insight.offering import Group, Offering
    from tierwise.report.day.facts import DayFacts

SHOWN, ITEMS, RULES = 10, 3, 2
"""Rows of long lists that a page shows, items and rules of a peer group."""
MOST = 1_000
"""Offers that a workbook keeps."""


def regain_panel(facts: DayFacts) -> Panel:
    """Who was lost in which month, who was spoken to, and who came back within a year."""
    title = say("regain")
    rows = [one.row() for one in facts.lost if facts.counts(one.customer)]
    found = regain_rates(rows, facts.as_of)
    if not found:
        return Panel("regain", title, say("regain_none"), notes=(say("regain_note"),))
    lost, back = sum(r.lost for r in found.values()), sum(r.regained for r in found.values())
    lead = say("regain_lead", lost=whole(lost), back=whole(back))
    over = {
        month: r for month, r in found.items() if not r.open
    }  # an open cohort would look worse than it is
    chart = BarChart(
        tuple(_month(month) for month in over),
        (Series(say("regain_of_lost"), "s1", tuple(r.of_lost_pct for r in over.values())),),
    )
    notes = (say("regain_note"), say("regain_value_note"))
    return Panel("regain", title, lead, chart if over else None, (_cohorts(found),), notes=notes, wide=True)


def _month(day: date) -> Text:
    return plain(f"{day:%Y-%m}")


def _cohorts(found: Mapping[date, Regained]) -> Grid:
    columns = (
        Column(say("lost_in"), "text"),
        Column(say("lost_customers"), "count"),
        Column(say("contacted"), "count"),
        Column(say("came_back"), "count"),
        Column(say("regain_of_lost"), "pct"),
        Column(say("regain_of_contacted"), "pct"),
        Column(say("cohort_state"), "text"),
    )
    rows = tuple(
        (_month(month), r.lost, r.contacted, r.regained, r.of_lost_pct, r.of_contacted_pct,
         say("cohort_open" if r.open else "cohort_over"))
        for month, r in found.items()
    )  # fmt: skip
    return Grid(columns, rows, say("regain"))


def visits_panel(facts: DayFacts) -> Panel:
    """Visits of the best grades against their rhythm, and who waits longest."""
    title, made = say("visiting"), facts.visiting
    if made is None:
        return Panel("visiting", title, missing=(no_run(facts),))
    if not facts.has("interactions"):
        return Panel("visiting", title, missing=(no_rows("interactions", "visits"),))
    levels = {choice.code: choice.label for choice in VISITOR_LEVEL}
    columns = (
        Column(say("grade"), "grade"),
        Column(say("visitor"), "text"),
        Column(say("rhythm_days"), "count"),
        Column(say("customers"), "count"),
        Column(say("visits_due"), "count"),
        Column(say("visits_in_time"), "pct"),
        Column(say("visit_overdue"), "count"),
        Column(say("never_visited"), "count"),
    )
    rows = tuple(
        (
            r.grade,
            levels[r.visitor],
            r.interval_days,
            r.customers,
            r.due,
            r.compliance_pct,
            r.overdue,
            r.never,
        )
        for r in made.rhythms
    )
    grids = [Grid(columns, rows, say("visiting"))]
    if made.overdue:
        grids.append(_waiting_for_a_visit(facts, levels))
    lead = say("visiting_lead", count=whole(len({one.customer for one in made.overdue})))
    return Panel(
        "visiting", title, lead, grids=tuple(grids), notes=(say("visiting_note"),), wide=True, unfolded=True
    )


def _waiting_for_a_visit(facts: DayFacts, levels: Mapping[str, Text]) -> Grid:
    assert facts.visiting is not None
    columns = (
        Column(say("customer"), "who"),
        Column(say("owner"), "text"),
        Column(say("grade"), "grade"),
        Column(say("visitor"), "text"),
        Column(say("last_visit"), "day"),
        Column(say("overdue_days"), "count"),
    )
    rows: tuple[tuple[Cell | Who, ...], ...] = tuple(
        (who(facts, one.customer), owner(facts, one.customer), one.grade, levels[one.visitor], one.last_on,
         one.next.overdue_days if one.last_on else None)
        for one in facts.visiting.overdue
    )  # fmt: skip
    return Grid(columns, rows, say("overdue_visits"), first=SHOWN)


def offers_panel(facts: DayFacts) -> Panel:
    """What most peers have and a customer has not, what goes together, and how often such offers were ordered."""
    title, made = say("offers"), facts.offering
    if made is None:
        return Panel("offers", title, missing=(no_run(facts),))
    if not any(group.penetration for group in made.groups):
        return Panel("offers", title, missing=(Missing(say("why_no_items"), "products"),))
    grids = [_groups(made)]
    grids += [_rules(made)] if any(group.rules for group in made.groups) else []
    grids += [_offers(facts, made)] if made.offers else []
    lead = say(
        "offers_lead", count=whole(len(made.offers)), customers=whole(len({o.customer for o in made.offers}))
    )
    notes = (
        say("offers_note_categories" if made.by_category else "offers_note_products"),
        say("offers_note"),
    )
    return Panel("offers", title, lead, grids=tuple(grids), notes=notes, wide=True, unfolded=True)


def _groups(made: Offering) -> Grid:
    columns = (
        Column(say("peers"), "text"),
        Column(say("customers"), "count"),
        Column(say("most_held"), "text"),
        Column(say("recommended_before"), "count"),
        Column(say("hit_rate"), "pct"),
    )
    rows = tuple((plain(g.name), g.customers, _most(g), g.recommended, g.hits_pct) for g in made.groups)
    return Grid(columns, rows, say("penetration"))


def _most(group: Group) -> Text:
    best = [(item, percent(share, 0)) for item, share in list(group.penetration.items())[:ITEMS]]
    return Text(", ".join(f"{i} {pct.en}" for i, pct in best), "、".join(f"{i} {pct.zh}" for i, pct in best))


def _rules(made: Offering) -> Grid:
    columns = (
        Column(say("peers"), "text"),
        Column(say("who_has"), "text"),
        Column(say("has_too"), "text"),
        Column(say("support"), "pct"),
        Column(say("confidence"), "pct"),
        Column(say("lift"), "number"),
    )
    rows = tuple(
        (plain(group.name), plain(rule.antecedent), plain(rule.consequent), rule.found.support_pct,
         rule.found.confidence_pct, rule.found.lift)
        for group in made.groups
        for rule in group.rules[:RULES]
    )  # fmt: skip
    return Grid(columns, rows, say("rules"), first=SHOWN)


def _offers(facts: DayFacts, made: Offering) -> Grid:
    columns = (
        Column(say("customer"), "who"),
        Column(say("owner"), "text"),
        Column(say("peers"), "text"),
        Column(say("offer"), "text"),
        Column(say("peers_have"), "pct"),
        Column(say("expected_margin"), "money"),
    )
    rows: tuple[tuple[Cell | Who, ...], ...] = tuple(
        (who(facts, o.customer), owner(facts, o.customer), plain(o.group), plain(o.offer.product),
         o.offer.penetration_pct, o.offer.expected_margin)
        for o in made.offers[:MOST]
    )  # fmt: skip
    return Grid(columns, rows, say("offers_made"), first=SHOWN)
