"""The charts of the dashboard: figures in words, links to the customers behind each, and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tierwise.kernel.text import Text
from tierwise.movement.words import CAUSES, MOVE_CAUSES, said
from tierwise_web.common.charts import Cell, Chart, Table, brief, drawn, percent, share, tone
from tierwise_web.common.templating import say
from tierwise_web.common.words import amount, language
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.pages.overview import Curve, Flow, Level, Measure, Overview, Then
from tierwise_web.published.shape import OWN_FIGURES

CUSTOMERS, SALES, PROFIT, HOURS = (
    Text("Customers", "客户数"),
    Text("Net sales", "净销售额"),
    Text("Customer profit", "客户利润"),
    Text("Hours", "工时"),
)
WITHOUT = Text("not graded", "未评级")
CURVES: dict[Measure, tuple[Text, Text, Text]] = {
    "profit": (
        Text("Profit whale curve", "利润鲸鱼曲线"),
        Text("customers by profit, best first, %", "客户（按利润从高到低），%"),
        Text("cumulative profit, %", "累计利润，%"),
    ),
    "sales": (
        Text("Concentration of sales", "销售集中度"),
        Text("customers by sales, largest first, %", "客户（按销售额从大到小），%"),
        Text("cumulative sales, %", "累计销售额，%"),
    ),
}
KNOWN: dict[Measure, Text] = {"profit": Text("profit", "利润"), "sales": Text("sales", "销售额")}
STEPS_PCT = (1, 5, 10, 20, 50, 100)
DRAWN_POINTS = 140


class Links:
    """Addresses of the lists of those that a dashboard counts, its filters among theirs."""

    def __init__(self, overview: Overview) -> None:
        self._filters = overview.filters
        self._alone = OWN_FIGURES if overview.members() else ""
        """Members are in lists, too; where there are none the filter would say nothing."""
        self._in_cycle = overview.reading.about.in_cycle

    def to(self, **more: str | Sequence[str | None] | None) -> str:
        """The list of those customers; ``None`` asks for those that have no value."""
        return f"{reverse('customers:list')}{self.query(**more)}"

    def query(self, **more: str | Sequence[str | None] | None) -> str:
        """The query of such a list."""
        asked: dict[str, Any] = {"measured": self._alone} if self._alone else {}
        pairs = [(name, value) for name, values in self._filters.items() for value in values]
        for name, wanted in (asked | more).items():
            values = [wanted] if wanted is None or isinstance(wanted, str) else wanted
            pairs += [(name, NOTHING if value is None else value) for value in values]
        pairs += [("near_cut", "both")] if "near_cut" in more else []  # near on one side, or on both
        return f"?{urlencode(pairs)}"

    def among(self, flows: Sequence[Flow], **ends: str | None) -> str:
        """The list of some flows from or to a grade.

        Who was not graded, though a cycle may keep a grade in force, the movement tells.
        """
        if all(ends.values()) and not self._in_cycle:
            return self.to(**ends)
        moved = sorted({one for flow in flows for one in flow.movements})
        return self.to(**{name: grade for name, grade in ends.items() if grade}, movement=moved)


def grade_words(grade: str | None) -> str:
    """A grade as people read it."""
    return grade or WITHOUT.in_lang(language())


def pyramids(overview: Overview, links: Links) -> list[Chart]:
    """One chart per measure, graded customers alone: what is few above is much below, and the other way."""
    levels = [level for level in overview.levels() if level.grade is not None]
    measures: list[tuple[Text, list[Decimal | None], Any]] = [
        (CUSTOMERS, [Decimal(level.customers) for level in levels], amount),
        (SALES, [level.sales for level in levels], brief),
    ]
    if any(level.profit is not None for level in levels):
        measures.append((PROFIT, [level.profit for level in levels], brief))
    if any(level.minutes for level in levels):
        measures.append((HOURS, [level.minutes / 60 for level in levels], brief))
    return [_pyramid(title, levels, values, show, links) for title, values, show in measures]


def _pyramid(
    title: Text, levels: Sequence[Level], values: Sequence[Decimal | None], show: Any, links: Links
) -> Chart:
    known = [value or Decimal(0) for value in values]
    total = sum(known)
    drawn_levels, rows = [], []
    for level, value in zip(levels, known, strict=True):
        part = percent(share(value, total))
        url = links.to(grade=level.grade)
        drawn_levels.append({
            "name": level.grade, "tone": tone(level.grade), "value": drawn(max(value, Decimal(0))), "label": part,
            "tip": f"{level.grade} · {title.in_lang(language())}\n{show(value)}  ({part})", "url": url,
        })  # fmt: skip
        rows.append((Cell("", url, level.grade), Cell(amount(value)), Cell(part)))
    name = title.in_lang(language())
    heads = (say("Grade", "等级"), name, "%")
    return Chart("pyramid", name, {"levels": drawn_levels}, Table(heads, tuple(rows)))


def curve_chart(curve: Curve, measure: Measure, overview: Overview, links: Links) -> Chart:
    """The whale curve, or how concentrated sales are; a click leads to the customers in that order."""
    title, x, y = (text.in_lang(language()) for text in CURVES[measure])
    n, total = curve.customers, curve.total
    points = [
        [drawn(share(k, n)), drawn(_of(value, total)), amount(k), brief(value)]
        for k, value in _fewer(curve.points)
    ]
    at, peak = curve.peak
    data: dict[str, Any] = {"points": points, "x": x, "y": y, "whale": measure == "profit",
                            "head": say("{n} customers · {amount}", "{n} 家客户 · {amount}", n="{n}", amount="{amount}"),
                            "url": links.to(measured=measure, sort=measure)}  # fmt: skip
    if measure == "profit" and total > 0:
        data["peak"] = [drawn(share(at, n)), drawn(_of(peak, total)), percent(_of(peak, total), 0)]
    if measure == "sales":
        data["cuts"] = _cuts(overview, n)
    return Chart("curve", title, data, _curve_table(curve, measure))


def curve_lead(curve: Curve, measure: Measure, overview: Overview) -> str:
    """Whom a curve counts: those that the run graded, as its report does, and of them those whose value is known."""
    n, graded = curve.customers, sum(overview.graded().values())
    if n == graded:
        words = say("{n} {n#customer|customers} graded by this run", "本次运行评级的 {n} 家客户", n=amount(n))
    else:
        words = say(
            "{n} of {all} customers graded by this run: those with known {measure}",
            "本次运行评级的 {all} 家客户中{measure}已知的 {n} 家",
            n=amount(n), all=amount(graded), measure=KNOWN[measure].in_lang(language()),
        )  # fmt: skip
    if overview.whole:
        return words
    exact = say(
        "exact at {n} points, straight between them",
        "{n} 个点为精确值，点间为直线",
        n=len(curve.points) - 1,
    )
    return f"{words} · {exact}"


def _of(value: Decimal, total: Decimal) -> Fraction | None:
    return Fraction(100) * Fraction(value) / Fraction(total) if total > 0 else None


def _cuts(overview: Overview, n: int) -> list[list[Any]]:
    """Where each grade but the last ends, in percent of the customers of the curve."""
    done, found, graded = 0, [], overview.graded()
    for level in [level for level in overview.levels() if level.grade][:-1]:
        done += graded[level.grade]
        found.append([level.grade, drawn(share(done, n)), tone(level.grade)])
    return found


def _fewer(points: Sequence[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
    """Points that a screen can tell apart: evenly thinned, with both ends and the highest."""
    if len(points) <= DRAWN_POINTS:
        return list(points)
    highest = max(range(len(points)), key=lambda at: points[at][1])
    last = len(points) - 1
    # most of what happens stands at the beginning, so it is thinned less there
    places = {last * at * at // DRAWN_POINTS**2 for at in range(DRAWN_POINTS + 1)} | {highest}
    return [points[at] for at in sorted(places)]


def _curve_table(curve: Curve, measure: Measure) -> Table:
    name = (PROFIT if measure == "profit" else SALES).in_lang(language())
    heads = (
        say("Best customers", "前列客户"),
        CUSTOMERS.in_lang(language()),
        say("cumulative", "累计") + " · " + name,
        "%",
    )
    rows = []
    for pct in STEPS_PCT:
        n, value = next(point for point in curve.points if point[0] * 100 >= curve.customers * pct)
        rows.append(
            (
                Cell(percent(share(n, curve.customers))),
                Cell(amount(n)),
                Cell(amount(value)),
                Cell(percent(_of(value, curve.total))),
            )
        )
    at, peak = curve.peak
    if measure == "profit":
        cells = (Cell(amount(at)), Cell(amount(peak)), Cell(percent(_of(peak, curve.total))))
        rows.append((Cell(say("Peak", "峰值")), *cells))
    return Table(heads, tuple(rows))


def sankey(flows: Sequence[Flow], before: date, after: date, links: Links) -> Chart:
    """Who moved from where to where; those without a grade on both days are left out."""
    shown = [flow for flow in flows if flow.before or flow.after]
    title = say(
        "Migration from {before} to {after}", "{before} 至 {after} 的等级迁移", before=before, after=after
    )
    nodes = [_node(0, grade, shown, before, links) for grade in dict.fromkeys(f.before for f in shown)]
    nodes += [_node(1, grade, shown, after, links) for grade in _ends(shown)]
    data = {"nodes": nodes, "links": [_link(flow, links) for flow in shown]}
    return Chart("sankey", title, data, _sankey_table(shown, before, after, links))


def _ends(flows: Sequence[Flow]) -> list[str | None]:
    found = dict.fromkeys(flow.after for flow in flows)
    order = {grade: at for at, grade in enumerate(sorted((g for g in found if g), key=str))}
    return sorted(found, key=lambda grade: order.get(grade or "", 99))


def _node(side: int, grade: str | None, flows: Sequence[Flow], on: date, links: Links) -> dict[str, Any]:
    mine = [flow for flow in flows if (flow.before, flow.after)[side] == grade]
    url = links.among(mine, **{("previous", "grade")[side]: grade})
    label = f"{grade_words(grade)}  {amount(sum(flow.customers for flow in mine))}"
    return {"name": f"{side}:{grade or ''}", "label": label, "tone": tone(grade), "depth": side, "url": url,
            "tip": f"{on} · {label}"}  # fmt: skip


def _link(flow: Flow, links: Links) -> dict[str, Any]:
    said_causes = [f"{cause_words(cause)}  {amount(n)}" for cause, n in flow.causes]
    lines = [
        f"{grade_words(flow.before)} → {grade_words(flow.after)}",
        _customers(flow.customers),
        *said_causes,
    ]
    return {
        "source": f"0:{flow.before or ''}", "target": f"1:{flow.after or ''}", "value": flow.customers,
        "tone": tone(flow.before), "tip": "\n".join(lines), "url": links.among([flow], previous=flow.before, grade=flow.after),
    }  # fmt: skip


def cause_words(cause: str) -> str:
    """A cause of the replay split or of the cycle in words."""
    return said(MOVE_CAUSES if cause in MOVE_CAUSES else CAUSES, cause, language()) or cause


def _customers(n: int) -> str:
    return say("{n} {n#customer|customers}", "{n} 家客户", n=amount(n))


def _sankey_table(flows: Sequence[Flow], before: date, after: date, links: Links) -> Table:
    causes = any(flow.causes for flow in flows)
    heads: tuple[str, ...] = (f"{before} → {after}", CUSTOMERS.in_lang(language()), SALES.in_lang(language()))
    heads += (say("Causes", "原因"),) if causes else ()
    rows = []
    for flow in flows:
        url = links.among([flow], previous=flow.before, grade=flow.after)
        name = Cell(f"{grade_words(flow.before)} → {grade_words(flow.after)}", url)
        told = say(", ", "，").join(f"{cause_words(c)} {amount(n)}" for c, n in flow.causes)
        rows.append(
            (name, Cell(amount(flow.customers)), Cell(amount(flow.sales)), *([Cell(told)] if causes else []))
        )
    return Table(heads, tuple(rows))


def history(overview: Overview, runs: Sequence[Then], links: Links) -> Chart:
    """Customers by grade at every month end; the last column is today's and leads to its lists."""
    about = overview.reading.about
    by = [{level.grade: level.customers for level in run.levels} for run in runs]
    title = say("Grades at {n} month ends", "{n} 个月末的等级", n=len(runs))
    series = [
        {
            "name": grade, "tone": tone(grade), "values": [counts.get(grade, 0) for counts in by],
            "tips": [amount(counts.get(grade, 0)) for counts in by], "url": links.to(grade=grade),
        }
        for grade in about.scale
    ]  # fmt: skip
    marks = [
        [at, f"v{run.policy_version}"]
        for at, run in enumerate(runs)
        if at and run.policy_version != runs[at - 1].policy_version
    ]
    months = [f"{run.as_of:%Y-%m}" for run in runs]
    rows = tuple(
        (
            Cell(f"{run.as_of}"),
            *(Cell(amount(counts.get(grade, 0))) for grade in about.scale),
            Cell(f"v{run.policy_version}"),
        )
        for run, counts in zip(runs, by, strict=True)
    )
    heads = (say("Month end", "月末"), *about.scale, say("Policy", "策略"))
    return Chart("stack", title, {"months": months, "series": series, "marks": marks}, Table(heads, rows))
