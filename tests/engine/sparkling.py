"""A small Spark for tests: one application a process, two threads, few partitions, nothing compiled. Decision 0017.

What is compiled, planned anew at run time and partitioned in the usual way is tried by ``test_spark_process``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tierwise.engine.java import refuse_java, refuse_packages
from tierwise.kernel.errors import TierwiseError

if TYPE_CHECKING:
    from tierwise.engine.spark import SparkEngine

NO_PYTHON = "/there/is/no/python/on/workers"
"""For the tests: only SQL runs on workers, so none is ever started there."""
SMALL = {
    # A test run is over before the second compiler of the JVM has earned what it costs: half of the processor time.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
    # and it does not stand where Python does: days are nobody's midnight
    "-Duser.timezone=America/Los_Angeles",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.subexpressionElimination.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.ui.explainMode": "simple",  # nobody looks at the plans that Spark writes down for its pages
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def missing() -> str | None:
    """What keeps Spark from running here, as a reason to skip."""
    try:
        refuse_packages(client=False)
        refuse_java()
    except TierwiseError as error:
        return f"Spark: {error}"
    return None


@contextmanager
def application() -> Iterator[Any]:
    """A Spark session in this process, stopped at the end."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = NO_PYTHON
    builder = SparkSession.builder.master("local[2]").appName("tierwise tests")
    for name, value in SMALL.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def engine_on(session: Any, **settings: str) -> SparkEngine:
    """An engine of its own on a Spark, with other settings than the small ones."""
    from tierwise.engine.spark import SparkEngine

    engine = SparkEngine(session)
    for name, value in settings.items():
        engine.session.conf.set(f"spark.sql.{name.replace('__', '.')}", value)
    return engine
