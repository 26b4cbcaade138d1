"""Signing in, the first visit, the demo's sign-ins."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, PASSWORD, MakeUser
from tierwise import api
from tierwise_web.config.environment import hosts, trusted_origins
from tierwise_web.config.starting import look_for_duplicates_of_the_demo, people_of_the_demo_book
from tierwise_web.merging.jobs import LOOK
from tierwise_web.people.attempts import ALLOWED, WAIT, take
from tierwise_web.people.demo import Staff, people_of_the_demo
from tierwise_web.people.models import Attempts, Installation, User
from tierwise_web.people.roles import ROLES
from tierwise_web.people.services import installation, set_up
from tierwise_web.people.views import set_up_code
from tierwise_web.workflow.models import Job

FORM = {"name": "安娜", "username": "anna", "password": PASSWORD, "again": PASSWORD}


def test_the_first_visit_leads_to_the_set_up_page(client: Client):
    assert client.get("/").headers["Location"] == "/set-up"
    assert client.get("/sign-in").headers["Location"] == "/set-up"


def test_whoever_knows_the_code_becomes_the_first_administrator_and_is_signed_in(client: Client):
    answer = client.post("/set-up", {**FORM, "code": set_up_code()})
    assert answer.headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert User.objects.get().roles == {"admin", "analyst"}
    assert not Installation.objects.get().demo


def test_a_passer_by_without_the_code_becomes_nothing(client: Client):
    answer = client.post("/set-up", {**FORM, "code": "guess"})
    assert answer.status_code == 422
    assert "tierwise serve" in answer.content.decode()
    assert not User.objects.exists()


def test_a_weak_password_is_refused_beside_its_field(client: Client):
    answer = client.post("/set-up", {**FORM, "password": "1234567890", "code": set_up_code()})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not User.objects.exists()


def test_a_slip_in_the_first_password_is_noticed(client: Client):
    for lang, said in (("en", "not what you typed above"), ("zh", "两次输入的密码不一致")):
        client.cookies["tierwise_language"] = lang
        answer = client.post("/set-up", {**FORM, "again": f"{PASSWORD}!", "code": set_up_code()})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert not User.objects.exists()


def test_the_set_up_page_is_gone_once_anybody_exists(client: Client, make_user: MakeUser):
    make_user("ann")
    assert client.get("/set-up").status_code == 404
    assert client.post("/set-up", {**FORM, "code": set_up_code()}).status_code == 404


def test_name_and_password_let_in_and_the_asked_page_follows(client: Client):
    set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)
    asked = client.get("/me").headers["Location"]
    assert asked == "/sign-in?next=/me"
    form = {"username": "ANNA", "password": PASSWORD, "next": "/me"}
    assert client.post("/sign-in", form).headers["Location"] == "/me"
    assert "Anna" in client.get("/me").content.decode()


def test_nobody_is_sent_to_another_site_after_sign_in(client: Client):
    set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)
    form = {"username": "anna", "password": PASSWORD, "next": "//evil.example/"}
    assert client.post("/sign-in", form).headers["Location"] == "/"


def test_who_guesses_has_to_wait_even_with_the_right_password(client: Client):
    set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)
    for _ in range(ALLOWED):
        assert client.post("/sign-in", {"username": "anna", "password": "no"}).status_code == 422
    late = client.post("/sign-in", {"username": "anna", "password": PASSWORD})
    assert late.status_code == 422
    assert "quarter of an hour" in late.content.decode()
    # a quarter of an hour later; what was counted stood in the database, and did not say whose name it was
    kept = Attempts.objects.get()
    assert "anna" not in kept.name
    Attempts.objects.update(since=timezone.now() - WAIT)
    assert client.post("/sign-in", {"username": "anna", "password": PASSWORD}).status_code == 302
    assert not Attempts.objects.exists()


def test_many_guesses_at_once_are_no_more_than_one_by_one():
    at = timezone.now()
    assert [take("Anna ", at=at) for _ in range(ALLOWED + 2)] == [True] * ALLOWED + [False] * 2
    assert not take("anna", at=at + WAIT - timedelta(seconds=1))
    assert take("anna", at=at + WAIT)


def test_letters_that_a_database_takes_for_the_same_give_no_more_guesses():
    at = timezone.now()
    names = ("anna.smith", "ANNA.SMITH", "anna.ſmith", "anna.smıth")
    allowed = [take(name, at=at) for _ in range(ALLOWED) for name in names]
    assert allowed.count(True) == ALLOWED


def test_names_below_a_domain_are_let_in_and_their_forms_are_trusted(settings: LazySettings):
    said = {"TIERWISE_HOSTS": ".example.com, grades.example.org"}
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = hosts(said), trusted_origins(said)
    sent = {"grades.example.com": 302, "example.com": 302, "grades.example.org": 302, "badexample.com": 400}
    assert {host: _posted(host, f"https://{host}") for host in sent} == sent
    assert _posted("grades.example.com", "https://badexample.com") == 403
    assert _posted("grades.example.com", "http://grades.example.org") == 403


def _posted(host: str, origin: str) -> int:
    """A form sent over a proxy that ends the encryption without telling."""
    client = Client(enforce_csrf_checks=True, HTTP_HOST=host, HTTP_ORIGIN=origin)
    client.cookies["csrftoken"] = token = "a" * 32
    return client.post("/language", {"language": "zh", "csrfmiddlewaretoken": token}).status_code


def test_a_person_who_left_cannot_come_in_and_is_sent_out(client: Client, make_user: MakeUser):
    user = make_user("ann", "analyst")
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/me").status_code == 302


def test_the_demo_shows_one_sign_in_per_role_and_one_click_lets_in(client: Client):
    people_of_the_demo([Staff("熊立言", "华中部")], [], at=AT)
    page = client.get("/sign-in").content.decode()
    assert page.count('class="choice"') == len(ROLES)
    assert client.post("/sign-in/demo", {"username": "auditor"}).status_code == 302
    assert client.get("/me").status_code == 200


def test_the_demo_s_account_manager_is_the_one_with_most_customers(book: api.Book):
    people_of_the_demo_book()
    rows = book.read("customers", book.current()).to_pylist()
    led = Counter(row["owner"] for row in rows if row["owner"])
    assert led[User.objects.get(username="account-manager").staff_name] == max(led.values())


def test_duplicates_are_looked_for_once_and_in_the_demo_only():
    look_for_duplicates_of_the_demo()
    assert not Job.objects.exists()
    people_of_the_demo([Staff("熊立言", "华中部")], [], at=AT)
    for _ in range(2):
        look_for_duplicates_of_the_demo()
        assert [(job.kind, job.actor) for job in Job.objects.all()] == [(LOOK, "data-steward")]


def test_no_sign_in_without_password_where_the_database_is_not_the_demos(client: Client, make_user: MakeUser):
    installation(demo=False, at=AT)
    make_user("auditor", "auditor")
    people_of_the_demo([Staff("熊立言", "华中部")], [], at=AT)
    assert 'class="choice"' not in client.get("/sign-in").content.decode()
    assert client.post("/sign-in/demo", {"username": "auditor"}).status_code == 404
    assert User.objects.count() == 1


def test_a_real_user_in_a_demo_database_still_needs_the_password(client: Client, make_user: MakeUser):
    people_of_the_demo([Staff("熊立言", "华中部")], [], at=AT)
    make_user("real", "admin")
    assert client.post("/sign-in/demo", {"username": "real"}).status_code == 404


def test_signing_out_ends_the_session(client: Client, make_user: MakeUser):
    client.force_login(make_user("ann"))
    client.post("/sign-out")
    assert client.get("/me").status_code == 302


def test_a_session_ends_at_its_time(client: Client, make_user: MakeUser):
    client.force_login(make_user("ann"))
    assert client.get("/me").status_code == 200
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=60))
    assert client.get("/me").status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/me").headers["Location"] == "/sign-in?next=/me"
