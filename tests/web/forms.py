"""The forms of a page, as a browser would send them: what stands in them, and which fields take any text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

TYPED = {"text", "search", "url", "email", "tel", ""}
SENT_BY_BUTTON = {"submit", "button", "image", "reset", "file"}


@dataclass
class Form:
    """A form: where it goes, what it holds, which of its fields are typed freely, and its buttons."""

    action: str
    method: str
    name: str
    values: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.found: list[Form] = []
        self._inside: Form | None = None
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(
                urljoin(self.address, said.get("action", "")),
                said.get("method", "get").lower(),
                said.get("id", ""),
            )
            self.found.append(self._inside)
        owner = (
            next((one for one in self.found if said.get("form") == one.name), None)
            if "form" in said
            else self._inside
        )
        if owner is None:
            return
        name = said.get("name", "")
        if tag == "option" and self._select:
            owner.choices[self._select].append(said.get("value", ""))
            if "selected" in said or not owner.values.get(self._select):
                owner.values[self._select] = [said.get("value", "")]
        if tag == "button" and name:
            owner.buttons.append((name, said.get("value", "")))
        if not name or "disabled" in said:
            return
        if tag == "select":
            self._select = name
            owner.choices[name], owner.values[name] = [], []
        if tag == "textarea":
            self._text = name
            owner.values[name] = [""]
            owner.typed.append(name)
        if tag == "input":
            _input(owner, name, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        if tag == "textarea":
            self._text = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text and self._inside:
            self._inside.values[self._text] = [data.removeprefix("\n")]


def _input(form: Form, name: str, said: dict[str, str]) -> None:
    kind = said.get("type", "text").lower()
    if kind in SENT_BY_BUTTON:
        return
    if kind in ("checkbox", "radio"):
        form.choices.setdefault(name, []).append(said.get("value", "on"))
        if "checked" in said:
            form.values.setdefault(name, []).append(said.get("value", "on"))
        return
    form.values.setdefault(name, []).append(said.get("value", ""))
    if kind == "date":
        form.dates.append(name)
    if kind in TYPED and "readonly" not in said:
        form.typed.append(name)


def forms_of(page: str, address: str) -> list[Form]:
    """All forms of a page that was asked for at an address."""
    reader = _Reader(address)
    reader.feed(page)
    return reader.found
