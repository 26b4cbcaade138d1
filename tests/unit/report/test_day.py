"""The report of a day: its figures are those of the run and of the metrics, in every form and both languages."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.unit.book.bookkit import Kit
from tests.unit.book.bookkit import line as order_line
from tests.unit.report.reading import payload, read
from tierwise.book.importing import ImportItem, import_batch
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.demo.company import write_company
from tierwise.grading.run import grade_book, read_results
from tierwise.insight.campaigns import Reach, Return
from tierwise.insight.concentration import gini, half_up, whale_curve
from tierwise.insight.outreach import Campaign, Outreach
from tierwise.insight.selections import SHIPPED, select
from tierwise.insight.visiting import visiting
from tierwise.kernel.errors import TierwiseError
from tierwise.policy.load import load_policy, parse_policy
from tierwise.report.day.as_excel import workbook
from tierwise.report.day.as_html import page
from tierwise.report.day.as_pdf import CHINESE, document, fonts_for
from tierwise.report.day.build import build
from tierwise.report.day.facts import _people, earlier_days, gather, units_by_grade
from tierwise.report.day.words import OWN
from tierwise.report.html import whole

DAY = date(2026, 10, 31)
AT = datetime(2026, 11, 21, tzinfo=UTC)
DEALINGS = ("time_logs", "calls", "complaints", "surveys", "contacts", "interactions", "signals")
HOSTILE = '<script>alert(1)</script>=1+1"'


@pytest.fixture(scope="module")
def facts(demo):
    run = demo.runs[-1]
    return gather(demo.book, DAY, (run, parse_policy(run.policy_text, "x"), read_results(demo.book, run)))


@pytest.fixture(scope="module")
def report(facts):
    return build(facts)


@pytest.fixture(scope="module")
def html(report):
    return page(report)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A book with the sample company's sales, costs and payments alone."""
    files = write_company(tmp_path_factory.mktemp("bare") / "files", customers=60)
    book = Book.create(files.folder.parent / "book", Settings(name="bare"), actor="test", at=AT)
    items = [ImportItem(table, paths) for table, paths in files.tables.items() if table not in DEALINGS]
    import_batch(book, items, strict=True, actor="test", at=AT)
    return book


