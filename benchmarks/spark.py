"""Spark in this process beside DuckDB, on the same files: time, memory, digest, bytes a row.

    python -m benchmarks.spark --lines 1000000
    python -m benchmarks.spark --lines 10000000 --master 'local[8]'

Each engine is a process of its own. What Spark's JVM takes is told beside what Python takes; its start is told apart.
On a machine that others use, compare processor seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.data import AS_OF, default_folder, files_of, prepare, size_of
from benchmarks.meter import Meter
from benchmarks.ours import POLICY
from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.place import Place
from tierwise.engine.stages import Stages
from tierwise.grading.digest import Digest
from tierwise.grading.pipeline import grade
from tierwise.metrics.scene import Scene
from tierwise.policy.load import load_policy


def measured(place: Place, folder: Path) -> dict[str, object]:
    """One grading of the files, streamed sorted and digested."""
    policy, begun = load_policy(POLICY).policy, time.perf_counter()
    with place.open(str(folder)) as engine:
        started = time.perf_counter() - begun
        with Meter() as meter:
            for table in TABLES:
                engine.read_files(table, files_of(folder, table), schema_of(table))
            outcome = grade(Stages(engine), policy, Scene(AS_OF, policy.settings))
            rows = engine.stream(outcome.results.order_by(outcome.results.customer_id.asc()))
            digest = Digest(rows.schema)
            for batch in rows:
                digest.add(batch)
        found = {"engine": place.name, "start_seconds": round(started, 1), "digest": digest.hex()[:16]}
        return found | meter.figures() | of_java()


def of_java() -> dict[str, float]:
    """The largest resident memory of any Java that this process started, and the processor seconds of all."""
    peaks, seconds = [0], 0.0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "status").read_text().splitlines()
            spent = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
        except OSError:
            continue
        lines = dict(line.split(":", 1) for line in said if ":" in line)
        if lines["Name"].strip() == "java" and "VmHWM" in lines and _ours(process):
            peaks.append(int(lines["VmHWM"].split()[0]) * 1024)
            seconds += sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")
    return {"java_peak_bytes": max(peaks), "java_processor_seconds": round(seconds, 1)}


def _ours(process: Path) -> bool:
    """Whether a process descends from this one."""
    own = Path("/proc/self").resolve().name
    while process.name not in ("0", "1"):
        if process.name == own:
            return True
        try:
            stat = (process / "stat").read_text()
        except OSError:
            return False
        process = process.with_name(stat.rsplit(")", 1)[1].split()[1])
    return False


def main() -> None:
    """Prints a line for each engine, and one JSON object at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--one", choices=["duckdb", "spark"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        place = Place("spark", asked.master) if asked.one == "spark" else Place()
        print(json.dumps(measured(place, asked.data)))
        return
    folder = prepare(asked.data or default_folder(), size_of(asked.lines, asked.customers))
    size = sum(Path(file).stat().st_size for file in files_of(folder, "order_lines"))
    print(f"order_lines: {size / asked.lines:.1f} bytes a row", flush=True)
    found = []
    for name in ("duckdb", "spark"):
        command = [sys.executable, "-m", "benchmarks.spark", "--one", name, "--data", str(folder)]
        done = subprocess.run(
            [*command, "--master", asked.master], capture_output=True, text=True, check=True
        )
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
        print(found[-1], flush=True)
    print(json.dumps({"lines": asked.lines, "bytes_a_row": size / asked.lines, "found": found}))


if __name__ == "__main__":
    main()
