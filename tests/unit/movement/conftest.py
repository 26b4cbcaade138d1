"""The monthly company, built once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.movement.monthly import MONTHS, company, through
from tierwise.book.store import Book


@pytest.fixture(scope="session")
def _monthly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("monthly")).book.path


@pytest.fixture
def book(_monthly: Path, tmp_path: Path) -> Book:
    """A copy of the monthly book that a test may change."""
    return Book.open(Path(shutil.copytree(_monthly, tmp_path / "book")))


@pytest.fixture(scope="session")
def _november(_monthly: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _with_months(_monthly, tmp_path_factory.mktemp("november"), 1)


@pytest.fixture(scope="session")
def _january(_november: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _with_months(_november, tmp_path_factory.mktemp("january"), 3)


def _with_months(path: Path, folder: Path, count: int) -> Path:
    book = Book.open(Path(shutil.copytree(path, folder / "book")))
    stood = {1: 0, 3: 1}[count]
    through(book, *MONTHS[stood:count])
    return book.path


@pytest.fixture
def november(_november: Path, tmp_path: Path) -> Book:
    """The book with November published."""
    return Book.open(Path(shutil.copytree(_november, tmp_path / "november")))


@pytest.fixture
def january(_january: Path, tmp_path: Path) -> Book:
    """The book with November to January published."""
    return Book.open(Path(shutil.copytree(_january, tmp_path / "january")))
