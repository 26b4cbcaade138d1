"""Which pages are taken as pictures: who looks, and at which address. A page without a row here fails a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PAGES = {
    "sign-in": ("", "/sign-in"),
    "overview": ("executive", "/"),
    "customers": ("executive", "/customers"),
    "customer": ("executive", "/customer/{customer}?grade=A"),
    "rows": ("executive", "/customer/{customer}/rows?of=net_sales_12m"),
    "drivers": ("executive", "/customer/{customer}/drivers"),
    "work": ("national-kam", "/customer/{customer}/work"),
    "assessments": ("national-kam", "/assessments?show=all"),
    "assessment": ("national-kam", "/assessments/{assessment}"),
    "assessment-draft": ("national-kam", "/assessments/{draft}/edit"),
    "assess": ("national-kam", "/customer/{customer}/assess/realestate_scorecard"),
    "timeline": ("national-kam", "/customer/{customer}/timeline"),
    "contact": ("national-kam", "/customer/{customer}/contacts/new"),
    "contact-again": ("national-kam", "/customer/{customer}/contacts/{contact}"),
    "dealing": ("national-kam", "/customer/{customer}/dealings/new"),
    "dealing-again": ("national-kam", "/customer/{customer}/dealings/{dealing}"),
    "signal": ("national-kam", "/customer/{customer}/signals/new"),
    "signal-again": ("national-kam", "/customer/{customer}/signals/{signal}"),
    "group": ("national-kam", "/customer/{customer}/group"),
    "place": ("national-kam", "/customer/{customer}/place"),
    "transfer": ("national-kam", "/customer/{customer}/transfer"),
    "promises": ("national-kam", "/promises?whose=all"),
    "bulk": ("national-kam", "/customers/bulk/{bulk}"),
    "segments": ("national-kam", "/segments"),
    "new-segment": ("national-kam", "/segments/new"),
    "segment": ("national-kam", "/segments/{segment}"),
    "new-customer": ("account-manager", "/customers/new"),
    "prospects": ("national-kam", "/prospects"),
    "funnel": ("national-kam", "/prospects/funnel"),
    "causes": ("analyst", "/causes"),
    "pool": ("national-kam", "/pool"),
    "pool-customer": ("national-kam", "/pool/{unowned}"),
    "edit": ("data-steward", "/customer/{customer}/edit"),
    "duplicates": ("data-steward", "/duplicates"),
    "pair": ("data-steward", "/duplicates/pair?a={customer}&b={other}"),
    "merged": ("data-steward", "/duplicates/merged"),
    "changes": ("data-steward", "/changes"),
    "runs": ("analyst", "/runs"),
    "run": ("analyst", "/runs/{run}"),
    "job": ("analyst", "/jobs/{job}"),
    "imports": ("analyst", "/imports"),
    "undo-import": ("data-steward", "/imports/1/undo"),
    "people": ("admin", "/people"),
    "new-person": ("admin", "/people/new"),
    "person": ("admin", "/people/1"),
    "unit": ("admin", "/people/units/1"),
    "log": ("auditor", "/log"),
    "me": ("executive", "/me"),
    "password": ("executive", "/me/password"),
    "passkeys": ("executive", "/me/passkeys"),
    "second-factor": ("executive", "/me/second-factor"),
    "missing": ("executive", "/no-such-page"),
}
"""Name -> who looks (nobody: before sign-in), and at which address, with names of what ``made`` makes."""
NO_PAGE = {
    "health": "an answer for machines",
    "people:company": "leads to the company's sign-in",
    "people:company-back": "comes from there",
    "people:signed-out": "comes after the company's sign-out",
    "people:set-up": "is there before anybody exists",
    "people:code": "between password and session of somebody with a second factor",
    "customers:count": "a number within the list",
    "customers:promises-count": "numbers within the first page",
    "grading:waiting": "a line within the first page",
    "customers:edit-here": "a row within the list",
    "customers:export": "a file",
    "customers:promises-export": "a file",
    "customers:file": "a file",
    "people:log-export": "a file",
}
"""Addresses that are asked for and give no page, or one that the demo cannot show; and why."""
STORY = """
import json
import sys
import django
django.setup()
from datetime import timedelta
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.web.forms import forms_of
from tierwise_web.assessments.models import Assessment
from tierwise_web.customers.models import Bulk
from tierwise_web.editing.models import Change
from tierwise_web.people.models import User
from tierwise_web.published.models import Current
from tierwise_web.workflow.models import Job

