"""Looks through a folder: which file feeds which tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tierwise.book.contract import TABLES, Table
from tierwise.book.looking import Desk, Found, Sheet, parts_of
from tierwise.book.reading.values import folded
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.onboarding.mapping import readable
from tierwise.onboarding.model import Confidence, Proposal
from tierwise.onboarding.proposing import Proposer
from tierwise.onboarding.words import TABLE_WORDS

_POINTS: dict[Confidence, int] = {"high": 6, "medium": 4, "low": 1}
_HINT = 7
"""What the name of a file is worth, in points of a column."""
MASTERS = {"customers": "customer_code", "products": "product_code"}
"""Tables of one row a code, and the column of an order line that names the code."""
_LINES = "order_lines"
_TRUSTED = ("high", "medium")


@dataclass(slots=True)
class Look:
    """What a folder holds."""

    sheets: list[Sheet] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    rivals: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Sheet number -> other tables that it may be, as likely as the one proposed."""
    unclear: list[Sheet] = field(default_factory=list)
    """Sheets that are no table of the book, as far as can be seen."""
    nearest: dict[int, Proposal] = field(default_factory=dict)
    """Sheet number -> what such a sheet comes nearest to, where it comes near; what is doubtful or missing is in its notes."""
    unreadable: list[Problem] = field(default_factory=list)


def look_through(desk: Desk, folder: Path, *, without: Sequence[Path] = ()) -> Look:
    """The sheets of a folder and a proposal for each table that they can feed.

    **Raises** ``TierwiseError`` if there is no such folder or no file in it that may be a table.
    """
    look = Look()
    for group in _groups(_parts(desk, folder, without, look)):
        try:
            look.sheets.append(desk.lay(group))
        except TierwiseError as error:
            look.unreadable += error.problems
    proposer = Proposer(desk, guess=False, others=look.sheets)
    for sheet in look.sheets:
        _decide(proposer, sheet, look)
    _add_masters(proposer, look)
    look.proposals.sort(key=lambda p: (list(TABLES).index(p.table.name), p.sheet.name))
    return look


def _parts(
    desk: Desk, folder: Path, without: Sequence[Path], look: Look
) -> Iterator[tuple[Found, tuple[str, ...]]]:
    if not folder.is_dir():
        raise fail("onboard.no-folder", "there is no such folder", "没有这个文件夹", file=str(folder))
    left_out = {path.resolve() for path in without}
    files = [path for path in sorted(folder.iterdir()) if readable(path) and path.resolve() not in left_out]
    if not files:
        raise fail(
            "onboard.no-files",
            "the folder has no CSV, Excel, Parquet or JSON lines file",
            "文件夹中没有 CSV、Excel、Parquet 或 JSON Lines 文件",
            file=str(folder),
        )
    for path in files:
        try:
            for found in parts_of(path, desk.limits):
                yield found, desk.headers(found)
        except TierwiseError as error:
            look.unreadable += error.problems


def _groups(parts: Iterable[tuple[Found, tuple[str, ...]]]) -> list[list[Found]]:
    """Files of the same headers and layout belong together: a year each, say."""
    groups: dict[object, list[Found]] = {}
    for found, headers in parts:
        key = (tuple(folded(header) for header in headers), found.layout)
        groups.setdefault(key, []).append(found)
    return list(groups.values())


def _decide(proposer: Proposer, sheet: Sheet, look: Look) -> None:
    """The table that explains most of a sheet."""
    tried = list(_candidates(proposer, sheet))
    fitting = [(_points(p), p) for p in tried if p.complete and _eligible(p)]
    if not fitting:
        look.unclear.append(sheet)
        near = [p for p in tried if _near(p)]
        if near:
            look.nearest[sheet.number] = max(near, key=_points)
        return
    most = max(points for points, _ in fitting)
    chosen = next(proposal for points, proposal in fitting if points == most)
    look.proposals.append(chosen)
    rivals = tuple(p.table.name for points, p in fitting if p is not chosen and points * 10 >= most * 9)
    if rivals:
        look.rivals[sheet.number] = rivals


def _candidates(proposer: Proposer, sheet: Sheet) -> Iterator[Proposal]:
    for table in TABLES.values():
        if not _worth_a_try(proposer, sheet, table):
            continue
        yield proposer.propose(sheet, table)


def _worth_a_try(proposer: Proposer, sheet: Sheet, table: Table) -> bool:
    """Whether words alone say something about the table; values are looked at only then."""
    if table.name == _LINES:
        return True
    found = proposer.matches(sheet, table).found
    needed = [c.name for c in table.file_columns if c.required and c.default is None and c.name != "name"]
    return all(name in found for name in needed) and len(found) >= 2


def _near(proposal: Proposal) -> bool:
    """Whether a sheet has enough of a table that somebody should look: two columns by their words, one of them needed."""
    trusted = {s.column for s in proposal.sources if s.confidence in _TRUSTED}
    needed = {c.name for c in proposal.table.file_columns if c.required and c.default is None}
    return len(trusted) >= 2 and bool(trusted & needed) and not proposal.distinct


def _eligible(proposal: Proposal) -> bool:
    trusted = {s.column for s in proposal.sources if s.confidence in _TRUSTED}
    if proposal.table.name == _LINES:
        return "amount_ex_tax" in trusted and bool({"customer_code", "order_date"} & trusted)
    if proposal.table.name in MASTERS:
        # A code that repeats is that of something else, such as lines; the master is taken out of them later.
        return not proposal.distinct and len(trusted - {"name"}) + ("name" in trusted) >= 2
    required = {c.name for c in proposal.table.file_columns if c.required and c.default is None}
    return required <= {s.column for s in proposal.sources} and len(required & trusted) * 2 > len(required)


def _points(proposal: Proposal) -> int:
    return sum(_POINTS[s.confidence] for s in proposal.sources) + _HINT * _hinted(proposal)


def _hinted(proposal: Proposal) -> bool:
    """Whether the name of the file or the sheet speaks for the table."""
    found = proposal.sheet.found[0]
    name = folded(found.path.name.split(".")[0] + (found.layout.sheet or ""))
    words = (proposal.table.name, proposal.table.label.zh, *TABLE_WORDS.get(proposal.table.name, ()))
    return any(folded(word) in name for word in words)


def _add_masters(proposer: Proposer, look: Look) -> None:
    """Customers and products out of the order lines, where no file of their own was found."""
    present = {proposal.table.name for proposal in look.proposals}
    for lines in [p for p in look.proposals if p.table.name == _LINES]:
        for name, column in MASTERS.items():
            if name not in present:
                look.proposals += _out_of_lines(proposer, lines, TABLES[name], column)


def _out_of_lines(proposer: Proposer, lines: Proposal, table: Table, column: str) -> Iterator[Proposal]:
    code = next((s for s in lines.sources if s.column == column and s.expression in s.headers), None)
    if code is None:
        return
    used = {header for source in lines.sources for header in source.headers}
    proposal = proposer.propose(
        lines.sheet, table, given={"code": code.headers[0]}, without=used - {code.headers[0]}
    )
    more = {s.column for s in proposal.sources if s.confidence in _TRUSTED} - {"code"}
    if proposal.complete and more:
        yield proposal
