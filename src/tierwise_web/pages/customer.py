"""The page of a customer, and the source rows behind its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.grading.lines import shown_columns, source_lines, tables_of
from tierwise.grading.withholding import tells_cost
from tierwise.grading.wording import code_words, metric_title, metric_use, metric_value, status_words
from tierwise.kernel.periods import add_months
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.catalogue import METRICS
from tierwise.movement.lever_words import lever_words
from tierwise.movement.overrides import REASONS
from tierwise.movement.words import CAUSES, NO_LEVER, said
from tierwise_web.common.allowing import needs
from tierwise_web.common.charts import percent
from tierwise_web.common.words import NOTHING, amount, data_label, language
from tierwise_web.customers.choosing import Choice, choice_of
from tierwise_web.customers.correcting import OF_COST, SECTIONS
from tierwise_web.customers.unmet import any_customer
from tierwise_web.editing.values import shown
from tierwise_web.merging.leading import goes_on_in, merged_here
from tierwise_web.pages import record_charts as charts
from tierwise_web.pages.record import MARGIN, PAYMENT, Record, record_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS, SEE_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

MOST_ROWS = 200
COST_COLUMNS = ("base_cost",)
COST_TABLES = ("service_costs",)


def _reading(request: HttpRequest) -> Reading:
    edition = current_edition()
    if edition is None:
        raise Http404
    return Reading(edition, cast(User, request.user).scope)


def _record(request: HttpRequest, code: str) -> Record:
    found = record_of(_reading(request), code)
    if found is None:
        raise Http404
    return found


@needs(SEE_CUSTOMERS)
@require_safe
def customer(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one customer; the query is that of the list from which the reader came."""
    reading = _reading(request)
    record = record_of(reading, code)
    if record is None:
        return _unmet(request, reading, code)
    survivor = goes_on_in(record.reading, record.row)
    if survivor is not None and record.reading.customer(survivor) is not None:
        return redirect(f"{reverse('customer', args=[survivor])}?{urlencode({'merged': code})}")
    choice = choice_of(request.GET, profit=record.reading.scope.profit)
    merged = merged_here(record.reading, request.GET.get("merged", ""), code)
    return render(
        request, "pages/customer.html", _shown(record, choice) | {"merged": merged, "into": survivor}
    )


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
    }
    return render(request, "pages/unmet.html", words)


def column_words(table: str, name: str, lang: Lang) -> str:
    """What a column is called."""
    return TABLES[table].column(name).label.in_lang(lang)


def _shown(record: Record, choice: Choice) -> dict[str, Any]:
    lang, told = language(), record.told
    before, after = record.beside(choice)
    sentences = told.sentences(lang, advisory=False)
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
        "rows_of": lambda column: charts.rows_address(record, column) if _has_rows(column) else None,
        "waterfall": charts.waterfall(record),
        "trail": charts.trail(record),
        "levers": _levers(record, lang),
        "advisory": _advisory(record, lang),
        "payment": _pairs(record, PAYMENT, lang),
        "margin": _pairs(record, MARGIN, lang),
        "above": record.above(),
        "members": record.members(),
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
    return {
        "better": ups[0].grade if ups else None,
        "up": [lever_words(lever, record.told.currency, lang) for lever in ups],
        "keep": [lever_words(lever, record.told.currency, lang) for lever in keeps],
        "why": None if ups or found.why is None else said(NO_LEVER, found.why, lang),
        "by_run": any(lever.by_run for lever in found.levers),
    }


def _advisory(record: Record, lang: Lang) -> list[tuple[str, str | None, str | None]]:
    """Sentence, grade, and its name where the method has a scale of its own."""
    told, own = record.told, {grade.code for grade in record.told.policy.scale}
    found = []
    for method, sentence in told.advisory(lang):
        grade = told.of_method(method).get("grade")
        named = None if grade is None or grade in own else _title(record, method, grade, lang)
        found.append((sentence, grade, named))
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
            charts.rows_address(record, column),
        )
        for column, value, status in record.metrics(names)
    ]


def _events(record: Record, lang: Lang) -> Any:
    """Changes of the grade or the policy, and overrides, the newest first."""
    changes: list[tuple[str, str, str]] = []
    for before, after in record.changes():
        words = []
        if before.grade != after.grade:
            words.append(f"{before.grade or NOTHING} → {after.grade or NOTHING}")
        if before.policy_version != after.policy_version:
            words.append({"en": "policy v{}", "zh": "策略 v{}"}[lang].format(after.policy_version))
        changes.append((f"{after.as_of}", " · ".join(words), _way(record, before.grade, after.grade)))
    for one in record.overrides():
        reason = said(REASONS, one["reason_code"], lang)
        words_of = {"en": "override: {} to {}, {}", "zh": "人工调整：{}，至 {}，{}"}[lang]
        changes.append((one["valid_from"], words_of.format(one["grade"], one["valid_to"], reason), ""))
    return sorted(changes, reverse=True)


