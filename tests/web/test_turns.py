"""Pages of one process are made in turn, and nobody waits for a slow one."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tierwise_web.config import turns
from tierwise_web.config.turns import in_turn


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting so long that a slow machine is not taken for a slow page."""
    monkeypatch.setattr(turns, "PATIENCE", 60)


def test_quick_pages_are_made_one_at_a_time(patient: None):
    now, most, lock = 0, 0, threading.Lock()

    def page(_, __):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.001)
        with lock:
            now -= 1
        return [b""]

    served = in_turn(page)
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda _: served({}, print), range(12)))
    assert most == 1


def test_a_slow_page_is_passed_by_all_others_at_once(patient: None, monkeypatch: pytest.MonkeyPatch):
    going, end = threading.Event(), threading.Event()

    def page(environ, _):
        if environ["PATH_INFO"] == "/slow":
            going.set()
            assert end.wait(60)
        return [environ["PATH_INFO"].encode()]

    served = in_turn(page)
    with ThreadPoolExecutor(3) as many:
        slow = many.submit(served, {"PATH_INFO": "/slow"}, print)
        assert going.wait(60)
        later = time.monotonic() + turns.PATIENCE
        monkeypatch.setattr(turns, "monotonic", lambda: later)  # the slow one has taken so long by now
        quick = [many.submit(served, {"PATH_INFO": "/quick"}, print) for _ in range(2)]
        assert [one.result(turns.PATIENCE / 2) for one in quick] == [[b"/quick"]] * 2
        assert not slow.done()
        end.set()
        assert slow.result(60) == [b"/slow"]


def test_a_page_that_fails_hands_its_turn_on(patient: None):
    def page(environ, _):
        if environ["PATH_INFO"] == "/wrong":
            raise ValueError("wrong")
        return [b""]

    served = in_turn(page)
    with pytest.raises(ValueError, match="wrong"):
        served({"PATH_INFO": "/wrong"}, print)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(served, {"PATH_INFO": "/"}, print).result(30) == [b""]
