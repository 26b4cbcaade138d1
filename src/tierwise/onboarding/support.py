"""Which metrics and methods the data can support, and what is missing for the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tierwise.book.contract import TABLES
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import Metric, split_window
from tierwise.policy.check import metrics_of, parts_of
from tierwise.policy.load import list_policies, load_policy
from tierwise.policy.model import Policy

State = Literal["yes", "partly", "no"]
_BETTER_WITH = frozenset({"products", "allocations", "late_reasons", "service_costs"})
"""Tables without which a metric still has values, if less true ones."""
_LIVES_BY = {"cost_to_serve": "service_costs"}
_COSTED = frozenset(
    "cost_of_goods_sold gross_profit gross_margin_pct customer_profit profit_margin_pct profit_contribution_pct "
    "profit_rank loss_making".split()
)
_COLUMNS = {
    "sales_volume": ("order_lines", "qty"),
    "product_breadth": ("order_lines", "product_code"),
}
"""Metrics that live by one column."""
_LIMITED = frozenset({"credit_limit", "credit_limit_use_pct"})
"""Metrics of a limit, which stands in the credit terms or else in the customer's record."""
_YEARS = {"sales_growth_pct": 2, "net_sales_before": 2, "three_year_growth_pct": 4}
"""Windows that a metric compares, or years it needs."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What the data has: the columns of each table, and the months of order lines from first to last."""

    columns: Mapping[str, frozenset[str]]
    months: int

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether a table, or one column of it, is there."""
        return table in self.columns and (column is None or column in self.columns[table])


@dataclass(frozen=True, slots=True)
class Support:
    """One metric or policy: whether the data supports it, and what is missing."""

    code: str
    title: Text
    state: State
    missing: tuple[Text, ...] = ()

    def lacking(self, lang: Lang) -> str:
        """What is missing, in one language."""
        return ("；" if lang == "zh" else "; ").join(text.in_lang(lang) for text in self.missing)


def metric_support(supply: Supply) -> list[Support]:
    """Every metric of the catalogue."""
    return [_metric(metric, metric.months, supply) for metric in METRICS.values()]


def policy_support(supply: Supply) -> list[Support]:
    """Every shipped policy, and with it every method."""
    return [_policy(load_policy(shipped.code).policy, supply) for shipped in list_policies()]


def _metric(metric: Metric, months: int | None, supply: Supply) -> Support:
    absent = [name for name in metric.tables if not supply.has(name) and not _said_elsewhere(name, supply)]
    hard = [_table(name) for name in absent if name not in _BETTER_WITH]
    soft = [
        _table(name) for name in absent if name in _BETTER_WITH and not _made_up_for(metric, name, supply)
    ]
    hard += _columns(metric, supply)
    soft += _too_short(metric, months, supply)
    state: State = "no" if hard else "partly" if soft else "yes"
    return Support(metric.name, metric.title, state, tuple(dict.fromkeys((*hard, *soft))))


def _said_elsewhere(table: str, supply: Supply) -> bool:
    """Whether what a metric reads in a table may stand in the customers' records as well."""
    return table == "credit_terms" and supply.has("customers")


def _columns(metric: Metric, supply: Supply) -> Iterator[Text]:
    needed = _COLUMNS.get(metric.name)
    if needed is not None and not supply.has(*needed):
        yield _column(*needed)
    if metric.name in _LIMITED and supply.has("customers") and not _limits(supply):
        yield _table("credit_terms", or_column=("customers", "credit_limit"))
    if metric.name in _COSTED and not _costs(supply):
        yield Text(
            "costs: order_lines.cost_amount, or products with standard_cost or standard_margin_pct",
            "成本：订单行的 cost_amount，或产品的 standard_cost、standard_margin_pct",
        )
    if "payments" in metric.tables and supply.has("payments") and not _settled(supply):
        yield Text(
            "which payment pays which invoice: payments.invoice_number or allocations",
            "收款与发票的对应：payments.invoice_number 或核销（allocations）",
        )


def _costs(supply: Supply) -> bool:
    named = ("standard_cost", "standard_margin_pct", "category_margin_pct")
    return supply.has("order_lines", "cost_amount") or any(supply.has("products", name) for name in named)


def _limits(supply: Supply) -> bool:
    return supply.has("customers", "credit_limit") or supply.has("credit_terms")


def _settled(supply: Supply) -> bool:
    return supply.has("payments", "invoice_number") or supply.has("allocations")


def _made_up_for(metric: Metric, table: str, supply: Supply) -> bool:
    """Whether the lack of a table costs nothing: costs or allocations stand elsewhere."""
    if table == "allocations":
        return supply.has("payments", "invoice_number")
    if table == "products":
        return supply.has("order_lines", "cost_amount") if metric.name in _COSTED else True
    return False


def _too_short(metric: Metric, months: int | None, supply: Supply) -> Iterator[Text]:
    needed = (months or 12 * (metric.name in _YEARS)) * _YEARS.get(metric.name, 1)
    if "order_lines" in metric.tables and supply.has("order_lines") and supply.months < needed:
        yield Text(
            f"{needed} months of order lines; there are {supply.months}",
            f"{needed} 个月的订单行；现有 {supply.months} 个月",
        )


def _policy(policy: Policy, supply: Supply) -> Support:
    leading: list[Support] = []
    others: list[Support] = []
    for named in metrics_of(policy):
        name = split_window(named.text)[0]
        found = _metric(METRICS[name], use_of(named.text, policy.window_months).months, supply)
        leads = bool(named.path) and named.path[0] == "leading"  # a gate without its metric keeps nobody out
        if found.state != "yes":
            (leading if leads and found.state == "no" else others).append(found)
    hard = [*_people(policy, supply), *(text for found in leading for text in found.missing)]
    soft = [text for found in others for text in found.missing]
    if policy.population.level == "group" and not supply.has("customers", "parent_code"):
        soft.append(_column("customers", "parent_code"))
    state: State = "no" if hard else "partly" if soft else "yes"
    title = Text(policy.title.en, policy.title.zh)
    return Support(policy.code, title, state, tuple(dict.fromkeys((*hard, *soft))))


def _people(policy: Policy, supply: Supply) -> Iterator[Text]:
    """What a policy needs of customers and assessments."""
    if set(policy.population.kinds) != {"existing"} and not supply.has("customers", "kind"):
        yield _column("customers", "kind")
    for _, part in parts_of(policy.leading):
        attribute = getattr(part, "attribute", None)
        if isinstance(attribute, str) and TABLES["customers"].has(attribute):
            if not supply.has("customers", attribute) and not supply.has("assessments"):
                yield _column("customers", attribute)
        elif getattr(part, "kind", None) == "assessment" and not supply.has("assessments"):
            yield _table("assessments")


def _table(name: str, or_column: tuple[str, str] | None = None) -> Text:
    label = TABLES[name].label if name in TABLES else Text(name, name)
    found = Text(f"table {name}", f"表 {name}（{label.zh}）")
    if or_column is None:
        return found
    other = _column(*or_column)
    return Text(f"{found.en}, or {other.en}", f"{found.zh}，或{other.zh}")


def _column(table: str, name: str) -> Text:
    label = TABLES[table].column(name).label
    return Text(f"column {table}.{name}", f"列 {table}.{name}（{label.zh}）")


def months_between(months: Iterable[str]) -> int:
    """From the first to the last month, both counted."""
    found = sorted(months)
    if not found:
        return 0
    (y1, m1), (y2, m2) = (map(int, found[at].split("-")) for at in (0, -1))
    return (y2 - y1) * 12 + m2 - m1 + 1
