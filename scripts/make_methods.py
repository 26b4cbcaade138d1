"""Fills the tables of parameters and reasons on the pages of docs/algorithms, in both languages.

What stands between ``<!-- parameters -->`` or ``<!-- reasons -->`` and ``<!-- end -->`` is made from the models
and the sentences of the code; the rest of a page is written by hand, and its worked tables are held against the
engine by tests. Run without arguments to write; ``--check`` exits with 1 if a page is out of date or missing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from tierwise.grading.sentences import REASONS
from tierwise.kernel.text import Lang, Text
from tierwise.policy.card import (
    FromAssessment,
    FromBands,
    FromEnum,
    FromLinear,
    FromMaximum,
    FromMetric,
    FromMinMax,
    FromPlaces,
)
from tierwise.policy.labels import FIELDS
from tierwise.policy.model import Fallback, Grade, Method, QualitySet, Words
from tierwise.policy.schema import json_schema

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "algorithms"
KINDS: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["method"].annotation)[0]: model for model in get_args(get_args(Method)[0])
}
"""Every method kind that a policy can declare, with its model."""
PREFIXES = {
    "abc_rank": "abc",
    "abc_cumulative": "cumulative",
    "scorecard": "scorecard",
    "quality_set": "quality",
    "rfm": "rfm",
    "credit_rating": "credit",
    "value_bands": "bands",
    "combination": "combination",
    "attractiveness": "matrix",
    "key_account": "key",
}
"""The first part of the reasons that only this method gives."""
VALUED = ("abc_rank", "abc_cumulative", "rfm", "value_bands", "quality_set")
"""Methods that say ``value.missing`` where what they read is null."""
ELSEWHERE = {Grade, Words}
"""Parts that every policy has; the reference of policies explains them."""
NOT_IN_A_SET = {
    *(FromAssessment, FromBands, FromEnum, FromLinear, FromMetric),
    *(FromMaximum, FromMinMax, FromPlaces),
}
"""A quality set reads rank scores only."""
LANGS: tuple[Lang, Lang] = ("en", "zh")
HEADS = {
    "parameters": Text("parameter|meaning|values|default", "参数|含义|取值|默认值"),
    "reasons": Text("code|sentence|", "代码|语句|"),
}
NEEDED, NONE, METRIC = Text("needed", "必填"), Text("none", "无"), Text("a metric", "指标名")
OWN_SCALE = Text("the policy's scale", "策略的等级表")
PART = Text("Every part of `{field}`", "`{field}` 的每一项")
OF_KIND = Text(" of kind `{kind}`", "（类别 `{kind}`）")


def page(kind: str, lang: Lang) -> Path:
    """Where the page of a method stands."""
    return FOLDER / (kind.replace("_", "-") + (".zh.md" if lang == "zh" else ".md"))


def parameters(model: type[BaseModel], lang: Lang) -> str:
    """The table of a model's fields, then one for each part that it is made of."""
    blocks = [_fields(model, lang)]
    left_out = ELSEWHERE | (NOT_IN_A_SET if model is QualitySet else set())
    for field, part in _parts(model, frozenset(left_out)):
        kinds = get_args(part.model_fields["kind"].annotation) if "kind" in part.model_fields else ()
        title = PART.fill(lang, field=field)
        title += OF_KIND.fill(lang, kind=kinds[0]) if kinds else ""
        blocks.append(f"{title}{'：' if lang == 'zh' else ':'}\n\n{_fields(part, lang)}")
    return "\n\n".join(blocks)


def _parts(model: type[BaseModel], seen: frozenset[type]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model that stands in a field of another, with the name of that field, each once."""
    for name, field in model.model_fields.items():
        for inner in _models(field.annotation):
            if inner in seen:
                continue
            seen |= {inner}
            yield name, inner
            for deeper in _parts(inner, seen):
                seen |= {deeper[1]}
                yield deeper


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _fields(model: type[BaseModel], lang: Lang) -> str:
    schema = json_schema()["$defs"][model.__name__]
    head = HEADS["parameters"].in_lang(lang).split("|")
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    for name, node in schema["properties"].items():
        default = NEEDED.in_lang(lang) if name in schema["required"] else _default(node.get("default"), lang)
        if name == "grades" and not node.get("default"):
            default = OWN_SCALE.in_lang(lang)
        lines.append(f"| `{name}` | {FIELDS[name].in_lang(lang)} | {_values(node, lang)} | {default} |")
    return "\n".join(lines)


def _default(value: Any, lang: Lang) -> str:
    """A default as it would be written in a policy."""
    return NONE.in_lang(lang) if value in (None, [], {}) else f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_yaml(v) for v in value)}]"
    if isinstance(value, dict) and "title" in value and "code" in value:
        return _yaml(value["code"])
    if isinstance(value, dict):
        return f"{{{', '.join(f'{k}: {_yaml(v)}' for k, v in value.items() if v is not None)}}}"
    return str(value)


def _values(node: dict[str, Any], lang: Lang) -> str:
    """The closed list or the bounds of a field."""
    for choice in _choices(node):
        if "enum" in choice or "const" in choice:
            return ", ".join(f"`{v}`" for v in choice.get("enum", [choice.get("const")]))
        if choice.get("$ref", "").endswith("/Metric"):
            return METRIC.in_lang(lang)
        if choice.get("type") == "boolean":
            return "`true`, `false`"
        if bounds := _bounds(choice):
            return bounds
    return ""


def _choices(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("anyOf", []):
        yield from _choices(inner)


def _bounds(node: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return ", ".join(f"{sign} {node[key]}" for key, sign in signs.items() if key in node)


def reasons(kind: str, lang: Lang) -> str:
    """The table of the reasons that a method can give."""
    own = [code for code in REASONS.codes() if code.startswith(f"{PREFIXES[kind]}.")]
    codes = own + (["value.missing"] if kind in VALUED else [])
    head = HEADS["reasons"].in_lang(lang).split("|")
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    lines += [f"| `{code}` | {REASONS.pattern(code).in_lang(lang)} |" for code in codes]
    return "\n".join(lines)


def filled(text: str, kind: str, lang: Lang) -> str:
    """The page with its made parts renewed. **Raises** ``ValueError`` if it has no place for one."""
    made = {"parameters": parameters(KINDS[kind], lang), "reasons": reasons(kind, lang)}
    return _filled(text, made)


def _filled(text: str, made: dict[str, str]) -> str:
    for name, table in made.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not block.search(text):
            raise ValueError(f"there is no <!-- {name} --> on the page")
        text = block.sub(lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text)
    return text


def pages() -> Iterator[tuple[Path, str, str]]:
    """Every page with what stands there and what should. The page of the fallback has parameters alone."""
    for lang in LANGS:
        for kind in KINDS:
            path = page(kind, lang)
            text = path.read_text(encoding="utf-8")
            yield path, text, filled(text, kind, lang)
        path = page("fallback", lang)
        text = path.read_text(encoding="utf-8")
        yield path, text, _filled(text, {"parameters": parameters(Fallback, lang)})


def main() -> int:
    """Writes or checks the pages."""
    stale = [(path, wanted) for path, text, wanted in pages() if text != wanted]
    for path, wanted in stale:
        if "--check" in sys.argv:
            print(f"docs/algorithms/{path.name} is out of date: run python scripts/make_methods.py")
        else:
            path.write_text(wanted, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
