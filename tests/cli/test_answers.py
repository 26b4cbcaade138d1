"""Every command answers programs with one JSON document, and says by its exit code how it went."""

from __future__ import annotations

import csv
import importlib.metadata
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Cli
from tierwise_cli.demo import SHOWS

GRADE = ("--policy", "abc_sales", "--as-of", "2026-02-28")


def test_init_answers_with_the_settings(cli: Cli):
    answer = cli("init", "b", "--name", "Demo", "--base-currency", "USD", "--fiscal-year-start", 4, "--json")
    assert answer.code == 0
    assert answer.data["settings"]["base_currency"] == "USD"
    assert answer.data["settings"]["fiscal_year_start_month"] == 4
    assert answer.data["version"] == 1


def test_init_takes_its_name_from_the_folder(cli: Cli):
    assert cli("init", "northern", "--json").data["settings"]["name"] == "northern"


def test_init_names_every_option_that_does_not_fit_and_makes_nothing(cli: Cli, tmp_path: Path):
    answer = cli("init", "b", "--base-currency", "yuan", "--time-zone", "Mars", "--json")
    assert answer.code == 2
    assert [p["code"] for p in answer.data["problems"]] == ["settings.currency", "settings.time-zone"]
    assert "--base-currency: yuan" in answer.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("code", ["RMB", "XTS", "ZZZ"])
def test_a_new_book_counts_in_a_currency_that_exists(cli: Cli, tmp_path: Path, code: str):
    answer = cli("init", "b", "--base-currency", code, "--json")
    assert (answer.code, [p["code"] for p in answer.data["problems"]]) == (2, ["settings.unknown-currency"])
    assert "CNY" in answer.data["problems"][0]["message"]
    assert not (tmp_path / "b").exists()


def test_import_counts_rows_and_rejects_and_the_second_time_nothing(cli: Cli, book: Path):
    files = book.parent
    answer = cli("import", book, "order_lines", files / "orders.csv", "--json").data["import"]
    assert (answer["batch"], answer["new"], answer["same"], answer["rejected"]) == (None, 0, 75, 2)
    assert answer["by_code"] == {"import.bad-number": 1, "import.missing-value": 1}


def test_import_writes_rejects_where_it_is_asked_to(cli: Cli, book: Path, tmp_path: Path):
    cli("import", book, "order_lines", book.parent / "orders.csv", "--rejects", tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["code"] for row in csv.DictReader(stream)] == [
            "import.bad-number",
            "import.missing-value",
        ]


def test_a_strict_import_of_a_bad_row_changes_nothing(cli: Cli, book: Path):
    before = cli("tables", book, "--json").data["version"]
    answer = cli("import", book, "order_lines", book.parent / "orders.csv", "--strict", "--json")
    assert answer.code == 2
    assert answer.data["problems"][0]["code"] == "import.strict"
    assert cli("tables", book, "--json").data["version"] == before


def test_import_reads_through_a_mapping(cli: Cli, book: Path, tmp_path: Path):
    (tmp_path / "pay.csv").write_text("who;when;how much\nC01;2025-04-01;10\n", encoding="utf-8")
    (tmp_path / "map.yaml").write_text(
        "table: payments\ncolumns:\n  customer_code: who\n  date: when\n  amount: how much\n",
        encoding="utf-8",
    )
    answer = cli("import", book, "payments", tmp_path / "pay.csv", "--map", tmp_path / "map.yaml", "--json")
    assert answer.data["import"]["new"] == 1


def test_a_mapping_for_another_table_is_refused(cli: Cli, book: Path, tmp_path: Path):
    (tmp_path / "map.yaml").write_text("table: payments\n", encoding="utf-8")
    answer = cli(
        "import", book, "order_lines", book.parent / "orders.csv", "--map", tmp_path / "map.yaml", "--json"
    )
    assert answer.code == 2
    assert answer.data["problems"][0]["code"] == "mapping.other-table"


def test_import_takes_an_identity_without_a_mapping(cli: Cli, book: Path, tmp_path: Path):
    row = "customer_code,date,amount\nC01,2025-04-01,10\nC01,2025-04-01,10\n"
    (tmp_path / "pay.csv").write_text(row, encoding="utf-8")
    answer = cli("import", book, "payments", tmp_path / "pay.csv", "--identity", "occurrence", "--json")
    assert answer.data["import"]["new"] == 2


