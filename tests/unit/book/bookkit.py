"""A small book for tests: rows in, through the real importer, and rows out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tierwise.book.importing import ImportSummary, import_batch, import_files
from tierwise.book.settings import Settings
from tierwise.book.store import Book

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


class Kit:
    """A book in a folder, and CSV files made of dictionaries."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.book = Book.create(folder / "book", Settings(name="Test", **settings), actor="alice", at=AT)
        self._files = 0

    def csv(self, *rows: dict[str, Any]) -> Path:
        """A CSV file of the rows."""
        self._files += 1
        path = self.folder / f"file{self._files}.csv"
        header = list(dict.fromkeys(name for row in rows for name in row))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, header, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def put(self, table: str, *rows: dict[str, Any], at: datetime = AT, **more: Any) -> ImportSummary:
        """Imports rows."""
        return import_files(self.book, table, [self.csv(*rows)], actor="alice", at=at, **more)

    def put_all(self, *items: tuple[str, Sequence[dict[str, Any]]], at: datetime = AT) -> list[ImportSummary]:
        """Imports several tables as one version."""
        named = [(table, [self.csv(*rows)], None) for table, rows in items]
        return import_batch(self.book, named, actor="alice", at=at)

    def rows(self, table: str, *columns: str, version: int | None = None) -> list[Any]:
        """The stored rows in the order of their columns: tuples, or values for a single column."""
        shown = self.book.version(version) if version else self.book.current()
        found = self.book.read(table, shown).to_pylist()
        picked = [tuple(row[name] for name in columns) for row in found]
        picked.sort(key=lambda row: tuple((value is None, str(value)) for value in row))
        return [row[0] for row in picked] if len(columns) == 1 else picked

    def close(self, through: str) -> None:
        """Closes the periods up to a day, as a person would: in book.yaml."""
        file = self.book.path / "book.yaml"
        kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("closed")]
        file.write_text("\n".join([*kept, f"closed_through: {through}", ""]), encoding="utf-8")


def line(number: str, n: int | None, amount: object, day: str = "2026-02-03", **more: Any) -> dict[str, Any]:
    """An order line; without ``n`` the file has no line numbers."""
    row = {"order_number": number, "customer_code": "C1", "order_date": day, "amount_ex_tax": amount}
    return row | ({} if n is None else {"line_no": n}) | more


def money(text: str) -> Decimal:
    """An exact amount."""
    return Decimal(text)


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)
