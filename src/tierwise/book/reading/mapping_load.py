"""Reads a mapping file: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tierwise.book.contract import TABLES, Table
from tierwise.book.reading.mapping import OPERATIONS, OPERATORS, Mapping
from tierwise.book.reading.mistakes import in_order
from tierwise.book.reading.planning import mistakes_in
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
_LAYOUT = frozenset({"encoding", "delimiter", "sheet", "skip_rows", "columns", "match_rest", "identity"})
"""Without these, what a file has under its headers cannot be judged."""
_TEXT = ("this must be text (put it in quotes)", "应为文字（请加引号）")
_WHOLE = ("this must be a whole number", "应为整数")
_MESSAGES = {
    "extra_forbidden": ("unknown key", "未知的键"),
    "missing": ("this key is missing", "缺少此键"),
    "union_tag_not_found": ("not a header and not an operation", "既不是表头也不是操作"),
    "operation": (
        f"expected a header or one of the operations {', '.join(OPERATIONS)}",
        f"应为表头或以下操作之一：{'、'.join(OPERATIONS)}",
    ),
    "value_error": (
        f"a condition has exactly one of {', '.join(OPERATORS)}",
        f"条件须有且仅有以下之一：{'、'.join(OPERATORS)}",
    ),
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": ("this must be true or false", "应为 true 或 false"),
    "bool_parsing": ("this must be true or false", "应为 true 或 false"),
    "literal_error": ("this must be one of: {expected}", "应为以下之一：{expected}"),
    "greater_than_equal": ("this must be at least {ge}", "不得小于 {ge}"),
    "less_than_equal": ("this must be at most {le}", "不得大于 {le}"),
    "string_too_short": ("this is empty", "此处为空"),
    "string_too_long": ("this must be one character", "应为一个字符"),
    "too_short": ("too few entries; at least {min_length}", "条目过少，至少 {min_length} 个"),
    "too_long": ("too many entries; at most {max_length}", "条目过多，至多 {max_length} 个"),
    "path_type": ("this must be a path", "应为路径"),
    "tuple_type": ("this must be a list", "应为列表"),
    "dict_type": ("this must be lines of the form name: value", "应为“名称: 值”的形式"),
}
INVALID = "mapping.invalid"
_OTHER = ("this does not fit", "不符合要求")


def load_mapping(path: Path, *, table: Table | None = None, files: Sequence[Path] = ()) -> Mapping:
    """The mapping in a YAML file.

    **Raises** ``TierwiseError`` (``mapping.*``) with every mistake, each with file and line. Where the ``table`` and
    the ``files`` to be read are given, they are judged, too, so that one round shows all that is to be mended.
    """
    root = _compose(path)
    problems: list[Problem] = []
    data = _plain(root, str(path), problems)
    for name in _INTERNAL:
        if isinstance(data, dict) and name in data:
            problems.append(_problem(str(path), _line(root, (name,)), name, "unknown key", "未知的键"))
            del data[name]
    mapping, lost = _validated(data, root, path, problems)
    if mapping is not None:
        problems += _against(mapping, table, (), lost)
    if mapping is not None and problems and not lost & _LAYOUT:
        # The reading of a sound mapping judges the files in any case; opening a large one twice takes time.
        problems += _against(mapping, table, files, lost)
    if problems or mapping is None:
        raise TierwiseError(in_order(problems))
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
            file=str(path),
            line=line,
            detail=detail,
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise fail(
            "mapping.not-a-mapping",
            "a mapping file has keys such as columns: and filter:",
            "映射文件应由 columns:、filter: 等键组成",
            file=str(path),
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


def _validated(
    data: Any, root: yaml.Node, path: Path, problems: list[Problem]
) -> tuple[Mapping | None, frozenset[str]]:
    """The mapping without the parts that are wrong, and which these are: keys, or names of columns."""
    data = data | {"path": str(path), "lines": _lines(data, root)}
    lost: set[str] = set()
    for _ in range(2):
        try:
            return Mapping.model_validate(data), frozenset(lost)
        except ValidationError as error:
            for item in error.errors():
                problems.append(mistake_in(item, path, _line(root, item["loc"])))
                lost.add(_without(data, item["loc"]))
            data = _packed(data)
    return None, frozenset(lost)


def mistake_in(item: Any, path: Path, line: int, code: str = INVALID) -> Problem:
    """What is wrong by the schema (an entry of ``ValidationError.errors()``), in words, at its place in a file."""
    place = ".".join(str(part) for part in item["loc"])
    en, zh = _MESSAGES.get(item["type"], _OTHER)
    context = {name: str(value) for name, value in item.get("ctx", {}).items()}
    return _problem(str(path), line, place, en.format_map(context), zh.format_map(context), code)


_GONE = object()


def _without(data: Any, loc: tuple[Any, ...]) -> str:
    """Takes the column, the item or the key that is wrong out of the data; its name."""
    key = str(loc[0])
    inner = data.get(key)
    if len(loc) > 1 and isinstance(inner, dict) and loc[1] in inner:
        inner.pop(loc[1])
        return str(loc[1])
    if len(loc) > 1 and isinstance(inner, list) and isinstance(loc[1], int):
        inner[loc[1]] = _GONE  # the others keep their places until all are known
        return f"{key}.{loc[1]}"
    data.pop(key, None)
    return key


def _packed(data: dict[str, Any]) -> dict[str, Any]:
    """The data without what is gone; the items that stay keep their lines."""
    packed, lines = dict(data), dict(data["lines"])
    for key in ("filter", "distinct"):
        items = data.get(key)
        kept = [i for i, item in enumerate(items) if item is not _GONE] if isinstance(items, list) else []
        packed |= {key: [items[i] for i in kept]} if isinstance(items, list) else {}
        lines |= {f":{key}.{new}": lines[f":{key}.{old}"] for new, old in enumerate(kept)}
    return packed | {"lines": lines}


def _lines(data: Any, root: yaml.Node) -> dict[str, int]:
    """The line of each mapped column and, with a colon before it, of other places that can be wrong."""
    lines = {name: _line(root, ("columns", name)) for name in _names(data)}
    lines |= {f":{name}": _line(root, (name,)) for name in ("table", "identity") if name in data}
    for key in ("filter", "distinct"):
        items = data.get(key)
        count = len(items) if isinstance(items, list) else 0
        lines |= {f":{key}.{i}": _line(root, (key, i)) for i in range(count)}
    return lines


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


def _against(
    mapping: Mapping, table: Table | None, files: Sequence[Path], lost: frozenset[str]
) -> list[Problem]:
    """What is wrong between the mapping, its table and the files."""
    if mapping.table is None or mapping.table in TABLES:
        target = table or (TABLES[mapping.table] if mapping.table else None)
        return mistakes_in(target, files, mapping, lost=lost) if target else []
    known = ", ".join(TABLES)
    line, file = mapping.lines.get(":table"), mapping.path or ""
    said = (f"unknown table; there are {known}", f"没有此表；可用的表：{known}")
    nameless = mapping.model_copy(update={"table": None})
    return [_problem(file, line, "table", *said), *_against(nameless, table, files, lost)]


def _problem(file: str, line: int | None, place: str, en: str, zh: str, code: str = INVALID) -> Problem:
    slots = {"place": place, "said_en": en, "said_zh": zh}
    return Problem(code, Text("{place}: {said_en}", "{place}：{said_zh}"), slots, file, line)
