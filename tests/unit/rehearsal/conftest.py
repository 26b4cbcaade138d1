"""The monthly company of the tests of movement."""

from __future__ import annotations

from tests.unit.movement.conftest import _january, _monthly, _november, book, january, november

__all__ = ["_january", "_monthly", "_november", "book", "january", "november"]
