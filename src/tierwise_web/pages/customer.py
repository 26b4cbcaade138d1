"""The page of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tierwise.book.contract import TABLES
from tierwise.grading.wording import code_words, metric_title, metric_value, status_words
from tierwise.kernel.text import Lang, Text
from tierwise.movement.lever_words import lever_words
from tierwise.movement.levers import Lever
from tierwise.movement.overrides import REASONS
from tierwise.movement.words import CAUSES, MOVE_CAUSES, MOVEMENTS, NO_LEVER, said
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import NOTHING, data_label, language
from tierwise_web.customers.choosing import Choice, choice_of
from tierwise_web.customers.correcting import OF_COST, SECTIONS
from tierwise_web.customers.unmet import any_customer
from tierwise_web.editing.values import shown
from tierwise_web.merging.leading import goes_on_in, merged_here
from tierwise_web.pages import record_charts as charts
from tierwise_web.pages.asked import reading_for
from tierwise_web.pages.behind import has_rows
from tierwise_web.pages.leads import Led, Sentence, leads_to, rows_address, sentence
from tierwise_web.pages.record import MARGIN, PAYMENT, Record, record_of
from tierwise_web.pages.steps import Told, driver_words
from tierwise_web.pages.waiting import merges_waiting
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS, SEE_CUSTOMERS
from tierwise_web.published.reading import Reading

SILENT = ("lost", "reactivated")
"""Movements that leave the grade in force as it is."""


@needs(SEE_CUSTOMERS)
@require_safe
def customer(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one customer; the query is that of the list from which the reader came."""
    reading = reading_for(request)
    record = record_of(reading, code)
    if record is None:
        return _unmet(request, reading, code)
    survivor = goes_on_in(record.reading, record.row)
    if survivor is not None and record.reading.customer(survivor) is not None:
        return redirect(f"{reverse('customer', args=[survivor])}?{urlencode({'merged': code})}")
    choice = choice_of(request.GET, profit=record.reading.scope.profit)
    merged = merged_here(record.reading, request.GET.get("merged", ""), code)
    waiting = merges_waiting(cast(User, request.user), record.reading, code)
    words = _shown(record, choice) | {"merged": merged, "into": survivor} | waiting
    return render(request, "pages/customer.html", words)


def _unmet(request: HttpRequest, reading: Reading, code: str) -> HttpResponse:
    """The page of a customer that no run has met: what its record says, and people's work."""
    row, lang = any_customer(reading, code), language()
    if row is None:
        raise Http404
    lead = Text("Who looks after it", "负责人"), ("owner", "backup", "team")
    sections = [
        (title.in_lang(lang), [(column_words("customers", name, lang), shown("customers", name, row[name], lang))
                               for name in names if row[name] and (reading.scope.profit or name not in OF_COST)])
        for title, names in (*SECTIONS, lead)
    ]  # fmt: skip
    user = cast(User, request.user)
    words = {
        "row": row,
        "sections": [(title, pairs) for title, pairs in sections if pairs],
        "may_edit": user.may_for(EDIT_CUSTOMERS, row),
        **merges_waiting(user, reading, code),
    }
    return render(request, "pages/unmet.html", words)


def column_words(table: str, name: str, lang: Lang) -> str:
    """What a column is called."""
    return TABLES[table].column(name).label.in_lang(lang)


def _shown(record: Record, choice: Choice) -> dict[str, Any]:
    lang, told = language(), record.told
    before, after = record.beside(choice)
    sentences = [sentence(record, pieces) for pieces in told.told(lang)]
    return {
        "record": record,
        "row": record.row,
        "about": record.about,
        "edition": record.reading.edition,
        "choice": choice,
        "before": before,
        "after": after,
        "who": _who(record, lang),
        "opening": sentences[0],
        "sentences": sentences[1:],
        "warnings": told.warnings(lang),
        "sides": _sides(record),
        "scale": record.scale(),
        "components": told.components(lang),
        "rows_of": lambda code: rows_address(record, code) if has_rows(record, code) else None,
        "steps": record.stands(),
        "waterfall": charts.waterfall(record),
        "trail": charts.trail(record),
        "levers": _levers(record, lang),
        "advisory": _advisory(record, lang),
        "payment": _pairs(record, PAYMENT, lang),
        "margin": _pairs(record, MARGIN, lang),
        "above": record.above(),
        "members": record.members(),
        "rules": record.rules_changed(),
        "parts": [(said(MOVE_CAUSES, name, lang) or name, n) for name, n in (record.parts or {}).items()],
        "drivers": _drivers(record, lang),
        "events": list(_events(record, lang)),
    }


def _who(record: Record, lang: Lang) -> list[str]:
    row = record.row
    life = code_words("lifecycle", row["lifecycle"], lang) if row["lifecycle"] else ""
    found = [data_label(row["region"], lang), data_label(row["industry"], lang), row["owner"] or "", life]
    return [word for word in found if word]


