"""On each real data set, the proposals import what the hand-made mappings import, without editing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tierwise.book.contract import TABLES
from tierwise.book.reading import Mapping, Staged, load_mapping, read_files
from tierwise.onboarding.onboard import Plan, onboard
from tierwise.onboarding.trial import mapping_of

BAR_PCT = 95
FILES = {
    "online_retail": {
        "customers": "online_retail_uci352.parquet",
        "order_lines": "online_retail_uci352.parquet",
    },
    "adventureworks": {
        "customers": "aw_reseller_reseller.csv.gz",
        "products": "aw_reseller_product.csv.gz",
        "order_lines": "aw_reseller_sales.csv.gz",
    },
    "northwind": {
        "customers": "northwind_customers.csv.gz",
        "products": "northwind_products.csv.gz",
        "order_lines": "northwind_order_details.csv.gz",
    },
    "cdnow": {"order_lines": "cdnow_sample.csv.gz"},
    "rfm_orders": {"order_lines": "rfm_orders.csv.gz"},
    "superstore": {
        "customers": "superstore.csv.gz",
        "products": "superstore.csv.gz",
        "order_lines": "superstore.csv.gz",
    },
    "complete_journey": {
        "products": "completejourney_products.parquet",
        "order_lines": "completejourney_transactions_sample.parquet",
    },
}
PREFIX = {
    "adventureworks": "aw_",
    "northwind": "northwind_",
    "online_retail": "online_",
    "cdnow": "cdnow_",
    "rfm_orders": "rfm_",
    "superstore": "superstore",
    "complete_journey": "completejourney_",
}
SAME = {
    # The hand-made mappings put a letter before some customer codes; the rest must be the same.
    "order_lines": "ends_with(h.customer_code, p.customer_code) AND h.order_date = p.order_date "
    "AND h.amount_ex_tax = p.amount_ex_tax AND h.qty IS NOT DISTINCT FROM p.qty",
    "customers": "ends_with(h.code, p.code)",
    "products": "h.code = p.code AND h.name = p.name",
}


@pytest.mark.parametrize("example", sorted(FILES))
def test_a_proposal_imports_what_a_hand_made_mapping_imports(
    example: str, tmp_path: Path, shared_data: Path, repo: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for path in shared_data.glob(PREFIX[example] + "*"):
        (folder / path.name).symlink_to(path)
    found = onboard(folder, base_currency="USD")
    for table, file in FILES[example].items():
        plan = next(p for p in found.plans if p.proposal.table.name == table and p.files[0].name == file)
        by_hand = _staged(
            folder / file, table, load_mapping(repo / "examples" / example / f"{table}.yaml"), tmp_path
        )
        proposed = _staged(folder / file, table, mapping_of(plan.proposal), tmp_path)
        alike, whole = _alike(by_hand, proposed, SAME[table])
        assert whole > 0
        assert alike * 100 >= whole * BAR_PCT, f"{example} {table}: {alike} of {whole}"
        assert _doubts_are_said(plan)


def _staged(file: Path, table: str, mapping: Mapping, folder: Path) -> Staged:
    place = folder / f"staged-{len(list(folder.iterdir()))}"
    return read_files(TABLES[table], [file], mapping=mapping, base_currency="USD", staging=place)


def _alike(by_hand: Staged, proposed: Staged, same: str) -> tuple[int, int]:
    """How many rows of the hand-made mapping the proposal has, from the same line and with the same values."""
    row = duckdb.sql(
        f"SELECT count(*) FILTER (WHERE {same}), count(*) FROM '{by_hand.rows_paths[0]}' h "
        f"LEFT JOIN '{proposed.rows_paths[0]}' p USING (source_line)"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _doubts_are_said(plan: Plan) -> bool:
    """Whether every column that was taken among several has its candidates in the notes and in the text."""
    doubtful = [source for source in plan.proposal.sources if source.candidates]
    noted = [note for note in plan.proposal.notes if note.code == "onboard.ambiguous-header"]
    return len(doubtful) == len(noted) and all("? " in plan.text("en") for _ in doubtful)
