"""``tierwise import --from`` and ``tierwise watch`` from the command line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database of two order lines, and a book beside it."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT 'S1' AS order_number, 1 AS line_no, 'C1' AS customer_code, "
            "'2025-01-05' AS order_date, 12.5 AS amount_ex_tax, 7 AS id"
        )
    return path


def test_a_database_is_imported_and_only_what_is_new_the_next_time(cli: Cli, shop: Path) -> None:
    cli("init", "book")
    words = (
        "import",
        "book",
        "order_lines",
        "--from",
        f"sqlite:///{shop}",
        "--table-name",
        "orders",
        "--high-water",
        "id",
    )
    assert cli(*words, "--json").data["import"]["new"] == 1
    assert "Nothing changed" in cli(*words).out
    with sqlite3.connect(shop) as connection:
        connection.execute("UPDATE orders SET id = 3")
    refused = cli(*words, "--lang", "zh")
    assert (refused.code, "[source.mark-back]" in refused.err, "倒退" in refused.err) == (2, True, True)


def test_files_or_a_source_but_not_both_and_not_neither(cli: Cli, shop: Path) -> None:
    cli("init", "book")
    neither = cli("import", "book", "order_lines")
    both = cli("import", "book", "order_lines", "a.csv", "--from", f"sqlite:///{shop}?table=orders")
    assert (neither.code, both.code) == (2, 2)
    assert "[import.files-or-source]" in neither.err
    assert "[import.files-or-source]" in both.err


def test_a_store_takes_no_options_of_databases(cli: Cli, tmp_path: Path) -> None:
    cli("init", "book")
    refused = cli(
        "import", "book", "order_lines", "--from", (tmp_path / "a.csv").as_uri(), "--high-water", "id"
    )
    assert (refused.code, "[source.file-only]" in refused.err) == (2, True)


def test_a_password_stands_in_no_answer(cli: Cli) -> None:
    cli("init", "book")
    url = "postgresql://ann:s3cret@127.0.0.1:1/db?table=orders"
    answer = cli("import", "book", "order_lines", "--from", url, "--json")
    assert answer.code == 2
    assert "s3cret" not in answer.out + answer.err


def test_a_watched_folder_gives_each_file_once(cli: Cli, tmp_path: Path) -> None:
    cli("init", "book")
    (tmp_path / "in").mkdir()
    head = "order_number,line_no,customer_code,order_date,amount_ex_tax\n"
    (tmp_path / "in" / "a.csv").write_text(head + "S1,1,C1,2025-01-05,12\n", encoding="utf-8")
    Path("watch.yaml").write_text(
        'watch: [{folder: in, pattern: "*.csv", table: order_lines}]\n', encoding="utf-8"
    )
    first = cli("watch", "book", "watch.yaml", "--json")
    assert [(one["state"], one["import"]["new"]) for one in first.data["files"]] == [("imported", 1)]
    assert cli("watch", "book", "watch.yaml", "--json").data["files"][0]["state"] == "known"
    (tmp_path / "in" / "b.csv").write_text("colour\nred\n", encoding="utf-8")
    refused = cli("watch", "book", "watch.yaml", "--lang", "zh", "--rejects", "rejects")
    assert refused.code == 2
    assert "此前已导入" in refused.out
    assert "file.missing-header" in refused.out
