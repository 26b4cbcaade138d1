"""A rehearsal says what a policy would do, and that is what it does once it holds."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.book.bookkit import Kit, line
from tests.unit.movement.monthly import AT, document, grades, publish, review, through
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.overriding import Request, approve_override, request_override
from tierwise.policy.load import PolicyDocument, load_policy
from tierwise.rehearsal.model import Rehearsal
from tierwise.rehearsal.records import find_rehearsal, list_rehearsals, movers_of
from tierwise.rehearsal.rehearse import CAUSES, rehearse

JANUARY = date(2026, 1, 31)
DECEMBER = date(2025, 12, 31)
LOWER = ("{A: 1000, B: 500}", "{A: 700, B: 90}")


def lower(confirm: int = 1) -> PolicyDocument:
    """The same policy with lower cuts, as its second version."""
    text = document(confirm, *LOWER).text.replace("version: 1", "version: 2")
    return load_policy("monthly.yaml", text=text)


def done(
    book: Book, new: PolicyDocument, day: date, **more: Any
) -> tuple[Rehearsal, dict[str, dict[str, Any]]]:
    found, rows = rehearse(book, new, day, actor="ann", at=AT, **more)
    return found, {row["customer_id"]: row for row in rows.to_pylist()}


def steps(rows: dict[str, dict[str, Any]]) -> dict[str, tuple[str, str, int]]:
    return {who: (row["previous"], row["current"], row["step"]) for who, row in rows.items()}


def test_a_lower_cut_moves_up_those_between_the_cuts(january: Book) -> None:
    found, rows = done(january, lower(), JANUARY)
    assert (found.against_code, found.against_version, found.against_run) == ("monthly", 1, "run-000003")
    assert found.grades == "effective"
    # in January C2 bought 700, C4 800 and C5 100
    assert steps(rows) == {"C2": ("B", "A", 1), "C4": ("B", "A", 1), "C5": ("C", "B", 1)}
    assert all(
        row["main"] == "policy" and row["policy_method"] == row["policy"] == 1 for row in rows.values()
    )


def test_class_sizes_are_those_of_now_and_then(january: Book) -> None:
    found, _ = done(january, lower(), JANUARY)
    assert {row["state"]: (row["before"], row["after"], row["computed"]) for row in found.facts["sizes"]} == {
        "A": (1, 3, 3), "B": (2, 1, 1), "C": (1, 0, 0), "INACTIVE": (1, 1, 1),
    }  # fmt: skip


def test_the_rehearsal_of_a_month_is_what_its_cycle_brings(november: Book, tmp_path: Path) -> None:
    """Two copies of a book: one goes on as before, one by the new policy; their difference was rehearsed."""
    _, rows = done(november, lower(), DECEMBER)
    twin = Book.open(Path(shutil.copytree(november.path, tmp_path / "twin")))
    through(twin, "2025-12")
    run = run_cycle(november, lower(), Period.of("2025-12"), actor="ann", at=AT).run
    publish(november, run)
    before, after = grades(twin, "2025-12"), grades(november, "2025-12")
    inactive = {"C3", "C4"}  # C3 bought nothing in December, C4 nothing yet
    assert {who: (before[who], after[who]) for who in before if before[who] != after[who]} == {
        who: (row["previous"], row["current"]) for who, row in rows.items()
    }
    assert not inactive & set(rows)


def test_a_rehearsal_changes_no_grade(january: Book) -> None:
    before = grades(january, "2026-01")
    done(january, lower(), JANUARY)
    assert grades(january, "2026-01") == before


def test_an_override_stands_against_the_new_policy(november: Book) -> None:
    asked = Request("C5", "C", "strategic", "a test", date(2025, 12, 1), DECEMBER)
    at = datetime(2025, 12, 5, 2, tzinfo=UTC)
    made = request_override(november, document().policy, asked, actor="mia", at=at)
    approve_override(november, made.override_id, actor="bo", at=at)
    found, rows = done(november, lower(), DECEMBER)  # C5 bought 970: B, and A by the lower cut
    assert "C5" not in rows
    sizes = {row["state"]: (row["after"], row["computed"]) for row in found.facts["sizes"]}
    assert sizes["A"] == (2, 3)
    assert sizes["C"][0] == 1


def test_a_downgrade_that_must_be_confirmed_waits_also_in_a_rehearsal(january: Book) -> None:
    higher = document(2, "{A: 1000, B: 500}", "{A: 3000, B: 900}")
    found, rows = done(january, higher, JANUARY)
    # in December C1 and C2 were A and C5 was B; all three would be worse in January, for the first time
    assert steps(rows) == {"C2": ("B", "A", 1), "C4": ("B", "C", -1), "C5": ("C", "B", 1)}
    assert (rows["C2"]["policy"], rows["C2"]["confirmation"]) == (-1, 2)
    sizes = {row["state"]: (row["after"], row["computed"]) for row in found.facts["sizes"]}
    assert (sizes["A"], sizes["B"], sizes["C"]) == ((2, 0), (1, 1), (1, 3))


def test_the_parts_of_every_step_add_up_and_the_sections_to_the_policy(january: Book) -> None:
    text = lower().text.replace("window_months: 1", "window_months: 2") + (
        "gates:\n  - {code: one, when: {metric: orders, below: 2}, effect: cap, to: C}\n"
    )
    found, rows = done(january, load_policy("x.yaml", text=text), JANUARY)
    assert found.facts["sections"] == ["window", "method", "gates"]
    sections = {who: [row[f"policy_{name}"] for name in found.facts["sections"]] for who, row in rows.items()}
    # over two months C2 bought 2,200 and C5 1,070; C4 bought 800 with one order
    assert sections == {"C2": [1, 0, 0], "C4": [0, 1, -2], "C5": [2, 0, 0]}
    for who, row in rows.items():
        assert sum(row[cause] for cause in CAUSES) == row["step"]
        assert sum(sections[who]) == row["policy"]


def test_a_section_alone_is_what_a_policy_with_nothing_but_it_would_do(january: Book) -> None:
    wide = load_policy("x.yaml", text=document().text.replace("window_months: 1", "window_months: 2"))
    both = load_policy("x.yaml", text=lower().text.replace("window_months: 1", "window_months: 2"))
    _, alone = done(january, wide, JANUARY, dry_run=True)
    _, rows = done(january, both, JANUARY, dry_run=True)
    assert {who: row["policy_window"] for who, row in rows.items() if row["policy_window"]} == {
        who: row["policy"] for who, row in alone.items() if who in rows
    }


def test_whoever_needs_data_that_is_missing_loses_the_grade_by_the_policy(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("customers", {"code": "K1", "name": "K1", "valid_from": "2025-01-01"})
    kit.put("order_lines", line("a", 1, 900, "2025-11-05", customer_code="K1"))
    by_profit = document(1, "value: net_sales", "value: gross_profit")
    _, rows = done(kit.book, by_profit, date(2025, 11, 30), against=document())
    assert steps(rows) == {"K1": ("B", "UNGRADED", -2)}
    assert rows["K1"]["surprising"] == "in_or_out;pillar_down;"


def test_where_nobody_is_graded_yet_everybody_begins(book: Book) -> None:
    found, rows = done(book, document(), date(2025, 11, 30))
    assert (found.against_code, found.grades) == (None, "computed")
    assert steps(rows) == {
        "C1": ("INACTIVE", "A", 3), "C2": ("INACTIVE", "B", 2), "C3": ("INACTIVE", "A", 3), "C5": ("INACTIVE", "C", 1),
    }  # fmt: skip


def test_effects_are_counted_for_grades_moves_and_owners(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    owners = {"K1": "Li", "K2": "Li", "K3": "Wu"}
    kit.put(
        "customers",
        *({"code": c, "name": c, "owner": o, "valid_from": "2025-01-01"} for c, o in owners.items()),
    )
    spent = {"K1": 2000, "K2": 800, "K3": 100}
    kit.put(
        "order_lines",
        *(line(c, 1, v, "2025-11-05", customer_code=c, cost_amount=v // 2) for c, v in spent.items()),
    )
    kit.put("invoices", {"number": "I1", "customer_code": "K2", "issue_date": "2025-11-05", "due_date": "2025-11-20",
                         "amount": "900"})  # fmt: skip
    found, _ = done(kit.book, lower(), date(2025, 11, 30), against=document())
    effects = found.facts["effects"]
    money = {"net_sales": "2900", "gross_profit": "1450", "receivable": "900", "overdue": "900"}
    assert [row["move"] for row in effects["by_move"]] == ["upgrade"]
    up = effects["by_move"][0]
    assert up["customers"] == 2
    assert {k: Decimal(up[k]) for k in money} == {
        "net_sales": 900,
        "gross_profit": 450,
        "receivable": 900,
        "overdue": 900,
    }
    assert [(row["owner"], row["graded"], row["up"]) for row in effects["by_owner"]] == [
        ("Li", 2, 1),
        ("Wu", 1, 1),
    ]
    totals = {name: sum(Decimal(row[f"{name}_{end}"] or 0) for row in effects["by_grade"])
              for name in ("net_sales",) for end in ("before", "after")}  # fmt: skip
    assert totals["net_sales"] == 2900


def test_what_is_rehearsed_is_frozen_and_a_changed_digit_is_found(january: Book) -> None:
    found, rows = done(january, lower(), JANUARY)
    again = find_rehearsal(january, "1")
    assert again == found
    assert {row["customer_id"]: row for row in movers_of(january, again).to_pylist()} == rows
    file = Path(january.files(found.table, january.current())[0])
    _change(file)
    with pytest.raises(TierwiseError) as caught:
        movers_of(january, again)
    assert caught.value.code == "rehearsal.damaged"


def _change(file: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(file).read()
    column = table.column_names.index("current")
    changed = pa.array(["C", *table["current"].to_pylist()[1:]], pa.string())
    pq.write_table(table.set_column(column, "current", changed), file)


def test_the_same_rehearsal_again_is_the_same_but_for_its_number(january: Book) -> None:
    one, _ = done(january, lower(), JANUARY)
    two, _ = done(january, lower(), JANUARY)
    assert (one.digest, one.facts) == (two.digest, two.facts)
    assert [r.rehearsal_id for r in list_rehearsals(january)] == ["rehearsal-000001", "rehearsal-000002"]


def test_a_dry_run_stores_nothing(january: Book) -> None:
    number = january.current().number
    found, _ = done(january, lower(), JANUARY, dry_run=True)
    assert (found.number, january.current().number, list_rehearsals(january)) == (0, number, [])


def test_late_facts_do_not_blur_what_the_policy_does(january: Book, tmp_path: Path) -> None:
    """A published month is rehearsed on the facts that its run read."""
    first, _ = done(january, lower(), JANUARY)
    kit = Kit(tmp_path / "other")
    kit.book = january
    kit.put("order_lines", line("late", 1, 5000, "2026-01-20", customer_code="C5"))
    second, _ = done(january, lower(), JANUARY)
    assert (first.digest, first.book_version) == (second.digest, second.book_version)


def test_another_scale_and_another_level_are_refused(january: Book) -> None:
    third = '  - {code: C, title: {en: c, zh: 丙}, colour: "#333333"}\n'
    text = document().text.replace(third, "").replace("{A: 1000, B: 500}", "{A: 1000}")
    scale = load_policy("x.yaml", text=text)
    level = load_policy("x.yaml", text=document().text + "population: {level: group}\n")
    for new, code in ((scale, "rehearsal.other-scale"), (level, "rehearsal.other-level")):
        with pytest.raises(TierwiseError) as caught:
            done(january, new, JANUARY)
        assert caught.value.code == code


def test_months_that_are_not_next_to_each_other_are_compared_by_computed_grades(november: Book) -> None:
    found, _ = done(november, lower(), JANUARY)
    assert found.grades == "computed"
    assert review(november, "2025-12").state == "under_review"
