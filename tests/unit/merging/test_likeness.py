"""Which records look alike, and which only seem to."""

from __future__ import annotations

import pytest

from tierwise.merging.likeness import alike
from tierwise.merging.model import Known, Pair


def known(*records: tuple[str, ...]) -> list[Known]:
    """Records of code, name, and perhaps credit code and parent."""
    return [Known(*(*record, "", "")[:4]) for record in records]


def found(records: list[Known], **more: list[tuple[str, str]]) -> dict[tuple[str, str], Pair]:
    """The pairs by their codes."""
    pairs = alike(records, more.get("phones", []), more.get("emails", []))
    return {pair.codes: pair for pair in pairs}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＣＭＥ Co., Ltd.", "acme"),
        ("北京远大（集团）有限公司", "北京远大集团股份有限公司"),
        ("Müller GmbH", "MÜLLER"),
    ],
)
def test_width_case_signs_and_legal_form_make_no_other_name(one: str, other: str) -> None:
    pair = found(known(("A", one), ("B", other)))["A", "B"]
    assert [clue.kind for clue in pair.clues] == ["name"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("上海华东机械设备制造厂", "上海华东机械设备制造场"), ("International Papers", "Internationl Papers")],
)
def test_a_slip_of_the_pen_is_a_near_name(one: str, other: str) -> None:
    pair = found(known(("A", one), ("B", other), ("C", "something else entirely")))["A", "B"]
    assert [clue.kind for clue in pair.clues] == ["near_name"]
    assert 60 <= pair.score < 90


def test_names_that_differ_by_a_number_are_not_near() -> None:
    assert found(known(("A", "Sample Customer 0017"), ("B", "Sample Customer 0018"))) == {}


def test_branches_of_a_group_are_not_near() -> None:
    assert (
        found(known(("G", "x"), ("A", "远大机械上海分公司", "", "G"), ("B", "远大机械上海公司分", "", "G")))
        == {}
    )


def test_two_credit_codes_are_two_companies_of_one_name() -> None:
    assert found(known(("A", "远大贸易", "911"), ("B", "远大贸易", "912"))) == {}


def test_one_credit_code_is_one_company_whatever_its_name() -> None:
    assert found(known(("A", "Old name", "91a b"), ("B", "New name", "91AB")))["A", "B"].score == 100


def test_a_phone_is_a_clue_however_it_is_written_and_a_switchboard_is_none() -> None:
    records = known(*((f"C{n}", f"name {n}{n}{n}") for n in range(12)))
    pairs = found(records, phones=[("C1", "+86 138-0000-1111"), ("C2", "13800001111")])
    assert list(pairs) == [("C1", "C2")]
    assert found(records, phones=[(f"C{n}", "02188886666") for n in range(12)]) == {}


def test_more_clues_say_more() -> None:
    records = known(("A", "Acme"), ("B", "ACME Ltd"))
    by_name = found(records)["A", "B"].score
    assert found(records, emails=[("A", "x@acme.com"), ("B", "X@acme.com")])["A", "B"].score > by_name


def test_of_many_with_one_name_each_is_set_beside_the_first() -> None:
    records = known(*((f"C{n:02}", "Acme") for n in range(30)))
    assert set(found(records)) == {("C00", f"C{n:02}") for n in range(1, 30)}


def test_what_was_found_different_is_not_proposed() -> None:
    records = known(("A", "Acme"), ("B", "Acme"))
    assert alike(records, [], [], apart=lambda a, b: (a, b) == ("A", "B")) == []


def test_width_makes_no_other_credit_code_phone_or_address() -> None:
    wide = "９１３１ ００００Ｘ"
    pair = found(known(("A", "远大贸易", "91310000X"), ("B", "远大贸易", wide)))["A", "B"]
    assert [clue.kind for clue in pair.clues] == ["credit_code", "name"]
    told = {
        "phones": [("A", "13800001111"), ("B", "１３８ ００００ １１１１")],
        "emails": [("A", "a@b.cn"), ("B", "Ａ＠b.cn")],
    }
    assert {c.kind for c in found(known(("A", "x"), ("B", "y")), **told)["A", "B"].clues} == {
        "phone",
        "email",
    }


@pytest.mark.parametrize("none", ["-", "无", "N/A", "000000"])
def test_what_stands_where_a_credit_code_lacks_is_no_credit_code(none: str) -> None:
    assert found(known(("A", "alpha", none), ("B", "beta", none))) == {}
    assert found(known(("A", "alpha", none), ("B", "Alpha", "91310000X")))["A", "B"].score == 90


def test_of_many_records_of_one_credit_code_no_two_are_set_apart_by_it() -> None:
    many = known(*((f"C{n:02}", "alpha" if n > 7 else f"name {n}", "91310000X") for n in range(10)))
    assert found(many)["C08", "C09"].score >= 90
