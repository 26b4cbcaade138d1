"""Reads a policy in spite of its mistakes, so that all of them can be told at once.

pydantic stops at the parts that do not fit, and rules between fields are only worth asking of what could
be read. So every mistake is reported once, then the tree is mended (a misspelt field takes the name that
was meant, a bad value is taken out) and read again. What a mended place would cause is not reported: a
place that was taken out is *doubtful*, and errors in it, and rules that look at it, stay silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Text
from tierwise.policy.base import RULES_LATER, Fault, Path, show_path
from tierwise.policy.check import faults_of
from tierwise.policy.model import Policy
from tierwise.policy.words import MEANT, MEANT_FIELD, allowed, sentence, shown
from tierwise.policy.yamlnode import Node, plant

_ROUNDS = 30
_TAGS = ("method", "kind")
_WORDS = {"en": "?", "zh": "?"}
_STAND_IN: dict[str, Any] = {
    "en": "?", "zh": "?", "title": _WORDS, "code": "stand_in", "version": 1, "metric": "net_sales",
    "leading": {"method": "abc_rank"}, "source": {"kind": "assessment"}, "effect": "flag",
}  # fmt: skip
"""What takes the place of a needed field, so that the rest can be read."""


class Mender:
    """One policy text under repair: its tree, the problems found so far, the doubtful places."""

    def __init__(self, root: Node, file: str, found: list[Problem], doubtful: list[Path]) -> None:
        self.root = root
        self.file = file
        self.problems = found
        self._doubtful: list[Path] = list(doubtful)

    def read(self) -> Policy | None:
        """The policy, mended where need be; ``None`` if it cannot be read at all."""
        for _ in range(_ROUNDS):
            try:
                policy = Policy.model_validate(self.root.data(), context=RULES_LATER)
            except ValidationError as error:
                if not self._round(error):
                    return None
                continue
            self._judge(policy)
            return policy
        return None

    def _round(self, error: ValidationError) -> bool:
        """Reports and mends one round of errors; whether anything could be mended."""
        errors: list[dict[str, Any]] = [dict(e) for e in error.errors(include_url=False)]
        places = [self._locate(e["loc"]) for e in errors]
        open_errors = [(e, *place) for e, place in zip(errors, places, strict=True)]
        meant = {self._renamed(e, node) for e, node, _ in open_errors}
        open_errors = [
            x for x in open_errors if not (x[0]["type"] == "missing" and x[1].path + x[2] in meant)
        ]
        for e, node, rest in open_errors:
            if not (self._is_doubtful(node.path + rest) or _follows(e, node)):
                self._report(e, node, rest)
        # Every one is mended, the last first: any() over a generator would stop at the first success.
        mended = [self._mend(e, node, rest) for e, node, rest in reversed(open_errors)]
        return any(mended)

    def _renamed(self, error: dict[str, Any], node: Node) -> Path | None:
        """The place that a misspelt field was meant for: there, nothing is missing."""
        meant = self._meant(error) if error["type"] == "extra_forbidden" else None
        return (*node.path[:-1], meant) if meant else None

    def _locate(self, loc: tuple[int | str, ...]) -> tuple[Node, Path]:
        """The node that an error is about and, where it is not in the text, the rest of its path."""
        node, tagged = self.root, False
        parts = [part for part in loc if part != "[key]"]
        for at, part in enumerate(parts):
            if not tagged and any(_scalar(node, tag) == part for tag in _TAGS):
                tagged = True
                continue
            child = node.child(part)
            if child is None:
                return node, tuple(parts[at:])
            node, tagged = child, False
        return node, ()

    def _is_doubtful(self, path: Path) -> bool:
        return any(path[: len(bad)] == bad for bad in self._doubtful)

    def _report(self, error: dict[str, Any], node: Node, rest: Path) -> None:
        code, text = sentence(error)
        path = node.path + rest
        slots = {"found": shown(error.get("input")), "field": str(path[-1]) if path else ""}
        slots |= {key: shown(value).strip("'") for key, value in error.get("ctx", {}).items()}
        if error["type"] == "union_tag_invalid":
            slots["found"] = slots["tag"]
            path, node = (*path, slots["discriminator"]), node.child(slots["discriminator"]) or node
        options = self._options(error)
        slots |= {"allowed": ", ".join(options), "known": ", ".join(options)}
        if close := self._meant(error):
            text = (
                MEANT_FIELD
                if error["type"] == "extra_forbidden"
                else Text(text.en + MEANT.en, text.zh + MEANT.zh)
            )
            slots["close"] = close
        self.problems.append(
            Problem(f"policy.{code}", text, slots, self.file, node.line, show_path(path) or None)
        )

    def _options(self, error: dict[str, Any]) -> list[str]:
        if error["type"] == "extra_forbidden":
            return _fields_at(error["loc"][:-1])
        if error["type"] == "union_tag_not_found":
            return _tags_at(error["loc"])
        return allowed(error)

    def _meant(self, error: dict[str, Any]) -> str | None:
        """The one name that a misspelt field, method or value was most likely meant to be."""
        word = {"extra_forbidden": error["loc"][-1] if error["loc"] else None,
                "literal_error": error.get("input"),
                "union_tag_invalid": error.get("ctx", {}).get("tag")}.get(error["type"])  # fmt: skip
        if not isinstance(word, str):
            return None
        close = get_close_matches(word, self._options(error), 1, 0.6)
        return close[0] if close else None

    def _mend(self, error: dict[str, Any], node: Node, rest: Path) -> bool:
        """Changes the tree so that this error does not come again."""
        kind, meant = error["type"], self._meant(error)
        if kind == "missing" and rest and isinstance(rest[0], str):
            return self._fill(node, rest[0])
        if rest and kind != "union_tag_not_found":
            return self._take_out(node)
        if meant and kind == "union_tag_invalid":
            tag = str(error["ctx"]["discriminator"]).strip("'")
            node.entries = {**(node.entries or {}), tag: plant(meant, (*node.path, tag), node.line)}
            return True
        if meant and kind == "literal_error":
            node.value = meant
            return True
        if kind == "extra_forbidden":
            return self._rename(node, str(error["loc"][-1]), meant)
        return self._take_out(node)

    def _fill(self, node: Node, field: str) -> bool:
        if field not in _STAND_IN or node.entries is None:
            return self._take_out(node)
        self._doubt((*node.path, field))
        value = _STAND_IN[field]
        if field == "code":
            value = f"stand_in_{len(self._doubtful)}"
        node.entries[field] = plant(value, (*node.path, field), node.line)
        return True

    def _rename(self, node: Node, field: str, meant: str | None) -> bool:
        place = self._parent(node)
        if place is None:
            return False
        parent, part = place
        parent.drop(part)
        if meant and parent.entries is not None and meant not in parent.entries:
            parent.entries[meant] = node
        return True

    def _take_out(self, node: Node) -> bool:
        """Takes a bad value out: the place is doubtful from now on."""
        place = self._parent(node)
        if place is None:
            return False
        parent, part = place
        self._doubt(node.path)
        parent.drop(part)
        if isinstance(part, str) and part in _STAND_IN:
            return self._fill(parent, part)
        return True

    def _parent(self, node: Node) -> tuple[Node, str | int] | None:
        return next(((parent, part) for parent, part, child in _walk(self.root) if child is node), None)

    def _doubt(self, path: Path) -> None:
        self._doubtful.append(path)

    def _judge(self, policy: Policy) -> None:
        """Reports the broken rules of what could be read."""
        for found in faults_of(policy):
            node, _ = self._locate(found.path)
            path = self._as_written(found.path)
            placed = found.reading(*(self._as_written(place) for place in found.reads or (found.path,)))
            if not self._is_doubtful(path) and not any(placed.depends_on(bad) for bad in self._doubtful):
                self.problems.append(_problem(found, self.file, node.line, path))

    def _as_written(self, path: Path) -> Path:
        """A place of the mended tree as it stands in the text, where list positions may differ."""
        stars = [at for at, part in enumerate(path) if part == "*"]
        known = path[: stars[0]] if stars else path
        node, rest = self._locate(known)
        return node.path + rest + path[len(known) :]


def _problem(found: Fault, file: str, line: int, path: Path) -> Problem:
    slots = {key: shown(value) for key, value in found.slots.items()}
    return Problem(found.code, found.text, slots, file, line, show_path(path) or None)


def _scalar(node: Node, field: str) -> Any:
    child = node.child(field)
    return None if child is None else child.value


def _follows(error: dict[str, Any], node: Node) -> bool:
    """Whether pydantic calls a list too short only because its items were wrong."""
    return error["type"] == "too_short" and bool(node.items)


def _walk(node: Node) -> Iterator[tuple[Node, str | int, Node]]:
    children: list[tuple[str | int, Node]] = [*(node.entries or {}).items(), *enumerate(node.items or [])]
    for part, child in children:
        yield node, part, child
        yield from _walk(child)


def _fields_at(loc: tuple[int | str, ...]) -> list[str]:
    """The names of the fields that may stand at a place of a policy."""
    return [field.alias or name for model in _models_at(loc) for name, field in model.model_fields.items()]


def _tags_at(loc: tuple[int | str, ...]) -> list[str]:
    return [tag for model in _models_at(loc) for tag in _tags(model)]


def _models_at(loc: tuple[int | str, ...]) -> list[type[BaseModel]]:
    models: list[type[BaseModel]] = [Policy]
    for part in loc:
        if isinstance(part, int):
            continue
        if len(models) > 1:
            models = [model for model in models if part in _tags(model)]
            continue
        fields = {
            field.alias or name: field for model in models for name, field in model.model_fields.items()
        }
        models = list(models_of(fields[part].annotation)) if part in fields else []
    return models


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    fields = [model.model_fields[tag] for tag in _TAGS if tag in model.model_fields]
    return get_args(fields[0].annotation) if fields and get_origin(fields[0].annotation) is Literal else ()


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_of(inner)
