"""The words of ``check``: what each finding means and which step helps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tierwise.kernel.text import Lang, Text

Severity = Literal["block", "warn", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of issue: how bad it is, what to say, and what helps."""

    severity: Severity
    text: Text
    help: Text


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that ``check`` found. ``block`` keeps runs from being made, ``warn`` may make them wrong."""

    code: str
    severity: Severity
    count: int
    examples: tuple[str, ...]
    text: Text
    help: Text
    slots: dict[str, Any] = field(default_factory=dict)

    def say(self, lang: Lang) -> str:
        """The sentence in one language."""
        return self.text.fill(lang, **self._said())

    def advise(self, lang: Lang) -> str:
        """The step that helps, in one language."""
        return self.help.fill(lang, **self._said())

    def _said(self) -> dict[str, Any]:
        """The slots as people read them: whole numbers, all of which are counts, with thousands separators."""
        slots = {"count": self.count, **self.slots}
        return {name: f"{value:,}" if type(value) is int else value for name, value in slots.items()}


_IMPORT = Text(
    "import them: tierwise import BOOK {target} FILE", "导入缺少的数据：tierwise import BOOK {target} 文件"
)

_AS_IT_IS = Text("{place}", "{place}")
"""The sentence is that of the problem itself."""

FINDINGS: dict[str, Finding] = {
    "check.damaged-file": Finding(
        "block",
        Text(
            "{count} {count#file of the book is gone or was|files of the book are gone or were} changed after "
            "{count#it was|they were} written",
            "账簿中有 {count} 个数据文件缺失，或写入后被改动",
        ),
        Text(
            "put the book's folder back from a backup; nothing else is checked before that",
            "请用备份恢复账簿文件夹；在此之前不再检查其他内容",
        ),
    ),
    "check.settings": Finding(
        "block",
        _AS_IT_IS,
        Text("correct this line of book.yaml", "请更正 book.yaml 的这一行"),
    ),
    "check.settings-pending": Finding(
        "info",
        _AS_IT_IS,
        Text("nothing to do if this is meant", "若属有意修改，无需处理"),
    ),
    "check.settings-reopened": Finding(
        "warn",
        _AS_IT_IS,
        Text(
            "set closed_through to the later day again unless the periods are to be open",
            "若无意重新打开这些期间，请将 closed_through 改回较晚的日期",
        ),
    ),
    "check.unknown-reference": Finding(
        "warn",
        Text(
            "{count} {count#value|values} of {table}.{column} {count#is|are} not among the {target}, first in {file}, line {line}",
            "{table}.{column} 中有 {count} 个值不在{target_zh}中，首见于 {file} 第 {line} 行",
        ),
        _IMPORT,
    ),
    "check.merge-cycle": Finding(
        "block",
        Text(
            "{count} {count#circle|circles} of customers merged into each other: nothing can be graded",
            "有 {count} 组客户相互合并成环：无法分级",
        ),
        Text(
            "take one merge of each circle back with `tierwise unmerge`",
            "用 `tierwise unmerge` 撤销每个环中的一次合并",
        ),
    ),
    "check.customer-cycle": Finding(
        "warn",
        Text(
            "{count} {count#chain|chains} of parent customers {count#leads back to its|lead back to their} start: grading "
            "by group or account is blocked, grading by customer is not",
            "有 {count} 条上级客户链绕回自身：按集团或账户的分级受阻，按客户的分级不受影响",
        ),
        Text(
            "correct parent_code in one customer of each chain and import the customers again",
            "更正每条链中一个客户的上级客户编码，然后重新导入客户",
        ),
    ),
    "check.stale-rate": Finding(
        "block",
        Text(
            "{count} {count#row|rows} of {table} {count#has|have} no exchange rate of at most {days} {days#day|days}",
            "{table} 有 {count} 行没有 {days} 天以内的汇率",
        ),
        Text(
            "import the rates of these days: tierwise import BOOK fx_rates FILE",
            "导入这些日期的汇率：tierwise import BOOK fx_rates 文件",
        ),
    ),
    "check.future-date": Finding(
        "warn",
        Text(
            "{count} {count#row|rows} of {table} {count#is|are} dated after {today}",
            "{table} 有 {count} 行的日期晚于 {today}",
        ),
        Text(
            "they stay out of every run until their day; if the dates are wrong, correct the file and import it again",
            "到期之前不参与任何评级；若日期有误，请更正文件后重新导入",
        ),
    ),
    "check.duplicate-name": Finding(
        "warn",
        Text(
            "{count} customer {count#name belongs|names belong} to several codes",
            "有 {count} 个客户名称对应多个编码",
        ),
        Text(
            "look at them with `tierwise duplicates BOOK`; `tierwise merge` lets one go on in the other, "
            "`tierwise not-same` says that they are two",
            "可用 `tierwise duplicates BOOK` 查看；`tierwise merge` 合并，`tierwise not-same` 确认并非同一客户",
        ),
    ),
    "check.duplicate-credit-code": Finding(
        "warn",
        Text(
            "{count} unified social credit {count#code belongs|codes belong} to several customers",
            "有 {count} 个统一社会信用代码对应多个客户",
        ),
        Text(
            "look at them with `tierwise duplicates BOOK`; `tierwise merge` lets one go on in the other, "
            "`tierwise not-same` says that they are two",
            "可用 `tierwise duplicates BOOK` 查看；`tierwise merge` 合并，`tierwise not-same` 确认并非同一客户",
        ),
    ),
    "check.prospect-with-orders": Finding(
        "info",
        Text(
            "{count} {count#customer has|customers have} orders and a record that says prospect or suspect",
            "有 {count} 个客户已有订单，档案仍为潜在客户或待甄别对象",
        ),
        Text(
            "they are graded as existing customers from their first order on; import the records with kind existing",
            "自首张订单起按现有客户分级；请将档案的客户类型改为现有客户后导入",
        ),
    ),
    "check.missing-cost": Finding(
        "info",
        Text(
            "{count} of {total} sale {total#line|lines} ({share} %) {count#has|have} neither a cost "
            "nor a product with a standard cost or margin",
            "{total} 行销售中有 {count} 行（{share}%）既无成本，其产品也无标准成本或毛利率",
        ),
        Text(
            "import cost_amount with the lines, or standard_cost or standard_margin_pct with the products",
            "随订单行导入成本金额，或随产品导入标准成本、标准毛利率",
        ),
    ),
    "check.unallocated-payment": Finding(
        "info",
        Text(
            "{count} {count#payment is|payments are} not, or not wholly, allocated to invoices",
            "有 {count} 笔收款未核销或未全部核销到发票",
        ),
        Text(
            "import the allocations: tierwise import BOOK allocations FILE",
            "导入核销记录：tierwise import BOOK allocations 文件",
        ),
    ),
    "check.over-allocated-invoice": Finding(
        "warn",
        Text(
            "{count} {count#invoice has|invoices have} more allocated than {count#its|their} amount",
            "有 {count} 张发票的核销金额超过发票金额",
        ),
        Text("correct the allocations or payments and import them again", "更正核销或收款记录后重新导入"),
    ),
    "check.payment-other-currency": Finding(
        "info",
        Text(
            "{count} {count#payment names an invoice|payments name invoices} in another currency",
            "有 {count} 笔收款注明的发票为另一币种",
        ),
        Text(
            "each settles what it is worth in base currency on its day, at the rate of the invoice; where that leaves a "
            "rest, import the allocation in the currency of the invoice",
            "按付款当日折合的本位币金额、以发票汇率核销；如有尾差，请按发票币种导入核销记录",
        ),
    ),
    "check.payment-other-customer": Finding(
        "info",
        Text(
            "{count} {count#payment names an invoice of another customer|payments name invoices of other customers}",
            "有 {count} 笔收款注明的是其他客户的发票",
        ),
        Text(
            "the invoice counts as paid for the customer to whom it was sent; correct the number of the invoice if nobody "
            "paid for another",
            "该发票按开票客户计为已付；如并非代付，请更正发票号",
        ),
    ),
    "check.over-reversed-payment": Finding(
        "warn",
        Text(
            "more was taken back than allocated of {count} {count#payment|payments} to an invoice",
            "有 {count} 笔收款对某发票冲回的金额超过已核销金额",
        ),
        Text(
            "what is beyond is left out of the metrics; correct the negative allocations and import them again",
            "超出部分不计入指标；请更正负数核销记录后重新导入",
        ),
    ),
    "check.negative-sale": Finding(
        "warn",
        Text("{count} sale {count#line has|lines have} a negative amount", "有 {count} 行销售的金额为负"),
        Text("give them the line_type return, rebate or allowance", "将其行类型改为退货、返利或折让"),
    ),
    "check.positive-return": Finding(
        "warn",
        Text("{count} return {count#line has|lines have} a positive amount", "有 {count} 行退货的金额为正"),
        Text(
            "returns are negative lines: turn the sign in the mapping file",
            "退货应为负数行：请在映射文件中取反",
        ),
    ),
}
