"""Cost of goods sold, line by line. Source: spec 5.3 PRF-01, example E28b."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.facts import Row
from tests.oracle.numbers import half_away

Products = dict[str, Row]


class Costs:
    """Resolves the cost of a line; ``None`` where nothing says what it cost."""

    def __init__(self, lines: list[Row], products: Products) -> None:
        self.products = products
        self.sold = {
            (line["order_number"], line["line_no"]): line
            for line in lines
            if line["line_type"] in ("sale", "service", "freight")
        }

    def of(self, line: Row) -> Fraction | None:
        """The base cost of one line of net sales."""
        if line["line_type"] in ("rebate", "allowance"):
            return Fraction(0)
        if line["base_cost"] is not None:
            return Fraction(line["base_cost"])
        return self._returned(line) if line["line_type"] == "return" else self._standard(line)

    def _returned(self, line: Row) -> Fraction | None:
        if not line["to_stock"]:
            return Fraction(0)
        sale = self.sold.get((line["linked_order"] or line["order_number"], line["linked_line"]))
        if sale is not None and sale["qty"] and line["qty"] is not None:
            cost = self.of(sale)
            if cost is not None:
                return half_away(cost * Fraction(line["qty"]) / Fraction(sale["qty"]), 4)
        return self._standard(line)

    def _standard(self, line: Row) -> Fraction | None:
        product = self.products.get(line["product_code"], {})
        if line["qty"] is not None and product.get("standard_cost") is not None:
            return half_away(Fraction(line["qty"]) * Fraction(product["standard_cost"]), 4)
        margin = product.get("standard_margin_pct")
        margin = product.get("category_margin_pct") if margin is None else margin
        if margin is None:
            return None
        return half_away(Fraction(line["base_amount"]) * (100 - Fraction(margin)) / 100, 4)


def cost_of(lines: list[Row], costs: Costs, limit_pct: Fraction) -> tuple[Fraction | None, str]:
    """The cost of the given lines and its status (E28b)."""
    known = [(line, costs.of(line)) for line in lines]
    total = sum((cost for _, cost in known if cost is not None), Fraction(0))
    open_lines = [line for line, cost in known if cost is None]
    if not any(line["base_amount"] for line in open_lines):
        return total, "ok"
    sold = [
        (Fraction(line["base_amount"]), cost)
        for line, cost in known
        if line["line_type"] in ("sale", "service", "freight")
    ]
    gross = sum((amount for amount, _ in sold), Fraction(0))
    uncosted = sum((Fraction(line["base_amount"]) for line in open_lines), Fraction(0))
    size = sum((abs(Fraction(line["base_amount"])) for line in open_lines), Fraction(0))
    costed = sum((amount for amount, cost in sold if cost is not None), Fraction(0))
    cost = sum((cost for _, cost in sold if cost is not None), Fraction(0))
    if 100 * size > limit_pct * gross or costed <= 0:
        return None, "missing_cost"
    return total + half_away(uncosted * cost / costed, 4), "cost_estimated"
