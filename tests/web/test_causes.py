"""Causes of the migration on the dashboard: the replay split, made by a job, shown within one's reach."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.causes import CAUSES as PARTS
from tierwise.movement.causes import summaries
from tierwise_web.pages.overview import Overview
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.causes import key_of_causes, place_of, run_before, split
from tierwise_web.published.editions import folder, publish
from tierwise_web.published.jobs import CAUSES
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.models import Job
from tierwise_web.workflow.running import work_once

Browser = Callable[[User | None], Client]
ALL = Scope("all", profit=True)


@pytest.fixture(scope="module")
def kept() -> dict[str, bytes]:
    """The file of the split, made once."""
    return {}


@pytest.fixture
def told(book: api.Book, edition: Edition, kept: dict[str, bytes]) -> Edition:
    """The edition with its split."""
    if not kept:
        split(book, edition, progress=lambda stage: None)
        kept["file"] = place_of(edition).read_bytes()
    place_of(edition).write_bytes(kept["file"])
    return edition


def test_the_figures_are_those_of_the_core(book: api.Book, told: Edition):
    before = run_before(told)
    assert before is not None
    found = api.movement(book, before, told.run_id, causes=True).split
    assert found is not None
    shown = Overview(Reading(told, ALL), {}).why()
    assert shown is not None
    assert len(shown) > 0
    expected = {(s.cause, s.main, s.touched, s.up, s.down) for s in summaries(found)}
    assert {(w.cause, w.main, w.touched, w.up, w.down) for w in shown} == expected


def test_the_parts_of_every_customer_add_up_to_its_step(told: Edition):
    overview = Overview(Reading(told, ALL), {})
    seen = 0
    for cause in PARTS:
        for row in overview.because(cause, 0, 1000)[0]:
            seen += 1
            assert row["step"] is None or sum(row[name] or 0 for name in PARTS) == row["step"]
    assert seen > 0


def test_a_part_of_the_company_is_told_its_own_movers_alone(
    told: Edition, make_user: MakeUser, as_user: Browser
):
    every = Overview(Reading(told, ALL), {})
    rows = {row["code"]: row for cause in PARTS for row in every.because(cause, 0, 1000)[0]}
    owner = Counter(row["owner"] for row in rows.values() if row["owner"]).most_common(1)[0][0]
    mine = {code for code, row in rows.items() if row["owner"] == owner}
    own = Overview(Reading(told, Scope("own", owners=(owner,))), {})
    seen = {row["code"] for cause in PARTS for row in own.because(cause, 0, 1000)[0]}
    assert mine <= seen < set(rows)
    filtered = Overview(Reading(told, ALL), {"owner": (owner,)})
    assert {row["code"] for cause in PARTS for row in filtered.because(cause, 0, 1000)[0]} == mine
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    for cause in PARTS:
        page = charlie.get("/causes", {"cause": cause}).content.decode()
        assert not any(code in page for code in rows)


def test_each_cause_leads_to_its_customers_and_filters_stay(
    told: Edition, make_user: MakeUser, as_user: Browser
):
    eve = as_user(make_user("eve", "executive"))
    why = Overview(Reading(told, ALL), {}).why()
    assert why
    home = eve.get("/").content.decode()
    assert all(f"/causes?cause={one.cause}" in home for one in why)
    page = eve.get("/causes", {"cause": why[0].cause}).content.decode()
    assert page.count('href="/customer/') == min(why[0].touched, 50)
    region = eve.get("/", {"region": "华东"}).content.decode()
    assert "&amp;region=%E5%8D%8E%E4%B8%9C" in region


@pytest.mark.django_db(transaction=True)  # the heart of the job beats over a connection of its own
def test_the_page_says_that_causes_are_not_there_and_who_may_asks_for_them(
    book: api.Book, edition: Edition, make_user: MakeUser, as_user: Browser, tmp_path: Path
):
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    eve, ann = as_user(make_user("eve", "executive")), as_user(make_user("ann", "analyst"))
    page = eve.get("/").content.decode()
    assert "not computed yet" in page
    assert "/causes/compute" not in page
    assert "/causes/compute" in ann.get("/").content.decode()
    first = ann.post("/causes/compute").headers["Location"]
    assert ann.post("/causes/compute").headers["Location"] == first, "one under way is not begun again"
    assert "being computed" in eve.get("/").content.decode()
    assert work_once("w1")
    job = Job.objects.get(kind=CAUSES)
    assert job.state == "done", job.problems
    assert key_of_causes(edition) is not None
    assert "not computed yet" not in eve.get("/").content.decode()


@pytest.mark.parametrize("became", ["tidied away", "made anew"])
def test_an_edition_that_goes_while_it_is_split_leaves_no_file_behind(
    book: api.Book, edition: Edition, monkeypatch: pytest.MonkeyPatch, became: str
):
    file = folder() / edition.file

    def movement(*asked: object, **more: object) -> object:
        content = file.read_bytes()
        file.unlink()
        if became == "made anew":
            file.write_bytes(content)
        return known(*asked, **more)

    known = api.movement
    monkeypatch.setattr("tierwise_web.published.causes.api.movement", movement)
    with pytest.raises(TierwiseError, match="another run is shown meanwhile"):
        split(book, edition, progress=lambda stage: None)
    assert key_of_causes(edition) is None
    assert not list(folder().glob("*.causes*"))


def test_an_edition_whose_file_went_before_it_is_split_is_told_as_gone(book: api.Book, edition: Edition):
    (folder() / edition.file).unlink()
    with pytest.raises(TierwiseError, match="another run is shown meanwhile"):
        split(book, edition, progress=lambda stage: None)


def test_a_run_without_one_before_it_has_no_causes_to_compute(
    edition: Edition, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tierwise_web.pages.why_moved.run_before", lambda _: None)
    ann = as_user(make_user("ann", "analyst"))
    assert ann.post("/causes/compute").status_code == 404
    assert "/causes/compute" not in ann.get("/causes").content.decode()


def test_an_edition_that_is_made_anew_is_split_anew(book: api.Book, told: Edition):
    record = next(run for run in api.list_runs(book) if run.run_id == told.run_id)
    again = publish(book, record, at=AT)
    assert again.file == told.file
    assert key_of_causes(again) is None, "the run before may be another one now"
