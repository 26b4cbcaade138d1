"""Measures grading and importing against the yardsticks and the rivals; the last line is one JSON object.

    python -m benchmarks                          10,000,000 lines, 500,000 customers
    python -m benchmarks --lines 1000000          quicker
    python -m benchmarks --lines 100000000 --memory 4GB --only grade --rounds 1
    python -m benchmarks --only catalogue         every method, every metric, beside the landing's policy
    python -m benchmarks.rivals --install         once, for the comparison with pandas, lifetimes, pymc-marketing

Every measurement is a process of its own; the rounds are interleaved, so that a busy machine treats all
alike, and the ratio of two tools is the median of their ratios round by round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks import rivals
from benchmarks.agree import differences
from benchmarks.data import default_folder, prepare, size_of
from benchmarks.importing import csv_of
from benchmarks.incremental import book_of as book_of_company
from benchmarks.month import book_of
from benchmarks.movement import book_of as book_of_results

Figures = dict[str, object]
GIB = 1 << 30
MOVED = 5_000_000
"""Customers whose two results are set beside each other."""
CAUSED = size_of(1_000_000)
"""The company whose movers are told why they moved."""


def run(name: str, command: list[str]) -> Figures | None:
    """The JSON object that a process prints last; None, with a line that says why, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {name}: failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}", flush=True)
        return None
    found: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    seconds, cpu, peak = (float(str(found[k])) for k in ("seconds", "cpu_seconds", "peak_bytes"))
    print(f"  {name:<16}{seconds:9.2f} s {cpu:9.2f} s cpu {peak / GIB:7.2f} GiB", flush=True)
    return found


def rounds(commands: dict[str, list[str]], count: int) -> dict[str, list[Figures]]:
    """Every command in turn, ``count`` times over; those that fail drop out."""
    found: dict[str, list[Figures]] = {name: [] for name in commands}
    for number in range(count):
        print(f"round {number + 1} of {count}", flush=True)
        for name, command in commands.items():
            if len(found[name]) == number and (figures := run(name, command)) is not None:
                found[name].append(figures)
    return {name: figures for name, figures in found.items() if figures}


def median(figures: list[Figures], key: str) -> float:
    """The middle of one figure over the rounds."""
    return statistics.median(float(str(f[key])) for f in figures)


def ratio(one: list[Figures], other: list[Figures], key: str) -> float:
    """The median of the ratios round by round."""
    pairs = zip(one, other, strict=False)
    return statistics.median(float(str(a[key])) / float(str(b[key])) for a, b in pairs)


def summary(found: dict[str, list[Figures]], base: str) -> dict[str, Figures]:
    """Medians per tool, and how many times ``base`` takes what the tool takes."""
    out: dict[str, Figures] = {}
    for name, figures in found.items():
        out[name] = {key: round(median(figures, key), 3) for key in ("seconds", "cpu_seconds")}
        out[name]["peak_gib"] = round(max(float(str(f["peak_bytes"])) for f in figures) / GIB, 3)
        if name != base and base in found:
            out[name]["ours_is_times"] = round(ratio(found[base], figures, "seconds"), 3)
            out[name]["ours_is_times_cpu"] = round(ratio(found[base], figures, "cpu_seconds"), 3)
    return out


def grading(asked: argparse.Namespace, data: Path) -> Figures:
    """Ours, the yardstick and the rivals over one company."""
    here, memory, threads = sys.executable, asked.memory or "", str(asked.threads or "")
    commands = {
        "tierwise": [here, "-m", "benchmarks.ours", str(data), memory, threads],
        "yardstick": [here, "-m", "benchmarks.yardstick", str(data), asked.yardstick_memory or "", threads],
    }
    versions = rivals.present(asked.data) if not asked.no_rivals else {}
    for name, version in versions.items():
        if version is None:
            print(f"{name} is absent and skipped; python -m benchmarks.rivals --install brings it")
        else:
            commands[name] = rivals.command_of(asked.data, name, data)
    found = rounds(commands, asked.rounds)
    steps: dict[str, float] = {}
    if "tierwise" in found:
        every = [dict(f["steps"]) for f in found["tierwise"]]  # type: ignore[call-overload]
        steps = {step: round(statistics.median(s[step] for s in every), 3) for step in every[0]}
        for step, seconds in steps.items():
            print(f"    {step:<14}{seconds:9.2f} s")
    return {"tools": summary(found, "tierwise"), "steps": steps, "versions": versions}


def importing(asked: argparse.Namespace, data: Path) -> Figures:
    """The importer against the bare copy."""
    file, here = csv_of(data), sys.executable
    commands = {
        name: [here, "-m", "benchmarks.importing", name, str(file), str(asked.data / f"{name}-{os.getpid()}")]
        for name in ("ours", "bare")
    }
    return {"tools": summary(rounds(commands, asked.rounds), "ours"), "file_bytes": file.stat().st_size}


