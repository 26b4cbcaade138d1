"""Who is graded, and what members of a graded unit take from it. Source: spec 6.1(1), 5.1(9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tierwise.policy.base import Declared, Fault, fault

Node = Literal["group", "headquarters", "branch", "site", "standalone"]


class Inheritance(Declared):
    """What the members of a graded account or group take from it. Source: spec 5.1(9)."""

    grade: Literal["unit", "none"] = "unit"
    """``unit``: members have the grade of the unit; ``none``: only the unit is graded."""
    nodes: tuple[Node, ...] = ()
    """Places in the hierarchy that inherit; empty means all."""
    kinds: tuple[Literal["suspect", "prospect", "existing", "internal"], ...] = ()
    """Customer kinds that inherit; empty means all. Who ever bought is existing, whatever the record says."""

    def faults(self) -> Iterator[Fault]:
        for name in ("nodes", "kinds") if self.grade == "none" else ():
            if getattr(self, name):
                yield fault(
                    "inherits-nothing",
                    "with grade: none no member inherits; leave out {field}, or say grade: unit",
                    "grade: none 表示成员均不继承；请删去 {field}，或改为 grade: unit",
                    name,
                    field=name,
                ).reading((name,), ("grade",))


class Population(Declared):
    """Who is graded. Source: spec 6.1(1), 5.1(9)."""

    kinds: tuple[Literal["suspect", "prospect", "existing"], ...] = ("existing",)
    segments: tuple[str, ...] = ()
    """Main segments; empty means all."""
    regions: tuple[str, ...] = ()
    level: Literal["site", "account", "group"] = "account"
    """``site``: every record by itself; ``account``: sites count for their parent; ``group``: all
    descendants count for the group root."""
    inherit: Inheritance = Inheritance()
    """What members take from the unit for which they count."""
    lines_in_window: bool = True
    """Whether a counted line in the policy's window is asked for."""

    def faults(self) -> Iterator[Fault]:
        if self.level == "site" and self.inherit != Inheritance():
            yield fault(
                "nothing-to-inherit",
                "at level site every record is graded by itself and nobody inherits; choose level account or group",
                "level: site 时逐条评级，没有继承；请将 level 改为 account 或 group",
                "inherit",
            ).reading(("inherit",), ("level",))
        if self.level == "account" and self.inherit.nodes and "site" not in self.inherit.nodes:
            yield fault(
                "no-such-member",
                "at level account only sites are members of a unit; {nodes} never are",
                "level: account 时只有 site 是成员；{nodes} 不会是成员",
                "inherit",
                "nodes",
                nodes=", ".join(self.inherit.nodes),
            ).reading(("inherit", "nodes"), ("level",))
