"""The rejects file: every problem with its place, both sentences and the original row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tierwise.book.contract import Column
from tierwise.book.reading.messages import REJECTS

FIELDS = ("file", "line", "column", "header", "value", "code", "message_en", "message_zh")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Reject:
    """One problem of one row. ``slots`` fill the sentence of ``code``."""

    file: str
    line: int
    code: str
    column: Column | None = None
    value: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    original: Mapping[str, str | None] = field(default_factory=dict)
    """Header -> value as it stood in the file."""
    header: str | None = None
    """What the file calls the column: its header, or the expression of the mapping that feeds it."""


class RejectWriter:
    """Writes rejects as CSV, UTF-8 with a byte order mark so that spreadsheets read Chinese.

    The file is made with the first reject; an existing one is continued under its own header.
    """

    def __init__(self, path: Path, headers: Sequence[str] = (), *, append: bool = False) -> None:
        self.path = path
        self._headers = list(headers)
        self._append = append and path.exists()
        self._stream: Any = None
        self._writer: Any = None
        self.by_code: dict[str, int] = {}

    def write(self, reject: Reject) -> None:
        """Adds one problem."""
        if self._writer is None:
            self._open()
        value = None if reject.value is None else reject.value[:_SHOWN]
        said = [REJECTS.say(reject.code, lang, **_slots(reject, value)) for lang in ("en", "zh")]
        name = reject.column.name if reject.column else ""
        original = [reject.original.get(header) for header in self._headers]
        self._writer.writerow(
            [reject.file, reject.line, name, reject.header, value, reject.code, *said, *original]
        )
        self.by_code[reject.code] = self.by_code.get(reject.code, 0) + 1

    def _open(self) -> None:
        if self._append:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                self._headers = next(csv.reader(stream), [])[len(FIELDS) :]
        self._stream = self.path.open(
            "a" if self._append else "w", encoding="utf-8" if self._append else "utf-8-sig", newline=""
        )
        self._writer = csv.writer(self._stream)
        if not self._append:
            self._writer.writerow([*FIELDS, *self._headers])

    @property
    def written(self) -> Path | None:
        """The file, if there was anything to write."""
        return self.path if self._writer is not None else None

    def __enter__(self) -> RejectWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()


def append_rejects(path: Path, rejects: Iterable[Reject], headers: Sequence[str] = ()) -> dict[str, int]:
    """Adds rejects found later (duplicate keys, say) to a rejects file; counts by code. A new file gets ``headers``."""
    with RejectWriter(path, headers, append=True) as writer:
        for reject in rejects:
            writer.write(reject)
        return dict(writer.by_code)


def _slots(reject: Reject, value: str | None) -> dict[str, Any]:
    column = reject.column
    slots: dict[str, Any] = {"value": "" if value is None else value}
    if column is not None:
        slots |= {
            "label_en": column.label.en,
            "label_zh": column.label.zh,
            "choices_en": ", ".join(choice.code for choice in column.choices),
            "choices_zh": "、".join(choice.label.zh for choice in column.choices),
        }
        if column.between:
            slots |= dict(zip(("least", "most"), column.between, strict=True))
    return slots | dict(reject.slots)
