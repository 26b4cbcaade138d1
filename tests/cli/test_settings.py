"""A book.yaml with mistakes or edits is noticed by every command that opens the book."""

from __future__ import annotations

import pytest

COMMANDS = [
    ("tables",),
    ("versions",),
    ("batches",),
    ("runs",),
    ("explain", "C01"),
    ("replay",),
    ("export", "--out", "x.csv"),
    ("grade", "--policy", "abc_sales", "--as-of", "2026-02-28"),
    ("grade", "--policy", "abc_sales", "--as-of", "2026-02-28", "--dry-run"),
    ("undo-import", "1"),
]


def edit(book, said):
    """Sets one line of book.yaml; the file and the number of that line."""
    file, name = book / "book.yaml", said.split(":")[0]
    kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith(f"{name}:")]
    file.write_text("\n".join([*kept, said, ""]), encoding="utf-8")
    return file, len(kept) + 1


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_mistake_in_the_settings_stops_every_command_at_its_line(cli, book, words):
    file, line = edit(book, "fx_max_age_days: 400")
    answer = cli(words[0], book, *words[1:])
    assert answer.code == 2
    assert answer.err == (
        f"{file}:{line}: fx_max_age_days is 400; it must be at most 366 [settings.less-than-equal]\n"
    )


def test_metrics_are_not_computed_under_settings_with_a_mistake(cli, book):
    edit(book, "closed: 2026-01-31")
    assert (
        "[settings.extra-forbidden]"
        in cli("metrics", "compute", book, "net_sales", "--as-of", "2026-02-28").err
    )


def test_check_lists_the_mistake_among_what_blocks_grading(cli, book):
    file, line = edit(book, "default_interval_days: soon")
    answer = cli("check", book, "--json", "--lang", "zh")
    assert answer.code == 1
    assert answer.data["blocks_grading"]
    said = [issue["message"] for issue in answer.data["issues"] if issue["code"] == "check.settings"]
    assert said == [f"{file}:{line}：default_interval_days 的值为 soon，应为整数"]


def test_a_dry_run_uses_the_edited_settings_and_says_that_they_wait(cli, book):
    edit(book, "financing_rate_pct: 4.35")
    answer = cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28", "--dry-run", "--json")
    assert answer.data["run"]["settings"]["financing_rate_pct"] == "4.35"
    assert "financing_rate_pct: – -> 4.35" in answer.err
    assert "[settings.pending]" in answer.err
    assert [v["kind"] for v in cli("versions", book, "--json").data["versions"]][-1] == "run"


def test_metrics_follow_the_edited_settings(cli, book):
    edit(book, "default_interval_days: 99")
    words = ("metrics", "compute", book, "purchase_interval_days", "--as-of", "2026-02-28", "--json")
    rows = {row["customer_id"]: row for row in cli(*words).data["rows"]}
    assert rows["C12"]["purchase_interval_days"] == "99"


def test_a_reopened_period_is_warned_about_and_kept_in_the_versions(cli, book):
    edit(book, "closed_through: 2026-01-31")
    cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28")
    edit(book, "closed_through: 2025-06-30")
    answer = cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-02-28")
    assert answer.code == 0
    assert "[settings.reopened]" in answer.err
    notes = [v["note"] for v in cli("versions", book, "--json").data["versions"] if v["kind"] == "settings"]
    assert notes == ["closed_through: – -> 2026-01-31", "closed_through: 2026-01-31 -> 2025-06-30"]


def test_init_says_in_our_words_which_option_does_not_fit(cli, tmp_path):
    answer = cli("init", tmp_path / "new", "--base-currency", "yuan", "--time-zone", "Mars", "--lang", "zh")
    assert answer.code == 2
    assert "--base-currency：yuan 不是三位大写字母的币种代码" in answer.err
    assert "--time-zone：Mars 不是时区名称" in answer.err


def test_mistakes_in_a_policy_name_the_field_by_its_path(cli, repo):
    said = cli("policy", "check", repo / "tests" / "unit" / "policy" / "mistakes.yaml").err.splitlines()
    places = [line.split("mistakes.yaml:")[1].split(": ")[:2] for line in said]
    assert places == [
        ["1", "code"],
        ["3", "title.zh"],
        ["4", "windw_months"],
        ["5", "near_cut_pct"],
        ["8", "leading.missing_rule"],
        ["9", "leading.thresholds"],
        ["10", "leading.criteria"],
        ["14", "leading.criteria[0].source.metric"],
        ["18", "leading.criteria[1].source.kind"],
        ["21", "gates[0].when.metric"],
    ]