def test_an_unknown_table_is_told_with_those_that_exist(cli: Cli, book: Path):
    answer = cli("import", book, "orders", book.parent / "orders.csv")
    assert answer.code == 2
    assert "order_lines" in answer.err


def test_undo_takes_the_rows_out_again(cli: Cli, book: Path):
    answer = cli("undo-import", book, 2, "--reason", "wrong  year", "--json")
    assert answer.data["undo"]["removed"] == 75
    assert cli("versions", book, "--json").data["versions"][-1]["note"].endswith(": wrong year")
    assert cli("undo-import", book, 2, "--json").data["problems"][0]["code"] == "undo.twice"


def test_undoing_customers_says_how_many_are_still_named(cli: Cli, book: Path):
    told = cli("undo-import", book, 1)
    assert "of customers have no record any more" in " ".join(told.out.split())
    assert "(order_lines" in told.out
    again = cli("undo-import", book, 2, "--json").data["undo"]["orphans"]
    assert again == {"count": 0, "examples": [], "rows": {}}


def test_tables_versions_and_batches_tell_the_same_story(cli: Cli, book: Path):
    tables = cli("tables", book, "--json").data
    assert {t["name"]: t["rows"] for t in tables["tables"] if t["rows"]} == {
        "customers": 12,
        "order_lines": 75,
    }
    versions = cli("versions", book, "--json").data["versions"]
    assert [v["kind"] for v in versions] == ["create", "import", "import", "run"]
    assert {v["actor"] for v in versions} == {"ann"}
    batches = cli("batches", book, "--json").data["batches"]
    assert [(b["table"], b["new"], b["rejected"]) for b in batches] == [
        ("customers", 12, 0),
        ("order_lines", 75, 2),
    ]


def test_check_exits_with_one_only_if_grading_is_blocked(cli: Cli, book: Path, tmp_path: Path):
    assert cli("check", book, "--json").data == {"book": str(book), "blocks_grading": False, "issues": []}
    (tmp_path / "ring.csv").write_text("code,name,parent_code\nC01,a,C02\nC02,b,C01\n", encoding="utf-8")
    cli("import", book, "customers", tmp_path / "ring.csv")
    answer = cli("check", book, "--json")
    assert (answer.code, answer.data["blocks_grading"]) == (0, False)
    assert "check.customer-cycle" in [issue["code"] for issue in answer.data["issues"]]
    foreign = tmp_path / "foreign.csv"
    foreign.write_text(
        "order_number,line_no,customer_code,order_date,amount,currency\nZ1,1,C01,2026-02-03,5,JPY\n", "utf-8"
    )
    cli("import", book, "order_lines", foreign)
    answer = cli("check", book, "--json")
    assert answer.code == 1
    assert answer.data["blocks_grading"]


def test_a_ring_of_parents_blocks_grading_by_group_and_no_other(cli: Cli, book: Path, tmp_path: Path):
    (tmp_path / "ring.csv").write_text("code,name,parent_code\nC01,a,C02\nC02,b,C01\n", encoding="utf-8")
    cli("import", book, "customers", tmp_path / "ring.csv")
    assert cli("grade", book, "--policy", "abc_sales", "--as-of", "2026-03-10", "--dry-run").code == 0
    answer = cli("grade", book, "--policy", "abc_group", "--as-of", "2026-03-10", "--dry-run")
    assert (answer.code, "book.cycle" in answer.err) == (2, True)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_template_writes_a_file_that_can_be_filled_in(cli: Cli, tmp_path: Path, ending: str):
    answer = cli("template", "payments", "--out", tmp_path / f"t.{ending}", "--json")
    assert answer.code == 0
    assert (tmp_path / f"t.{ending}").stat().st_size > 0
    assert "amount" in [column["column"] for column in answer.data["columns"]]


