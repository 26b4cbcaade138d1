"""Reads a mapping file: every mistake at once, each with its line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tierwise.book.contract import TABLES
from tierwise.book.reading.headers import readable_columns
from tierwise.book.reading.mapping import Mapping
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text

_BOOLEAN = "tag:yaml.org,2002:bool"


class _Loader(yaml.SafeLoader):
    """YAML in which only true and false are booleans: ``No`` is a header that many exports have."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        letter: [(tag, pattern) for tag, pattern in found if tag != _BOOLEAN or letter in "tTfF"]
        for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_INTERNAL = ("path", "lines")
_MESSAGES = {
    "extra_forbidden": ("unknown key", "未知的键"),
    "missing": ("this key is missing", "缺少此键"),
    "union_tag_not_found": ("not a header and not an operation", "既不是表头也不是操作"),
}


def load_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file.

    **Raises** ``TierwiseError`` (``mapping.*``) with every mistake, each with file and line.
    """
    root = _compose(path)
    problems: list[Problem] = []
    data = _plain(root, path.name, problems)
    for name in _INTERNAL:
        if isinstance(data, dict) and name in data:
            problems.append(_problem(path.name, _line(root, (name,)), name, "unknown key", "未知的键"))
            del data[name]
    mapping = _validated(data, root, path, problems)
    if mapping is not None:
        problems += _table_problems(mapping, path.name)
    if problems or mapping is None:
        raise TierwiseError(sorted(problems, key=lambda problem: problem.line or 0))
    return mapping


def _compose(path: Path) -> yaml.Node:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), _Loader)
    except FileNotFoundError:
        raise fail("file.not-found", "there is no such file", "没有这个文件", file=str(path)) from None
    except (yaml.MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        detail = getattr(error, "problem", None) or "not UTF-8"
        raise fail(
            "mapping.not-yaml",
            "not YAML: {detail}",
            "不是有效的 YAML：{detail}",
            file=path.name,
            line=line,
            detail=detail,
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise fail(
            "mapping.not-a-mapping",
            "a mapping file has keys such as columns: and filter:",
            "映射文件应由 columns:、filter: 等键组成",
            file=path.name,
            line=1,
        )
    return root


def _plain(node: yaml.Node, file: str, problems: list[Problem]) -> Any:
    """The data of a node; numbers as exact decimals, dates as they are written."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, file, problems) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        data: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in data:
                problems.append(
                    _problem(file, key.start_mark.line + 1, name, "this key stands twice", "此键重复")
                )
            data[name] = _plain(value, file, problems)
        return data
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return text.lower() in ("true", "yes", "on")
    if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        try:
            return int(text) if node.tag.endswith("int") else Decimal(text)
        except (ValueError, InvalidOperation):
            return text
    return text


def _validated(data: Any, root: yaml.Node, path: Path, problems: list[Problem]) -> Mapping | None:
    lines = {name: _line(root, ("columns", name)) for name in _names(data)}
    lines["filter"] = _line(root, ("filter",))
    try:
        return Mapping.model_validate(data | {"path": str(path), "lines": lines})
    except ValidationError as error:
        for item in error.errors():
            place = ".".join(str(part) for part in item["loc"])
            en, zh = _MESSAGES.get(item["type"], (item["msg"], f"取值无效：{item['msg']}"))
            problems.append(_problem(path.name, _line(root, item["loc"]), place, en, zh))
    return None


def _names(data: Any) -> list[str]:
    columns = data.get("columns")
    return list(columns) if isinstance(columns, dict) else []


def _line(root: yaml.Node, loc: tuple[Any, ...]) -> int:
    """The line of the deepest part of ``loc`` that the file has; tags of unions are not in the file."""
    node, line = root, root.start_mark.line + 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is not None:
                node, line = found[1], found[0].start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _table_problems(mapping: Mapping, file: str) -> list[Problem]:
    if mapping.table is None:
        return []
    if mapping.table not in TABLES:
        known = ", ".join(TABLES)
        return [
            _problem(file, None, "table", f"unknown table; there are {known}", f"没有此表；可用的表：{known}")
        ]
    names = {column.name for column in readable_columns(TABLES[mapping.table])}
    return [
        _problem(file, mapping.lines.get(name), name, "the table has no such column", "该表没有此列")
        for name in (*mapping.columns, *mapping.distinct)
        if name not in names
    ]


def _problem(file: str, line: int | None, place: str, en: str, zh: str) -> Problem:
    slots = {"place": place, "said_en": en, "said_zh": zh}
    return Problem("mapping.invalid", Text("{place}: {said_en}", "{place}：{said_zh}"), slots, file, line)
