"""What a proposal is: for each column where it is read from, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from typing import Any, Literal

from tierwise.book.contract import Table
from tierwise.book.contract.model import Identity
from tierwise.book.looking import Sheet
from tierwise.kernel.text import Lang, Text, Words

Confidence = Literal["high", "medium", "low"]
CONFIDENCES: dict[Confidence, Text] = {
    "high": Text("high", "高"),
    "medium": Text("medium", "中"),
    "low": Text("low", "低"),
}

REASONS = Words(
    {
        "named": Text("the header is a name of this column", "表头即此列的名称"),
        "worded": Text("a usual word for {label_en}", "{label_zh}的常用说法"),
        "values": Text("only the values speak for it: {sample}", "仅凭数值判断：{sample}"),
        "looked-up": Text("in {file} by {key}", "按 {key} 取自 {file}"),
        "unit": Text("the header says times {factor:,}", "表头写明单位为 {factor:,} 倍"),
        "product-of": Text("price times quantity", "单价 × 数量"),
        "less-discount": Text("price times quantity, less the discount", "单价 × 数量，减折扣"),
        "less-tax": Text("the amount with tax less the tax", "含税金额减税额"),
        "with-tax": Text(
            "only an amount with tax was found: check whether it may be used",
            "只找到含税金额：请确认能否使用",
        ),
        "less-profit": Text("the amount less the profit", "金额减毛利"),
        "times-quantity": Text("cost of a unit times quantity", "单位成本 × 数量"),
        "sign": Text("{count:,} rows are negative: returns", "{count:,} 行为负数：退货"),
        "code-as-name": Text("no name was found: the code stands in", "未找到名称：以编码代替"),
        "dates": Text("dates are written as {format}", "日期写法为 {format}"),
        "currency": Text("the header says so", "表头写明"),
    }
)
"""Why a column is read from where it is. The codes are for programs, the words for people."""

NOTES = Words(
    {
        "onboard.ambiguous-header": Text(
            "{label_en} ({column}) may be {candidates}: {chosen} was taken; make sure",
            "{label_zh}（{column}）可能是 {candidates}：暂取 {chosen}，请确认",
        ),
        "onboard.ambiguous-left-out": Text(
            "{label_en} ({column}) may be {candidates}: none was taken; say which if you need it",
            "{label_zh}（{column}）可能是 {candidates}：未取用；需要时请指明",
        ),
        "onboard.ambiguous-date": Text(
            "the dates under {header} may be written {candidates}: say which with date_format, or these rows are rejected",
            "{header} 列的日期可能写作 {candidates}：请用 date_format 指明，否则这些行会被拒绝",
        ),
        "onboard.missing-column": Text(
            "{label_en} ({column}) is required and no header was found for it",
            "缺少必填的{label_zh}（{column}），没有找到对应的表头",
        ),
        "onboard.bad-values": Text(
            "{header} is named like {label_en} ({column}), but only {share} % of its values are such",
            "{header} 的名称像{label_zh}（{column}），但只有 {share}% 的数值符合",
        ),
        "onboard.empty-rows": Text(
            "{count:,} rows without {header} are left out (filter)", "{count:,} 行没有 {header}，已排除（filter）"
        ),
        "onboard.total-rows": Text(
            "lines of totals ({words}) are left out (filter)", "合计行（{words}）已排除（filter）"
        ),
        "onboard.repeated-key": Text(
            "{count:,} rows repeat an earlier {key}: {identity} is used",
            "{count:,} 行的 {key} 与前面重复：改用 {identity}",
        ),
        "onboard.no-lines": Text(
            "there are no line numbers: the lines of an order belong together (document)",
            "没有行号：同一订单的各行作为整体（document）",
        ),
        "onboard.no-orders": Text(
            "there are no order numbers: each row is an order of its own (occurrence)",
            "没有订单号：每行各为一单（occurrence）",
        ),
        "onboard.first-of-several": Text(
            "{count:,} codes have several values under {header}; the first is read",
            "{count:,} 个编码在 {header} 下有多个值；取第一个",
        ),
        "onboard.distinct": Text(
            "one row for each {header}: {count:,} of {rows:,}", "每个 {header} 取一行：{rows:,} 行中的 {count:,} 行"
        ),
        "onboard.rounded": Text(
            "numbers with up to {places} decimals are rounded to {kept}",
            "最多 {places} 位小数的数值四舍五入到 {kept} 位",
        ),
        "onboard.no-headers": Text(
            "the file has no headers: its columns were judged by their values alone",
            "文件没有表头：仅凭数值判断各列",
        ),
        "onboard.doubled-headers": Text(
            "these headers stand twice, the later ones got a number: {headers}", "这些表头重复出现，后者加了序号：{headers}"
        ),
        "onboard.first-rows": Text(
            "judged by the first {rows:,} rows", "依据前 {rows:,} 行判断"
        ),
    }
)  # fmt: skip
"""What a person must know about a proposal."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of ``REASONS`` with its slots."""

    code: str
    slots: Values[str, Any] = field(default_factory=dict)

    def say(self, lang: Lang) -> str:
        """The words in one language."""
        return REASONS.say(self.code, lang, **self.slots)


@dataclass(frozen=True, slots=True)
class Note:
    """A code of ``NOTES`` with its slots."""

    code: str
    slots: Values[str, Any] = field(default_factory=dict)

    def say(self, lang: Lang) -> str:
        """The sentence in one language."""
        return NOTES.say(self.code, lang, **self.slots)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a column is read from: an expression of the mapping file, how sure that is, and why."""

    column: str
    expression: Any
    confidence: Confidence
    reasons: tuple[Reason, ...]
    headers: tuple[str, ...] = ()
    """The headers it reads."""
    candidates: tuple[str, ...] = ()
    """All headers among which one was taken, where the words did not decide."""

    def why(self, lang: Lang) -> str:
        """Confidence and reasons in one language."""
        colon, mark = ("：", "；") if lang == "zh" else (": ", "; ")
        said = mark.join(reason.say(lang) for reason in self.reasons)
        return CONFIDENCES[self.confidence].in_lang(lang) + colon + said


@dataclass(frozen=True, slots=True)
class Proposal:
    """How the files of one layout become rows of one table."""

    table: Table
    sheet: Sheet
    sources: tuple[Source, ...]
    identity: Identity | None
    filter: tuple[dict[str, Any], ...] = ()
    distinct: tuple[str, ...] = ()
    settings: Values[str, Any] = field(default_factory=dict)
    """Further keys of the mapping file, such as ``decimal_comma``."""
    notes: tuple[Note, ...] = ()
    missing: tuple[str, ...] = ()
    """Required columns for which nothing was found: it cannot be imported as it is."""

    @property
    def complete(self) -> bool:
        """Whether a file can be imported by it."""
        return not self.missing

    @property
    def unused(self) -> tuple[str, ...]:
        """The headers that nothing reads."""
        read = {header for source in self.sources for header in source.headers}
        return tuple(header for header in self.sheet.headers if header and header not in read)

    def data(self) -> dict[str, Any]:
        """The mapping as its YAML file says it."""
        said: dict[str, Any] = {"table": self.table.name, **self.settings}
        if self.identity is not None:
            said["identity"] = self.identity
        said["match_rest"] = False
        if self.distinct:
            said["distinct"] = list(self.distinct)
        said["columns"] = {source.column: source.expression for source in self.sources}
        if self.filter:
            said["filter"] = list(self.filter)
        return said
