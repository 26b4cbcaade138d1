"""The columns of the customer list: what they are called, how they look, by what they sort."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from tierwise.grading.wording import code_words, flag_words
from tierwise.kernel.text import Lang, Text
from tierwise.movement.words import MOVEMENTS, said
from tierwise_web.common.words import amount, data_label

Kind = Literal["text", "label", "money", "points", "number", "day", "grade", "movement", "lifecycle", "flags"]
LEFT = ("text", "label", "grade", "movement", "lifecycle", "flags")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: of ``customers`` in the read model, or made from it."""

    code: str
    title: Text
    kind: Kind
    sort: str | None = None
    """The code of the order that a click on the title asks for."""
    usual: bool = True
    """Whether it is shown to who chose no columns; so many fit beside each other on an ordinary screen."""

    @property
    def left(self) -> bool:
        """Whether it is read from the left; numbers stand on the right."""
        return self.kind in LEFT


COLUMNS = (
    Column("code", Text("Code", "编号"), "text", "code"),
    Column("name", Text("Customer", "客户"), "text"),
    Column("grade", Text("Grade", "等级"), "grade", "best"),
    Column("score", Text("Points", "得分"), "points"),
    Column("movement", Text("Movement", "变动"), "movement"),
    Column("sales", Text("Net sales, 12 months", "净销售额（近12月）"), "money", "sales"),
    Column("profit", Text("Customer profit", "客户利润"), "money", "profit"),
    Column("orders", Text("Orders", "订单数"), "number", "orders", usual=False),
    Column("last_order_on", Text("Last order", "最近订单"), "day", "last_order_on"),
    Column("credit", Text("Credit score", "信用得分"), "points", "credit", usual=False),
    Column("lifecycle", Text("Lifecycle", "生命周期"), "lifecycle", usual=False),
    Column("region", Text("Region", "区域"), "label"),
    Column("industry", Text("Industry", "行业"), "label", usual=False),
    Column("owner", Text("Account manager", "客户经理"), "text"),
    Column("flags", Text("Notes", "提示"), "flags", usual=False),
)
"""In their order; ``PROTECTED`` of the read model says which not everybody sees."""


def cell(column: Column, row: dict[str, Any], lang: Lang) -> str:
    """What stands in a cell, as plain text."""
    value = row[column.code]
    if value is None or value == "":
        return ""
    match column.kind:
        case "money":
            return amount(Decimal(value))
        case "points":
            return amount(Decimal(value), 1)
        case "number":
            return amount(value)
        case "label":
            return data_label(value, lang)
        case "movement":
            return said(MOVEMENTS, value, lang) or ""
        case "lifecycle":
            return code_words("lifecycle", value, lang)
        case "flags":
            return ("；" if lang == "zh" else "; ").join(flag_words(flag, lang) for flag in value.split(";"))
        case _:
            return str(value)
