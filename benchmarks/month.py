"""One month of the sample company, graded and stored by a fresh process: ``python -m benchmarks.month BOOK``.

``start_seconds`` is what the imports take, which every command pays; ``seconds`` is what comes on top.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

BEGAN = time.perf_counter()
POLICY = "customer_value"


def book_of(folder: Path) -> Path:
    """The book of the sample company, made once."""
    place = folder / "demo"
    if not (place / "demo.json").exists():
        print("making the sample company", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        program = "from tierwise_cli.main import main; raise SystemExit(main())"
        command = [sys.executable, "-c", program, "demo", "--no-serve", "--dir", str(place)]
        subprocess.run(command, check=True, capture_output=True)
    return place / "book"


def main(folder: str) -> None:
    """Grades a copy of the book and prints one JSON object."""
    import gc
    from datetime import UTC, date, datetime

    from benchmarks.meter import Meter
    from tierwise.book.store import Book
    from tierwise.grading.run import grade_book
    from tierwise.policy.load import load_policy

    gc.set_threshold(500_000, 20, 20)  # as the command line does
    started = time.perf_counter() - BEGAN
    target = Path(f"{folder}-{time.time_ns()}")
    shutil.copytree(folder, target)
    try:
        with Meter() as meter:
            result = grade_book(
                Book(target),
                load_policy(POLICY),
                date(2025, 6, 30),
                actor="bench",
                at=datetime(2026, 11, 1, 8, tzinfo=UTC),
            )
    finally:
        shutil.rmtree(target)
    found = {"population": result.record.population, "start_seconds": started}
    print(json.dumps(found | meter.figures()))


if __name__ == "__main__":
    main(*sys.argv[1:])
