"""Three selections beside each other: the top class, the quality set, the key account proposals. Source: spec 2.8(1).

They answer different questions (who buys most, who is good in every respect, who earns half of the profit) and may
disagree; what is asked here is where, and what could not be computed is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierwise.grading.run import grade_book
from tierwise.grading.wording import WARNINGS
from tierwise.insight.people import short_names
from tierwise.kernel.errors import Problem, fail
from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.compute import Progress, silent

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.run import RunResult
    from tierwise.policy.load import PolicyDocument
    from tierwise.policy.model import Policy

SHIPPED = {"top": "abc_sales", "quality": "quality_20", "key": "key_accounts"}
"""Selection -> the shipped policy that makes it."""
NAMES = {
    "top": Text("top class", "最高等级"),
    "quality": Text("quality set", "优质客户"),
    "key": Text("key account proposal", "重点客户建议"),
}
AREAS: tuple[tuple[bool, bool, bool], ...] = (
    (True, True, True),
    (True, True, False),
    (True, False, True),
    (False, True, True),
    (True, False, False),
    (False, True, False),
    (False, False, True),
)
"""The seven areas of three sets: who is in all, in two, in one; top, quality, key."""
_METHOD = {"quality": "quality_set", "key": "key_account"}


@dataclass(frozen=True, slots=True)
class Picked:
    """A graded customer: which selections took it, and where it stood in each."""

    customer: str
    name: str
    top: bool
    quality: bool
    key: bool
    grade: str | None
    top_rank: int | None
    quality_status: str | None
    quality_rank: int | None
    profit: Any
    evaluation: str | None
    """The reading of the evaluation by people, null where there is none."""

    @property
    def area(self) -> tuple[bool, bool, bool]:
        """In which of the three it is."""
        return self.top, self.quality, self.key

    @property
    def disputed(self) -> bool:
        """Whether some took it and some did not."""
        return any(self.area) and not all(self.area)


@dataclass(frozen=True, slots=True)
class Selections:
    """The three selections of a day."""

    as_of: date
    policies: dict[str, PolicyDocument]
    customers: tuple[Picked, ...]
    """Everyone in the population of any of the three, by code."""
    counts: dict[tuple[bool, bool, bool], int]
    """The seven areas, those without anybody, too."""
    missing: tuple[Problem, ...] = field(default=())
    """What could not be computed, and the warnings of the runs."""

    @property
    def picked(self) -> list[Picked]:
        """Whom at least one selection took: the most agreed upon first, then by rank of the top class."""
        taken = [one for one in self.customers if any(one.area)]
        return sorted(
            taken,
            key=lambda one: (AREAS.index(one.area), one.top_rank is None, one.top_rank or 0, one.customer),
        )

    def size(self, selection: str) -> int:
        """How many customers a selection took."""
        return sum(1 for one in self.customers if getattr(one, selection))


def counted(areas: Iterable[tuple[bool, bool, bool]]) -> dict[tuple[bool, bool, bool], int]:
    """How many stand in each of the seven areas; who is in none is not counted."""
    found = Counter(areas)
    return {area: found[area] for area in AREAS}


def select(
    book: Book,
    as_of: date,
    policies: dict[str, PolicyDocument],
    *,
    actor: str,
    at: datetime,
    progress: Progress = silent,
) -> Selections:
    """The three selections of a day by their policies (``top``, ``quality``, ``key``); nothing is stored.

    **Raises** ``selections.no-method`` if a policy does not make its selection, ``selections.levels`` if they grade
    different units.
    """
    _refuse(policies)
    made: dict[str, RunResult] = {}
    graded: dict[str, RunResult] = {}
    for name, document in policies.items():
        mark = document.fingerprint
        if mark not in graded:
            graded[mark] = grade_book(
                book, document, as_of, actor=actor, at=at, dry_run=True, progress=progress
            )
        made[name] = graded[mark]
    rows = {name: _units(made[name]) for name in policies}
    customers = tuple(_picks(policies, rows, short_names(book, as_of)))
    counts = counted(one.area for one in customers)
    return Selections(as_of, policies, customers, counts, tuple(_missing(policies, made, rows, customers)))


def _refuse(policies: dict[str, PolicyDocument]) -> None:
    for name, method in _METHOD.items():
        if _method(policies[name].policy, name) is None:
            raise fail(
                "selections.no-method",
                "the policy {policy} has no method {method}, so it makes no {selection}",
                "策略 {policy} 没有方法 {method}，无法得出{selection_zh}",
                file=policies[name].file,
                policy=policies[name].policy.code,
                method=method,
                selection=NAMES[name].en,
                selection_zh=NAMES[name].zh,
            )
    levels = {name: document.policy.population.level for name, document in policies.items()}
    if len(set(levels.values())) > 1:
        raise fail(
            "selections.levels",
            "the three policies grade different units: {levels}",
            "三个策略的参评单位不同：{levels}",
            levels=", ".join(f"{policies[name].policy.code} {level}" for name, level in levels.items()),
        )


def _method(policy: Policy, name: str) -> Any:
    return next((method for method in policy.methods if method.method == _METHOD[name]), None)


def _units(made: RunResult) -> dict[str, dict[str, Any]]:
    """The rows of the population of a run: members of groups and those outside take no part."""
    rows = made.results.to_pylist()
    return {
        row["customer_id"]: row
        for row in rows
        if row["unit"] == row["customer_id"] and row["status"] not in ("not_in_population", "no_history")
    }


def _picks(
    policies: dict[str, PolicyDocument], rows: dict[str, dict[str, dict[str, Any]]], names: dict[str, str]
) -> Iterable[Picked]:
    best = policies["top"].policy.scale[0].code
    profit = use_of(
        _method(policies["key"].policy, "key").profit, policies["key"].policy.window_months
    ).column
    for code in sorted(set().union(*rows.values())):
        top, quality, key = (rows[name].get(code, {}) for name in ("top", "quality", "key"))
        yield Picked(
            customer=code,
            name=names.get(code, ""),
            top=top.get("grade") == best,
            quality=bool(_said(policies, "quality", quality, "member")),
            key=bool(_said(policies, "key", key, "member")),
            grade=top.get("grade"),
            top_rank=top.get("rank"),
            quality_status=_said(policies, "quality", quality, "status"),
            quality_rank=_said(policies, "quality", quality, "rank"),
            profit=key.get(profit),
            evaluation=_said(policies, "key", key, "grade"),
        )


def _said(policies: dict[str, PolicyDocument], name: str, row: dict[str, Any], column: str) -> Any:
    """What the method of a selection says of a customer; the standard columns of a leading method are the run's own."""
    policy = policies[name].policy
    method = _method(policy, name)
    if method.id == policy.leading.id and column != "member":
        return row.get(column)
    return row.get(f"{method.id}_{column}")


