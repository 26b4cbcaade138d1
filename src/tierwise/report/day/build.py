"""From the facts of a day to its report: the same facts give the same report."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING

from tierwise.kernel.periods import window
from tierwise.kernel.text import Text
from tierwise.report.day.choosing import selections_panel
from tierwise.report.day.effort import burden_panel, halves_panel, response_panel
from tierwise.report.day.facts import YEAR
from tierwise.report.day.grades import inversion_panel, pyramid_panel
from tierwise.report.day.keeping import marketing_panel, retention_panel
from tierwise.report.day.lists import churn_panel, near_panel, stars_panel
from tierwise.report.day.model import Report, Section, say
from tierwise.report.day.spread import Spread, earlier_panel, headlines, pareto_panel, whale_panel
from tierwise.report.day.winning import offers_panel, regain_panel, visits_panel

if TYPE_CHECKING:
    from tierwise.insight.selections import Selections
    from tierwise.report.day.facts import DayFacts


def build(facts: DayFacts, selections: Selections | None = None) -> Report:
    """The report of a day; the three selections have a panel where they are given."""
    spread = Spread(facts)
    sections = (
        Section(
            "spread", say("nav_spread"), (pareto_panel(spread), whale_panel(spread), earlier_panel(spread))
        ),
        Section("grades", say("nav_grades"), (pyramid_panel(facts), inversion_panel(facts))),
        Section("case", say("nav_case"), (burden_panel(facts), response_panel(facts), halves_panel(facts))),
        Section(
            "keeping",
            say("nav_keeping"),
            (
                retention_panel(facts),
                regain_panel(facts),
                visits_panel(facts),
                offers_panel(facts),
                marketing_panel(facts),
            ),
        ),
        Section(
            "lists",
            say("nav_lists"),
            (
                churn_panel(facts),
                stars_panel(facts),
                near_panel(facts, "up"),
                near_panel(facts, "down"),
                *((selections_panel(selections),) if selections is not None else ()),
            ),
        ),
    )
    return Report(
        title=say("title", day=facts.as_of),
        company=facts.company,
        subtitle=_subtitle(facts),
        headlines=headlines(spread),
        sections=sections,
        proof=_proof(facts),
        foot=say("made", version=installed("tierwise")),
    )


def _subtitle(facts: DayFacts) -> Text:
    span = window(facts.as_of, YEAR)
    slots = {"start": span.start, "end": span.end}
    if facts.graded is None:
        return say("subtitle_no_run", **slots)
    title = facts.graded.policy.title
    version = facts.graded.record.policy_version
    return say(
        "subtitle_published" if facts.graded.published else "subtitle_run",
        policy=Text(title.en, title.zh),
        version=version,
        **slots,
    )


def _proof(facts: DayFacts) -> tuple[tuple[Text, str], ...]:
    found = [(say("day_of"), facts.as_of.isoformat()), (say("version"), str(facts.book_version))]
    if facts.graded is None:
        return tuple(found)
    record = facts.graded.record
    if facts.graded.stored:
        found += [(say("run"), record.run_id), (say("version_run"), str(record.book_version))]
    else:
        found += [(say("run"), record.policy_code)]
    found += [(say("policy"), record.policy_fingerprint), (say("digest"), record.digest)]
    return tuple(found)
