"""What holds for all pages: headers, language, theme, health, mistakes."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from tests.web.conftest import MakeUser
from tierwise_web.common.log import Line
from tierwise_web.people.models import User


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed(client: Client, make_user: MakeUser):
    make_user("ann")
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_language_switch_keeps_the_page_and_is_remembered(client: Client, make_user: MakeUser):
    user = make_user("ann")
    client.force_login(user)
    assert 'lang="en"' in client.get("/me").content.decode()
    back = client.post("/language", {"language": "zh", "next": "/me?x=1"})
    assert back.headers["Location"] == "/me?x=1"
    assert 'lang="zh-Hans"' in client.get("/me").content.decode()
    assert User.objects.get(pk=user.pk).language == "zh"


def test_the_browser_decides_the_language_until_somebody_chooses(client: Client, make_user: MakeUser):
    make_user("ann")
    chinese = client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert "登录" in chinese.content.decode()
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "fr,de"}).content.decode()


def test_a_theme_that_does_not_exist_changes_nothing(client: Client, make_user: MakeUser):
    client.force_login(make_user("ann"))
    client.post("/theme", {"theme": "dark", "next": "/me"})
    client.post("/theme", {"theme": "pink", "next": "/me"})
    assert 'data-bs-theme="dark"' in client.get("/me").content.decode()


def test_a_forged_host_is_refused(client: Client):
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_a_form_without_token_is_refused(make_user: MakeUser):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("ann"))
    assert strict.post("/sign-out").status_code == 403


def test_script_in_a_name_stays_text(client: Client, make_user: MakeUser):
    client.force_login(make_user("ann", name="<script>alert(1)</script>"))
    page = client.get("/me").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_health_says_what_works(client: Client, tmp_path):
    assert client.get("/health").json() == {"status": "ok", "database": "ok", "book": "ok"}
    settings.BOOK = tmp_path / "gone"
    failing = client.get("/health")
    assert failing.status_code == 503
    assert failing.json()["book"] == "failing"
    assert str(tmp_path) not in failing.content.decode()


def test_a_page_that_does_not_exist_says_so_in_the_language(client: Client, make_user: MakeUser):
    client.force_login(make_user("ann", language="zh"))
    missing = client.get("/no-such-page")
    assert missing.status_code == 404
    assert "此处没有内容" in missing.content.decode()


def test_the_log_names_the_route_and_never_what_was_asked(
    client: Client, make_user: MakeUser, caplog: pytest.LogCaptureFixture
):
    client.force_login(make_user("ann"))
    with caplog.at_level(logging.INFO, logger="tierwise.web"):
        client.get("/me?q=secret")
    (record,) = [r for r in caplog.records if r.name == "tierwise.web"]
    line = json.loads(Line().format(record))
    assert (line["route"], line["status"], line["method"]) == ("me", 200, "GET")
    assert "secret" not in json.dumps(line)


def test_part_of_a_page_sends_the_whole_browser_to_the_sign_in_page(client: Client, make_user: MakeUser):
    make_user("ann")
    answer = client.get("/me", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/me"


def test_a_class_is_laid_out_by_one_style_sheet(repo: Path):
    """The line of a form and the line of a timeline were one class: what was written down stood beside each other."""
    alone = re.compile(r"^\.([a-z-]+) \{", re.MULTILINE)
    assets = repo / "src" / "tierwise_web" / "common" / "assets"
    sheets = [set(alone.findall(file.read_text(encoding="utf-8"))) for file in sorted(assets.glob("*.css"))]
    assert len(sheets) == 2
    assert set.intersection(*sheets) == set()


def test_static_files_are_kept_for_ever_under_a_name_that_follows_from_their_content(client: Client):
    answer = client.get(f"{settings.STATIC_URL}tierwise.css", headers={"Accept-Encoding": "gzip"})
    answer.close()
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("code", ["C000016", "昆明客户", "K\\8"])
def test_a_refused_form_is_logged_without_the_customer_that_it_was_about(
    code: str, make_user: MakeUser, caplog: pytest.LogCaptureFixture
):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("ann", "data_steward"))
    assert strict.post(f"/customer/{quote(code)}/edit", {"name": "secret"}).status_code == 403
    lines = [json.loads(Line().format(record)) for record in caplog.records]
    refused = [line for line in lines if line["logger"] == "django.security.csrf"]
    assert [line["message"] for line in refused] == [
        "Forbidden (CSRF cookie not set.): customer/<path:code>/edit"
    ]
    assert code not in json.dumps(lines, ensure_ascii=False)
    assert "secret" not in json.dumps(lines)
