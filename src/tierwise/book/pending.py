"""An edited ``book.yaml`` that no version has recorded yet: what it changes, and what to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierwise.book.contract import TABLES
from tierwise.book.settings import SETTINGS_FILE, Settings, line_of, load_settings
from tierwise.book.versions import BookVersion
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text

NOTHING = "–"
_EDITED = Text(
    "the settings were edited ({changes}); the next import or run records them",
    "设置已修改（{changes}），将随下一次导入或分级运行生效并记录",
)
_REOPENED = Text(
    "closed_through moves back from {old} to {new}: closed periods are open again, and their rows can change "
    "without a correction",
    "closed_through 由 {old} 退回 {new}：已结账期间重新打开，其数据可直接改动而不留更正记录",
)


@dataclass(frozen=True, slots=True)
class Pending:
    """Settings that wait for the next writer, and how they differ from those in force."""

    file: Path
    settings: Settings
    changes: dict[str, tuple[Any, Any]]
    reopens: bool

    @property
    def note(self) -> str:
        """Every change as ``name: old -> new``, for the version that records it."""
        return ", ".join(f"{name}: {_said(old)} -> {_said(new)}" for name, (old, new) in self.changes.items())

    def notices(self) -> list[Problem]:
        """What a person should know before the settings take effect; nothing of it is a mistake."""
        found = [self._problem("settings.pending", _EDITED, next(iter(self.changes)), changes=self.note)]
        if self.reopens:
            old, new = (_said(day) for day in self.changes["closed_through"])
            found.append(self._problem("settings.reopened", _REOPENED, "closed_through", old=old, new=new))
        return found

    def _problem(self, code: str, text: Text, setting: str, **slots: Any) -> Problem:
        return Problem(code, text, slots, str(self.file), line_of(self.file, setting))


def pending_settings(book: Path, base: BookVersion) -> Pending | None:
    """The edited settings of a book, None if its file says what is in force.

    **Raises** ``TierwiseError`` with every mistake in the file, each with its line.
    """
    file = book / SETTINGS_FILE
    if not file.exists():
        return None
    settings = load_settings(file)
    changes = base.settings.changes_to(settings)
    if "base_currency" in changes and _has_facts(base):
        raise _currency_fixed(file, *changes["base_currency"])
    return Pending(file, settings, changes, base.settings.reopened_by(settings)) if changes else None


def _has_facts(version: BookVersion) -> bool:
    return any(name in TABLES and state.rows for name, state in version.state.items())


def _currency_fixed(file: Path, old: str, new: str) -> TierwiseError:
    return fail(
        "settings.base-currency-fixed",
        "the base currency cannot change from {old} to {new} once the book holds facts",
        "账簿已有数据，本位币不能由 {old} 改为 {new}",
        file=str(file),
        line=line_of(file, "base_currency"),
        column="base_currency",
        old=old,
        new=new,
    )


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return NOTHING if value is None else str(value)
