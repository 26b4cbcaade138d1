"""One grading on a cluster of two worker processes, driver and workers in different time zones: a process of its own.

    python -m tests.engine.on_cluster [kill]

With ``kill``, one executor is killed between two stages. Prints the digests of DuckDB and of Spark.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.engine.companies import random_company
from tests.engine.sparkling import NO_PYTHON
from tests.support import shipped
from tierwise.engine.place import Place
from tierwise.grading.digest import digest_of
from tierwise.grading.memory import grade_outcome

KILL_AFTER = 4
SETTINGS = {
    "spark.executor.memory": "500m",
    "spark.driver.memory": "600m",
    "spark.executor.extraJavaOptions": "-Duser.timezone=Asia/Shanghai",
    "spark.driver.extraJavaOptions": "-Duser.timezone=America/Los_Angeles",
    "spark.sql.shuffle.partitions": "3",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def cluster() -> Any:
    """A session on a master with two workers of one core each."""
    import pyspark
    from pyspark.sql import SparkSession

    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = NO_PYTHON
    builder = SparkSession.builder.master("local-cluster[2,1,700]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def executors() -> list[int]:
    """The processes that compute for this one."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        driver = words[words.index("--driver-url") + 1] if "--driver-url" in words else ""
        if driver.endswith(f":{_port}"):
            found.append(int(command.parent.name))
    return found


def killing(engine: Any) -> None:
    """Lets an executor die after some stages."""
    ordinary, made = engine.materialize, []

    def materialize(name: str, expr: Any) -> None:
        ordinary(name, expr)
        made.append(name)
        if len(made) == KILL_AFTER:
            os.kill(executors()[0], signal.SIGKILL)

    engine.materialize = materialize


if __name__ == "__main__":
    session = cluster()
    _port = session.conf.get("spark.driver.port")
    company, policy = random_company(3, 24), shipped("abc_sales")
    asked = (company.tables, policy, company.as_of, company.settings)
    rows, _ = grade_outcome(*asked)
    session.range(10).count()
    assert len(executors()) == 2, executors()
    with Place("spark", session).open() as engine:
        if "kill" in sys.argv:
            killing(engine)
        again, _ = grade_outcome(*asked, engine=engine)
    sys.stdout.write(f"{digest_of(rows)} {digest_of(again)}\n")
    session.stop()
