"""Characteristics of key accounts, corrected by a person with a reason. Spec 6.11 step 2, decision 0020."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise.grading.explain import explain
from tierwise.grading.replay import replay_run
from tierwise.grading.run import grade_book, read_result
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.characteristics import Correction, correct, corrections, withdraw
from tierwise.policy.load import load_policy

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
AS_OF = date(2026, 3, 31)
SAID = Correction("small", "kc_05", True, "two engineers on site, hours not logged", "Wu", date(2026, 3, 5))


def kit(folder: Path, **settings: Any) -> Kit:
    made = Kit(folder, **settings)
    rows = [{"code": name, "name": name, "valid_from": "2024-01-01"} for name in ("big", "small")]
    made.put(
        "customers", *rows, {"code": "gone", "name": "gone", "status": "archived", "valid_from": "2024-01-01"}
    )
    made.put("order_lines", line("1", 1, 990, "2026-02-01", customer_code="big"),
             line("2", 1, 10, "2026-02-01", customer_code="small"))  # fmt: skip
    made.put("time_logs", {"customer_code": "big", "date": "2026-02-01", "minutes": 600, "number": "1"})
    return made


def result(book: Any, run: Any) -> dict[str, Any]:
    return {
        name.removeprefix("key_account_"): value
        for name, value in read_result(book, run, "small").items()
        if name.startswith("key_account_kc_05")
    }


def graded(book: Any) -> Any:
    return grade_book(book, load_policy("key_accounts"), AS_OF, actor="ann", at=AT).record


def test_a_correction_is_used_shown_beside_the_facts_and_replayed(tmp_path: Path) -> None:
    book = kit(tmp_path).book
    before = graded(book)
    assert result(book, before) == {"kc_05": False}
    correct(book, SAID, actor="Wu", at=AT)
    after = graded(book)
    assert result(book, after) == {
        "kc_05": True, "kc_05_found": False, "kc_05_by": "Wu", "kc_05_on": date(2026, 3, 5),
        "kc_05_why": SAID.reason,
    }  # fmt: skip
    assert read_result(book, after, "big")["key_account_kc_05_by"] is None
    for run in (before, after):
        assert replay_run(book, run.run_id).same


@pytest.mark.parametrize(
    ("lang", "shown", "remark"),
    [
        (
            "en",
            "met",
            "corrected by Wu, 2026-03-05: two engineers on site, hours not logged (facts: not met)",
        ),
        ("zh", "符合", "Wu 于 2026-03-05 更正：two engineers on site, hours not logged（数据显示：不符合）"),
    ],
)
def test_an_explanation_says_who_corrected_what_and_why(
    tmp_path: Path, lang: Any, shown: str, remark: str
) -> None:
    book = kit(tmp_path).book
    correct(book, SAID, actor="Wu", at=AT)
    graded(book)
    rows = {row.code: row for row in explain(book, "small").components(lang)}
    told = rows["key_account.kc_05"]
    assert (told.score, told.value, told.status_code) == (shown, remark, "corrected")
    assert rows["key_account.kc_09"].value == ""


def test_the_newest_holds_and_withdrawn_the_facts_speak_again(tmp_path: Path) -> None:
    book = kit(tmp_path).book
    correct(book, SAID, actor="Wu", at=AT)
    correct(book, Correction("small", "kc_05", False, "over", "Li", date(2026, 3, 8)), actor="Li", at=AT)
    assert [(c.met, c.by) for c in corrections(book, AS_OF)] == [(False, "Li")]
    assert [(c.met, c.by) for c in corrections(book, date(2026, 3, 6))] == [(True, "Wu")]
    kept = graded(book)
    withdraw(book, "small", "kc_05", actor="Wu", at=AT)
    assert corrections(book, AS_OF) == []
    assert (result(book, graded(book))["kc_05_by"], result(book, kept)["kc_05_by"]) == (None, "Li")
    with pytest.raises(TierwiseError, match="is not corrected"):
        withdraw(book, "small", "kc_05", actor="Wu", at=AT)


def test_a_correction_ends_after_twelve_months_or_on_its_last_day(tmp_path: Path) -> None:
    book = kit(tmp_path).book
    correct(book, SAID, actor="Wu", at=AT)
    short = Correction("big", "kc_09", False, "a project", "Wu", date(2026, 3, 5), date(2026, 3, 20))
    correct(book, short, actor="Wu", at=AT)
    for day, items in ((20, ["kc_09", "kc_05"]), (21, ["kc_05"])):
        assert [c.item for c in corrections(book, date(2026, 3, day))] == items
    assert corrections(book, date(2027, 3, 4)) != []
    assert corrections(book, date(2027, 3, 5)) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"item": "kc_01"}, "characteristic.unknown"),
        ({"until": date(2026, 3, 4)}, "characteristic.days"),
        ({"reason": "  "}, "override.no-reason"),
        ({"customer": "nobody"}, "override.no-customer"),
        ({"customer": "gone"}, "override.customer-not-active"),
    ],
)
def test_what_is_wrong_with_a_correction_is_told_and_nothing_is_written(
    tmp_path: Path, changed: dict[str, Any], code: str
) -> None:
    book = kit(tmp_path).book
    said = {
        "customer": "small",
        "item": "kc_05",
        "met": True,
        "reason": "why",
        "by": "Wu",
        "on": date(2026, 3, 5),
    }
    with pytest.raises(TierwiseError) as caught:
        correct(book, Correction(**{**said, **changed}), actor="Wu", at=AT)
    assert (caught.value.code, corrections(book, AS_OF)) == (code, [])


def test_who_has_no_name_and_a_book_that_decides_in_the_web_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TierwiseError):
        correct(kit(tmp_path / "a").book, SAID, actor=" ", at=AT)
    with pytest.raises(TierwiseError, match="web application"):
        correct(kit(tmp_path / "b", decisions="web").book, SAID, actor="Wu", at=AT)


def imported(made: Kit, **more: Any) -> None:
    row = {
        "customer_code": "small",
        "template": "key_account",
        "criterion": "kc_05",
        "score": "5",
        "level": "met",
    }
    made.put("assessments", {**row, "assessor": "Wu", "as_of": "2026-03-05", **more})


def test_a_correction_without_a_reason_or_of_a_customer_gone_since_can_be_withdrawn(tmp_path: Path) -> None:
    made = kit(tmp_path)
    imported(made)
    gone = {"code": "small", "name": "small", "status": "archived", "valid_from": "2026-03-06"}
    made.put("customers", gone)
    assert [c.item for c in corrections(made.book, AS_OF)] == ["kc_05"]
    withdraw(made.book, "small", "kc_05", actor="Li", at=AT)
    assert corrections(made.book, AS_OF) == []


def test_what_says_neither_met_nor_not_met_is_no_correction(tmp_path: Path) -> None:
    made = kit(tmp_path)
    imported(made, level="perhaps")
    assert corrections(made.book, AS_OF) == []
    assert result(made.book, graded(made.book))["kc_05_by"] is None


def test_a_reason_that_no_book_keeps_is_told_without_the_file_in_between(tmp_path: Path) -> None:
    said = Correction("small", "kc_05", True, "two\x1b[31m engineers", "Wu", date(2026, 3, 5))
    with pytest.raises(TierwiseError, match=r"^characteristics small kc_05: .*control-character"):
        correct(kit(tmp_path).book, said, actor="Wu", at=AT)
