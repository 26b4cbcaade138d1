"""Characteristics of key accounts that a person corrects with a reason. Source: spec 6.11 step 2, decision 0020.

A correction is an assessment: criterion ``kc_…`` of the template of the key account method, level ``met`` or
``not_met``, the reason as its evidence. So it has its day and its validity, is read by every run that may see it,
and a later one takes its place.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.book.importing import ImportItem, Origin, import_batch
from tierwise.grading.criteria import VALID_MONTHS
from tierwise.kernel.errors import fail
from tierwise.kernel.periods import window
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.deciding import refuse_elsewhere
from tierwise.movement.in_use import in_use
from tierwise.movement.overriding import refuse_customer, refuse_silence
from tierwise.policy.judged import CHARACTERISTICS, HIGHEST, LOWEST, MET, NOT_MET, KeyAccount
from tierwise.policy.load import load_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion

STANDARD = "key_accounts"
"""The shipped policy whose template is used where no policy in use evaluates key accounts."""
_SCORES = {MET: HIGHEST, NOT_MET: LOWEST}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of one characteristic of a customer, and until when it holds (12 months without a day)."""

    customer: str
    item: str
    met: bool
    reason: str
    by: str
    on: date
    until: date | None = None


def correct(book: Book, said: Correction, *, actor: str, at: datetime) -> int:
    """Records a correction and returns the version of the book afterwards.

    **Raises** ``characteristic.unknown``, ``characteristic.days``, ``override.no-customer``, ``override.no-reason``,
    ``decision.elsewhere``.
    """
    version = book.upcoming()
    refuse_elsewhere(version.settings)
    if said.item not in CHARACTERISTICS:
        raise fail(
            "characteristic.unknown",
            "{item} is no characteristic that facts show; there are {known}",
            "{item} 不是由数据得出的特征；可用：{known}",
            item=said.item,
            known=", ".join(CHARACTERISTICS),
        )
    _refuse_days(said)
    refuse_silence(said.reason)
    refuse_customer(book, version, said.customer)
    return _written(book, version, said, actor=actor, at=at)


def _refuse_days(said: Correction) -> None:
    if said.until is not None and said.until < said.on:
        raise fail(
            "characteristic.days",
            "a correction from {start} to {end} would be over before it begins",
            "更正的期限 {start} 至 {end} 无效：尚未开始即已结束",
            start=said.on,
            end=said.until,
        )


def _written(book: Book, version: BookVersion, said: Correction, *, actor: str, at: datetime) -> int:
    row = _row(said, template_of(book, version))
    origin = Origin(f"characteristics {said.customer} {said.item}")
    with tempfile.TemporaryDirectory(prefix="tierwise-characteristics-") as folder:
        path = Path(folder) / "assessments.parquet"
        pq.write_table(pa.Table.from_pylist([row]), path)
        item = ImportItem("assessments", [path], None, origin)
        return import_batch(book, [item], strict=True, actor=actor, at=at)[0].version


def withdraw(book: Book, customer: str, item: str, *, actor: str, at: datetime) -> Correction:
    """Ends the correction in force, whatever became of the customer or lacks in an imported one: facts speak again.

    **Raises** ``characteristic.not-corrected``, ``decision.elsewhere``.
    """
    version = book.upcoming()
    refuse_elsewhere(version.settings)
    today = at.astimezone(version.settings.zone).date()
    for found in corrections(book, today):
        if (found.customer, found.item) == (customer, item):
            ended = Correction(
                customer, item, found.met, found.reason, found.by, found.on, found.on - timedelta(days=1)
            )
            _written(book, version, ended, actor=actor, at=at)
            return ended
    raise fail(
        "characteristic.not-corrected",
        "{item} of {customer} is not corrected",
        "客户 {customer} 的 {item} 未被更正",
        item=item,
        customer=customer,
    )


def corrections(book: Book, as_of: date) -> list[Correction]:
    """The corrections that hold on a day, by customer and characteristic."""
    version = book.upcoming()
    seen = visible(book_table("assessments"), as_of, "as_of")
    mine = seen.filter(
        seen.template == template_of(book, version), seen.criterion.isin(tuple(CHARACTERISTICS))
    )
    last = mine.as_of.max().over(ibis.window(group_by=[mine.customer_code, mine.criterion]))
    newest = mine.mutate(last=last).filter(lambda t: (t.as_of == t.last) & t.level.isin((MET, NOT_MET)))
    with book.engine() as engine:
        book.open_in(engine, version, ("assessments",), as_of=as_of)
        rows = engine.fetch(newest.order_by(["customer_code", "criterion"])).to_pylist()
    return [found for row in rows if _holds(found := _read(row), as_of)]


def template_of(book: Book, version: BookVersion) -> str:
    """The template of key account evaluations: of a policy in use, else of the shipped one."""
    policies = [*(used.document.policy for used in in_use(book, version)), load_policy(STANDARD).policy]
    found = (m.template for policy in policies for m in policy.methods if isinstance(m, KeyAccount))
    return next(found)


def _row(said: Correction, template: str) -> dict[str, Any]:
    level = MET if said.met else NOT_MET
    return {
        "customer_code": said.customer,
        "template": template,
        "criterion": said.item,
        "score": str(_SCORES[level]),
        "level": level,
        "assessor": said.by,
        "as_of": said.on.isoformat(),
        "valid_until": said.until.isoformat() if said.until else None,
        "evidence": said.reason.strip(),
    }


def _read(row: dict[str, Any]) -> Correction:
    names = ("customer_code", "criterion", "level", "evidence", "assessor", "as_of", "valid_until")
    customer, item, level, why, by, on, until = (row[name] for name in names)
    return Correction(customer, item, level == MET, why or "", by, on, until)


def _holds(found: Correction, as_of: date) -> bool:
    return found.on >= window(as_of, VALID_MONTHS).start if found.until is None else found.until >= as_of
