"""The engines: each is asked to compute something."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import ibis
import pyarrow as pa

from tierwise.doctor.findings import Finding, advised
from tierwise.engine.base import one
from tierwise.engine.java import (
    CLIENT,
    java_program,
    java_version,
    refuse_java,
    refuse_packages,
    spark_packages,
    spoken,
)
from tierwise.engine.place import Place
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.ratio import quotient, sticky, whole
from tierwise.kernel.text import Text

_DUCKDB, _SPARK = Text("engine DuckDB", "计算引擎 DuckDB"), Text("engine Spark", "计算引擎 Spark")
_JAVA = Text("Java for Spark", "Spark 所用的 Java")


def engines(spark: str | None = None) -> list[Finding]:
    """What computes here; ``spark`` names a Spark to be tried, otherwise one in this process is."""
    return [_duckdb(), _java(), _spark(spark)]


def _reckons(place: Place) -> tuple[str, bool]:
    """The version of an engine, and whether a third has the digits there that it has everywhere."""
    with place.open() as engine:
        engine.register("doctor", pa.table({"n": pa.array([Decimal(1)], pa.decimal128(38, 0))}))
        t = ibis.table({"n": "decimal(38,0)"}, name="doctor")
        row = one(engine, t.select(third=quotient(t.n, whole(3))))
        return engine.version, row["third"] == sticky(Fraction(1, 3))


def _judged(code: str, subject: Text, found: str, *, right: bool, needed: bool = False) -> Finding:
    if right:
        return Finding(code, subject, "works", found, needed=needed)
    return advised(
        code, subject, "broken", "it computes other digits than it should: install a version that pyproject.toml names",
        "计算结果的位数有误：请安装 pyproject.toml 所列的版本", found=found, needed=needed,
    )  # fmt: skip


def _duckdb() -> Finding:
    version, right = _reckons(Place())
    return _judged("doctor.duckdb", _DUCKDB, version, right=right, needed=True)


def _java() -> Finding:
    program = java_program()
    found = f"{program} ({spoken(java_version(program))})" if program else ""
    try:
        refuse_java()
    except TierwiseError as error:
        return Finding("doctor.java", _JAVA, "broken" if program else "absent", found, _said(error))
    return Finding("doctor.java", _JAVA, "works", found)


def _spark(spark: str | None) -> Finding:
    packages = spark_packages()
    found = ", ".join(f"{name} {version}" for name, version in packages.items())
    try:
        refuse_packages(client=spark is not None or list(packages) == [CLIENT])
        if list(packages) == [CLIENT] and spark is None:
            return Finding("doctor.spark", _SPARK, "works", found, _CONNECT)
        version, right = _reckons(Place("spark", spark or "local[1]"))
    except TierwiseError as error:
        return Finding("doctor.spark", _SPARK, "broken" if packages else "absent", found, _said(error))
    return _judged("doctor.spark", _SPARK, f"{found}; Spark {version}", right=right)


def _said(error: TierwiseError) -> Text:
    problem = error.problems[0]
    return Text(problem.say("en"), problem.say("zh"))


_CONNECT = Text(
    "a client of Spark Connect; name a server to try it: tierwise doctor --spark sc://host:15002",
    "Spark Connect 客户端；可指定服务器试连：tierwise doctor --spark sc://主机:15002",
)
