"""``tierwise policy``: the rules by which customers are graded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.files import whole_file
from tierwise.kernel.text import Text
from tierwise_cli import deciding, using
from tierwise_cli.call import Call
from tierwise_cli.command import command, group
from tierwise_cli.options import PolicyArg, argument, flag, option, refuse_bad_place
from tierwise_cli.plain import document

if TYPE_CHECKING:
    from tierwise.policy.diff import Change
    from tierwise.policy.load import PolicyDocument
    from tierwise_cli.screen import Screen

METHODS = {
    "abc_rank": Text("ABC by rank", "按排名的 ABC"),
    "abc_cumulative": Text("ABC by cumulative share", "按累计占比的 ABC"),
    "scorecard": Text("scorecard", "评分卡"),
    "quality_set": Text("quality customers", "优质客户集合"),
    "rfm": Text("RFM", "RFM"),
    "credit_rating": Text("credit rating", "信用评级"),
    "value_bands": Text("bands of a value", "按数值分档"),
    "combination": Text("combination", "组合"),
    "attractiveness": Text("attractiveness and relationship", "吸引力×关系矩阵"),
    "key_account": Text("key accounts", "重点客户识别与评价"),
}

_ONE_NAME = Text(
    "Both are called {code} version {version}, yet they grade differently: raise the version of one.",
    "两者都叫 {code} 第 {version} 版，但定级规则不同：请将其中一个的版本号加一。",
)
_LEVELS = {
    "site": Text("every record by itself", "每个客户档案单独参评"),
    "account": Text("sites count for their account", "分部并入上级客户"),
    "group": Text("all members count for the group", "全部成员并入集团"),
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    policy = group("policy", "The rules by which customers are graded.", "客户分级的策略。")
    command(policy, "list", "List the policies that come with Tierwise.", "列出内置策略。")(list_)
    command(policy, "show", "Say what a policy does.", "查看一个策略。")(show)
    command(policy, "check", "Report every mistake in a policy file.", "检查策略文件，一次列出全部错误。")(
        check
    )
    command(policy, "diff", "Compare two policies.", "比较两个策略。")(diff)
    command(
        policy,
        "schema",
        "Print the JSON schema of policy files, for editors.",
        "输出策略文件的 JSON Schema，供编辑器使用。",
    )(schema)
    using.join(policy)
    deciding.join(policy)
    app.add_typer(policy, name="policy")


def list_(call: Call) -> None:
    """Lists the shipped policies."""
    from tierwise.policy.load import list_policies

    found = list_policies()
    data = [{"code": p.code, "version": p.version, "method": p.method, "title": p.title} for p in found]

    def page(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        heads = [
            Col(call.say("policy", "策略"), keep=True),
            Col(call.say("title", "名称")),
            Col(call.say("method", "方法")),
        ]
        screen.table(
            heads, [(p.code, p.title.in_lang(call.lang), METHODS[p.method].in_lang(call.lang)) for p in found]
        )
        screen.steps([
            ("tierwise policy show abc_sales", call.say("what a policy does", "查看一个策略")),
            ("tierwise policy show abc_sales --text > my_policy.yaml", call.say("start your own from it", "以其为基础编写自己的策略")),
            ("tierwise grade BOOK --policy abc_sales --as-of DATE", call.say("grade with it", "用它分级")),
        ])  # fmt: skip

    call.answer({"policies": data}, page)


def show(
    call: Call,
    policy: PolicyArg,
    text: Annotated[bool, flag("--text", "Print the file as it is written.", "原样输出策略文件。")] = False,
) -> None:
    """Says who is graded, by which methods, with which gates."""
    found = _load(policy)
    if text and not call.json:
        sys.stdout.write(found.text if found.text.endswith("\n") else found.text + "\n")
        return
    data = {**_head(found), "policy": found.policy.model_dump(mode="json", by_alias=True), "text": found.text}
    call.answer(data, lambda screen: _page(call, screen, found))


def _load(policy: str) -> PolicyDocument:
    from tierwise.policy.load import load_policy

    return load_policy(policy)


def _head(found: PolicyDocument) -> dict[str, Any]:
    policy = found.policy
    return {
        "code": policy.code,
        "version": policy.version,
        "title": {"en": policy.title.en, "zh": policy.title.zh},
        "file": found.file,
        "fingerprint": found.fingerprint,
        "method": policy.leading.method,
        "methods": [method.id for method in policy.methods],
    }


def _page(call: Call, screen: Screen, found: PolicyDocument) -> None:
    policy, lang = found.policy, call.lang
    comma = call.say(", ", "、")
    screen.heading(
        f"{policy.title.zh if lang == 'zh' else policy.title.en} · {policy.code} v{policy.version}"
    )
    if policy.notes:
        screen.para(policy.notes.zh if lang == "zh" else policy.notes.en)
    screen.space()
    screen.pairs([
        (call.say("leading method", "主导方法"), _method(call, policy.leading)),
        (call.say("advisory", "参考方法"), comma.join(_method(call, method) for method in policy.advisory)),
        (call.say("grades", "等级"), comma.join(f"{g.code} {g.title.zh if lang == 'zh' else g.title.en}" for g in policy.scale)),
        (call.say("customers", "客户类别"), _kinds(call, policy.population.kinds)),
        (call.say("level", "层级"), _LEVELS[policy.population.level].in_lang(lang)),
        (call.say("window", "窗口"), call.say("{n} {n#month|months}", "{n} 个月", n=policy.window_months)),
        (call.say("gates", "门槛"), comma.join(_gate(call, gate) for gate in policy.gates)),
        (call.say("metrics", "指标"), ", ".join(_metrics(found))),
        (call.say("fingerprint", "指纹"), found.fingerprint[:16]),
    ])  # fmt: skip
    name = policy.code if _shipped(found) else found.file
    screen.steps([
        (f"tierwise policy show {name} --text", call.say("the file, with comments", "查看带注释的原文")),
        (f"tierwise grade BOOK --policy {name} --as-of DATE", call.say("grade with it", "用它分级")),
    ])  # fmt: skip


def _shipped(found: PolicyDocument) -> bool:
    return found.file == f"policies/{found.policy.code}.yaml"


def _kinds(call: Call, kinds: tuple[str, ...]) -> str:
    from tierwise.book.contract.choices import CUSTOMER_KIND

    return call.say(", ", "、").join(
        kind.label.in_lang(call.lang) for kind in CUSTOMER_KIND if kind.code in kinds
    )


def _method(call: Call, method: Any) -> str:
    from tierwise.grading.wording import metric_title

    name = METHODS[method.method].in_lang(call.lang)
    value = getattr(method, "value", None)
    return (
        call.say("{name}: {value}", "{name}：{value}", name=name, value=metric_title(value, call.lang))
        if value
        else name
    )


def _gate(call: Call, gate: Any) -> str:
    if gate.title is None:
        return str(gate.code)
    return str(gate.title.zh if call.lang == "zh" else gate.title.en)


def _metrics(found: PolicyDocument) -> list[str]:
    from tierwise.policy.fingerprint import uses_of

    return sorted(use.column for use in uses_of(found.policy))


def check(call: Call, policy: PolicyArg) -> None:
    """Loads a policy; every mistake is told at once, with file and line, and exit code 2."""
    found = _load(policy)

    def page(screen: Screen) -> None:
        screen.para(call.say(
            "{file}: sound. {code} version {version}, fingerprint {print}.",
            "{file}：没有错误。{code} 版本 {version}，指纹 {print}。",
            file=found.file, code=found.policy.code, version=found.policy.version, print=found.fingerprint[:16],
        ), style="green")  # fmt: skip

    call.answer({"sound": True, **_head(found)}, page)


def diff(
    call: Call,
    old: PolicyArg,
    new: Annotated[str, argument("OTHER", "The policy to compare it with.", "与之比较的策略。")],
) -> None:
    """Says what changes from the first policy to the second, and whether it decides grades."""
    from tierwise.policy.diff import diff as compare

    a, b = _load(old), _load(new)
    changes = compare(a.policy, b.policy)
    one_name = (a.policy.code, a.policy.version) == (b.policy.code, b.policy.version)
    one_name = one_name and a.fingerprint != b.fingerprint
    data = {
        "old": _head(a),
        "new": _head(b),
        "decides": a.fingerprint != b.fingerprint,
        "one_name": one_name,
        "changes": [_change(call, change) for change in changes],
    }

    def page(screen: Screen) -> None:
        if not changes:
            screen.para(call.say("The two policies say the same.", "两个策略内容相同。"))
            return
        deciding = [change for change in changes if change.decides]
        _show_changes(call, screen, call.say("Decides grades", "影响等级"), deciding)
        _show_changes(
            call, screen, call.say("Only words", "仅影响文字"), [c for c in changes if not c.decides]
        )
        if a.fingerprint == b.fingerprint:
            screen.para(call.say("No grade can differ.", "等级不会有任何不同。"))
        if one_name:
            screen.para(_ONE_NAME.fill(call.lang, code=a.policy.code, version=a.policy.version))

    call.answer(data, page)


def _change(call: Call, change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "decides": change.decides,
        "old": change.old,
        "new": change.new,
        "message": change.say(call.lang),
    }


def _show_changes(call: Call, screen: Screen, title: str, changes: list[Change]) -> None:
    if not changes:
        return
    screen.heading(title)
    for change in changes:
        screen.para(change.say(call.lang), indent=2, first="• ")
    screen.space()


def schema(
    call: Call,
    out: Annotated[Path | None, option("--out", "FILE", "Write it to a file.", "写入文件。")] = None,
) -> None:
    """Prints the schema, or writes it."""
    from tierwise.policy.schema import json_schema

    text = document(json_schema(), call.lang) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    refuse_bad_place(out)
    with whole_file(out) as part:
        part.write_text(text, encoding="utf-8")
    call.answer(
        {"file": str(out)},
        lambda screen: screen.para(call.say("The schema is in {out}.", "Schema 已写入 {out}。", out=out)),
    )
