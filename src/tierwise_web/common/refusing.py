"""What a refused form says at its top: every field that has to be mended, by its label and with a link to it.

Read from the form as it was drawn, so that the summary names what stands there: whoever draws a field says
``aria-invalid`` and ``aria-describedby``, and no form keeps a second list of its labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tierwise.kernel.errors import Problem
from tierwise_web.common.words import language

VOID = {"input", "br", "img", "hr", "meta", "link", "path", "rect", "circle", "line", "use"}
SILENT = {"select", "textarea", "datalist", "button"}
"""What stands in these is no part of the label around them."""
WHOLE = ("", "__all__")
"""Under these names stands what is said of the form as a whole."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to mend: the field, what it is called, and what is wrong; no field for the form as a whole."""

    said: str
    at: str = ""
    label: str = ""


@dataclass(slots=True)
class _Field:
    attrs: dict[str, str]
    label: list[str] = field(default_factory=list)
    of: str = ""
    """What a part of the form asks about, where each part has fields of the same labels (``data-of``)."""


class _Reader(HTMLParser):
    """Finds the fields that are wrong, their labels, and what is said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[_Field] = []
        self.texts: dict[str, list[str]] = {}
        self.labels: dict[str, list[str]] = {}
        self._open: list[tuple[str, list[str] | None, _Field | None]] = []
        self._parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        found = None
        if said.get("aria-invalid") == "true":
            found = _Field(said, self._label(), next((of for of in reversed(self._parts) if of), ""))
            self.wrong.append(found)
        if tag not in VOID:
            self._parts.append(said.get("data-of", ""))
            self._open.append((tag, self._gathers(tag, said), found))

    def _label(self) -> list[str]:
        """What is said by the label around a place."""
        return next(
            (texts for tag, texts, _ in reversed(self._open) if tag == "label" and texts is not None), []
        )

    def _gathers(self, tag: str, said: dict[str, str]) -> list[str] | None:
        """Where the words within an element go; with those around it, where it has no place of its own."""
        if said.get("id", "").startswith("h-"):
            return self.texts.setdefault(said["id"], [])
        if tag == "label":
            return self.labels.setdefault(said["for"], []) if "for" in said else []
        if tag == "legend":
            around = next((found for name, _, found in reversed(self._open) if name == "fieldset"), None)
            return around.label if around else []
        return [] if tag in SILENT else None

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            self._parts.pop()
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        gathering = next((texts for _, texts, _ in reversed(self._open) if texts is not None), None)
        if gathering is not None:
            gathering.append(data)


def told(body: str, wrong: Mapping[str, str | Iterable[str]]) -> list[Told]:
    """What the summary above a form lists: what is said of the form as a whole, and its fields in their order.

    ``wrong`` has what was refused by the names of fields; what is said of a field that the form does not show is said of
    the whole, so that nothing is swallowed.
    """
    if not wrong:
        return []
    reader = _Reader()
    reader.feed(body)
    fields = [Told(_said(reader, one), one.attrs.get("id", ""), _label(reader, one)) for one in reader.wrong]
    shown = {one.attrs.get("name", "") for one in reader.wrong}
    shown |= {one.attrs.get("aria-describedby", "").removeprefix("h-") for one in reader.wrong}
    rest = [
        text for name, texts in wrong.items() if name in WHOLE or name not in shown for text in _all(texts)
    ]
    return [Told(text) for text in rest] + fields


def said_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """What was refused, in words, by the names of fields."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.column or "", []).append(problem.say(language()))
    return found


def _all(texts: str | Iterable[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else [str(text) for text in texts]


def _said(reader: _Reader, one: _Field) -> str:
    return _plain(reader.texts.get(one.attrs.get("aria-describedby", ""), []))


def _label(reader: _Reader, one: _Field) -> str:
    texts = reader.labels.get(one.attrs.get("id", "")) or one.label
    label = _plain(texts).removesuffix("*").rstrip() or one.attrs.get("aria-label", "")
    return " · ".join(part for part in (one.of, label) if part)


def _plain(texts: list[str]) -> str:
    return " ".join("".join(texts).split())