def _drivers(record: Record, lang: Lang) -> list[tuple[str, str, str]]:
    """What drove the last step: metric, from and to, and its share of the change."""
    policy, currency = record.told.policy, record.told.currency

    def value(code: str, stored: str | None) -> str:
        use = metric_use(code)
        if stored is None:
            return NOTHING
        if use is None:  # a criterion: points
            return amount(Decimal(stored), 2)
        exact = Decimal(stored) if METRICS[use.name].ibis_type.startswith(("decimal", "int")) else stored
        return metric_value(code, exact, lang, currency)

    return [
        (
            d.title(policy, lang),
            f"{value(d.code, d.before)} → {value(d.code, d.after)}",
            percent(d.share_pct, 0),
        )
        for d in record.drivers()
    ]


def _way(record: Record, before: str | None, after: str | None) -> str:
    scale = record.about.scale
    places = [scale.index(grade) if grade in scale else len(scale) for grade in (before, after)]
    return "up" if places[1] < places[0] else "down" if places[1] > places[0] else ""


def _has_rows(column: str) -> bool:
    return bool(tables_of(column))


@needs(SEE_CUSTOMERS)
@require_safe
def customer_rows(request: HttpRequest, code: str) -> HttpResponse:
    """The rows of the files behind one number: what stood in which line of which file."""
    record = _record(request, code)
    column = request.GET.get("of", "")
    profit = record.reading.scope.profit
    if metric_use(column) is None or (tells_cost(column) and not profit):
        raise Http404
    tables = [name for name in tables_of(column) if profit or name not in COST_TABLES]
    codes = [
        record.row["code"],
        *(row["code"] for row in record.members() if row["unit"] == record.row["code"]),
    ]
    book = api.open_book(settings.BOOK)
    lines = source_lines(book, record.about.record, codes, tables)
    words = {
        "record": record,
        "row": record.row,
        "choice": choice_of(request.GET, profit=profit),
        "title": metric_title(column, language()),
        "value": _value(record, column),
        "tables": [
            _table(record, column, name, list(rows))
            for name, rows in groupby(lines, lambda r: str(r["table"]))
        ],
        "members": len(codes) - 1,
    }
    return render(request, "pages/rows.html", words)


def _value(record: Record, column: str) -> str:
    value = record.figures.get(column)
    return metric_value(column, value, language(), record.told.currency) if value is not None else NOTHING


def _table(record: Record, column: str, name: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """One table of source rows: the newest, as many as a page bears; those outside the window stand back."""
    lang, table = language(), TABLES[name]
    profit = record.reading.scope.profit
    columns = [c for c in shown_columns(name) if profit or c not in COST_COLUMNS]
    return {
        "title": table.label.in_lang(lang),
        "count": len(lines),
        "heads": [(table.column(c).label.in_lang(lang), _left(name, c)) for c in columns],
        "rows": [
            (
                [(_text(name, c, line[c], lang), _left(name, c)) for c in columns],
                " · ".join(
                    [
                        f"{line['file']}:{line['line']}",
                        *([line["written_for"]] if "written_for" in line else []),
                    ]
                ),
                line.get("role"),
                _outside(record, column, name, line),
            )
            for line in lines[:MOST_ROWS]
        ],
        "most": MOST_ROWS,
    }


def _outside(record: Record, column: str, table: str, line: dict[str, Any]) -> bool:
    """Whether a row lies before the window of the metric: it is shown, and counts nothing."""
    posted = "posting_date" if record.about.record.settings["posting_basis"] == "invoice" else "order_date"
    use, day = metric_use(column), line.get({"order_lines": posted, "service_costs": "date"}.get(table, ""))
    if use is None or use.months is None or day is None:
        return False
    return bool(day <= add_months(record.about.record.as_of, -use.months))


def _left(table: str, column: str) -> bool:
    return TABLES[table].column(column).kind not in ("money", "quantity", "rate", "percent", "integer")


def _text(table: str, column: str, value: Any, lang: Lang) -> str:
    """A value as people read it; a code of a closed list in words."""
    if value is None:
        return ""
    declared = TABLES[table].column(column)
    named = next((choice.label.in_lang(lang) for choice in declared.choices if choice.code == value), None)
    if named is not None:
        return named
    return amount(value, 2) if declared.kind in ("money", "quantity") else str(value)
