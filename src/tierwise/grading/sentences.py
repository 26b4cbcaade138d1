"""The reason of a grade as a sentence, from the stored row and the stored facts. Decision 0006, spec 8.1."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.grading.pointing import CUT, FIELD, SCORE, pointed, pointed_value
from tierwise.grading.wording import SEGMENTS, metric_title, metric_value, number, status_words
from tierwise.kernel.text import Lang, Text, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS = Words(
    {
        "population.kind": Text(
            "This policy does not grade customers of this kind.", "本策略不对此类客户分级。"
        ),
        "population.archived": Text("The customer record is archived or merged.", "该客户档案已归档或合并。"),
        "population.scope": Text(
            "The customer is outside the segments or regions of this policy.",
            "该客户不在本策略的细分或地区范围内。",
        ),
        "population.no-purchase": Text(
            "Nothing was bought from {start} to {end}, so the customer is not ranked: no purchase in the period.",
            "{start} 至 {end} 期间没有购买，因此不参与排名（本期无购买）。",
        ),
        "population.not-inherited": Text(
            "This policy grades the unit as a whole; this member of it does not inherit the grade.",
            "本策略对所属单位整体评级，该成员不继承其等级。",
        ),
        "history.none": Text("There is no counted order line at all yet.", "尚无任何有效订单。"),
        "value.missing": Text("{metric} cannot be computed: {why}.", "{metric}无法计算：{why}。"),
        "abc.within-cut": Text(
            "{metric} from {start} to {end}: {value}, rank {rank} of {n}. {cuts} {gives}",
            "{start} 至 {end} 的{metric}为 {value}，在 {n} 家客户中排名第 {rank}。{cuts}{gives}",
        ),
        "abc.below-cut": Text(
            "{metric} from {start} to {end}: {value}, rank {rank} of {n}. {cuts} Beyond the last cut: {is_grade}.",
            "{start} 至 {end} 的{metric}为 {value}，在 {n} 家客户中排名第 {rank}。{cuts}未进入前列，{is_grade}。",
        ),
        "abc.nonpositive": Text(
            "{metric} from {start} to {end} is {value}. A value that is not positive always gets grade {grade}.",
            "{start} 至 {end} 的{metric}为 {value}。数值非正，一律为 {grade} 级。",
        ),
        "cumulative.within-cut": Text(
            "{metric} from {start} to {end}: {value}, rank {rank} of {n}. Customers with more bring {before} % of the "
            "total. {cuts} {gives}",
            "{start} 至 {end} 的{metric}为 {value}，在 {n} 家客户中排名第 {rank}；"
            "数值更大的客户合计占 {before}%。{cuts}{gives}",
        ),
        "cumulative.below-cut": Text(
            "{metric} from {start} to {end}: {value}, rank {rank} of {n}. Customers with more already bring {before} % of "
            "the total. {cuts} {leaves}",
            "{start} 至 {end} 的{metric}为 {value}，在 {n} 家客户中排名第 {rank}；"
            "数值更大的客户已合计占 {before}%。{cuts}{gives}",
        ),
        "cumulative.nonpositive": Text(
            "{metric} from {start} to {end} is {value}. A value that is not positive always gets grade {grade}.",
            "{start} 至 {end} 的{metric}为 {value}。数值非正，一律为 {grade} 级。",
        ),
        "scorecard.at-or-above": Text(
            "The scorecard total is {score} of 100. {cuts} {gives}",
            "评分卡总分 {score}（满分 100）。{cuts}{gives}",
        ),
        "scorecard.below-all": Text(
            "The scorecard total is {score} of 100, below every threshold. {cuts} {leaves}",
            "评分卡总分 {score}（满分 100），低于各级门槛。{cuts}{gives}",
        ),
        "scorecard.missing": Text(
            "The scorecard is incomplete: {missing}. No grade is given.",
            "评分卡资料不全：{missing}。不予分级。",
        ),
        "scorecard.invalid": Text(
            "The scorecard has a score that cannot be right: {invalid}. No grade is given.",
            "评分卡中有无效评分：{invalid}。不予分级。",
        ),
        "rfm.sum-at-or-above": Text(
            "RFM scores {r}-{f}-{m}, sum {sum} of 15{segment}. {cuts} {gives}",
            "RFM 得分 {r}-{f}-{m}，合计 {sum}（满分 15）{segment}。{cuts}{gives}",
        ),
        "rfm.sum-below-all": Text(
            "RFM scores {r}-{f}-{m}, sum {sum} of 15{segment}. {cuts} {leaves}",
            "RFM 得分 {r}-{f}-{m}，合计 {sum}（满分 15）{segment}。{cuts}{gives}",
        ),
        "rfm.segment": Text(
            "RFM scores {r}-{f}-{m}{segment}. {cuts} By the segment table: {is_grade}.",
            "RFM 得分 {r}-{f}-{m}{segment}。{cuts}按分群表{is_grade}。",
        ),
        "rfm.scored": Text(
            "RFM scores {r}-{f}-{m}, sum {sum} of 15{segment}. {cuts}",
            "RFM 得分 {r}-{f}-{m}，合计 {sum}（满分 15）{segment}。{cuts}",
        ),
        "credit.at-or-above": Text(
            "The credit score is {score} of 100: {grade_title}. {cuts}",
            "信用得分 {score}（满分 100）：{grade_title}。{cuts}",
        ),
        "credit.below-all": Text(
            "The credit score is {score} of 100: {grade_title}. {cuts}",
            "信用得分 {score}（满分 100）：{grade_title}。{cuts}",
        ),
        "credit.no-rating": Text(
            "There is no credit rating, because no invoice was due; that is not a good rating.",
            "没有到期发票，因此无信用评级（无评级不等于信用良好）。",
        ),
        "bands.at-or-above": Text(
            "{metric} from {start} to {end}: {value}. {cuts} {gives}",
            "{start} 至 {end} 的{metric}为 {value}。{cuts}{gives}",
        ),
        "bands.below-all": Text(
            "{metric} from {start} to {end}: {value}, below every band. {cuts} {leaves}",
            "{start} 至 {end} 的{metric}为 {value}，低于各档下限。{cuts}{gives}",
        ),
        "matrix.class": Text(
            "Attractiveness {score} of 5 ({level}), {purchase}{relationship}: the proposed class is {grade_title}.",
            "吸引力 {score}（满分 5，{level}），{purchase}{relationship}：建议类别为{grade_title}。",
        ),
        "matrix.open": Text("The account class stays open: {missing}.", "客户类别待定：{missing}。"),
        "matrix.invalid": Text(
            "A rating cannot be right: {invalid}. No class is proposed.", "评分无效：{invalid}。不建议类别。"
        ),
        "key.at-or-above": Text(
            "{profit_set} The evaluation is {score} of 5: {grade_title}. {cuts}",
            "{profit_set}评价总分 {score}（满分 5）：{grade_title}。{cuts}",
        ),
        "key.below-all": Text(
            "{profit_set} The evaluation is {score} of 5: {grade_title}. {cuts}",
            "{profit_set}评价总分 {score}（满分 5）：{grade_title}。{cuts}",
        ),
        "key.missing": Text(
            "{profit_set} The evaluation is incomplete: {missing}.", "{profit_set}评价资料不全：{missing}。"
        ),
        "key.invalid": Text(
            "{profit_set} The evaluation has a rating that cannot be right: {invalid}.",
            "{profit_set}评价中有无效评分：{invalid}。",
        ),
        "combination.table": Text(
            "{components}: row {row} of the decision table. {gives}",
            "{components}：适用决策表第 {row} 行。{gives}",
        ),
        "combination.worst": Text(
            "The worst of {components}. {gives}", "取其中最差者：{components}。{gives}"
        ),
        "combination.best": Text("The best of {components}. {gives}", "取其中最好者：{components}。{gives}"),
        "combination.missing": Text(
            "A method that is combined gives no grade ({components}), so there is none.",
            "所组合的方法中有的没有等级（{components}），因此不予分级。",
        ),
        "quality.member": Text(
            "Member of the quality set: total {score}, rank {rank} of {n}; the first {count} belong to it.",
            "属于优质客户：总分 {score}，在 {n} 家中排名第 {rank}，取前 {count} 名。",
        ),
        "quality.not-member": Text(
            "Not in the quality set: total {score}, rank {rank} of {n}; the first {count} belong to it.",
            "不属于优质客户：总分 {score}，在 {n} 家中排名第 {rank}，取前 {count} 名。",
        ),
    }
)

_VERDICTS = {
    "gives": (
        Text("That gives grade {grade}.", "因此为 {grade} 级。"),
        Text("By this alone it would be {grade}.", "仅按此项会是 {grade} 级。"),
    ),
    "leaves": (
        Text("That leaves grade {grade}.", "因此为 {grade} 级。"),
        Text("By this alone it would be {grade}.", "仅按此项会是 {grade} 级。"),
    ),
    "is_grade": (Text("grade {grade}", "为 {grade} 级"), Text("it would be {grade}", "会是 {grade} 级")),
}
"""What a leading method says of the grade, and what one says that only advises."""
_NAMELESS = Text("a needed value", "所需数值")


def reason_sentence(
    code: str, row: Mapping[str, Any], facts: Mapping[str, Any], lang: Lang, slots: Mapping[str, Any]
) -> str:
    """The sentence of one method's reason, its numbers marked. ``row``: its standard columns without prefix."""
    if code not in REASONS:
        return code
    currency = slots["currency"]
    column = facts.get("value") or facts.get("recency") or ""
    known: dict[str, Any] = {
        "start": slots["start"],
        "end": slots["end"],
        "metric": metric_title(column, lang).split(" (")[0].split("（")[0]
        if column
        else _NAMELESS.in_lang(lang),
        "value": pointed_value(column, row.get("score"), lang, currency),
        "rank": pointed(number(row["rank"]), _among(column)) if row.get("rank") else "—",
        "n": pointed(number(facts.get("n", 0)), _among(column)),
        "grade": grade_words(row.get("grade"), slots["titles"]),
        "grade_title": slots["titles"].get(row.get("grade"), row.get("grade") or "—"),
        "score": "—" if row.get("score") is None else pointed(number(row["score"]), column or SCORE),
        "cuts": slots.get("cuts")
        or cuts_sentence(facts, lang, currency, slots["titles"], leading=not slots.get("advisory")),
        "why": status_words(slots.get("value_status"), lang) or status_words(row.get("status"), lang),
        "missing": slots.get("missing", ""),
        "invalid": slots.get("invalid", ""),
        "count": pointed(number(facts.get("count", 0)), _among(column)),
        "before": pointed(_before(row, facts), _among(column)),
        "segment": _segment(row, lang),
    }
    known |= _verdict(known["grade"], lang, advisory=bool(slots.get("advisory")))
    known |= {"row": row.get("row"), **_scores(row, facts)}
    known |= slots.get("own", {})
    said = " ".join(REASONS.say(code, lang, **known).split())
    return said[:1].upper() + said[1:]


