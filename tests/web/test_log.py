"""The log: without gaps, without floods, and found again by person, kind, day and words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, PASSWORD, MakeUser
from tests.web.test_coming_in import FORM
from tierwise_web.audit.models import Event, Repeat
from tierwise_web.audit.queries import PAGE, Asked, page_of
from tierwise_web.audit.services import MOST_NAMES, Stranger, record, record_once
from tierwise_web.people.attempts import ALLOWED
from tierwise_web.people.demo import people_of_the_demo
from tierwise_web.people.models import User
from tierwise_web.people.services import set_up
from tierwise_web.people.views import set_up_code
from tierwise_web.workflow.models import Job

Browser = Callable[[User | None], Client]


@pytest.fixture
def eve(make_user: MakeUser, as_user: Browser) -> Client:
    return as_user(make_user("eve", "auditor"))


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def seen(client: Client, query: str = "") -> str:
    page = client.get(f"/log{query}").content.decode()
    return re.sub(r"<[^>]*>", " ", page.split("<tbody>")[-1]) if "<tbody>" in page else ""


def test_the_first_administrator_and_the_demo_s_sign_ins_are_noted(client: Client):
    client.post("/set-up", FORM | {"code": set_up_code()})
    made = Event.objects.get(code="people.set-up")
    assert (made.actor, made.slots) == ("anna", {"roles": ["admin", "analyst"]})
    assert PASSWORD not in str(list(Event.objects.values()))


def test_who_comes_in_as_the_demo_shows_is_noted(client: Client):
    people_of_the_demo([], [], at=AT)
    assert client.post("/sign-in/demo", {"username": "auditor"}).status_code == 302
    event = Event.objects.get(code="people.signed-in")
    assert (event.actor, event.slots) == ("auditor", {"demo": True})


def test_who_leaves_is_noted(make_user: MakeUser, as_user: Browser):
    assert as_user(make_user("ann", "analyst")).post("/sign-out").status_code == 302
    assert Event.objects.get(code="people.signed-out").actor == "ann"


def test_wrong_passwords_are_one_line_a_minute_and_say_how_many(eve: Client, make_user: MakeUser):
    with_password(make_user("anna"))
    before = timezone.now().minute
    for name, password in (("anna", "guess-1"), ("ANNA", "guess-2"), ("hunter22", "x"), ("swordfish", "y")):
        assert Client().post("/sign-in", {"username": name, "password": password}).status_code == 422
    found = list(Event.objects.filter(code="people.password-wrong"))
    kept = str(list(Event.objects.values()))
    if timezone.now().minute == before:
        assert [(one.actor, one.repeat.number) for one in found] == [("–", 2), ("anna", 2)]
        assert "a wrong password was given" in seen(eve)
        assert "2 times within the minute" in seen(eve)
    assert "guess" not in kept
    assert "hunter22" not in kept  # somebody's password, typed into the wrong field
    assert "swordfish" not in kept
    assert "hu…" in kept


def test_a_flood_does_not_fill_the_log(make_user: MakeUser):
    ann, at = make_user("ann"), datetime.fromisoformat("2026-11-02T09:00:01+00:00")
    for second in range(180):
        record_once("people.refused", user=ann, at=at + timedelta(seconds=second / 3), page="people:people")
    record_once("people.refused", user=ann, at=at, page="people:log")
    assert [one.slots["page"] for one in Event.objects.all()].count("people:people") == 2
    numbers = sorted(Repeat.objects.values_list("number", flat=True))
    assert sum(numbers) == 180


def test_a_wrong_code_and_a_wrong_present_password_are_noted(make_user: MakeUser, as_user: Browser):
    anna = set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)
    client = as_user(anna)
    client.post("/me/password", {"present": "no", "password": "another horse", "again": "another horse"})
    client.post("/me/passkeys/start", {"password": "no"}, headers={"host": "localhost"})
    client.post("/me/second-factor/off", {"code": "000000"})
    found = {one.code for one in Event.objects.filter(actor="anna")}
    assert {"people.password-wrong", "people.code-wrong"} <= found


def test_who_was_refused_is_noted_with_the_page_and_not_with_what_was_asked(
    eve: Client, make_user: MakeUser, as_user: Browser
):
    client = as_user(make_user("bob", "service_agent"))
    assert client.get("/people?q=secret").status_code == 403
    assert client.get("/people?q=other").status_code == 403
    assert client.get("/duplicates").status_code == 403
    found = Event.objects.filter(code="people.refused", actor="bob")
    assert {one.slots["page"] for one in found} == {"people:people", "merging:duplicates"}
    assert "secret" not in str(list(found.values()))
    said = seen(eve, "?who=bob")
    assert "was refused: no permission" in said
    assert "page: People" in said


def test_a_refusal_that_a_view_decides_is_noted_too(make_user: MakeUser, as_user: Browser):
    boss, bob = make_user("boss", "analyst"), make_user("bob", "executive")
    job = Job.objects.create(kind="grading.trial", actor=boss.username, created_at=AT, state="running")
    assert as_user(bob).post(f"/jobs/{job.pk}/cancel").status_code == 403
    assert Event.objects.get(code="people.refused").slots == {"page": "workflow:cancel"}


def made(actor: User, number: int) -> None:
    for n in range(number):
        record("customers.exported", user=actor, at=AT + timedelta(minutes=n // 2), rows=n, file="csv")


def test_the_log_is_found_by_person_kind_day_and_words(eve: Client, make_user: MakeUser):
    ann, bob = make_user("ann"), make_user("bob")
    record("edits.made", user=ann, at=AT, table="customers", record="C000007", columns=["name"])
    record("notes.made", user=bob, at=AT + timedelta(days=1), customer="C000008", about="采购总监林志远")
    record("people.unit-added", user=bob, at=AT + timedelta(days=2), unit="east", parent="")
    for query, found in (
        ("?who=ANN", ["wrote down a change"]),
        ("?code=notes.made", ["wrote a private note"]),
        ("?since=2026-11-03", ["wrote a private note", "added a unit"]),
        ("?until=2026-11-02", ["wrote down a change"]),
        ("?since=2026-11-03&until=2026-11-03", ["wrote a private note"]),
        ("?words=C000007", ["wrote down a change"]),
        ("?words=林志远", ["wrote a private note"]),
        ("?words=private+C000008", ["wrote a private note"]),
        ("?words=组织单位", ["added a unit"]),
        ("?who=nobody", []),
    ):
        said = seen(eve, query)
        for words in ("wrote down a change", "wrote a private note", "added a unit"):
            assert (words in said) == (words in found), (query, words)
    wrong = eve.get("/log?since=yesterday")
    assert wrong.status_code == 422
    assert "This is not a day" in wrong.content.decode()
    assert 'aria-invalid="true"' in wrong.content.decode()


@pytest.mark.parametrize("address", ["/log", "/log/export.csv"])
@pytest.mark.parametrize(
    "day", ["until=9999-12-31", "since=0001-01-01", "until=0001-01-01", "since=9999-12-31"]
)
def test_a_day_at_the_end_of_the_calendar_is_refused_in_words(
    make_user: MakeUser, as_user: Browser, address: str, day: str
):
    for lang, words in (
        ("en", "A day from 2000-01-01 to 2999-12-31"),
        ("zh", "日期须在 2000-01-01 至 2999-12-31 之间"),
    ):
        answer = as_user(make_user(f"eve-{lang}", "auditor", language=lang)).get(f"{address}?{day}")
        assert answer.status_code == 422
        assert words in answer.content.decode()
    for known in ("since=2000-01-01", "until=2999-12-31"):
        assert as_user(User.objects.get(username="eve-en")).get(f"{address}?{known}").status_code == 200


def test_pages_go_on_from_a_line_and_nothing_is_missed_or_shown_twice(eve: Client, make_user: MakeUser):
    made(make_user("ann"), 2 * PAGE + 30)
    asked = Asked(who="ann")
    numbers = [one.slots["rows"] for one in Event.objects.filter(actor="ann")]
    first = page_of(asked)
    second = page_of(asked, older=first.older)
    third = page_of(asked, older=second.older)
    assert [e.slots["rows"] for page in (first, second, third) for e in page.events] == numbers
    assert (first.newer, third.older) == (None, None)
    assert [e.pk for e in page_of(asked, newer=third.newer).events] == [e.pk for e in second.events]
    record("customers.exported", user=User.objects.get(username="ann"), at=AT + timedelta(days=9), rows=999)
    assert [e.pk for e in page_of(asked, older=first.older).events] == [e.pk for e in second.events]
    page = eve.get("/log?who=ann").content.decode()
    (older,) = re.findall(r'href="(/log\?who=ann[^"]*older=\d+)"', page)
    assert "Newer" in eve.get(older.replace("&amp;", "&")).content.decode()


def test_what_was_found_is_taken_along_as_a_file_and_that_is_noted(eve: Client, make_user: MakeUser):
    record("customers.view-saved", user=make_user("ann"), at=AT, view="=cmd()", shared=False)
    record("edits.ended", user=make_user("bob"), at=AT)
    answer = eve.get("/log/export.csv?who=ann")
    (line,) = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert (line["Who"], line["What"], line["Code"]) == ("ann", "saved a view", "customers.view-saved")
    assert "=cmd()" in line["Details"]
    assert not line["Details"].startswith("=")
    noted = Event.objects.get(code="people.log-exported")
    assert (noted.actor, noted.slots) == ("eve", {"rows": 1, "query": "?who=ann"})


def test_no_detail_is_told_as_a_program_writes_it(make_user: MakeUser, as_user: Browser):
    ann = make_user("ann")
    record(
        "edits.handed-over",
        user=ann,
        at=AT,
        handover=3,
        batches={"customers": 19, "interactions": 20},
        refused=0,
    )
    record("people.changed", user=ann, at=AT, username="bob", roles=[], before=[], unit="")
    for lang, said in (
        ("en", "Customers no. 19, "), ("zh", "第 19 批、"),
    ):  # fmt: skip
        page = seen(as_user(make_user(f"eve-{lang}", "auditor", language=lang)))
        assert said.lower() in page.lower()
        for raw in ("{", "[", "&#39;", "None"):
            assert raw not in page, raw


def test_the_wait_is_reached_while_the_log_keeps_one_line(make_user: MakeUser):
    with_password(make_user("anna"))
    for _ in range(ALLOWED + 5):
        Client().post("/sign-in", {"username": "anna", "password": "no"})
    found = Event.objects.filter(code="people.password-wrong", actor="anna")
    assert found.count() <= 2  # a minute may have ended meanwhile
    assert how_often("people.password-wrong") == ALLOWED
    assert how_often("people.attempt-blocked") == 5


def how_often(code: str) -> int:
    found = Event.objects.filter(code=code)
    return sum(one.repeat.number if hasattr(one, "repeat") else 1 for one in found)


def test_a_right_password_that_has_to_wait_is_not_told_as_a_wrong_one(
    make_user: MakeUser, as_user: Browser, eve: Client
):
    anna = with_password(make_user("anna"))
    for _ in range(ALLOWED):
        Client().post("/sign-in", {"username": "anna", "password": "no"})
    assert Client().post("/sign-in", {"username": "anna", "password": PASSWORD}).status_code == 422
    own = {"present": PASSWORD, "password": "another horse", "again": "another horse"}
    assert as_user(anna).post("/me/password", own).status_code == 422
    as_user(anna).post("/me/passkeys/start", {"password": PASSWORD}, headers={"host": "localhost"})
    assert how_often("people.password-wrong") == ALLOWED
    assert how_often("people.attempt-blocked") == 3
    assert "had to wait: too many attempts" in seen(eve)
    assert "from the address: 127.0.0.1" in seen(eve)


def test_guesses_at_many_names_are_one_line_for_each_address_and_say_how_many_names(
    make_user: MakeUser, as_user: Browser
):
    make_user("somebody")
    at = datetime.fromisoformat("2026-11-02T09:00:01+00:00")
    for address in ("10.0.0.7", "10.0.0.8"):
        for name in ("ad…", "ro…", "wa…", "ro…"):
            record_once("people.password-wrong", user=Stranger(), at=at, address=address, username=name)
    found = [(one.slots, one.repeat.number, one.repeat.others) for one in Event.objects.order_by("pk")]
    assert found == [
        ({"address": "10.0.0.7", "username": "ad…"}, 4, ["ro…", "wa…"]),
        ({"address": "10.0.0.8", "username": "ad…"}, 4, ["ro…", "wa…"]),
    ]
    for lang, words in (("en", "2 other names, such as ro…, wa…"), ("zh", "另试 2 个用户名，如 ro…、wa…")):
        assert words in seen(as_user(make_user(f"eve-{lang}", "auditor", language=lang)))
    for number in range(MOST_NAMES + 20):
        record_once("people.password-wrong", user=Stranger(), at=at, address="10.0.0.7", username=f"{number}")
    assert max(len(one.others) for one in Repeat.objects.all()) == MOST_NAMES


def test_the_address_of_who_guesses_is_kept(make_user: MakeUser):
    with_password(make_user("anna"))
    for name in ("anna", "nobody"):
        Client(REMOTE_ADDR="10.0.0.9").post("/sign-in", {"username": name, "password": "no"})
    told = {one.actor: one.slots for one in Event.objects.filter(code="people.password-wrong")}
    assert told == {"anna": {"address": "10.0.0.9"}, "–": {"address": "10.0.0.9", "username": "no…"}}
