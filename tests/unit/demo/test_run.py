"""The demo is built once, used again, and never over something else."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest

from tierwise.demo.beside import NURTURED, REQUESTER
from tierwise.demo.months import ANALYST, IMPORTER
from tierwise.demo.run import LAST_MONTH, MARK, run_demo
from tierwise.demo.serve import serve
from tierwise.demo.summary import sparkline
from tierwise.grading.replay import replay_run
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.overrides import list_overrides
from tierwise.movement.publishing import approve_run
from tierwise.movement.states import cycle_runs
from tierwise.segmentation.memberships import members, segments

AT = datetime(2026, 11, 21, tzinfo=UTC)
LATER = datetime(2027, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return run_demo(tmp_path_factory.mktemp("demo") / "demo", 40, months=2, at=AT, actor="test")


def again(demo, customers=40, **more):
    return run_demo(demo.folder, customers, months=2, at=LATER, actor="other", **more)


def test_the_months_before_the_last_are_published_and_the_last_one_waits_for_two_people(demo):
    history, waits = cycle_runs(demo.book)
    assert [run.run_id for run in demo.runs] == [history.run_id, waits.run_id]
    assert (history.kind, history.state, history.history[-1].actor) == ("historical", "published", IMPORTER)
    assert (waits.kind, waits.state, waits.history[-1].actor) == ("official", "under_review", ANALYST)
    assert str(waits.period) == "2026-10"
    with pytest.raises(TierwiseError) as refused:
        approve_run(demo.book, waits.run_id, actor=ANALYST, at=AT)
    assert refused.value.code == "cycle.own-run"
    mark = json.loads((demo.folder / MARK).read_text(encoding="utf-8"))
    assert mark["under_review"] == mark["runs"][-1] == waits.run_id
    assert f"tierwise run list {demo.folder / 'book'}" in "\n".join(demo.summary("en"))


def test_a_segment_by_rule_and_one_by_hand_stand_beside_the_grades(demo):
    found = {one.code: one for one in segments(demo.book, LAST_MONTH)}
    assert {code: one.basis for code, one in found.items()} == {"new_industries": "rule", NURTURED: "manual"}
    inside = [row["segment_code"] for row in members(demo.book, LAST_MONTH).to_pylist()]
    assert min(inside.count(code) for code in found) > 2


def test_an_override_waits_for_somebody_else(demo):
    (asked,) = list_overrides(demo.book)
    assert (asked.state(AT.date()), asked.requested_by, asked.grade) == ("requested", REQUESTER, "A")
    assert asked.from_grade in ("B", "C")


def test_a_clock_behind_the_last_month_stands_at_its_end(tmp_path):
    early = datetime(2026, 3, 1, tzinfo=UTC)
    built = run_demo(tmp_path / "early", 22, months=2, at=early, actor="test")
    assert [run.state for run in cycle_runs(built.book)] == ["published", "under_review"]
    assert min(run.history[0].at for run in cycle_runs(built.book)).date() > LAST_MONTH


def test_a_second_time_uses_what_is_there_and_writes_the_same_bytes(demo):
    before = demo.report_path.read_bytes()
    second = again(demo)
    assert second.reused
    assert not demo.reused
    assert [run.run_id for run in second.runs] == [run.run_id for run in demo.runs]
    assert second.report_path.read_bytes() == before


def test_another_company_is_refused(demo):
    with pytest.raises(TierwiseError) as refused:
        again(demo, customers=41)
    assert refused.value.code == "demo.other-company"


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(TierwiseError) as refused:
        run_demo(tmp_path, 40, at=AT, actor="test")
    assert refused.value.code == "demo.foreign-folder"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_demo_that_was_broken_off_is_built_anew(tmp_path, demo):
    mark = json.loads((demo.folder / MARK).read_text(encoding="utf-8"))
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "half").touch()
    (tmp_path / MARK).write_text(json.dumps(mark | {"finished": False}), encoding="utf-8")
    built = run_demo(tmp_path, 30, months=1, at=AT, actor="test")
    assert not built.reused
    assert not (tmp_path / "book" / "half").exists()


def test_the_last_run_of_the_demo_replays_to_the_last_digit(demo):
    assert replay_run(demo.book, demo.runs[-1].run_id).same


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_summary_says_the_same_as_the_run(demo, lang):
    lines = demo.summary(lang)
    text = "\n".join(lines)
    for grade, count in demo.runs[-1].counts.items():
        if grade in "ABC":
            assert any(line.split()[:2] == [grade, f"{count:,}"] for line in lines)
    assert demo.facts.told in text
    assert f"tierwise replay {demo.folder / 'book'} {demo.runs[-1].run_id}" in text


def test_a_sparkline_goes_from_the_lowest_to_the_highest():
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([0, 7, 14]) == "▁▄█"
    assert sparkline([-7, 0, 7])[0] == "▁"


def test_the_server_hands_out_the_report_to_this_machine_only(demo):
    server = serve(demo.folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert server.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(server.url) as answer:
            assert answer.read() == demo.report_path.read_bytes()
        foreign = urllib.request.Request(server.url, headers={"Host": "elsewhere.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(foreign)
        assert refused.value.code == 421
        refused.value.close()
        with pytest.raises(TierwiseError) as taken:
            serve(demo.folder, server.server_port)
        assert taken.value.code == "demo.port-taken"
    finally:
        server.shutdown()
        server.server_close()
