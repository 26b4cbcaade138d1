"""What every page asks with a plain question is what Django's own question finds, field by field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from tests.web.conftest import MakeUser
from tierwise_web.common.asking import Question
from tierwise_web.customers.models import SavedView
from tierwise_web.customers.saved import save_view, views_for
from tierwise_web.people.coming_in import Backend, SessionStore
from tierwise_web.people.models import User
from tierwise_web.published.editions import current_edition
from tierwise_web.published.models import Edition
from tierwise_web.workflow.models import Job

Browser = Callable[[User | None], Client]


def fields(record: Model) -> dict[str, object]:
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def alike(found: Model, known: Model) -> None:
    assert fields(found) == fields(known)
    assert {name: type(value) for name, value in fields(found).items()} == {
        name: type(value) for name, value in fields(known).items()
    }
    assert (found._state.db, found._state.adding, found == known) == ("default", False, True)


@pytest.mark.django_db
def test_the_person_of_a_request(make_user: MakeUser):
    user = make_user("ann", "analyst", "auditor")
    found = Backend().get_user(user.pk)
    assert found is not None
    alike(found, User.objects.get(pk=user.pk))
    assert found.roles == User.objects.get(pk=user.pk).roles == {"analyst", "auditor"}
    assert Backend().get_user(user.pk + 1) is None


@pytest.mark.django_db
def test_a_session_and_one_that_ended():
    store = SessionStore()
    store["kept"] = "所选"
    store.save()
    found = SessionStore(store.session_key)._get_session_from_db()
    assert found is not None
    alike(found, Session.objects.get(pk=store.session_key))
    assert SessionStore(store.session_key)["kept"] == "所选"
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(store.session_key)._get_session_from_db() is None


def test_the_current_edition(edition: Edition):
    found = current_edition()
    assert found is not None
    alike(found, Edition.objects.get(pk=edition.pk))
    assert not found.some_moved


@pytest.mark.django_db
def test_views_with_their_owners(make_user: MakeUser):
    ann, ben = make_user("ann", "analyst"), make_user("ben", "analyst")
    for user, shared in ((ann, False), (ben, True)):
        save_view(name=f"of {user.name}", query="?grade=A", shared=shared, actor=user, at=timezone.now())
    found = views_for(ann)
    assert [view.owner_name for view in found] == [ann.name, ben.name]
    for view in found:
        alike(view, SavedView.objects.get(pk=view.pk))


@pytest.mark.django_db
def test_json_and_what_is_missing(make_user: MakeUser):
    job = Job.objects.create(
        kind="nothing", created_at=timezone.now(), actor="", slots={"days": [1, None, "甲"]}
    )
    (found,) = Question(Job, "j", "FROM workflow_job j WHERE j.id = %s", also=[("twice", "j.id * 2")]).ask(
        job.pk
    )
    alike(found, Job.objects.get(pk=job.pk))
    assert found.__dict__["twice"] == job.pk * 2