@pytest.fixture(scope="module")
def served(bare, tmp_path_factory):
    """The same company with hours, calls and complaints, graded by a policy with a quality set."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(bare.path, folder / "book")
    book = Book.open(folder / "book")
    codes = sorted(
        row["customer_id"] for row in tried(book, "customer_value").results.to_pylist() if row["grade"]
    )
    for table, head, line in (
        ("time_logs", "number,customer_code,date,minutes", "T{i},{code},2026-05-05,{n}"),
        (
            "calls",
            "number,customer_code,date,left_reason,wait_seconds",
            "K{i},{code},2026-06-06,answered,{n}",
        ),
        ("complaints", "number,customer_code,received_on,first_response_hours", "B{i},{code},2026-07-07,{n}"),
    ):
        lines = [line.format(i=i, code=code, n=i + 1) for i, code in enumerate(codes)]
        file = folder / f"{table}.csv"
        file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        import_batch(book, [ImportItem(table, [file])], strict=True, actor="test", at=AT)
    return of_policy(book, "quality_20")


def tried(book, policy):
    return grade_book(book, load_policy(policy), DAY, actor="test", at=AT, dry_run=True)


def of_policy(book, policy):
    made = tried(book, policy)
    return gather(book, DAY, (made.record, load_policy(policy).policy, made.results))


def panel(report, code):
    return next(one for one in report.panels if one.code == code)


def test_every_label_is_there_in_both_languages_with_the_same_slots():
    slots = re.compile(r"{(\w+)}")
    for key, words in OWN.items():
        assert words.en.strip(), key
        assert words.zh.strip(), key
        assert set(slots.findall(words.en)) >= set(slots.findall(words.zh)), key


def test_the_pyramid_has_the_counts_and_sales_of_the_run(demo, report):
    rows = [
        row for row in read_results(demo.book, demo.runs[-1]).to_pylist() if row["unit"] == row["customer_id"]
    ]
    for line in panel(report, "pyramid").grids[0].rows:
        mine = [row for row in rows if row["grade"] == line[0]]
        assert line[1] == len(mine)
        assert line[3] == sum((row["net_sales_12m"] for row in mine), Decimal(0))


def test_concentration_is_that_of_the_customers_that_bought(demo, report):
    rows = [row for row in read_results(demo.book, demo.runs[-1]).to_pylist() if row["grade"]]
    rows = [row for row in rows if row["unit"] == row["customer_id"]]
    curve = whale_curve([row["customer_profit_12m"] for row in rows])
    now = panel(report, "earlier").grids[1].rows[0]
    assert now[1:5] == (curve.total, curve.peak_pct, curve.peak_customers, curve.destroyed)
    sales = panel(report, "earlier").grids[0].rows[0]
    assert sales[5] == gini([row["net_sales_12m"] for row in rows]).value


def test_who_was_lost_and_what_to_offer_stand_in_the_report_as_the_book_tells_them(facts, report):
    cohorts = panel(report, "regain").grids[0].rows
    assert (
        sum(row[1] for row in cohorts) == len([one for one in facts.lost if facts.counts(one.customer)]) > 0
    )
    assert all(row[3] <= row[1] for row in cohorts)
    groups, *_, offers = panel(report, "offers").grids
    assert sum(row[1] for row in groups.rows) == len(facts.graded.rows)
    margins = [row[5] for row in offers.rows]
    assert margins == sorted(margins, reverse=True)
    assert len(margins) == len(facts.offering.offers) > 0


def test_visits_stand_in_the_report_by_grade_and_visitor(facts):
    best = next(
        code for code, grade in sorted(facts.graded.grade_of.items()) if grade == facts.graded.scale[0]
    )
    made = visiting({(best, "executive"): [DAY]}, units_by_grade(facts.graded), DAY)
    seen = replace(facts, visiting=made, recorded={**facts.recorded, "interactions": 1})
    rhythm, waiting = panel(build(seen), "visiting").grids
    assert [(row[0], row[1].en, row[2]) for row in rhythm.rows] == [
        ("A", "account manager", 30), ("A", "executive", 90), ("B", "account manager", 90), ("B", "supervisor", 180),
    ]  # fmt: skip
    assert [row[7] for row in rhythm.rows][1] == rhythm.rows[1][3] - 1
    assert len(waiting.rows) == len(made.overdue)


def test_earlier_days_keep_the_end_of_their_month():
    assert earlier_days(date(2026, 3, 31)) == (date(2026, 2, 28), date(2025, 3, 31))
    assert earlier_days(date(2024, 2, 29)) == (date(2024, 1, 31), date(2023, 2, 28))


def test_empty_panels_say_which_table_is_missing(bare):
    report = build(of_policy(bare, "customer_value"))
    missing = {(p.code, m.table) for p in report.panels for m in p.missing}
    assert {("pyramid", "time_logs"), ("inversion", "time_logs"), ("response", "calls")} <= missing
    assert "tierwise import BOOK time_logs FILE" in page(report)


def test_the_sample_company_fills_every_panel_of_a_policy_with_a_quality_set(demo, report):
    of_quality = build(of_policy(demo.book, "quality_20"))
    assert [p.code for p in of_quality.panels if p.missing] == ["marketing"]
    unsent = {("marketing", "touches"), ("marketing", "referrals")}
    assert {(p.code, m.table) for p in report.panels for m in p.missing} == {("halves", None)} | unsent


def test_without_a_run_the_panels_of_grades_say_how_to_get_one(demo):
    made = build(gather(demo.book, DAY))
    for code in ("pyramid", "inversion", "response", "halves", "stars", "near_up", "near_down"):
        assert "tierwise grade BOOK" in (panel(made, code).missing[0].command or ""), code
    assert panel(made, "pareto").chart is not None
    assert page(made).rstrip().endswith("</html>")


@pytest.fixture(scope="module")
def chosen(demo):
    asked = {name: load_policy(policy) for name, policy in SHIPPED.items()}
    return select(demo.book, DAY, asked, actor="test", at=AT)


def test_the_three_selections_have_a_panel_only_where_they_are_given(facts, report, chosen):
    assert "selections" not in [one.code for one in report.panels]
    own = panel(build(facts, chosen), "selections")
    areas, customers = own.grids
    assert [row[-1] for row in areas.rows] == list(chosen.counts.values())
    assert [row[0].code for row in customers.rows] == [one.customer for one in chosen.picked]
    assert sum(row[-1] for row in areas.rows) == len(customers.rows) > 0
    said = " ".join(note.en for note in own.notes)
    shipped = [load_policy(name).policy for name in SHIPPED.values()]
    assert all(f"{policy.code} v{policy.version}" in said for policy in shipped)
    assert "no evaluation" in said


def test_the_panel_of_selections_stands_in_the_page_and_in_the_workbook(facts, chosen):
    made = build(facts, chosen)
    assert "三种选择" in page(made)
    assert "Three selections" in page(made)
    names = CalamineWorkbook.from_filelike(BytesIO(workbook(made, "en"))).sheet_names
    assert "Three selections" in names


def test_a_run_of_another_day_is_refused(demo):
    run = demo.runs[0]
    with pytest.raises(TierwiseError) as error:
        gather(demo.book, DAY, (run, parse_policy(run.policy_text, "x"), read_results(demo.book, run)))
    assert error.value.code == "report.other-day"


def test_a_half_year_that_is_not_over_says_so(demo):
    run = demo.runs[-1]
    graded = (run, parse_policy(run.policy_text, "x"), read_results(demo.book, run))
    made = build(gather(demo.book, DAY, graded, since=date(2026, 8, 1)))
    assert panel(made, "halves").missing[0].why.en == "Six months from 2026-08-01 are not over yet"


def test_a_book_with_hours_calls_and_complaints_fills_every_panel(served):
    made = build(served)
    assert [p.code for p in made.panels if p.missing] == ["visiting", "marketing"]
    hours = [line[7] for line in panel(made, "pyramid").grids[0].rows]
    count = len(served.graded.grade_of)
    assert half_up(Fraction(sum(hours) * 60), 0) == sum(range(1, count + 1))
    complaints = panel(made, "response").grids[0].rows
    assert sum(line[1] for line in complaints) == count
    quality = panel(made, "halves").grids[0].rows
    assert quality[0][1] == sum(bool(row[served.graded.quality]) for row in served.graded.rows.values())


def test_retention_is_told_by_the_grade_of_a_year_before_and_adds_up(bare, tmp_path):
    shutil.copytree(bare.path, tmp_path / "book")
    book, year_ago = Book.open(tmp_path / "book"), date(2025, 10, 31)
    grade_book(book, load_policy("customer_value"), year_ago, actor="test", at=AT)
    facts = of_policy(book, "customer_value")
    lines = panel(build(facts), "retention").grids[0].rows
    assert [line[0].en for line in lines] == [*facts.graded.scale, "All"]
    *graded, everyone = lines
    start = facts.grades_before
    was = [c for c, row in facts.now.items() if row["orders_before_12m"] and facts.counts(c)]
    assert everyone[1] == len(was)
    assert everyone[2] == sum(1 for code in was if facts.now[code]["orders_12m"])
    for line in graded:
        assert line[1] == sum(1 for code in was if start.get(code) == line[0].en)
        assert line[3] + line[4] == 100


def test_a_prospect_that_bought_counts_and_who_never_did_or_is_internal_does_not(facts):
    def counts(code, kind):
        return replace(facts, people={**facts.people, code: replace(facts.people[code], kind=kind)}).counts(
            code
        )

    status = {code: row["net_sales_12m_status"] for code, row in facts.now.items()}
    bought = next(code for code, said in sorted(status.items()) if said == "ok")
    never = next(code for code, said in sorted(status.items()) if said == "no_history")
    assert (counts(bought, "prospect"), counts(bought, "suspect"), counts(bought, "internal")) == (
        True,
        True,
        False,
    )
    assert not counts(never, "prospect")


def test_a_record_of_an_internal_relation_is_internal(tmp_path):
    kit = Kit(tmp_path)
    kit.put("customers", {"code": "W", "name": "W", "relation_type": "internal", "valid_from": "2024-01-01"})
    assert _people(kit.book, DAY)["W"].kind == "internal"


def test_grades_that_the_policy_no_longer_has_are_told_after_those_it_has(facts):
    was = [c for c, row in facts.now.items() if row["orders_before_12m"] and facts.counts(c)]
    before = {code: "Z" if at % 2 else facts.graded.scale[0] for at, code in enumerate(was)}
    lines = panel(build(replace(facts, grades_before=before)), "retention").grids[0].rows
    assert [line[0].en for line in lines] == [facts.graded.scale[0], "Z", "All"]
    assert lines[1][1] == len(was) // 2


def test_without_a_run_of_a_year_before_retention_is_told_for_all_alone(demo):
    made = panel(build(of_policy(demo.book, "quality_20")), "retention")
    assert [line[0].zh for line in made.grids[0].rows] == ["全部"]
    assert "2025-10-31" in made.notes[0].en


def test_campaigns_and_referrals_are_told_once_the_book_has_them(facts):
    brought = Return(2, Decimal(300), Decimal(200), Fraction(50))
    campaign = Campaign("M", "Fair", date(2026, 3, 1), 4, Decimal(200), brought, open=False)
    sent = Outreach({"web": Reach(4, 2, 1, Fraction(50))}, (campaign,))
    known = {**facts.recorded, "touches": 4, "referrals": 0}
    made = panel(build(replace(facts, outreach=sent, recorded=known)), "marketing")
    channels, campaigns = made.grids
    assert (channels.rows[0][0].zh, *channels.rows[0][1:]) == ("网络", 4, 2, 50, 1)
    assert campaigns.rows[0][3:8] == (2, 300, 0, 200, 50)
    assert [m.table for m in made.missing] == ["referrals"]
    assert made.lead.en == "4 touches, 2 responses; the campaigns begun in the twelve months brought 2 orders"


def test_both_languages_stand_in_the_page_and_nothing_is_loaded(report, html):
    english, chinese = "".join(read(html, "en").text), "".join(read(html, "zh").text)
    for one in report.panels:
        assert one.title.en in english
        assert one.title.zh in chinese
    for tag, attributes in read(html).elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base"), tag
        assert "src" not in attributes
        assert "style" not in attributes
        assert attributes.get("href", "#").startswith("#")
    ids = [attributes["id"] for _, attributes in read(html).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_chart_of_the_page_has_its_numbers_and_a_table(report, html):
    charts = payload(html)["charts"]
    drawn = {attributes["data-chart"] for _, attributes in read(html).elements if "data-chart" in attributes}
    assert drawn == set(charts) == {p.code for p in report.panels if p.chart}
    assert all(p.grids for p in report.panels if p.chart)
    best = charts["pyramid"]["series"][0]["values"][0]
    assert best == float(half_up(panel(report, "pyramid").grids[0].rows[0][2], 2))


def test_hostile_names_stay_text_in_every_form(facts):
    people = {code: replace(p, name=HOSTILE, owner=HOSTILE) for code, p in facts.people.items()}
    made = build(replace(facts, people=people, company=HOSTILE))
    html = page(made)
    assert len([tag for tag, _ in read(html).elements if tag == "script"]) == 3
    assert HOSTILE in "".join(read(html).text)
    book = CalamineWorkbook.from_filelike(BytesIO(workbook(made, "en")))
    assert HOSTILE in book.get_sheet_by_name("Overview").to_python()[1][0]


@pytest.mark.parametrize("side", ["up", "down"])
def test_near_a_cut_is_told_in_the_percent_by_which_it_is_near(facts, report, side):
    rows = {row[0].code: row for row in panel(report, f"near_{side}").grids[0].rows}
    assert rows
    for code, (_, _, score, way, share) in rows.items():
        whole_way = score + way if side == "up" else score
        assert share == 100 * Fraction(way) / Fraction(whole_way) <= facts.graded.policy.near_cut_pct, code


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_has_a_sheet_for_every_panel_with_all_rows_as_numbers(report, lang, tmp_path):
    book = CalamineWorkbook.from_filelike(BytesIO(workbook(report, lang)))
    assert book.sheet_names[1:] == [p.title.in_lang(lang)[:31] for p in report.panels]
    stars = panel(report, "stars")
    cells = book.get_sheet_by_name(stars.title.in_lang(lang)).to_python()
    found = {row[1]: row for row in cells}
    for line in stars.grids[0].rows:
        row = found[line[0].code]
        assert row[2] == line[1]
        assert row[4] == float(line[3])
        if line[6] is not None:
            assert row[7] == pytest.approx(float(line[6]) / 100, abs=1e-9)


def test_stars_show_how_attractive_they_are_and_whether_they_are_about_to_leave(facts):
    before = panel(build(facts), "stars").grids[0].rows
    first, second = before[0][0].code, before[1][0].code
    graded = replace(facts.graded, attractive={first: "medium", second: "low"})
    now = {**facts.now, first: {**facts.now[first], "lifecycle": "at_risk"}}
    after = panel(build(replace(facts, graded=graded, now=now)), "stars").grids[0].rows
    assert len(after) == len(before) - 1
    assert second not in {row[0].code for row in after}
    assert [cell.zh for cell in after[0][-2:]] == ["中", "有流失风险"]


def test_the_same_facts_give_the_same_bytes(facts, html):
    assert page(build(facts)) == html
    assert whole(len(facts.today)) in html


def test_the_source_of_the_labels_has_no_double_key(repo: Path):
    text = (repo / "src/tierwise/report/day/words.py").read_text(encoding="utf-8")
    keys = re.findall(r"(?m)^(\w+)\|", text)
    assert len(keys) == len(set(keys))


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """What a reader can select in a PDF."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("no pdftotext here (Debian: apt-get install poppler-utils)")
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)
    told = subprocess.run([program, "-layout", str(file), "-"], capture_output=True, text=True, check=True)
    return told.stdout


