"""Where computations run: in this process, or on Spark. Decision 0017.

Light on purpose: every command knows the names, few load an engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tierwise.engine.base import Engine

EngineName = Literal["duckdb", "spark"]


@dataclass(frozen=True, slots=True)
class Place:
    """An engine by name, and for Spark where it is.

    ``spark`` is the URL of a master (``local[4]``, ``spark://host:7077``, ``yarn``, ``k8s://…``) or of a Spark Connect
    server (``sc://host:15002``), or a ``SparkSession`` that exists; none stands for what Spark is configured to use.
    """

    name: EngineName = "duckdb"
    spark: Any = field(default=None, repr=False)

    def open(self, scratch: str | None = None) -> Engine:
        """An engine there; ``scratch`` is a folder for what it writes on its way.

        **Raises** ``engine.*`` where Spark or its Java is missing, or there are two of them.
        """
        if self.name == "duckdb":
            from tierwise.engine.duckdb import DuckDBEngine

            return DuckDBEngine(scratch=scratch)
        from tierwise.engine.spark import SparkEngine

        return SparkEngine(self.spark, scratch=scratch)
