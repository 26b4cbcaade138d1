"""One line per metric: how the catalogue declares them."""

from __future__ import annotations

from tierwise.book.contract.model import Choice
from tierwise.kernel.text import Text
from tierwise.metrics.model import Metric, Sort, Unit

W12 = 12


def metric(
    name: str,
    id: str,
    unit: Unit,
    sort: Sort,
    en: str,
    zh: str,
    formula_en: str,
    formula_zh: str,
    *,
    months: int | None = W12,
    less: bool = False,
    statuses: str = "",
    needs: str = "",
    tables: str = "order_lines",
    codes: tuple[Choice, ...] = (),
    rules: int = 1,
) -> Metric:
    """A declaration; statuses, needs and tables are separated by blanks."""
    return Metric(
        name,
        id,
        Text(en, zh),
        unit,
        sort,
        Text(formula_en, formula_zh),
        months,
        less,
        tuple(statuses.split()),
        tuple(needs.split()),
        tuple(tables.split()),
        codes,
        rules_version=rules,
    )
