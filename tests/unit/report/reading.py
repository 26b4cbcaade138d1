"""Reads a report back: its tables by caption, its texts, its payload."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Page(HTMLParser):
    """Elements, tables and texts of a page in one language."""

    def __init__(self, lang: str) -> None:
        super().__init__(convert_charrefs=True)
        self._hidden = "zh" if lang == "en" else "en"
        self._stack: list[tuple[str, dict[str, Any]]] = []
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._caption = ""
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag not in VOID:
            self._stack.append((tag, found))
        if tag == "table":
            self._rows, self._caption = [], ""
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_endtag(self, tag):
        while self._stack:
            name, _ = self._stack.pop()
            if name == tag:
                break
        if tag == "table":
            self.tables.setdefault(self._caption.strip(), self._rows)

    def handle_data(self, data):
        names = [name for name, _ in self._stack]
        if "script" in names or "style" in names:
            return
        if any(attrs.get("class") == self._hidden for _, attrs in self._stack):
            return
        self.text.append(data)
        if "caption" in names:
            self._caption += data
        elif ("td" in names or "th" in names) and self._rows and self._rows[-1]:
            self._rows[-1][-1] += data


def read(page: str, lang: str = "en") -> Page:
    """The page as somebody reads it in one language."""
    parser = Page(lang)
    parser.feed(page)
    return parser


def payload(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    match = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page, re.DOTALL)
    assert match
    return json.loads(match[1])
