"""What was written of a merged customer is found with its survivor; a merge goes, and goes back, whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tests.web.test_merging import ONE, OTHER, THIRD, form, graded, looked, merge, rename, taken, undo
from tierwise import api
from tierwise.book.surviving import survivors
from tierwise_web.editing.models import BEGUN, TAKEN_BACK, WAITING, Change, Handover
from tierwise_web.editing.records import standing
from tierwise_web.merging.models import Candidate
from tierwise_web.merging.queries import standing_merges
from tierwise_web.people.models import User

Browser = Callable[[User | None], Client]
DAY = date(2026, 10, 31)


def record(book: api.Book, code: str) -> dict[str, str | None]:
    return standing(book, "customers", code, timezone.localdate()) or {}


def written(book: api.Book, tmp_path: Path, code: str) -> None:
    """Files bring what was known of a customer."""
    said = {
        "contacts": f"code,customer_code,name,phone,valid_from\nK9,{code},Wang Nine,5551234567,2026-10-01\n",
        "interactions": "number,customer_code,date,kind,summary,promise,promise_due_on,contact_code\n"
        f"P9,{code},2026-10-06,visit,they want samples,send a sample,2026-10-20,K9\n",
        "signals": "number,customer_code,seen_on,kind,text\n"
        f"S9,{code},2026-10-07,competitor_move,a rival was there\n",
    }
    for table, lines in said.items():
        file = tmp_path / f"{table}.csv"
        file.write_text(lines, encoding="utf-8")
        api.import_files(book, table, [file], strict=True, actor="erp", at=AT)


def manager(book: api.Book, code: str, make_user: MakeUser, as_user: Browser) -> Client:
    """Who looks after one customer, and not after the other."""
    return as_user(make_user("bob", "account_manager", staff_name=record(book, code)["owner"] or ""))


def apart(book: api.Book) -> str:
    """A customer of another account manager than the first."""
    return next(c for c in (OTHER, THIRD) if record(book, c)["owner"] != record(book, ONE)["owner"])


def test_what_was_written_of_the_merged_customer_is_seen_with_the_survivor(
    own_book: api.Book, sam: Client, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    other = apart(own_book)
    written(own_book, tmp_path, other)
    bob = manager(own_book, ONE, make_user, as_user)
    assert "they want samples" not in bob.get(f"/customer/{ONE}/timeline").content.decode()
    merge(sam, merged=other)
    taken(own_book)
    for address in (f"/customer/{ONE}/timeline", f"/customer/{ONE}/work"):
        page = bob.get(address).content.decode()
        for said in ("Wang Nine", "they want samples", "a rival was there"):
            assert said in page, (address, said)
        assert f"written for {other}" in page
        assert f"/customer/{ONE}/dealings/P9" not in page
    undo(sam, merged=other)
    taken(own_book)
    assert "they want samples" not in bob.get(f"/customer/{ONE}/timeline").content.decode()


def test_promises_to_the_merged_customer_are_those_of_who_looks_after_the_survivor(
    own_book: api.Book, sam: Client, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    other = apart(own_book)
    written(own_book, tmp_path, other)
    bob = manager(own_book, ONE, make_user, as_user)
    assert "send a sample" not in bob.get("/promises").content.decode()
    merge(sam, merged=other)
    taken(own_book)
    for whose in ("mine", "all"):
        assert "send a sample" in bob.get("/promises", {"whose": whose}).content.decode()
    assert "send a sample" in bob.get("/promises/export.csv").getvalue().decode("utf-8-sig")


def test_a_merge_that_was_taken_back_is_made_again_from_an_earlier_day(own_book: api.Book, sam: Client):
    assert merge(sam, since="2026-05-01") == 302
    taken(own_book)
    assert undo(sam) == 302
    assert merge(sam, survivor=THIRD) == 302, "while the undo waits"
    taken(own_book)
    for day in (date(2026, 4, 30), DAY):
        assert survivors(own_book, own_book.current(), day) == {OTHER: THIRD}, day
    assert [one.survivor for one in standing_merges(own_book).values()] == [THIRD]
    assert undo(sam, survivor=THIRD) == 302
    taken(own_book)
    for day in (date(2026, 4, 30), DAY):
        assert survivors(own_book, own_book.current(), day) == {}, day
    assert standing_merges(own_book) == {}


def test_a_clue_is_not_found_in_the_name_of_another(own_book: api.Book, sam: Client, tmp_path: Path):
    rename(own_book, tmp_path, **{ONE: "northern harbour trading abc", OTHER: "northern harbour trading abd"})
    looked(sam)
    assert Candidate.objects.get(first=ONE, second=OTHER).kinds == ",near_name,"
    assert f"a={ONE}" in sam.get("/duplicates?clue=near_name").content.decode()
    assert f"a={ONE}" not in sam.get("/duplicates?clue=name").content.decode()


def test_a_merge_is_taken_back_whole_and_by_who_merges_alone(
    own_book: api.Book, sam: Client, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    file = tmp_path / "gaps.csv"
    file.write_text(
        f"code,name,valid_from,tags\n{ONE},a,2026-10-01,\n{OTHER},b,2026-10-01,vip\n", encoding="utf-8"
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    assert merge(sam, take=["tags"]) == 302
    number = Change.objects.get(table="merges").pk
    ann = as_user(make_user("ann", "analyst"))
    for client, address in (
        (ann, f"/changes/{number}/take-back"),
        (sam, f"/customer/{OTHER}/changes/{number}/take-back"),
    ):
        page = client.post(address).content.decode()
        assert "with all that it filled" in page
    assert Change.objects.filter(state=WAITING).count() == 2
    assert undo(sam) == 302
    assert Change.objects.filter(state=TAKEN_BACK).count() == 2


def test_a_merge_on_its_way_to_the_book_is_not_half_undone(own_book: api.Book, sam: Client, tmp_path: Path):
    file = tmp_path / "gaps.csv"
    file.write_text(
        f"code,name,valid_from,tags\n{ONE},a,2026-10-01,\n{OTHER},b,2026-10-01,vip\n", encoding="utf-8"
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    assert merge(sam, take=["tags"]) == 302
    begun = Handover.objects.create(number=999, state=BEGUN, actor="sam", begun_at=AT)
    Change.objects.update(handover=begun)
    assert undo(sam) == 409
    taken(own_book)
    assert undo(sam) == 302
    taken(own_book)
    assert record(own_book, ONE)["tags"] is None
    assert survivors(own_book, own_book.current(), DAY) == {}


def test_a_new_customer_in_which_another_goes_on_is_not_taken_back(own_book: api.Book, sam: Client):
    new = {
        "code": "N-9",
        "name": "New Nine",
        "kind": "prospect",
        "source": "fair",
        "first_contact_on": "2026-11-02",
        "whom": "pool",
    }
    assert sam.post("/customers/new", new).status_code == 302
    assert merge(sam, merged=OTHER, survivor="N-9") == 302
    number = Change.objects.get(table="customers", key="N-9").pk
    assert sam.post(f"/changes/{number}/take-back").status_code == 422
    assert standing(own_book, "customers", "N-9", date.max) is not None


def test_a_merged_customer_has_no_place_in_a_group_any_more(own_book: api.Book, sam: Client, tmp_path: Path):
    file = tmp_path / "group.csv"
    file.write_text(
        f"code,name,valid_from,parent_code,hierarchy_node\n{THIRD},top,2026-10-01,,group\n"
        f"{ONE},one,2026-10-01,{THIRD},branch\n{OTHER},other,2026-10-01,{THIRD},branch\n",
        encoding="utf-8",
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    assert f'/customer/{OTHER}"' in sam.get(f"/customer/{THIRD}/group").content.decode()
    merge(sam)
    taken(own_book)
    assert f'/customer/{OTHER}"' not in sam.get(f"/customer/{THIRD}/group").content.decode()


def test_who_stands_above_goes_on_where_others_stand_between(own_book: api.Book, sam: Client, tmp_path: Path):
    file = tmp_path / "group.csv"
    file.write_text(
        f"code,name,valid_from,parent_code,hierarchy_node\n{ONE},top,2026-10-01,,group\n"
        f"{OTHER},middle,2026-10-01,{ONE},branch\n{THIRD},low,2026-10-01,{OTHER},site\n",
        encoding="utf-8",
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    sent = form(sam, ONE, THIRD) | {"survivor": THIRD, "reason": "one company"}
    answer = sam.post("/duplicates/pair", sent)
    assert answer.status_code == 422
    assert f"{ONE} stands above {THIRD}" in answer.content.decode()
    assert merge(sam, merged=OTHER, survivor=THIRD) == 302, "nobody stands between"
    assert merge(sam, merged=ONE, survivor=THIRD) == 302, "nor any more"
    graded(own_book)


def test_two_codes_of_one_customer_are_not_kept_apart(own_book: api.Book, sam: Client):
    itself = {"a": ONE, "b": ONE, "seen": form(sam)["seen"], "reason": "x"}
    assert sam.post("/duplicates/not-same", itself).status_code == 404
    merge(sam)
    assert sam.post("/duplicates/not-same", form(sam) | {"reason": "x"}).status_code == 422
