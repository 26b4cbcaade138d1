"""Writing an assessment, submitting it, deciding about it. Source: spec 4.4, 11: nobody accepts what they judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.numbers import plain_number
from tierwise.kernel.periods import add_months
from tierwise.kernel.text import Text
from tierwise.policy.forms import Form, Item
from tierwise_web.assessments.models import (
    ACCEPTED,
    DRAFT,
    OPEN,
    REJECTED,
    SUBMITTED,
    WITHDRAWN,
    Assessment,
)
from tierwise_web.audit.services import record as note_event
from tierwise_web.common.words import moment
from tierwise_web.editing.services import change, lock, refuse_closed
from tierwise_web.people.models import User

VALID_MONTHS = 12
LONGEST_YEARS = 5
"""So long an assessment may speak at most: a later day is a mistyped year."""
PARTS = ("score", "level", "comment", "evidence")
LONGEST = {"score": 20, "level": 40, "comment": 1000, "evidence": 1000}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote into a form, as it was typed."""

    as_of: str
    valid_until: str
    remarks: str
    answers: Mapping[str, Mapping[str, str]]
    """Criterion -> part -> text."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The same, read: days, and answers as the book takes them."""

    as_of: date
    valid_until: date
    remarks: str
    answers: dict[str, dict[str, str]]


def checked(form: Form, said: Said, *, first_open: date | None, today: date, whole: bool) -> Checked:
    """What was said, read. ``whole``: it is to be submitted, so that every score stands on evidence.

    **Raises** with every mistake at its field: ``as_of``, ``valid_until``, ``strength-score`` …
    """
    problems: list[Problem] = []
    as_of = _day(said.as_of, "as_of", problems) or today
    if not problems:
        try:
            refuse_closed(as_of, first_open, today)
        except TierwiseError as error:
            problems += [Problem(p.code, p.text, p.slots, column="as_of") for p in error.problems]
    # a day to come is refused above, and the last of all days has no next year
    until = last_day(as_of) if as_of <= today else as_of
    if said.valid_until.strip():
        until = _day(said.valid_until, "valid_until", problems) or until
    if until < as_of:
        problems.append(Problem("assessment.ends-before", _ENDS_BEFORE, column="valid_until"))
    elif as_of <= today and until > add_months(as_of, 12 * LONGEST_YEARS):
        problems.append(Problem("assessment.too-long", _TOO_LONG, {"n": LONGEST_YEARS}, column="valid_until"))
    answers = _answers(form, said, problems, whole=whole)
    if whole and not problems and not any(answer["score"] for answer in answers.values()):
        problems.append(Problem("assessment.empty", Text("score at least one line", "请至少评定一项")))
    if problems:
        raise TierwiseError(problems)
    return Checked(as_of, until, said.remarks.strip()[:2000], answers)


def last_day(as_of: date) -> date:
    """The last day on which an assessment speaks, where nobody says otherwise: both days belong to the twelve months."""
    return add_months(as_of, VALID_MONTHS) - timedelta(days=1)


_ENDS_BEFORE = Text("it cannot end before its day", "有效期不得早于评估日期")
_TOO_LONG = Text("at most {n} years after its day", "有效期最长为评估日期后 {n} 年")
_SCORE = Text("give a score for what you say of it", "已填写依据，请评分")
_EVIDENCE = Text("say on what this rests", "请填写评分依据")


