"""How prospects become customers: every step on its day, counted by cohort."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from tierwise import api
from tierwise.insight.funnel import STEPS, Heading, cohorts, headings, prospect_steps

AT = datetime(2026, 11, 20, tzinfo=UTC)
AS_OF = date(2026, 11, 20)
FILES = {
    "customers": """code,name,kind,status,source,owner,first_contact_on,valid_from
P1,won,prospect,active,fair,ann,2026-09-03,
P2,in work,prospect,active,fair,bo,2026-09-20,
P3,given up,prospect,active,web,ann,2026-10-01,2026-10-01
P3,given up,prospect,archived,web,ann,2026-10-01,2026-11-02
P4,untouched,suspect,active,,,2026-10-15,
P5,old,existing,active,fair,ann,,
P6,old with a later row,existing,active,fair,ann,,1900-01-01
P6,old renamed,existing,active,fair,ann,,2026-10-09
P7,by its first row,prospect,active,web,bo,,2026-10-20
P8,not yet,prospect,active,web,bo,2026-12-01,
""",
    "interactions": """number,customer_code,date,kind
V1,P1,2026-09-05,visit
V2,P1,2026-09-01,call
V3,P2,2026-09-25,call
V4,P3,2026-10-03,visit
V5,P4,2026-10-16,greeting
V6,P4,2026-10-17,email
V7,P7,2026-10-21,event
""",
    "assessments": """customer_code,template,criterion,score,assessor,as_of
P1,prospect_scorecard,potential_demand,80,ann,2026-09-10
P3,other_card,x,80,ann,2026-10-10
""",
    "order_lines": "order_number,line_no,customer_code,order_date,posting_date,status,line_type,linked_order,"
    """reported_by_agent,amount_ex_tax
O1,1,P1,2026-10-02,2026-10-05,shipped,sale,,,100
O2,1,P2,2026-10-02,2026-10-05,draft,sale,,,100
O3,1,P6,2020-01-02,2020-01-05,shipped,sale,,,100
O4,1,P4,2026-10-20,2026-10-20,shipped,sale,,yes,100
O5,1,P7,2026-10-22,2026-10-22,shipped,sale,,,100
O6,1,P7,2026-10-25,2026-10-25,shipped,return,O5,,-100
O7,1,P2,2026-10-25,2026-10-25,shipped,freight,,,10
""",
}


@pytest.fixture
def book(tmp_path: Path) -> api.Book:
    made = api.create_book(tmp_path / "book", name="x", actor="ann", at=AT, base_currency="CNY")
    for table, text in FILES.items():
        file = tmp_path / f"{table}.csv"
        file.write_text(text, encoding="utf-8")
        api.import_files(made, table, [file], actor="ann", at=AT)
    return made


def test_every_step_stands_on_its_day_and_who_was_there_before_never_entered(book: api.Book):
    rows = {row["code"]: row for row in prospect_steps(book, AS_OF, ["prospect_scorecard"]).to_pylist()}
    assert {code: tuple(row[step] for step in STEPS) for code, row in rows.items()} == {
        "P1": (date(2026, 9, 3), date(2026, 9, 1), date(2026, 9, 10), date(2026, 10, 2), None),
        "P2": (date(2026, 9, 20), date(2026, 9, 25), None, None, None),
        "P3": (date(2026, 10, 1), date(2026, 10, 3), None, None, date(2026, 11, 2)),
        "P4": (date(2026, 10, 15), None, None, None, None),
        "P7": (date(2026, 10, 20), None, None, None, None),
    }


def test_cohorts_count_how_far_those_came_that_entered_together(book: api.Book):
    rows = prospect_steps(book, AS_OF, ["prospect_scorecard"])
    months = cohorts(rows, "month")
    assert [one.key for one in months] == ["2026-09", "2026-10"]
    assert [stage.customers for stage in months[0].stages] == [2, 2, 1, 1, 0]
    assert [stage.customers for stage in months[1].stages] == [3, 1, 0, 0, 1]
    assert months[0].of("won").share_pct == 50
    assert months[1].of("given_up").share_pct == Fraction(100, 3)
    sources = cohorts(rows, "source")
    assert [(one.key, one.stages[0].customers) for one in sources] == [("fair", 2), ("web", 2), (None, 1)]


def test_a_greeting_and_what_is_sent_to_many_is_no_work_but_an_answer_is(book: api.Book, tmp_path: Path):
    file = tmp_path / "answer.csv"
    file.write_text("number,customer_code,date,kind,direction\nV8,P4,2026-10-19,email,in\n", encoding="utf-8")
    api.import_files(book, "interactions", [file], actor="ann", at=AT)
    rows = {row["code"]: row["worked"] for row in prospect_steps(book, AS_OF, []).to_pylist()}
    assert (rows["P4"], rows["P7"]) == (date(2026, 10, 19), None)


def test_from_a_day_on_the_same_is_told_of_those_alone_that_entered_then(book: api.Book):
    every = prospect_steps(book, AS_OF, ["prospect_scorecard"])
    late = prospect_steps(book, AS_OF, ["prospect_scorecard"], since=date(2026, 10, 1)).to_pylist()
    assert late == [row for row in every.to_pylist() if row["entered"] >= date(2026, 10, 1)]
    assert 0 < len(late) < len(every)


def test_every_heading_of_a_row_is_that_of_its_line(book: api.Book):
    rows = prospect_steps(book, AS_OF, ["prospect_scorecard"])
    assert [one.key for one in cohorts(rows, "quarter")] == ["2026-Q3", "2026-Q4"]
    for by in get_args(Heading):
        said = headings(rows, by).to_pylist()
        assert {one.key: one.of("entered").customers for one in cohorts(rows, by)} == Counter(said)


def test_an_earlier_day_sees_less(book: api.Book):
    rows = prospect_steps(book, date(2026, 9, 10), []).to_pylist()
    assert [(row["code"], row["judged"], row["won"]) for row in rows] == [("P1", None, None)]
