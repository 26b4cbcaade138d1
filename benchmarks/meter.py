"""Time, processor time and memory of this process. On a shared machine processor time is the steadier figure."""

from __future__ import annotations

import resource
import time
from types import TracebackType


class Meter:
    """Measures a block: ``seconds`` on the wall, ``cpu_seconds`` of all threads."""

    seconds = 0.0
    cpu_seconds = 0.0

    def __enter__(self) -> Meter:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._wall
        self.cpu_seconds = time.process_time() - self._cpu

    def figures(self) -> dict[str, float]:
        """The measured figures with the peak resident memory of the process, in bytes."""
        return {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "peak_bytes": peak_bytes()}


def peak_bytes() -> int:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
