"""From a backtest to its report: the same backtest gives the same report."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING

from tierwise.kernel.text import Text
from tierwise.report.backtest.caught import best_panels, correlation_panel, gains_panel, tops_panel
from tierwise.report.backtest.customers import imported_panel, losses_panel, rolling_panel, stability_panel
from tierwise.report.backtest.words import say
from tierwise.report.day.model import Headline, Panel, Report, Section, brief, percent, plain
from tierwise.report.html import pct, whole

if TYPE_CHECKING:
    from fractions import Fraction

    from tierwise.insight.backtest.model import Backtest, Cut, Trial


def build(found: Backtest) -> Report:
    """The report of a backtest; the last training day is the one that it shows in full."""
    trial = found.last
    sections = [
        Section("caught", say("nav_caught"),
                (gains_panel(trial), correlation_panel(trial), *best_panels(found), tops_panel(trial))),
        Section("lost", say("nav_lost"), (losses_panel(found),)),
    ]  # fmt: skip
    if len(found.trials) > 1:
        sections.append(Section("stable", say("nav_stable"), (rolling_panel(found), stability_panel(found))))
    sections.append(Section("trust", say("nav_trust"), (_how(found), imported_panel(found))))
    names = Text(" · ".join(_titles(found, "en")), " · ".join(_titles(found, "zh")))
    told = say(
        "subtitle",
        day=trial.day,
        start=trial.future.start,
        end=trial.future.end,
        count=whole(trial.customers),
    )
    return Report(
        title=say("title", day=trial.day),
        company=found.company,
        subtitle=Text(f"{names.en}: {told.en}", f"{names.zh}：{told.zh}"),
        headlines=_headlines(found),
        sections=tuple(sections),
        proof=_proof(found),
        foot=say("made", version=installed("tierwise")),
    )


def _titles(found: Backtest, lang: str) -> list[str]:
    return [d.policy.title.in_lang(lang) for d in found.request.policies]


def best_cut(found: Backtest, trial: Trial, at: int = 0) -> Cut | None:
    """The cut of the best grade of a policy; null if nobody of the field has it."""
    best = found.request.policies[at].policy.scale[0].code
    return next((cut for cut in trial.cuts if cut.code == f"{found.labels[at]}:{best}"), None)


def _headlines(found: Backtest) -> tuple[Headline, ...]:
    trial, cut = found.last, best_cut(found, found.last)
    rest = (_rho(trial), *_lost(found), _new(trial))
    return (*_caught(found, trial, cut), *rest) if cut is not None else rest


def _caught(found: Backtest, trial: Trial, cut: Cut) -> tuple[Headline, ...]:
    own = trial.caught["policy_0", cut.code, "sales"]
    past, best = (trial.caught[rule, cut.code, "sales"].pct for rule in ("past_spend", "foresight"))
    span = own.interval
    note = (
        say("kpi_best_note", policy=found.labels[0], low=percent(span.low), high=percent(span.high))
        if span is not None
        else say("kpi_best_plain", policy=found.labels[0])
    )
    if own.over_past is None:
        return (Headline(say("kpi_best", grade=cut.title), percent(own.pct), say("kpi_none_note")),)
    return (
        Headline(say("kpi_best", grade=cut.title), percent(own.pct), note, own.over_past < 0),
        Headline(say("kpi_past"), percent(past), say("kpi_past_note", sign=_sign(own.over_past))),
        Headline(say("kpi_foresight"), percent(best), say("kpi_foresight_note")),
    )


def _sign(points: Fraction) -> Text:
    if not points:
        return say("even")
    return say("ahead" if points > 0 else "behind", points=pct(abs(points)))


def _rho(trial: Trial) -> Headline:
    own, past = (trial.correlation[rule, "sales"].rho for rule in ("policy_0", "past_spend"))
    shown = [plain("–" if rho is None else f"{rho:.2f}".replace("-", "−")) for rho in (own, past)]
    return Headline(say("kpi_rho"), shown[0], say("kpi_rho_note", past=shown[1]))


def _lost(found: Backtest) -> tuple[Headline, ...]:
    losses = found.last.losses[found.labels[0]]
    best = found.request.policies[0].policy.scale[0].code
    note = say("kpi_lost_note", size=whole(losses.size), warned=whole(losses.lost_warned))
    return (Headline(say("kpi_lost", grade=best), plain(whole(losses.lost)), note, losses.lost > 0),)


def _new(trial: Trial) -> Headline:
    note = say("kpi_new_note", count=whole(trial.future.newcomers))
    return Headline(say("kpi_new"), brief(trial.future.newcomer_sales), note)


def _how(found: Backtest) -> Panel:
    asked, future = found.request, found.last.future
    amounts = {"newcomers": brief(future.newcomer_sales), "outside": brief(future.outside_sales)}
    notes = [say("note_field", **amounts), say("note_ties")]
    if asked.resamples:
        notes.append(say("note_bootstrap", count=asked.resamples, seed=asked.seed))
    told = [Text(note.say("en"), note.say("zh")) for note in found.notes]
    return Panel("how", say("how"), notes=(*told, *notes, say("note_policy")))


def _proof(found: Backtest) -> tuple[tuple[Text, str], ...]:
    future = found.last.future
    return (
        (say("day"), found.last.day.isoformat()),
        (say("horizon"), f"{future.start} – {future.end}"),
        (say("version"), str(found.book_version)),
        (say("seed"), f"{found.request.seed} / {found.request.resamples}"),
        *(
            (plain(label), d.fingerprint)
            for label, d in zip(found.labels, found.request.policies, strict=True)
        ),
    )
