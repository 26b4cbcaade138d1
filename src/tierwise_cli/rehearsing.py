"""``tierwise rehearse`` and ``rehearsals``: what a policy would do, before anyone is treated differently."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierwise_cli.call import Call
from tierwise_cli.command import command
from tierwise_cli.options import (
    AsOf,
    BookArg,
    OutFileOption,
    argument,
    flag,
    option,
    refuse_bad_target,
)
from tierwise_cli.rehearsal_pages import show_list, show_rehearsal

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book
    from tierwise.policy.load import PolicyDocument
    from tierwise.rehearsal.model import Rehearsal

Rehearsed = Annotated[
    str,
    option(
        "--policy",
        "POLICY",
        "The policy to rehearse: a file, a draft of the book by code, or a shipped one.",
        "要演练的策略：文件、账簿中草稿的代码，或内置策略。",
    ),
]
Against = Annotated[
    str | None,
    option(
        "--against",
        "POLICY",
        "What to compare with; else the policy whose place it would take.",
        "对照的策略；缺省为将被取代的现行策略。",
    ),
]
Limit = Annotated[
    int,
    option(
        "--limit", "N", "Surprising moves to show; 0 shows all movers.", "显示的意外变动数；0 为全部。", min=0
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    command(
        app,
        "rehearse",
        "Show what a policy would do: who would move, why, and what is at stake.",
        "演练策略：谁会变动、为何变动、涉及多少金额。",
        writes=True,
        computes=True,
    )(rehearse)
    command(app, "rehearsals", "List stored rehearsals, or show one.", "列出已保存的演练，或查看其中一次。")(
        rehearsals
    )


def rehearse(
    call: Call,
    book: BookArg,
    policy: Rehearsed,
    as_of: AsOf,
    against: Against = None,
    dry_run: Annotated[bool, flag("--dry-run", "Look only; store nothing.", "仅查看，不保存。")] = False,
    limit: Limit = 20,
    out: OutFileOption = None,
) -> None:
    """Computes both policies over the same facts and freezes what would change."""
    from tierwise.rehearsal.rehearse import rehearse as compute

    if out is not None:
        refuse_bad_target(out)
    opened = call.book(book)
    new, old = _rehearsed(opened, policy), _compared(opened, against, as_of)
    with call.progress() as progress:
        found, rows = compute(
            opened, new, as_of, against=old, actor=call.actor, at=call.at, dry_run=dry_run, progress=progress
        )
    _write(call, found, rows, out)
    call.answer(
        _data(book, found, rows, out),
        lambda screen: show_rehearsal(call, screen, book, found, rows, limit, out),
    )


def _rehearsed(book: Book, name: str) -> PolicyDocument:
    from tierwise.policy.load import load_policy
    from tierwise.rehearsal.policies import draft_named

    return draft_named(book, name) or load_policy(name)


def _compared(book: Book, name: str | None, as_of: date) -> PolicyDocument | None:
    from tierwise.kernel.periods import Period
    from tierwise.movement.managed import policy_of_period

    return None if name is None else policy_of_period(book, name, Period.on(as_of))


def rehearsals(
    call: Call,
    book: BookArg,
    rehearsal: Annotated[
        str | None, argument("[REHEARSAL]", "Such as rehearsal-000003 or 3.", "如 rehearsal-000003 或 3。")
    ] = None,
    limit: Limit = 20,
    out: OutFileOption = None,
) -> None:
    """Reads what was stored; nothing is computed again."""
    from tierwise.rehearsal.records import find_rehearsal, list_rehearsals, movers_of

    if out is not None:
        refuse_bad_target(out)
    opened = call.book(book)
    if rehearsal is None and out is None:
        known = list_rehearsals(opened)
        data = {"book": str(book), "rehearsals": [_head(one) for one in known]}
        call.answer(data, lambda screen: show_list(call, screen, book, known))
        return
    found = find_rehearsal(opened, rehearsal)
    rows = movers_of(opened, found)
    _write(call, found, rows, out)
    call.answer(
        _data(book, found, rows, out),
        lambda screen: show_rehearsal(call, screen, book, found, rows, limit, out),
    )


def _head(found: Rehearsal) -> dict[str, Any]:
    return {
        "rehearsal": found.rehearsal_id,
        "as_of": found.as_of,
        "policy": {"code": found.policy_code, "version": found.policy_version, "fingerprint": found.policy_fingerprint},
        "against": None if found.against_code is None else {
            "code": found.against_code, "version": found.against_version, "fingerprint": found.against_fingerprint,
            "run": found.against_run,
        },
        "grades": found.grades,
        "book_version": found.book_version,
        "by": found.actor,
        "at": found.at,
        "digest": found.digest,
        "movers": found.movers,
    }  # fmt: skip


def _data(book: Path, found: Rehearsal, rows: pa.Table, out: Path | None) -> dict[str, Any]:
    return {
        "book": str(book),
        **_head(found),
        **found.facts,
        "rows": rows.to_pylist(),
        "out": str(out) if out else None,
    }


def _write(call: Call, found: Rehearsal, rows: pa.Table, out: Path | None) -> None:
    from tierwise.grading.export import Sheet, write_rows

    if out is None:
        return
    about = {
        "rehearsal": found.rehearsal_id,
        "policy": f"{found.policy_code} v{found.policy_version}",
        "against": f"{found.against_code} v{found.against_version}" if found.against_code else "",
        "as_of": found.as_of.isoformat(),
        "digest": found.digest,
    }
    write_rows(rows, out, Sheet(call.say("movers", "变动客户"), about, call.lang))
