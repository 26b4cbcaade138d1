"""The report is one file, in two languages, that loads nothing and escapes everything."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from tests.unit.report.reading import payload, read
from tierwise.report.page import build_report
from tierwise.report.words import LABELS

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">&\'"</td>'


def test_every_label_is_there_in_both_languages_with_the_same_slots():
    slots = re.compile(r"{(\w+)}")
    for key, words in LABELS.items():
        assert words.en.strip(), key
        assert words.zh.strip(), key
        assert set(slots.findall(words.en)) == set(slots.findall(words.zh)), key


def test_labels_that_the_script_asks_for_exist(repo):
    script = (repo / "src/tierwise/report/assets/report.js").read_text(encoding="utf-8")
    asked = set(re.findall(r'say\("(\w+)"\)', script)) | {"whale_x", "whale_y", "pareto_x", "pareto_y"}
    assert asked - {"flag_"} <= set(LABELS)


def test_both_languages_stand_in_the_page(page):
    english, chinese = "".join(read(page, "en").text), "".join(read(page, "zh").text)
    for key in ("pyramid", "whale", "movers", "credit", "rfm", "data", "method"):
        assert LABELS[key].en in english
        assert LABELS[key].zh in chinese
        assert LABELS[key].zh not in english


def test_nothing_is_loaded_from_anywhere(page):
    parsed = read(page)
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base"), tag
        assert "src" not in attributes
        assert "style" not in attributes  # the policy of the page would refuse it
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "sourceMappingURL" not in page


def test_the_content_policy_names_the_scripts_of_the_page_and_no_others(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]


def test_hostile_names_stay_text(facts):
    customers = {
        code: replace(c, name=HOSTILE, industry=HOSTILE, region=HOSTILE)
        for code, c in facts.customers.items()
    }
    page = build_report(replace(facts, customers=customers))
    assert "alert(1)</script>" not in page
    parsed = read(page)
    assert not [tag for tag, _ in parsed.elements if tag == "img"]
    assert len([tag for tag, _ in parsed.elements if tag == "script"]) == 3
    assert HOSTILE in "".join(parsed.text)
    assert payload(page)["people"][0][2] == HOSTILE


def test_the_same_facts_give_the_same_bytes(facts, page):
    assert build_report(facts) == page


def test_it_stays_below_its_size(page):
    assert len(page.encode()) < 2_500_000


@pytest.mark.parametrize("left_out", ["stories", "prospects", "moves", "issues"])
def test_a_report_without_some_of_its_facts_is_still_whole(facts, left_out):
    page = build_report(replace(facts, **{left_out: ()}))
    assert page.rstrip().endswith("</html>")


def test_ids_are_unique(page):
    ids = [attributes["id"] for _, attributes in read(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
