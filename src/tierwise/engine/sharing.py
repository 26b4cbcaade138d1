"""Computes what an expression uses twice only once, and brings it into the form of selections. Decision 0003.

Text has no names for parts of an expression: a value that is used n times is written n times, and nested
ratios multiply. Before an expression becomes text, every such value moves into a selection of its own
below, from where it is read by name. Values are pure, so the answer stays the same to the last digit.
A moved value is computed for every row, also behind a condition that would have skipped it: callers guard
inputs that could overflow, not outputs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ibis.expr.operations as ops
from ibis.common.collections import FrozenOrderedDict
from ibis.common.graph import Node

from tierwise.engine.rebuilding import carrying, column, named, parts_of, twin

SMALLEST = 4
"""Values of fewer operations are repeated: cheaper to read twice than to carry."""


class Rebuilt:
    """Nodes with some of what they are made of exchanged; what nothing changes in stays the same object.

    Without ``into``, what lies below the row of values stays as it is; with it, relations are made anew as well,
    and each node becomes what ``into`` makes of it. A walk of our own: the library's orders all nodes of all
    relations anew for every single value.
    """

    def __init__(self, swap: dict[Any, Any] | None = None, into: Callable[[Any], Any] | None = None) -> None:
        self._done: dict[Any, Any] = dict(swap or {})
        """Node -> what takes its place; ``None`` where it stays, so that an equal twin stays the twin that it is."""
        self._into = into

    def __call__(self, node: Any) -> Any:
        if node not in self._done:
            new = self._rebuilt(node)
            self._done[node] = None if new is node else new
        return self._done[node] or node

    def _rebuilt(self, node: Any) -> Any:
        if self._into is None and isinstance(node, ops.Relation):
            return node
        args = [self._within(arg) for arg in node.__args__]
        same = all(new is old for new, old in zip(args, node.__args__, strict=True))
        new = node if same else twin(node, args)
        return new if self._into is None else self._into(new)

    def _within(self, arg: Any) -> Any:
        if isinstance(arg, Node):
            return self(arg)
        if isinstance(arg, tuple):
            parts = tuple([self._within(part) for part in arg])
            return arg if all(new is old for new, old in zip(parts, arg, strict=True)) else parts
        if isinstance(arg, Mapping):
            by_name = {name: self._within(part) for name, part in arg.items()}
            return (
                arg
                if all(by_name[name] is part for name, part in arg.items())
                else FrozenOrderedDict(by_name)
            )
        return arg


def above_join(join: Any) -> Any:
    """A join that only carries fields, and above it the selection of the values that it computed."""
    values = dict(join.values)
    if all(isinstance(value, ops.Field) for value in values.values()):
        return join
    fields = list(dict.fromkeys(f for value in values.values() for f in _walk(value) if _is_field(f)))
    names = {f"j{i}": f for i, f in enumerate(fields)}
    below = carrying(join, names)
    change = Rebuilt({f: column(below, name, f.dtype) for name, f in names.items()})
    return hoisted(below, {name: change(v) for name, v in values.items()}, join.schema)


def hoisted(parent: Any, values: Mapping[str, Any], schema: Any) -> Any:
    """A selection over as many selections as its shared values are deep."""
    layers = _layers(values)
    if not layers:
        return named(parent, values, schema)
    known: dict[Any, str] = {}
    for value in values.values():
        known |= {f: f.name for f in _walk(value) if _is_field(f)}
    taken = set(known.values())
    for layer in layers:
        fields = {node: column(parent, name, node.dtype) for node, name in known.items()}
        change = Rebuilt(fields)
        kept = {name: fields[node] for node, name in known.items()}
        new = {_name(taken): node for node in layer}
        parent = named(parent, kept | {name: change(node) for name, node in new.items()})
        known |= {node: name for name, node in new.items()}
    change = Rebuilt({node: column(parent, name, node.dtype) for node, name in known.items()})
    return named(parent, {name: change(v) for name, v in values.items()}, schema)


def _name(taken: set[str]) -> str:
    name = f"s{len(taken)}"
    while name in taken:
        name = f"{name}_"
    taken.add(name)
    return name


def _layers(values: Mapping[str, Any]) -> list[list[Any]]:
    """The shared values, those that need no other shared one first."""
    uses: Counter[Any] = Counter(values.values())
    order: dict[Any, None] = {}
    for value in values.values():
        for node in _walk(value, order):
            uses.update(_children(node))
    size: dict[Any, int] = {}
    depth: dict[Any, int] = {}
    layers: dict[int, list[Any]] = {}
    for node in order:
        below = _children(node)
        size[node] = 0 if _leaf(node) else 1 + sum(size[child] for child in below)
        depth[node] = max((depth[child] for child in below), default=0)
        if uses[node] > 1 and size[node] >= SMALLEST and _movable(node):
            layers.setdefault(depth[node], []).append(node)
            depth[node] += 1
            size[node] = 0
    return [layers[i] for i in sorted(layers)]


def _walk(value: Any, seen: dict[Any, None] | None = None) -> Iterator[Any]:
    """The nodes of a value, children first, each once; ``seen`` remembers across values."""
    found = {} if seen is None else seen
    stack = [(value, False)]
    while stack:
        node, done = stack.pop()
        if node in found:
            continue
        if done:
            found[node] = None
            yield node
        else:
            stack.append((node, True))
            stack += [(child, False) for child in _all_children(node)]


def _all_children(node: Any) -> list[Any]:
    return [child for arg in node.__args__ for child in parts_of(arg) if isinstance(child, ops.Value)]


def _children(node: Any) -> list[Any]:
    """The parts that could move: what a window function is made of moves with it or not at all."""
    return [] if isinstance(node, ops.WindowFunction) else _all_children(node)


def _is_field(node: Any) -> bool:
    return isinstance(node, ops.Field)


def _leaf(node: Any) -> bool:
    return isinstance(node, ops.Field | ops.Literal | ops.SortKey | ops.Alias)


def _movable(node: Any) -> bool:
    """Whether a node is a value of one row of the table below. Floats, which are estimates, stay where they are."""
    if node.dtype.is_floating():
        return False
    parts = list(_walk(node))
    if any(isinstance(part, ops.Subquery | ops.Impure | ops.ScalarParameter) for part in parts):
        return False
    bare = isinstance(node, ops.Reduction | ops.Analytic | ops.SortKey)
    return not bare and any(_is_field(part) for part in parts)