def _day(text: str, column: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        words = Text("write the day as 2026-10-31", "日期请写成 2026-10-31")
        problems.append(Problem("edit.day", words, column=column))
        return None


def _answers(form: Form, said: Said, problems: list[Problem], *, whole: bool) -> dict[str, dict[str, str]]:
    found = {}
    for item in form.items:
        given = {part: said.answers.get(item.criterion, {}).get(part, "").strip() for part in PARTS}
        problems += _too_long(item, given)
        if item.by_level:
            _by_level(item, given, problems)
        else:
            _by_score(item, given, problems)
        if whole and given["score"] and not given["evidence"]:
            problems.append(Problem("assessment.evidence", _EVIDENCE, column=f"{item.criterion}-evidence"))
        part = "level" if item.by_level else "score"
        if whole and given["evidence"] and not said.answers.get(item.criterion, {}).get(part, "").strip():
            problems.append(Problem("assessment.score", _SCORE, column=f"{item.criterion}-{part}"))
        if any(given.values()):
            found[item.criterion] = given
    return found


def _too_long(item: Item, given: dict[str, str]) -> list[Problem]:
    words = Text("{most} characters at most", "至多 {most} 个字符")
    return [
        Problem("assessment.long", words, {"most": most}, column=f"{item.criterion}-{part}")
        for part, most in LONGEST.items()
        if len(given[part]) > most
    ]


def _by_level(item: Item, given: dict[str, str], problems: list[Problem]) -> None:
    """A chosen level gives its points."""
    given["score"] = ""
    if given["level"]:
        level = item.standard(given["level"])
        if level is None:
            words = Text("choose one of the list", "请从列表中选择")
            problems.append(Problem("edit.choice", words, column=f"{item.criterion}-level"))
        else:
            given["score"] = plain_number(level.low)


def _by_score(item: Item, given: dict[str, str], problems: list[Problem]) -> None:
    """A score falls into its level."""
    given["level"] = ""
    if not given["score"]:
        return
    column = f"{item.criterion}-score"
    try:
        score = Decimal(given["score"])
    except InvalidOperation:
        score = Decimal("NaN")
    if not score.is_finite():
        problems.append(Problem("edit.number", Text("write a number", "请填写数字"), column=column))
        return
    wrong = item.problem_with(score)
    if wrong is not None:
        problems.append(Problem(wrong.code, wrong.text, wrong.slots, column=column))
        return
    level = item.level_of(score)
    given["score"] = plain_number(score)
    given["level"] = level.code if level else ""


@transaction.atomic
def begin(
    form: Form,
    what: Checked,
    *,
    customer: str,
    name: str,
    submit: bool,
    actor: User,
    at: datetime,
    token: str = "",
) -> Assessment:
    """A new assessment, as a draft or submitted at once; the one that is there where the same form was sent twice.

    **Raises** ``assessment.waits`` where another of the same day waits.
    """
    lock("assessments", f"{customer}/{form.template}")
    fields = _fields(what, submit=submit, actor=actor, at=at)
    first = Assessment.objects.filter(token=token).first() if token else None
    if first is not None and _same(first, fields, customer, actor):
        return first
    if submit:
        _refuse_second(customer, form.template, what.as_of)
    made = Assessment.objects.create(
        token=(token or None) if first is None else None, customer=customer, customer_name=name, template=form.template, policy=form.policy,
        policy_version=form.version, assessor=actor.username, assessor_name=actor.name, **fields,
    )  # fmt: skip
    note_event(
        f"assessments.{made.state}",
        user=actor,
        at=at,
        assessment=made.pk,
        customer=customer,
        template=form.template,
    )
    return made


def _refuse_second(customer: str, template: str, day: date, *, but: int = 0) -> None:
    """**Raises** ``assessment.waits`` where one of the same day waits: of two, the later acceptance would hold unseen.

    The caller holds the lock of the form of this customer.
    """
    waits = Assessment.objects.filter(customer=customer, template=template, as_of=day, state=SUBMITTED)
    first = waits.exclude(pk=but).order_by("pk").first()
    if first is not None:
        raise fail(
            "assessment.waits",
            "an assessment of this day by {who} waits for acceptance already; keep yours as a draft until it is decided",
            "{who} 提交的同日评估正在等待接受；请先保存为草稿，待其处理后再提交",
            column="as_of",
            who=first.assessor_name,
        )


def _same(first: Assessment, fields: Mapping[str, Any], customer: str, actor: User) -> bool:
    """Whether this was sent before; who goes back in the browser and writes something else begins another."""
    written = ("as_of", "valid_until", "remarks", "answers", "state")
    mine = first.assessor == actor.username and first.customer == customer
    return mine and all(getattr(first, name) == fields[name] for name in written)


def _fields(what: Checked, *, submit: bool, actor: User, at: datetime) -> dict[str, Any]:
    return {
        "as_of": what.as_of, "valid_until": what.valid_until, "remarks": what.remarks, "answers": what.answers,
        "state": SUBMITTED if submit else DRAFT, "submitted_at": at if submit else None,
        "changed_by": actor.name, "changed_at": at,
    }  # fmt: skip


@transaction.atomic
def rewrite(
    assessment: Assessment, form: Form, what: Checked, *, seen: int, submit: bool, actor: User, at: datetime
) -> None:
    """Writes a draft, or one that was sent back, anew. The assessor alone does.

    **Raises** ``assessment.not-yours``, ``assessment.waits``, ``web.changed-meanwhile``.
    """
    if assessment.assessor != actor.username:
        raise fail("assessment.not-yours", "only its assessor writes it", "只有评估人本人可以填写")
    lock("assessments", f"{assessment.customer}/{assessment.template}")
    if submit and Assessment.objects.filter(pk=assessment.pk, version=seen, state__in=OPEN).exists():
        _refuse_second(assessment.customer, assessment.template, what.as_of, but=assessment.pk)
    fields = _fields(what, submit=submit, actor=actor, at=at) | {
        "policy": form.policy, "policy_version": form.version, "version": seen + 1,
    }  # fmt: skip
    mine = Assessment.objects.filter(pk=assessment.pk, version=seen, state__in=OPEN)
    if not mine.update(**fields):
        raise _meanwhile(assessment)
    note_event(f"assessments.{fields['state']}", user=actor, at=at, assessment=assessment.pk)


def _meanwhile(assessment: Assessment) -> TierwiseError:
    now = Assessment.objects.get(pk=assessment.pk)
    return fail(
        "web.changed-meanwhile",
        "{name} changed this at {at}; what stands there now is shown beside yours, and yours is kept here",
        "{name} 已于 {at} 修改；旁边显示现有内容，您填写的内容仍保留在此",
        name=now.changed_by or now.decided_by,
        at=moment(now.changed_at),
    )


@transaction.atomic
def decide(assessment: Assessment, *, accept: bool, note: str, seen: int, actor: User, at: datetime) -> None:
    """Accepts an assessment, so that it reaches the next run, or sends it back with a reason.

    **Raises** ``assessment.own``: nobody accepts what they judged; ``assessment.note``; ``web.changed-meanwhile``.
    """
    if assessment.assessor == actor.username:
        raise fail(
            "assessment.own",
            "somebody else accepts what you judged",
            "本人提交的评估须由他人接受",
        )
    if not accept and not note.strip():
        raise fail("assessment.note", "say why you send it back", "请说明退回原因", column="note")
    fields = {
        "state": ACCEPTED if accept else REJECTED, "decided_by": actor.name, "decided_at": at,
        "decision_note": note.strip()[:1000], "version": seen + 1, "changed_by": actor.name, "changed_at": at,
    }  # fmt: skip
    if not Assessment.objects.filter(pk=assessment.pk, version=seen, state=SUBMITTED).update(**fields):
        raise _meanwhile(assessment)
    note_event(
        f"assessments.{fields['state']}", user=actor, at=at, assessment=assessment.pk,
        customer=assessment.customer, note=fields["decision_note"],
    )  # fmt: skip
    if accept:
        _to_the_book(assessment, actor=actor, at=at)


def _to_the_book(assessment: Assessment, *, actor: User, at: datetime) -> None:
    """One row for each line that was judged: a line that was left open keeps its earlier answer."""
    lock("assessments", f"{assessment.customer}/{assessment.template}")
    for criterion, answer in assessment.answers.items():
        if answer["score"]:
            change(
                "assessments", f"{assessment.customer}/{assessment.template}/{criterion}/{assessment.as_of}",
                customer=assessment.customer, values=_row(assessment, criterion, answer), before={},
                effective_on=assessment.as_of, reason="assessment", note=f"#{assessment.pk}", actor=actor, at=at,
            )  # fmt: skip


def _row(assessment: Assessment, criterion: str, answer: Mapping[str, str]) -> dict[str, str | None]:
    said = " · ".join(part for part in (answer["comment"], assessment.remarks) if part)
    return {
        "customer_code": assessment.customer, "template": assessment.template, "criterion": criterion,
        "score": answer["score"], "level": answer["level"] or None, "assessor": assessment.assessor_name,
        "as_of": assessment.as_of.isoformat(), "valid_until": assessment.valid_until.isoformat(),
        "evidence": answer["evidence"] or None, "comment": said[:2000] or None,
    }  # fmt: skip


@transaction.atomic
def withdraw(assessment: Assessment, *, seen: int, actor: User, at: datetime) -> None:
    """Takes back what was not decided yet. **Raises** ``assessment.not-yours``, ``web.changed-meanwhile``."""
    if assessment.assessor != actor.username:
        raise fail("assessment.not-yours", "only its assessor withdraws it", "只有评估人本人可以撤回")
    mine = Assessment.objects.filter(pk=assessment.pk, version=seen, state__in=(*OPEN, SUBMITTED))
    if not mine.update(state=WITHDRAWN, version=seen + 1, changed_by=actor.name, changed_at=at):
        raise _meanwhile(assessment)
    note_event("assessments.withdrawn", user=actor, at=at, assessment=assessment.pk)
