"""Which customers a person sees, as one condition on columns of the customer. Source: spec 12.5.

Every query of customers takes a scope and applies it; nothing else decides about rows or protected figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierwise_web.people.roles import Reach


@dataclass(frozen=True, slots=True)
class Scope:
    """How far somebody sees, and whether profit and cost are among the figures."""

    reach: Reach
    owners: tuple[str, ...] = ()
    """Names of account managers, as they stand in the book."""
    teams: tuple[str, ...] = ()
    """Teams, as they stand in the book."""
    agent: str | None = None
    """The code of the agent whose customers these are."""
    profit: bool = False

    def condition(self, table: str) -> tuple[str, list[str]]:
        """SQL over the columns ``owner``, ``backup``, ``team`` and ``agent_code`` of a table, and its parameters."""
        if self.reach == "all":
            return "1 = 1", []
        if self.reach == "agent" and self.agent:
            return f"{table}.agent_code = %s", [self.agent]
        if self.reach in ("own", "team", "subtree"):
            return self._of_people(table)
        return "1 = 0", []

    def columns(self) -> list[tuple[str, Sequence[str]]]:
        """The columns that decide, each with the values of which one is enough; for a reach that is not ``all``."""
        if self.reach == "agent":
            return [("agent_code", (self.agent,) if self.agent else ())]
        columns: list[tuple[str, Sequence[str]]] = [("owner", self.owners), ("team", self.teams)]
        if self.reach == "own":
            columns.append(("backup", self.owners))
        return columns

    def _of_people(self, table: str) -> tuple[str, list[str]]:
        parts: list[str] = []
        values: list[str] = []
        for column, among in self.columns():
            if among:
                parts.append(f"{table}.{column} IN ({', '.join(['%s'] * len(among))})")
                values += among
        return (f"({' OR '.join(parts)})" if parts else "1 = 0"), values

    def covers(self, *, owner: str | None, backup: str | None, team: str | None, agent: str | None) -> bool:
        """The same question for one customer whose columns are at hand."""
        if self.reach == "all":
            return True
        if self.reach == "agent":
            return self.agent is not None and agent == self.agent
        if self.reach == "none":
            return False
        standing_in = self.reach == "own" and backup in self.owners
        return owner in self.owners or team in self.teams or standing_in


NOTHING = Scope("none")
