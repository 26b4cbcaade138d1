"""``tierwise rehearse`` and the states of policies, in both languages: from a draft to the month with which it holds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Cli
from tierwise.kernel.text import Lang
from tierwise.policy.load import load_policy
from tierwise_cli.main import main

MAY = "2026-05-10T10:00:00+08:00"


@pytest.fixture(scope="module")
def _published(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """February published, and a second version of the policy beside the book."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(built, folder, dirs_exist_ok=True)
    book = str(folder / "book")
    for actor, words in (
        ("ann", ["cycle", book, "--policy", "abc_sales", "--period", "2026-02"]),
        ("bo", ["run", "approve", book, "2"]),
        ("bo", ["run", "publish", book, "2"]),
        ("ann", ["policy", "use", book, "abc_sales"]),
    ):
        assert main([*words, "--at", NOW, "--actor", actor, "--json"]) == 0
    text = (
        load_policy("abc_sales")
        .text.replace("{A: 5, B: 20}", "{A: 10, B: 50}")
        .replace("version: 1", "version: 2")
    )
    (folder / "two.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def place(_published: Path, tmp_path: Path) -> Path:
    shutil.copytree(_published, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_rehearsal_tells_programs_what_would_change(cli: Cli, place: Path) -> None:
    data = cli(
        "rehearse", place / "book", "--policy", place / "two.yaml", "--as-of", "2026-02-28", "--json"
    ).data
    assert (data["rehearsal"], data["grades"], data["against"]["run"]) == (
        "rehearsal-000001",
        "effective",
        "run-000002",
    )
    assert {row["state"]: (row["before"], row["after"]) for row in data["sizes"]} == {
        "A": (1, 2),
        "B": (2, 4),
        "C": (9, 6),
    }
    assert [row["customer_id"] for row in data["rows"]] == [
        row["customer_id"] for row in data["rows"] if row["step"] == 1
    ]
    assert data["movers"] == len(data["rows"]) == 4
    assert set(data["effects"]) == {"by_grade", "by_move", "by_owner"}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Expected class sizes", "What would move", "Whose customers would move", "The most surprising moves",
                "instead of abc_sales v1", "method, metrics, cuts", "Li"]),
        ("zh", ["预期各等级规模", "变动涉及的金额", "各负责人的客户变动", "最出人意料的变动", "取代 abc_sales v1", "方法、指标与界线"]),
    ],
)  # fmt: skip
def test_the_page_reads_well(cli: Cli, place: Path, lang: Lang, words: list[str]) -> None:
    shown = cli(
        "rehearse", place / "book", "--policy", place / "two.yaml", "--as-of", "2026-02-28", "--lang", lang
    ).out
    for word in words:
        assert word in shown, shown


def test_a_stored_rehearsal_is_read_and_written_to_a_file(cli: Cli, place: Path) -> None:
    assert "No rehearsal yet" in cli("rehearsals", place / "book").out
    first = cli(
        "rehearse", place / "book", "--policy", place / "two.yaml", "--as-of", "2026-02-28", "--json"
    ).data
    again = cli("rehearsals", place / "book", "1", "--out", place / "movers.csv", "--json").data
    assert again | {"out": None} == first
    assert len((place / "movers.csv").read_text(encoding="utf-8-sig").splitlines()) == 5
    assert [one["rehearsal"] for one in cli("rehearsals", place / "book", "--json").data["rehearsals"]] == [
        "rehearsal-000001"
    ]
    assert cli("rehearsals", place / "book", "7").code == 2


def test_a_dry_run_leaves_the_book_as_it_is(cli: Cli, place: Path) -> None:
    before = cli("versions", place / "book", "--json").data
    shown = cli(
        "rehearse",
        place / "book",
        "--policy",
        "abc_profit",
        "--as-of",
        "2026-02-28",
        "--against",
        "abc_sales",
        "--dry-run",
    )
    assert "not stored" in shown.out
    assert cli("versions", place / "book", "--json").data == before


def test_two_people_bring_a_policy_from_draft_to_effective(cli: Cli, place: Path) -> None:
    book = place / "book"
    assert cli("policy", "states", book).out.startswith("No policy goes through approval")
    cli("policy", "draft", book, place / "two.yaml", "--note", "more attention")
    assert cli("policy", "submit", book, "abc_sales").code == 2
    assert (
        cli("rehearse", book, "--policy", "abc_sales", "--as-of", "2026-02-28", "--json").data["policy"][
            "version"
        ]
        == 2
    )
    assert cli("policy", "submit", book, "abc_sales").code == 0
    own = cli("policy", "approve", book, "abc_sales")
    assert (own.code, "decision.own-request" in own.err) == (2, True)
    assert cli("policy", "approve", book, "abc_sales", "--actor", "bo").code == 0
    late = cli("policy", "publish", book, "abc_sales", "--from", "2026-02")
    assert "policy.closed-period" in late.err
    done = cli("policy", "publish", book, "abc_sales", "--from", "2026-04", "--json").data["policy"]
    assert (done["state"], done["effective_from"], done["rehearsal"]) == (
        "published",
        "2026-04",
        "rehearsal-000001",
    )
    assert [step["event"] for step in done["history"]] == ["drafted", "submitted", "approved", "published"]
    shown = cli("policy", "states", book, "--lang", "zh", "--at", MAY).out
    assert "生效中" in shown
    march = cli("cycle", book, "--period", "2026-03", "--at", MAY, "--json")
    assert march.data["run"]["policy_code"] == "abc_sales"
    for words in (["approve"], ["publish"]):
        assert cli("run", *words, book, "3", "--actor", "bo", "--at", MAY).code == 0
    old = cli("cycle", book, "--policy", place / "one.yaml", "--period", "2026-04", "--at", MAY)
    assert old.code == 2
    assert cli("cycle", book, "--period", "2026-04", "--at", MAY).code == 0
    assert json.loads(cli("runs", book, "--json").out)["runs"][-1]["policy_version"] == 2


def test_rejecting_and_retiring_ask_for_a_reason(cli: Cli, place: Path) -> None:
    book = place / "book"
    cli("policy", "draft", book, place / "two.yaml")
    cli("rehearse", book, "--policy", "abc_sales", "--as-of", "2026-02-28")
    cli("policy", "submit", book, "abc_sales")
    assert cli("policy", "reject", book, "abc_sales", "--actor", "bo").code == 2
    assert "rejected" in cli("policy", "reject", book, "abc_sales", "--actor", "bo", "--note", "too many").out
    assert cli("policy", "retire", book, "abc_sales").code == 2
    assert "retired" in cli("policy", "retire", book, "abc_sales", "--note", "dropped").out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_refusal_says_which_command_helps(cli: Cli, place: Path, lang: Lang) -> None:
    cli("policy", "draft", place / "book", place / "two.yaml")
    said = cli("policy", "submit", place / "book", "abc_sales", "--lang", lang).err
    assert f"tierwise rehearse {place / 'book'} --policy abc_sales --as-of 2026-02-28" in said
