"""The training days and horizons of a backtest, and whether the data reach so far. Source: spec 12.2, decision 0001."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tierwise.engine.base import one
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import add_months, window
from tierwise.metrics.lines import counted_lines

if TYPE_CHECKING:
    from tierwise.book.store import BookVersion
    from tierwise.engine.base import Engine
    from tierwise.metrics.scene import Scene

MOST_MONTHS = 60
_HORIZON = re.compile(r"([1-9][0-9]?)m")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day of the data."""

    first: date
    last: date


def months_of(text: str) -> int:
    """The months of a horizon like ``12m``. **Raises** ``backtest.horizon`` for anything but 1m to 60m."""
    found = _HORIZON.fullmatch(text.strip().lower())
    if found is None or int(found[1]) > MOST_MONTHS:
        raise fail(
            "backtest.horizon",
            "{text} is no horizon; write months as 12m, from 1m to {most}m",
            "{text} 不是有效的观察期；请写成 12m 这样的月数，1m 至 {most}m",
            text=text,
            most=MOST_MONTHS,
        )
    return int(found[1])


def training_days(train_to: date, rolling: int) -> list[date]:
    """So many days a month apart, oldest first: month ends stay month ends."""
    return [add_months(train_to + _DAY, -back) - _DAY for back in range(rolling - 1, -1, -1)]


def horizon_end(day: date, months: int) -> date:
    """The last day of the months after a day. **Raises** ``backtest.day`` where no window of months begins there."""
    end = add_months(day + _DAY, months) - _DAY
    if window(end, months).start != day + _DAY:
        raise fail(
            "backtest.day",
            "{months} months after {day} are no whole window, because months differ in length; take a month end",
            "{day} 之后的 {months} 个月无法构成完整窗口（各月天数不同）；请改用月末",
            day=day,
            months=months,
        )
    return end


def span_of(engine: Engine, version: BookVersion, scene: Scene) -> Span:
    """The days that counted lines speak of; a period closed without lines is known to be empty.

    **Raises** ``backtest.no-data`` for a book without counted lines.
    """
    t = counted_lines(scene, "posting_date", "order_date", "status", "reported_by_agent")
    on = t.posting_date if scene.by_invoice else t.order_date
    found = one(engine, t.agg(first=on.min(), last=on.max()))
    if found["first"] is None:
        raise fail(
            "backtest.no-data",
            "the book has no order lines that count; `tierwise import BOOK order_lines FILE` brings them",
            "账簿中没有计入的订单行；可用 `tierwise import 账簿 order_lines 文件` 导入",
        )
    closed = version.settings.closed_through
    return Span(found["first"], max(found["last"], closed) if closed else found["last"])


def refuse_outside(span: Span, days: list[date], months: int) -> None:
    """**Raises** ``backtest.before-data`` and ``backtest.horizon-beyond-data``."""
    if days[0] < span.first:
        raise fail(
            "backtest.before-data",
            "nothing could be known on {day}: the data begin on {first}",
            "{day} 时尚无任何数据：数据自 {first} 开始",
            day=days[0],
            first=span.first,
        )
    end = horizon_end(days[-1], months)
    if end > span.last:
        raise _beyond(span, days[-1], end, months)


def _beyond(span: Span, day: date, end: date, months: int) -> TierwiseError:
    latest = add_months(span.last + _DAY, -months) - _DAY
    return fail(
        "backtest.horizon-beyond-data",
        "{months} months after {day} end on {end}, and the last day of the data is {last}; a part of the future "
        "would be missing. The latest day to train to is {latest}; if nothing was sold after {last}, say so with "
        "closed_through in book.yaml",
        "{day} 之后 {months} 个月至 {end} 结束，而数据的最后一天是 {last}，未来的一部分会缺失。"
        "训练截止日最晚可取 {latest}；若 {last} 之后确无销售，请在 book.yaml 的 closed_through 中写明",
        months=months,
        day=day,
        end=end,
        last=span.last,
        latest=latest,
    )
