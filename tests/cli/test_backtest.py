"""``tierwise backtest`` as people and programs meet it, in both languages."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, write_csv
from tierwise.kernel.text import Lang


@pytest.fixture
def past(cli: Cli, tmp_path: Path) -> Path:
    """Two years of ten customers; the last of them stops."""
    rows = [
        {"order_number": f"S{year}{month:02}{n}", "line_no": 1, "customer_code": f"C{n:02}", "qty": 1,
         "order_date": f"{year}-{month:02}-{28 if month == 12 else 10}", "amount_ex_tax": 100 * n, "cost_amount": 50 * n}
        for year in (2024, 2025) for month in (3, 6, 9, 12) for n in range(1, 11) if (year, n) != (2025, 10)
    ]  # fmt: skip
    assert cli("init", "b", "--name", "Backtest", "--base-currency", "CNY").code == 0
    assert cli("import", "b", "order_lines", write_csv(tmp_path / "lines.csv", rows)).code == 0
    return tmp_path / "b"


ASKED = ("--policy", "abc_sales", "--policy", "rfm_rank", "--train-to", "2024-12-31", "--resamples", "20")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_on_the_terminal_names_rules_and_limits(past: Path, cli: Cli, lang: Lang) -> None:
    shown = cli("backtest", past, *ASKED, "--horizon", "11m", "--lang", lang)
    assert (shown.code, shown.err) == (0, "")
    words = {
        "en": ("past spend", "perfect foresight", "Taken on trust"),
        "zh": ("过去消费额", "完全预知", "未经证实的时点"),
    }
    for word in (*words[lang], "abc_sales v1", "rfm_rank v1"):
        assert word in shown.out


def test_the_data_and_the_file_agree(past: Path, cli: Cli) -> None:
    data = cli("backtest", past, *ASKED, "--horizon", "11m", "--out", "b.csv", "--json").data
    with Path("b.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    (day,) = data["days"]
    assert len(rows) == len(day["caught"])
    # C10, the only A, stopped; of the 45 hundreds of a quarter it brings none
    best = next(
        row for row in rows if (row["rule"], row["chosen"], row["measure"]) == ("policy_0", "A", "sales")
    )
    assert (best["places"], best["caught_pct"]) == ("1", "0")
    assert day["losses"]["abc_sales v1"]["lost_unwarned"] == 1
    assert data["imported_later"][0]["table"] == "order_lines"


@pytest.mark.parametrize(("lang", "said"), [("en", "Nothing was sold"), ("zh", "观察期内没有销售")])
def test_a_horizon_without_sales_is_said_and_not_called_a_draw(
    past: Path, cli: Cli, lang: Lang, said: str
) -> None:
    with (past / "book.yaml").open("a", encoding="utf-8") as settings:
        settings.write("closed_through: 2026-01-31\n")
    asked = ("--policy", "abc_sales", "--train-to", "2025-12-31", "--horizon", "1m", "--resamples", "0")
    shown = cli("backtest", past, *asked, "--lang", lang)
    assert (shown.code, said in shown.out) == (0, True)
    assert "as much as" not in shown.out
    assert "持平" not in shown.out


def test_every_form_of_report_is_written(past: Path, cli: Cli) -> None:
    for name in ("b.html", "b.xlsx"):
        assert cli("backtest", past, *ASKED, "--horizon", "11m", "--out", name, "--rolling", "2").code == 0
        assert Path(name).stat().st_size > 5_000
    text = Path("b.html").read_text(encoding="utf-8")
    assert "Month to month" in text
    assert "逐月" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--horizon", "13m"), "backtest.horizon-beyond-data"),
        (("--horizon", "1y"), "backtest.horizon"),
        (("--horizon", "6m", "--rolling", "0"), "backtest.limits"),
        (("--horizon", "6m", "--rolling", "14"), "backtest.before-data"),
        (("--horizon", "6m", "--policy", "abc_sales"), "backtest.same-policy"),
        (("--horizon", "6m", "--out", "b.pdf"), "export.format"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_both_languages(
    past: Path, cli: Cli, words: tuple[str, ...], code: str
) -> None:
    for lang in ("en", "zh"):
        said = cli("backtest", past, *ASKED, *words, "--lang", lang)
        assert (said.code, said.out) == (2, "")
        assert f"[{code}]" in said.err
