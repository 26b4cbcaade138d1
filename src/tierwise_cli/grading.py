"""``tierwise grade``, ``runs``, ``replay`` and ``export``: from a book to grades, and the same again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import FAILED, Call
from tierwise_cli.command import command
from tierwise_cli.options import (
    AsOf,
    BookArg,
    FullOption,
    OutFile,
    OutFileOption,
    PolicyOption,
    RunArg,
    flag,
    refuse_bad_target,
    way_of,
)
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from datetime import datetime

    from tierwise.grading.record import RunRecord
    from tierwise.grading.replay import Replay
    from tierwise.grading.run import RunResult
    from tierwise.policy.load import PolicyDocument
    from tierwise_cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(
        app,
        "grade",
        "Grade the customers of a book by a policy.",
        "按策略为账簿中的客户分级。",
        writes=True,
        computes=True,
    )(grade)
    command(app, "runs", "List the runs of a book.", "列出账簿的分级运行。")(runs)
    command(
        app,
        "replay",
        "Compute a run again; exit code 1 if one digit differs.",
        "重算一次分级运行；有任何差异则退出码为 1。",
        computes=True,
    )(replay)
    command(app, "export", "Write the rows of a run to a file.", "将分级结果导出为文件。")(export)


def grade(
    call: Call,
    book: BookArg,
    policy: PolicyOption,
    as_of: AsOf,
    dry_run: Annotated[
        bool,
        flag("--dry-run", "Show what would come out; store nothing.", "仅试算，不保存。"),
    ] = False,
    full: FullOption = False,
    out: OutFileOption = None,
) -> None:
    """Grades and stores the run: results, reasons and everything needed to replay it."""
    from tierwise.grading.export import write_results
    from tierwise.grading.run import grade_book
    from tierwise.policy.load import load_policy

    if out is not None:
        refuse_bad_target(out)
    document = load_policy(policy)
    opened = call.book(book)
    with call.progress() as progress:
        result = grade_book(
            opened,
            document,
            as_of,
            actor=call.actor,
            at=call.at,
            dry_run=dry_run,
            way=way_of(full),
            progress=progress,
        )
    if out is not None:
        write_results(result.results, result.record, out, call.lang)
    data = {
        "book": str(book),
        "run": record_data(result.record),
        "dry_run": dry_run,
        "warnings": [{"code": w["code"], "message": _warning(call, w)} for w in result.warnings],
        "out": str(out) if out else None,
    }
    call.answer(data, lambda screen: _show_grade(call, screen, book, document, result, out))


def record_data(record: RunRecord) -> dict[str, Any]:
    """The record of a run for programs; the text of its policy stays in the book."""
    from tierwise_cli.plain import plain

    data: dict[str, Any] = plain(record, "en")
    del data["policy_text"]
    return data


def _warning(call: Call, warning: dict[str, Any]) -> str:
    from tierwise.grading.wording import WARNINGS

    code, slots = warning["code"], {name: value for name, value in warning.items() if name != "code"}
    return WARNINGS.say(code, call.lang, **slots) if code in WARNINGS else str(code)


def _show_grade(
    call: Call, screen: Screen, book: Path, document: PolicyDocument, result: RunResult, out: Path | None
) -> None:
    record, policy = result.record, document.policy
    title = policy.title.zh if call.lang == "zh" else policy.title.en
    window = record.facts["window"]
    screen.heading(call.say(
        "{title} ({code} v{version}) as of {day}", "{title}（{code} v{version}），截至 {day}",
        title=title, code=policy.code, version=policy.version, day=record.as_of,
    ))  # fmt: skip
    screen.para(call.say(
        "{n:,} {n#customer takes|customers take} part; window {start} to {end}.", "参评客户 {n:,} 家，窗口 {start} 至 {end}。",
        n=record.population, start=window["start"], end=window["end"],
    ))  # fmt: skip
    screen.space()
    _show_counts(call, screen, policy, record)
    for warning in result.warnings:
        screen.para(_warning(call, warning), indent=2, first="! ", style="yellow")
    screen.space()
    if record.number:
        screen.para(
            call.say(
                "Stored as {run}, digest {digest}",
                "已保存为 {run}，摘要 {digest}",
                run=record.run_id,
                digest=record.digest[:16],
            )
        )
    else:
        screen.para(
            call.say(
                "Dry run: nothing was stored; digest {digest}",
                "试算，未保存；摘要 {digest}",
                digest=record.digest[:16],
            )
        )
    if out is not None:
        screen.para(call.say("The rows are in {out}.", "结果已写入 {out}。", out=out))
    if record.number:
        screen.steps(_next(call, book, result))


def _show_counts(call: Call, screen: Screen, policy: Any, record: RunRecord) -> None:
    """The grades from the top, then those without one and why."""
    from tierwise.grading.wording import status_words
    from tierwise_cli.screen import Col, percent

    titles = {g.code: g.title.zh if call.lang == "zh" else g.title.en for g in policy.scale}
    heads = [
        Col(call.say("grade", "等级"), keep=True),
        Col(call.say("meaning", "含义")),
        Col(call.say("customers", "客户数"), "right", keep=True),
        Col(call.say("share", "占比"), "right", keep=True),
        Col(""),
    ]
    rows = []
    for code, title in titles.items():
        count = record.counts.get(code, 0)
        bar = "█" * round(count * 20 / record.population) if record.population else ""
        rows.append((code, title, count, percent(count, record.population), bar or " "))
    more = {g.code: g.title.in_lang(call.lang) for m in policy.methods for g in policy.scale_of(m)}
    for code, count in record.counts.items():
        if code not in titles and code in more and policy.fallback is not None:
            rows.append((code, more[code], count, percent(count, record.population), " "))
        elif code not in titles:
            rows.append((" ", status_words(code, call.lang), count, " ", " "))
    screen.table(heads, rows)


def _next(call: Call, book: Path, result: RunResult) -> list[tuple[str, str]]:
    record = result.record
    steps = []
    best = _a_customer(result)
    if best:
        steps.append(
            (
                f"tierwise explain {quoted(book)} {quoted(best)}",
                call.say("why this customer has its grade", "这个客户为何是这个等级"),
            )
        )
    steps.append(
        (
            f"tierwise export {quoted(book)} {record.run_id} --out grades.xlsx",
            call.say("all rows for a spreadsheet", "导出全部结果"),
        )
    )
    steps.append(
        (
            f"tierwise replay {quoted(book)} {record.run_id}",
            call.say("compute it again, digit by digit", "逐位重算核对"),
        )
    )
    return steps


def _a_customer(result: RunResult) -> str | None:
    """A customer at the top, whose explanation is worth a look; the other rows are not read."""
    import pyarrow.parquet as pq

    book, results = result.book, f"results/{result.record.run_id}"
    for file in book.files(results, book.current()):
        top = pq.read_table(file, columns=["customer_id"], filters=[("rank", "=", 1)])
        if top.num_rows:
            return str(top["customer_id"][0].as_py())
    return None


def runs(call: Call, book: BookArg) -> None:
    """Lists the runs, oldest first."""
    from tierwise.grading.run import list_runs

    opened = call.book(book)
    found = list_runs(opened)
    zone = opened.current().settings.zone

    def page(screen: Screen) -> None:
        from tierwise_cli.screen import Col

        if not found:
            screen.para(call.say("No run yet.", "尚无分级运行。"))
            screen.steps([
                ("tierwise policy list", call.say("which policies there are", "有哪些策略")),
                (f"tierwise grade {quoted(book)} --policy abc_sales --as-of DATE", call.say("grade the customers", "为客户分级")),
            ])  # fmt: skip
            return
        heads = [
            Col(call.say("run", "运行"), keep=True),
            Col(call.say("policy", "策略"), keep=True),
            Col(call.say("as of", "截至"), keep=True),
            Col(call.say("grades", "等级")),
            Col(call.say("when", "时间"), keep=True),
        ]
        alike = _alike(found)
        screen.table(heads, [_run_row(record, record.at.astimezone(zone), alike) for record in found])
        if alike:
            _warn_alike(call, screen, alike)

    call.answer({"book": str(book), "runs": [record_data(record) for record in found]}, page)


STATUSES = frozenset({"not_in_population", "no_history", "invalid", "incomplete", "graded"})


def _alike(found: list[RunRecord]) -> set[str]:
    """The names (code and version) under which different policies were graded."""
    known: dict[str, set[str]] = {}
    for record in found:
        known.setdefault(_policy_name(record), set()).add(record.policy_fingerprint)
    return {name for name, fingerprints in known.items() if len(fingerprints) > 1}


def _policy_name(record: RunRecord) -> str:
    return f"{record.policy_code} v{record.policy_version}"


def _warn_alike(call: Call, screen: Screen, alike: set[str]) -> None:
    screen.para(call.say(
        "Different rules graded under the name {names}, because the policy or a release changed; the eight digits tell "
        "them apart. Raise the version of a policy when its rules change.",
        "同一名称 {names} 下的规则不同（策略或软件版本有变更），以八位指纹区分。策略规则变更时请提高其版本号。",
        names=", ".join(sorted(alike)),
    ), indent=2, first="! ", style="yellow")  # fmt: skip


def _run_row(record: RunRecord, at: datetime, alike: set[str]) -> tuple[Any, ...]:
    policy = _policy_name(record)
    if policy in alike:
        policy += f" {record.policy_fingerprint[:8]}"
    return (
        record.run_id,
        policy,
        record.as_of,
        _grades(record),
        at.strftime("%Y-%m-%d %H:%M"),
    )


def _grades(record: RunRecord) -> str:
    """The counts of grades without those of statuses, which are words."""
    return " ".join(f"{code} {count:,}" for code, count in record.counts.items() if code not in STATUSES)


def _run_of(run: str | None) -> str | None:
    return None if run in (None, "latest") else run


def replay(call: Call, book: BookArg, run: RunArg = None) -> None:
    """Computes a run again from what it froze and compares every digit."""
    from tierwise.grading.replay import replay_run

    opened = call.book(book)
    with call.progress() as progress:
        done = replay_run(opened, _run_of(run), progress=progress)
    call.answer({"book": str(book), "replay": done}, lambda screen: _show_replay(call, screen, done))
    if not done.same:
        raise typer.Exit(FAILED)


def _show_replay(call: Call, screen: Screen, done: Replay) -> None:
    from tierwise_cli.screen import Col

    if done.same:
        screen.para(call.say(
            "{run}: every digit is the same. Digest {digest}", "{run}：逐位一致。摘要 {digest}",
            run=done.run_id, digest=done.digest[:16],
        ), style="green")  # fmt: skip
    else:
        screen.para(call.say(
            "{run}: {n:,} {n#value differs|values differ}. Stored digest {old}, computed {new}",
            "{run}：有 {n:,} 个值不同。原摘要 {old}，现摘要 {new}",
            run=done.run_id, n=done.total_differences, old=done.stored_digest[:16], new=done.digest[:16],
        ), style="red")  # fmt: skip
    for name, (before, after) in done.rules_changed.items():
        screen.para(call.say(
            "The rules of {name} changed from version {before} to {after} since; Tierwise {release} reproduces the run.",
            "{name} 的规则已由版本 {before} 变为 {after}；用 Tierwise {release} 可重现该运行。",
            name=name, before=before, after=after, release=done.stored_with,
        ), indent=2, first="! ", style="yellow")  # fmt: skip
    if done.differences:
        screen.space()
        heads = [
            Col(call.say("customer", "客户")),
            Col(call.say("column", "列")),
            Col(call.say("stored", "原值"), "right"),
            Col(call.say("computed", "现值"), "right"),
        ]
        screen.table(
            heads, [(d.customer_id, d.column, _exact(d.stored), _exact(d.computed)) for d in done.differences]
        )
        if done.total_differences > len(done.differences):
            screen.para(
                call.say(
                    "… and {n:,} more", "……另有 {n:,} 处", n=done.total_differences - len(done.differences)
                )
            )


def _exact(value: Any) -> str:
    """A value with all its digits: here the last one counts."""
    from tierwise.grading.export import plain

    return plain(value)


def export(call: Call, book: BookArg, out: OutFile, run: RunArg = None) -> None:
    """Writes every row of a run with all its columns."""
    from tierwise.grading.export import export_results
    from tierwise.grading.run import find_run

    opened = call.book(book)
    record = find_run(opened, _run_of(run))
    rows = export_results(opened, record, out, lang=call.lang)

    def page(screen: Screen) -> None:
        screen.para(
            call.say(
                "{n:,} {n#row|rows} of {run} {n#is|are} in {out}.",
                "{run} 的 {n:,} 行已写入 {out}。",
                n=rows,
                run=record.run_id,
                out=out,
            )
        )

    call.answer({"book": str(book), "run": record.run_id, "out": str(out), "rows": rows}, page)
