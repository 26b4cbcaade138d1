"""Duplicates in the browser: found by a job, merged by the data steward with the next run, taken apart again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.book.surviving import survivors
from tierwise_web.audit.models import Event
from tierwise_web.config.starting import publish_newest
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import ENDED, IN_BOOK, REFUSED, TAKEN_BACK, WAITING, Change
from tierwise_web.editing.records import in_book, standing, standings
from tierwise_web.merging.models import Candidate
from tierwise_web.merging.queries import standing_merges
from tierwise_web.merging.views import ROWS, _in_order, _page
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.models import Job
from tierwise_web.workflow.running import work_once

Browser = Callable[[User | None], Client]
ONE, OTHER, THIRD = "C000003", "C000004", "C000005"
DAY = date(2026, 10, 31)


def form(client: Client, one: str = ONE, other: str = OTHER) -> dict[str, str]:
    """The hidden fields of the page of a pair."""
    page = client.get("/duplicates/pair", {"a": one, "b": other}).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(a|b|seen)" value="([^"]*)"', page))


def merge(client: Client, merged: str = OTHER, survivor: str = ONE, **more: object) -> int:
    """Merges on the page; the status of the answer."""
    said = form(client, merged, survivor) | {"survivor": survivor, "reason": "one company"}
    return client.post("/duplicates/pair", said | more).status_code


def undo(client: Client, merged: str = OTHER, survivor: str = ONE, reason: str = "two after all") -> int:
    sent = {"merged": merged, "survivor": survivor, "reason": reason}
    return client.post("/duplicates/undo", sent).status_code


def taken(book: api.Book) -> None:
    hand_over(book, actor=User.objects.get(username="sam"), at=timezone.now())


def graded(book: api.Book) -> None:
    """What waits goes into the book, a run reads it, and pages show the run."""
    taken(book)
    api.grade(book, "customer_value", as_of=DAY, actor="ann", at=AT)
    publish_newest()


def sales(book: api.Book, code: str) -> object:
    (row,) = [
        r for r in api.compute_metrics(book, ["net_sales"], as_of=DAY).to_pylist() if r["customer_id"] == code
    ]
    return row["net_sales_12m"]


def rename(book: api.Book, tmp_path: Path, **names: str) -> None:
    """A file gives customers other names."""
    file = tmp_path / "names.csv"
    lines = [f"{code},{name},2026-10-01" for code, name in names.items()]
    file.write_text("\n".join(["code,name,valid_from", *lines]), encoding="utf-8")
    api.import_files(book, "customers", [file], actor="erp", at=AT)


def looked(client: Client) -> None:
    """The job that looks for duplicates ran."""
    assert client.post("/duplicates/look").status_code == 302
    assert work_once("test")
    assert Job.objects.get().state == "done", Job.objects.get().problems


def test_pairs_are_found_by_a_job_and_shown_with_why(own_book: api.Book, sam: Client, tmp_path: Path):
    rename(own_book, tmp_path, **{ONE: "远大贸易有限公司", OTHER: "远大 贸易"})
    looked(sam)
    page = sam.get("/duplicates").content.decode()
    assert "same name" in page
    assert f"a={ONE}&amp;b={OTHER}" in page
    assert f"a={ONE}" not in sam.get("/duplicates?clue=credit_code").content.decode()
    assert f"a={ONE}" in sam.get("/duplicates?clue=name&from=90").content.decode()


def test_a_merge_waits_for_the_next_run_and_then_the_survivor_has_both(own_book: api.Book, sam: Client):
    before = sales(own_book, ONE), sales(own_book, OTHER)
    assert merge(sam) == 302
    page = sam.get(f"/customer/{ONE}/work").content.decode()
    assert "takes effect with the next run" in page
    assert sales(own_book, ONE) == before[0], "no run has read it"
    graded(own_book)
    assert sales(own_book, ONE) == sum(before)  # type: ignore[arg-type]
    assert "in the book" in sam.get("/duplicates/merged").content.decode()
    assert Event.objects.filter(code="customers.merged", slots__merged=OTHER).exists()


def test_after_the_run_the_old_address_leads_to_the_survivor_and_both_codes_are_found(
    own_book: api.Book, sam: Client
):
    merge(sam)
    assert sam.get(f"/customer/{OTHER}").status_code == 200, "until then it is a customer of its own"
    graded(own_book)
    led = sam.get(f"/customer/{OTHER}")
    assert led.headers["Location"] == f"/customer/{ONE}?merged={OTHER}"
    assert f"{OTHER} goes on in this customer." in sam.get(led.headers["Location"]).content.decode()
    assert "goes on in this customer" not in sam.get(f"/customer/{ONE}?merged={THIRD}").content.decode()
    for code in (ONE, OTHER):
        assert f"/customer/{code}" in sam.get("/customers", {"q": code}).content.decode()


def test_who_may_not_see_the_survivor_is_not_led_to_it(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    records = {code: standing(own_book, "customers", code, DAY) or {} for code in (ONE, OTHER, THIRD)}
    other = next(code for code in (OTHER, THIRD) if records[code]["owner"] != records[ONE]["owner"])
    merge(sam, merged=other)
    graded(own_book)
    alice = as_user(make_user("alice", "account_manager", staff_name=records[other]["owner"] or ""))
    page = alice.get(f"/customer/{other}")
    assert page.status_code == 200
    assert "which another account manager looks after" in page.content.decode()
    assert alice.get(f"/customer/{ONE}").status_code == 404
    part = alice.get(f"/customer/{other}/work").content.decode()
    assert str(records[ONE]["name"]) not in part


def test_gaps_are_filled_only_where_they_are_ticked_and_emptied_with_the_undo(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    file = tmp_path / "gaps.csv"
    file.write_text(
        "code,name,valid_from,tags,source,expectations\n"
        f"{ONE},eins,2026-10-01,,,own\n{OTHER},zwei,2026-10-01,vip,fair,others\n",
        encoding="utf-8",
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    assert merge(sam, take=["tags", "expectations", "owner"]) == 302
    taken(own_book)
    record = standing(own_book, "customers", ONE, timezone.localdate()) or {}
    assert (record["tags"], record["source"], record["expectations"]) == ("vip", None, "own")
    assert undo(sam) == 302
    taken(own_book)
    record = standing(own_book, "customers", ONE, timezone.localdate()) or {}
    assert record["tags"] is None
    assert Change.objects.get(table="customers", group__startswith="merge:").state == ENDED


def test_a_merge_that_no_run_has_read_is_taken_back_at_once(own_book: api.Book, sam: Client):
    merge(sam)
    assert undo(sam) == 302
    assert Change.objects.get(table="merges").state == TAKEN_BACK
    taken(own_book)
    assert "merges" not in own_book.current().state


def test_a_merge_in_the_book_is_taken_back_with_the_next_run_and_can_be_made_again(
    own_book: api.Book, sam: Client
):
    before = sales(own_book, ONE)
    merge(sam)
    taken(own_book)
    assert undo(sam) == 302
    assert undo(sam) == 409, "there is nothing to take back any more"
    taken(own_book)
    assert sales(own_book, ONE) == before
    assert survivors(own_book, own_book.current(), DAY) == {}
    assert merge(sam) == 302
    taken(own_book)
    assert survivors(own_book, own_book.current(), DAY) == {OTHER: ONE}
    taken(own_book)
    assert survivors(own_book, own_book.current(), DAY) == {OTHER: ONE}, "and stays so"


def test_what_is_not_the_same_is_kept_and_proposed_no_more(own_book: api.Book, sam: Client, tmp_path: Path):
    rename(own_book, tmp_path, **{ONE: "远大贸易有限公司", OTHER: "远大 贸易"})
    looked(sam)
    assert Candidate.objects.filter(first=ONE, second=OTHER).exists()
    assert sam.post("/duplicates/not-same", form(sam) | {"reason": ""}).status_code == 422
    assert sam.post("/duplicates/not-same", form(sam) | {"reason": "father and son"}).status_code == 302
    assert not Candidate.objects.filter(first=ONE, second=OTHER).exists()
    Job.objects.all().delete()
    looked(sam)
    assert not Candidate.objects.filter(first=ONE, second=OTHER).exists(), "while it waits"
    taken(own_book)
    Job.objects.all().delete()
    looked(sam)
    assert not Candidate.objects.filter(first=ONE, second=OTHER).exists(), "and in the book"


def test_a_customer_is_no_pair_with_itself(own_book: api.Book, sam: Client):
    assert sam.get("/duplicates/pair", {"a": ONE, "b": f" {ONE}"}).status_code == 404
    said = form(sam, ONE, OTHER) | {"b": ONE, "survivor": ONE, "reason": "x"}
    for address in ("/duplicates/pair", "/duplicates/not-same"):
        assert sam.post(address, said).status_code == 404
    assert not Change.objects.exists()


def test_a_merge_that_cannot_be_is_refused_at_the_form(own_book: api.Book, sam: Client):
    assert merge(sam) == 302
    for merged, survivor, said in (
        (OTHER, THIRD, "merged into C000003 already"),
        (ONE, OTHER, "goes on in C000003 already"),
        (THIRD, OTHER, "is itself merged"),
    ):
        sent = form(sam, merged, survivor) | {"survivor": survivor, "reason": "x"}
        answer = sam.post("/duplicates/pair", sent)
        assert (answer.status_code, said in answer.content.decode()) == (422, True), (merged, survivor)
    assert len(standing_merges(own_book)) == 1


def test_of_two_who_merge_at_once_the_second_is_told(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    other = as_user(make_user("sue", "data_steward"))
    mine = form(sam) | {"survivor": ONE, "reason": "sam"}
    theirs = form(other) | {"survivor": OTHER, "reason": "sue"}
    assert sam.post("/duplicates/pair", mine).status_code == 302
    assert other.post("/duplicates/pair", theirs).status_code == 422
    assert [one.survivor for one in standing_merges(own_book).values()] == [ONE]


def test_a_record_that_was_changed_meanwhile_is_looked_at_again(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    said = form(sam) | {"survivor": ONE, "reason": "one company"}
    rename(own_book, tmp_path, **{OTHER: "another name"})
    answer = sam.post("/duplicates/pair", said)
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.content.decode()
    assert standing_merges(own_book) == {}


def test_a_merge_that_the_command_line_made_meanwhile_refuses_ours_with_why(own_book: api.Book, sam: Client):
    merge(sam)
    file = Path(settings.DATA).parent / "merges.csv"
    file.write_text(f"merged_code,survivor_code,reason\n{ONE},{THIRD},x\n", encoding="utf-8")
    api.import_files(own_book, "merges", [file], actor="erp", at=AT)
    taken(own_book)
    change = Change.objects.get(table="merges")
    assert (change.state, THIRD in change.refusal("en")) == (REFUSED, True)


def test_a_merge_that_is_refused_on_its_way_leaves_no_gap_filled(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    gap, gaps = "tags", tmp_path / "gaps.csv"
    gaps.write_text(
        f"code,name,valid_from,tags\n{ONE},eins,2026-10-01,\n{OTHER},zwei,2026-10-01,vip\n", encoding="utf-8"
    )
    api.import_files(own_book, "customers", [gaps], actor="erp", at=AT)
    merge(sam, take=[gap])
    file = Path(settings.DATA).parent / "merges.csv"
    file.write_text(f"merged_code,survivor_code,reason\n{ONE},{THIRD},x\n", encoding="utf-8")
    api.import_files(own_book, "merges", [file], actor="erp", at=AT)
    taken(own_book)
    assert Change.objects.get(table="merges").state == REFUSED
    assert Change.objects.get(key=ONE, table="customers", reason="duplicate").state == ENDED
    assert not standings(own_book, "customers", [ONE], timezone.localdate())[ONE].get(gap)
    taken(own_book)
    assert not in_book(own_book, "customers", [ONE], timezone.localdate())[ONE].get(gap)


def test_what_a_file_says_meanwhile_of_a_gap_that_a_refused_merge_filled_speaks(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    gap, gaps, tomorrow = "tags", tmp_path / "gaps.csv", timezone.localdate() + timedelta(days=1)
    gaps.write_text(
        f"code,name,valid_from,tags\n{ONE},eins,2026-10-01,\n{OTHER},zwei,2026-10-01,vip\n", encoding="utf-8"
    )
    api.import_files(own_book, "customers", [gaps], actor="erp", at=AT)
    merge(sam, take=[gap])
    gaps.write_text(f"code,name,valid_from,tags\n{ONE},eins,{tomorrow},own\n", encoding="utf-8")
    file = tmp_path / "merges.csv"
    file.write_text(f"merged_code,survivor_code,reason\n{ONE},{THIRD},x\n", encoding="utf-8")
    api.import_files(own_book, "customers", [gaps], actor="erp", at=AT)
    api.import_files(own_book, "merges", [file], actor="erp", at=AT)
    taken(own_book)
    taken(own_book)
    assert Change.objects.get(table="merges").state == REFUSED
    assert in_book(own_book, "customers", [ONE], tomorrow)[ONE].get(gap) == "own"


def test_a_page_of_pairs_is_full_of_those_within_reach_and_counts_no_others(edition: Edition):
    rows = Reading(edition, Scope("all")).rows("SELECT code, owner FROM customers WHERE owner IS NOT NULL")
    mine = Counter(row["owner"] for row in rows).most_common(1)[0][0]
    own = [row["code"] for row in rows if row["owner"] == mine]
    foreign = [row["code"] for row in rows if row["owner"] != mine]
    pairs = [*combinations(foreign[:13], 2), (own[0], foreign[0]), *combinations(own[:3], 2)]
    said = {"first_name": "x", "second_name": "x", "kinds": ",name,", "found_at": timezone.now()}
    for at, (first, second) in enumerate(pairs):
        Candidate.objects.create(first=first, second=second, score=max(99 - at, 60), **said)
    every = _page(Candidate.objects.all(), Reading(edition, Scope("all")), "2")
    assert (every.paginator.count, len(every)) == (len(pairs), len(pairs) - ROWS)
    page = _page(Candidate.objects.all(), Reading(edition, Scope("own", owners=(mine,))), None)
    assert page.paginator.count == 3
    assert {(one.first, one.second) for one in _in_order(page)} == set(combinations(own[:3], 2))
    assert list(_page(Candidate.objects.all(), None, None)) == []


@pytest.mark.parametrize("day", ["tomorrow", "2999-01-01"])
def test_a_day_that_is_none_or_has_not_come_is_told_at_its_field(own_book: api.Book, sam: Client, day: str):
    answer = sam.post("/duplicates/pair", form(sam) | {"survivor": ONE, "reason": "x", "since": day})
    assert answer.status_code == 422
    assert 'id="h-since"' in answer.content.decode()


def test_script_in_the_reason_stays_text(own_book: api.Book, sam: Client):
    merge(sam, reason="<script>alert(1)</script>")
    for address in ("/duplicates/merged", f"/customer/{ONE}/work", "/changes"):
        page = sam.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_who_has_no_business_here_finds_nothing(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    merge(sam)
    charlie = as_user(make_user("charlie", "account_manager", staff_name="nobody"))
    assert charlie.get("/duplicates").status_code == 403
    assert charlie.post("/duplicates/undo", {"merged": OTHER, "survivor": ONE}).status_code == 403
    auditor = as_user(make_user("ada", "auditor"))
    assert OTHER in auditor.get("/duplicates/merged").content.decode()
    assert auditor.post("/duplicates/pair", form(sam, ONE, THIRD)).status_code == 403
    assert sam.get("/duplicates/pair", {"a": ONE, "b": "none"}).status_code == 404
    assert Change.objects.get(table="merges").state in (WAITING, IN_BOOK)


def test_every_page_speaks_both_languages(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    li = as_user(make_user("sam", "data_steward", language="zh"))
    assert "疑似同一客户" in li.get("/duplicates").content.decode()
    assert "保留哪一个" in li.get("/duplicates/pair", {"a": ONE, "b": OTHER}).content.decode()
    merge(li)
    assert "下次运行起生效" in li.get("/duplicates/merged").content.decode()


def renamed(client: Client, code: str, name: str, **more: str) -> tuple[int, str]:
    """Renames a customer in its form: status and page."""
    page = client.get(f"/customer/{code}/edit-here").content.decode()
    shown = dict(re.findall(r'name="(seen|name|region|industry|segment)"[^>]*? value="([^"]*)"', page))
    sent = shown | {"name": name, "effective_on": "2026-11-10", "reason": "changed"} | more
    answer = client.post(f"/customer/{code}/edit-here", sent)
    return answer.status_code, answer.content.decode()


def test_a_name_that_another_customer_has_is_asked_about_and_kept_if_it_is_meant(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    record = standing(own_book, "customers", OTHER, DAY) or {}
    name = f" {record['name']} 有限公司"
    status, page = renamed(sam, ONE, name)
    assert status == 422
    assert "there is a customer with this name" in page
    assert f'href="/customer/{OTHER}"' in page
    mine = standing(own_book, "customers", ONE, DAY) or {}
    alice = as_user(make_user("alice", "account_manager", staff_name=mine["owner"] or ""))
    if record["owner"] != mine["owner"]:
        _, told = renamed(alice, ONE, name)
        assert f'href="/customer/{OTHER}"' not in told, "nothing of whom she may not see"
    assert renamed(sam, ONE, name, sure="yes")[0] == 302
    assert Change.objects.get().values == {"name": name.strip()}


def test_a_name_that_nobody_has_is_not_asked_about(own_book: api.Book, sam: Client):
    assert renamed(sam, ONE, "独一无二的新名称")[0] == 302


def test_a_name_of_a_customer_that_is_merged_is_not_asked_about(own_book: api.Book, sam: Client):
    record = standing(own_book, "customers", OTHER, DAY) or {}
    merge(sam)
    taken(own_book)
    assert renamed(sam, ONE, str(record["name"]))[0] == 302


def test_nobody_goes_on_in_a_customer_that_is_out_of_use(own_book: api.Book, sam: Client, tmp_path: Path):
    file = tmp_path / "out.csv"
    file.write_text(f"code,name,status,valid_from\n{ONE},x,archived,2026-10-01", encoding="utf-8")
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    assert merge(sam) == 422
    assert not Change.objects.filter(table="merges").exists()


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())


def row_of(client: Client, code: str) -> str:
    page = client.get("/customers", {"q": code}).content.decode()
    return next(row for row in re.findall(r"<tr.*?</tr>", page, re.S) if f"/customer/{code}" in row)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_merge_that_waits_shows_on_both_customers_and_in_both_rows(
    own_book: api.Book, sam: Client, lang: str
):
    sam.post("/language", {"language": lang})
    for code in (ONE, OTHER):
        assert "◷" not in row_of(sam, code)
        assert "◷" not in words_of(sam.get(f"/customer/{code}").content.decode())
    assert merge(sam) == 302
    told = {
        ONE: ("goes on in this customer", "并入此客户"),
        OTHER: ("With the next run this customer goes on in", "自下次运行起，此客户并入"),
    }
    for code, words in told.items():
        page = sam.get(f"/customer/{code}").content.decode()
        assert words[lang == "zh"] in words_of(page)
        assert 'href="/duplicates/merged"' in page
        assert "◷" in row_of(sam, code)
    taken(own_book)
    for code in (ONE, OTHER):
        assert "◷" not in row_of(sam, code)
    assert undo(sam) == 302
    apart = ("are two again", "恢复为两个客户")[lang == "zh"]
    for code in (ONE, OTHER):
        assert apart in words_of(sam.get(f"/customer/{code}").content.decode())
        assert "◷" in row_of(sam, code)


def test_who_goes_from_one_survivor_to_another_is_told_on_the_pages_and_in_the_rows_of_all_three(
    own_book: api.Book, sam: Client
):
    assert merge(sam) == 302
    taken(own_book)
    assert undo(sam) == 302
    assert merge(sam, OTHER, THIRD) == 302
    for code, words in ((ONE, "are two again"), (THIRD, "goes on in this customer")):
        assert words in words_of(sam.get(f"/customer/{code}").content.decode())
        assert "◷" in row_of(sam, code)
    assert "◷" in row_of(sam, OTHER)


def test_a_merge_that_waits_is_told_as_far_as_the_other_is_seen(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Callable[[User | None], Client]
):
    rows = {row["code"]: row for row in own_book.read("customers", own_book.current()).to_pylist()}
    assert merge(sam) == 302
    mine = as_user(make_user("kim", "account_manager", staff_name=rows[ONE]["owner"]))
    page = words_of(mine.get(f"/customer/{ONE}").content.decode())
    seen = rows[OTHER]["owner"] == rows[ONE]["owner"] or rows[OTHER]["backup"] == rows[ONE]["owner"]
    assert ("goes on in this customer" in page) == seen
    assert "/duplicates/merged" not in page


def test_a_new_customer_has_its_name_on_the_page_of_merged_ones(own_book: api.Book, sam: Client):
    said = {
        "name": "新远大贸易有限公司", "kind": "existing", "source": "fair", "first_contact_on": "2026-10-01",
        "whom": "pool", "code": "N-1", "sure": "yes",
    }  # fmt: skip
    answer = sam.post("/customers/new", said)
    assert answer.status_code == 302, re.findall(r'class="refused".*?</div>', answer.content.decode(), re.S)
    assert merge(sam, "N-1", ONE) == 302
    page = words_of(sam.get("/duplicates/merged").content.decode())
    assert "新远大贸易有限公司 N-1" in page
    assert "N-1 N-1" not in page
    for path in (f"/customer/{ONE}", f"/customer/{ONE}/work"):
        assert "新远大贸易有限公司" in words_of(sam.get(path).content.decode())
    assert "With the next run this customer goes on in" in words_of(sam.get("/customer/N-1").content.decode())


def test_people_s_changes_name_customers_and_people_and_chinese_fields_say_their_unit(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    client = as_user(make_user("sue", "data_steward", name="苏晴", language="zh"))
    page = client.get(f"/customer/{ONE}/edit").content.decode()
    assert "年营业额（本位币）" in page
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    said = {"seen": seen, "industry": "造纸", "effective_on": "2026-11-02", "reason": "changed"}
    assert client.post(f"/customer/{ONE}/edit", said).status_code == 302
    record = standing(own_book, "customers", ONE, DAY)
    assert record is not None
    for path in ("/changes", f"/customer/{ONE}/work"):
        told = words_of(client.get(path).content.decode())
        assert "苏晴" in told, path
        assert "sue" not in told.replace("苏晴", ""), path
    assert f"{record['name']} {ONE}" in words_of(client.get("/changes").content.decode())


def test_a_merge_among_people_s_changes_names_both_customers(own_book: api.Book, sam: Client):
    assert merge(sam) == 302
    records = standings(own_book, "customers", [ONE, OTHER], DAY)
    page = sam.get("/changes").content.decode()
    for code in (ONE, OTHER):
        assert f"{records[code]['name']} {code}" in words_of(page)
    assert "1900" not in words_of(page)
    assert "/take-back" not in page  # it is taken back where it was made, with all that came with it
