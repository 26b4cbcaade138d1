"""Reads files of rule segments. Every mistake is told at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.systems import why
from tierwise.kernel.text import Text
from tierwise.policy.base import BrokenRulesError, Fault, Words, show_path
from tierwise.policy.words import allowed, sentence, shown
from tierwise.policy.yamlnode import MAX_CHARACTERS, Node, read_nodes
from tierwise.segmentation.rules import Condition, Rule, RuleBook

_WORDS = {
    "segments.alias": Text("anchors and aliases (& and *) are not used here; write the value out",
                           "此处不使用锚点与别名（& 与 *），请写出具体的值"),
    "segments.tag": Text("tags (!) are not used here", "此处不使用标签（!）"),
    "segments.two-documents": Text("a file holds one document", "一个文件只能有一份文档"),
    "segments.too-large": Text("the text has {found} characters; at most {limit} are read",
                               "文本有 {found} 个字符；最多读取 {limit} 个字符"),
}  # fmt: skip
_TWICE = Text("segment {segment} stands twice", "细分 {segment} 重复")


def load_rules(path: Path) -> RuleBook:
    """The rule segments of a YAML file. **Raises** ``TierwiseError`` (``segments.*``) with every mistake, in line order."""
    return parse_rules(_text(path), str(path))


def parse_rules(text: str, file: str) -> RuleBook:
    """The rule segments that a YAML text declares. **Raises** ``TierwiseError`` with every mistake."""
    try:
        root, problems, _ = read_nodes(text, file)
    except TierwiseError as error:
        raise TierwiseError([_renamed(problem) for problem in error.problems]) from None
    if root.entries is None:
        raise fail("segments.no-rules", "a file of segments begins with segments:", "细分文件应以 segments: 开头",
                   file=file, line=root.line)  # fmt: skip
    found = [*(_renamed(problem) for problem in problems), *_twice(root, file)]
    try:
        rules = RuleBook.model_validate(root.data())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            found += _problems(root, file, dict(detail))
        raise _all(found) from None
    if found:
        raise _all(found)
    return rules


def _all(found: list[Problem]) -> TierwiseError:
    return TierwiseError(sorted(found, key=lambda problem: (problem.line or 0, problem.column or "")))


def _renamed(problem: Problem) -> Problem:
    code = "segments." + problem.code.split(".", 1)[1]
    return Problem(
        code, _WORDS.get(code, problem.text), problem.slots, problem.file, problem.line, problem.column
    )


def _problems(root: Node, file: str, error: dict[str, Any]) -> Iterator[Problem]:
    broken = error.get("ctx", {}).get("error")
    if isinstance(broken, BrokenRulesError):
        for fault in broken.faults:
            yield _broken(root, file, error["loc"], fault)
        return
    node, rest = _locate(root, error["loc"])
    if error["type"] == "too_short" and node.items:
        return  # pydantic counts only the items that fit; what is wrong with the others is told
    code, text = sentence(error)
    path = node.path + rest
    slots = {"found": shown(error.get("input")), "field": str(path[-1]) if path else ""}
    slots |= {key: shown(value).strip("'") for key, value in error.get("ctx", {}).items()}
    known = _fields(error["loc"]) if error["type"] == "extra_forbidden" else []
    slots |= {"allowed": ", ".join(allowed(error)), "known": ", ".join(known)}
    yield Problem(f"segments.{code}", text, slots, file, node.line, show_path(path) or None)


def _twice(root: Node, file: str) -> Iterator[Problem]:
    """The codes that stand twice, whatever else is wrong."""
    listed = root.child("segments")
    seen: set[str] = set()
    for node in (listed.items if listed else None) or []:
        code = node.child("code")
        if code is not None and isinstance(code.value, str):
            if code.value in seen:
                yield Problem(
                    "segments.twice", _TWICE, {"segment": code.value}, file, code.line, show_path(code.path)
                )
            seen.add(code.value)


def _broken(root: Node, file: str, loc: tuple[int | str, ...], fault: Fault) -> Problem:
    node, _ = _locate(root, (*loc, *fault.path))
    slots = {key: shown(value) for key, value in fault.slots.items()}
    long = {key: str(fault.slots[key]) for key in ("known", "allowed") if key in fault.slots}
    return Problem(
        fault.code, fault.text, slots | long, file, node.line, show_path((*loc, *fault.path)) or None
    )


def _locate(root: Node, loc: tuple[int | str, ...]) -> tuple[Node, tuple[int | str, ...]]:
    """The node that a place is about and, where it is not in the text, the rest of its path."""
    node = root
    for at, part in enumerate(loc):
        child = node.child(part)
        if child is None:
            return node, loc[at:]
        node = child
    return node, ()


def _fields(loc: tuple[int | str, ...]) -> list[str]:
    """The fields that may stand where an unknown one was found."""
    names = [part for part in loc[:-1] if isinstance(part, str)]
    model: dict[str, type[BaseModel]] = {
        "segments": Rule,
        "title": Words,
        "when": Condition,
        "any": Condition,
    }
    return list(model[names[-1]].model_fields) if names else list(RuleBook.model_fields)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(4 * MAX_CHARACTERS + 4).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise fail(
            "segments.encoding", "the file is not UTF-8", "文件不是 UTF-8 编码", file=str(path), line=1
        ) from None
    except OSError as error:
        raise fail("segments.unreadable", "the file cannot be read: {why}", "无法读取文件：{why_zh}",
                   file=str(path), **why(error)) from None  # fmt: skip
