"""The identity of a policy: what decides grades, and nothing else. Source: house rules, "A policy is data"."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from tierwise.kernel.numbers import plain_number
from tierwise.metrics.catalogue import METRICS, use_of, with_needs
from tierwise.metrics.model import Use
from tierwise.policy.check import metrics_of
from tierwise.policy.model import Inheritance, Policy, Population, QualitySet, Scorecard

METHOD_RULES: dict[str, int] = {
    "abc_rank": 1,
    "abc_cumulative": 2,
    "scorecard": 3,
    "quality_set": 1,
    "rfm": 1,
    "credit_rating": 1,
    "value_bands": 1,
    "combination": 1,
    "attractiveness": 1,
    "key_account": 1,
}
"""The ``rules_version`` of each method: raised whenever it could grade the same facts differently."""

SILENT_FIELDS = frozenset({"title", "notes", "colour", "guidance"})
"""Fields that people read and no grade depends on."""
NAMING_FIELDS = frozenset({"code", "version"})
"""What a policy is called; two names for the same rules have one fingerprint."""
LATER_FIELDS = frozenset({"is", "fallback", "effective", "inherit"})
"""Fields that came after policies had fingerprints: where they say nothing, they are left out."""
_NOTHING: tuple[Any, ...] = (
    None,
    [],
    {"upgrade_confirm": 1, "downgrade_confirm": 1},
    {"grade": "unit", "nodes": [], "kinds": []},
)
_SETS = ("kinds", "segments", "regions", "nodes")
"""Fields of a population in which order and repetition say nothing."""
_FLAG_METRICS = ("net_sales", "largest_order", "orders", "first_order_on")


def fingerprint(policy: Policy) -> str:
    """SHA-256 (hex) of the deciding fields, defaults filled in, with the rules of all that is used."""
    whole = {"policy": deciding(policy), "rules": rules_of(policy)}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def rules_of(policy: Policy) -> dict[str, int]:
    """The ``rules_version`` of every method and of every metric used, with those they are derived from."""
    rules = {method.method: METHOD_RULES[method.method] for method in policy.methods}
    rules |= {use.name: METRICS[use.name].rules_version for use in with_needs(uses_of(policy))}
    return dict(sorted(rules.items()))


def uses_of(policy: Policy) -> set[Use]:
    """Every metric that a method, gate, tie-break, criterion or flag reads, with its window resolved.

    Not closed under what metrics are derived from; see ``with_needs``.
    """
    uses = {use_of(named.text, policy.window_months) for named in metrics_of(policy)}
    uses |= {use_of(name, policy.window_months) for name in _FLAG_METRICS}
    return uses | _stand_ins(policy)


def _stand_ins(policy: Policy) -> set[Use]:
    """Orders in the window of every ranked sales volume, whose place they take if units are mixed (spec 6.9)."""
    cards = [method for method in policy.methods if isinstance(method, Scorecard | QualitySet)]
    ranked = [c.source.metric for card in cards for c in card.criteria if c.source.kind == "rank_score"]
    uses = {use_of(metric, policy.window_months) for metric in ranked}
    return {Use("orders", use.months) for use in uses if use.name == "sales_volume"}


def deciding(policy: Policy) -> dict[str, Any]:
    """The fields that decide grades, as plain JSON data: decimals as their shortest text, sets sorted."""
    whole = _plain(policy)
    return {name: value for name, value in whole.items() if name not in NAMING_FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain_model(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return plain_number(value) if isinstance(value, Decimal) else value


def _plain_model(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields.items()
    plain = {f.alias or name: _plain(getattr(model, name)) for name, f in fields if name not in SILENT_FIELDS}
    plain = {n: value for n, value in plain.items() if n not in LATER_FIELDS or value not in _NOTHING}
    if isinstance(model, Population | Inheritance):
        plain |= {name: sorted(set(plain[name])) for name in _SETS if name in plain}
    return plain
