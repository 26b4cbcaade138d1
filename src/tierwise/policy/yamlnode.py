"""A YAML text as a tree of nodes that know their line. Nothing is executed, nothing is rounded.

A scalar keeps its digits: ``7.5`` becomes a ``Decimal`` from its text, never a float. Anchors, aliases
and tags are refused, and so are texts beyond any sensible policy: there is nothing to expand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise.policy.base import Path, show_path

MAX_CHARACTERS = 200_000
MAX_DEPTH = 20

_INTEGER = re.compile(r"^[-+]?[0-9]{1,30}$")
_DECIMAL = re.compile(r"^[-+]?(?:[0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30})$")
_PLAIN = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """A value of the text: a scalar, a list of nodes or a mapping of names to nodes."""

    path: Path
    line: int
    value: Any = None
    items: list[Node] | None = None
    entries: dict[str, Node] | None = field(default=None)

    def data(self) -> Any:
        """The plain value: dictionaries, lists, text, ``int``, ``Decimal``, ``bool``, ``None``."""
        if self.entries is not None:
            return {key: node.data() for key, node in self.entries.items()}
        if self.items is not None:
            return [node.data() for node in self.items]
        return self.value

    def child(self, part: str | int) -> Node | None:
        """The node one step further, if it is there."""
        if isinstance(part, str):
            return (self.entries or {}).get(part)
        return self.items[part] if self.items is not None and part < len(self.items) else None

    def drop(self, part: str | int) -> None:
        """Takes one entry or item away."""
        if isinstance(part, str) and self.entries is not None:
            self.entries.pop(part, None)
        elif isinstance(part, int) and self.items is not None:
            del self.items[part]


def plant(value: Any, path: Path, line: int) -> Node:
    """A node (with what is in it) that stands for a plain value; all of it on one line."""
    if isinstance(value, dict):
        return Node(path, line, entries={k: plant(v, (*path, k), line) for k, v in value.items()})
    return Node(path, line, value)


def read_nodes(text: str, file: str) -> tuple[Node, list[Problem], list[Path]]:
    """The tree of a YAML text, the problem of each duplicate key, and where (the first of two stays).

    **Raises** ``TierwiseError`` where the text cannot be read as YAML or uses what is refused.
    """
    if len(text) > MAX_CHARACTERS:
        raise fail(
            "policy.too-large",
            "the text has {found} characters; a policy has at most {limit}",
            "文本有 {found} 个字符；策略最多 {limit} 个字符",
            file=file,
            found=len(text),
            limit=MAX_CHARACTERS,
        )
    reader = _Reader(text, file)
    try:
        return reader.document(), reader.problems, reader.twice
    except yaml.YAMLError as error:
        raise _syntax(error, text, file) from None


def _syntax(error: yaml.YAMLError, text: str, file: str) -> TierwiseError:
    mark = getattr(error, "problem_mark", None)
    at = getattr(error, "position", 0)  # a character that YAML does not allow has a position and no mark
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).splitlines()[0]
    return fail(
        "policy.not-yaml",
        "this is not YAML: {said}",
        "不是合法的 YAML：{said}",
        file=file,
        line=text.count("\n", 0, at) + 1 if mark is None else mark.line + 1,
        said=said,
    )


class _Reader:
    """Builds the tree from parser events, one pass."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.twice: list[Path] = []
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))

    def document(self) -> Node:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Node((), 1)
        root = self._node(next(self._events), (), None)
        next(self._events)
        if not isinstance(extra := next(self._events), yaml.StreamEndEvent):
            raise self._refuse(
                extra, "policy.two-documents", "a file holds one policy", "一个文件只能有一份策略"
            )
        return root

    def _refuse(self, event: Any, code: str, en: str, zh: str) -> TierwiseError:
        return fail(code, en, zh, file=self.file, line=event.start_mark.line + 1)

    def _guard(self, event: Any, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._refuse(
                event,
                "policy.alias",
                "anchors and aliases (& and *) are not used in policies; write the value out",
                "策略中不使用锚点与别名（& 与 *），请写出具体的值",
            )
        if event.tag is not None:
            raise self._refuse(
                event, "policy.tag", "tags (!) are not used in policies", "策略中不使用标签（!）"
            )
        if len(path) > MAX_DEPTH:
            raise self._refuse(event, "policy.too-deep", "the text is nested too deeply", "文本嵌套过深")

    def _node(self, event: Any, path: Path, line: int | None) -> Node:
        self._guard(event, path)
        line = event.start_mark.line + 1 if line is None else line
        if isinstance(event, yaml.ScalarEvent):
            return Node(path, line, scalar(event.value) if event.implicit[0] else event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(path, line, items=list(self._items(path)))
        return Node(path, line, entries=self._entries(path))

    def _items(self, path: Path) -> Iterator[Node]:
        at = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, (*path, at), None)
            at += 1

    def _entries(self, path: Path) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                self._guard(event, path)
                raise self._refuse(event, "policy.key", "a name is expected here", "此处应为字段名")
            node = self._node(next(self._events), (*path, event.value), line)
            if event.value in entries:
                self._twice(event.value, entries[event.value].line, node)
            else:
                entries[event.value] = node
        return entries

    def _twice(self, key: str, first: int, node: Node) -> None:
        text = Text(
            "{key} is stated twice; the first time in line {first}", "{key} 重复出现；第一次在第 {first} 行"
        )
        self.twice.append(node.path)
        self.problems.append(
            Problem(
                "policy.duplicate-key",
                text,
                {"key": key, "first": first},
                self.file,
                node.line,
                show_path(node.path),
            )
        )


def scalar(text: str) -> Any:
    """What an unquoted YAML scalar means: null, true or false, a whole number, an exact decimal, else text."""
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.match(text):
        return int(text)
    return Decimal(text) if _DECIMAL.match(text) else text
