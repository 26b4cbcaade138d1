"""A proposal as the text of a mapping file, with confidence and reason beside every column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from tierwise.kernel.text import Lang, Text
from tierwise.onboarding.model import Proposal, Source

_HEAD = Text(
    "Proposed for {file}: {table}. Look at the lines marked with ? and correct what is wrong.",
    "为 {file} 拟定：{table}。请核对带 ? 的行并更正。",
)
_UNUSED = Text("Not read: {headers}", "未读取的列：{headers}")
_ONE_OF = Text("one of {candidates}", "候选：{candidates}")
_WIDTH = 10_000


def render(proposal: Proposal, lang: Lang) -> str:
    """The YAML text of a proposal; it loads as a mapping file."""
    table = proposal.table.name if lang == "en" else f"{proposal.table.name}（{proposal.table.label.zh}）"
    lines = [f"# {_HEAD.fill(lang, file=_files(proposal), table=table)}"]
    lines += [f"# {'? ' if _doubtful(note.code) else ''}{note.say(lang)}" for note in proposal.notes]
    if proposal.unused:
        lines.append(f"# {_UNUSED.fill(lang, headers=', '.join(proposal.unused))}")
    data = proposal.data()
    for key, value in data.items():
        if key == "columns":
            lines += ["columns:", *_columns(proposal.sources, lang)]
        elif key == "filter":
            lines += ["filter:", *(f"  - {_flow(condition)}" for condition in value)]
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(line.replace("\n", " ") for line in lines) + "\n"


def _files(proposal: Proposal) -> str:
    names = [found.name for found in proposal.sheet.found]
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)})"


def _doubtful(code: str) -> bool:
    return code.startswith(("onboard.ambiguous", "onboard.missing", "onboard.bad"))


def _columns(sources: Sequence[Source], lang: Lang) -> list[str]:
    return [f"  {source.column}: {_flow(source.expression)}  # {_why(source, lang)}" for source in sources]


def _why(source: Source, lang: Lang) -> str:
    mark = "? " if source.confidence == "low" else ""
    said = mark + source.why(lang)
    if source.candidates:
        said += f" ({_ONE_OF.fill(lang, candidates=' / '.join(source.candidates))})"
    return said


def _flow(value: Any) -> str:
    """A value on one line, quoted where YAML would read it as something else."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=_WIDTH, sort_keys=False)
    return text.removesuffix("\n...\n").removesuffix("\n").strip()
