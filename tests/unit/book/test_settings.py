"""Settings: read from YAML with every mistake at its line, and written back the same."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from tierwise.book.currencies import CURRENCIES
from tierwise.book.settings import NEW, Settings, dump_settings, load_settings
from tierwise.kernel.errors import TierwiseError


def load(tmp_path, text: str) -> Settings:
    file = tmp_path / "book.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def test_a_name_is_enough(tmp_path):
    settings = load(tmp_path, "name: 示例公司\n")
    assert (settings.name, settings.base_currency, settings.first_open_day) == ("示例公司", "CNY", None)


def test_what_is_written_reads_back_the_same(tmp_path):
    settings = Settings(
        name="示例",
        closed_through=date(2026, 1, 31),
        extra_holidays=(date(2026, 5, 6),),
        financing_rate_pct="4.35",
    )
    assert load(tmp_path, dump_settings(settings)) == settings
    assert Settings.model_validate_json(settings.to_json()) == settings


def test_every_mistake_is_reported_at_its_line(tmp_path):
    text = "name: X\nbase_currency: yuan\n\ntime_zone: Mars/Base\nfiscal_year_start_month: 13\nclosed: 2026-01-31\n"
    with pytest.raises(TierwiseError) as error:
        load(tmp_path, text)
    found = [(problem.line, problem.code) for problem in error.value.problems]
    assert found == [
        (2, "settings.currency"),
        (4, "settings.time-zone"),
        (5, "settings.less-than-equal"),
        (6, "settings.extra-forbidden"),
    ]
    assert all(problem.say("zh") for problem in error.value.problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: [", "settings.not-yaml"),
        ("just words", "settings.no-mapping"),
        ("", "settings.no-mapping"),
        ("base_currency: CNY", "settings.missing"),
        ("name: X\nposting_basis: payment", "settings.literal-error"),
        ("name: X\nclosed_through: 31.1.2026", "settings.date-from-datetime-parsing"),
        ("name: X\nname: Y", "settings.twice"),
    ],
)
def test_each_kind_of_mistake_has_a_code(tmp_path, text, code):
    with pytest.raises(TierwiseError) as error:
        load(tmp_path, text)
    assert error.value.code == code


def test_a_file_that_is_not_text_is_said_so(tmp_path):
    (tmp_path / "book.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(TierwiseError) as error:
        load_settings(tmp_path / "book.yaml")
    assert error.value.code == "settings.unreadable"
    with pytest.raises(TierwiseError):
        load_settings(tmp_path / "missing.yaml")


ONE_OF_EACH = """\
name: 12
base_currency: [CNY]
posting_basis: payment
fiscal_year_start_month: first
closed_through: last month
extra_holidays: 2026-05-06
extra_workdays: [2026-13-01]
fx_max_age_days: -1
default_interval_days: 1.5
credit_grace_days: {}
financing_rate_pct: 4.123456
"""


def test_mistakes_are_told_in_our_own_words(tmp_path):
    with pytest.raises(TierwiseError) as error:
        load(tmp_path, ONE_OF_EACH)
    said = [problem.say("en") for problem in error.value.problems]
    assert said == [
        "name is 12; it must be text (put it in quotes)",
        "base_currency is ['CNY']; it must be text (put it in quotes)",
        "posting_basis is payment; it must be one of: invoice, order",
        "fiscal_year_start_month is first; it must be a whole number",
        "closed_through: last month is not a day; write it as 2026-01-31",
        "extra_holidays is 2026-05-06; it must be a list of days, such as [2026-05-06]",
        "extra_workdays.0: 2026-13-01 is not a day; write it as 2026-01-31",
        "fx_max_age_days is -1; it must be at least 0",
        "default_interval_days is 1.5; it must be a whole number",
        "credit_grace_days is {}; it must be a whole number",
        "financing_rate_pct is 4.123456; it must be a number with at most 4 decimal places",
    ]
    assert all(
        "应" in p.say("zh") or "请" in p.say("zh") or "不得" in p.say("zh") for p in error.value.problems
    )


def test_a_book_of_an_older_release_may_count_in_a_code_that_a_new_one_is_refused():
    assert Settings.model_validate_json('{"name": "old", "base_currency": "RMB"}').base_currency == "RMB"
    with pytest.raises(ValidationError, match=r"settings\.unknown-currency"):
        Settings.model_validate({"name": "new", "base_currency": "RMB"}, context=NEW)


def test_the_list_of_currencies_is_one_of_codes():
    assert len(CURRENCIES) > 150
    assert {len(code) for code in CURRENCIES} == {3}
    assert {"CNY", "HKD", "TWD", "USD", "EUR", "JPY"} <= CURRENCIES
