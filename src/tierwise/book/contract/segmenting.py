"""Segments and who is in them: slow, objective groups beside the grades, never mixed with them.

**Source** spec 1, 2.2 (S1-39), 4.2. Both are kept with dates, so that a past day sees its own groups.
"""

from __future__ import annotations

from tierwise.book.contract import choices as c
from tierwise.book.contract.columns import CUSTOMER, col
from tierwise.book.contract.model import Table
from tierwise.kernel.text import Text

SEGMENTS = Table(
    name="segments",
    label=Text("segments", "客户细分"),
    owner="edited",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    columns=(
        col("code", "text", "segment code", "细分编码", "细分代码 细分编号 分类编码 segment segment_code segment_id", required=True),
        col("name", "text", "segment name", "细分名称", "分类名称 名称 segment_name", required=True),
        col("name_en", "text", "English name", "细分英文名称", "英文名称"),
        col("dimension", "choice", "dimension", "细分维度", "维度 分类维度", required=True, choices=c.SEGMENT_DIMENSION),
        col("basis", "choice", "by rule or by hand", "归入方式", "分类方式", default="manual", choices=c.SEGMENT_BASIS),
        col("rule", "text", "rule, as it was applied", "归入规则", "规则"),
        col("valid_from", "date", "valid from", "生效日期", ""),
        col("valid_to", "date", "valid until", "失效日期", "有效期至"),
    ),
    about=Text(
        "A changed segment is a new row from its day on. Rules are written by `tierwise segments apply`.",
        "细分变更时，自生效日起为新行。规则由 `tierwise segments apply` 写入。",
    ),
)  # fmt: skip

SEGMENT_MEMBERSHIPS = Table(
    name="segment_memberships",
    label=Text("memberships of segments", "细分归属"),
    owner="edited",
    key=("customer_code", "segment_code", "source", "valid_from"),
    history="versioned",
    effective_on="valid_from",
    columns=(
        CUSTOMER,
        col("segment_code", "text", "segment code", "细分编码", "细分代码 细分编号 客户细分 segment segment_id",
            required=True, refers_to="segments",
        ),
        col("valid_from", "date", "first day", "归入日期", "生效日期 起始日期", required=True),
        col("valid_to", "date", "last day", "退出日期", "失效日期 截止日期 有效期至"),
        col("source", "choice", "by rule or by hand", "归入来源", "来源", default="manual", choices=c.SEGMENT_BASIS),
    ),
    about=Text(
        "Both days belong to the membership; without a last day it lasts. "
        "A last day before the first takes the membership back.",
        "首日与末日均计入；没有末日则持续有效。末日早于首日表示该归属已撤回。",
    ),
)  # fmt: skip
