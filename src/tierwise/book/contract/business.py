"""What is done together with customers: projects. Source: spec 4.3, 14."""

from __future__ import annotations

from tierwise.book.contract.columns import CUSTOMER, col
from tierwise.book.contract.model import Table
from tierwise.kernel.text import Text

PROJECTS = Table(
    name="projects",
    label=Text("projects", "合作项目"),
    owner="edited",
    key=("code", "valid_from"),
    history="dated",
    effective_on="valid_from",
    columns=(
        col("code", "text", "project code", "项目编码", "项目编号 项目代码 project project_code project_id", required=True),
        CUSTOMER,
        col("name", "text", "project name", "项目名称", "名称 project_name", required=True),
        col("kind", "text", "kind", "项目类型", "类型"),
        col("start_on", "date", "start", "开始日期", "起始日期 开工日期 start start_date", required=True),
        col("end_on", "date", "end", "结束日期", "完工日期 竣工日期 end end_date"),
        col("cumulative_income", "money", "cumulative income (base currency)", "累计收入", "累计合同收入 项目收入 income", default="0"),
        col("status", "text", "status", "项目状态", "状态"),
        col("note", "text", "note", "备注", ""),
        col("valid_from", "date", "valid from (of this state)", "状态生效日期", "生效日期"),
    ),
    about=Text(
        "A changed income or end is a new row from its day on; a project without an end is still running.",
        "收入或结束日期变化时，自生效日起为新行；没有结束日期的项目视为仍在进行。",
    ),
)  # fmt: skip
