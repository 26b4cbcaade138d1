"""``tierwise onboard``: what a folder of files holds, how it is read, and what it is good for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise.kernel.errors import fail
from tierwise.kernel.text import Text
from tierwise_cli.call import FAILED, Call
from tierwise_cli.command import command
from tierwise_cli.mapping import described
from tierwise_cli.options import argument, flag, option
from tierwise_cli.plain import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierwise.book.importing import ImportSummary
    from tierwise.onboarding.duplicates import Twins
    from tierwise.onboarding.ledger import Month
    from tierwise.onboarding.onboard import Onboarding
    from tierwise.onboarding.support import Support
    from tierwise_cli.screen import Screen

SHOWN = 20
_IN_THE_WAY = (
    "onboard.missing-column",
    "onboard.ambiguous-header",
    "onboard.ambiguous-left-out",
    "onboard.bad-values",
)
_STATES = {
    "yes": Text("yes", "可以"),
    "partly": Text("partly", "部分可以"),
    "no": Text("no", "不可以"),
}
_SHARED = {
    "name": Text("the same name", "名称相同"),
    "unified_credit_code": Text("the same unified credit code", "统一社会信用代码相同"),
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(
        app,
        "onboard",
        "Look through a folder of files: tables, mappings, what the data supports.",
        "查看一个文件夹：可成哪些表、如何映射、数据能支持什么。",
        writes=True,
    )(onboard)


def onboard(
    call: Call,
    folder: Annotated[Path, argument("DIR", "Folder with the files.", "存放文件的文件夹。")],
    ledger: Annotated[
        Path | None,
        option(
            "--ledger",
            "FILE",
            "Monthly totals to compare net sales with: a month and an amount a line.",
            "用于核对净销售额的月度合计：每行一个月份与金额。",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        option("--out", "DIR", "Write the mapping files there.", "将映射文件写入此文件夹。"),
    ] = None,
    book: Annotated[
        Path | None,
        option("--book", "BOOK", "Import into this book by the proposals.", "按拟定的映射导入此账簿。"),
    ] = None,
    base_currency: Annotated[
        str | None,
        option(
            "--base-currency",
            "CODE",
            "Currency of amounts that name none; else the book's, else CNY.",
            "未注明币种的金额所用的币种；缺省取账簿本位币，再取 CNY。",
        ),
    ] = None,
    all_: Annotated[
        bool, flag("--all", "List every metric, not only what is missing.", "列出全部指标，而不只列缺少的。")
    ] = False,
) -> None:
    """Changes nothing unless --out or --book is given. With a ledger that differs, nothing is imported."""
    from tierwise.onboarding.onboard import import_plans, write_mappings
    from tierwise.onboarding.onboard import onboard as look

    opened = call.book(book) if book else None
    currency = base_currency or (opened.current().settings.base_currency if opened else "CNY")
    found = look(folder, ledger=ledger, base_currency=currency)
    written = write_mappings(found, out, call.lang) if out else []
    differs = found.ledger is not None and bool(found.ledger.differing)
    done: list[ImportSummary] = []
    if opened is not None and not differs:
        done = import_plans(opened, found.plans, rejects=out, actor=call.actor, at=call.at)
    call.answer(
        _data(found, written, done),
        lambda screen: _Page(call, screen, found).show(written, done, book, every=all_),
    )
    if differs and opened is not None:
        raise _not_imported(ledger)
    if differs:
        raise typer.Exit(FAILED)


def _not_imported(ledger: Path | None) -> Exception:
    return fail(
        "onboard.ledger-differs",
        "the months differ from the ledger, so nothing was imported; leave --ledger out to import all the same",
        "月度合计与总账不符，因此未导入；如仍要导入，请去掉 --ledger",
        file=str(ledger),
    )


def _data(found: Onboarding, written: list[Path], done: list[ImportSummary]) -> dict[str, Any]:
    return {
        "folder": str(found.folder),
        "plans": [
            {
                "files": [str(path) for path in plan.files],
                "mapping": plan.name,
                "rows": plan.trial.accepted,
                "rejected": plan.trial.rejected,
                "filtered": plan.trial.filtered,
                "by_code": plan.trial.by_code,
                "rivals": list(plan.rivals),
                **described(plan.proposal),
            }
            for plan in found.plans
        ],
        "beside": list(found.beside),
        "unclear": [sheet.name for sheet in found.unclear],
        "nearest": {
            sheet.name: described(near)
            for sheet in found.unclear
            if (near := found.nearest.get(sheet.number)) is not None
        },
        "unreadable": list(found.unreadable),
        "duplicates": [
            {"by": twin.by, "value": twin.value, "codes": list(twin.codes)} for twin in found.twins
        ],
        "months": list(found.months),
        "ledger": _ledger_data(found),
        "metrics": [_support(one) for one in found.metrics],
        "policies": [_support(one) for one in found.policies],
        "written": [str(path) for path in written],
        "imports": done,
    }


def _ledger_data(found: Onboarding) -> dict[str, Any] | None:
    if found.ledger is None:
        return None
    return {
        "months": len(found.ledger.months),
        "differing": [
            {
                "month": m.month,
                "currency": m.currency,
                "ledger": m.ledger,
                "files": m.files,
                "difference": m.difference,
            }
            for m in found.ledger.differing
        ],
    }


def _support(one: Support) -> dict[str, Any]:
    return {"code": one.code, "title": one.title, "state": one.state, "missing": list(one.missing)}


def _months(rows: Iterable[Month]) -> int:
    """How many months the rows are of; a month has one per currency."""
    return len({row.month for row in rows})


class _Page:
    """The answer for people."""

    def __init__(self, call: Call, screen: Screen, found: Onboarding) -> None:
        self.call, self.screen, self.found, self.say = call, screen, found, call.say

    def show(self, written: list[Path], done: list[ImportSummary], book: Path | None, *, every: bool) -> None:
        self.plans()
        self.doubts()
        self.ledger()
        self.support(every=every)
        self.next(written, done, book)

    def plans(self) -> None:
        from tierwise_cli.screen import Col

        self.screen.heading(self.say("What {folder} holds", "{folder} 的内容", folder=self.found.folder))
        heads = [
            Col(self.say("files", "文件")),
            Col(self.say("table", "表"), keep=True),
            Col(self.say("rows", "行数"), align="right", keep=True),
            Col(self.say("rejected", "被拒"), align="right", keep=True),
            Col(self.say("left out", "排除"), align="right", keep=True),
        ]
        rows = [
            (self._files(plan.files), plan.proposal.table.name, t.accepted, t.rejected, t.filtered)
            for plan in self.found.plans
            for t in (plan.trial,)
        ]
        self.screen.table(heads, rows)
        self._named(
            self.found.beside, Text("Looked into by the others: {files}", "供其他文件按编码查找：{files}")
        )
        self._named(
            [sheet.name for sheet in self.found.unclear],
            Text("No table was recognised in: {files}", "未能识别为任何表：{files}"),
        )
        for problem in self.found.unreadable:
            said = f"{problem.place()}: {problem.say(self.call.lang)} [{problem.code}]"
            self.screen.para(said, indent=2, first="! ", style="yellow")

    def _named(self, files: Sequence[str], words: Text) -> None:
        if files:
            self.screen.space()
            self.screen.para(words.fill(self.call.lang, files=", ".join(files)))

    def _files(self, files: tuple[Path, ...]) -> str:
        if len(files) == 1:
            return files[0].name
        said = Text("{name} and {more} more", "{name} 等 {n} 个文件")
        return said.fill(self.call.lang, name=files[0].name, more=len(files) - 1, n=len(files))

    def doubts(self) -> None:
        for plan in self.found.plans:
            notes = [note.say(self.call.lang) for note in plan.proposal.notes]
            if plan.rivals:
                rivals = ", ".join(plan.rivals)
                notes.insert(0, self.say("it may also be {rivals}", "也可能是 {rivals}", rivals=rivals))
            if notes:
                self.screen.space()
                self.screen.heading(f"{self._files(plan.files)} → {plan.proposal.table.name}")
            for note in notes:
                self.screen.para(note, indent=2, first="! ", style="yellow")
        self.nearest()
        self.twins()

    def nearest(self) -> None:
        """What of a file that was taken for no table stands in the way, and the command that goes on from there."""
        for sheet in self.found.unclear:
            near = self.found.nearest.get(sheet.number)
            if near is None:
                continue
            said = Text("{file} comes nearest to {table}", "{file} 最接近 {table}")
            self.screen.space()
            self.screen.heading(said.fill(self.call.lang, file=sheet.name, table=near.table.name))
            for note in near.notes:
                if note.code in _IN_THE_WAY:
                    self.screen.para(note.say(self.call.lang), indent=2, first="! ", style="yellow")
            path, name = sheet.found[0].path, sheet.found[0].layout.sheet
            command_ = f"tierwise map {quoted(path)} {near.table.name}" + (
                f" --sheet {quoted(name)}" if name else ""
            )
            self.screen.steps(
                [(command_, self.say("writes the mapping to be completed", "生成待补全的映射文件"))]
            )

    def twins(self) -> None:
        if not self.found.twins:
            return
        self.screen.space()
        said = Text("Customers that may stand under two codes: {n}", "可能重复建档的客户：{n} 组")
        self.screen.heading(said.fill(self.call.lang, n=len(self.found.twins)))
        for twin in self.found.twins[:SHOWN]:
            self.screen.para(self._twin(twin), indent=2, first="! ", style="yellow")

    def _twin(self, twin: Twins) -> str:
        return self.say(
            "{codes}: {shared} ({value})",
            "{codes}：{shared}（{value}）",
            codes=", ".join(twin.codes),
            shared=_SHARED[twin.by].in_lang(self.call.lang),
            value=twin.value,
        )

    def ledger(self) -> None:
        if self.found.ledger is None:
            return
        differing, all_ = self.found.ledger.differing, self.found.ledger.months
        self.screen.space()
        if not differing:
            agrees = Text("The ledger agrees in all {n} months", "与总账 {n} 个月全部相符")
            self.screen.heading(agrees.fill(self.call.lang, n=_months(all_)))
            return
        differs = Text("The ledger differs in {k} of {n} months", "与总账不符：{n} 个月中的 {k} 个月")
        self.screen.heading(differs.fill(self.call.lang, k=_months(differing), n=_months(all_)))
        self._months()

    def _months(self) -> None:
        from tierwise_cli.screen import Col

        assert self.found.ledger is not None
        heads = [Col(self.say("month", "月份"), keep=True), Col(self.say("currency", "币种"), keep=True)]
        heads += [
            Col(title, align="right", keep=True)
            for title in (
                self.say("ledger", "总账"),
                self.say("files", "文件"),
                self.say("difference", "差额"),
            )
        ]
        self.screen.table(
            heads,
            [(m.month, m.currency, m.ledger, m.files, m.difference) for m in self.found.ledger.differing],
        )

    def support(self, *, every: bool) -> None:
        policies, metrics = self.found.policies, self.found.metrics
        self._count(Text("Policies", "策略"), policies)
        self._supported([one for one in policies if every or one.state != "yes"])
        self._count(Text("Metrics", "指标"), metrics)
        if every:
            self._supported(list(metrics))
        else:
            self._lacking(metrics)

    def _count(self, title: Text, listed: Sequence[Support]) -> None:
        good = sum(1 for one in listed if one.state == "yes")
        said = Text("{title}: {good} of {n} are supported", "{title}：{n} 个中支持 {good} 个")
        self.screen.space()
        self.screen.heading(
            said.fill(self.call.lang, title=title.in_lang(self.call.lang), good=good, n=len(listed))
        )

    def _supported(self, listed: list[Support]) -> None:
        from tierwise_cli.screen import Col

        if not listed:
            return
        heads = [
            Col(self.say("name", "名称"), keep=True),
            Col(self.say("supported", "支持"), keep=True),
            Col(self.say("missing", "缺少")),
        ]
        lang = self.call.lang
        self.screen.table(
            heads, [(o.code, _STATES[o.state].in_lang(lang), o.lacking(lang) or " ") for o in listed]
        )

    def _lacking(self, metrics: Sequence[Support]) -> None:
        """What is missing, and the metrics that it would give or make truer."""
        from tierwise_cli.screen import Col

        groups: dict[str, list[str]] = {}
        for one in metrics:
            for text in one.missing:
                groups.setdefault(text.in_lang(self.call.lang), []).append(one.code)
        heads = [Col(self.say("missing", "缺少"), least=24), Col(self.say("metrics", "影响的指标"))]
        if groups:
            self.screen.table(heads, [(text, ", ".join(names)) for text, names in groups.items()])

    def next(self, written: list[Path], done: list[ImportSummary], book: Path | None) -> None:
        for one in done:
            self.screen.para(
                self.say(
                    "{table}: {new:,} new, {changed:,} changed, {same:,} the same, {rejected:,} rejected",
                    "{table}：新增 {new:,}，变更 {changed:,}，相同 {same:,}，被拒 {rejected:,}",
                    table=one.table,
                    new=one.new,
                    changed=one.changed,
                    same=one.same,
                    rejected=one.rejected,
                )
            )
        folder = quoted(self.found.folder)
        if done and book is not None:
            steps = [(f"tierwise check {quoted(book)}", self.say("what is doubtful in it", "查看可疑之处"))]
        elif written:
            steps = [
                (f"tierwise import BOOK {plan.proposal.table.name} {quoted(plan.files[0])} --map {quoted(path)}", "")
                for plan, path in zip(self.found.plans, written, strict=False)
            ][:3]  # fmt: skip
        else:
            steps = [
                (f"tierwise onboard {folder} --out mappings", self.say("write the mapping files, to correct them", "写出映射文件以便更正")),
                (f"tierwise onboard {folder} --book BOOK", self.say("import by the proposals as they are", "直接按拟定的映射导入")),
            ]  # fmt: skip
        self.screen.steps(steps)
