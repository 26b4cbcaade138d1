"""``tierwise override`` in both languages, and who may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tierwise.kernel.text import Lang

ASK = "override request {book} C02 --policy abc_sales --grade A --reason strategic --text growth --from 2026-03-10 --to 2026-08-31"


def ask(cli: Cli, book: Path, *more: str) -> None:
    assert cli(*ASK.format(book=book).split(), "--actor", "mia", *more).code == 0


def test_a_request_is_approved_by_somebody_else_and_listed(cli: Cli, book: Path) -> None:
    ask(cli, book)
    made = cli("override", "approve", book, "1", "--actor", "bo", "--json").data["override"]
    assert (made["grade"], made["requested_by"], made["decided_by"]) == ("A", "mia", "bo")
    listed = cli("override", "list", book, "--json").data["overrides"]
    assert [(one["override_id"], one["state"]) for one in listed] == [("override-000001", "active")]
    assert cli("override", "list", book, "--state", "rejected", "--json").data["overrides"] == []


@pytest.mark.parametrize(("lang", "word"), [("en", "somebody else"), ("zh", "须由他人处理")])
def test_whoever_asked_may_not_approve(cli: Cli, book: Path, lang: Lang, word: str) -> None:
    ask(cli, book)
    answer = cli("override", "approve", book, "1", "--actor", "mia", "--lang", lang)
    assert answer.code == 2
    assert word in answer.err
    assert "decision.own-request" in answer.err


def test_the_state_is_that_of_the_day_where_the_book_is(
    cli: Cli, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 20:00 UTC the next day has begun in Shanghai, and with it the override."""
    ask(cli, book)
    monkeypatch.setenv("TIERWISE_NOW", "2026-03-09T20:00:00+00:00")
    shown = cli("override", "approve", book, "1", "--actor", "bo").out
    assert shown.startswith("override-000001: active")
    revoked = cli("override", "revoke", book, "1", "--note", "no", "--actor", "bo", "--json").data["override"]
    assert (revoked["state"], revoked["valid_to"]) == ("revoked", "2026-03-09")


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_an_empty_actor_is_nobody_and_not_the_login(cli: Cli, book: Path, words: tuple[str, ...]) -> None:
    refused = cli(*ASK.format(book=book).split(), "--actor", "", *words)
    assert (refused.code, "actor.nobody" in refused.err) == (2, True)


@pytest.mark.parametrize(("lang", "words"), [("en", ["active", "asked by"]), ("zh", ["生效中", "申请人"])])
def test_the_list_reads_well(cli: Cli, book: Path, lang: Lang, words: list[str]) -> None:
    ask(cli, book)
    cli("override", "approve", book, "1", "--actor", "bo")
    shown = cli("override", "list", book, "--lang", lang).out
    assert all(word in shown for word in words)


def test_an_empty_list_says_so(cli: Cli, book: Path) -> None:
    assert cli("override", "list", book, "--lang", "zh").out.strip() == "没有人工调整。"


def test_an_unknown_state_is_a_wrong_option(cli: Cli, book: Path) -> None:
    assert cli("override", "list", book, "--state", "gone").code == 2