def month(asked: argparse.Namespace) -> Figures:
    """One month of the sample company beyond the start of the program."""
    book = book_of(asked.data)
    found = rounds({"month": [sys.executable, "-m", "benchmarks.month", str(book)]}, max(asked.rounds, 5))
    if "month" not in found:
        return {}
    start = round(median(found["month"], "start_seconds"), 3)
    print(f"    start {start:.2f} s (imports); the figures above come on top")
    return summary(found, "month")["month"] | {"start_seconds": start}


def catalogue(asked: argparse.Namespace, data: Path) -> Figures:
    """Every method and every metric beside the landing's policy."""
    memory, threads = asked.memory or "", str(asked.threads or "")
    commands = {
        name: [sys.executable, "-m", "benchmarks.catalogue", name, str(data), memory, threads]
        for name in ("landing", "methods", "metrics")
    }
    found = rounds(commands, asked.rounds)
    out = summary(found, "landing")
    for name, figures in found.items():
        out[name]["times_landing"] = round(ratio(figures, found["landing"], "seconds"), 3)
    return {"tools": out}


def incremental(asked: argparse.Namespace, data: Path) -> Figures:
    """A month from what is kept of whole months beside the same month from all lines, and the history of all months."""
    book, memory = str(book_of_company(data)), asked.memory or ""
    command = [sys.executable, "-m", "benchmarks.incremental"]
    found = rounds({way: [*command, way, book, memory] for way in ("full", "incremental")}, asked.rounds)
    if len(found) < 2:
        return {}
    month, full = found["incremental"], found["full"]
    shares = {
        key: round(ratio(month, full, key), 3) for key in ("metrics", "metrics_cpu", "seconds", "cpu_seconds")
    }
    same = {str(f["digest"]) for figures in found.values() for f in figures}
    out: Figures = {"tools": summary(found, "incremental"), "of_full": shares, "same_digest": len(same) == 1}
    for name, share in shares.items():
        print(f"    {name:<14}{share:7.2f} of the full computation")
    if asked.history and (all_months := run("history", [*command, "history", book, memory])) is not None:
        out["history_in_full_runs"] = round(float(str(all_months["seconds"])) / median(full, "seconds"), 2)
        print(f"    all months in {out['history_in_full_runs']} full runs")
    return out


def movement(asked: argparse.Namespace) -> Figures:
    """The movement matrix beside the bare join and count of the same two results, and what causes take beyond it."""
    book, memory = str(book_of_results(asked.data, MOVED)), asked.memory or ""
    command = [sys.executable, "-m", "benchmarks.movement"]
    found = rounds({what: [*command, what, book, memory] for what in ("ours", "bare")}, asked.rounds)
    out: Figures = {"customers": MOVED, "tools": summary(found, "ours")}
    company = str(book_of_company(prepare(asked.data, CAUSED)))
    if (causes := run("causes", [*command, "causes", company, memory])) is not None:
        out["causes"] = {key: causes[key] for key in ("movers", "seconds_per_10000_movers")}
        print(f"    causes: {causes['seconds_per_10000_movers']} s for 10,000 of {causes['movers']} movers")
    return out


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="1200MB", help="memory limit of our engine ('' for its default)")
    parser.add_argument("--yardstick-memory", help="memory limit of the yardstick (default: DuckDB's own)")
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--only", choices=("grade", "import", "month", "catalogue", "incremental", "movement")
    )
    parser.add_argument(
        "--history", action="store_true", help="with incremental: all months, too (takes long)"
    )
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument(
        "--no-check", action="store_true", help="do not compare our rows with the yardstick's"
    )
    parser.add_argument("--data", type=Path, default=default_folder())
    return parser.parse_args()


def main() -> None:
    """Measures what is asked for."""
    asked = arguments()
    size = size_of(asked.lines, asked.customers)
    report: Figures = {
        "lines": size.lines, "customers": size.customers, "cores": os.cpu_count(), "rounds": asked.rounds,
        "memory": asked.memory or None, "python": platform.python_version(), "duckdb": duckdb.__version__,
    }  # fmt: skip
    if asked.only in (None, "month"):
        print("one month of the sample company")
        report["month"] = month(asked)
    if asked.only == "month":
        print(json.dumps(report))
        return
    if asked.only in (None, "movement"):
        print(f"movement of {MOVED:,} customers")
        report["movement"] = movement(asked)
    if asked.only == "movement":
        print(json.dumps(report))
        return
    print(f"company of {size.lines:,} order lines and {size.customers:,} customers")
    data = prepare(asked.data, size)
    if asked.only in (None, "catalogue"):
        print("every method and every metric beside the landing's policy")
        report["catalogue"] = catalogue(asked, data)
    if asked.only in (None, "incremental"):
        print("a month from kept months beside the same month from all lines")
        report["incremental"] = incremental(asked, data)
    if asked.only in (None, "grade"):
        report["grade"] = grading(asked, data)
        if not asked.no_check:
            found = differences(data, asked.memory or None)
            print("same rows as the yardstick" if not found else f"DIFFERENT from the yardstick: {found}")
            report["same_as_yardstick"] = not found
    if asked.only in (None, "import"):
        print("import of one CSV file")
        report["import"] = importing(asked, data)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
