"""Progress on standard error: only on a terminal, only once something takes longer than two seconds."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

from tierwise.kernel.text import Lang, Text

PATIENCE_SECONDS = 2.0
_STAGES = {
    "customers": Text("reading customers", "读取客户"),
    "order lines": Text("adding up order lines", "汇总订单行"),
    "payments": Text("following invoices and payments", "核对发票与收款"),
    "metrics": Text("deriving metrics", "计算指标"),
    "population": Text("choosing the population", "确定人群"),
    "results": Text("putting the results together", "汇总结果"),
    "checking": Text("checking the book", "检查账簿"),
    "closing": Text("closing the period", "关账"),
    "effective": Text("deriving effective grades", "推导生效等级"),
    "events": Text("writing grade events", "写入等级事件"),
    "matrix": Text("counting who moved", "统计变动"),
    "profit": Text("computing profit", "计算利润"),
    "replay_data": Text("replaying the earlier day with what is known now", "以现有数据重算前期"),
    "replay_policy": Text("replaying the earlier day by the later policy", "以后期策略重算前期"),
    "rehearse_present": Text("grading by the present policy", "按现行策略分级"),
    "rehearse_new": Text("grading by the new policy", "按新策略分级"),
    "rehearse_sections": Text("changing one section at a time", "逐段变更策略"),
    "rehearse_measures": Text("measuring what is at stake", "计算涉及的金额"),
    "causes": Text("splitting causes", "拆分原因"),
    "storing": Text("storing the run", "保存运行"),
    "comparing": Text("comparing", "比对"),
    "company": Text("writing the company's files", "生成企业数据"),
    "import": Text("importing", "导入"),
    "grade": Text("grading", "分级"),
    "future": Text("adding up what came after", "汇总其后的实际结果"),
    "measuring": Text("holding grades against it", "与等级对照"),
    "report": Text("writing the report", "生成报告"),
}


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
        return _STAGES[stage].in_lang(self._lang) if stage in _STAGES else stage

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