customer, other = sys.argv[1:]
CUSTOMER = f"/customer/{customer}"
HOST = {"host": "127.0.0.1"}
soon = (timezone.localdate() + timedelta(days=9)).isoformat()

def send(who, page, said):
    browser = Client(headers=HOST)
    browser.force_login(User.objects.get(username=who))
    text = browser.get(page).content.decode()
    form = next(f for f in forms_of(text, page) if f.method == "post" and set(said) <= set(f.values) | set(f.choices) | {"do", "code"})
    sent = form.values | said
    answer = browser.post(form.action, sent)
    assert answer.status_code == 302, (page, answer.status_code, answer.content.decode()[:3000])
    return answer.headers["Location"]

kam = "national-kam"
send(kam, f"{CUSTOMER}/contacts/new", {"name": "林志远", "title": "采购总监", "level": "2", "phone": "0571 8888 0127"})
visit = {"kind": "visit", "summary": "走访新厂房，讨论明年的框架协议。"}
send(kam, f"{CUSTOMER}/dealings/new", visit | {"promise": "发送新价目表", "promise_due_on": soon})
send(kam, f"{CUSTOMER}/signals/new", {"kind": "personnel_change", "severity": "2", "text": "采购负责人将于下月更换。"})
send("data-steward", "/segments/new", {"code": "renew-2027", "name": "重点续约 2027", "dimension": "other"})
card = f"{CUSTOMER}/assess/realestate_scorecard"
send(kam, card, {"growth-score": "12", "growth-evidence": "2026 年报第 14 页", "do": "submit"})
draft = send(kam, f"/customer/{other}/assess/realestate_scorecard", {"growth-score": "8", "do": "keep"})
browser = Client(headers=HOST)
browser.force_login(User.objects.get(username=kam))
browser.post("/customers/chosen/transfer", {"code": [customer, other], "query": ""})
ann = User.objects.get(username="analyst")
now = timezone.now()
run = Current.objects.get().edition.run_id
job = Job.objects.create(kind="grading.trial", slots={"policy": "customer_value", "as_of": "2026-10-31"}, actor=ann.username,
    state="done", created_at=now, started_at=now, ended_at=now, attempts=1, result={"run_id": run},
    log=[[now.isoformat(), "metrics"], [now.isoformat(), "pages"]])
send(kam, "/customers/new", {"name": "苏州启明星材料有限公司", "source": "展会", "whom": "pool"})
key = lambda table: Change.objects.filter(table=table).latest("id").key
import re
pool = re.search(r'href="/pool/([^"]+)"', browser.get("/pool").content.decode())
print(json.dumps({
    "customer": customer, "other": other, "run": run,
    "contact": key("contacts"), "dealing": key("interactions"), "signal": key("signals"), "segment": key("segments"),
    "assessment": str(Assessment.objects.get(state="submitted").pk), "draft": str(Assessment.objects.get(state="draft").pk),
    "bulk": str(Bulk.objects.latest("id").pk), "job": str(job.pk), "unowned": pool.group(1) if pool else "nobody",
}))
"""
"""People at work, through the same forms as everybody: what the pages of single records show."""


def made(book: Path, data: str, *, customer: str = "C000127", other: str = "C000016") -> dict[str, str]:
    """Makes a record of each kind in a served demo, of two of its customers; name -> what stands for it in an address."""
    said = {
        "PYTHONPATH": f"{REPO / 'src'}:{REPO}",
        "DJANGO_SETTINGS_MODULE": "tierwise_web.config.settings",
        "TIERWISE_BOOK": str(book.resolve()),
        "TIERWISE_WEB_DATA": data,
        "TIERWISE_LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", STORY, customer, other],
        env=dict(os.environ) | said,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found
