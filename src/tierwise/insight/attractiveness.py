"""How attractive customers are on a day, by the ratings that people gave. Source: spec 6.10, 8.4(c)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from tierwise.engine.stages import Stages
from tierwise.grading.base import Context
from tierwise.grading.matrix import level_of
from tierwise.grading.ratings import rated_members
from tierwise.metrics.compute import customers_seen
from tierwise.metrics.report import scene_for_people
from tierwise.movement.in_use import in_use
from tierwise.policy.judged import Attractiveness
from tierwise.policy.load import load_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion
    from tierwise.policy.model import Policy

STANDARD = "account_matrix"
"""The shipped policy whose weights and limits hold where no policy of the company says others."""


def attractiveness_levels(book: Book, policy: Policy, as_of: date, version: BookVersion) -> dict[str, str]:
    """Unit -> ``high``, ``medium`` or ``low``; whoever lacks a valid rating is not assessed and not among them.

    The weights and limits are those of the policy, else of another policy in use, else of the shipped matrix.
    """
    method = _method(book, policy, version)
    with book.engine() as engine:
        book.open_in(engine, version, ("customers", "assessments"), as_of=as_of)
        stages = Stages(engine)
        scene = customers_seen(stages, scene_for_people(version.settings, as_of), policy.population.level)
        records = stages["tw_customers"]
        members = records.filter(records.unit == records.code).select("unit")
        # proposals would ask for metrics, and they are no ratings
        ratings = tuple(rating.model_copy(update={"proposal": None}) for rating in method.ratings)
        t = rated_members(method.id, ratings, method.template, Context(stages, policy, scene, members, 0))
        rated = t.filter(t.score.notnull())
        found = engine.fetch(rated.select("unit", found=level_of(method, rated))).to_pylist()
    return {row["unit"]: row["found"] for row in found}


def _method(book: Book, policy: Policy, version: BookVersion) -> Attractiveness:
    others = [used.document.policy for used in in_use(book, version)]
    found = _declared((policy, *others, load_policy(STANDARD).policy))
    return next(iter(found))


def _declared(policies: Iterable[Policy]) -> Iterable[Attractiveness]:
    return (m for policy in policies for m in policy.methods if isinstance(m, Attractiveness))
