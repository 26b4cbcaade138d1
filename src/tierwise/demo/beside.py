"""What stands beside the grades of the demo: a segment by rule, one by hand, and an override that somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from tierwise.book.importing import ImportItem, import_batch
from tierwise.movement.overrides import last_day
from tierwise.movement.overriding import Request, request_override
from tierwise.movement.review import grades_of_period
from tierwise.movement.states import chain, cycle_runs
from tierwise.segmentation.applying import plan, write
from tierwise.segmentation.load import parse_rules

if TYPE_CHECKING:
    from pathlib import Path

    from tierwise.book.store import Book
    from tierwise.policy.load import PolicyDocument

Stories = Mapping[str, Sequence[str]]

REQUESTER = "sales-manager"
RULES = "segments.yaml"
_RULES = """\
segments:
  - code: new_industries
    title: {en: New industries, zh: 新兴产业}
    dimension: industry
    when:
      - {attribute: industry, one_of: [新能源, 电子制造]}
"""
NURTURED, _BY_HAND = "nurtured", ("rising_star", "regained", "hot_prospect")
_SEGMENTS = (
    f"code,name,name_en,dimension,basis,valid_from\n{NURTURED},重点培育,To be nurtured,other,manual,{{day}}\n"
)
_MEMBERS = "customer_code,segment_code,valid_from"
_WHY = "新厂房投产，产能翻倍，明年框架协议正在洽谈 · new plant in operation, next year’s framework agreement under way"


def put_into_segments(
    book: Book, folder: Path, stories: Stories, day: date, *, actor: str, at: datetime
) -> None:
    """Applies the rule and imports those chosen by hand, from files beside those of the company."""
    (folder / RULES).write_text(_RULES, encoding="utf-8")
    rules = parse_rules(_RULES, RULES)
    write(book, rules, plan(book, rules, day), name=RULES, actor=actor, at=at)
    chosen = sorted({code for story in _BY_HAND for code in stories.get(story, ())})
    rows = [f"{code},{NURTURED},{day}" for code in chosen]
    files = {"segments": _SEGMENTS.format(day=day), "segment_memberships": "\n".join([_MEMBERS, *rows, ""])}
    items = []
    for table, text in files.items() if rows else ():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
        items.append(ImportItem(table, [folder / f"{table}.csv"]))
    if items:
        import_batch(book, items, strict=True, actor=actor, at=at)


def ask_for_override(
    book: Book, document: PolicyDocument, candidates: Sequence[str], *, at: datetime
) -> str | None:
    """Asks for a better grade for the first candidate whose grade in force is not the best; what it is called."""
    published = chain(cycle_runs(book), document.policy.code)
    if not published:
        return None
    best, *others = (grade.code for grade in document.policy.scale)
    rows = grades_of_period(book, published[-1]).to_pylist()
    now = {row["customer_id"]: row["effective"] for row in rows}
    chosen = next((code for code in candidates if now.get(code) in others), None)
    if chosen is None:
        return None
    first = at.astimezone(book.upcoming().settings.zone).date()
    wish = Request(chosen, best, "potential", _WHY, first, last_day(first))
    return request_override(book, document.policy, wish, actor=REQUESTER, at=at).override_id
