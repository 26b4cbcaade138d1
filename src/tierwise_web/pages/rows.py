"""The source rows behind one number of a customer's page: what stood in which line of which file."""

from __future__ import annotations

from itertools import groupby
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.grading.counting import Counting, counting
from tierwise.grading.lines import source_lines
from tierwise.grading.record import RunRecord
from tierwise.grading.run import find_run, members_of, read_some
from tierwise.grading.withholding import telling_criteria
from tierwise.grading.wording import metric_value, number
from tierwise.kernel.text import Lang
from tierwise_web.assessments.models import ACCEPTED, Assessment
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import NOTHING, amount, language
from tierwise_web.customers.choosing import choice_of
from tierwise_web.pages.asked import record_for
from tierwise_web.pages.behind import Behind, behind, columns_of
from tierwise_web.pages.leads import Led, rows_address
from tierwise_web.pages.record import Record, policy_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_ASSESSMENTS, SEE_CUSTOMERS

MOST_ROWS = 200
MOST_ASSESSMENTS = 20
COST_COLUMNS = ("base_cost",)
COST_TABLES = ("service_costs",)


@needs(SEE_CUSTOMERS)
@require_safe
def customer_rows(request: HttpRequest, code: str) -> HttpResponse:
    """The rows of the files behind one number: what stood in which line of which file."""
    record, user, book = record_for(request, code), cast(User, request.user), api.open_book(settings.BOOK)
    run = _run(book, record, request.GET.get("run", ""))
    profit, evidence = record.reading.scope.profit, user.may_for(SEE_ASSESSMENTS, record.row)
    found = behind(record, request.GET.get("of", ""), evidence=evidence)
    if found is None:
        raise Http404
    tables = [name for name in found.tables if profit or name not in COST_TABLES]
    members = list(record.reading.names_of(members_of(book, run, record.row["code"])))
    codes = [record.row["code"], *members]
    lines = source_lines(book, run, codes, tables, lambda name: columns_of(found, name))
    lines = [line for line in lines if found.speaks(line)]
    by_table = [(name, list(rows)) for name, rows in groupby(lines, lambda r: str(r["table"]))]
    pages = -(-max((len(rows) for _, rows in by_table), default=0) // MOST_ROWS)
    page, counts = _page(request, pages), counting(found.column, run, policy_of(run))
    words = {
        "record": record,
        "row": record.row,
        "before": _at(request, page - 1) if page > 1 else None,
        "after": _at(request, page + 1) if page < pages else None,
        "choice": choice_of(request.GET, profit=profit),
        "title": found.title,
        "value": _value(book, record, found, run),
        "earlier": run.as_of if run != record.about.record else None,
        "whole": _whole(book, record, found, run),
        "tables": [_table(record, counts, found, name, rows, page) for name, rows in by_table],
        "members": len(members),
        "assessments": _assessments(record, found) if evidence else [],
    }
    return render(request, "pages/rows.html", words)


def _page(request: HttpRequest, pages: int) -> int:
    """The page that is asked for; the first or the last one for what is none."""
    said = request.GET.get("page", "")
    return max(1, min(int(said), pages)) if said.isdecimal() and len(said) < 9 else 1


def _at(request: HttpRequest, page: int) -> str:
    """The address of another page of the same rows."""
    asked = request.GET.copy()
    asked["page"] = str(page)
    return f"?{asked.urlencode()}"


def _run(book: api.Book, record: Record, asked: str) -> RunRecord:
    """The run that is asked for, of those that the history shows; else the one that pages show."""
    known = {run for run, _, _ in record.about.earlier}
    return find_run(book, asked) if asked in known else record.about.record


def _value(book: api.Book, record: Record, found: Behind, run: RunRecord) -> str:
    """The number as the run had it; of a member of a graded unit its own, to which alone the rows belong."""
    if run == record.about.record:
        own = _own(record, found)
        return found.value if own is None else own
    return _then(book, record, found, run, record.row["code"])


def _then(book: api.Book, record: Record, found: Behind, run: RunRecord, code: str) -> str:
    """The number of a customer as an earlier run had it; none of a criterion that told profit then to who may not see it."""
    if not record.reading.scope.profit and found.code in telling_criteria(policy_of(run)):
        return NOTHING
    name = found.column or f"{found.code.replace('.', '_')}_{'rating' if found.rating else 'score'}"
    if name not in book.schema(f"results/{run.run_id}"):
        return NOTHING
    stored = read_some(book, run, [code], [name]).get(code, {}).get(name)
    if found.column or stored is None:
        return metric_value(found.column or "", stored, language(), record.told.currency)
    return number(stored)


def _own(record: Record, found: Behind) -> str | None:
    """The value of a member beside that of its unit; ``None`` for who is graded as one, and where none was stored."""
    own = record.told.own
    if own is None or found.column is None or found.column not in own:
        return None
    return metric_value(found.column, own[found.column], language(), record.told.currency)


def _whole(book: api.Book, record: Record, found: Behind, run: RunRecord) -> Led | None:
    """For one that was a member in a run: the number of its whole unit then, and where the rows of that are, if they may be seen."""
    code, now = record.row["code"], run == record.about.record
    unit = (
        record.row["unit"] if now else read_some(book, run, [code], ["unit"]).get(code, {}).get("unit", code)
    )
    if unit == code or found.column is None or (now and _own(record, found) is None):
        return None
    value = found.value if now else _then(book, record, found, run, unit)
    seen = record.reading.customer(unit)
    address = rows_address(record, found.code, run=run.run_id, code=unit) if seen else None
    return value, address, found.title


def _assessments(record: Record, found: Behind) -> list[Assessment]:
    """The assessments made here that speak of the criterion, with their evidence: accepted ones, the newest first."""
    templates = {template for template, _ in found.criteria}
    made = Assessment.objects.filter(customer=record.row["code"], template__in=templates, state=ACCEPTED)
    return list(made.order_by("-as_of", "-id")[:MOST_ASSESSMENTS])


def _table(
    record: Record, counts: Counting, found: Behind, name: str, lines: list[dict[str, Any]], page: int
) -> dict[str, Any]:
    """One table of source rows, as many as a page bears, newest first; those that do not count stand back."""
    first = (page - 1) * MOST_ROWS
    lang, table = language(), TABLES[name]
    profit = record.reading.scope.profit
    columns = [c for c in columns_of(found, name) if profit or c not in COST_COLUMNS]
    return {
        "sum": counts.sum_of(name, lines),
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
                counts.left_out(name, line),
            )
            for line in lines[first : first + MOST_ROWS]
        ],
        "first": first + 1,
        "last": min(first + MOST_ROWS, len(lines)),
    }


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
