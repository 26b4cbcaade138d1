"""The JSON schema of a policy, for editors: names, closed lists, bounds, words in both languages."""

from __future__ import annotations

from typing import Any

from tierwise.metrics.catalogue import METRICS
from tierwise.policy.labels import FIELDS
from tierwise.policy.model import Policy

SCHEMA_ID = "urn:tierwise:policy"
_EXACT = {"type": "string", "pattern": r"^[-+]?[0-9]*\.?[0-9]+$"}
_METRIC_PATTERN = r"^[a-z][a-z0-9_]{0,79}$"
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def json_schema() -> dict[str, Any]:
    """The schema of a policy file, draft 2020-12. Rules between fields are told by ``load_policy`` alone."""
    raw = Policy.model_json_schema(mode="validation")
    raw["$defs"]["Policy"] = {key: value for key, value in raw.items() if key != "$defs"}
    parts = {name: _part(part) for name, part in sorted(raw["$defs"].items())}
    policy = parts.pop("Policy")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Tierwise policy / Tierwise 分级策略",
    }
    return {**head, **policy, "$defs": {"Metric": _metric(), **parts}}


def _metric() -> dict[str, Any]:
    """A metric by name, with a window of its own if wanted; the names are there for completion."""
    return {
        "description": "metric, with its own window as in net_sales_24m / 指标，可带窗口，如 net_sales_24m",
        "type": "string",
        "anyOf": [{"enum": list(METRICS)}, {"pattern": r"^[a-z][a-z0-9_]*_[1-9][0-9]{0,2}m$"}],
    }


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """One object of the schema: every field with its name in both languages."""
    tidy = _tidy(part)
    assert isinstance(tidy, dict)
    tidy["description"] = tidy.get("description", "").split(" Source:")[0].replace("``", "`")
    tidy["properties"] = {name: _field(name, field) for name, field in part["properties"].items()}
    return tidy


def _field(name: str, field: dict[str, Any]) -> dict[str, Any]:
    tidy = _tidy(field)
    assert isinstance(tidy, dict)
    label = FIELDS[name]
    return {"description": f"{label.en} / {label.zh}", **tidy}


def _tidy(node: Any) -> Any:
    """Without pydantic's titles and OpenAPI words; decimals as exact text or number with bounds."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if _is_decimal(node):
        return _decimal(node)
    if node.get("pattern") == _METRIC_PATTERN:
        return {"$ref": "#/$defs/Metric", **{key: node[key] for key in ("default",) if key in node}}
    kept = {key: value for key, value in node.items() if key not in ("title", "discriminator", "properties")}
    tidy = {key: _tidy(value) if key != "default" else value for key, value in kept.items()}
    return {**tidy, "additionalProperties": False} if "patternProperties" in tidy else tidy


def _is_decimal(node: dict[str, Any]) -> bool:
    kinds = [choice.get("type") for choice in node.get("anyOf", []) if isinstance(choice, dict)]
    return kinds == ["number", "string"]


def _decimal(node: dict[str, Any]) -> dict[str, Any]:
    bounds = {_BOUNDS[key]: value for key, value in node.items() if key in _BOUNDS}
    bounds |= {key: value for key, value in node.items() if key in _BOUNDS.values()}
    number = {"type": "number", **{key: _plain(value) for key, value in bounds.items()}}
    default = {"default": _plain(node["default"])} if "default" in node else {}
    return {**default, "anyOf": [number, dict(_EXACT)]}


def _plain(value: Any) -> Any:
    """A bound as a JSON number."""
    number = float(value)
    return int(number) if number.is_integer() else number
