"""The charts of a page, found from the page itself, in use: hovered and clicked here and there."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.browser.chromium import Chromium

CHARTS = "[...document.querySelectorAll('[_echarts_instance_]')]"
"""Whatever the drawing library draws in, by the mark that the library leaves."""
DRAWN = """[...document.querySelectorAll(".chart")].every((place) => {
  const drawing = place.querySelector("svg");
  return drawing && Math.abs(drawing.getBoundingClientRect().width - place.clientWidth) < 2;
})"""
HOVERED = [(across, down) for across in (0.2, 0.35, 0.5, 0.65, 0.8) for down in (0.25, 0.5, 0.75)]
CLICKED = ((0.5, 0.5), (0.3, 0.8), (0.8, 0.2))
LEAVING = "addEventListener('beforeunload', () => { window.leaving = true })"


def box(page: Chromium, number: int) -> list[float] | None:
    """Where a chart is, in the middle of the window: x, y, width, height; ``None`` where the page is being left."""
    find = f"""(chart => {{
      if (!chart || window.leaving) return null;
      chart.scrollIntoView({{block: 'center', behavior: 'instant'}});
      const r = chart.getBoundingClientRect();
      return [r.x, r.y, r.width, r.height];
    }})({CHARTS}[{number}])"""
    found: list[float] | None = page.read(find)
    return found


def click(page: Chromium, number: int, across: float, down: float) -> bool:
    """Clicks on a place of a chart; whether the page is being left for it."""
    place = box(page, number)
    if place is None:
        return True
    x, y, width, height = place
    page.hover(x + width * across, y + height * down)
    page.click(x + width * across, y + height * down)
    time.sleep(0.06)
    return bool(page.read("window.leaving === true"))


def use_every_chart(page: Chromium, again: Callable[[], None]) -> int:
    """Hovers and clicks every chart of the page that stands, which ``again`` opens once more; how many there are."""
    page.wait_for(DRAWN)
    page.run(LEAVING)
    count: int = page.run(f"{CHARTS}.length")
    assert count == page.run("document.querySelectorAll('.chart').length")
    for number in range(count):
        place = box(page, number)
        if place is None:  # the last click of the chart before was slow to lead away
            _open(page, again)
            place = box(page, number)
        assert place is not None
        x, y, width, height = place
        for across, down in HOVERED:
            page.hover(x + width * across, y + height * down)
        if any(click(page, number, across, down) for across, down in CLICKED):
            _open(page, again)
    return count


def _open(page: Chromium, again: Callable[[], None]) -> None:
    """Opens the page again, after the one that a click led to has come."""
    page.wait_for("window.leaving === undefined && document.readyState === 'complete'")
    again()
    page.wait_for(DRAWN)
    page.run(LEAVING)
