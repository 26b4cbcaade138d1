"""The log speaks both languages: every event that is noted, and every detail of it, has words."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from django.test import Client

import tierwise_web
from tests.web.conftest import AT, MakeUser
from tierwise_web.audit.services import record
from tierwise_web.audit.words import EVENTS, SLOTS
from tierwise_web.people.models import User

Browser = Callable[[User | None], Client]
NOTING = ("record", "note_event", "record_once")
CHINESE = re.compile("[\u4e00-\u9fff]")


def noted() -> Iterator[tuple[ast.Call, ast.Module]]:
    """Every place of the source that notes an event, and its module."""
    for file in Path(tierwise_web.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "tierwise_web.audit.services" in text:
            module = ast.parse(text)
            for node in ast.walk(module):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NOTING:
                    yield node, module


def details_of(call: ast.Call, module: ast.Module) -> Iterator[str]:
    """The names of what an event notes, also of what is handed on as a whole."""
    for word in call.keywords:
        if word.arg is None:
            assert isinstance(word.value, ast.Name)
            whole = list(spread(word.value.id, module))
            assert whole, ast.unparse(call)
            yield from whole
        elif word.arg not in ("user", "at"):
            yield word.arg


def spread(name: str, module: ast.Module) -> Iterator[str]:
    """The names in a dictionary of a module: as it is written down, or as callers hand them to a function."""
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            dicts = [found for found in ast.walk(node.value) if isinstance(found, ast.Dict)]
            yield from (str(ast.literal_eval(key)) for found in dicts for key in found.keys if key)
        if isinstance(node, ast.FunctionDef) and node.args.kwarg and node.args.kwarg.arg == name:
            for call in ast.walk(module):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == node.name:
                    yield from (word.arg for word in call.keywords if word.arg)


def pattern(code: ast.expr) -> str:
    """The code of an event; a star for what is filled in."""
    if isinstance(code, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else "*" for p in code.values)
    assert isinstance(code, ast.Constant)
    return str(code.value)


def test_every_event_and_every_detail_has_words_in_both_languages():
    found = list(noted())
    assert len(found) > 40
    codes = {pattern(call.args[0]) for call, _ in found}
    for code in codes:
        assert any(fnmatch(known, code) for known in EVENTS), code
    for known in EVENTS:
        assert any(fnmatch(known, code) for code in codes), f"{known} is never noted"
    details = {name for call, module in found for name in details_of(call, module)}
    assert {"before", "active", "chosen", "as_of"} <= details
    assert details <= SLOTS.keys(), details - SLOTS.keys()
    for words in (*EVENTS.values(), *SLOTS.values()):
        assert CHINESE.search(words.zh)
        assert not CHINESE.search(words.en)


def test_the_auditor_reads_the_log_in_words(make_user: MakeUser, as_user: Browser):
    ann = make_user("ann", "analyst")
    columns = ["region", "segment"]
    record("edits.made", user=ann, at=AT, change=4711, table="customers", record="C1", columns=columns)
    record("customers.exported", user=ann, at=AT, rows=12345, file="csv")
    record("people.signed-in", user=ann, at=AT, passkey=True)
    record("people.changed", user=ann, at=AT, roles=["auditor", "analyst"], before=["emperor"], active=True)
    said = {}
    for lang in ("en", "zh"):
        page = as_user(make_user(f"aud-{lang}", "auditor", language=lang)).get("/log").content.decode()
        said[lang] = re.sub(r"<[^>]*>", " ", page)
    for words in (
        "wrote down a change",
        "table: customers",
        "change: 4711",
        "rows: 12,345",
        "by passkey: yes",
        "roles before: emperor",
        "may come in: yes",
    ):
        assert words in said["en"], words
    for words in (
        "登记变更",
        "字段：地区、",
        "行数：12,345",
        "通行密钥登录：是",
        "角色：审计",
        "原角色：",
        "允许登录：是",
    ):
        assert words in said["zh"], words
    assert not re.search(r"[a-z]+\.[a-z]+", said["zh"].split("操作日志")[-1].replace("4711", ""))
