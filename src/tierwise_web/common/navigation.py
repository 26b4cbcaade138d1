"""The areas of the whole mission. Applications put entries into them; an area without entry is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from tierwise.kernel.text import Text

AREAS = (
    ("home", Text("Home", "首页")),
    ("customers", Text("Customers", "客户")),
    ("grading", Text("Grading", "分级")),
    ("insight", Text("Insight", "分析")),
    ("service", Text("Service", "服务")),
    ("key_accounts", Text("Key accounts", "重点客户")),
    ("data", Text("Data", "数据")),
    ("settings", Text("Settings", "设置")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place that one can go to: an attribute ``entries`` of an application's configuration holds them."""

    area: str
    title: Text
    view: str
    needs: str | None = None
    searches: bool = False
    """Whether the search field of the header leads there."""
