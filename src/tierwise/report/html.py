"""HTML in two languages, escaped by default: a ``Markup`` is safe, every other text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from html import escape
from typing import Any

from tierwise.insight.concentration import half_up
from tierwise.kernel.text import Lang, Text
from tierwise.report.words import DATA_LABELS, label

DASH = "–"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


NOTHING = Markup("")
"""No element at all; an empty value of a customer is shown as a dash instead."""


def safe(value: Any) -> Markup:
    """A value as HTML: escaped unless it is HTML already; nothing becomes a dash."""
    if isinstance(value, Markup):
        return value
    if value is None or value == "":
        return Markup(DASH)
    return Markup(escape(str(value)))


def join(parts: Iterable[Any], between: str = "") -> Markup:
    """Parts one after the other."""
    return Markup(between.join(safe(part) for part in parts))


def tag(name: str, *content: Any, **attributes: Any) -> Markup:
    """An element; ``cls`` is class, ``_`` becomes ``-``, False and None leave an attribute out."""
    texts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        named = "class" if key == "cls" else key.rstrip("_").replace("_", "-")
        texts.append(f" {named}" if value is True else f' {named}="{escape(str(value))}"')
    inside = join(content)
    return Markup(f"<{name}{''.join(texts)}>{inside}</{name}>")


def both(en: Any, zh: Any) -> Markup:
    """The same thing in two languages; the page shows one of them."""
    if safe(en) == safe(zh):
        return safe(en)
    return Markup(
        f'<span class="en" lang="en">{safe(en)}</span><span class="zh" lang="zh-Hans">{safe(zh)}</span>'
    )


def text(words: Text) -> Markup:
    """A text in both languages."""
    return both(words.en, words.zh)


def t(key: str, **slots: Any) -> Markup:
    """A label of the catalogue; a slot may be a ``Text`` (in its language) or any plain value."""

    def fill(lang: Lang) -> Markup:
        values = {k: v.in_lang(lang) if isinstance(v, Text) else v for k, v in slots.items()}
        return Markup(escape(label(key).fill(lang, **values)))

    return both(fill("en"), fill("zh"))


def data_label(value: str) -> Markup:
    """A region or industry, in English too where its name is known; a customer's own words otherwise."""
    return both(DATA_LABELS.get(value, value), value)


def whole(value: Decimal | int | None) -> str:
    """An amount in whole units with thousands separators; both languages read it alike."""
    if value is None:
        return DASH
    number = Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{number:,}".replace("-", "−")


def loss(value: Decimal | None) -> Markup:
    """An amount in whole units; red with a minus where it is a loss."""
    return tag("span", whole(value), cls="loss" if value is not None and value < 0 else None)


def short_text(value: Decimal) -> Text:
    """An amount in brief: 1.2m in English, 123.4万 in Chinese."""
    return Text(_short(value, ((9, "bn"), (6, "m"), (3, "k"))), _short(value, ((8, "亿"), (4, "万"))))


def short(value: Decimal | None) -> Markup:
    """An amount in brief, in both languages."""
    return safe(None) if value is None else text(short_text(value))


def _short(value: Decimal, units: Sequence[tuple[int, str]]) -> str:
    for power, name in units:
        scaled = value.scaleb(-power)
        if abs(scaled) >= 1:
            places = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 1000 else 0
            shown = scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
            return f"{shown:,}{name}".replace("-", "−")
    return whole(value)


def pct(value: Fraction | Decimal | None, places: int = 1, *, sign: bool = False) -> str:
    """A percentage without its sign; with ``sign`` a plus or minus before it."""
    if value is None:
        return DASH
    number = half_up(Fraction(value), places)
    return f"{number:+}".replace("-", "−") if sign else f"{number}".replace("-", "−")


def day(value: date | None) -> str:
    """A day."""
    return DASH if value is None else value.isoformat()


def badge(grade: str | None) -> Markup:
    """A grade in its colour, with its letter."""
    shown = grade or DASH
    return tag("span", shown, cls=f"g g-{(grade or 'none').lower()[-1:] if grade else 'none'}")


def table(
    heads: Sequence[tuple[Any, str]], rows: Iterable[Sequence[Any]], *, caption: Any, cls: str = ""
) -> Markup:
    """A table; a head is its content and ``l``, ``r`` or ``c`` for its column."""
    top = tag("tr", *(tag("th", head, scope="col", cls=side) for head, side in heads))
    body = join(
        tag("tr", *(tag("td", cell, cls=side) for cell, (_, side) in zip(row, heads, strict=True)))
        for row in rows
    )
    return tag(
        "div",
        tag("table", tag("caption", caption), tag("thead", top), tag("tbody", body), cls=cls or None),
        cls="scroll",
        tabindex="0",
        role="group",
    )


def card(key: str, *content: Any, lead: Any = None, cls: str = "", id_: str | None = None) -> Markup:
    """A white card with its heading and, under it, one sentence."""
    head = tag("header", tag("h2", t(key)), tag("p", lead) if lead is not None else NOTHING)
    return tag("section", head, *content, cls=f"card {cls}".strip(), id=id_)


def chart(name: str, title: Any, data: Markup | None, *, tall: str = "") -> Markup:
    """A place for a chart, and the table behind it (``None`` if the next chart's table has its numbers)."""
    place = tag("div", cls=f"chart {tall}".strip(), data_chart=name, role="img")
    behind = tag("details", tag("summary", t("table")), data) if data is not None else NOTHING
    return tag("figure", place, tag("figcaption", title, cls="sr"), behind)


def spark(values: Sequence[Decimal]) -> Markup:
    """A small line of a series, drawn with the page; a quarter of its highest value at least fills the height."""
    if not values or max(values) <= 0:
        return NOTHING
    width, height, top = 84, 20, max(values)
    low = min(*values, top * Decimal("0.75"))
    step = Decimal(width - 4) / max(len(values) - 1, 1)
    points = [
        (2 + step * i, height - 3 - (height - 6) * (v - low) / (top - low)) for i, v in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return Markup(
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2"/></svg>'
    )


def ribbon(grades: Sequence[str]) -> Markup:
    """Thirteen small squares: the grade at every month end."""
    cells = "".join(
        f'<rect class="r-{"none" if g == "-" else g.lower()[-1:]}" x="{i * 7}" y="0" width="6" height="10" rx="1"/>'
        for i, g in enumerate(grades)
    )
    words = " ".join("–" if g == "-" else g for g in grades)
    return Markup(
        f'<svg class="ribbon" viewBox="0 0 {len(grades) * 7} 10" width="{len(grades) * 7}" height="10" '
        f'role="img" aria-label="{escape(words)}">{cells}</svg>'
    )


def bar(value: Any, share: Fraction | Decimal | None, kind: str) -> Markup:
    """A value, its share in percent, and the share as a small bar."""
    number = half_up(Fraction(share), 1) if share is not None else None
    width = max(Decimal(0), min(Decimal(100), number or Decimal(0)))
    drawn = Markup(
        f'<svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4"/>'
        f'<rect class="{escape(kind)}" width="{width}" height="4"/></svg>'
    )
    return tag("span", tag("b", value), tag("i", join([pct(share), both(" %", "%")])), drawn, cls="duo")
