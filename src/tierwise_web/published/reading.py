"""Reading a read model: every query of customers takes the scope of who asks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from tierwise.api import open_book
from tierwise.grading.explain import Explanation, survivor_in
from tierwise.grading.members import OUT_OF_USE
from tierwise.grading.record import RunRecord
from tierwise.grading.withholding import leads_by_profit, telling_flags
from tierwise.insight.showing import unpacked
from tierwise.policy.load import parse_policy
from tierwise.policy.model import Policy
from tierwise_web.people.scope import Scope
from tierwise_web.published.editions import PerFile, connect, key_of
from tierwise_web.published.models import Edition
from tierwise_web.published.moving import displaced, lead_now

PROTECTED = frozenset({"gross_profit", "profit", "profit_key"})
"""Columns of ``customers`` that only those see who may see profit."""


@dataclass(frozen=True)
class About:
    """What is the same for all customers of an edition."""

    record: RunRecord
    policy: Policy
    stored: dict[str, str]
    beside: dict[str, str]
    earlier: tuple[tuple[str, date, int], ...]
    """Run, day and policy version of each earlier run, oldest first: what ``history`` and ``scores`` refer to."""
    led_by: dict[str, str | None]
    """The metric by whose value each earlier run graded; none where points did."""
    scale: tuple[str, ...]
    in_cycle: bool
    telling: frozenset[str]
    """Flags that say something about profit or cost: those of the policy's own gates among them."""
    by_points: bool
    """Whether the run grades by points; where it grades by the value of a metric, scores only repeat that."""
    by_profit: bool
    """Whether what it grades by rests on profit or cost."""
    last_import: int
    """The number of the last import that the run has read; 0 for none."""

    @property
    def currency(self) -> str:
        """The book's base currency."""
        return str(self.record.settings["base_currency"])