@pytest.fixture(scope="module")
def typst():
    return pytest.importorskip("typst")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_print_has_every_panel_and_its_figures(typst, report, lang, tmp_path):
    if lang == "zh" and not set(CHINESE) & set(typst.Fonts().families()):
        pytest.skip("no Chinese font here (Debian: apt-get install fonts-noto-cjk)")
    told = re.sub(r"\s", "", text_of(document(report, lang), tmp_path))
    for one in report.panels:
        assert one.title.in_lang(lang).replace(" ", "") in told
    for line in panel(report, "pyramid").grids[0].rows:
        assert whole(line[3]) in told


@pytest.mark.parametrize("chosen", range(3))
def test_the_proof_stands_on_one_page_of_the_print(typst, facts, chosen, tmp_path):
    made = build(facts)
    lists = made.sections[-1]
    shorter = replace(lists, panels=lists.panels[: len(lists.panels) - chosen])
    pages = text_of(document(replace(made, sections=(*made.sections[:-1], shorter)), "en"), tmp_path).split(
        "\f"
    )
    first = next(page for page in pages if made.proof[-1][1] in page)
    assert all(value in first for _, value in made.proof)


def test_the_same_report_is_printed_to_the_same_bytes(typst, report):
    assert document(report, "en") == document(report, "en")


