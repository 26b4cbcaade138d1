"""Progress on standard error: only on a terminal, only once something takes longer than two seconds."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

from tierwise.kernel.stages import STAGES
from tierwise.kernel.text import Lang

PATIENCE_SECONDS = 2.0


class Progress:
    """To be called with a stage, or with a stage, what is done and what there is."""

    def __init__(self, lang: Lang, *, terminal: bool | None = None) -> None:
        self._lang = lang
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._bar: Any = None
        self._task: Any = None
        self._state: tuple[str, int | None, int | None] = ("", None, None)

    def __call__(self, stage: str, done: int | None = None, total: int | None = None) -> None:
        with self._lock:
            self._state = (stage, done, total)
            if self._bar is not None:
                self._bar.update(self._task, description=self._words(), completed=done or 0, total=total)

    def __enter__(self) -> Progress:
        if self._terminal:
            self._timer = threading.Timer(PATIENCE_SECONDS, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def _words(self) -> str:
        stage = self._state[0]
        return STAGES[stage].in_lang(self._lang) if stage in STAGES else stage

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        with self._lock:
            if self._timer is None:
                return
            console = Console(file=sys.stderr, markup=False)
            self._bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )
            _, done, total = self._state
            self._task = self._bar.add_task(self._words(), completed=done or 0, total=total)
            self._bar.start()