def _sides(record: Record) -> list[tuple[str, str | None, str]]:
    """Computed, effective and overridden grade beside each other, where they differ or count towards a change."""
    row, lang = record.row, language()
    override = record.override()
    waits = max(row["better"] or 0, row["worse"] or 0)
    if row["grade"] == row["computed"] and not override and not waits:
        return []
    effect = record.about.policy.effective
    found = [
        ({"en": "in force", "zh": "生效等级"}[lang], row["grade"], said(CAUSES, row["cause"], lang) or "")
    ]
    need = effect.upgrade_confirm if row["better"] else effect.downgrade_confirm
    counted = (
        {"en": f"{waits} of {need} months", "zh": f"已 {waits} 个月，共需 {need} 个月"}[lang] if waits else ""
    )
    if row["computed"] is None:
        counted = {
            "en": "not graded by this run; the grade in force stays",
            "zh": "本次运行未评级，生效等级保留",
        }[lang]
    found.append(({"en": "computed", "zh": "计算等级"}[lang], row["computed"], counted))
    if override:
        until = {"en": "until {}", "zh": "至 {}"}[lang].format(override["valid_to"])
        found.append(({"en": "by override", "zh": "人工调整"}[lang], override["grade"], until))
    return found


def _levers(record: Record, lang: Lang) -> dict[str, Any] | None:
    found = record.levers()
    if found is None:
        return None
    ups, keeps = found.of("up"), found.of("keep")

    def shown(lever: Lever) -> Led:
        return lever_words(lever, record.told.currency, lang), _behind_lever(record, lever), ""

    return {
        "better": ups[0].grade if ups else None,
        "up": [shown(lever) for lever in ups],
        "keep": [shown(lever) for lever in keeps],
        "why": None if ups or found.why is None else said(NO_LEVER, found.why, lang),
        "by_run": any(lever.by_run for lever in found.levers),
    }


def _behind_lever(record: Record, lever: Lever) -> str | None:
    """The rows of what a lever moves."""
    names = [
        lever.column,
        *([f"{record.told.policy.leading.id}.{lever.criterion}"] if lever.criterion else []),
    ]
    return next((rows_address(record, name) for name in names if has_rows(record, name)), None)


def _advisory(record: Record, lang: Lang) -> list[tuple[Sentence, str | None, str | None]]:
    """Sentence, grade, and its name where the method has a scale of its own."""
    told, own = record.told, {grade.code for grade in record.told.policy.scale}
    found = []
    for method, pieces in told.advisory_told(lang):
        grade = told.of_method(method).get("grade")
        named = None if grade is None or grade in own else _title(record, method, grade, lang)
        found.append((sentence(record, pieces), grade, named))
    return found


def _title(record: Record, method: str, grade: str, lang: Lang) -> str:
    owner = next(m for m in record.told.policy.methods if m.id == method)
    titles = {g.code: g.title.in_lang(lang) for g in record.told.policy.scale_of(owner)}
    return titles.get(grade, grade)


def _pairs(record: Record, names: Sequence[str], lang: Lang) -> list[tuple[str, str, str | None]]:
    """Title, value and the address of the rows behind it."""
    return [
        (
            metric_title(column, lang),
            metric_value(column, value, lang, record.told.currency)
            if value is not None
            else status_words(status, lang) or NOTHING,
            leads_to(record, column),
        )
        for column, value, status in record.metrics(names)
    ]


def _events(record: Record, lang: Lang) -> Any:
    """Changes of the grade or the policy, overrides, and who stopped or began to buy again, the newest first."""
    changes: list[tuple[str, str, str]] = []
    for before, after in record.changes():
        words = []
        if before.grade != after.grade:
            words.append(f"{before.grade or NOTHING} → {after.grade or NOTHING}")
        if before.policy_version != after.policy_version:
            words.append({"en": "policy v{}", "zh": "策略 v{}"}[lang].format(after.policy_version))
        changes.append((f"{after.as_of}", " · ".join(words), _way(record, before.grade, after.grade)))
    if record.row["movement"] in SILENT and record.about.in_cycle:
        changes.append(
            (f"{record.about.record.as_of}", said(MOVEMENTS, record.row["movement"], lang) or "", "")
        )
    for one in record.overrides():
        reason = said(REASONS, one["reason_code"], lang)
        words_of = {"en": "override: {} to {}, {}", "zh": "人工调整：{}，至 {}，{}"}[lang]
        changes.append((one["valid_from"], words_of.format(one["grade"], one["valid_to"], reason), ""))
    return sorted(changes, reverse=True)


def _drivers(record: Record, lang: Lang) -> list[Told]:
    """What drove its own facts in the last step: metric, from and to, its share of the change, and its rows."""
    if record.parts is not None and not record.parts.keys() & {"own", "facts"}:
        return []
    earlier, now = record.about.earlier, record.about.record.run_id
    ends = (earlier[-1][0] if earlier else now, now)
    return driver_words(record, record.drivers(), record.told.policy, lang, ends)


def _way(record: Record, before: str | None, after: str | None) -> str:
    scale = record.about.scale
    places = [scale.index(grade) if grade in scale else len(scale) for grade in (before, after)]
    return "up" if places[1] < places[0] else "down" if places[1] > places[0] else ""
