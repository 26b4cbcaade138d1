"""Where a number of a customer's page leads: to the rows behind it, to the others among whom it stands, to its parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from django.urls import reverse

from tierwise.grading.pointing import CUT, FIELD, SCORE, Piece
from tierwise.grading.wording import metric_title, number
from tierwise.kernel.text import Text
from tierwise_web.common.words import language
from tierwise_web.customers.choosing import Cursor
from tierwise_web.pages.behind import behind, has_rows
from tierwise_web.pages.record import Record
from tierwise_web.published.shape import KEYS, MEASURES

FIGURES = "#figures"
"""The table of figures of the same page, which opens for who comes to it."""
THE_FIGURES = Text("the figures behind it", "依据的数字")
OF_GRADE = Text("all of grade {grade}", "全部 {grade} 级客户")
AND_BETTER = Text("all of grade {grade} and better", "全部 {grade} 级及以上客户")
IN_ORDER = Text("all customers by {title}", "按“{title}”排序的全部客户")
ITS_PLACE = Text("its place among all customers by {title}", "在按“{title}”排序的全部客户中的位置")
ALL = Text("all customers", "全部客户")
ROWS = Text("source rows of {title}", "“{title}”的原始行")
_ORDERS = {column: name for name, column in MEASURES.items() if name in KEYS}
Led = tuple[str, str | None, str]
"""A part of a sentence: its words, the address to which they lead, and what is there, for who only hears the link."""
Sentence = tuple[Led, ...]


def leads_to(record: Record, of: str | None, *, run: str | None = None, said: str = "") -> str | None:
    """The address behind a number, by what it is (see ``Piece``); ``run``: as an earlier run had it; ``said``: the number,
    of which a rank leads to the customer's own place in the list. ``None`` for words."""
    if not of:
        return None
    if of == SCORE:
        return FIGURES
    if of.startswith(CUT):
        graded = "computed" if record.about.in_cycle else "grade"
        return _graded((graded, grade) for grade in _up_to(record, of.removeprefix(CUT)))
    if of.startswith(FIELD):
        return _among(record, of.removeprefix(FIELD).removeprefix(":"), said)
    return rows_address(record, of, run=run) if has_rows(record, of) else FIGURES


def rows_address(record: Record, of: str, *, run: str | None = None, code: str | None = None) -> str:
    """Where the source rows behind a metric or a criterion are; ``run``: as an earlier run read them; ``code``: of another
    customer than that of the record."""
    asked = {"of": of, **({"run": run} if run and run != record.about.record.run_id else {})}
    return f"{reverse('customer-rows', args=[code or record.row['code']])}?{urlencode(asked)}"


def _among(record: Record, column: str, number_said: str) -> str:
    """Those that the run graded, in the order of a metric, where lists have one; from the customer on for its rank."""
    order = _ORDERS.get(column)
    if order is None or (order == "profit" and not record.reading.scope.profit):
        return _graded([])
    rank, row = record.told.row["rank"], record.row
    here = rank is not None and number_said == number(rank)
    place = Cursor(record.reading.edition.pk, "after", row[f"{order}_key"], row["id"] - 1)
    return _graded([("sort", order), *([("at", str(place))] if here else [])])


def _up_to(record: Record, grade: str) -> Sequence[str]:
    """The grades that a cut lets in: its own and those above, whose customers reach it, too."""
    scale = record.about.scale
    return scale[: scale.index(grade) + 1] if grade in scale else (grade,)


def _graded(asked: Iterable[tuple[str, str]]) -> str:
    """The list of those that the run graded."""
    return f"{reverse('customers:list')}?{urlencode([*asked, ('measured', 'graded')])}"


def sentence(record: Record, pieces: Sequence[Piece]) -> Sentence:
    """A sentence of the explanation, its numbers with where they lead."""
    return tuple(
        (piece.text, to := leads_to(record, piece.of, said=piece.text), _there(record, piece.of, to))
        for piece in pieces
    )


def _there(record: Record, of: str | None, to: str | None) -> str:
    """What is at the address behind a number."""
    if not of or to is None:
        return ""
    if to == FIGURES:
        return _say(THE_FIGURES)
    if of.startswith(CUT):
        grade = of.removeprefix(CUT)
        return _say(OF_GRADE if len(_up_to(record, grade)) == 1 else AND_BETTER, grade=grade)
    if of.startswith(FIELD):
        column = of.removeprefix(FIELD).removeprefix(":")
        if "sort=" not in to:
            return _say(ALL)
        return _say(ITS_PLACE if "at=" in to else IN_ORDER, title=metric_title(column, language()))
    found = behind(record, of, evidence=False)
    return _say(ROWS, title=found.title) if found else ""


def _say(words: Text, **slots: str) -> str:
    return words.fill(language(), **slots)
