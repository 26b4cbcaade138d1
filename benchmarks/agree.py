"""Whether the yardstick and Tierwise say the same, row for row and column for column."""

from __future__ import annotations

from pathlib import Path

from benchmarks import yardstick
from benchmarks.data import AS_OF
from benchmarks.ours import POLICY, open_engine
from tierwise.engine.names import quoted
from tierwise.engine.stages import Stages
from tierwise.grading.pipeline import grade
from tierwise.metrics.scene import Scene
from tierwise.policy.load import load_policy


def differences(folder: Path, memory: str | None = None) -> dict[str, int]:
    """Column -> rows in which the two differ (types too); empty if they agree; ``rows`` for missing rows."""
    policy = load_policy(POLICY).policy
    with open_engine(folder, memory, None) as engine:
        outcome = grade(Stages(engine), policy, Scene(AS_OF, policy.settings))
        engine.materialize("tw_results", outcome.results)
        engine.connection.execute(f"CREATE TEMP TABLE theirs AS {yardstick.text()}")
        return _compared(engine.connection)


def _compared(connection: object) -> dict[str, int]:
    run = connection.execute  # type: ignore[attr-defined]
    ours = dict(row[:2] for row in run("DESCRIBE tw_results").fetchall())
    theirs = dict(row[:2] for row in run("DESCRIBE theirs").fetchall())
    found = dict.fromkeys(ours.keys() ^ theirs.keys(), -1)
    found |= {name: -1 for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}
    shared = [name for name in ours if name in theirs]
    counts = ", ".join(f"count(*) FILTER (o.{quoted(c)} IS DISTINCT FROM t.{quoted(c)})" for c in shared)
    sql = f"SELECT {counts} FROM tw_results o JOIN theirs t USING (customer_id)"
    found |= {c: n for c, n in zip(shared, run(sql).fetchone(), strict=True) if n}
    missing = run(
        "SELECT count(*) FROM tw_results FULL JOIN theirs USING (customer_id) "
        "WHERE tw_results.unit IS NULL OR theirs.unit IS NULL"
    ).fetchone()[0]
    return found | ({"rows": missing} if missing else {})
