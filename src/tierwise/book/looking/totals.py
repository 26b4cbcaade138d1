"""Monthly totals of staged order lines, exact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import duckdb

from tierwise.book.contract.choices import COUNTED_STATUSES
from tierwise.book.reading.model import Staged
from tierwise.engine.names import literal


def monthly_totals(staged: Staged, line_types: Sequence[str]) -> dict[tuple[str, str], Decimal]:
    """Month (``2024-01``, of the posting date) and currency -> the sum of the counted lines of these types."""
    files = ", ".join(literal(str(path)) for path in staged.rows_paths)
    kinds = ", ".join(literal(kind) for kind in line_types)
    statuses = ", ".join(literal(status) for status in COUNTED_STATUSES)
    rows = duckdb.connect(config={"autoinstall_known_extensions": "false"}).execute(
        "SELECT strftime(posting_date, '%Y-%m'), currency, CAST(sum(amount_ex_tax) AS VARCHAR) "
        f"FROM read_parquet([{files}], hive_partitioning = false) WHERE line_type IN ({kinds}) "
        f"AND status IN ({statuses}) AND NOT coalesce(reported_by_agent, false) GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()  # fmt: skip
    return {(month, currency): Decimal(total) for month, currency, total in rows}
