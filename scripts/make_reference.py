"""Renders the pages of docs/reference that follow from the code: tables, metrics, settings, codes; each in both languages.

Run without arguments to write the files; ``--check`` exits with 1 if one is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tierwise.book.contract import TABLES, Column, Table
from tierwise.book.setting_words import MEANINGS
from tierwise.book.settings import Settings
from tierwise.grading.sentences import REASONS
from tierwise.grading.wording import FLAGS, STATUS, WARNINGS
from tierwise.kernel.text import Lang, Text, Words
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import Metric

ROOT = Path(__file__).resolve().parent.parent / "docs" / "reference"
LANGS: tuple[Lang, Lang] = ("en", "zh")

HISTORY = {
    "ledger": Text(
        "a change in an open period replaces the row; in a closed one it is reversed and posted anew on the first "
        "open day",
        "开放期间内直接替换；已关账期间则冲销并在首个开放日重新过账",
    ),
    "dated": Text("a change is a new row from its day on", "变更自生效日起成为新行"),
    "versioned": Text(
        "a change in an open period replaces the row; in a closed one the old row stays visible to past points of view",
        "开放期间内直接替换；已关账期间保留旧行供历史时点使用",
    ),
}
OWNERS = {"imported": Text("imported", "导入"), "edited": Text("edited by people", "人工维护")}
IDENTITIES = {
    "key": Text("its key", "键"),
    "document": Text("its document (all lines replaced together)", "单据（整单替换）"),
    "occurrence": Text("its occurrence (the nth identical row)", "出现次序（第 n 条相同的行）"),
}
KINDS = {
    "text": Text("text", "文本"),
    "date": Text("day", "日期"),
    "money": Text("money, 4 places", "金额（4 位小数）"),
    "quantity": Text("quantity, 4 places", "数量（4 位小数）"),
    "rate": Text("rate, 8 places", "汇率（8 位小数）"),
    "percent": Text("percent, 4 places", "百分比（4 位小数）"),
    "integer": Text("whole number", "整数"),
    "flag": Text("yes or no", "是否"),
    "choice": Text("one of a list", "选项"),
}
UNITS = {
    "money": Text("money", "金额"),
    "percent": Text("percent", "百分比"),
    "score": Text("points", "分"),
    "quantity": Text("quantity", "数量"),
    "code": Text("code", "代码"),
    "days": Text("days", "天"),
    "months": Text("months", "月"),
    "rank": Text("rank", "名次"),
    "flag": Text("yes or no", "是否"),
    "seconds": Text("seconds", "秒"),
    "count": Text("number", "个数"),
    "date": Text("day", "日期"),
    "ratio": Text("ratio", "比值"),
    "hours": Text("hours", "小时"),
}

TABLES_HEAD = Text(
    """# Tables of the book

[中文](tables.zh.md)

Made from the declarations in `tierwise.book.contract` by `scripts/make_reference.py`; do not edit.
Headers are matched by column name, English or Chinese name, or a synonym. Bold columns are required.
`tierwise template TABLE` writes a file with these columns.""",
    """# 账簿数据表

[English](tables.md)

本页由 `scripts/make_reference.py` 根据 `tierwise.book.contract` 的声明生成，请勿手改。
表头可写列名、中英文名称或同义词；粗体列为必填。`tierwise template TABLE` 可生成含这些列的文件。""",
)
TABLE_FACTS = Text(
    "Rows are {owner}. Key: {key}; a row is recognised by {identity}. Business date: `{day}`. History: {history}.",
    "数据来源：{owner}。键：{key}；按{identity}识别同一行。业务日期：`{day}`。历史：{history}。",
)
TABLE_COLUMNS = Text(
    "| column | meaning | type | default | synonyms, values |", "| 列 | 含义 | 类型 | 默认值 | 同义词、取值 |"
)
DERIVED = Text("Filled by the book: {words}.", "由账簿计算：{words}。")

METRICS_HEAD = Text(
    """# Metrics

