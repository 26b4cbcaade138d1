"""The people at the customers of the sample company, what was promised to them and noticed there."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from tests.unit.demo.reading import latest, rows_of
from tierwise.book.contract.choices import BUYING_ROLES
from tierwise.demo.company import contacts, visits, write_company

END = "2026-10-31"


@pytest.fixture(scope="module")
def people(company):
    return rows_of(company, "contacts")


@pytest.fixture(scope="module")
def dealings(company):
    return rows_of(company, "interactions")


def test_they_draw_from_streams_of_their_own(tmp_path, monkeypatch):
    with_them = write_company(tmp_path / "with", customers=40)
    monkeypatch.setattr(contacts, "contacts_of", lambda *_: [])
    monkeypatch.setattr(visits, "visit_rows", lambda *_: ())
    monkeypatch.setattr(visits, "signal_rows", lambda *_: ())
    without = write_company(tmp_path / "without", customers=40)
    changed = [
        table
        for table, paths in with_them.tables.items()
        if [path.read_bytes() for path in paths] != [path.read_bytes() for path in without.tables[table]]
    ]
    assert changed == ["contacts", "interactions", "signals"]


def test_large_customers_are_known_best_and_how_they_stand_is_noted_of_them_alone(company, people):
    known = Counter(row["customer_code"] for row in people if row["active"] == "true")
    noted = {row["customer_code"] for row in people if row["stance"]}
    assert min(known[code] for code in noted) >= 1
    others = [known[code] for code in known if code not in noted]
    assert sum(known[code] for code in noted) / len(noted) > 2 * sum(others) / len(others)
    assert 0.1 < len(noted) / len({row["code"] for row in rows_of(company, "customers")}) < 0.35
    assert {role for row in people for role in row["roles"].split(";") if role} <= {
        r.code for r in BUYING_ROLES
    }
    assert {row["stance"] for row in people} == {"", "-2", "-1", "0", "1", "2"}
    assert set(company.stories["internal_unit"]).isdisjoint(known)


def test_lost_customers_stand_worse_to_us_than_rising_ones(company, people):
    def stance(story):
        of = [
            int(r["stance"]) for r in people if r["customer_code"] in company.stories[story] and r["stance"]
        ]
        return sum(of) / len(of)

    assert stance("lost_key") < stance("fading") + 1 < stance("rising_star") + 1


def test_who_left_has_a_successor_at_the_same_customer_from_that_day(people):
    first = {row["code"]: row for row in people if row["active"] == "true"}
    gone = [row for row in people if row["active"] == "false"]
    assert gone
    for row in gone:
        successor = first[row["successor_code"]]
        assert successor["customer_code"] == row["customer_code"]
        assert (successor["title"], successor["valid_from"]) == (row["title"], row["valid_from"])
        assert successor["name"] != row["name"]


def test_nobody_can_be_reached_at_what_is_written_and_nobody_shares_it(people):
    for way in ("phone", "email"):
        owners = defaultdict(set)
        for row in people:
            owners[row[way]].add(row["code"])
        assert all(len(codes) == 1 for codes in owners.values())
    assert all(row["phone"].startswith("100 ") and row["email"].endswith(".example") for row in people)


def test_who_is_met_is_known_and_in_place_on_the_day(people, dealings):
    since = {row["code"]: row["valid_from"] for row in people if row["active"] == "true"}
    until = {row["code"]: row["valid_from"] for row in people if row["active"] == "false"}
    whose = {row["code"]: row["customer_code"] for row in people}
    met = [row for row in dealings if row["contact_code"]]
    assert len(met) > len(dealings) / 2
    for row in met:
        code = row["contact_code"]
        assert whose[code] == row["customer_code"]
        assert since[code] <= row["date"] < until.get(code, "9999")


def test_large_customers_are_seen_more_often(company, people, dealings):
    noted = {row["customer_code"] for row in people if row["stance"]}
    kinds = {code: row["kind"] for code, row in latest(rows_of(company, "customers")).items()}
    seen = Counter(row["customer_code"] for row in dealings)
    others = [code for code, kind in kinds.items() if kind == "existing" and code not in noted]
    assert sum(seen[c] for c in noted) / len(noted) > 3 * sum(seen[c] for c in others) / len(others)
    assert {row["kind"] for row in dealings} == {"visit", "call", "meeting", "email", "message", "event"}


def test_promises_have_a_day_and_an_end_and_some_lie_open(dealings):
    made = [row for row in dealings if row["promise"]]
    for row in dealings:
        assert bool(row["promise"]) == bool(row["promise_due_on"]) == bool(row["promise_state"])
    for row in made:
        assert row["date"] < row["promise_due_on"]
        if row["promise_due_on"] > END:
            assert row["promise_state"] in ("open", "kept")
    ends = Counter(row["promise_state"] for row in made)
    assert ends["kept"] > 0.5 * len(made)
    assert min(ends["late"], ends["broken"], ends["withdrawn"]) > 0
    still = [row for row in made if row["promise_state"] == "open"]
    overdue = [row for row in still if row["promise_due_on"] <= END]
    assert 0 < len(overdue) < len(still)
    assert min(row["promise_due_on"] for row in overdue) > "2026-08"


def test_signals_follow_the_stories_and_new_ones_have_no_measure_yet(company):
    rows = rows_of(company, "signals")
    told = defaultdict(set)
    for row in rows:
        told[row["customer_code"]].add(row["kind"])
        assert bool(row["action"]) == (row["state"] != "new")
    for story, kind in (("lost_key", "competitor_move"), ("late_payer_own_fault", "payment_ability")):
        assert all(kind in told[code] for code in company.stories[story])
    assert {row["state"] for row in rows} == {"new", "assessed", "acted", "closed"}
    assert len({row["kind"] for row in rows}) >= 7
