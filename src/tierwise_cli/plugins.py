"""Commands of other packages: each entry point of group ``tierwise.commands`` is a function that gets a Typer
application and adds commands to it, or a Typer application that becomes a group of its name.

Help texts carry both languages (``tierwise.kernel.text.both``); a ``TierwiseError`` that a plug-in lets through is
reported like one of ours, with exit code 2.

A plug-in must import its own heavy modules inside its commands, as this package does. One that cannot be
loaded is reported on standard error and the other commands work.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from tierwise.kernel.text import Lang, Text
from tierwise_cli.plain import clean

GROUP = "tierwise.commands"
_BROKEN = Text(
    "the plug-in {name} ({package}) could not be loaded: {why} [cli.plugin]",
    "无法加载插件 {name}（{package}）：{why} [cli.plugin]",
)


class TakenError(Exception):
    """A plug-in brings a command that exists."""


def join(app: typer.Typer, lang: Lang) -> None:
    """Adds the commands of all plug-ins that can be loaded."""
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        try:
            _add(app, point)
        except Exception as error:  # noqa: BLE001 - a stranger's code may fail in any way; it is reported
            package = point.dist.name if point.dist else "?"
            why = f"{type(error).__name__}: {error}"
            said = _BROKEN.fill(lang, name=point.name, package=package, why=why)
            sys.stderr.write(clean(said) + "\n")


def _add(app: typer.Typer, point: EntryPoint) -> None:
    loaded: Any = point.load()
    apart = typer.Typer()
    if isinstance(loaded, typer.Typer):
        apart.add_typer(loaded, name=point.name)
    else:
        loaded(apart)
    if both := names(app) & names(apart):
        raise TakenError(f"{', '.join(sorted(both))} exists already")
    app.registered_commands += apart.registered_commands
    app.registered_groups += apart.registered_groups


def names(app: typer.Typer) -> set[str]:
    """The names of an application's commands and groups."""
    commands = {
        c.name or (c.callback.__name__.replace("_", "-") if c.callback else "")
        for c in app.registered_commands
    }
    groups = {
        g.name if isinstance(g.name, str) else getattr(g.typer_instance, "info", g).name
        for g in app.registered_groups
    }
    return {name for name in (*commands, *groups) if isinstance(name, str)}
