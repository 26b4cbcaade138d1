"""The Arrow types of expressions, whatever an engine makes of them on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa

if TYPE_CHECKING:
    from ibis.expr.types import Table

_TYPES = {
    "string": pa.string(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "float64": pa.float64(),
}


def arrow_type(type_: Any) -> pa.DataType:
    """The Arrow type of an Ibis type or of its name."""
    ibis_type = ibis.dtype(type_)
    if isinstance(ibis_type, dt.Decimal):
        return pa.decimal128(ibis_type.precision or 38, ibis_type.scale or 0)
    if isinstance(ibis_type, dt.Timestamp):
        return pa.timestamp("us", ibis_type.timezone)
    if isinstance(ibis_type, dt.Array):
        return pa.list_(arrow_type(ibis_type.value_type))
    return _TYPES[str(ibis_type(nullable=True))]


def arrow_schema(expr: Table) -> pa.Schema:
    """The Arrow schema that an expression declares: engines give sums other widths, and digests tell types apart."""
    return pa.schema([(name, arrow_type(type_)) for name, type_ in expr.schema().items()])
