"""Reads files by their proposals without writing to a book: what would come in, and the months of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tierwise.book.looking.totals import monthly_totals
from tierwise.book.reading import Mapping, load_mapping, read_files
from tierwise.metrics.lines import NET
from tierwise.onboarding.model import Proposal
from tierwise.onboarding.rendering import render


@dataclass(frozen=True, slots=True)
class Trial:
    """What reading by a proposal gave. ``months``: net sales by month and currency, for order lines."""

    accepted: int
    rejected: int
    filtered: int
    by_code: dict[str, int]
    months: dict[tuple[str, str], Decimal]


def mapping_of(proposal: Proposal) -> Mapping:
    """The mapping that the text of a proposal says, so that what is tried is what is written."""
    with tempfile.TemporaryDirectory(prefix="tierwise-") as folder:
        path = Path(folder) / "map.yaml"
        path.write_text(render(proposal, "en"), encoding="utf-8")
        return load_mapping(path)


def try_out(proposal: Proposal, *, base_currency: str) -> Trial:
    """Reads all files of a proposal by it. **Raises** ``TierwiseError`` (``file.*``) where one cannot be read."""
    with tempfile.TemporaryDirectory(prefix="tierwise-") as folder:
        staged = read_files(
            proposal.table,
            [found.path for found in proposal.sheet.found],
            mapping=mapping_of(proposal),
            base_currency=base_currency,
            staging=Path(folder),
        )
        months = monthly_totals(staged, NET) if proposal.table.name == "order_lines" else {}
        return Trial(staged.accepted, staged.rejected, staged.filtered, staged.by_code, months)
