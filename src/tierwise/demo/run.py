"""The demo: a sample company written, imported, graded over thirteen month ends, and reported on.

Twelve of the months are published as history; the last one waits for people who approve and publish it.

The folder holds ``files/`` (what a company would export), ``book/``, ``report.html`` and ``demo.json``, which
says what was made. The same call again uses what is there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierwise.book.importing import ImportItem, import_batch
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.demo.beside import ask_for_override, put_into_segments
from tierwise.demo.company import write_company
from tierwise.demo.company.stories import NOTES
from tierwise.demo.months import IMPORTER, grade_months, not_before
from tierwise.grading.run import find_run, grade_book
from tierwise.kernel.errors import fail
from tierwise.kernel.files import whole_file
from tierwise.kernel.periods import month_ends
from tierwise.policy.load import load_policy
from tierwise.report.facts import Facts, Story, gather
from tierwise.report.page import write_report

if TYPE_CHECKING:
    from tierwise.grading.record import RunRecord
    from tierwise.kernel.text import Lang

Progress = Callable[..., None]
"""Called with a stage, and where it has parts with what is done and what there is."""

LAST_MONTH = date(2026, 10, 31)
MONTHS = 13
POLICY, PROSPECTS, GROUPS = "customer_value", "prospect_scorecard", "abc_group"
NAME = "示例企业 · Sample distributor"
MARK, BOOK, FILES, REPORT = "demo.json", "book", "files", "report.html"
_FORMAT = 4


@dataclass(frozen=True)
class DemoResult:
    """A finished demo: its folder, its book, its runs (oldest first) and what the report shows."""

    folder: Path
    book: Book
    runs: tuple[RunRecord, ...]
    prospects: RunRecord
    facts: Facts
    reused: bool

    @property
    def report_path(self) -> Path:
        """The HTML report."""
        return self.folder / REPORT

    def summary(self, lang: Lang) -> list[str]:
        """The lines that the command prints."""
        from tierwise.demo.summary import summary

        return summary(self, lang)


def run_demo(
    folder: Path,
    customers: int = 2400,
    seed: int = 1,
    *,
    months: int = MONTHS,
    at: datetime,
    actor: str,
    progress: Progress = lambda *_: None,
) -> DemoResult:
    """Builds the demo in a folder, or uses the same finished demo that is already there.

    **Raises** ``demo.foreign-folder`` where something else lies, ``demo.other-company`` where another demo does.
    """
    asked = {"customers": customers, "seed": seed, "months": months, "last_month": LAST_MONTH.isoformat()}
    made = _made(folder, asked)
    reused = made is not None
    if made is None:
        made = _build(folder, asked, at=at, actor=actor, progress=progress)
    progress("report")
    book = Book.open(folder / BOOK)
    runs = tuple(find_run(book, run) for run in made["runs"])
    prospects, groups = (find_run(book, made[name]) for name in ("prospects", "groups"))
    facts = gather(book, runs, prospects=prospects, groups=groups, stories=_stories(made["stories"]))
    write_report(facts, folder / REPORT)
    return DemoResult(folder, book, runs, prospects, facts, reused)


def _stories(codes: Mapping[str, list[str]]) -> tuple[Story, ...]:
    return tuple(Story(name, NOTES[name], tuple(some)) for name, some in codes.items() if some)


def _made(folder: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What the folder holds of this very demo; ``None`` where it has yet to be built."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    mark = _mark(folder)
    if mark is None:
        raise fail(
            "demo.foreign-folder",
            "this folder holds something that is not a demo; choose an empty or a new one with --dir",
            "此文件夹中有非示例内容；请用 --dir 指定空文件夹或新文件夹",
            file=str(folder),
        )
    if not mark.get("finished") or mark.get("format") != _FORMAT:
        return None  # broken off, or made by another release: built anew
    if mark["asked"] != asked:
        raise fail(
            "demo.other-company",
            "this folder holds a demo of {customers} customers with seed {seed}; choose another one with --dir",
            "此文件夹中已有另一个示例（{customers} 家客户，种子 {seed}）；请用 --dir 指定其他文件夹",
            file=str(folder),
            customers=mark["asked"]["customers"],
            seed=mark["asked"]["seed"],
        )
    return mark


def _mark(folder: Path) -> dict[str, Any] | None:
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) and mark.get("made_by") == "tierwise demo" else None


def _build(
    folder: Path, asked: dict[str, Any], *, at: datetime, actor: str, progress: Progress
) -> dict[str, Any]:
    at = not_before(at, LAST_MONTH)
    folder.mkdir(parents=True, exist_ok=True)
    mark: dict[str, Any] = {"made_by": "tierwise demo", "format": _FORMAT, "asked": asked, "finished": False}
    _write_mark(folder, mark)
    for rest in (BOOK, FILES):
        shutil.rmtree(folder / rest, ignore_errors=True)
    progress("company")
    company = write_company(
        folder / FILES, customers=asked["customers"], seed=asked["seed"], last_month=LAST_MONTH
    )
    progress("import")
    book = Book.create(folder / BOOK, Settings(name=NAME), actor=actor, at=at)
    items = [ImportItem(table, files) for table, files in company.tables.items()]
    import_batch(book, items, strict=True, actor=actor, at=at)
    stories = {name: list(codes) for name, codes in company.stories.items()}
    put_into_segments(book, folder / FILES, stories, LAST_MONTH, actor=IMPORTER, at=at)
    graded = _grade(book, asked["months"], stories, at=at, actor=actor, progress=progress)
    mark |= {"finished": True, **graded, "stories": stories}
    _write_mark(folder, mark)
    return mark


def _grade(
    book: Book, months: int, stories: dict[str, list[str]], *, at: datetime, actor: str, progress: Progress
) -> dict[str, Any]:
    """Grades the prospects, the groups and the months, and says which runs that were."""
    total, found = months + 2, {}
    for done, (name, policy) in enumerate((("prospects", PROSPECTS), ("groups", GROUPS))):
        progress("grade", done, total)
        run = grade_book(book, load_policy(policy), LAST_MONTH, actor=actor, at=at)
        found[name] = run.record.run_id
    document, days = load_policy(POLICY), month_ends(LAST_MONTH, months)
    runs = grade_months(book, document, days, at=at, progress=lambda n: progress("grade", 2 + n, total))
    override = ask_for_override(book, document, stories["rising_star"], at=at)
    return {"runs": runs, "under_review": runs[-1], "override": override, **found}


def _write_mark(folder: Path, mark: dict[str, Any]) -> None:
    with whole_file(folder / MARK) as part:
        part.write_text(json.dumps(mark, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
