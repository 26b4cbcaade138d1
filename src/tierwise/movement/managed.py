"""Which policy grades a period, and what a new wording would take the place of. Source: W03, decision 0018."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tierwise.grading.run import find_run
from tierwise.kernel.errors import fail
from tierwise.kernel.periods import Period
from tierwise.movement.in_use import append_use, entries, in_use, leading, refuse_overlap, standing
from tierwise.movement.policy_log import (
    Said,
    holding,
    other_wording,
    refuse_unpublished,
    retired,
    said_of_policies,
)
from tierwise.movement.states import chain, cycle_runs
from tierwise.policy.load import PolicyDocument, load_policy, parse_policy, same_wording

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer
    from tierwise.movement.in_use import InUse


def put_into_use(book: Book, writer: Writer, code: str, period: Period) -> None:
    """Puts the published policy of a period into use, in the version that publishes its grades; a mark to lead stays.

    **Raises** ``policy.kinds-overlap``.
    """
    found = holding(said_of_policies(book, writer.base), code, period)
    known = entries(book, writer.base)
    mine = _of(standing(known), code)
    if found is None or found.event == "retired":
        return
    if mine is None or (mine.fingerprint, mine.version) != (found.fingerprint, found.version):
        document = found.document
        refuse_overlap(standing(known), document)
        append_use(writer, known, document)


def policy_of_period(book: Book, name: str | None, period: Period) -> PolicyDocument:
    """The policy that grades a period: of a published policy what holds or held then, else the shipped one or the file.

    Without a name the one that leads service (for existing customers first), or the only one that is published.
    **Raises** ``cycle.which-policy``.
    """
    said = said_of_policies(book)
    code = name or _code_of(book, said)
    found = holding(said, code, period)
    if found is not None and found.event == "published":
        return found.document
    if found is not None:
        raise retired(found, period)
    earlier = _before_approval(book, book.current(), said, code)
    if earlier:
        return earlier[0]
    used = _of(in_use(book), code) if name is None else None
    return used.document if used else load_policy(code)


def refuse_other_wording(book: Book, version: BookVersion, document: PolicyDocument, period: Period) -> None:
    """**Raises** ``policy.retired`` or ``policy.managed`` where another wording than this grades the period.

    Months before the first with a published wording keep what graded until then, as far as anything did.
    """
    refuse_unpublished(book, version, document, period)
    said, code = said_of_policies(book, version), document.policy.code
    if holding(said, code, period) is not None:
        return
    earlier = _before_approval(book, version, said, code)
    if earlier and not any(same_wording(one, document) for one in earlier):
        raise other_wording(book, code, earlier[0].policy.version, period)


def _before_approval(
    book: Book, version: BookVersion, said: Iterable[Said], code: str
) -> list[PolicyDocument]:
    """The wordings of a policy that held before its first published one: that in use then, that of its last month.

    Nothing if none was ever published, or if nobody was graded by it before.
    """
    published = [one for one in said if one.code == code and one.event == "published"]
    if not published:
        return []
    then = [entry for entry in entries(book, version) if entry.at <= published[0].at]
    used = _of(standing(then), code)
    first = min(Period.of(str(one.effective_from)) for one in published)
    graded = [run for run in chain(cycle_runs(book, version), code) if run.period < first]
    return [
        *([used.document] if used else []),
        *([graded_by(book, graded[-1].run_id)] if graded else []),
    ]


def _code_of(book: Book, said: Iterable[Said]) -> str:
    leads = leading(book)
    codes = sorted({one.code for one in said if one.event == "published"})
    if leads is None and len(codes) != 1:
        raise fail(
            "cycle.which-policy",
            "say which policy with --policy ({codes}); one that leads service is found by itself "
            "(`tierwise policy use {book} POLICY`)",
            "请用 --policy 指定策略（{codes}）；主导服务的策略无须指定（`tierwise policy use {book} 策略`）",
            codes=", ".join(codes) or "abc_sales",
            book=str(book.path),
        )
    return leads.code if leads else codes[0]


def present_policy(book: Book, version: BookVersion, code: str) -> PolicyDocument | None:
    """What a new wording of a policy would take the place of: the last published one of its code, else that in use,
    else that of its last published period, else the one that leads service; ``None`` if nobody is graded yet.
    """
    found = holding(said_of_policies(book, version), code)
    if found is not None:
        return found.document if found.event == "published" else None
    used = standing(entries(book, version))
    mine = _of(used, code)
    if mine is not None:
        return mine.document
    last = chain(cycle_runs(book, version), code)
    if last:
        return graded_by(book, last[-1].run_id)
    return used[0].document if used else None


def graded_by(book: Book, run_id: str) -> PolicyDocument:
    """The policy of a stored run."""
    record = find_run(book, run_id)
    policy = parse_policy(record.policy_text, f"{run_id}: policy")
    return PolicyDocument(policy, record.policy_text, f"{run_id}: policy", record.policy_fingerprint)


def _of(found: Iterable[InUse], code: str) -> InUse | None:
    return next((one for one in found if one.code == code), None)
