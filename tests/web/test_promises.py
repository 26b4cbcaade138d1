"""Promises across customers: what is due for whom, kept, put off, undone, as a file; notes past their time."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.policy.load import load_policy
from tierwise_web.audit.models import Event
from tierwise_web.customers import promises
from tierwise_web.customers.knowing import forget_expired
from tierwise_web.customers.models import PrivateNote
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import IN_BOOK, TAKEN_BACK, Change
from tierwise_web.editing.records import standing
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.workflow import duties

Browser = Callable[[User | None], Client]


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def owners(book: api.Book) -> dict[str, str]:
    """Code -> account manager of customers that have one and no stand-in."""
    rows = book.read("customers", book.current()).to_pylist()
    last = {row["code"]: row for row in sorted(rows, key=lambda row: str(row["valid_from"]))}
    return {code: row["owner"] for code, row in sorted(last.items()) if row["owner"]}


@pytest.fixture
def pair(own_book: api.Book) -> tuple[str, str, str]:
    """Two customers of different account managers, and who looks after the first."""
    found = owners(own_book)
    mine = next(iter(found))
    rows = own_book.read("customers", own_book.current()).to_pylist()
    backups = {row["code"]: row["backup"] for row in rows}
    other = next(c for c, owner in found.items() if owner != found[mine] and backups[c] != found[mine])
    return mine, other, found[mine]


@pytest.fixture
def promised(own_book: api.Book, pair: tuple[str, str, str], tmp_path: Path) -> api.Book:
    """Promises to both: overdue, due, later, without a day, kept; one is a formula, one is script."""
    mine, other, _ = pair
    lines = [
        f"P1,{mine},2026-10-05,visit,send the price list,{day(-3)},open",
        f"P2,{mine},2026-10-06,call,=1+1,{day(5)},",
        f"P3,{mine},2026-10-07,call,<b>a sample</b>,{day(60)},open",
        f"P4,{mine},2026-10-08,call,call again,,",
        f"P5,{mine},2026-10-09,visit,done long ago,2026-10-12,kept",
        f"P6,{other},2026-10-09,visit,to the other one,{day(-1)},open",
        f"P7,{mine},2026-10-09,visit,,,",
    ]
    head = "number,customer_code,date,kind,promise,promise_due_on,promise_state"
    file = tmp_path / "interactions.csv"
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    api.import_files(own_book, "interactions", [file], actor="ann", at=AT)
    return own_book


@pytest.fixture
def alice(promised: api.Book, pair: tuple[str, str, str], make_user: MakeUser, as_user: Browser) -> Client:
    return as_user(make_user("alice", "account_manager", staff_name=pair[2]))


def listed(client: Client, **query: str) -> dict[str, dict[str, str]]:
    """Number -> the fields of its forms, of a page of the list."""
    page = client.get("/promises", query).content.decode()
    found = {}
    for form in re.findall(r"<form[^>]*promises/(?:kept|reopen).*?</form>", page, re.S):
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        found[fields["number"]] = fields
    return found


def numbers(client: Client, **query: str) -> set[str]:
    """The promises of a page that are of this test."""
    return {number for number in listed(client, **query) if re.fullmatch(r"P\d", number)}


def test_promises_stand_where_they_belong_and_foreign_ones_nowhere(alice: Client):
    parts = {part: numbers(alice, part=part, whose="all") for part in ("overdue", "due", "later", "done")}
    assert parts == {"overdue": {"P1"}, "due": {"P2"}, "later": {"P3", "P4"}, "done": {"P5"}}
    assert "to the other one" not in alice.get("/promises", {"whose": "all"}).content.decode()


def test_who_leads_a_team_sees_the_teams_and_its_own_apart(
    promised: api.Book, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    boss = as_user(make_user("boss", "sales_manager", org_unit=company))
    assert {"P1", "P6"} <= numbers(boss, part="overdue", whose="all")
    assert numbers(boss, part="overdue", whose="mine") == set()


def test_charlie_sees_no_promise_and_can_do_nothing_with_one(
    promised: api.Book, pair: tuple[str, str, str], make_user: MakeUser, as_user: Browser
):
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert numbers(charlie, whose="all", part="overdue") == set()
    for step in ("kept", "put-off", "reopen"):
        assert charlie.post(f"/promises/{step}", {"number": "P1", "customer": pair[0]}).status_code == 404
    assert not Change.objects.exists()


def test_a_promise_is_not_reached_through_a_customer_to_whom_it_was_not_made(
    alice: Client, pair: tuple[str, str, str]
):
    saw = listed(alice, part="overdue")["P1"] | {"number": "P6"}
    assert alice.post("/promises/kept", saw).status_code == 422
    assert not Change.objects.exists()


def state(book: api.Book, number: str) -> tuple[str | None, str | None]:
    found = standing(book, "interactions", number, date.max)
    assert found
    return found["promise_state"], found["promise_due_on"]


def test_what_is_done_after_its_day_was_kept_late_and_is_undone_from_the_list(
    promised: api.Book, alice: Client
):
    answer = alice.post("/promises/kept", listed(alice, part="overdue")["P1"])
    assert state(promised, "P1") == ("late", day(-3))
    page = html.unescape(alice.get(answer.headers["Location"]).content.decode())
    made = Change.objects.get()
    assert "send the price list" in page
    assert f"/promises/{made.pk}/undo" in page
    assert numbers(alice, part="done") == {"P1", "P5"}
    assert alice.post(f"/promises/{made.pk}/undo").status_code == 302
    assert Change.objects.get().state == TAKEN_BACK
    assert state(promised, "P1") == ("open", day(-3))


def test_what_is_in_the_book_already_is_undone_by_saying_again_what_stood_before(
    promised: api.Book, alice: Client
):
    alice.post("/promises/kept", listed(alice, part="due")["P2"])
    assert state(promised, "P2") == ("kept", day(5))
    hand_over(promised, actor=User.objects.get(username="alice"), at=timezone.now())
    made = Change.objects.get()
    assert made.state == IN_BOOK
    assert alice.post(f"/promises/{made.pk}/undo").status_code == 302
    assert state(promised, "P2") == (None, day(5))
    assert numbers(alice, part="due") == {"P2"}


def test_a_promise_is_put_off_to_a_day_to_come_and_to_no_other(promised: api.Book, alice: Client):
    saw = listed(alice, part="overdue")["P1"]
    for wrong in ("", "soon", day(-1)):
        assert alice.post("/promises/put-off", saw | {"until": wrong}).status_code == 422
    assert alice.post("/promises/put-off", saw | {"until": day(7)}).status_code == 302
    assert state(promised, "P1") == ("open", day(7))
    assert numbers(alice, part="due") == {"P1", "P2"}


def test_two_people_at_one_promise_overwrite_nothing(promised: api.Book, alice: Client):
    saw = listed(alice, part="overdue")["P1"]
    assert alice.post("/promises/put-off", saw | {"until": day(7)}).status_code == 302
    assert alice.post("/promises/kept", saw).status_code == 409
    assert state(promised, "P1") == ("open", day(7))


def test_nobody_undoes_what_somebody_else_did(
    promised: api.Book, alice: Client, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    alice.post("/promises/kept", listed(alice, part="overdue")["P1"])
    boss = as_user(make_user("boss", "national_kam", org_unit=company))
    assert boss.post(f"/promises/{Change.objects.get().pk}/undo").status_code == 409
    assert state(promised, "P1")[0] == "late"


def test_what_was_done_is_opened_again(promised: api.Book, alice: Client):
    assert alice.post("/promises/reopen", listed(alice, part="done")["P5"]).status_code == 302
    assert state(promised, "P5") == ("open", "2026-10-12")


def test_a_promise_of_a_closed_month_is_kept_today_and_the_book_takes_it(
    promised: api.Book, alice: Client, make_user: MakeUser
):
    document = load_policy("customer_value")
    run = api.run_cycle(promised, document, api.Period.of("2026-10"), actor="ann", at=AT).run
    api.approve_run(promised, run.run_id, actor="bo", at=AT)
    api.publish_run(promised, run.run_id, actor="cy", at=AT)
    assert (promised.upcoming().settings.first_open_day or date.min) > date(2026, 10, 9)
    assert alice.post("/promises/kept", listed(alice, part="due")["P2"]).status_code == 302
    hand_over(promised, actor=make_user("sam", "data_steward"), at=timezone.now())
    assert Change.objects.get().state == IN_BOOK, Change.objects.get().why
    assert state(promised, "P2")[0] == "kept"


def test_the_first_page_asks_how_many_wait_and_the_answer_is_ones_own(alice: Client):
    assert 'hx-get="/promises/count"' in alice.get("/").content.decode()
    said = re.sub(r"<[^>]*>", "", alice.get("/promises/count").content.decode())
    assert "1 overdue" in said
    assert "1 due" in said


def test_who_can_have_no_promises_is_told_of_none(promised: api.Book, make_user: MakeUser, as_user: Browser):
    eve = as_user(make_user("eve", "executive"))
    assert eve.get("/promises?whose=all").status_code == 200
    assert "/promises/count" not in eve.get("/").content.decode()
    own = as_user(make_user("ida", "executive", staff_name="Alice"))
    assert "/promises/count" in own.get("/").content.decode()


def test_a_new_day_of_a_promise_is_kept_in_the_tab_and_no_line_breaks_a_day(alice: Client):
    page = alice.get("/promises", {"part": "due"}).content.decode()
    kept = re.findall(r'<form[^>]*put-off"[^>]*data-keep="[0-9]+" data-keep-as="put-off([^"]+)"', page)
    assert "P2" in kept
    assert len(set(kept)) == len(kept)
    assert re.search(r"<time>2026-1[0-9]-[0-9]{2}</time>", page)


def test_script_stays_text_and_a_formula_in_the_file_is_no_formula(alice: Client):
    page = alice.get("/promises", {"part": "later"}).content.decode()
    assert "&lt;b&gt;a sample" in page
    answer = alice.get("/promises/export.xlsx", {"whose": "all"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        told = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "send the price list" in told
    assert not re.search(r"<f[ >]", told)
    csv = b"".join(alice.get("/promises/export.csv", {"whose": "all"}).streaming_content).decode("utf-8-sig")
    assert "'=1+1" in csv
    assert "to the other one" not in csv
    assert Event.objects.filter(code="promises.exported").count() == 2


def test_a_file_of_too_many_promises_is_refused_and_never_cut(alice: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tierwise_web.customers.files.MOST_ROWS", 2)
    assert alice.get("/promises/export.csv", {"whose": "all"}).status_code == 413
    assert not Event.objects.filter(code="promises.exported").exists()
    page = alice.get("/promises", {"whose": "all", "part": "later"}).content.decode()
    assert "/promises/export.csv?whose=all&amp;part=later" in page
    part = alice.get("/promises/export.csv", {"whose": "all", "part": "later"})
    assert "a sample" in b"".join(part.streaming_content).decode()


def test_the_file_reaches_as_far_as_the_role_that_allows_files(
    promised: api.Book, pair: tuple[str, str, str], make_user: MakeUser, as_user: Browser
):
    both = as_user(make_user("both", "account_manager", "service_agent", staff_name=pair[2]))
    assert "to the other one" in both.get("/promises", {"whose": "all"}).content.decode()
    csv = b"".join(both.get("/promises/export.csv", {"whose": "all"}).streaming_content).decode()
    assert "send the price list" in csv
    assert "to the other one" not in csv


def test_notes_past_their_time_are_deleted_by_the_worker_without_anybody_writing_one(make_user: MakeUser):
    user, at = make_user("ann", "account_manager"), datetime(2026, 11, 20, 9, tzinfo=UTC)
    for until in (date(2026, 11, 19), date(2026, 11, 20)):
        PrivateNote.objects.create(
            customer="C1", about="K1", text=f"until {until}", basis="b", author=user.username, author_name="Ann",
            made_at=at, keep_until=until,
        )  # fmt: skip
    assert forget_expired in duties.DUTIES
    lately = at - timedelta(minutes=5)
    done = dict.fromkeys(duties.DUTIES, lately)
    duties.do_duties(done, at)
    assert done[forget_expired] == lately
    assert PrivateNote.objects.count() == 2
    done = {forget_expired: at - timedelta(hours=2)}
    duties.do_duties(done, at)
    assert done[forget_expired] == at
    assert [note.text for note in PrivateNote.objects.all()] == ["until 2026-11-20"]
    assert Event.objects.get(code="notes.expired").slots == {"notes": 1}


def test_a_duty_that_breaks_keeps_no_other_from_its_turn(monkeypatch: pytest.MonkeyPatch):
    done: list[datetime] = []

    def broken(at: datetime) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(duties, "DUTIES", {broken: duties.EVERY, done.append: duties.EVERY})
    duties.do_duties({}, AT)
    assert done == [AT]


def test_each_duty_rests_for_its_own_time(monkeypatch: pytest.MonkeyPatch):
    often: list[datetime] = []
    seldom: list[datetime] = []
    every = {often.append: timedelta(seconds=5), seldom.append: timedelta(hours=1)}
    monkeypatch.setattr(duties, "DUTIES", every)
    done: dict[duties.Duty, datetime] = {}
    moments = [AT + timedelta(seconds=n) for n in (0, 4, 5, 9, 10)]
    for at in moments:
        duties.do_duties(done, at)
    assert often == [moments[0], moments[2], moments[4]]
    assert seldom == [AT]


def test_a_step_names_only_the_fields_that_changed(
    promised: api.Book, pair: tuple[str, str, str], make_user: MakeUser
):
    """A visit is a whole row in the book: what nobody touched is not told as changed."""
    ann, today = make_user("ann", "data_steward"), timezone.localdate()
    now = standing(promised, "interactions", "P2", today)
    assert now is not None
    until = (today + timedelta(days=30)).isoformat()
    promises.put_off(
        promised, "P2", pair[0], until, seen_before=promises.seen_of(now),
        today=today, actor=ann, at=timezone.now(),
    )  # fmt: skip
    assert len(Change.objects.get().values) > 10
    assert Event.objects.get(code="edits.made").slots["columns"] == ["promise_due_on", "promise_state"]
