"""What keeps Spark from starting is said before it is tried: packages that are missing or fight, and Java."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tierwise.engine.java import java_version, refuse_java, refuse_packages, spark_packages, spoken
from tierwise.engine.place import Place
from tierwise.kernel.errors import TierwiseError


def with_packages(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str, version: str = "4.2.0") -> None:
    """An environment in which only these packages are installed."""
    for name in names:
        metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    others = [place for place in sys.path if "site-packages" not in place]
    monkeypatch.setattr(sys, "path", [str(folder), *others])


def java_that_says(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program ``java`` under JAVA_HOME that gives a version."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{text}' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(folder))
    return str(program)


def refused(*, client: bool) -> str:
    with pytest.raises(TierwiseError) as caught:
        refuse_packages(client=client)
    return caught.value.code


def test_without_a_package_the_right_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(tmp_path, monkeypatch)
    for client, extra in ((True, "tierwise[spark]"), (False, "tierwise[spark-local]")):
        with pytest.raises(TierwiseError) as caught:
            refuse_packages(client=client)
        assert caught.value.code == "engine.no-spark"
        assert f"'{extra}'" in str(caught.value)


def test_two_packages_of_spark_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(tmp_path, monkeypatch, "pyspark", "pyspark-client")
    assert list(spark_packages()) == ["pyspark", "pyspark-client"]
    assert refused(client=True) == refused(client=False) == "engine.both-sparks"


def test_the_client_alone_wants_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(tmp_path, monkeypatch, "pyspark-client")
    refuse_packages(client=True)
    assert refused(client=False) == "engine.client-only"


def test_no_java_is_told_with_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TierwiseError) as caught:
        refuse_java()
    assert caught.value.code == "engine.no-java"
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(TierwiseError, match=f"JAVA_HOME={tmp_path}"):
        refuse_java()


@pytest.mark.parametrize(
    ("said", "version", "spark"),
    [
        ('java version "17.0.15" 2025-04-15 LTS', "17.0.15", "4.3.0"),
        ('openjdk version "21" 2023-09-19', "21", "4.1.2"),
        ('openjdk version "25.0.3" 2026-04-21 LTS', "25.0.3", "4.2.0"),
        ('openjdk version "25.0.4.1" 2026-08-01 LTS', "25.0.4.1", "4.3.0"),
    ],
)
def test_a_java_on_which_spark_runs_is_taken(
    said: str, version: str, spark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_packages(tmp_path, monkeypatch, "pyspark", version=spark)
    assert spoken(java_version(java_that_says(tmp_path, said, monkeypatch))) == version
    refuse_java()


@pytest.mark.parametrize(
    ("said", "version", "spark", "fitting"),
    [
        ('openjdk version "1.8.0_402"', "8.0.402", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
        ('openjdk version "11.0.22" 2024-01-16', "11.0.22", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
        ('openjdk version "25.0.2" 2026-01-20 LTS', "25.0.2", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
        ('openjdk version "25" 2025-09-16 LTS', "25", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
        ('openjdk version "25.0.3" 2026-04-21 LTS', "25.0.3", "4.1.2", "17 / 21"),
        ('openjdk version "26.0.1" 2026-07-21', "26.0.1", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
        ('openjdk version "27-ea" 2026-09-15', "27", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
        ("Segmentation fault", "?", "4.3.0", "17 / 21 / 25 (≥ 25.0.3)"),
    ],
)
def test_a_java_that_is_too_old_too_new_or_unsound_is_refused_with_its_number(
    said: str, version: str, spark: str, fitting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_packages(tmp_path, monkeypatch, "pyspark", version=spark)
    program = java_that_says(tmp_path, said, monkeypatch)
    with pytest.raises(TierwiseError) as caught:
        refuse_java()
    assert caught.value.code == "engine.wrong-java"
    assert f"{program} is Java {version}; Spark needs Java {fitting}:" in str(caught.value)


def test_the_embedded_engine_needs_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with Place().open() as engine:
        assert engine.name == "duckdb"


@pytest.mark.parametrize("url", ["sc://127.0.0.1:1", "sc://nowhere.invalid", "sc://127.0.0.1:no", "sc://"])
def test_a_server_that_does_not_answer_is_told_at_once(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_packages(tmp_path, monkeypatch, "pyspark-client")
    with pytest.raises(TierwiseError) as caught:
        Place("spark", url).open()
    assert caught.value.code == "engine.no-server"
    assert url in str(caught.value)
