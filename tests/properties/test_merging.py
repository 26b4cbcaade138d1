"""Two customers that were merged are graded as if all had been written of the survivor from the start. Decision 0022."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.facts import BUSINESS_DAY, Facts, arrow_tables
from tests.oracle.random_facts import random_facts
from tests.oracle.random_policies import random_policy
from tests.properties.test_incremental import CODES, METRICS, Story, document
from tests.properties.test_random_policies import settings_of
from tests.unit.book.bookkit import AT, Kit
from tierwise.book.contract import TABLES
from tierwise.book.surviving import lead, speaks_of, written
from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.digest import digest_of
from tierwise.grading.memory import register_tables, scene_of
from tierwise.grading.pipeline import grade
from tierwise.grading.replay import replay_run
from tierwise.grading.run import grade_book
from tierwise.grading.streaming import in_order
from tierwise.policy.model import Policy

EVERYDAY, LONG = 12, 200
Links = dict[str, str]


def links_of(facts: Facts, draw: random.Random) -> Links:
    """Some customers merged into others, now and then two into one; nobody into one that is merged."""
    codes = [row["code"] for row in facts.customers]
    merged = draw.sample(codes, min(len(codes) // 3, 4))
    others = [code for code in codes if code not in merged]
    return {code: draw.choice(others[:4]) for code in merged}


def as_one(facts: Facts, links: Links) -> Facts:
    """The same company, had everything been written of the survivors; what both state, the survivor states."""
    told: dict[str, list[dict[str, Any]]] = {}
    for name in BUSINESS_DAY:
        rows = [dict(row) for row in getattr(facts, name)]
        names = [column for column in speaks_of(name) if name != "customers"]
        rows = first_to_speak(name, names, rows, links) if names else rows
        for row in rows:
            for column in names:
                row[column] = links.get(row.get(column), row.get(column))
        told[name] = rows
    for row in told["customers"]:
        for column in speaks_of("customers"):
            end = links.get(row.get(column), row.get(column))
            row[column] = None if end == row["code"] else end
        if row["code"] in links:
            row["status"] = "merged"
    return replace(facts, **told)


def first_to_speak(
    name: str, names: Sequence[str], rows: list[dict[str, Any]], links: Links
) -> list[dict[str, Any]]:
    """The rows without what a merged customer states beside its survivor."""
    table = TABLES[name]
    who = next((column for column in names if column in table.key), None)
    if who is None:
        return rows
    rest = [] if table.history == "dated" else [column for column in table.key if column != who]
    voices: dict[tuple[Any, ...], str] = {}

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        said = [row.get(c) if row.get(c) is not None else table.column(c).default for c in rest]
        return (links.get(row[who], row[who]), *said)

    for row in rows:
        voice = "1" + row[who] if row[who] in links else "0"
        voices[key(row)] = min(voices.get(key(row), voice), voice)
    return [
        row for row in rows if voices[key(row)] == ("1" + row[who] if row[who] in links else "0")
    ]  # fmt: skip


def digest(engine: Engine, policy: Policy, facts: Facts) -> str:
    """The digest of the results over whatever stands in the engine."""
    found = grade(Stages(engine), policy, scene_of(policy, facts.as_of, settings_of(facts)))
    return digest_of(in_order(engine, found.part, found.customers).read_all())


def merged_digest(engine: Engine, policy: Policy, facts: Facts, links: Links) -> str:
    """The digest of the results over the facts as they are written, with merges beside them."""
    tables = arrow_tables(facts)
    register_tables(engine, tables)
    names = [name for name in tables if speaks_of(name)]
    for name in names:
        engine.register(written(name), tables[name])
    lead(engine, names, links, facts.as_of)
    return digest(engine, policy, facts)


def compare(seed: int) -> None:
    """Seed n is policy n over company n, with merges n."""
    facts, policy = random_facts(seed, 24), Policy.model_validate(random_policy(seed))
    links = links_of(facts, random.Random(seed))
    with DuckDBEngine() as one, DuckDBEngine() as two:
        register_tables(two, arrow_tables(as_one(facts, links)))
        assert merged_digest(one, policy, facts, links) == digest(two, policy, facts), f"seed {seed}"


@pytest.mark.parametrize("seed", range(EVERYDAY))
def test_a_random_company_with_merges_is_graded_as_if_it_had_been_one_from_the_start(seed: int) -> None:
    compare(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(EVERYDAY, LONG))
def test_two_hundred_random_companies_with_merges_are(seed: int) -> None:
    compare(seed)


@pytest.mark.engines
@pytest.mark.parametrize("seed", range(2))
def test_a_book_with_a_merge_has_the_results_of_one_written_so_from_the_start(
    seed: int, tmp_path: Path
) -> None:
    """The customers C2 and C3 are C1; one of them by way of the other."""
    story, day = Story(tmp_path, seed), Story(tmp_path / "other", seed).day().replace(day=28)
    plain = Kit(tmp_path / "one", posting_basis=story.kit.book.current().settings.posting_basis)
    for table in ("products", "fx_rates"):
        rows = story.kit.book.read(table, story.kit.book.current()).to_pylist()
        plain.put(table, *({c.name: row[c.name] for c in TABLES[table].file_columns} for row in rows))
    plain.put("customers", *(
        {"code": c, "name": c, "valid_from": "2020-01-01", "status": "merged" if c in ("C2", "C3") else "active"}
        for c in CODES
    ))  # fmt: skip
    ends = {"C2": "C1", "C3": "C1"}
    plain.put("order_lines", *(
        row | {"customer_code": ends.get(row["customer_code"], row["customer_code"])} for row in story.lines.values()
    ))  # fmt: skip
    policy = document("site", 6, METRICS)
    apart = grade_book(story.kit.book, policy, day, actor="ann", at=AT)
    story.kit.put("merges", {"merged_code": "C2", "survivor_code": "C3", "reason": "same company"})
    story.kit.put("merges", {"merged_code": "C3", "survivor_code": "C1", "reason": "same company"})
    together = grade_book(story.kit.book, policy, day, actor="ann", at=AT)
    written_so = grade_book(plain.book, policy, day, actor="ann", at=AT)
    assert together.record.digest == written_so.record.digest != apart.record.digest
    assert replay_run(story.kit.book, apart.record.run_id).same, "what was graded before the merge stays"
    for code in ("C3", "C2"):
        story.kit.put(
            "merges", {"merged_code": code, "valid_from": "1900-01-01", "reason": "they are two after all"}
        )
    assert grade_book(story.kit.book, policy, day, actor="ann", at=AT).record.digest == apart.record.digest
    assert replay_run(story.kit.book, together.record.run_id).same, "and so does what was graded with it"
