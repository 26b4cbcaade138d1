"""Who stands on which list, and why. Source: spec 8.4, RET-01, RET-09, 6.1 (near the cut), W05 to W09; E20, E35, E37, E39."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.insight.lists.model import Chosen, Field, ListRule, Row, Why
from tierwise.insight.rising_stars import NEAR_PCT, RISE_PCT, Candidate, median_sales, rising_stars
from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import use_of
from tierwise.policy.model import AbcCumulative, AbcRank, ValueBands

if TYPE_CHECKING:
    from tierwise.policy.model import Policy

SEASON_PCT = 25
"""Against the same months of last year, so much counts as more than a season. Source: RET-09."""
SLIPPING = ("lost", "dormant", "at_risk")
"""States of the lifecycle in which a star is told with a warning: 8.4 does not ask for them. Source: RET-01."""
_W12 = Text("net sales of twelve months", "十二个月净销售额")


def candidate_of(code: str, row: Row, metrics: Row, attractiveness: str | None) -> Candidate:
    """What decides whether a graded customer is a rising star."""
    return Candidate(
        code,
        row["grade"],
        metrics.get("net_sales_12m"),
        metrics.get("momentum_pct_3m"),
        metrics.get("sales_growth_pct_12m"),
        way_pct(row, "up"),
        metrics.get("on_time_rate_pct_12m"),
        attractiveness,
    )


def way_pct(row: Row, side: Literal["up", "down"]) -> Fraction | None:
    """The way to the next cut as "near" is measured: up in percent of that cut, down in percent of the own value.

    **Source** spec 6.1, ``near_cut_up`` and ``near_cut_down``.
    """
    way, score = row["gap_to_next" if side == "up" else "cushion_down"], row["score"]
    if way is None or score is None:
        return None
    whole = Fraction(score) + Fraction(way) if side == "up" else Fraction(score)
    return 100 * Fraction(way) / whole if whole > 0 else None


def profit_lost(row: Row) -> Decimal | None:
    """Gross profit of the three months before less that of the last three; null where a cost is missing."""
    half, last = _earned(row, "gross_profit_6m"), _earned(row, "gross_profit_3m")
    return None if half is None or last is None else half - 2 * last


def _earned(row: Row, name: str) -> Decimal | None:
    """A gross profit; no line at all earns nothing, and that is known."""
    if row[name] is None and row[f"{name}_status"] in ("no_lines", "no_history"):
        return Decimal(0)
    value: Decimal | None = row[name]
    return value


def _rising(field: Field) -> list[Chosen]:
    graded = [(code, row) for code, row in field.rows.items() if field.grades.get(code)]
    levels = field.attractive()
    known = [
        candidate_of(
            code, {**row, "grade": field.grades[code]}, field.metrics.get(code, {}), levels.get(code)
        )
        for code, row in graded
    ]
    stars = rising_stars(known, median_sales(known), grades=field.scale[1:])
    return [Chosen(c.customer, _money(c.net_sales), tuple(_star(c, field))) for c in stars]


def _star(c: Candidate, field: Field) -> Iterable[Why]:
    if c.gap_pct_of_cut is not None and c.gap_pct_of_cut <= NEAR_PCT:
        row = field.rows[c.customer]
        slots = {"pct": c.gap_pct_of_cut, "value": row["gap_to_next"], "grade": _next(field, c.grade, -1)}
        yield Why("lists.near-next", slots, value_column(field.policy))
    if c.momentum_pct is not None and c.momentum_pct >= RISE_PCT:
        yield Why("lists.momentum", {"pct": c.momentum_pct})
    if c.growth_pct is not None and c.growth_pct >= RISE_PCT:
        yield Why("lists.growth", {"pct": c.growth_pct})
    if c.momentum_pct is not None and c.momentum_pct <= -RISE_PCT:
        yield Why("lists.but-falls", {"pct": c.momentum_pct})  # by the letter of 8.4 a small gap is enough
    if c.attractiveness is not None:
        yield Why("lists.attractive", {"level": c.attractiveness})
    metrics = field.metrics.get(c.customer, {})
    if metrics.get("lifecycle") in SLIPPING:
        yield Why("lists.but-silent", {"state": metrics["lifecycle"], "days": metrics["recency_days"]})


def _next(field: Field, grade: str, step: int) -> str | None:
    """The grade so many steps down the scale (or up, if negative)."""
    scale = field.scale
    at = scale.index(grade) + step if grade in scale else -1
    return scale[at] if 0 <= at < len(scale) else None


def value_column(policy: Policy) -> str | None:
    """The metric in which distances are told, where the leading method grades one."""
    lead = policy.leading
    if isinstance(lead, AbcRank | AbcCumulative | ValueBands):
        return use_of(lead.value, policy.window_months).column
    return None


def _silent(field: Field, way: Literal[1, -1]) -> list[Chosen]:
    """Graded customers whose sales rise or fall in this and the previous period, while their grade stays."""
    found = []
    for code, row in field.metrics.items():
        now, ago, year = (row[f"momentum_{n}_3m"] for n in ("pct", "month_ago_pct", "year_pct"))
        both = all(value is not None and way * value >= RISE_PCT for value in (now, ago))
        season = year is not None and way * year < SEASON_PCT
        if field.stays(code) and both and not season:
            last, before = row["net_sales_3m"] or Decimal(0), row["net_sales_before_3m"] or Decimal(0)
            slots = {"pct": now, "ago": ago}
            why = [Why("lists.rises" if way > 0 else "lists.falls", slots)]
            why += [] if year is None else [Why("lists.year", {"pct": year})]
            found.append(Chosen(code, way * (last - before), tuple(why)))
    return _by_stake(found)


def _churn(field: Field) -> list[Chosen]:
    found = [
        Chosen(code, profit_lost(row), (
            Why("lists.falls", {"pct": row["momentum_pct_3m"], "ago": row["momentum_month_ago_pct_3m"]}),
            Why("lists.margin", {"pct": row["gross_margin_pct_12m"]}),
        ))
        for code, row in field.metrics.items()
        if row["silent_churn_12m"] and field.grades.get(code) is not None
    ]  # fmt: skip
    return _by_stake(found)


def _near(field: Field) -> list[Chosen]:
    found = []
    for code, row in field.rows.items():
        if row["grade"] is None or row["near_cut"] not in ("up", "down", "both"):
            continue
        why = []
        for side, step, column in (("up", -1, "gap_to_next"), ("down", 1, "cushion_down")):
            if row["near_cut"] in (side, "both"):
                slots = {"pct": way_pct(row, "up" if step < 0 else "down"), "value": row[column],
                         "grade": _next(field, row["grade"], step)}  # fmt: skip
                why.append(
                    Why(f"lists.near-{'next' if step < 0 else 'lower'}", slots, value_column(field.policy))
                )
        found.append(Chosen(code, _money(field.metrics.get(code, {}).get("net_sales_12m")), tuple(why)))
    return _by_stake(found)


def _lost(field: Field) -> list[Chosen]:
    """Who is silent three times as long as usual; whoever was better than the lowest grade is to be won back (W09)."""
    gone = {code: row for code, row in field.metrics.items() if code in field.rows}
    best = field.best(sorted(gone))
    found = []
    for code, row in gone.items():
        slots = {"days": row["recency_days"], "last": row["last_order_on"]}
        interval = row["purchase_interval_days"]
        usual = {} if interval is None else {"interval": interval}
        why = [Why("lists.silent-usual" if usual else "lists.silent", slots | usual)]
        was = best.get(code)
        if was is not None and was != field.scale[-1] and was in field.scale:
            why.append(Why("lists.win-back", {"grade": was}))
        stake = max(_money(row[name]) or Decimal(0) for name in ("net_sales_12m", "net_sales_before_12m"))
        found.append(Chosen(code, stake, tuple(why)))
    return _by_stake(found)


def _regained(field: Field) -> list[Chosen]:
    found = [
        Chosen(code, _money(row["net_sales_6m"]), (Why("lists.back", {"day": row["regained_on"]}),))
        for code, row in field.metrics.items()
        if code in field.rows
    ]
    return _by_stake(found)


def _by_stake(found: list[Chosen]) -> list[Chosen]:
    return sorted(found, key=lambda one: (one.at_stake is None, -(one.at_stake or 0), one.customer))


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _at_least(column: str, way: Literal[1, -1]) -> Any:
    def mask(table: pa.Table) -> Any:
        values = table[column]
        limit = pa.scalar(Decimal(way * RISE_PCT)).cast(values.type)
        return pc.greater_equal(values, limit) if way > 0 else pc.less_equal(values, limit)

    return mask


_TREND = "momentum_pct momentum_month_ago_pct momentum_year_pct net_sales_3m net_sales_before_3m".split()
LISTS: dict[str, ListRule] = {
    rule.code: rule
    for rule in (
        ListRule(
            "rising", Text("Rising stars", "明日之星"),
            Text("Below the best grade and on the way up: near the cut or growing, paying on time, not of low attractiveness, "
                 "of weight in the grade.",
                 "尚非最高等级而正在上升：临近界线或增长，按时付款，吸引力不低，在同级中有分量。"),
            _W12, tuple("net_sales momentum_pct sales_growth_pct on_time_rate_pct lifecycle recency_days".split()), None, _rising,
        ),
        ListRule(
            "risers", Text("Silent risers", "悄然上升"),
            Text("Sales rise by 30 % or more in this and the previous month, more than a season, and the grade stays.",
                 "本期与上期销售额均上升 30% 以上，超出季节因素，而等级未变。"),
            Text("net sales gained against the three months before", "较前三个月增加的净销售额"),
            tuple(_TREND), _at_least("momentum_pct_3m", 1), lambda field: _silent(field, 1),
        ),
        ListRule(
            "fallers", Text("Silent fallers", "悄然下降"),
            Text("Sales fall by 30 % or more in this and the previous month, more than a season, and the grade stays.",
                 "本期与上期销售额均下降 30% 以上，超出季节因素，而等级未变。"),
            Text("net sales lost against the three months before", "较前三个月减少的净销售额"),
            tuple(_TREND), _at_least("momentum_pct_3m", -1), lambda field: _silent(field, -1),
        ),
        ListRule(
            "silent-churn", Text("Silent churn of high margin", "高毛利客户静默流失"),
            Text("Margin at or above the median, sales down by more than half in two periods, no open complaint (RET-09).",
                 "毛利率不低于中位数，两期销售额均降过半，且无未结投诉（RET-09）。"),
            Text("gross profit lost against the three months before", "较前三个月减少的毛利"),
            tuple("silent_churn gross_margin_pct momentum_pct momentum_month_ago_pct gross_profit_3m gross_profit_6m".split()),
            lambda table: table["silent_churn_12m"], _churn,
        ),
        ListRule(
            "near-cut", Text("Near a cut", "临界客户"),
            Text("So near the next better or the next worse grade as the policy calls near.",
                 "距上一等级或下一等级在策略规定的临界范围之内。"),
            _W12, ("net_sales",), None, _near,
        ),
        ListRule(
            "lost", Text("Lost customers", "流失客户"),
            Text("Silent for three times the usual interval and at least 90 days (RET-01).",
                 "静默已达通常间隔的三倍且不少于 90 天（RET-01）。"),
            Text("net sales of the better of the last two years", "近两年中较高一年的净销售额"),
            tuple("lifecycle net_sales net_sales_before recency_days last_order_on purchase_interval_days".split()),
            lambda table: pc.equal(table["lifecycle"], "lost"), _lost,
        ),
        ListRule(
            "regained", Text("Regained customers", "赢回客户"),
            Text("Came back in the last six months after having been lost.", "流失之后在近六个月内恢复购买。"),
            Text("net sales of six months", "六个月净销售额"),
            ("regained_on", "net_sales_6m"), lambda table: pc.is_valid(table["regained_on"]), _regained,
        ),
    )
}  # fmt: skip
"""All lists by code, in the order in which they are named."""