def _missing(
    policies: dict[str, PolicyDocument],
    made: dict[str, RunResult],
    rows: dict[str, dict[str, dict[str, Any]]],
    customers: Sequence[Picked],
) -> Iterable[Problem]:
    """What could not be computed, by its consequence, and then what the runs warn of, each once."""
    of_key = [one for one in customers if one.customer in rows["key"]]
    unknown = sum(1 for one in of_key if one.profit is None)
    if unknown:
        yield Problem("selections.profit-unknown", _PROFIT_UNKNOWN, {"n": unknown, "all": len(of_key)})
    proposed = [one for one in of_key if one.key]
    unread = sum(1 for one in proposed if one.evaluation is None)
    if unread:
        template = _method(policies["key"].policy, "key").template
        yield Problem(
            "selections.no-evaluation",
            _NO_EVALUATION,
            {"n": unread, "all": len(proposed), "template": template},
        )
    unjudged = sum(
        1 for one in customers if one.customer in rows["quality"] and one.quality_status != "graded"
    )
    if unjudged:
        yield Problem("selections.quality-open", _QUALITY_OPEN, {"n": unjudged, "all": len(rows["quality"])})
    said: set[str] = set()
    for name, result in made.items():
        for warning in result.warnings:
            slots = {key: value for key, value in warning.items() if key != "code"}
            code = warning["code"]
            if code in WARNINGS and (text := WARNINGS.pattern(code)).fill("en", **slots) not in said:
                said.add(text.fill("en", **slots))
                policy = policies[name].policy.code
                yield Problem(
                    code, Text("{policy}: " + text.en, "{policy}：" + text.zh), {**slots, "policy": policy}
                )


_PROFIT_UNKNOWN = Text(
    "the profit of {n} of {all} customers is not known; they cannot be proposed as key accounts",
    "{all} 家客户中有 {n} 家利润未知，无法进入重点客户建议",
)
_NO_EVALUATION = Text(
    "{n} of {all} {all#proposal has|proposals have} no evaluation: the assessments of the template {template} are missing "
    "or incomplete, so people have not said yet whether to follow the profit",
    "{all} 项重点客户建议中有 {n} 项尚无评价：缺少模板 {template} 的评估或评估不完整，利润集合尚未经人判断",
)
_QUALITY_OPEN = Text(
    "{n} of {all} customers could not be judged for the quality set: a value is missing",
    "{all} 家客户中有 {n} 家因缺少数值无法判断是否优质客户",
)


def as_table(found: Selections) -> pa.Table:
    """Everyone in the population as rows for a file; each column of a selection stands under its policy's name."""
    policy = {
        name: f"{document.policy.code} v{document.policy.version}"
        for name, document in found.policies.items()
    }
    rows = [
        {
            "customer_code": one.customer, "customer_name": one.name,
            "top": one.top, "quality": one.quality, "key": one.key, "disputed": one.disputed,
            "top_policy": policy["top"], "grade": one.grade, "top_rank": one.top_rank,
            "quality_policy": policy["quality"], "quality_status": one.quality_status, "quality_rank": one.quality_rank,
            "key_policy": policy["key"], "profit": one.profit, "evaluation": one.evaluation,
        }
        for one in found.customers
    ]  # fmt: skip
    flag, text, whole = pa.bool_(), pa.string(), pa.int64()
    schema = pa.schema([
        ("customer_code", text), ("customer_name", text),
        ("top", flag), ("quality", flag), ("key", flag), ("disputed", flag),
        ("top_policy", text), ("grade", text), ("top_rank", whole),
        ("quality_policy", text), ("quality_status", text), ("quality_rank", whole),
        ("key_policy", text), ("profit", pa.decimal128(38, 4)), ("evaluation", text),
    ])  # fmt: skip
    return pa.Table.from_pylist(rows, schema)