def test_policies_are_listed_shown_checked_and_compared(cli: Cli):
    codes = [policy["code"] for policy in cli("policy", "list", "--json").data["policies"]]
    assert "abc_sales" in codes
    shown = cli("policy", "show", "abc_sales", "--json").data
    checked = cli("policy", "check", "abc_sales", "--json").data
    assert checked["sound"]
    assert checked["fingerprint"] == shown["fingerprint"]
    assert shown["policy"]["leading"]["method"] == "abc_rank"
    assert cli("policy", "diff", "abc_sales", "abc_sales", "--json").data["changes"] == []
    assert cli("policy", "diff", "abc_sales", "abc_profit", "--json").data["decides"]


def test_the_text_of_a_shipped_policy_is_a_policy_file(cli: Cli, tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(cli("policy", "show", "abc_sales", "--text").out, encoding="utf-8")
    assert cli("policy", "diff", "abc_sales", "mine.yaml", "--json").data["changes"] == []


def test_every_mistake_of_a_policy_is_told_with_its_line(cli: Cli, tmp_path: Path):
    text = "code: mine\nversion: 0\ntitle: {en: a, zh: b}\nleading:\n  method: abc_rank\n  value: net_sale\n"
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    answer = cli("policy", "check", "bad.yaml", "--json")
    assert answer.code == 2
    lines = {problem["line"] for problem in answer.data["problems"]}
    assert {2, 6} <= lines
    assert answer.err.startswith("bad.yaml:2: ")


def test_the_policy_schema_is_printed_or_written(cli: Cli, tmp_path: Path):
    printed = cli("policy", "schema").data
    assert printed["$schema"]
    assert cli("policy", "schema", "--out", "s.json", "--json").data == {"file": "s.json"}
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == printed


def test_metrics_are_listed_and_shown(cli: Cli):
    names = [metric["name"] for metric in cli("metrics", "list", "--json").data["metrics"]]
    assert "net_sales" in names
    assert cli("metrics", "show", "net_sales_24m", "--json").data["name"] == "net_sales"
    assert "net_sales" in cli("metrics", "show", "net_sale").err


def test_metrics_are_computed_exactly_for_the_customers_asked_for(cli: Cli, book: Path):
    words = (
        "net_sales",
        "recency_days",
        "--as-of",
        "2026-02-28",
        "--customer",
        "C01",
        "--customer",
        "C12",
        "--json",
    )
    rows = cli("metrics", "compute", book, *words).data["rows"]
    assert [(r["customer_id"], r["net_sales_12m"], r["recency_days"]) for r in rows] == [
        ("C01", "1200000", "75"),
        ("C12", "10000", "350"),
    ]


def test_a_dry_run_stores_nothing_and_has_the_digest_of_the_real_run(cli: Cli, book: Path):
    before = cli("runs", book, "--json").data["runs"]
    dry = cli("grade", book, *GRADE, "--dry-run", "--json").data
    assert dry["dry_run"]
    assert cli("runs", book, "--json").data["runs"] == before
    assert dry["run"]["digest"] == before[0]["digest"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_grade_writes_the_rows_as_well(cli: Cli, book: Path, tmp_path: Path, ending: str):
    out = tmp_path / f"g.{ending}"
    answer = cli("grade", book, *GRADE, "--out", out, "--json")
    assert answer.data["run"]["run_id"] == "run-000002"
    assert answer.data["run"]["counts"] == {"A": 1, "B": 2, "C": 9}
    assert out.stat().st_size > 0


def test_the_written_rows_begin_with_the_promised_columns(cli: Cli, book: Path, tmp_path: Path):
    assert cli("export", book, "run-000001", "--out", tmp_path / "g.parquet", "--json").data["rows"] == 12
    promised = [
        "customer_id",
        "grade",
        "status",
        "score",
        "rank",
        "population",
        "gap_to_next",
        "cushion_down",
        "near_cut",
        "flags",
    ]
    assert pq.read_schema(tmp_path / "g.parquet").names[: len(promised)] == promised


def test_a_bad_target_is_refused_before_anything_is_graded(cli: Cli, book: Path):
    for target, code in (("g.doc", "export.format"), ("no/where/g.csv", "export.folder")):
        answer = cli("grade", book, *GRADE, "--out", target, "--json")
        assert (answer.code, answer.data["problems"][0]["code"]) == (2, code)
    assert len(cli("runs", book, "--json").data["runs"]) == 1


def test_explain_answers_with_sentences_components_and_source_lines(cli: Cli, book: Path):
    answer = cli("explain", book, "C02", "--lines", "--json").data
    assert answer["run"] == "run-000001"
    assert answer["stored"]["grade"] == "B"
    assert "B" in " ".join(answer["sentences"])
    assert {(line["file"], line["table"]) for line in answer["lines"]} == {
        ("orders.csv", "order_lines"),
        ("customers.csv", "customers"),
    }


def test_explain_speaks_the_language_asked_for(cli: Cli, book: Path):
    assert "has grade" in cli("explain", book, "C02").out
    assert "级" in cli("explain", book, "C02", "--lang", "zh").out
    assert "级" in cli("--lang", "zh", "explain", book, "C02").out


def test_replay_of_an_untouched_run_is_the_same(cli: Cli, book: Path):
    answer = cli("replay", book, "run-000001", "--json")
    assert answer.code == 0
    assert answer.data["replay"]["same"]


def test_replay_exits_with_one_and_names_what_differs(cli: Cli, book: Path):
    for file in (book / "results" / "run-000001").rglob("*.parquet"):
        rows = pq.read_table(file)
        at = rows.column_names.index("rank")
        pq.write_table(
            rows.set_column(at, rows.schema.field("rank"), [[n + 1 for n in rows["rank"].to_pylist()]]), file
        )
    answer = cli("replay", book, "1", "--json")
    assert answer.code == 1
    assert not answer.data["replay"]["same"]
    assert {found["column"] for found in answer.data["replay"]["differences"]} == {"rank"}
    assert "values differ" in cli("replay", book, "1").out


def test_the_latest_run_is_meant_where_none_is_named(cli: Cli, book: Path):
    cli("grade", book, *GRADE)
    assert cli("explain", book, "C01", "--json").data["run"] == "run-000002"
    assert cli("export", book, "latest", "--out", "a.csv", "--json").data["run"] == "run-000002"
    assert cli("export", book, "--out", "b.csv", "--json").data["run"] == "run-000002"


def test_demo_shows_its_summary_and_ends_in_what_is_installed_unless_told_not_to(
    cli: Cli, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import tierwise.demo
    from tierwise.book.store import Book

    asked = []
    opened: list[str] = []

    def run_demo(folder, customers, seed, *, at, actor, progress):
        asked.append((folder, customers, seed, actor))
        progress("grade", 1, 14)
        made = SimpleNamespace(report_path=tmp_path / "report.html", runs=[], book=Book.open(book))
        made.summary = lambda lang: ["金字塔" if lang == "zh" else "pyramid"]
        return made

    module = ModuleType("tierwise.demo.run")
    module.run_demo = run_demo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tierwise.demo.run", module)
    monkeypatch.setattr(tierwise.demo, "run", module, raising=False)
    monkeypatch.setattr("webbrowser.open", opened.append)

    class Server(nullcontext[None]):
        url = "http://127.0.0.1:1/report.html"

        def __enter__(self):
            return self

        def serve_forever(self) -> None:
            raise KeyboardInterrupt  # how a person ends it

    serving = ModuleType("tierwise.demo.serve")
    serving.serve = lambda folder: Server()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tierwise.demo.serve", serving)
    monkeypatch.setattr(tierwise.demo, "serve", serving, raising=False)
    shows: list[SimpleNamespace] = []  # what is installed beside: nothing at first
    real = importlib.metadata.entry_points
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda *, group: shows if group == SHOWS else real(group=group)
    )
    words = ("demo", "--dir", "d", "--customers", 50, "--seed", 7)
    assert cli(*words, "--no-serve").out == "pyramid\n"
    assert cli(*words, "--json").data["summary"] == ["pyramid"]
    assert opened == []
    answer = cli(*words, "--lang", "zh")
    assert answer.code == 0
    assert answer.out == f"金字塔\n\n报告地址 {Server.url}；按 Ctrl-C 结束。\n"
    assert opened == [Server.url]
    shown: list[tuple[Path, str]] = []
    shows.append(SimpleNamespace(load=lambda: lambda book, *, lang: shown.append((book, lang))))
    assert cli(*words).out == "pyramid\n"
    assert (shown, opened) == ([(book, "en")], [Server.url])
    assert set(asked) == {(Path("d"), 50, 7, "ann")}
