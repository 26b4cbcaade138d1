"""What drove a step between any two month ends of a customer's history, read from what both runs stored. Source: spec 8.1(6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.grading.record import RunRecord
from tierwise.grading.run import find_run, read_some
from tierwise.grading.wording import metric_use, metric_value
from tierwise.kernel.text import Lang
from tierwise.metrics.catalogue import METRICS
from tierwise.movement.drivers import Driver, columns_read, drivers
from tierwise.policy.model import Policy
from tierwise_web.common.allowing import needs
from tierwise_web.common.charts import percent
from tierwise_web.common.words import NOTHING, amount, language
from tierwise_web.pages.asked import record_for
from tierwise_web.pages.behind import has_rows
from tierwise_web.pages.leads import Led, rows_address
from tierwise_web.pages.record import Record, policy_of
from tierwise_web.people.roles import SEE_CUSTOMERS


@dataclass(frozen=True, slots=True)
class Told:
    """What drove a step, as people read it."""

    name: str
    before: Led
    after: Led
    part: str
    """Its share of the change."""


def drivers_between(book: api.Book, record: Record, before: str, after: str) -> tuple[Driver, ...] | None:
    """What changed between two runs in the method that leads the later one, as both stored it.

    ``None`` where one of them stored nothing of this customer, or what they stored cannot be set against each other.
    """
    first, second = (find_run(book, run) for run in (before, after))
    policy = policy_of(second)
    columns = columns_read(policy)
    code = record.row["code"]
    was, now = _stored(book, first, code, columns), _stored(book, second, code, columns)
    if was is None or now is None or not was.keys() & set(columns):
        return None
    found = drivers(policy, was, now)
    return tuple(one for one in found if record.reading.scope.profit or not record.tells(one.code, policy))


def _stored(book: api.Book, run: RunRecord, code: str, columns: list[str]) -> dict[str, Any] | None:
    """What a run stored of the unit with which it graded a customer."""
    there = [name for name in columns if name in book.schema(f"results/{run.run_id}")]
    mine = read_some(book, run, [code], ["unit"]).get(code)
    unit = (mine or {}).get("unit") or code
    return read_some(book, run, [unit], there).get(unit) if mine else None


def driver_words(
    record: Record, found: Sequence[Driver], policy: Policy, lang: Lang, ends: tuple[str, str]
) -> list[Told]:
    """Drivers as people read them. ``ends``: the two runs, whose rows stand behind the values."""

    def end(one: Driver, value: Any, run: str) -> Led:
        name = one.code if metric_use(one.code) is not None else f"{policy.leading.id}.{one.code}"
        to = rows_address(record, name, run=run) if has_rows(record, name) else None
        return _value(record, one.code, value, lang), to, one.title(policy, lang)

    return [
        Told(
            one.title(policy, lang),
            end(one, one.before, ends[0]),
            end(one, one.after, ends[1]),
            percent(one.share_pct, 0),
        )
        for one in found
    ]


def _value(record: Record, code: str, stored: Any, lang: Lang) -> str:
    use = metric_use(code)
    if stored is None:
        return NOTHING
    if use is None:  # a criterion: points
        return amount(Decimal(str(stored)), 2)
    number = METRICS[use.name].ibis_type.startswith(("decimal", "int"))
    return metric_value(code, Decimal(str(stored)) if number else stored, lang, record.told.currency)


@needs(SEE_CUSTOMERS)
@require_safe
def customer_drivers(request: HttpRequest, code: str) -> HttpResponse:
    """What drove the grade from one month end to another, both chosen by the reader."""
    record, lang = record_for(request, code), language()
    known = {stand.run_id: stand for stand in record.stands()}
    ends = list(known)
    before, after = (request.GET.get(name, "") for name in ("from", "to"))
    before = before if before in known else ends[max(len(ends) - 2, 0)]
    after = after if after in known else ends[-1]
    if len(ends) < 2:
        raise Http404
    words: dict[str, Any] = {
        "record": record,
        "row": record.row,
        "steps": list(known.values()),
        "before": known[before],
        "after": known[after],
        "order": ends.index(before) < ends.index(after),
        "drivers": None,
        "withheld": not record.leading_shown,
    }
    if words["order"] and record.leading_shown:
        book = api.open_book(settings.BOOK)
        policy = policy_of(find_run(book, after))
        found = drivers_between(book, record, before, after)
        words["drivers"] = (
            None if found is None else driver_words(record, found, policy, lang, (before, after))
        )
    return render(request, "pages/steps.html", words)
