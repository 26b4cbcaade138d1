"""Whatever is done to a policy, the loader answers with sentences and never breaks."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.policy.load import list_policies, load_policy, parse_policy

POLICIES = [load_policy(shipped.code) for shipped in list_policies()]
JUNK = [
    None,
    3,
    -1,
    "x",
    [],
    {},
    [1],
    {"a": 1},
    True,
    "abc_rank",
    "1e999",
    "nan",
    "0.1234567890123",
    [None],
    " ",
]


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    inner = [found for key, value in pairs for found in places(value, (*path, key))]
    return [path, *inner] if path else inner


def mangle(part: Any, path: tuple[Any, ...], how: str, junk: Any) -> Any:
    copy = dict(part) if isinstance(part, dict) else list(part)
    if len(path) > 1:
        copy[path[0]] = mangle(part[path[0]], path[1:], how, junk)
    elif how == "replace":
        copy[path[0]] = junk
    elif how == "remove" or isinstance(copy, list):
        del copy[path[0]]
    else:
        copy[f"{path[0]}x"] = copy.pop(path[0])
    return copy


@settings(max_examples=150)
@given(draw=st.data(), document=st.sampled_from(POLICIES), times=st.integers(1, 6))
def test_a_mangled_policy_is_read_or_told_what_is_wrong_with_it(
    draw: st.DataObject, document: Any, times: int
) -> None:
    data = json.loads(document.policy.model_dump_json(by_alias=True))
    for _ in range(times):
        path = draw.draw(st.sampled_from(places(data)))
        how = draw.draw(st.sampled_from(["replace", "remove", "rename"]))
        data = mangle(data, path, how, draw.draw(st.sampled_from(JUNK)))
    said_or_read(json.dumps(data, ensure_ascii=False, indent=1))


@settings(max_examples=150)
@given(
    document=st.sampled_from(POLICIES),
    at=st.integers(0, 500),
    cut=st.integers(0, 3),
    piece=st.text(max_size=3),
)
def test_a_text_with_stray_characters_is_read_or_told_what_is_wrong_with_it(
    document: Any, at: int, cut: int, piece: str
) -> None:
    said_or_read(document.text[:at] + piece + document.text[at + cut :])


def said_or_read(text: str) -> None:
    told: tuple[Problem, ...] | None = None
    try:
        parse_policy(text, "x.yaml")
    except TierwiseError as error:
        told = error.problems
    assert told is None or told
    assert all(problem.say("en") and problem.say("zh") and problem.line for problem in told or ())