class Reading:
    """One edition, as somebody sees it."""

    def __init__(self, edition: Edition, scope: Scope) -> None:
        self.edition = edition
        self.scope = scope
        self.key = key_of(edition)
        self._base = connect(self.key)

    @property
    def about(self) -> About:
        """The run and its policy."""
        return _ABOUT.get(
            self.key,
            "about",
            lambda: _made(self.fact("about"), tuple(self.fact("scale")), self.fact("health")),
        )

    def fact(self, key: str) -> Any:
        """A fact about the whole field, as text. Who sees only a part of the customers must not be shown it."""
        ((body,),) = self.rows("SELECT body FROM facts WHERE key = %s", [key])
        return json.loads(body)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of a query that has applied the scope: use ``where``."""
        return self._base.execute(sql.replace("%s", "?"), values).fetchall()

    def where(self, table: str = "customers") -> tuple[str, list[Any]]:
        """The condition of the scope and its values, for every query of ``customers`` or ``cube``.

        Who sees a customer follows from who looks after it today; sums of charts are those of the edition.
        """
        condition, values = self.scope.condition(table)
        if table != "customers" or self.scope.reach in ("all", "none"):
            return condition, values
        return displaced(condition, values, self.scope.columns())

    def customer(self, code: str) -> dict[str, Any] | None:
        """The list row of a customer; ``None`` if there is none, or none that may be seen."""
        condition, values = self.where()
        found = self.rows(f"SELECT * FROM customers WHERE code = %s AND {condition}", [code, *values])
        return self.shown(found)[0] if found else None

    def shown(self, rows: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
        """Rows of ``customers`` with who looks after them today, without what the person may not see."""
        moved = lead_now([row["code"] for row in rows]) if self.edition.some_moved else {}
        return [self.masked(row) | moved.get(row["code"], {}) for row in rows]

    def masked(self, row: sqlite3.Row) -> dict[str, Any]:
        """A row of ``customers`` without what the person may not see."""
        found = dict(row)
        if not self.scope.profit:
            found |= dict.fromkeys(found.keys() & self.protected)
            telling = self.about.telling
            flags = [flag for flag in (found.get("flags") or "").split(";") if flag not in telling]
            found |= {"flags": ";".join(flags)} if "flags" in found else {}
        return found

    @property
    def protected(self) -> frozenset[str]:
        """The columns of ``customers`` that this person may not see."""
        if self.scope.profit:
            return frozenset()
        return PROTECTED | {"score"} if self.about.by_profit else PROTECTED

    def codes(self) -> list[str]:
        """The codes of all customers that may be seen."""
        condition, values = self.where()
        return [row["code"] for row in self.rows(f"SELECT code FROM customers WHERE {condition}", values)]

    def names_of(self, codes: Sequence[str]) -> dict[str, str]:
        """Code -> name of those among some customers that may be seen; the code where there is no name."""
        condition, values = self.where()
        found: dict[str, str] = {}
        for start in range(0, len(codes), 500):
            some = list(dict.fromkeys(codes[start : start + 500]))
            sql = f"SELECT code, name FROM customers WHERE code IN ({', '.join(['%s'] * len(some))}) AND {condition}"
            found |= {row["code"]: row["name"] or row["code"] for row in self.rows(sql, [*some, *values])}
        return found

    def explanation(self, code: str) -> Explanation | None:
        """The stored explanation of a customer that may be seen, as ``tierwise.api.explain`` gives it, without lines.

        For whoever may not see profit it says nothing that would tell it; its stored rows must not be shown as they are.
        """
        mine = self.customer(code)
        if mine is None:
            return None
        about = self.about
        row = self._stored(mine["id"])
        unit = row["unit"]
        above = None if unit == code else self.rows("SELECT id, name FROM customers WHERE code = %s", [unit])
        graded = self._stored(above[0]["id"]) if above else row
        return Explanation(
            about.record,
            about.policy,
            row,
            graded,
            mine["name"],
            above[0]["name"] if above else None,
            profit=self.scope.profit,
            survivor=self._survivor(row),
        )

    def _survivor(self, row: dict[str, Any]) -> str | None:
        """In which customer that of a stored row goes on; the book is opened only for a record out of use."""
        return (
            survivor_in(open_book(settings.BOOK), self.about.record, row)
            if row["reason"] == OUT_OF_USE
            else None
        )

    def beside(self, unit: str) -> dict[str, Any]:
        """What was computed beside the run for a graded unit; for who may see its explanation."""
        (found,) = self.rows("SELECT id FROM customers WHERE code = %s", [unit])
        row = self._packed(found["id"])
        return {name: row[name] for name in self.about.beside}

    def _stored(self, number: int) -> dict[str, Any]:
        """The stored row of the run: exactly what ``read_result`` gives."""
        row = self._packed(number)
        return {name: row[name] for name in self.about.stored}

    def _packed(self, number: int) -> dict[str, Any]:
        (found,) = self.rows("SELECT body FROM results WHERE id = %s", [number])
        return unpacked({**self.about.stored, **self.about.beside}, found["body"])


_ABOUT: PerFile[About] = PerFile()
"""What is the same for a whole edition is read once: a file never changes."""


def _made(said: dict[str, Any], scale: tuple[str, ...], health: dict[str, Any]) -> About:
    fields = dict(said["record"])
    fields["as_of"] = date.fromisoformat(fields["as_of"])
    for name in ("at", "data_cutoff_at"):
        fields[name] = datetime.fromisoformat(fields[name])
    record = RunRecord(**fields)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    earlier = tuple(
        (r["run_id"], date.fromisoformat(r["as_of"]), r["policy_version"]) for r in said["earlier"]
    )
    return About(
        record,
        policy,
        said["stored"],
        said["beside"],
        earlier,
        {r["run_id"]: r["led_by"] for r in said["earlier"]},
        scale,
        said["in_cycle"],
        telling_flags(policy),
        record.facts["methods"][policy.leading.id].get("value") is None,
        leads_by_profit(policy),
        max((one["number"] for one in health["imports"]), default=0),
    )
