"""The tables of dealings with customers: what a file with Chinese headers becomes, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit
from tierwise.book.contract import TABLES
from tierwise.book.reading.values import folded

D = date.fromisoformat
FILES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "projects": (
        {"项目编号": "P1", "客户编码": "C1", "项目名称": "新城一期", "开工日期": "2024-05-01", "项目收入": "250,000"},
        {"end_on": None, "cumulative_income": Decimal(250_000), "valid_from": D("1900-01-01")},
    ),
    "shipments": (
        {"发货单号": "F1", "客户编码": "C1", "订单号": "S1", "要求交货日": "2026-02-03", "送达日期": "2026-02-05"},
        {"promised_on": D("2026-02-03"), "delivered_on": D("2026-02-05"), "known_on": D("2026-02-03")},
    ),
    "credit_terms": (
        {"客户编码": "C1", "结算方式": "赊销", "账期": "30", "生效日期": "2026-01-01"},
        {"payment_method": "credit", "credit_days": 30, "source": "contract", "valid_from": D("2026-01-01")},
    ),
    "campaigns": (
        {"活动编号": "M1", "活动名称": "春季促销", "开始日期": "2026-02-01", "预算": "5000"},
        {"budget": Decimal(5000), "cost": None},
    ),
    "touches": (
        {"客户编码": "C1", "活动编号": "M1", "渠道": "线上", "触达日期": "2026-02-02", "反馈": "线索"},
        {"channel": "web", "response": "lead"},
    ),
    "plans": (
        {"客户编码": "C1", "月份": "2026-02-01", "区域": "华东", "计划额": "350000"},
        {"category": "all", "measure": "sales", "plan": Decimal(350_000)},
    ),
    "category_spend": (
        {"客户编码": "C1", "年份": "2025", "采购额": "1200000", "获知日期": "2026-01-15"},
        {"category": "all", "year": 2025, "amount": Decimal(1_200_000)},
    ),
    "contacts": (
        {"联系人编号": "K1", "客户编码": "C1", "姓名": "王芳", "层级": "1", "立场": "-2", "角色": "decision_maker;user"},
        {"level": 1, "stance": -2, "active": True, "roles": "decision_maker;user"},
    ),
    "interactions": (
        {"客户编码": "C1", "拜访日期": "2026-02-02 14:30", "类型": "上门拜访", "拜访级别": "高管", "承诺状态": "兑现"},
        {"date": D("2026-02-02"), "kind": "visit", "visitor_level": "executive", "promise_state": "kept"},
    ),
    "calls": (
        {"通话编号": "T1", "来电日期": "2026-02-02", "通话结果": "忙线", "等待时长": "20.001"},
        {"customer_code": None, "left_reason": "rejected_busy", "wait_seconds": Decimal("20.001")},
    ),
    "complaints": (
        {"客户编码": "C1", "受理日期": "2026-02-02", "严重程度": "4", "响应时长": "1.5", "是否满意": "否"},
        {"severity": 4, "first_response_hours": Decimal("1.5"), "satisfied": False, "resolved_on": None},
    ),
    "surveys": (
        {"客户编码": "C1", "调查日期": "2026-02-02", "满意度评分": "5", "净推荐值": "0", "期望差": "-2"},
        {"csat": 5, "nps": 0, "expectation_met": -2},
    ),
    "time_logs": (
        {"客户编码": "C1", "日期": "2026-02-02", "工时分钟": "90", "员工": "李雷", "类型": "差旅"},
        {"minutes": Decimal(90), "activity": "travel"},
    ),
    "signals": (
        {"客户编码": "C1", "发现日期": "2026-02-02", "动向类型": "对手动作", "级别": "3"},
        {"kind": "competitor_move", "severity": 3, "state": "new"},
    ),
    "referrals": (
        {"推荐人": "C1", "被推荐人": "C9", "推荐日期": "2026-02-02"},
        {"referrer_code": "C1", "referred_code": "C9", "converted_on": None},
    ),
    "segments": (
        {"分类编码": "S1", "分类名称": "机械", "维度": "行业", "生效日期": "2026-01-01"},
        {"dimension": "industry", "basis": "manual", "rule": None, "valid_to": None},
    ),
    "segment_memberships": (
        {"客户编码": "C1", "细分代码": "S1", "归入日期": "2026-02-02", "退出日期": "2026-03-01"},
        {"source": "manual", "valid_from": D("2026-02-02"), "valid_to": D("2026-03-01")},
    ),
}  # fmt: skip
OUTSIDE = {
    "surveys": [("满意度", "0"), ("满意度", "6"), ("净推荐值", "11"), ("期望差", "3")],
    "contacts": [("层级", "5"), ("立场", "-3"), ("influence", "0")],
    "complaints": [("严重程度", "5")],
    "signals": [("严重程度", "0")],
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_chinese_headers_becomes_a_row(name: str, tmp_path: Path) -> None:
    row, wanted = FILES[name]
    kit = Kit(tmp_path)
    summary = kit.put(name, row)
    assert (summary.new, summary.rejected) == (1, 0)
    stored = kit.book.read(name, kit.book.current()).to_pylist()[0]
    assert {column: stored[column] for column in wanted} == wanted
    assert kit.put(name, row).new == 0


@pytest.mark.parametrize(("name", "column", "value"), [(n, c, v) for n in OUTSIDE for c, v in OUTSIDE[n]])
def test_a_number_outside_its_scale_is_refused(name: str, column: str, value: str, tmp_path: Path) -> None:
    own = TABLES[name]
    plain = {key: v for key, v in FILES[name][0].items() if folded(key) not in _words(own, column)}
    summary = Kit(tmp_path).put(name, plain | {column: value})
    assert (summary.new, summary.by_code) == (0, {"import.out-of-range": 1})


def _words(table: Any, header: str) -> set[str]:
    """Every header that means the same column."""
    for column in table.file_columns:
        words = {folded(w) for w in (column.name, column.label.en, column.label.zh, *column.synonyms)}
        if folded(header) in words:
            return words
    raise AssertionError(header)


def test_a_changed_income_of_a_project_leaves_the_past_as_it_was(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    first = {
        "code": "P1",
        "customer_code": "C1",
        "name": "x",
        "start_on": "2024-01-01",
        "cumulative_income": 100,
    }
    kit.put("projects", first)
    kit.put("projects", first | {"cumulative_income": 250}, at=datetime(2026, 3, 20, tzinfo=UTC))
    assert kit.rows("projects", "valid_from", "cumulative_income", "superseded_on") == [
        (D("1900-01-01"), Decimal(100), D("2026-03-20")),
        (D("2026-03-20"), Decimal(250), None),
    ]


@pytest.mark.parametrize("name", TABLES)
def test_no_header_means_two_columns(name: str) -> None:
    seen: dict[str, str] = {}
    for column in TABLES[name].file_columns:
        for word in {folded(w) for w in (column.name, column.label.en, column.label.zh, *column.synonyms)}:
            assert seen.setdefault(word, column.name) == column.name, word
