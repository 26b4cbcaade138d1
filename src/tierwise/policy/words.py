"""The sentences about mistakes in a policy, by the kind of error that pydantic reports."""

from __future__ import annotations

import re
from typing import Any

from tierwise.kernel.text import Text

_NUMBER = Text("a number is expected, not {found}", "此处应为数字，而非 {found}")
_WHOLE = Text("a whole number is expected, not {found}", "此处应为整数，而非 {found}")
_TEXT = Text("text is expected, not {found}; put it in quotes", "此处应为文本，而非 {found}；请加引号")
_TRUTH = Text("true or false is expected, not {found}", "此处应为 true 或 false，而非 {found}")
_LIST = Text("a list is expected, not {found}", "此处应为列表，而非 {found}")
_MAPPING = Text("named fields are expected, not {found}", "此处应为若干字段，而非 {found}")

SENTENCES: dict[str, tuple[str, Text]] = {
    "missing": ("missing", Text("{field} is missing", "缺少 {field}")),
    "extra_forbidden": (
        "unknown-field",
        Text("there is no field {field} here; there are {known}", "此处没有字段 {field}；可用字段：{known}"),
    ),
    "union_tag_not_found": (
        "missing",
        Text("{discriminator} is missing; choose one of {allowed}", "缺少 {discriminator}；可选：{allowed}"),
    ),
    "union_tag_invalid": (
        "unknown-kind",
        Text("{found} is not a known {discriminator}; there are {allowed}", "没有 {discriminator} {found}；可选：{allowed}"),
    ),
    "literal_error": ("not-one-of", Text("{found} is not one of {allowed}", "{found} 不在可选值之内：{allowed}")),
    "string_pattern_mismatch": (
        "code",
        Text(
            "{found} is not a code: a letter first, then letters, digits and _ (pattern {pattern})",
            "{found} 不是合法代码：以字母开头，其后为字母、数字或 _（模式 {pattern}）",
        ),
    ),
    "string_too_short": ("empty", Text("this must not be empty", "不得为空")),
    "string_too_long": ("too-long", Text("at most {max_length} characters", "最多 {max_length} 个字符")),
    "string_type": ("type", _TEXT),
    "int_type": ("type", _WHOLE),
    "int_parsing": ("type", _WHOLE),
    "int_from_float": ("type", _WHOLE),
    "answers": (
        "type",
        Text(
            "true, false or a list of codes such as [lost] is expected, not {found}",
            "此处应为 true、false 或代码列表（如 [lost]），而非 {found}",
        ),
    ),
    "bool_type": ("type", _TRUTH),
    "bool_parsing": ("type", _TRUTH),
    "decimal_type": ("type", _NUMBER),
    "decimal_parsing": ("type", _NUMBER),
    "finite_number": ("type", _NUMBER),
    "tuple_type": ("type", _LIST),
    "dict_type": ("type", _MAPPING),
    "model_type": ("type", _MAPPING),
    "model_attributes_type": ("type", _MAPPING),
    "decimal_max_places": (
        "places",
        Text("{found} has more than {decimal_places} decimal places", "{found} 的小数超过 {decimal_places} 位"),
    ),
    "decimal_max_digits": ("digits", Text("{found} has more than {max_digits} digits", "{found} 超过 {max_digits} 位数字")),
    "decimal_whole_digits": ("digits", Text("{found} has too many digits", "{found} 的位数过多")),
    "greater_than": ("bounds", Text("{found} must be more than {gt}", "{found} 须大于 {gt}")),
    "greater_than_equal": ("bounds", Text("{found} must be at least {ge}", "{found} 不得小于 {ge}")),
    "less_than": ("bounds", Text("{found} must be less than {lt}", "{found} 须小于 {lt}")),
    "less_than_equal": ("bounds", Text("{found} must be at most {le}", "{found} 不得大于 {le}")),
    "too_short": ("too-few", Text("at least {min_length} entries are needed", "至少需要 {min_length} 项")),
    "too_long": ("too-many", Text("at most {max_length} entries", "最多 {max_length} 项")),
}  # fmt: skip

MEANT = Text("; did you mean {close}?", "；是否指 {close}？")
MEANT_FIELD = Text(
    "there is no field {field} here; did you mean {close}?", "此处没有字段 {field}；是否指 {close}？"
)

SETTINGS_RULES: dict[str, Text] = {
    "a number is expected": _NUMBER,
    "credit_points: exactly the last band has no limit (up_to_days: null)": Text(
        "credit_points: exactly the last band has no limit (up_to_days: null)",
        "credit_points：须且只能由最后一档不设上限（up_to_days: null）",
    ),
    "credit_points: limits must ascend": Text(
        "credit_points: limits must ascend", "credit_points：各档上限须递增"
    ),
}
"""Rules of the metric settings, by their English sentence."""


def sentence(error: dict[str, Any]) -> tuple[str, Text]:
    """The code and the sentence pattern for one error of pydantic."""
    kind = error["type"]
    if kind in SENTENCES:
        return SENTENCES[kind]
    said = str(error.get("msg", kind)).removeprefix("Value error, ")
    plain = said.replace("{", "{{").replace("}", "}}")
    return "invalid", SETTINGS_RULES.get(said, Text(plain, f"此处不合法：{plain}"))


def allowed(error: dict[str, Any]) -> list[str]:
    """The values that an error of a closed list names."""
    context = error.get("ctx", {})
    return re.findall(r"'([^']*)'", str(context.get("expected_tags") or context.get("expected") or ""))


def shown(value: Any) -> str:
    """A value of a policy as a person would read it back, cut to one short line."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    words = {None: "null", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
