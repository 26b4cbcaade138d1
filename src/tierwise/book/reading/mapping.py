"""The mapping file as frozen models: how the columns of a foreign file become the columns of a table.

A small closed set of operations, documented in ``docs/reference/mapping.md``; nothing is ever
evaluated as program text. A bare word is a header, a bare number a constant.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from tierwise.book.contract.model import Identity

Scalar = Decimal | str
"""A number of the YAML file stays an exact decimal, everything else is text."""


class Part(BaseModel):
    """What all parts of a mapping share: unknown keys are mistakes, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Header(Part):
    """The text under a header."""

    source: str = Field(alias="from")


class Const(Part):
    """The same text in every row."""

    const: Scalar


class SplitBy(Part):
    """Where to cut a text and which part to keep, counted from 1 (or from the end: -1)."""

    by: str = Field(min_length=1)
    part: int


class Split(Part):
    """One part of a text cut at a separator."""

    source: Expression = Field(alias="from")
    split: SplitBy


class MapValues(Part):
    """Other words for certain texts; ``else`` for all others, which stay as they are without it."""

    source: Expression = Field(alias="from")
    map: dict[str, str]
    otherwise: str | None = Field(default=None, alias="else")


class StripPrefix(Part):
    """A text without certain first letters, where it has them."""

    source: Expression = Field(alias="from")
    strip_prefix: str = Field(min_length=1)


class Prefix(Part):
    """A text with letters put before it; an empty text stays empty."""

    source: Expression = Field(alias="from")
    prefix: str


class Concat(Part):
    """Texts joined with a separator; empty ones are left out."""

    concat: tuple[Expression, ...] = Field(min_length=1)
    sep: str = ""


class Absolute(Part):
    """A number without its sign."""

    source: Expression = Field(alias="from")
    abs: Literal[True]


class Negate(Part):
    """A number with the other sign."""

    source: Expression = Field(alias="from")
    negate: Literal[True]


class Multiply(Part):
    """The exact product of two numbers of at most 6 places, rounded once to ``places``, halves away from zero."""

    multiply: tuple[Expression, Expression]
    places: int = Field(default=4, ge=0, le=8)


class Add(Part):
    """The exact sum of two numbers of at most 6 places."""

    add: tuple[Expression, Expression]


class Subtract(Part):
    """The exact difference of two numbers of at most 6 places."""

    subtract: tuple[Expression, Expression]


class DateFrom(Part):
    """Where a date stands and how it is written (``DD/MM/YYYY`` or a ``strptime`` pattern)."""

    source: Expression = Field(alias="from")
    format: str


class DateOf(Part):
    """A date written in a form of its own."""

    date: DateFrom


class LookupIn(Part):
    """A second file, looked for beside the data file and then beside the mapping file."""

    file: str
    source: Expression = Field(alias="from")
    key: str
    value: str


class Lookup(Part):
    """The text under ``value`` in the row of a second file whose ``key`` is the text of ``from``."""

    lookup: LookupIn


class If(Part):
    """One of two texts, by a condition."""

    condition: Condition = Field(alias="if")
    then: Expression
    otherwise: Expression | None = Field(default=None, alias="else")


OPERATORS = (
    "eq", "ne", "in", "not_in", "gt", "ge", "lt", "le", "is_null", "not_null", "starts_with", "not_starts_with",
)  # fmt: skip


class Condition(Part):
    """One comparison: ``column`` (a header or an operation) and exactly one operator with its value."""

    column: Expression
    eq: Scalar | None = None
    ne: Scalar | None = None
    one_of: tuple[Scalar, ...] | None = Field(default=None, alias="in", min_length=1)
    not_in: tuple[Scalar, ...] | None = Field(default=None, min_length=1)
    gt: Scalar | None = None
    ge: Scalar | None = None
    lt: Scalar | None = None
    le: Scalar | None = None
    is_null: Literal[True] | None = None
    not_null: Literal[True] | None = None
    starts_with: str | None = None
    not_starts_with: str | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> Condition:
        if len(self.model_fields_set - {"column"}) != 1:
            raise ValueError(f"a condition has exactly one of {', '.join(OPERATORS)}")
        return self

    @property
    def operator(self) -> tuple[str, Any]:
        """The operator's name in the YAML file and its value."""
        (name,) = self.model_fields_set - {"column"}
        return ("in" if name == "one_of" else name), getattr(self, name)


OPERATIONS: dict[str, type[Part]] = {
    "const": Const, "split": Split, "map": MapValues, "strip_prefix": StripPrefix, "prefix": Prefix,
    "concat": Concat, "abs": Absolute, "negate": Negate, "multiply": Multiply, "add": Add,
    "subtract": Subtract, "if": If, "date": DateOf, "lookup": Lookup, "from": Header,
}  # fmt: skip
"""The closed list; the key names the operation, ``from`` alone copies a column."""


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return {"from": value}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return {"const": Decimal(value)}
    return value


def _operation(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((name for name in OPERATIONS if name in value), None)
    return next((name for name, kind in OPERATIONS.items() if isinstance(value, kind)), None)


Expression = Annotated[
    Annotated[Const, Tag("const")]
    | Annotated[Split, Tag("split")]
    | Annotated[MapValues, Tag("map")]
    | Annotated[StripPrefix, Tag("strip_prefix")]
    | Annotated[Prefix, Tag("prefix")]
    | Annotated[Concat, Tag("concat")]
    | Annotated[Absolute, Tag("abs")]
    | Annotated[Negate, Tag("negate")]
    | Annotated[Multiply, Tag("multiply")]
    | Annotated[Add, Tag("add")]
    | Annotated[Subtract, Tag("subtract")]
    | Annotated[If, Tag("if")]
    | Annotated[DateOf, Tag("date")]
    | Annotated[Lookup, Tag("lookup")]
    | Annotated[Header, Tag("from")],
    Discriminator(
        _operation,
        custom_error_type="operation",
        custom_error_message=f"expected a header or one of the operations {', '.join(OPERATIONS)}",
    ),
    BeforeValidator(_bare),
]


class Mapping(Part):
    """A mapping file."""

    table: str | None = None
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    skip_rows: int = Field(default=0, ge=0)
    headers: tuple[str, ...] = ()
    """The headers of a file that has no line of them; the rows begin after ``skip_rows``."""
    date_format: str | None = None
    decimal_comma: bool = False
    round: bool = False
    empty_values: tuple[str, ...] = ()
    identity: Identity | None = None
    match_rest: bool = True
    columns: dict[str, Expression] = Field(default_factory=dict)
    filter: tuple[Condition, ...] = ()
    distinct: tuple[str, ...] = ()
    path: str | None = Field(default=None, exclude=True)
    """The file it was loaded from; set by ``load_mapping``."""
    lines: dict[str, int] = Field(default_factory=dict, exclude=True)
    """Line of each column, of ``:table``, ``:filter.0`` and so on; set by ``load_mapping``."""


_PARTS: tuple[type[Part], ...] = (*OPERATIONS.values(), DateFrom, LookupIn, Condition, Mapping)
for _part in _PARTS:
    _part.model_rebuild()
