"""What Spark needs of this machine: one of two packages, and for all but Spark Connect a Java. Decision 0017."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tierwise.kernel.errors import TierwiseError, fail

FULL, CLIENT = "pyspark", "pyspark-client"
"""The two packages share one folder: of both together neither is whole, and removing one breaks the other."""
ANY, SOUND_25 = (17, 21), (25, 0, 3)
"""The releases of Java on which Spark runs, whatever their update is; and the first update of 25 that does not corrupt
what it compresses (JDK-8377811).

**Source**: the overview of Spark 4.1 (Java 17 and 21) and of Spark 4.2 (25 as well, its updates before 25.0.3 deprecated).
"""
KNOWS_25 = (4, 2)


def spark_packages() -> dict[str, str]:
    """The installed packages of Spark with their versions: none, one, or (by mistake) both."""
    found = {}
    for name in (FULL, CLIENT):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def java_program() -> str | None:
    """The Java that Spark would start: that of JAVA_HOME, else the first on the path."""
    home = os.environ.get("JAVA_HOME")
    if home:
        program = Path(home, "bin", "java")
        return str(program) if program.is_file() else None
    return shutil.which("java")


def java_version(program: str) -> tuple[int, ...] | None:
    """The version of a Java as numbers, the first of which is its release, or none if it does not say."""
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+(?:[._]\d+)*)', said.stderr + said.stdout)
    return tuple(map(int, re.split(r"[._]", found[1]))) if found else None


def spoken(version: tuple[int, ...] | None) -> str:
    """A version as people write it."""
    return ".".join(map(str, version)) if version else "?"


def refuse_packages(*, client: bool) -> None:
    """**Raises** ``engine.no-spark``, ``engine.both-sparks`` or ``engine.client-only`` unless Spark can be imported.

    ``client``: whether Spark Connect is enough.
    """
    found = spark_packages()
    if not found:
        raise _none(client=client)
    if len(found) > 1:
        raise fail(
            "engine.both-sparks",
            "pyspark and pyspark-client are both installed and overwrite each other; remove both and install one: "
            "pip uninstall pyspark pyspark-client, then pip install 'tierwise[spark-local]' or 'tierwise[spark]'",
            "同时安装了 pyspark 与 pyspark-client，二者互相覆盖；请全部卸载后只装一个："
            "pip uninstall pyspark pyspark-client，再 pip install 'tierwise[spark-local]' 或 'tierwise[spark]'",
        )
    if not client and FULL not in found:
        raise fail(
            "engine.client-only",
            "only the Spark Connect client is installed: name a server (--spark sc://host:15002), or install "
            "'tierwise[spark-local]' in place of pyspark-client",
            "只安装了 Spark Connect 客户端：请指定服务器（--spark sc://主机:15002），"
            "或卸载 pyspark-client 后安装 'tierwise[spark-local]'",
        )


def _none(*, client: bool) -> TierwiseError:
    extra = "spark" if client else "spark-local"
    return fail(
        "engine.no-spark",
        "PySpark is not installed: pip install 'tierwise[{extra}]'",
        "未安装 PySpark：pip install 'tierwise[{extra}]'",
        extra=extra,
    )


def refuse_java() -> None:
    """**Raises** ``engine.no-java`` or ``engine.wrong-java`` unless there is a Java that Spark runs on."""
    program = java_program()
    if program is None:
        raise fail(
            "engine.no-java",
            "Spark needs Java {javas} and none was found ({where}); install one (Debian and Ubuntu: apt-get install "
            "openjdk-17-jre-headless), set JAVA_HOME, or use a Spark Connect server, which needs no Java here",
            "Spark 需要 Java {javas}，但未找到（{where}）；请安装（Debian、Ubuntu：apt-get install "
            "openjdk-17-jre-headless）、设置 JAVA_HOME，或改用 Spark Connect 服务器（本机无需 Java）",
            javas=_javas(),
            where=f"JAVA_HOME={os.environ['JAVA_HOME']}" if os.environ.get("JAVA_HOME") else "PATH",
        )
    found = java_version(program)
    if found is None or not _suits(found):
        raise fail(
            "engine.wrong-java",
            "{program} is Java {found}; Spark needs Java {javas}: install one and let JAVA_HOME name it",
            "{program} 为 Java {found}；Spark 需要 Java {javas}：请安装其一并用 JAVA_HOME 指明",
            program=program,
            found=spoken(found),
            javas=_javas(),
        )


def _suits(java: tuple[int, ...]) -> bool:
    return java[0] in ANY or (_knows_25() and java[0] == SOUND_25[0] and java >= SOUND_25)


def _javas() -> str:
    """The Javas that fit, in words of every language."""
    known = [*map(str, ANY), *([f"{SOUND_25[0]} (≥ {spoken(SOUND_25)})"] if _knows_25() else [])]
    return " / ".join(known)


def _knows_25() -> bool:
    """Whether the Spark that is here runs on Java 25; one that is yet to be installed will."""
    found = re.match(r"(\d+)\.(\d+)", spark_packages().get(FULL, ""))
    return found is None or tuple(map(int, found.groups())) >= KNOWS_25
