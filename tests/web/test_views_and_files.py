"""Views that people keep, columns that they choose, and large files that the worker writes for one person."""

from __future__ import annotations

import csv
import html
import io
import os
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import MakeUser
from tests.web.forms import forms_of
from tierwise_web.audit.models import Event
from tierwise_web.customers import files, jobs
from tierwise_web.customers.models import SavedView
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.models import DONE, FAILED, Job
from tierwise_web.workflow.running import work_once

Browser = Callable[[User | None], Client]


def page_of(client: Client, address: str = "/customers") -> str:
    return html.unescape(client.get(address).content.decode())


def heads(page: str) -> list[str]:
    """The titles of the columns, without that of the boxes."""
    found = re.findall(r"<th [^>]*>(.*?)</th>", page, re.S)
    titles = [re.sub(r"<[^>]+>|[▴▾]", "", head).strip() for head in found]
    return [title for title in titles if title != "Choose"]


def test_columns_that_somebody_chooses_stay_until_the_usual_ones_or_all_are_asked_for(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    client = as_user(make_user("ann", "analyst"))
    usual = heads(page_of(client))
    assert usual[:4] == ["Code", "Customer", "Grade", "Movement"]
    assert "Credit score" not in usual
    back = client.post("/customers/columns", {"col": ["grade", "sales"], "next": "/customers?grade=A"})
    assert back.headers["Location"] == "/customers?grade=A"
    assert heads(page_of(client)) == ["Customer", "Grade", "Net sales, 12 months"]
    rows = list(csv.reader(io.StringIO(client.get("/customers/export.csv").getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["Customer", "Grade", "Net sales, 12 months"]
    client.post("/customers/columns", {"all": "1"})
    everything = heads(page_of(client))
    assert {"Credit score", "Notes"} < set(everything)
    assert set(usual) < set(everything)
    assert "Points" not in everything, "sales grade here; their points would be the sales"
    client.post("/customers/columns", {"usual": "1"})
    assert heads(page_of(client)) == usual


def test_an_address_may_name_its_columns_and_never_one_that_is_protected(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    address = "/customers?col=profit&col=code&col=nonsense"
    assert heads(page_of(as_user(make_user("ann", "analyst")), address)) == [
        "Code",
        "Customer",
        "Customer profit",
    ]
    assert heads(page_of(as_user(make_user("sue", "service_agent")), address)) == ["Code", "Customer"]


def test_a_view_is_kept_shared_and_forgotten(edition: Edition, make_user: MakeUser, as_user: Browser):
    ann, bob = as_user(make_user("ann", "analyst")), as_user(make_user("bob", "marketing"))
    form = {"name": "  Best  of A ", "query": "?grade=A&sort=sales&col=code&col=sales"}
    assert (
        ann.post("/customers/views", form).headers["Location"]
        == "/customers?grade=A&sort=sales&col=code&col=sales"
    )
    assert "Best of A" in page_of(ann)
    assert "Best of A" not in page_of(bob)
    other = form | {"shared": "on", "query": "?grade=B"}
    refused = ann.post("/customers/views", other)
    assert refused.status_code == 409
    assert "Best of A" in refused.content.decode()
    assert SavedView.objects.get().query == form["query"]
    assert ann.post("/customers/views", form).status_code == 302  # the same once more says nothing new
    (again,) = [
        f for f in forms_of(refused.content.decode(), "/customers/views") if f.action == "/customers/views"
    ]
    said = {"name": ["Best of A"], "query": ["?grade=B"], "shared": ["on"]}
    assert {name: again.values[name] for name in said} == said
    assert again.buttons == [("replace", "1")]
    assert ann.post("/customers/views", other | {"replace": "1"}).status_code == 302
    assert SavedView.objects.count() == 1
    assert 'href="/customers?grade=B">Best of A' in page_of(bob)
    number = SavedView.objects.get().pk
    assert bob.post(f"/customers/views/{number}/forget").status_code == 404
    assert f"/customers/views/{number}/forget" not in page_of(bob)
    ann.post(f"/customers/views/{number}/forget", {"next": "/customers"})
    assert not SavedView.objects.exists()
    assert [e.code for e in Event.objects.order_by("id")] == [
        "customers.view-saved", "customers.view-saved", "customers.view-saved", "customers.view-removed",
    ]  # fmt: skip


def test_a_shared_view_opens_nothing_that_its_reader_may_not_see(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    as_user(make_user("ann", "analyst")).post(
        "/customers/views", {"name": "Profit", "query": "?sort=profit&col=profit", "shared": "on"}
    )
    sue = as_user(make_user("sue", "service_agent"))
    (address,) = re.findall(r'href="(/customers[^"]*)">Profit', page_of(sue))
    assert "sort=profit" not in address
    assert "Customer profit" not in heads(page_of(sue, address))
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert not re.search(r'c-code"[^>]*>C\d+', page_of(charlie, address))


def test_script_in_the_name_of_a_view_stays_text(edition: Edition, make_user: MakeUser, as_user: Browser):
    ann = as_user(make_user("ann", "analyst"))
    ann.post(
        "/customers/views",
        {"name": "<script>alert(1)</script>", "query": "javascript:alert(1)", "shared": "on"},
    )
    page = ann.get("/customers").content.decode()
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_too_many_views_are_refused(edition: Edition, make_user: MakeUser, as_user: Browser):
    ann = make_user("ann", "analyst")
    at = timezone.now()
    SavedView.objects.bulk_create(
        [SavedView(owner=ann, name=str(n), query="", created_at=at) for n in range(50)]
    )
    answer = as_user(ann).post("/customers/views", {"name": "one more", "query": ""})
    assert answer.status_code == 422
    assert "50 views already" in answer.content.decode()
    assert (
        as_user(ann).post("/customers/views", {"name": "7", "query": "?grade=A", "replace": "1"}).status_code
        == 302
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_large_list_is_written_by_the_worker_and_fetched_by_whoever_asked(
    edition: Edition, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch, ending: str
):
    monkeypatch.setattr(files, "MOST_ROWS", 1)
    monkeypatch.setattr(files, "AT_ONCE", 20)
    owner = Reading(edition, Scope("all")).rows(
        "SELECT owner FROM customers WHERE owner IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )[0]["owner"]
    alice = as_user(make_user("alice", "account_manager", staff_name=owner, language="zh"))
    refused = alice.get(f"/customers/export.{ending}?sort=code")
    assert refused.status_code == 413
    assert "超过 1 行" in refused.content.decode()
    sent = alice.post("/customers/export", {"query": "?sort=code", "ending": ending})
    assert work_once("test")
    job = Job.objects.get()
    assert (job.state, sent.headers["Location"]) == (DONE, f"/jobs/{job.pk}")
    own = int(alice.get("/customers/count").content)
    assert job.result["rows"] == own > 1
    page = page_of(alice, f"/jobs/{job.pk}")
    address = f"/customers/files/{job.result['file']}"
    assert "Fetch the file" in page or "下载文件" in page
    assert f'href="{address}"' in page
    assert "全部运行" not in page
    body = alice.get(address).getvalue()
    assert len(body) > 100
    if ending == "csv":
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        assert rows[0][:2] == ["编号", "客户"]
        assert len(rows) == own + 1
        assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])
    analyst = as_user(make_user("ann", "analyst"))
    assert analyst.get(address).status_code == 404
    assert analyst.get(f"/jobs/{job.pk}").status_code == 404
    assert analyst.post(f"/jobs/{job.pk}/cancel").status_code == 404
    assert {e.code for e in Event.objects.filter(actor="alice")} >= {
        "customers.exported",
        "customers.file-fetched",
    }


def test_who_lost_the_permission_meanwhile_gets_no_file(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    ann = make_user("ann", "analyst")
    as_user(ann).post("/customers/export", {"query": "", "ending": "csv"})
    ann.granted.all().delete()
    work_once("test")
    assert Job.objects.get().state == FAILED
    assert not jobs.folder().exists() or not list(jobs.folder().iterdir())


def test_a_file_is_not_for_who_sees_less_than_when_it_was_written(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    ann = make_user("ann", "analyst", "account_manager")
    as_user(ann).post("/customers/export", {"query": "", "ending": "csv"})
    work_once("test")
    address = f"/customers/files/{Job.objects.get().result['file']}"
    assert as_user(ann).get(address).getvalue()
    ann.granted.filter(role="analyst").delete()
    assert as_user(ann).get(address).status_code == 404


def test_a_cancelled_export_leaves_no_file(edition: Edition, make_user: MakeUser, as_user: Browser):
    ann = as_user(make_user("ann", "account_manager"))
    ann.post("/customers/export", {"query": "", "ending": "csv"})
    job = Job.objects.get()
    ann.post(f"/jobs/{job.pk}/cancel")
    assert not work_once("test")
    assert Job.objects.get().state == "cancelled"


def test_files_of_last_week_are_gone(edition: Edition, make_user: MakeUser, as_user: Browser):
    ann = as_user(make_user("ann", "analyst"))
    jobs.folder().mkdir(parents=True)
    old = jobs.folder() / "customers-old.csv"
    old.write_text("x")
    then = (timezone.now() - timedelta(days=8)).timestamp()
    os.utime(old, (then, then))
    ann.post("/customers/export", {"query": "", "ending": "csv"})
    work_once("test")
    assert not old.exists()


def test_a_file_name_leads_nowhere_else(edition: Edition, make_user: MakeUser, as_user: Browser):
    ann = as_user(make_user("ann", "analyst"))
    assert ann.get("/customers/files/..%2Fsecret-key").status_code == 404
    assert ann.get("/customers/files/secret-key").status_code == 404


@pytest.mark.parametrize(("lang", "units"), [("zh", "[万亿]"), ("en", "(?:k|m|bn)")])
def test_amounts_are_short_where_somebody_likes_them_so_and_files_stay_exact(
    edition: Edition, make_user: MakeUser, as_user: Browser, lang: str, units: str
):
    client = as_user(make_user("ann", "executive", language=lang))
    address = "/customers?col=sales&sort=-sales"
    exact = re.findall(r"c-sales[^>]*>(-?[\d,]+)</td>", page_of(client, address))
    back = client.post("/customers/display", {"amounts": "brief", "next": address})
    assert back.headers["Location"] == address
    short = re.findall(rf'<span title="(-?[\d,]+)">−?[\d,.]+ {units}</span>', page_of(client, address))
    assert short
    assert short == exact[: len(short)]
    rows = list(csv.reader(io.StringIO(client.get("/customers/export.csv").getvalue().decode("utf-8-sig"))))
    assert not re.search(
        units, rows[1][rows[0].index({"zh": "净销售额（近12月）", "en": "Net sales, 12 months"}[lang])]
    )
    client.post("/customers/display", {"amounts": "none such", "next": address})
    assert re.search(rf" {units}</span>", page_of(client, address))
    client.post("/customers/display", {"amounts": "exact", "next": address})
    assert re.findall(r"c-sales[^>]*>(-?[\d,]+)</td>", page_of(client, address)) == exact
