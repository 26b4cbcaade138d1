"""The words that headers are made of, in Chinese and English, beyond the names that the contract declares.

A header is an entity and what is said of it (``reseller`` + ``key``, ``客户`` + ``编号``), or one of the known
names. Nothing here is about one company: the words are those of common exports.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from tierwise.book.reading.values import CURRENCIES, folded

_BRACKETS = re.compile(r"[(\[【{<]([^)\]】}>]*)[)\]】}>]|[:：/]\s*(元|万元|千元|¥|\$|€)\s*$")
_FACTORS = {"万元": 10_000, "万": 10_000, "千元": 1_000, "百万元": 1_000_000, "亿元": 100_000_000, "k": 1_000}
_TAX_IN = ("含税", "incltax", "inctax", "withtax", "gross", "taxincl")
_TAX_EX = ("不含税", "未税", "除税", "extax", "excltax", "withouttax", "net")

ENTITIES: dict[str, tuple[str, ...]] = {
    "customer": tuple(
        "customer client buyer member household reseller dealer distributor account consumer cust company partner "
        "debtor soldto billto payer purchaser 客户 顾客 会员 经销商 买方 买家 购方 购货单位 购买方 客户单位 往来单位 "
        "门店".split()
    ),
    "product": tuple(
        "product item material sku stock goods article part prod 产品 商品 物料 货品 存货 品项 料件 sku".split()
    ),
    "order": tuple(
        "order salesorder so orders invoice basket transaction trans receipt ticket document doc voucher sale sales "
        "订单 销售订单 销售单 单据 发票 出库单 交易 小票 销货单 凭证 业务单".split()
    ),
    "invoice": tuple("invoice inv bill 发票 票据 应收单".split()),
    "payment": tuple("payment receipt pay remittance 收款 付款 回款 到账 收款单".split()),
    "employee": tuple(
        "employee salesperson salesrep seller rep agent staff 销售员 业务员 销售代表 客户经理 员工 销售人员".split()
    ),
    "category": tuple(
        "category productcategory productgroup group 类别 品类 产品类别 商品类别 分类 大类".split()
    ),
}
IDS = tuple("id key code no nr num number 编码 编号 代码 号 号码 id号 #".split())
NAMES = tuple("name title description desc label 名称 名 全称 简称 描述".split())
DAYS = tuple("date day on at time datetime timestamp dt 日期 时间 日 日期时间".split())

MEANINGS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("order_lines", "order_number"): ("order", IDS),
    ("order_lines", "customer_code"): ("customer", IDS),
    ("order_lines", "order_date"): ("order", DAYS),
    ("order_lines", "product_code"): ("product", IDS),
    ("order_lines", "sales_person"): ("employee", (*NAMES, *IDS, "")),
    ("customers", "code"): ("customer", IDS),
    ("customers", "name"): ("customer", (*NAMES, "")),
    ("products", "code"): ("product", IDS),
    ("products", "name"): ("product", (*NAMES, "")),
    ("products", "category"): ("category", (*NAMES, "")),
    ("invoices", "number"): ("invoice", IDS),
    ("invoices", "issue_date"): ("invoice", DAYS),
    ("payments", "number"): ("payment", IDS),
    ("payments", "date"): ("payment", DAYS),
}
"""Column -> the entity and the endings that together name it."""
REFERENCES = {"customers": "customer", "products": "product", "invoices": "invoice", "payments": "payment"}

MORE: dict[tuple[str, str], tuple[str, ...]] = {
    ("order_lines", "amount_ex_tax"): tuple(
        "revenue turnover value salesvalue salesamount salesamt netvalue netsales linetotal linevalue lineamount "
        "subtotal extendedprice total totalamount amt netamt 销售收入 收入 净额 实付金额 成交金额 订单金额 应收金额 "
        "小计 销售金额 无税金额 除税金额 不含税销售额 货款 实收金额".split()
    ),
    ("order_lines", "qty"): tuple(
        "qty units pieces pcs volume count ordered 件数 销量 发货数量 订购数量 出库数量".split()
    ),
    ("order_lines", "cost_amount"): tuple("costofsales cogs salescost 销货成本 主营成本 成本额".split()),
    ("order_lines", "posting_date"): tuple(
        "postingdate postdate shipdate shippeddate shipmentdate 出库日期".split()
    ),
    ("customers", "region"): tuple("state stateprovince province territory 省 省份 州 片区".split()),
    ("customers", "country"): tuple("countryregion nation countrycode 国家地区".split()),
    ("customers", "kind"): ("类型",),
    ("customers", "relation_type"): ("类型",),
    ("customers", "segment"): tuple(
        "businesstype customertype customersegment type 客户类别 客户分组".split()
    ),
    ("customers", "name"): tuple("单位名称 企业名称 公司 公司全称 户名".split()),
    ("products", "uom"): tuple("quantityperunit packagesize baseunit 包装单位".split()),
    ("products", "name"): tuple("description itemdescription producttype 规格型号 型号".split()),
    ("products", "standard_cost"): tuple("unitcost stdcost costprice 单位成本 成本价".split()),
    ("invoices", "due_date"): tuple("duedate paymentdue due dueon 应付日期 账期到期日".split()),
    ("invoices", "amount"): tuple("total totalamount grossamount invoiceamount invoicetotal amount".split()),
    ("payments", "amount"): tuple(
        "paid amount amountpaid paymentamount received 实收金额 回款金额 到账金额".split()
    ),
    ("fx_rates", "rate_to_base"): tuple("exchangerate fxrate fx 折算汇率 中间价".split()),
}
"""More words for a column, as ``folded`` leaves them."""

PARTS: dict[str, tuple[str, ...]] = {
    "price": tuple(
        "unitprice price sellingprice salesprice listprice 单价 销售单价 售价 未税单价 不含税单价 成交价".split()
    ),
    "discount": tuple("discount discountpct discountrate disc 折扣率 折扣".split()),
    "gross": tuple(
        "grossamount grosssales totalwithtax amountincltax 含税金额 价税合计 含税销售额 含税总额 价税总额".split()
    ),
    "tax": tuple("tax vat taxamount salestax gst 税额 增值税 税金 增值税额".split()),
    "profit": tuple("profit grossprofit margin grossmargin 毛利 利润 毛利额 销售毛利".split()),
    "unit_cost": tuple("unitcost costprice 单位成本 成本单价".split()),
}
"""What an amount can be calculated from."""

TABLE_WORDS: dict[str, tuple[str, ...]] = {
    "order_lines": tuple(
        "order orders sales lines transaction transactions details 订单 销售 出库 明细".split()
    ),
    "customers": tuple(
        "customer customers client clients reseller resellers member 客户 会员 经销商".split()
    ),
    "products": tuple("product products item items sku material 产品 商品 物料 存货".split()),
    "invoices": tuple("invoice invoices receivable 发票 应收".split()),
    "payments": tuple("payment payments receipts 收款 回款 付款".split()),
    "allocations": tuple("allocation allocations 核销".split()),
    "service_costs": tuple("cost costs servicecost 费用 成本".split()),
    "fx_rates": tuple("fx rate rates exchange 汇率".split()),
    "assessments": tuple("assessment assessments score scores 评估 评分".split()),
}
"""Words of file and sheet names that speak for a table."""
TOTAL_WORDS = ("合计", "总计", "小计", "累计", "total", "grand total", "sum", "subtotal")
"""What stands in the first column of a line of totals."""


@dataclass(frozen=True, slots=True)
class Said:
    """A header taken apart: its bare words, and what brackets and affixes say of the unit."""

    header: str
    bare: str
    factor: int = 1
    currency: str | None = None
    tax: str | None = None


@cache
def said(header: str) -> Said:
    """A header taken apart: ``销售额（万元）`` is 销售额, times 10,000."""
    narrow = unicodedata.normalize("NFKC", header)
    units = [part for match in _BRACKETS.findall(narrow) for part in match if part]
    bare = folded(_BRACKETS.sub("", narrow)).strip(".:#*") or folded(narrow)
    factor, currency = 1, None
    for unit in units:
        factor = _FACTORS.get(unit.strip().lower(), factor)
        currency = currency or _currency(unit)
    return Said(header, bare, factor, currency, _tax(folded(narrow)))


def _currency(unit: str) -> str | None:
    word = unit.strip().upper()
    for code, words in CURRENCIES.items():
        if word == code or (word in words and word not in ("元", "¥", "￥")):
            return code
    return None


def _tax(text: str) -> str | None:
    if any(word in text for word in _TAX_EX):
        return "ex"
    return "in" if any(word in text for word in _TAX_IN) else None


@cache
def known_words(table: str, column: str, refers_to: str | None) -> frozenset[str]:
    """Every folded word that common exports use for a column, beyond its declared names."""
    words = {folded(word) for word in MORE.get((table, column), ())}
    meaning = MEANINGS.get((table, column))
    if meaning is None and refers_to in REFERENCES:
        meaning = REFERENCES[refers_to], IDS
    if meaning is not None:
        entity, endings = meaning
        words |= {folded(word + end) for word in ENTITIES[entity] for end in endings}
    return frozenset(words - {""})
