"""What differs between two policies, in words, and whether it decides grades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Lang, Text
from tierwise.policy.base import Path, show_path
from tierwise.policy.fingerprint import NAMING_FIELDS, SILENT_FIELDS
from tierwise.policy.labels import label_of
from tierwise.policy.model import Policy

_ORDER = Text("order", "次序")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, the old and the new value (``None``: not there), whether it decides grades."""

    path: str
    label: Text
    old: Text | None
    new: Text | None
    decides: bool

    def say(self, lang: Lang) -> str:
        """The difference as a sentence."""
        label = self.label.in_lang(lang)
        if self.old is None and self.new is not None:
            return f"{label}: {'新增' if lang == 'zh' else 'added'} {self.new.in_lang(lang)}"
        if self.new is None and self.old is not None:
            return f"{label}: {'删除' if lang == 'zh' else 'removed'} {self.old.in_lang(lang)}"
        assert self.old is not None
        assert self.new is not None
        return f"{label}: {self.old.in_lang(lang)} → {self.new.in_lang(lang)}"


def diff(a: Policy, b: Policy) -> list[Change]:
    """What changes from policy ``a`` to policy ``b``, in the order of the fields; empty for equal ones."""
    return list(_between(a, b, ()))


def _between(old: Any, new: Any, path: Path) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, BaseModel) and type(old) is type(new):
        yield from _models(old, new, path)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _entries(old, new, path)
    elif isinstance(old, tuple) and isinstance(new, tuple) and _named(old) and _named(new):
        yield from _lists(old, new, path)
    else:
        yield _change(path, old, new)


def _models(old: BaseModel, new: BaseModel, path: Path) -> Iterator[Change]:
    for name, field in type(old).model_fields.items():
        yield from _between(getattr(old, name), getattr(new, name), (*path, field.alias or name))


def _entries(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        if key in old and key in new:
            yield from _between(old[key], new[key], (*path, key))
        else:
            yield _change((*path, key), old.get(key), new.get(key))


def _lists(old: tuple[Any, ...], new: tuple[Any, ...], path: Path) -> Iterator[Change]:
    before, after = {str(_name(item)): item for item in old}, {str(_name(item)): item for item in new}
    yield from _entries(before, after, path)
    kept, moved = [k for k in before if k in after], [k for k in after if k in before]
    if kept != moved:
        was, now = ", ".join(kept), ", ".join(moved)
        yield Change(show_path(path), _label((*path, _ORDER)), Text(was, was), Text(now, now), decides=True)


def _name(item: Any) -> str | None:
    """What tells the items of a list apart: the id of a method, the code of a grade, criterion or gate."""
    name = getattr(item, "id", None) or getattr(item, "code", None)
    return name if isinstance(name, str) else None


def _named(items: tuple[Any, ...]) -> bool:
    names = [_name(item) for item in items]
    return None not in names and len(set(names)) == len(names)


def _change(path: Path, old: Any, new: Any) -> Change:
    decides = not SILENT_FIELDS.intersection(path) and path[0] not in NAMING_FIELDS
    return Change(show_path(path), _label(path), _value(old), _value(new), decides)


def _label(path: tuple[str | int | Text, ...]) -> Text:
    parts = [part if isinstance(part, Text) else label_of(part) for part in path]
    return Text(" › ".join(part.en for part in parts), " › ".join(part.zh for part in parts))


def _value(value: Any) -> Text | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return Text("yes", "是") if value else Text("no", "否")
    if isinstance(value, BaseModel):
        return _brief(value)
    if isinstance(value, tuple):
        parts = [found for item in value if (found := _value(item)) is not None]
        return Text(", ".join(p.en for p in parts) or "–", "、".join(p.zh for p in parts) or "–")
    if isinstance(value, dict):
        text = ", ".join(f"{key} {plain.en}" for key, item in value.items() if (plain := _value(item)))
        return Text(text, text)
    text = plain_number(value) if isinstance(value, Decimal) else str(value)
    return Text(text, text)


def _brief(part: BaseModel) -> Text:
    """A part in short: its title, else its method or kind, else its plain fields."""
    title = getattr(part, "title", None)
    if title is not None:
        return Text(title.en, title.zh)
    for name in ("method", "kind"):
        if isinstance(kind := getattr(part, name, None), str):
            return Text(kind, kind)
    shown = [(label_of(name), _value(getattr(part, name))) for name in type(part).model_fields]
    known = [(label, value) for label, value in shown if value is not None]
    return Text(
        ", ".join(f"{label.en} {value.en}" for label, value in known),
        "，".join(f"{label.zh} {value.zh}" for label, value in known),
    )