def _among(column: str) -> str:
    """What a place among all is, or their number: by a metric, where they stand in its order."""
    return f"{FIELD}:{column}" if column else FIELD


def _scores(row: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The scores of an RFM method: each is that of a metric, their sum that of all three."""
    of = {"r": facts.get("recency"), "f": facts.get("frequency"), "m": facts.get("monetary"), "sum": SCORE}
    return {n: None if row.get(n) is None else pointed(str(row[n]), str(to or "")) for n, to in of.items()}


def _verdict(grade: str, lang: Lang, *, advisory: bool) -> dict[str, str]:
    return {name: pair[advisory].fill(lang, grade=grade) for name, pair in _VERDICTS.items()}


def _segment(row: Mapping[str, Any], lang: Lang) -> str:
    code = row.get("segment")
    if not code:
        return ""
    words = SEGMENTS.say(code, lang) if code in SEGMENTS else code
    return f"（{words}）" if lang == "zh" else f" ({words})"


def _before(row: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    total = Decimal(facts.get("total") or 0)
    before = row.get("before")
    return "0" if before is None or total <= 0 else number(before * 100 / total)


def grade_words(code: str | None, titles: Mapping[str, str]) -> str:
    """A grade for people: a letter as it is, a word such as ``excellent`` by its title."""
    if code is None:
        return "—"
    return titles.get(code, code) if code.islower() else code


def cuts_sentence(
    facts: Mapping[str, Any], lang: Lang, currency: str, titles: Mapping[str, str], *, leading: bool
) -> str:
    """The cuts of a method in words; each number is that of a grade, or (of a method that only advises) of the field."""
    cuts = facts.get("cuts")
    if not isinstance(cuts, list) or not cuts:
        return ""
    column = facts.get("value", "")
    parts = [
        _cut(cut, grade_words(cut["grade"], titles), column, lang, currency,
             CUT + cut["grade"] if leading else _among(column))
        for cut in cuts
    ]  # fmt: skip
    if lang == "zh":
        return "分界：" + "，".join(parts) + "。"
    return "Cuts: " + ", ".join(parts) + "."


def _cut(cut: Mapping[str, Any], grade: str, column: str, lang: Lang, currency: str, of: str) -> str:
    """One cut in words. ``of``: what its numbers are."""
    if "least" in cut:
        return f"{grade} ≥ {pointed(metric_value(column, Decimal(cut['least']), lang, currency), of)}"
    if "from" in cut:
        return f"{grade} ≥ {pointed(number(Decimal(cut['from'])), of)}"
    worth = None if cut["value"] is None else metric_value(column, Decimal(cut["value"]), lang, currency)
    if "cumulative_pct" in cut:
        share = pointed(number(Decimal(cut["cumulative_pct"]), 4), of)
        text = f"{grade} 为累计前 {share}%" if lang == "zh" else f"{grade} = first {share} % of the total"
    else:
        count = pointed(number(cut["count"]), of)
        text = f"{grade} 取前 {count} 名" if lang == "zh" else f"{grade} = first {count}"
    if worth is None:
        return text
    worth = pointed(worth, of)
    return f"{text}（不低于 {worth}）" if lang == "zh" else f"{text} (from {worth})"
