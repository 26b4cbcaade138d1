"""Which customer codes are one customer, and which only look alike: decisions of people. Spec 4.2, 12.3; decision 0022."""

from __future__ import annotations

from tierwise.book.contract.columns import col
from tierwise.book.contract.model import Table
from tierwise.kernel.text import Text

MERGES = Table(
    name="merges",
    label=Text("merges of customers", "客户合并"),
    owner="edited",
    key=("merged_code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    columns=(
        col("merged_code", "text", "merged customer", "被合并客户编码", "被合并客户 合并前编码 merged",
            required=True, refers_to="customers",
        ),
        col("survivor_code", "text", "surviving customer", "保留客户编码", "保留客户 合并后编码 survivor", refers_to="customers"),
        col("reason", "text", "reason", "合并原因", "", required=True),
        col("valid_from", "date", "valid from", "生效日期", ""),
    ),
    about=Text(
        "Two codes that are one customer: what is written of the merged one counts for the survivor, and its rows stay as "
        "they were written. Without a day both always were the same; without a survivor they are two again.",
        "两个编码实为同一客户：被合并客户的事实计入保留客户，原始行保持不变。未填日期表示一直为同一客户；未填保留客户表示恢复为两家。",
    ),
)  # fmt: skip

DIFFERENT_CUSTOMERS = Table(
    name="different_customers",
    label=Text("customers that only look alike", "非重复客户"),
    owner="edited",
    key=("first_code", "second_code"),
    history="versioned",
    effective_on="decided_on",
    columns=(
        col("first_code", "text", "first customer", "客户编码甲", "", required=True, refers_to="customers"),
        col("second_code", "text", "second customer", "客户编码乙", "", required=True, refers_to="customers"),
        col("different", "flag", "not the same", "非同一客户", "", default="true"),
        col("reason", "text", "reason", "判定原因", ""),
        col("decided_on", "date", "decided on", "判定日期", "", required=True),
    ),
    about=Text(
        "Pairs that somebody looked at and found to be two customers; they are proposed as duplicates no more.",
        "经人工核对确认为两家的客户对；不再提示为疑似重复。",
    ),
)  # fmt: skip
