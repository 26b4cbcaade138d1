"""How the tables declare their columns, and the columns that many of them share."""

from __future__ import annotations

from tierwise.book.contract.model import Choice, Column, Kind
from tierwise.kernel.text import Text


def col(
    name: str,
    kind: Kind,
    en: str,
    zh: str,
    synonyms: str = "",
    *,
    required: bool = False,
    default: str | None = None,
    choices: tuple[Choice, ...] = (),
    refers_to: str | None = None,
    derived: bool = False,
    positive: bool = False,
    between: tuple[int, int] | None = None,
) -> Column:
    """A declared column; ``synonyms`` are separated by blanks."""
    return Column(
        name,
        kind,
        Text(en, zh),
        required=required,
        default=default,
        choices=choices,
        synonyms=tuple(synonyms.split()),
        refers_to=refers_to,
        derived=derived,
        positive=positive,
        between=between,
    )


CUSTOMER = col(
    "customer_code", "text", "customer code", "客户编码", "客户代码 客户编号 客户号 customer customer_id customerid",
    required=True, refers_to="customers",
)  # fmt: skip
CURRENCY = col("currency", "text", "currency", "币种", "货币 币别 curr", default="=base_currency")
RATE = col("fx_rate", "rate", "rate to base currency", "折本位币汇率", derived=True)
