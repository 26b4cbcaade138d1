"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# a busy machine is slow, not wrong: no property is judged by the clock
settings.register_profile("tierwise", deadline=None)
settings.load_profile("tierwise")

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the worked examples E01, E02 … of the specification."""
    return REPO / "tests" / "golden" / "examples"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets: TIERWISE_TEST_DATA, else shared/data beside the checkout."""
    stated = os.environ.get("TIERWISE_TEST_DATA")
    folder = Path(stated) if stated else REPO.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}; say where they are with TIERWISE_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """The Spark of this process; tests that need it are skipped, with what is missing, where it cannot run."""
    from tests.engine.sparkling import application, missing

    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with application() as session:
        yield session


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked ``engines`` names no engine: it runs on DuckDB, and under ``slow`` on Spark."""
    if metafunc.definition.get_closest_marker("engines"):
        metafunc.fixturenames.append("engines")
        named = ["duckdb", pytest.param("spark", marks=pytest.mark.slow)]
        metafunc.parametrize("engines", named, indirect=True)


@pytest.fixture
def engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine that a test gets where it names none."""
    from tests.engine.everywhere import run_on

    run_on(request.param, request.module, request.getfixturevalue, monkeypatch)


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A PostgreSQL of this session, the second engine. Decision 0008."""
    from tests.engine.postgres import server

    with server() as uri:
        yield uri


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte and a half; it needs root."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a small disk needs mount and root")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
