"""Where computations run: in this process, or on Spark. Decision 0017.

Light on purpose: every command knows the names, few load an engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tierwise.kernel.errors import TierwiseError, fail

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

    @classmethod
    def asked(cls, engine: EngineName | None, spark: Any) -> Place | None:
        """What somebody asks for; none where nothing is said. The address of a Spark asks for it.

        **Raises** ``engine.two-places`` for another engine together with the address of a Spark.
        """
        if engine is None and spark is None:
            return None
        if spark is not None and engine not in (None, "spark"):
            raise _two_places(engine)
        return cls("spark" if spark is not None else engine or "duckdb", spark)

    def beside(self, settled: Place) -> Place:
        """This place; a Spark without an address is the one of the settings."""
        lost = self.name == "spark" and self.spark is None
        return Place("spark", settled.spark) if lost else self

    def open(self, scratch: str | None = None) -> Engine:
        """An engine there; ``scratch`` is a folder for what it writes on its way.

        **Raises** ``engine.*`` where Spark or its Java is missing, or there are two of them.
        """
        if self.name == "duckdb":
            from tierwise.engine.duckdb import DuckDBEngine

            return DuckDBEngine(scratch=scratch)
        from tierwise.engine.spark import SparkEngine

        return SparkEngine(self.spark, scratch=scratch)


def _two_places(engine: EngineName | None) -> TierwiseError:
    return fail(
        "engine.two-places",
        "a Spark is named, and {engine} is asked for as well: leave one of them out",
        "既指定了 Spark，又要求使用 {engine}：请去掉其一",
        engine=engine or "",
    )
