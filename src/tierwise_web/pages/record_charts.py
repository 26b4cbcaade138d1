"""The charts of a customer: what makes up its value or points, and its grades over the months."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tierwise.grading.wording import metric_title, metric_value, number
from tierwise.policy.model import Scorecard
from tierwise_web.common.charts import UNITS, Cell, Chart, Table, brief, drawn, tone
from tierwise_web.common.templating import say
from tierwise_web.common.words import NOTHING, language, signed
from tierwise_web.pages.leads import FIGURES, leads_to, rows_address
from tierwise_web.pages.record import Record, Stand

CHAIN = (("net_sales", 1, True), ("cost_of_goods_sold", -1, False), ("gross_profit", 1, True),
         ("cost_to_serve", -1, False), ("customer_profit", 1, True))  # fmt: skip
"""From sales to profit: metric, sign, and whether it is a total."""
Step = tuple[str, Decimal, Decimal, str, str, str | None]
"""Name, from, to, tone, what is said, where it leads."""


def waterfall(record: Record) -> Chart | None:
    """The points that make up the score, or how sales become profit; nothing where neither can be shown."""
    steps = _points(record) or _money(record)
    if len(steps) < 2:
        return None
    title = say("What it is made of", "构成")
    drawn_steps = [
        {"name": name, "from": drawn(start), "to": drawn(end), "tone": colour, "label": said, "tip": f"{name}\n{said}",
         "url": to}
        for name, start, end, colour, said, to in steps
    ]  # fmt: skip
    rows = tuple((Cell(name), Cell(said, to)) for name, _, _, _, said, to in steps)
    heads = (say("Part", "项目"), say("Value", "数值"))
    return Chart("waterfall", title, {"steps": drawn_steps}, Table(heads, rows))


def _points(record: Record) -> list[Step]:
    """One step per criterion of the scorecard that gave the grade."""
    told = record.told
    method = next((m for m in told.policy.methods if m.id == told.family), None)
    if not isinstance(method, Scorecard) or not record.leading_shown:
        return []
    lang, so_far = language(), Decimal(0)
    steps: list[Step] = []
    prefix = f"{method.id}."
    for row in told.components(lang):
        if row.code.startswith(prefix) and row.exact_points is not None:
            points = Decimal(row.exact_points)
            said = signed(f"{row.points} · {row.score}")
            steps.append((row.title, so_far, so_far + points, "accent", said, leads_to(record, row.code)))
            so_far += points
    score = told.graded["score"]
    total = (
        say("Score", "总分"),
        Decimal(0),
        score or so_far,
        tone(told.graded["grade"]),
        number(score or so_far),
        FIGURES,
    )
    return [*steps, total] if steps else []


def _money(record: Record) -> list[Step]:
    """From net sales to customer profit, as far as it is known and may be seen."""
    so_far = Decimal(0)
    steps: list[Step] = []
    for name, sign, total in CHAIN:
        found = record.metrics([name])
        if not found or found[0][1] is None:
            break
        column, value, _ = found[0]
        said, to = brief(sign * value), leads_to(record, column)
        if total:
            steps.append((_short(column), Decimal(0), value, "accent" if value >= 0 else "wrong", said, to))
            so_far = value
        else:
            steps.append((_short(column), so_far, so_far - value, "none", said, to))
    return steps


def _short(column: str) -> str:
    """The title of a metric without its window, which stands in the heading."""
    title = metric_title(column, language())
    return title.split("（")[0].split(" (")[0]


def trail(record: Record) -> Chart | None:
    """The grades of the month ends as a line, changes of the policy marked."""
    stands = record.stands()
    if len(stands) < 2:
        return None
    by_score = any(stand.score is not None for stand in stands)
    scale = record.about.scale
    points = [_point(record, stand, scale, by_score=by_score) for stand in stands]
    marks = [
        [at, f"v{stand.policy_version}"]
        for at, stand in enumerate(stands)
        if at and stand.policy_version != stands[at - 1].policy_version
    ]
    data: dict[str, Any] = {
        "points": points, "marks": marks, "units": [list(unit) for unit in UNITS[language()]],
        "y": _axis(record) if by_score else "", "cuts": _cuts(record, points) if by_score else [],
    }  # fmt: skip
    rows = tuple(
        (Cell(f"{stand.as_of}"), Cell(stand.grade or NOTHING, grade=stand.grade),
         Cell(_said(record, stand), _behind(record, stand)), Cell(f"v{stand.policy_version}"))
        for stand in reversed(stands)
    )  # fmt: skip
    heads = (say("Month end", "月末"), say("Grade", "等级"), _axis(record), say("Policy", "策略"))
    return Chart("trail", say("Grades over time", "等级历史"), data, Table(heads, rows))


def _point(record: Record, stand: Stand, scale: tuple[str, ...], *, by_score: bool) -> dict[str, Any]:
    place = len(scale) - scale.index(stand.grade) if stand.grade in scale else None
    alike = _column(record, stand) == _column(record)
    value = (drawn(stand.score) if alike else None) if by_score else place
    lines = [f"{stand.as_of}", f"{say('Grade', '等级')} {stand.grade or NOTHING}"]
    lines += [_said(record, stand)] if stand.score is not None else []
    return {"month": f"{stand.as_of:%Y-%m}", "value": value, "grade": stand.grade or "", "tone": tone(stand.grade),
            "tip": "\n".join(lines)}  # fmt: skip


def _axis(record: Record) -> str:
    column = _column(record)
    return metric_title(column, language()) if column else say("Score", "得分")


def _column(record: Record, stand: Stand | None = None) -> str | None:
    """The metric by whose value the leading method grades, today or at a month end; none where it gives points."""
    earlier = record.about.led_by
    if stand is not None and stand.run_id in earlier:
        return earlier[stand.run_id] if record.leading_shown else None
    found: str | None = record.methods[record.told.policy.leading.id].get("value")
    return found if record.leading_shown else None


def _behind(record: Record, stand: Stand) -> str | None:
    """The rows behind the value of a month end, as its run read them; of points the parts, or what changed since."""
    if stand.score is None:
        return None
    column, now = _column(record, stand), record.about.record.run_id
    if column:
        return rows_address(record, column, run=stand.run_id)
    if stand.run_id == now:
        return FIGURES
    asked = urlencode({"from": stand.run_id, "to": now})
    return f"{reverse('customer-drivers', args=[record.row['code']])}?{asked}"


def _said(record: Record, stand: Stand) -> str:
    """The value of a month end with its unit, and what it is where that is not what the others are."""
    if stand.score is None:
        return NOTHING
    column, lang = _column(record, stand), language()
    value = signed(
        metric_value(column, stand.score, lang, record.told.currency) if column else number(stand.score)
    )
    if column == _column(record):
        return value
    return f"{value} · {metric_title(column, lang) if column else say('Score', '得分')}"


def _cuts(record: Record, points: list[dict[str, Any]]) -> list[list[Any]]:
    """Today's cuts, those that stand within reach of the line."""
    cuts = record.methods[record.told.policy.leading.id].get("cuts")
    highest = max((point["value"] or 0 for point in points), default=0)
    if not isinstance(cuts, list):
        return []
    known = [(cut["grade"], cut.get("value") or cut.get("from") or cut.get("least")) for cut in cuts]
    return [[drawn(Decimal(v)), grade] for grade, v in known if v and Decimal(v) <= Decimal(2 * highest)]
