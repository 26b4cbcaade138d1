"""Assessments: formed by the policy, written with evidence, accepted by somebody else, in the book at the next run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import MakeUser
from tierwise import api
from tierwise.book.batches import batches
from tierwise_web.assessments import services
from tierwise_web.assessments.asking import forms
from tierwise_web.assessments.models import ACCEPTED, DRAFT, REJECTED, SUBMITTED, WITHDRAWN, Assessment
from tierwise_web.audit.models import Event
from tierwise_web.editing import handing
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import DONE as HANDED
from tierwise_web.editing.models import IN_BOOK, UNDONE, WAITING, Change, Handover
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.workflow import running
from tierwise_web.workflow.models import DONE, Job
from tierwise_web.workflow.running import work_once

Browser = Callable[[User | None], Client]
CARD = "realestate_scorecard"
SCORES = {"strength": "15", "growth": "15", "profit_contribution": "15", "relationship": "20", "strategic_importance": "20"}  # fmt: skip


@pytest.fixture
def own_book(own_book: api.Book, monkeypatch: pytest.MonkeyPatch) -> api.Book:
    """A copy that the test may write to, with jobs that do not beat."""
    monkeypatch.setattr(running, "BEAT_SECONDS", 3600.0)
    return own_book


@pytest.fixture
def customer(own_book: api.Book) -> str:
    """A customer that the sample company judges by its scorecard."""
    rows = own_book.read("assessments", own_book.current()).to_pylist()
    return str(next(row["customer_code"] for row in rows if row["template"] == CARD))


@pytest.fixture
def ann(make_user: MakeUser, as_user: Browser, company: OrgUnit) -> Client:
    """Who judges."""
    return as_user(make_user("ann", "national_kam", "analyst", name="Ann", org_unit=company))


@pytest.fixture
def bob(make_user: MakeUser, as_user: Browser) -> Client:
    """Who accepts."""
    return as_user(make_user("bob", "approver", name="Bob"))


def filled(as_of: str = "2026-10-31", **change: str) -> dict[str, str]:
    """A whole form as a browser sends it."""
    form = {"as_of": as_of, "valid_until": "2027-10-31", "do": "submit", "version": "0", "nature-level": "government_or_soe",
            "nature-evidence": "registry"}  # fmt: skip
    for code, score in SCORES.items():
        form |= {f"{code}-score": score, f"{code}-evidence": f"visit, {code}"}
    return form | change


def written(client: Client, customer: str, **change: str) -> Assessment:
    answer = client.post(f"/customer/{customer}/assess/{CARD}", filled(**change))
    assert answer.status_code == 302, answer.content.decode()
    found = Assessment.objects.order_by("-id").first()
    assert found is not None
    return found


def decided(client: Client, one: Assessment, do: str = "accept", **more: str) -> Any:
    one.refresh_from_db()
    return client.post(f"/assessments/{one.pk}/decide", {"do": do, "version": str(one.version), **more})


def test_the_form_asks_what_the_scorecard_judges_with_its_standard_and_what_is_in_force(
    ann: Client, customer: str
):
    page = ann.get(f"/customer/{customer}/assess/{CARD}").content.decode()
    for code in SCORES:
        assert f'name="{code}-score"' in page
    assert 'step="0.5"' in page
    assert "government or state-owned (15)" in page
    assert "top level" in page
    assert "in force: " in page


def test_what_is_accepted_by_somebody_else_moves_the_grade_and_its_explanation_at_the_next_run(
    own_book: api.Book, ann: Client, bob: Client, customer: str
):
    low = {f"{code}-score": "0" for code in SCORES}
    for scores, grade in ((low, "C"), ({}, "A")):
        one = written(ann, customer, **scores)
        assert f'href="/assessments/{one.pk}"' in bob.get("/assessments").content.decode()
        assert decided(bob, one).status_code == 302
        ann.post("/runs/trial", {"policy": CARD, "as_of": "2026-10-31"})
        assert work_once("w")
        job = Job.objects.first()
        assert job is not None
        assert job.state == DONE, job.problems
        told = api.explain(own_book, customer, run=job.result["run_id"])
        assert told.row["grade"] == grade
    assert "100" in " ".join(told.sentences("en"))
    assert set(Change.objects.values_list("state", flat=True)) == {IN_BOOK}
    names = [file["name"] for batch in batches(own_book, own_book.current()) for file in batch.files]
    assert names[-2:] == [handover.origin for handover in Handover.objects.order_by("id")]
    codes = set(Event.objects.values_list("code", flat=True))
    assert {"assessments.submitted", "assessments.accepted", "edits.made", "edits.handed-over"} <= codes


def test_nobody_accepts_what_they_judged_whatever_their_roles(ann: Client, customer: str, own_book: api.Book):
    one = written(ann, customer)
    refused = decided(ann, one)
    assert refused.status_code == 422
    assert "somebody else" in refused.content.decode()
    one.refresh_from_db()
    assert one.state == SUBMITTED
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"strength-score": "16"}, "a score from 0 to 15"),
        ({"strength-score": "7.3"}, "steps of 0.5"),
        ({"strength-score": "many"}, "write a number"),
        ({"strength-score": "NaN"}, "write a number"),
        ({"strength-evidence": " "}, "on what this rests"),
        ({"nature-level": "royal"}, "one of the list"),
        ({"as_of": "31.10.2026"}, "2026-10-31"),
        ({"as_of": "2999-01-01"}, "has not come yet"),
        ({"as_of": "9999-12-31"}, "has not come yet"),
        ({"valid_until": "2020-01-01"}, "cannot end before"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_everything_typed_is_kept(
    ann: Client, customer: str, change: dict[str, str], said: str
):
    answer = ann.post(
        f"/customer/{customer}/assess/{CARD}",
        filled(**change, remarks="kept words", **{"growth-comment": "too"}),
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "kept words" in page
    assert "visit, growth" in page
    assert not Assessment.objects.exists()


def test_a_form_without_any_score_is_not_submitted_but_can_wait_as_a_draft(ann: Client, customer: str):
    empty = {"as_of": "2026-10-31", "valid_until": "", "do": "submit"}
    address = f"/customer/{customer}/assess/{CARD}"
    assert "at least one line" in ann.post(address, empty).content.decode()
    assert ann.post(address, empty | {"do": "keep"}).status_code == 302
    assert Assessment.objects.get().state == DRAFT


def test_what_is_said_of_a_line_without_a_score_asks_for_the_score(ann: Client, customer: str):
    said = {"as_of": "2026-10-31", "valid_until": "", "do": "submit", "strength-evidence": "annual report"}
    page = ann.post(f"/customer/{customer}/assess/{CARD}", said).content.decode()
    assert "give a score for what you say of it" in page
    assert "annual report" in page
    assert not Assessment.objects.exists()


def test_a_day_in_a_closed_month_is_refused(own_book: api.Book, ann: Client, customer: str):
    book_yaml = Path(own_book.path) / "book.yaml"
    book_yaml.write_text(
        book_yaml.read_text(encoding="utf-8") + "closed_through: 2026-10-31\n", encoding="utf-8"
    )
    page = ann.post(f"/customer/{customer}/assess/{CARD}", filled()).content.decode()
    assert "lies in the closed period; choose 2026-11-01 or later" in page


def test_a_draft_is_its_writers_alone(
    ann: Client, bob: Client, customer: str, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    one = written(ann, customer, do="keep")
    assert bob.get(f"/assessments/{one.pk}").status_code == 404
    other = as_user(make_user("cem", "national_kam", "analyst", org_unit=company))
    assert other.get(f"/assessments/{one.pk}/edit").status_code == 404
    assert ann.get(f"/assessments/{one.pk}/edit").status_code == 200


def test_who_has_no_business_with_the_customer_sees_no_assessment_of_it(
    ann: Client, customer: str, make_user: MakeUser, as_user: Browser
):
    one = written(ann, customer)
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    for address in (
        f"/assessments/{one.pk}",
        f"/assessments/{one.pk}/edit",
        f"/customer/{customer}/assess/{CARD}",
    ):
        assert charlie.get(address).status_code == 404
    assert charlie.post(f"/customer/{customer}/assess/{CARD}", filled()).status_code == 404
    assert customer not in charlie.get("/assessments?show=all").content.decode()
    assert customer in ann.get("/assessments?show=mine").content.decode()


def test_sending_back_needs_a_reason_and_the_assessor_writes_on(ann: Client, bob: Client, customer: str):
    one = written(ann, customer)
    assert "say why" in decided(bob, one, "reject").content.decode()
    decided(bob, one, "reject", note="visit them first")
    one.refresh_from_db()
    assert one.state == REJECTED
    page = ann.get(f"/assessments/{one.pk}/edit").content.decode()
    assert "visit them first" in page
    sent = ann.post(f"/assessments/{one.pk}/edit", filled(version=str(one.version)))
    assert sent.status_code == 302
    one.refresh_from_db()
    assert one.state == SUBMITTED


def test_two_at_once_overwrite_nothing_and_the_other_change_is_shown(ann: Client, customer: str):
    one = written(ann, customer, do="keep")
    first = filled(version="1", do="keep", **{"growth-score": "3"})
    assert ann.post(f"/assessments/{one.pk}/edit", first).status_code == 302
    late = ann.post(f"/assessments/{one.pk}/edit", filled(version="1", do="keep", **{"growth-score": "9.5"}))
    page = late.content.decode()
    assert late.status_code == 422
    assert "now: low" in page or "now: 3" in page
    assert 'value="9.5"' in page
    one.refresh_from_db()
    assert one.answer("growth")["score"] == "3"
    assert 'name="version" value="2"' in page


def test_a_decision_about_what_was_withdrawn_meanwhile_is_refused(ann: Client, bob: Client, customer: str):
    one = written(ann, customer)
    assert ann.post(f"/assessments/{one.pk}/withdraw", {"version": "1"}).status_code == 302
    late = bob.post(f"/assessments/{one.pk}/decide", {"do": "accept", "version": "1"})
    assert late.status_code == 422
    one.refresh_from_db()
    assert one.state == WITHDRAWN
    assert not Change.objects.exists()


def test_an_accepted_assessment_is_never_changed(ann: Client, bob: Client, customer: str):
    one = written(ann, customer)
    decided(bob, one)
    assert ann.post(f"/assessments/{one.pk}/edit", filled(version="2")).status_code == 422
    assert ann.post(f"/assessments/{one.pk}/withdraw", {"version": "2"}).status_code == 422
    one.refresh_from_db()
    assert (one.state, one.version) == (ACCEPTED, 2)


def test_script_in_every_field_stays_text(ann: Client, bob: Client, customer: str):
    evil = "<script>alert(1)</script>"
    fields = {f"{code}-{part}": evil for code in (*SCORES, "nature") for part in ("evidence", "comment")}
    one = written(ann, customer, remarks=evil, **fields)
    page = bob.get(f"/assessments/{one.pk}").content.decode()
    assert "&lt;script&gt;" in page
    assert evil not in page
    decided(bob, one, "reject", note=evil)
    assert evil not in ann.get(f"/assessments/{one.pk}/edit").content.decode()
    assert 'href="javascript' not in page


def test_evidence_that_is_an_address_is_a_link_and_other_schemes_are_not(ann: Client, customer: str):
    said = {"growth-evidence": "https://example.com/report", "strength-evidence": "javascript:alert(1)"}
    one = written(ann, customer, **said)
    page = ann.get(f"/assessments/{one.pk}").content.decode()
    assert 'href="https://example.com/report"' in page
    assert 'href="javascript' not in page


def test_a_hand_over_that_was_interrupted_after_the_import_goes_on_and_imports_nothing_twice(
    own_book: api.Book, ann: Client, bob: Client, customer: str, monkeypatch: pytest.MonkeyPatch
):
    decided(bob, written(ann, customer))
    whole = handing._finish

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(handing, "_finish", killed)
    user = User.objects.get(username="ann")
    with pytest.raises(SystemExit):
        hand_over(own_book, actor=user, at=timezone.now())
    assert set(Change.objects.values_list("state", flat=True)) == {WAITING}
    monkeypatch.setattr(handing, "_finish", whole)
    before = len(batches(own_book, own_book.current()))
    done = hand_over(own_book, actor=user, at=timezone.now())
    assert done is not None
    assert (done.state, len(batches(own_book, own_book.current()))) == (HANDED, before)
    assert done.batches == {"assessments": before}
    assert hand_over(own_book, actor=user, at=timezone.now()) is None


def test_the_import_is_listed_and_undone_and_its_changes_are_not_put_again(
    own_book: api.Book, ann: Client, bob: Client, customer: str, make_user: MakeUser, as_user: Browser
):
    decided(bob, written(ann, customer))
    sam = as_user(make_user("sam", "data_steward"))
    assert "/jobs/" in sam.post("/changes/hand-over").headers["Location"]
    assert work_once("w")
    made = Handover.objects.get()
    number = made.batches["assessments"]
    assert f"handover={made.number}" in sam.get("/imports").content.decode()
    assert customer in sam.get(f"/changes?handover={made.number}").content.decode()
    assert sam.post(f"/imports/{number}/undo", {"reason": "by mistake"}).status_code == 302
    assert set(Change.objects.values_list("state", flat=True)) == {UNDONE}
    refused = sam.post(f"/imports/{number}/undo", {"reason": "by mistake"})
    assert refused.status_code == 422
    assert "undone already" in refused.content.decode()


def test_what_two_people_decided_nobody_takes_back_alone(
    own_book: api.Book, ann: Client, bob: Client, customer: str
):
    decided(bob, written(ann, customer))
    for number in Change.objects.values_list("pk", flat=True):
        refused = ann.post(f"/changes/{number}/take-back")
        assert refused.status_code == 422
        assert "a new one supersedes it" in refused.content.decode()
    assert set(Change.objects.values_list("state", flat=True)) == {WAITING}
    assert "/take-back" not in ann.get("/changes").content.decode()


def test_the_page_of_an_accepted_assessment_tells_how_far_it_came(
    own_book: api.Book, ann: Client, bob: Client, customer: str
):
    one = written(ann, customer)
    decided(bob, one)
    shown = f"/assessments/{one.pk}"
    assert "It reaches the next run." in ann.get(shown).content.decode()
    made = hand_over(own_book, actor=User.objects.get(username="ann"), at=timezone.now())
    assert "It is in the book." in ann.get(shown).content.decode()
    assert made is not None
    handing.note_undone(own_book, made.batches["assessments"], "assessments", today=timezone.localdate())
    assert "Its import was undone" in ann.get(shown).content.decode()


def test_a_double_click_begins_one_assessment_and_other_words_another(
    own_book: api.Book, ann: Client, customer: str
):
    page = ann.get(f"/customer/{customer}/assess/{CARD}").content.decode()
    token = page.split('name="token" value="')[1].split('"')[0]
    first, second = (
        ann.post(f"/customer/{customer}/assess/{CARD}", filled(token=token)).headers["Location"]
        for _ in range(2)
    )
    assert first == second
    assert Assessment.objects.count() == 1
    # who goes back in the browser and writes on loses nothing
    assert written(ann, customer, token=token, remarks="more", do="keep").pk != int(first.rsplit("/", 1)[1])
    assert written(ann, customer, token="not one of ours", as_of="2026-11-01").pk


def test_the_proposed_last_day_is_the_last_of_twelve_months(
    own_book: api.Book, ann: Client, customer: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tierwise_web.assessments.views.timezone.localdate", lambda: date(2026, 11, 20))
    page = ann.get(f"/customer/{customer}/assess/{CARD}").content.decode()
    assert 'name="valid_until" value="2027-11-19"' in page
    assert written(ann, customer, as_of="2026-11-01", valid_until="").valid_until == date(2027, 10, 31)


def test_a_new_web_database_calls_its_imports_otherwise_than_the_one_before(
    own_book: api.Book, ann: Client, bob: Client, customer: str
):
    who = User.objects.get(username="ann")
    decided(bob, written(ann, customer))
    before = hand_over(own_book, actor=who, at=timezone.now())
    Change.objects.all().delete()
    Handover.objects.all().delete()
    decided(bob, written(ann, customer, as_of="2026-11-01"))
    after = hand_over(own_book, actor=who, at=timezone.now())
    assert before is not None
    assert after is not None
    assert (before.origin, after.origin) == ("web:1", "web:2")
    assert before.batches["assessments"] < after.batches["assessments"]


def test_what_is_due_is_listed_with_its_day_and_leads_to_the_form(
    own_book: api.Book, ann: Client, customer: str, monkeypatch: pytest.MonkeyPatch
):
    rows = own_book.read("assessments", own_book.current()).to_pylist()
    last = max(r["valid_until"] for r in rows if r["template"] == CARD)
    monkeypatch.setattr(
        "tierwise_web.assessments.views.timezone.localdate", lambda: last - timedelta(days=30)
    )
    page = ann.get(f"/assessments?show=due&template={CARD}").content.decode()
    assert f"/assess/{CARD}" in page
    assert last.isoformat() in page
    monkeypatch.setattr(
        "tierwise_web.assessments.views.timezone.localdate", lambda: last - timedelta(days=900)
    )
    assert "Nothing is due" in ann.get(f"/assessments?show=due&template={CARD}").content.decode()


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Nobody waits for a first assessment"), ("zh", "没有从未评估的客户")]
)
def test_nobody_to_assess_for_the_first_time_is_not_called_nothing_due(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, lang: str, said: str
):
    alone = as_user(make_user("new", "account_manager", staff_name="Nobody", language=lang))
    page = alone.get(f"/assessments?show=never&template={CARD}").content.decode()
    assert said in page
    assert "Nothing is due" not in page
    assert "没有到期的评估" not in page


def test_a_formula_or_a_very_long_text_is_refused_or_kept_as_text(ann: Client, customer: str):
    answer = ann.post(f"/customer/{customer}/assess/{CARD}", filled(**{"growth-comment": "x" * 1001}))
    assert answer.status_code == 422
    assert "1000 characters" in answer.content.decode()


def test_a_form_is_offered_for_the_kinds_of_customers_that_it_asks_about(ann: Client, own_book: api.Book):
    rows = own_book.read("customers", own_book.current()).to_pylist()
    once = {code for code, times in Counter(row["code"] for row in rows).items() if times == 1}
    kinds = {row["kind"]: row["code"] for row in rows if row["code"] in once}
    offered = []
    for kind in ("existing", "prospect"):
        shown = ann.get(f"/customer/{kinds[kind]}/work").content.decode()
        asked = {form.template: not form.kinds or kind in form.kinds for form in forms(own_book)}
        assert {template: f"/{template}" in shown for template in asked} == asked
        offered += asked.values()
    assert set(offered) == {True, False}


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "by Ann waits for acceptance"), ("zh", "Ann 提交的同日评估")]
)
def test_a_second_assessment_of_a_day_is_not_submitted_while_one_waits(
    ann: Client,
    bob: Client,
    customer: str,
    make_user: MakeUser,
    as_user: Browser,
    company: OrgUnit,
    lang: str,
    said: str,
):
    first = written(ann, customer)
    cat = as_user(make_user("cat", "national_kam", name="Cat", org_unit=company, language=lang))
    for client in (cat, ann):
        late = client.post(f"/customer/{customer}/assess/{CARD}", filled(remarks="mine"))
        assert late.status_code == 422
        assert client is ann or said in late.content.decode()
    assert Assessment.objects.count() == 1
    draft = written(cat, customer, do="keep", remarks="mine")
    own = written(ann, customer, do="keep", remarks="second thoughts")
    assert (draft.state, own.state) == (DRAFT, DRAFT)
    again = cat.post(f"/assessments/{draft.pk}/edit", filled(version="1"))
    assert again.status_code == 422
    assert said in again.content.decode()
    assert written(cat, customer, as_of="2026-11-01").state == SUBMITTED, "of another day"
    decided(bob, first)
    assert cat.post(f"/assessments/{draft.pk}/edit", filled(version="1")).status_code == 302
    draft.refresh_from_db()
    assert draft.state == SUBMITTED


def test_whether_another_waits_is_asked_under_the_lock_of_the_form(
    ann: Client, customer: str, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    real_lock, real_refuse = services.lock, services._refuse_second
    monkeypatch.setattr(services, "lock", lambda *key: (asked.append("lock"), real_lock(*key)))
    monkeypatch.setattr(
        services, "_refuse_second", lambda *a, **k: (asked.append("refuse"), real_refuse(*a, **k))
    )
    one = written(ann, customer, do="keep")
    asked.clear()
    written(ann, customer, as_of="2026-11-01")
    assert asked == ["lock", "refuse"]
    asked.clear()
    assert ann.post(f"/assessments/{one.pk}/edit", filled(version="1")).status_code == 302
    assert asked == ["lock", "refuse"]


@pytest.mark.parametrize(("until", "status"), [("2031-10-31", 302), ("2031-11-01", 422), ("9999-12-31", 422)])
def test_an_assessment_speaks_five_years_at_most(ann: Client, customer: str, until: str, status: int):
    answer = ann.post(f"/customer/{customer}/assess/{CARD}", filled(valid_until=until))
    assert answer.status_code == status
    if status == 422:
        assert 'id="h-valid_until">at most 5 years after its day' in answer.content.decode()


@pytest.mark.parametrize("do", ["", "maybe", "ACCEPT"])
def test_a_decision_that_is_none_decides_nothing(ann: Client, bob: Client, customer: str, do: str):
    one = written(ann, customer)
    answer = decided(bob, one, do, note="because")
    assert answer.status_code == 422
    assert "accepted or sent back" in answer.content.decode()
    one.refresh_from_db()
    assert (one.state, one.version) == (SUBMITTED, 1)
