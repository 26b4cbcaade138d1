"""The same facts give the same digest: however their rows are ordered and cut into files, by any number of
threads, in any time zone.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engine.companies import Company
from tests.support import shipped
from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.digest import digest_of
from tierwise.grading.memory import scene_of
from tierwise.grading.pipeline import grade
from tierwise.policy.load import list_policies

POLICIES = [policy.code for policy in list_policies()]
EVERYDAY = ("customer_value", "rfm_rank")


def digest(
    company: Company, name: str, folder: Path, seed: int, threads: int, zone: str = "UTC", files: int = 1
) -> str:
    """The digest of a run over shuffled rows in so many files a table."""
    random = Random(seed)
    policy = shipped(name)
    with DuckDBEngine(threads=threads) as engine:
        engine.connection.execute(f"SET TimeZone = '{zone}'")
        for table in TABLES:
            paths = _written(company.tables[table], folder / f"{table}-{seed}-{files}", random, files)
            engine.read_files(table, paths, schema_of(table))
        outcome = grade(Stages(engine), policy, scene_of(policy, company.as_of, company.settings))
        return digest_of(engine.fetch(outcome.results))


def _written(data: pa.Table, stem: Path, random: Random, files: int) -> list[str]:
    order = list(range(data.num_rows))
    random.shuffle(order)
    paths = []
    for i in range(files):
        path = stem.with_name(f"{stem.name}-{i}.parquet")
        pq.write_table(data.take(pa.array(order[i::files], pa.int64())), path, row_group_size=16)
        paths.append(str(path))
    random.shuffle(paths)
    return paths


def all_alike(company: Company, name: str, folder: Path) -> None:
    wanted = digest(company, name, folder, seed=0, threads=1)
    assert digest(company, name, folder, seed=1, threads=2, files=3) == wanted
    assert digest(company, name, folder, seed=2, threads=2, zone="Asia/Shanghai", files=7) == wanted
    assert digest(company, name, folder, seed=3, threads=1, zone="America/Los_Angeles") == wanted


@pytest.mark.parametrize("name", EVERYDAY)
def test_order_files_threads_and_time_zone_leave_no_trace(
    name: str, company: Company, tmp_path: Path
) -> None:
    all_alike(company, name, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in POLICIES if name not in EVERYDAY])
def test_they_leave_no_trace_in_any_shipped_policy(name: str, company: Company, tmp_path: Path) -> None:
    all_alike(company, name, tmp_path)
