"""Explanations of the methods that combine or judge, in both languages. Source: spec 8.1, 6.14."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from tests.unit.book.bookkit import Kit, line
from tierwise import api

AT = datetime(2026, 4, 1, tzinfo=UTC)
AS_OF = date(2026, 3, 31)


def kit_of(tmp_path: Path) -> Kit:
    kit = Kit(tmp_path)
    kit.put(
        "order_lines",
        *(line(f"A{n}", 1, (n + 1) * 100, "2026-02-05", customer_code=f"C{n:02d}") for n in range(20)),
    )
    return kit


def told(kit: Kit, policy: str, customer: str) -> tuple[str, str]:
    api.grade(kit.book, policy, as_of=AS_OF, actor="tester", at=AT)
    found = api.explain(kit.book, customer)
    return " ".join(found.sentences("en")), "".join(found.sentences("zh"))


def test_a_combination_names_what_its_components_said_and_the_row(tmp_path: Path) -> None:
    en, zh = told(kit_of(tmp_path), "abc_credit_table", "C19")
    assert "Abc A, credit no grade: row 2 of the decision table. That gives grade B." in en
    assert "credit 无等级：适用决策表第 2 行。因此为 B 级。" in zh
    assert "short of" not in en  # a combination has no distance


def test_bands_name_the_value_and_the_bounds_in_money(tmp_path: Path) -> None:
    kit = kit_of(tmp_path)
    kit.put("order_lines", line("B1", 1, 300000, "2026-02-05", customer_code="BIG", cost_amount="0"))
    en, zh = told(kit, "lifetime_value_bands", "BIG")
    assert "CNY 300,000. Cuts: A ≥ CNY 1,000,000, B ≥ CNY 200,000. By this alone it would be B." in en
    assert "A ≥ CNY 1,000,000" in zh
    assert "仅按此项会是 B 级" in zh


def rated(template: str, **scores: object) -> list[dict[str, object]]:
    common = {"customer_code": "C19", "template": template, "assessor": "Li", "as_of": "2026-02-01"}
    return [{**common, "criterion": name, "score": score} for name, score in scores.items()]


def test_the_matrix_names_level_purchase_and_relationship_or_what_is_missing(tmp_path: Path) -> None:
    kit = kit_of(tmp_path)
    given = rated("attractiveness", potential=5, volume=4, margin=4, relationship=3)
    given[-1]["level"] = "regressing"
    kit.put("assessments", *given)
    en, zh = told(kit, "account_matrix", "C19")
    assert (
        "Attractiveness 4.4 of 5 (high), with purchases, relationship: regressing: the proposed class is key."
        in en
    )
    assert "the relationship is threatened" in en
    assert "吸引力 4.4（满分 5，高），已有购买，关系：倒退中：建议类别为重点客户" in zh
    en, zh = told(kit, "account_matrix", "C01")
    assert "The account class stays open: potential (missing), volume (missing), margin (missing)." in en
    assert "客户类别待定：潜力（缺失）" in zh
    rows = {row.code: row.score for row in api.explain(kit.book, "C19").components("en")}
    assert rows["matrix.potential"] == "5 / 5"


def test_a_key_account_proposal_names_the_profit_set_and_the_evaluation(tmp_path: Path) -> None:
    kit = kit_of(tmp_path)
    kit.put("assessments", *rated("key_account", needs_vs_capability=6, growth_potential=4))
    en, zh = told(kit, "key_accounts", "C19")
    assert "Not in the profit set. The evaluation has a rating that cannot be right: needs relative" in en
    assert "不属于利润集合。评价中有无效评分：相对于公司能力的客户需求" in zh


def test_a_prospect_is_told_why_the_leading_method_is_silent_and_who_grades(tmp_path: Path) -> None:
    kit = kit_of(tmp_path)
    kit.put(
        "customers",
        {"code": "P1", "name": "Prospect One", "kind": "prospect", "total_assets": 2000000000,
         "annual_turnover": 2000000000, "development_speed_pct": 40, "valid_from": "2026-01-01"},
    )  # fmt: skip
    given = {"customer_code": "P1", "template": "prospect_scorecard", "criterion": "potential_demand"}
    kit.put("assessments", {**given, "score": 50, "assessor": "Li", "as_of": "2026-02-01"})
    en, zh = told(kit, "abc_with_prospects", "P1")
    assert "has grade PA" in en
    assert "There is no counted order line at all yet. So the method prospect grades in its place." in en
    assert "The scorecard total is 85.29 of 100. Cuts: PA ≥ 75, PB ≥ 60. That gives grade PA." in en
    assert "因此改由方法 prospect 定级" in zh
    assert "Beside it, prospect" not in en
    assert "has grade A " in told(kit, "abc_with_prospects", "C19")[0]


AMONG = """
code: among
version: 1
title: {en: Among the others, zh: 客户之间}
leading:
  method: scorecard
  thresholds: {A: 75, B: 50}
  criteria:
    - {code: most, title: {en: most, zh: 最大}, weight_pct: 40, source: {kind: share_of_maximum, metric: net_sales}}
    - {code: span, title: {en: span, zh: 区间}, weight_pct: 30, source: {kind: min_max, metric: orders}}
    - code: place
      title: {en: place, zh: 名次}
      weight_pct: 30
      source: {kind: percentile_bands, metric: net_sales, bands: [{top_pct: 10, points: 90}, {top_pct: 100, points: 10}]}
"""


def test_a_score_among_the_others_is_told_with_the_values_that_made_it(tmp_path: Path) -> None:
    kit = kit_of(tmp_path)
    (tmp_path / "among.yaml").write_text(AMONG, encoding="utf-8")
    told(kit, str(tmp_path / "among.yaml"), "C04")
    explained = api.explain(kit.book, "C04")
    en = {row.code: (row.value, row.score) for row in explained.components("en")}
    zh = {row.code: row.value for row in explained.components("zh")}
    assert en["scorecard.most"] == ("CNY 500; the largest of 20 is CNY 2,000", "25 / 100")
    assert en["scorecard.span"] == ("1; 20 run from 1 to 1", "100 / 100")
    assert en["scorecard.place"] == ("CNY 500 among 20 values", "10 / 100")
    assert zh["scorecard.most"] == "CNY 500；20 家中最大为 CNY 2,000"
