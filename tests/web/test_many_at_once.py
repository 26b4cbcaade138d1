"""Many customers at once: transferred, put into segments, exported, taken from the pool; all of it taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.book.batches import batches
from tierwise_web.audit.models import Event
from tierwise_web.customers import bulk as doing
from tierwise_web.customers.models import Bulk
from tierwise_web.customers.segments import holds, memberships
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import ENDED, IN_BOOK, TAKEN_BACK, WAITING, Change
from tierwise_web.editing.records import seen, standings
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.workflow import running
from tierwise_web.workflow.models import Job
from tierwise_web.workflow.running import work_once

Browser = Callable[[User | None], Client]
THREE = ["C000003", "C000004", "C000005"]
FACTS = {"effective_on": "2026-11-10", "reason": "reorganised", "note": "new areas"}
NEW = "新客户经理"


@pytest.fixture
def own_book(own_book: api.Book, monkeypatch: pytest.MonkeyPatch) -> api.Book:
    """A copy that the test may write to, with jobs that do not beat."""
    monkeypatch.setattr(running, "BEAT_SECONDS", 3600.0)
    return own_book


@pytest.fixture
def sam(sam: Client, make_user: MakeUser) -> Client:
    make_user("new", "account_manager", staff_name=NEW)
    return sam


@pytest.fixture
def mine(own_book: api.Book, sam: Client, as_user: Browser) -> Client:
    """The account manager to whom customers are transferred."""
    return as_user(User.objects.get(username="new"))


def chosen(client: Client, to: str, **sent: Any) -> str:
    """The address of the form about those that were chosen."""
    answer = client.post(f"/customers/chosen/{to}", sent)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def owners(book: api.Book, codes: list[str]) -> set[str | None]:
    found = standings(book, "customers", codes, timezone.localdate())
    return {found[code]["owner"] for code in codes}


def taken(book: api.Book) -> None:
    hand_over(book, actor=User.objects.get(username="sam"), at=timezone.now())


def test_a_transfer_of_many_says_how_many_and_which_is_seen_at_once_and_taken_back(
    own_book: api.Book, sam: Client, mine: Client
):
    before = owners(own_book, THREE)
    form = chosen(sam, "transfer", code=THREE)
    page = sam.get(form).content.decode()
    assert "Transfer 3 customers" in page
    assert all(code in page for code in THREE)
    assert sam.post(form, FACTS | {"owner": NEW}).status_code == 302
    assert "Done for 3" in sam.get(form).content.decode()
    assert owners(own_book, THREE) == {NEW}
    assert mine.get("/customers/count").content == b"3"
    assert set(Change.objects.values_list("reason", "note", "state")) == {
        ("reorganised", "new areas", WAITING)
    }
    assert [e.slots["customers"] for e in Event.objects.filter(code="bulk.done")] == [3]
    assert sam.post(form + "/undo").status_code == 302
    assert set(Change.objects.values_list("state", flat=True)) == {TAKEN_BACK}
    assert owners(own_book, THREE) == before
    assert mine.get("/customers/count").content == b"0"
    assert "Taken back" in sam.get(form).content.decode()


def test_what_is_in_the_book_already_is_taken_back_as_a_correction_that_ends(
    own_book: api.Book, sam: Client, mine: Client
):
    before = owners(own_book, THREE)
    form = chosen(sam, "transfer", code=THREE)
    sam.post(form, FACTS | {"owner": NEW})
    taken(own_book)
    sam.post(form + "/undo")
    assert Change.objects.filter(state=ENDED).count() == 3
    assert owners(own_book, THREE) == before
    assert mine.get("/customers/count").content == b"0"
    taken(own_book)
    assert owners(own_book, THREE) == before


def test_a_form_that_is_sent_twice_is_done_once(own_book: api.Book, sam: Client):
    form = chosen(sam, "transfer", code=THREE)
    for _ in range(2):
        sam.post(form, FACTS | {"owner": NEW})
    assert Change.objects.count() == 3
    assert Bulk.objects.get().done == 3


def test_a_record_that_somebody_changed_meanwhile_is_left_alone_and_listed(own_book: api.Book, sam: Client):
    first, second = chosen(sam, "transfer", code=THREE[:1]), chosen(sam, "transfer", code=THREE)
    sam.post(first, FACTS | {"team": "华南部"})
    sam.post(second, FACTS | {"owner": NEW})
    page = sam.get(second).content.decode()
    assert "Done for 2" in page
    assert "changed meanwhile" in page
    assert Bulk.objects.order_by("id")[1].skipped == {THREE[0]: "changed"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owner": ""}, "who looks after them"),
        ({"owner": "Nobody"}, "nobody here is called Nobody"),
        ({"reason": ""}, "say why"),
        ({"effective_on": "2999-01-01"}, "has not come yet"),
        ({"effective_on": "soon"}, "2026-10-31"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_done(
    own_book: api.Book, sam: Client, change: dict[str, str], said: str
):
    form = chosen(sam, "transfer", code=THREE)
    answer = sam.post(form, FACTS | {"owner": NEW} | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "new areas" in page
    assert not Change.objects.exists()


def test_the_whole_list_is_done_by_a_job_that_goes_on_where_it_was(
    own_book: api.Book, sam: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doing, "AT_ONCE", 10)
    form = chosen(sam, "transfer", all="1", query="?grade=C")
    number = len(Bulk.objects.get().chosen)
    assert number > 20
    sam.post(form, FACTS | {"owner": NEW})
    assert "It is being done" in sam.get(form).content.decode()
    steps, real = [], doing._step

    def broken(*args: Any, **kwargs: Any) -> None:
        steps.append(1)
        if len(steps) == 2:
            raise KeyboardInterrupt  # as if the machine went down
        real(*args, **kwargs)

    with monkeypatch.context() as other:
        other.setattr(doing, "_step", broken)
        with pytest.raises(KeyboardInterrupt):
            work_once("first")
    assert Change.objects.count() == 10
    Job.objects.update(state="waiting")
    assert work_once("second")
    assert Job.objects.get().state == "done", Job.objects.get().problem
    assert Change.objects.count() == number
    assert Bulk.objects.get().done == number
    assert Job.objects.get().actor == "sam"
    sam.post(form + "/undo")
    assert work_once("second")
    assert set(Change.objects.values_list("state", flat=True)) == {TAKEN_BACK}


def test_nobody_chosen_is_told(own_book: api.Book, sam: Client):
    for to in ("transfer", "segment", "export"):
        answer = sam.post(f"/customers/chosen/{to}", {"ending": "csv"})
        assert answer.status_code == 422
        assert "hoose at least one customer" in answer.content.decode()


def test_charlie_neither_chooses_foreign_customers_nor_sees_what_others_do(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    charlie = as_user(make_user("charlie", "sales_manager", "account_manager", staff_name="Charlie"))
    for to in ("transfer", "segment", "export"):
        answer = charlie.post(f"/customers/chosen/{to}", {"code": THREE, "ending": "csv"})
        if to == "export":
            assert THREE[0] not in answer.getvalue().decode("utf-8-sig")
        else:
            assert answer.status_code == 422
    assert not Bulk.objects.exists()
    form = chosen(sam, "transfer", code=THREE)
    assert charlie.get(form).status_code == 404
    assert charlie.post(form, FACTS | {"owner": NEW}).status_code == 404
    assert charlie.post(form + "/undo").status_code == 404
    assert charlie.get(f"/customer/{THREE[0]}/edit-here").status_code == 404


def test_a_wider_role_opens_no_transfer_of_those_whom_the_narrow_one_does_not_reach(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    both = as_user(make_user("both", "service_supervisor", "sales_manager", staff_name="Nobody at all"))
    assert both.get("/customers/count").content != b"0"
    assert both.post("/customers/chosen/transfer", {"code": THREE}).status_code == 422


def test_who_reaches_some_of_them_no_more_takes_only_the_others_back(
    own_book: api.Book, company: OrgUnit, make_user: MakeUser, as_user: Browser
):
    make_user("new", "account_manager", staff_name=NEW)
    lea = make_user("lea", "sales_manager", org_unit=company)
    rows = standings(own_book, "customers", [f"C{n:06}" for n in range(1, 40)], timezone.localdate())
    teams = {row["team"]: code for code, row in rows.items() if row["team"]}
    (team, kept), (_, lost), *_ = teams.items()
    form = chosen(as_user(lea), "transfer", code=[kept, lost])
    as_user(lea).post(form, FACTS | {"owner": NEW})
    assert Bulk.objects.get().done == 2
    lea.org_unit = OrgUnit.objects.get(code=team)
    lea.save()
    assert "/undo" in as_user(lea).get(form).content.decode()
    as_user(lea).post(form + "/undo")
    assert owners(own_book, [kept]) == {rows[kept]["owner"]}
    assert owners(own_book, [lost]) == {NEW}
    assert Bulk.objects.get().skipped == {lost: "not-yours"}
    assert Bulk.objects.get().state == "done", "a part of it still stands"
    assert "not within your reach any more" in as_user(lea).get(form).content.decode()
    lea.org_unit = company
    lea.save()
    as_user(lea).post(form + "/undo")
    assert owners(own_book, [lost]) == {rows[lost]["owner"]}
    assert Bulk.objects.get().state == "undone"
    assert Bulk.objects.get().skipped == {}


def test_those_chosen_are_exported_and_no_others_and_it_is_noted(own_book: api.Book, sam: Client):
    answer = sam.post("/customers/chosen/export", {"code": THREE[:2], "ending": "csv", "query": ""})
    text = answer.getvalue().decode("utf-8-sig")
    assert [code for code in THREE if code in text] == THREE[:2]
    assert Event.objects.get(code="customers.exported").slots["chosen"] == THREE[:2]


def made_segment(client: Client, **change: str) -> Any:
    said = {"code": "vip-club", "name": "俱乐部", "name_en": "Club", "dimension": "other", "valid_to": ""}
    return client.post("/segments/new", said | change)


def test_a_segment_by_hand_is_made_filled_and_emptied_with_days(own_book: api.Book, sam: Client):
    assert made_segment(sam).status_code == 302
    assert made_segment(sam).status_code == 422
    form = chosen(sam, "segment", code=THREE, do="in")
    assert "Put 3 customers into a segment" in sam.get(form).content.decode()
    assert sam.post(form, FACTS | {"segment": "vip-club"}).status_code == 302
    assert "Club" in sam.get("/segments").content.decode()
    page = sam.get("/segments/vip-club").content.decode()
    assert "3 customers in it today" in page
    assert "waits for the next run" in page
    work = sam.get(f"/customer/{THREE[0]}/work").content.decode()
    assert ">Club</a>" in work
    assert "2026-11-10 – open" in work
    taken(own_book)
    assert set(Change.objects.values_list("state", flat=True)) == {IN_BOOK}
    rows = memberships(own_book, THREE)
    assert {(row["valid_from"], row["valid_to"]) for some in rows.values() for row in some} == {
        ("2026-11-10", None)
    }
    again = chosen(sam, "segment", code=THREE, do="in")
    sam.post(again, FACTS | {"segment": "vip-club"})
    assert "in the segment already" in sam.get(again).content.decode()
    out = chosen(sam, "segment", code=THREE[:1], do="out")
    sam.post(out, FACTS | {"segment": "vip-club", "effective_on": "2026-11-15"})
    (row,) = memberships(own_book, THREE)[THREE[0]]
    assert row["valid_to"] == "2026-11-14"
    assert not holds(row, date(2026, 11, 15))
    taken(own_book)
    sam.post(out + "/undo")
    assert memberships(own_book, THREE)[THREE[0]][0]["valid_to"] is None
    sam.post(form + "/undo")
    taken(own_book)
    assert "2 customers" not in sam.get("/segments/vip-club").content.decode()


def test_a_segment_is_locked_against_two_and_script_in_it_stays_text(own_book: api.Book, sam: Client):
    made_segment(sam, name="<script>alert(1)</script>", name_en="<script>alert(2)</script>")
    for address in ("/segments", "/segments/vip-club", "/changes"):
        assert "<script>alert" not in sam.get(address).content.decode()
    found = re.search(r'name="seen" value="(\w+)"', sam.get("/segments/vip-club").content.decode())
    assert found
    form = {"name": "A", "name_en": "", "dimension": "other", "valid_to": "", "seen": found[1]}
    assert sam.post("/segments/vip-club", form).status_code == 302
    late = sam.post("/segments/vip-club", form | {"name": "B"})
    assert late.status_code == 422
    assert "now: A" in late.content.decode()


def test_who_keeps_no_segments_sees_them_and_changes_none(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    made_segment(sam)
    fin = as_user(make_user("fin", "finance"))
    assert "New segment" not in fin.get("/segments").content.decode()
    assert fin.get("/segments/new").status_code == 404
    assert made_segment(fin, code="x").status_code == 404
    assert 'name="name"' not in fin.get("/segments/vip-club").content.decode()
    assert fin.post("/segments/vip-club", {"name": "mine"}).status_code == 404


def unowned(book: api.Book, sam: Client, codes: list[str], team: str | None = None) -> None:
    """Their account manager has left."""
    for code in codes:
        Change.objects.create(
            table="customers", key=code, customer=code, actor="sam", made_at=AT, effective_on=date(2026, 11, 10),
            values={"owner": None, "backup": None, "team": team},
        )  # fmt: skip
    taken(book)


def test_who_looks_after_customers_claims_from_the_pool_and_whoever_was_first_has_them(
    own_book: api.Book, sam: Client, mine: Client, make_user: MakeUser, as_user: Browser
):
    unowned(own_book, sam, THREE)
    other = as_user(make_user("other", "account_manager", staff_name="另一位"))
    for client in (mine, other, sam):
        page = client.get("/pool").content.decode()
        assert all(code in page for code in THREE)
    assert mine.get(f"/customer/{THREE[0]}").status_code == 404
    claimed = mine.post("/pool/claim", {"code": THREE[:2]})
    assert "Done for 2" in mine.get(claimed.headers["Location"]).content.decode()
    assert mine.get(f"/customer/{THREE[0]}").status_code == 200
    assert THREE[0] not in other.get("/pool").content.decode()
    assert other.post("/pool/claim", {"code": THREE[:1]}).status_code == 422
    assert owners(own_book, THREE[:2]) == {NEW}
    mine.post(claimed.headers["Location"] + "/undo")
    assert THREE[0] in other.get("/pool").content.decode()
    assert mine.get(f"/customer/{THREE[0]}").status_code == 404


def test_a_customer_of_a_team_is_claimed_by_its_members_and_leaders_alone(
    own_book: api.Book, sam: Client, mine: Client, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    team = OrgUnit.objects.get(code="华南部")
    unowned(own_book, sam, THREE[:1], team.code)
    member = as_user(make_user("member", "account_manager", staff_name="团队成员", org_unit=team))
    leader = as_user(make_user("leader", "sales_manager", staff_name="主管", org_unit=company))
    assert THREE[0] not in mine.get("/pool").content.decode()
    assert mine.post("/pool/claim", {"code": THREE[:1]}).status_code == 422
    for client in (member, leader):
        assert THREE[0] in client.get("/pool").content.decode()
    assert member.post("/pool/claim", {"code": THREE[:1]}).status_code == 302
    assert owners(own_book, THREE[:1]) == {"团队成员"}


def test_who_has_no_name_in_the_book_claims_nothing_and_is_told_why(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    unowned(own_book, sam, THREE)
    nameless = as_user(make_user("nameless", "account_manager"))
    assert "no name as account manager" in nameless.get("/pool").content.decode()
    assert nameless.post("/pool/claim", {"code": THREE}).status_code == 422


def test_nobody_claims_more_customers_than_one_may_look_after_and_the_refusal_says_how_many(
    own_book: api.Book, sam: Client, mine: Client, monkeypatch: pytest.MonkeyPatch
):
    unowned(own_book, sam, THREE)
    monkeypatch.setattr(settings, "MOST_CUSTOMERS", 2)
    refused = mine.post("/pool/claim", {"code": THREE})
    assert refused.status_code == 422
    assert (
        "you look after 0 customers; with 3 more they would be above the limit of 2"
        in refused.content.decode()
    )
    assert owners(own_book, THREE) == {None}
    assert not Bulk.objects.exists()
    assert mine.post("/pool/claim", {"code": THREE[:1]}).status_code == 302
    assert "You look after 1 customer of 2 at most" in mine.get("/pool").content.decode()
    assert mine.post("/pool/claim", {"code": THREE[1:2]}).status_code == 302
    assert "You look after 2 customers of 2 at most" in mine.get("/pool").content.decode()
    assert mine.post("/pool/claim", {"code": THREE[2:]}).status_code == 422
    monkeypatch.setattr(settings, "MOST_CUSTOMERS", 0)
    assert mine.post("/pool/claim", {"code": THREE[2:]}).status_code == 302


def test_who_may_claim_a_customer_sees_who_it_is_without_profit_and_claims_it_there(
    own_book: api.Book, sam: Client, mine: Client, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    team = OrgUnit.objects.get(code="华南部")
    unowned(own_book, sam, THREE[:1])
    unowned(own_book, sam, THREE[1:2], team.code)
    page = mine.get(f"/pool/{THREE[0]}").content.decode()
    assert "nobody looks after it" in page
    assert re.search(r"<dt>Net sales", page)
    assert f'value="{THREE[0]}"' in page
    for word in ("rofit", "cost", "margin"):
        assert word not in page.split("<main")[1]
    assert mine.get(f"/pool/{THREE[1]}").status_code == 404, "it is for its team"
    assert mine.get(f"/pool/{THREE[2]}").status_code == 404, "somebody looks after it"
    assert as_user(make_user("eve", "executive")).get(f"/pool/{THREE[0]}").status_code == 403
    assert mine.post("/pool/claim", {"query": "?owner=-", "code": THREE[0]}).status_code == 302
    assert owners(own_book, THREE[:1]) == {NEW}
    assert mine.get(f"/pool/{THREE[0]}").status_code == 404


def test_a_new_customer_of_nobody_stands_in_the_pool_and_is_claimed_after_the_next_run(
    own_book: api.Book, sam: Client, mine: Client
):
    form = {
        "name": "Fresh",
        "kind": "prospect",
        "source": "fair",
        "first_contact_on": "2026-11-02",
        "whom": "pool",
    }
    assert sam.post("/customers/new", form).status_code == 302
    code = Change.objects.get(reason="created").key
    assert f"/pool/{code}" in mine.get("/pool").content.decode()
    page = mine.get(f"/pool/{code}").content.decode()
    assert "can be claimed after the next one" in page
    assert "Claim it" not in page


def test_the_pool_tells_no_profit(own_book: api.Book, sam: Client):
    unowned(own_book, sam, THREE)
    assert "Customer profit" not in sam.get("/pool").content.decode()


def test_some_columns_are_corrected_in_the_list_under_the_same_rules(own_book: api.Book, sam: Client):
    here = f"/customer/{THREE[0]}/edit-here"
    part = sam.get(
        here, headers={"HX-Request": "true", "HX-Current-URL": "http://x/customers?grade=C"}
    ).content.decode()
    assert part.startswith("<tr")
    assert 'name="next" value="/customers?grade=C"' in part
    found = re.search(r'name="seen" value="(\w+)"', part)
    assert found
    form = FACTS | {"seen": found[1], "industry": "医药", "next": "/customers?grade=C"}
    answer = sam.post(here, form)
    assert answer.headers["Location"] == "/customers?grade=C"
    assert Change.objects.get().values == {"industry": "医药"}
    assert 'title="a change waits for the next run: industry: 医药"' in sam.get("/customers").content.decode()
    hand_over(own_book, actor=User.objects.get(username="sam"), at=timezone.now())
    assert Change.objects.get().state == IN_BOOK
    assert "run: industry: 医药" in sam.get("/customers").content.decode(), "no published run has read it"
    late = sam.post(here, form | {"industry": "化工", "name": "x"})
    assert late.status_code == 422
    assert "now: 医药" in late.content.decode()
    assert sam.post(here, form | {"next": "https://elsewhere.example/"}).status_code == 422


def test_only_rows_that_one_may_correct_offer_it(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    owner = str(next(iter(owners(own_book, THREE[:1]))))
    both = as_user(make_user("both", "service_supervisor", "account_manager", staff_name=owner))
    page = both.get("/customers?q=C0000").content.decode()
    assert f"/customer/{THREE[0]}/edit-here" in both.get(f"/customers?q={THREE[0]}").content.decode()
    assert page.count('name="code"') > page.count("/edit-here")
    viewer = as_user(make_user("viewer", "executive"))
    assert "/edit-here" not in viewer.get("/customers").content.decode()


def test_what_was_begun_and_nobody_goes_on_with_is_told_gone_on_with_or_taken_back(
    own_book: api.Book, sam: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doing, "AT_ONCE", 2)
    form = chosen(sam, "transfer", code=THREE)
    sam.post(form, FACTS | {"owner": NEW})
    assert "It is being done" in sam.get(form).content.decode()
    sam.post(f"/jobs/{Job.objects.get().pk}/cancel")
    assert "Interrupted after 0" in sam.get(form).content.decode()
    sam.post(form)
    assert work_once("w")
    assert Bulk.objects.get().done == 3
    Bulk.objects.update(state="running")
    Job.objects.update(state="failed")
    assert "Interrupted after 3" in sam.get(form).content.decode()
    sam.post(form + "/undo")
    assert work_once("w")
    assert Bulk.objects.get().state == "undone"
    assert set(Change.objects.values_list("state", flat=True)) == {TAKEN_BACK}


def test_what_is_interrupted_while_somebody_waits_was_never_begun(
    own_book: api.Book, sam: Client, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt  # as if the machine went down

    form = chosen(sam, "transfer", code=THREE)
    with monkeypatch.context() as other:
        other.setattr(doing, "carry_out", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sam.post(form, FACTS | {"owner": NEW})
    assert Bulk.objects.get().state == "open"
    sam.post(form, FACTS | {"owner": NEW})
    assert Bulk.objects.get().done == 3


def test_a_worker_that_wakes_up_late_counts_nothing_anew(own_book: api.Book, sam: Client):
    form = chosen(sam, "transfer", code=THREE)
    early = Bulk.objects.get()
    sam.post(form, FACTS | {"owner": NEW})
    Bulk.objects.update(state="running")
    early.said = Bulk.objects.get().said
    actor = User.objects.get(username="sam")
    doing.carry_out(own_book, early, today=timezone.localdate(), actor=actor, at=timezone.now())
    assert Bulk.objects.get().done == 3
    assert Change.objects.count() == 3


def test_a_record_whose_import_was_undone_meanwhile_is_left_alone(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    file = tmp_path / "customers.csv"
    file.write_text("code,name,valid_from\nNEW-1,one,2026-11-01\n", encoding="utf-8")
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    form = chosen(sam, "transfer", code=THREE[:1])
    bulk = Bulk.objects.get()
    bulk.chosen["NEW-1"] = seen(
        standings(own_book, "customers", ["NEW-1"], timezone.localdate())["NEW-1"], doing.LEADS
    )
    bulk.save()
    number = max(batch.number for batch in batches(own_book, own_book.current()))
    api.undo_import(own_book, number, actor="erp", at=timezone.now())
    assert sam.post(form, FACTS | {"owner": NEW}).status_code == 302
    assert set(Bulk.objects.get().skipped) == {"NEW-1"}


def test_who_claims_as_a_leader_and_sees_the_pool_as_a_steward_claims_from_all_teams_below(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    unowned(own_book, sam, THREE[:1], "华南部")
    roles = ("data_steward", "sales_manager")
    both = as_user(make_user("both", *roles, staff_name="主管", org_unit=company))
    assert both.post("/pool/claim", {"code": THREE[:1]}).status_code == 302


def test_an_address_that_is_none_leads_back_to_the_list(own_book: api.Book, sam: Client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://[customers"}
    page = sam.get(f"/customer/{THREE[0]}/edit-here", headers=headers)
    assert page.status_code == 200
    assert 'name="next" value="/customers"' in page.content.decode()


def test_no_two_segments_differ_by_case_or_width_alone_and_none_hides_behind_an_address(
    own_book: api.Book, sam: Client
):
    assert made_segment(sam).status_code == 302
    for code in ("VIP-Club", "ｖｉｐ-club", "new", "..", "."):
        assert made_segment(sam, code=code).status_code == 422, code
    assert made_segment(sam, code="new.ones").status_code == 302


def test_a_segment_that_ended_keeps_its_page_and_its_name(own_book: api.Book, sam: Client):
    for table, key, values in (
        ("segments", "old", {"code": "old", "basis": "manual", "name": "旧", "name_en": "Old club", "dimension": "other",
                             "valid_to": "2026-11-12"}),
        ("segment_memberships", f"{THREE[0]}/old/manual/2026-11-10", {
            "customer_code": THREE[0], "segment_code": "old", "valid_from": "2026-11-10", "valid_to": "2026-11-12",
            "source": "manual"}),
    ):  # fmt: skip
        customer = values.get("customer_code", "")
        Change.objects.create(
            table=table, key=key, customer=customer, actor="sam", made_at=AT, effective_on=date(2026, 11, 10), values=values,
        )  # fmt: skip
    assert "Old club" not in sam.get("/segments").content.decode()
    assert ">Old club</a>" in sam.get(f"/customer/{THREE[0]}/work").content.decode()
    page = sam.get("/segments/old")
    assert page.status_code == 200
    assert "2026-11-10 – 2026-11-12" in page.content.decode()
