"""What stands behind one number of a customer's page: the rows of a metric, the assessment of a criterion, its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tierwise.grading.lines import shown_columns, tables_of
from tierwise.grading.withholding import telling_criteria, tells_cost
from tierwise.grading.wording import metric_title, metric_use, metric_value
from tierwise.metrics.catalogue import use_of
from tierwise_web.common.words import NOTHING, language
from tierwise_web.pages.record import Record

ASSESSED = ("criterion", "score", "level", "as_of", "valid_until")
EVIDENCE = ("assessor", "evidence", "comment")
"""What only those read who may see assessments."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Which rows stand behind a number."""

    code: str
    """As addresses name it: a metric's column, or ``method.part``."""
    title: str
    value: str
    tables: tuple[str, ...]
    column: str | None = None
    """The metric, where it is one."""
    criteria: frozenset[tuple[str, str]] = frozenset()
    """Template and criterion of the assessments, where people judged."""
    rating: bool = False
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Which columns of a table are shown, where these are not the usual ones."""

    def speaks(self, line: dict[str, Any]) -> bool:
        """Whether a row is one of those behind the number."""
        return (
            line["table"] != "assessments"
            or not self.criteria
            or (line["template"], line["criterion"]) in self.criteria
        )


def behind(record: Record, code: str, *, evidence: bool) -> Behind | None:
    """What stands behind a metric (a column) or a part of a method (``method.part``); ``None`` for neither.

    Nothing that would tell profit to who may not see it; ``evidence``: whether this reader may read why people judged so.
    """
    profit = record.reading.scope.profit
    if metric_use(code) is not None:
        return _metric(record, code) if profit or not tells_cost(code) else None
    if not profit and code in telling_criteria(record.told.policy):
        return None
    found = next((part for part in _parts(record) if part[0] == code), None)
    if found is None or found[1].id in record.told.withheld:
        return None
    return _part(record, *found, evidence=evidence)


def has_rows(record: Record, code: str) -> bool:
    """Whether a number of the page leads to rows."""
    found = behind(record, code, evidence=False)
    return found is not None and bool(found.tables)


def _metric(record: Record, column: str) -> Behind:
    value = record.figures.get(column)
    told = metric_value(column, value, language(), record.told.currency) if value is not None else NOTHING
    return Behind(column, metric_title(column, language()), told, tables_of(column), column)


def _parts(record: Record) -> Iterator[tuple[str, Any, Any]]:
    """Code, method and criterion or rating."""
    for method in record.told.policy.methods:
        for part in (*getattr(method, "criteria", ()), *getattr(method, "ratings", ())):
            yield f"{method.id}.{part.code}", method, part


def _part(record: Record, code: str, method: Any, part: Any, *, evidence: bool) -> Behind | None:
    told = next((row for row in record.told.components(language()) if row.code == code), None)
    if told is None:
        return None
    title, source = told.title, getattr(part, "source", None)
    if source is None:  # a rating
        asked = part.asked
    elif source.kind == "assessment":
        asked = (source.criterion or part.code,)
    else:
        return _counted(record, code, title, told.score, source)
    attribute = getattr(source, "attribute", None)
    shown = ("template", *ASSESSED, *(EVIDENCE if evidence else ()))
    return Behind(
        code,
        title,
        told.score,
        ("assessments", *(("customers",) if attribute else ())),
        rating=source is None,
        criteria=frozenset((str(method.template), one) for one in asked),
        columns={"assessments": shown, **(_record_columns(attribute) if attribute else {})},
    )


def _counted(record: Record, code: str, title: str, score: str, source: Any) -> Behind:
    """A criterion that reads a metric or an attribute of the customer."""
    attribute = getattr(source, "attribute", None)
    if attribute:
        return Behind(code, title, score, ("customers",), columns=_record_columns(attribute))
    months = record.told.policy.window_months
    columns = [use_of(source.metric, months).column, use_of(source.metric, 12).column]
    column = next((c for c in columns if c in record.figures), columns[0])
    of = _metric(record, column)
    return Behind(code, f"{title} · {of.title}", f"{score} · {of.value}", of.tables, column)


def _record_columns(attribute: str) -> dict[str, tuple[str, ...]]:
    return {"customers": ("code", "name", attribute, "valid_from")}


def columns_of(found: Behind, table: str) -> tuple[str, ...]:
    """The columns of a table that are shown."""
    return found.columns.get(table) or shown_columns(table)
