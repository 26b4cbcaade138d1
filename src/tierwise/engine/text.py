"""From an expression to the text that an engine runs. Decision 0003.

The library's compiler of a dialect says how each operation is written. The way through the expression is our own: one
walk brings it into the form of selections and shares what is used twice, a second one writes it. The library's six
walks took twice as long as what they prepared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql import compilers, rewrites
from ibis.common.graph import Node
from ibis.common.patterns import AnyOf, InstanceOf, NoMatch, Object, Pattern, Replace

from tierwise.engine.rebuilding import Named, Whole, column, named, parts_of, whole
from tierwise.engine.sharing import Rebuilt, above_join, hoisted

if TYPE_CHECKING:
    from ibis.expr.types import Table

_SHARED = (rewrites.Select, ops.Aggregate, ops.JoinChain, ops.Set, ops.Limit)
"""Relations that are written once, before the rest, when several others read them."""

_COLUMNS = (ops.Field, ops.CountStar, ops.CountDistinctStar)
"""Values that name a relation without reading it for themselves."""


def text_of(expr: Table, dialect: str, *, pretty: bool = False) -> str:
    """The text of an expression over unbound tables, in the dialect of an engine."""
    compiler = getattr(compilers, dialect).compiler
    root = Rebuilt(into=_Form(compiler))(expr.op())
    tree = _Written(compiler, root).tree
    return str(tree.sql(dialect=compiler.dialect, pretty=pretty, copy=False))


class _Form:
    """What becomes of a node: the form of selections, and what a dialect says in another way."""

    def __init__(self, compiler: Any) -> None:
        self._compiler = compiler

    def __call__(self, node: Any) -> Any:
        for rule in _rules(self._compiler, node.__class__):
            found = rule.match(node, {})
            if found is not NoMatch and found is not node:
                return self(found) if isinstance(found, ops.Relation) else found
        shape = _SHAPES.get(type(node))
        return node if shape is None else shape(node, self._compiler)


def _filter(node: Any, compiler: Any) -> Any:
    plain, qualified = rewrites.partition_predicates(node.predicates)
    spelled = bool(qualified) and not compiler.supports_qualify
    return whole(
        node.parent, node.schema, spelled=spelled, predicates=tuple(plain), qualified=tuple(qualified)
    )


def _without(node: Any, _: Any) -> Any:
    kept = {name: column(node.parent, name, dtype) for name, dtype in node.schema.items()}
    return named(node.parent, kept, node.schema)


_SHAPES: dict[type, Callable[[Any, Any], Any]] = {
    ops.Alias: lambda node, _: node.arg,
    ops.Project: lambda node, _: hoisted(node.parent, node.values, node.schema),
    ops.JoinChain: lambda node, _: above_join(node),
    ops.Filter: _filter,
    ops.DropColumns: _without,
    ops.Sort: lambda node, _: whole(node.parent, node.schema, sort_keys=node.keys),
    ops.Distinct: lambda node, _: whole(node.parent, node.schema, distinct=True),
}


@cache
def _rules(compiler: Any, kind: Any) -> tuple[Pattern, ...]:
    """The library's rules for a dialect that speak of a kind of node."""
    every = (
        *compiler.lowered_ops.values(),
        *compiler.rewrites,
        rewrites.first_to_firstvalue,
        *compiler.post_rewrites,
    )
    return tuple(rule for rule in every if _speaks_of(rule, kind))


def _speaks_of(pattern: Any, kind: type) -> bool:
    if isinstance(pattern, Replace):
        return _speaks_of(pattern.matcher, kind)
    if isinstance(pattern, AnyOf):
        return any(_speaks_of(part, kind) for part in pattern.patterns)
    if isinstance(pattern, Object):
        return _speaks_of(pattern.type, kind)
    return not isinstance(pattern, InstanceOf) or issubclass(kind, pattern.type)


class _Written:
    """The syntax tree of an expression that has the form of selections."""

    def __init__(self, compiler: Any, root: Any) -> None:
        self._compiler = compiler
        self._root = root
        self._done: dict[Any, Any] = {}
        self._names = 0
        self._shared = _read_twice(root)
        self._before: list[Any] = []
        out = self(root)
        if isinstance(out, sge.Table):
            out = sg.select("*", copy=False).from_(out, copy=False)
        elif isinstance(out, sge.Subquery):
            out = out.this
        for name, part in self._before:
            out = out.with_(name, as_=part, dialect=compiler.dialect, copy=False)
        self.tree = out

    def __call__(self, node: Any) -> Any:
        if node not in self._done:
            self._done[node] = self._written(node)
        return self._done[node]

    def _written(self, node: Any) -> Any:
        if isinstance(node, ops.Field):
            return self._compiler.visit_Field(node, rel=self(node.rel), name=node.name)
        parts = {name: self._within(arg) for name, arg in zip(node.__argnames__, node.__args__, strict=True)}
        if isinstance(node, Whole):
            parts["selections"] = parts["selections"] or {"*": None}
        if isinstance(node, Named | Whole):
            result = self._compiler.visit_Select(node, **parts)
        else:
            result = self._compiler.visit_node(node, **parts)
        if node is self._root or not isinstance(node, ops.Relation):
            return result
        return self._aliased(result) if node not in self._shared else self._told_before(result)

    def _within(self, arg: Any) -> Any:
        if isinstance(arg, Node):
            return self(arg)
        if isinstance(arg, tuple):
            return tuple([self._within(part) for part in arg])
        if isinstance(arg, Mapping):
            return {name: self._within(part) for name, part in arg.items()}
        return arg

    def _told_before(self, result: Any) -> Any:
        name = self._name()
        self._before.append((name, result.this if isinstance(result, sge.Subquery) else result))
        return self._aliased(sge.Table(this=name))

    def _aliased(self, result: Any) -> Any:
        name = self._name()
        if isinstance(result, sge.Subquery):  # a second name for it: around the same tree, not around a copy
            return sge.Subquery(this=result.this, alias=sge.TableAlias(this=name))
        if isinstance(result, sge.Query):
            return result.subquery(name, copy=False)
        return result.as_(name, table=isinstance(result, sge.Table))

    def _name(self) -> Any:
        self._names += 1
        return sg.to_identifier(f"t{self._names - 1}", quoted=self._compiler.quoted)


def _read_twice(root: Any) -> set[Any]:
    """The relations that more than one other node reads."""
    readers: Counter[Any] = Counter()
    seen = {root}
    stack = [root]
    while stack:
        below = {child for arg in stack.pop().__args__ for child in parts_of(arg)}
        for child in below:
            if isinstance(child, _SHARED):
                readers[child] += 1
            if child not in seen and not isinstance(child, _COLUMNS):
                seen.add(child)
                stack.append(child)
    return {node for node, count in readers.items() if count > 1}
