"""A file for people appears whole or not at all, and says why it cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.files import whole_file


def test_a_file_appears_when_all_of_it_is_written(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("old", "utf-8")
    with whole_file(out) as part:
        part.write_text("new", "utf-8")
        assert out.read_text("utf-8") == "old"
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("a.csv", "new")]


def test_what_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("old", "utf-8")

    def broken_off() -> None:
        with whole_file(out) as part:
            part.write_text("ne", "utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("a.csv", "old")]


@pytest.mark.parametrize(
    ("out", "code", "said"),
    [
        ("no/where/a.csv", "export.folder", "there is no folder"),
        (".", "export.unwritable", "Is a directory"),
        ("/dev/full", "export.unwritable", "No space left on device"),
    ],
)
def test_a_place_that_takes_no_file_is_told(tmp_path: Path, out: str, code: str, said: str) -> None:

    def write() -> None:
        with whole_file(tmp_path / out) as part:
            part.write_text("text", "utf-8")

    with pytest.raises(TierwiseError) as caught:
        write()
    assert caught.value.code == code
    assert said in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_link_stays_one_and_a_device_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for out in (tmp_path / "link", Path("/dev/null")):
        with whole_file(out) as part:
            part.write_text("text", "utf-8")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text("utf-8") == "text"
    assert Path("/dev/null").is_char_device()


def test_a_link_to_itself_is_no_place_to_lose_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with whole_file(tmp_path / "a") as part:
        part.write_text("text", "utf-8")
    assert (tmp_path / "a").read_text("utf-8") == "text"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    with whole_file(Path(f"/dev/fd/{writes}")) as part:
        part.write_text("text", "utf-8")
    assert os.read(reads, 9) == b"text"
    os.close(writes)
    os.close(reads)
