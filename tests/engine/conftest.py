"""The companies that the engines grade."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.engine.companies import DEMO_DAY, Company, random_company
from tierwise.book.importing import ImportItem, import_batch
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.demo.company import write_company


@pytest.fixture(scope="session")
def company() -> Company:
    """Twenty-four customers with everything that may go wrong."""
    return random_company(3, 24)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The sample company, imported."""
    folder: Path = tmp_path_factory.mktemp("demo")
    made = write_company(folder / "files", customers=40, last_month=DEMO_DAY, months=16)
    at = datetime(2025, 7, 1, 8, tzinfo=UTC)
    book = Book.create(folder / "book", Settings(name="demo"), actor="test", at=at)
    items = [ImportItem(table, files) for table, files in made.tables.items()]
    import_batch(book, items, strict=True, actor="test", at=at)
    return book
