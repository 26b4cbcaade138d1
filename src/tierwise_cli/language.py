"""In which language the command line speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tierwise.kernel.text import Lang, both, half


def language_of(argv: Sequence[str], environ: Mapping[str, str]) -> Lang:
    """The language that ``--lang`` asks for, else TIERWISE_LANG, else that of the locale."""
    for at, word in enumerate(argv):
        if word == "--":
            break
        if word.startswith("--lang="):
            return _lang(word.removeprefix("--lang="))
        if word == "--lang" and at + 1 < len(argv):
            return _lang(argv[at + 1])
    for name in ("TIERWISE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return _lang(environ[name])
    return "en"


def _lang(text: str) -> Lang:
    return "zh" if text.strip().lower().startswith("zh") else "en"


def choose(command: Any, lang: Lang) -> None:
    """Leaves one language in every help text of a command, its parameters and its subcommands."""
    help_option = command.get_help_option(command.context_class(command))
    if help_option is not None:
        help_option.help = both("Show this page.", "显示本页。")
        help_option.metavar = ""  # it takes no value, and none is shown beside it
    for holder in (command, *command.params, help_option):
        for name in ("help", "short_help", "epilog"):
            text = getattr(holder, name, None)
            if isinstance(text, str):
                setattr(holder, name, half(text, lang))
    for child in cast(dict[str, Any], getattr(command, "commands", {})).values():
        choose(child, lang)
