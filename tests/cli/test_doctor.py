"""``tierwise doctor`` says what works, and what to do about what does not, in both languages and for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CODES = "duckdb java spark sqlite postgres web fonts browser".split()


def findings(cli: Cli, lang: str) -> dict[str, dict[str, str]]:
    done = cli("doctor", "--json", "--lang", lang)
    assert done.code == 0
    return {one["code"]: one for one in done.data["findings"]}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no Java, no browser and no programs at all."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("TIERWISE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_every_subject_is_told(cli: Cli, bare: Path) -> None:
    found = findings(cli, "en")
    assert list(found) == [f"doctor.{code}" for code in CODES]
    assert found["doctor.duckdb"]["state"] == found["doctor.sqlite"]["state"] == "works"
    assert found["doctor.java"]["state"] == found["doctor.browser"]["state"] == "absent"
    assert "apt-get install" in found["doctor.java"]["advice"]


def test_what_is_not_there_is_advised_on_in_both_languages(cli: Cli, bare: Path) -> None:
    english, chinese = (findings(cli, lang)["doctor.java"]["advice"] for lang in ("en", "zh"))
    assert english.startswith("Spark needs Java")
    assert chinese.startswith("Spark 需要 Java")


def test_people_read_a_table_and_what_to_do(cli: Cli, bare: Path) -> None:
    said = cli("doctor", "--lang", "zh").out
    assert "计算引擎 DuckDB" in said
    assert "! 浏览器" in said