[中文](metrics.zh.md)

Made from the catalogue in `tierwise.metrics.catalogue` by `scripts/make_reference.py`; do not edit.
A policy names a metric alone (`net_sales`, with the policy's window) or with a window in months
(`net_sales_24m`). A value that cannot be computed is null, and its status says why: null is never zero.
What the statuses mean stands in [codes](codes.md).

| metric | id | name | unit | window | formula | statuses |
|---|---|---|---|---|---|---|""",
    """# 指标

[English](metrics.md)

本页由 `scripts/make_reference.py` 根据 `tierwise.metrics.catalogue` 的指标目录生成，请勿手改。
策略中可只写指标名（`net_sales`，用策略的统计窗口），也可带窗口月数（`net_sales_24m`）。
算不出的值为空，状态说明原因；空绝不等于零。状态的含义见[代码](codes.zh.md)。

| 指标 | 编号 | 名称 | 单位 | 窗口 | 公式 | 状态 |
|---|---|---|---|---|---|---|""",
)
MONTHS = Text("{n} months", "{n} 个月")

SETTINGS_HEAD = Text(
    """# Settings of a book

[中文](settings.zh.md)

What stands in `book.yaml` in the folder of a book. Made by `scripts/make_reference.py`; do not edit.
An edited file takes effect with the next command that writes, and every version of the book keeps the settings it
was written under. A mistake is told with its line.

| setting | meaning | values | default |
|---|---|---|---|""",
    """# 账簿设置

[English](settings.md)

即账簿文件夹中 `book.yaml` 的内容。本页由 `scripts/make_reference.py` 生成，请勿手改。
修改后在下一条写入命令时生效；账簿的每个版本都保留当时的设置。有错误时指明行号。

| 设置 | 含义 | 取值 | 默认值 |
|---|---|---|---|""",
)
NEEDED, NONE = Text("needed", "必填"), Text("none", "无")

CODES_HEAD = Text(
    """# Codes

[中文](codes.zh.md)

Statuses, flags, reasons and warnings as they are stored. Codes never change their meaning; the words are made when
they are shown, and what stands in braces is filled in. Made by `scripts/make_reference.py`; do not edit.""",
    """# 代码

[English](codes.md)

保存在结果中的状态、标记、理由与警告。代码的含义永不改变；文字在显示时生成，花括号中的内容届时填入。
本页由 `scripts/make_reference.py` 生成，请勿手改。""",
)
CODES: tuple[tuple[Text, Words], ...] = (
    (Text("Statuses", "状态"), STATUS),
    (Text("Flags", "标记"), FLAGS),
    (Text("Reasons", "理由"), REASONS),
    (Text("Warnings of a run", "运行警告"), WARNINGS),
)
CODE_COLUMNS = Text("| code | words |\n|---|---|", "| 代码 | 文字 |\n|---|---|")


def tables(lang: Lang) -> str:
    """The reference of all tables."""
    lines = [TABLES_HEAD.in_lang(lang)]
    for table in TABLES.values():
        lines += _table(table, lang)
    return "\n".join(lines) + "\n"


def _table(table: Table, lang: Lang) -> Iterator[str]:
    joiner = "或" if lang == "zh" else " or "
    facts = TABLE_FACTS.fill(
        lang,
        owner=OWNERS[table.owner].in_lang(lang),
        key=("、" if lang == "zh" else ", ").join(f"`{name}`" for name in table.key),
        identity=joiner.join(IDENTITIES[one].in_lang(lang) for one in table.identities),
        day=table.effective_on,
        history=HISTORY[table.history].in_lang(lang),
    )
    about = [table.about.in_lang(lang), ""] if table.about else []
    yield from ("", f"## {table.name} {table.label.in_lang(lang)}", "", *about, facts, "")
    yield from (TABLE_COLUMNS.in_lang(lang), "|---|---|---|---|---|")
    yield from (_column(column, lang) for column in table.file_columns)
    derived = [column for column in table.columns if column.derived]
    if derived:
        words = ", ".join(f"`{c.name}` {c.label.in_lang(lang)}" for c in derived)
        yield from ("", DERIVED.fill(lang, words=words))


def _column(column: Column, lang: Lang) -> str:
    name = f"**{column.name}**" if column.required else column.name
    default = "" if column.default is None else f"`{column.default}`"
    other = column.label.in_lang("en" if lang == "zh" else "zh")
    more = ", ".join(dict.fromkeys((other, *column.synonyms)))
    if column.choices:
        more += "; " + "; ".join(f"`{c.code}` {c.label.in_lang(lang)}" for c in column.choices)
    kind = KINDS[column.kind].in_lang(lang)
    if column.between:
        kind += f", {column.between[0]} … {column.between[1]}"
    return f"| {name} | {column.label.in_lang(lang)} | {kind} | {default} | {more} |"


def metrics(lang: Lang) -> str:
    """The reference of all metrics."""
    return (
        "\n".join([METRICS_HEAD.in_lang(lang), *(_metric(metric, lang) for metric in METRICS.values())])
        + "\n"
    )


def _metric(m: Metric, lang: Lang) -> str:
    window = "" if m.months is None else MONTHS.fill(lang, n=m.months)
    statuses = ", ".join(f"`{s}`" for s in m.statuses)
    formula, unit = (m.formula.in_lang(lang) or m.formula.zh), UNITS[m.unit].in_lang(lang)
    codes = "".join(f"; `{choice.code}` {choice.label.in_lang(lang)}" for choice in m.codes)
    return f"| `{m.name}` | {m.id} | {m.title.in_lang(lang)} | {unit} | {window} | {formula}{codes} | {statuses} |"


def settings(lang: Lang) -> str:
    """The reference of ``book.yaml``."""
    lines = [SETTINGS_HEAD.in_lang(lang)]
    schema = Settings.model_json_schema()
    for name, node in schema["properties"].items():
        default = (
            NEEDED.in_lang(lang)
            if name in schema.get("required", ())
            else _default(node.get("default"), lang)
        )
        lines.append(f"| `{name}` | {MEANINGS[name].in_lang(lang)} | {_values(node)} | {default} |")
    return "\n".join(lines) + "\n"


def _default(value: object, lang: Lang) -> str:
    return NONE.in_lang(lang) if value in (None, []) else f"`{value}`"


def _values(node: dict[str, object]) -> str:
    """The closed list or the bounds of a setting."""
    inner = node.get("anyOf")
    for one in (node, *(inner if isinstance(inner, list) else ())):
        if "enum" in one:
            return ", ".join(f"`{value}`" for value in one["enum"])
        bounds = [f"{sign} {one[key]:g}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in one]
        if bounds:
            return ", ".join(bounds)
    return ""


def codes(lang: Lang) -> str:
    """The reference of what is stored as a code."""
    lines = [CODES_HEAD.in_lang(lang)]
    for title, words in CODES:
        lines += ["", f"## {title.in_lang(lang)}", "", CODE_COLUMNS.in_lang(lang)]
        lines += [f"| `{code}` | {words.pattern(code).in_lang(lang)} |" for code in words.codes()]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[Lang], str]] = {
    "tables": tables,
    "metrics": metrics,
    "settings": settings,
    "codes": codes,
}


def pages() -> Iterator[tuple[Path, str]]:
    """Every page and what it should say."""
    for name, make in PAGES.items():
        for lang in LANGS:
            yield ROOT / f"{name}{'.zh' if lang == 'zh' else ''}.md", make(lang)


def main() -> int:
    """Writes or checks the pages."""
    check = "--check" in sys.argv
    stale = [(path, text) for path, text in pages() if not _current(path, text)]
    for path, text in stale:
        if check:
            print(f"docs/reference/{path.name} is out of date: run python scripts/make_reference.py")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


def _current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