def test_names_in_the_print_are_no_markup(typst, facts, tmp_path):
    people = {code: replace(p, name='#panic("x") *b* $') for code, p in facts.people.items()}
    told = text_of(document(build(replace(facts, people=people)), "en"), tmp_path)
    assert '#panic("x") *b* $' in told


def test_chinese_without_a_chinese_font_is_refused_and_english_is_not():
    with pytest.raises(TierwiseError) as error:
        fonts_for(["DejaVu Sans"], chinese=True)
    assert error.value.code == "report.no-font"
    assert fonts_for(["DejaVu Sans"], chinese=False) == ["DejaVu Sans"]
    assert fonts_for(["SimSun", "PingFang SC"], chinese=True) == ["PingFang SC"]


def test_a_company_without_any_cost_is_not_told_that_nobody_bought(tmp_path):
    kit = Kit(tmp_path)
    kit.put(
        "order_lines",
        *(order_line(f"A{n}", 1, 100 + n, "2026-10-05", customer_code=f"C{n}") for n in range(5)),
    )
    told = build(of_policy(kit.book, "abc_sales"))
    why = panel(told, "whale").missing[0]
    assert "bought" not in str(why)
    assert "利润均未知" in str(why)
    loss = next(one for one in told.headlines if one.title.en == "Loss-making customers")
    assert (loss.value.en, loss.bad) == ("–", False)
    assert "profit is known" in loss.note.en
