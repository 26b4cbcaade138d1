"""Expression nodes made anew with other parts of the same types. Decision 0003.

The library's own way checks every argument again and derives type, shape and relations again. Here the parts take the
place of equals, so what was found for the old node stays true for the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ibis.expr.operations as ops
from ibis.backends.sql.rewrites import Select
from ibis.common.collections import FrozenOrderedDict
from ibis.common.graph import Node

_set = object.__setattr__


class Named(Select):  # type: ignore[misc]
    """A selection of values by name; that they might be all columns of the table below is not looked into."""

    def is_star_selection(self) -> bool:
        return False


class Whole(Select):  # type: ignore[misc]
    """All columns of the table below. Its selections are named only where a dialect needs them."""

    def is_star_selection(self) -> bool:
        return True


def twin(node: Any, args: Iterable[Any]) -> Any:
    """The same operation over other parts of the same types.

    Columns that a relation hands through (``values``) are left out where they are no argument: they would be
    fields of the old parts.
    """
    new = _made(type(node), tuple(args))
    for name in node.__attributes__:
        if name != "values":
            _set(new, name, getattr(node, name))
    return new


def column(relation: Any, name: str, dtype: Any) -> Any:
    """A column of a relation."""
    new = _made(ops.Field, (relation, name))
    _set(new, "dtype", dtype)
    _set(new, "relations", frozenset((relation,)))
    return new


def named(parent: Any, values: Mapping[str, Any], schema: Any = None) -> Any:
    """The selection of values over a relation; ``schema`` is needed where anybody will ask for it."""
    return _selection(Named, parent, FrozenOrderedDict(values), schema)


def whole(parent: Any, schema: Any, *, spelled: bool = False, **parts: Any) -> Any:
    """All columns of a relation, with ``predicates``, ``qualified`` or ``sort_keys``, or ``distinct``.

    ``spelled`` lists the columns by name.
    """
    columns = {name: column(parent, name, dtype) for name, dtype in schema.items()} if spelled else {}
    return _selection(Whole, parent, FrozenOrderedDict(columns), schema, **parts)


def carrying(join: Any, fields: Mapping[str, Any]) -> Any:
    """A join of the same tables that only carries columns."""
    return _made(ops.JoinChain, (join.first, join.rest, FrozenOrderedDict(fields)))


def _selection(kind: Any, parent: Any, selections: Any, schema: Any, **parts: Any) -> Any:
    given = {"predicates": (), "qualified": (), "sort_keys": (), "distinct": False} | parts
    new = _made(kind, (parent, selections, *(given[name] for name in kind.__argnames__[2:])))
    _set(new, "values", selections)
    if schema is not None:
        _set(new, "schema", schema)
    return new


def _made(kind: Any, args: tuple[Any, ...]) -> Any:
    new: Any = object.__new__(kind)
    for name, value in zip(kind.__argnames__, args, strict=True):
        _set(new, name, value)
    _set(new, "__args__", args)
    _set(new, "__precomputed_hash__", hash((kind, args)))
    return new


def parts_of(arg: Any) -> Iterable[Any]:
    """The nodes of an argument: of itself, or of the collection that it is."""
    if isinstance(arg, Node):
        return (arg,)
    if isinstance(arg, tuple):
        return [node for part in arg for node in parts_of(part)]
    if isinstance(arg, Mapping):
        return [node for part in arg.values() for node in parts_of(part)]
    return ()
