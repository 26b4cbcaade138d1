"""Mistakes in the command line itself, and the words of the help pages, in either language."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from typing import Any

from tierwise.kernel.text import Lang
from tierwise_cli.plain import clean, document

USAGE = 2
_VALUE = r"Invalid value for '?(.*?)'?: "
_CHINESE = (
    (r"Missing argument '?([^'.]*)'?\.?", r"缺少参数 \1"),
    (r"Missing option '?([^'.]*)'?\.?", r"缺少选项 \1"),
    (r"No such option: (\S+) \(Possible options: (.*)\)", r"没有选项 \1（相近：\2）"),
    (r"No such option: (\S+)", r"没有选项 \1"),
    (r"No such command '([^']*)'\. Did you mean (.*)\?", r"没有命令 \1（相近：\2）"),
    (r"No such command '([^']*)'\.?", r"没有命令 \1"),
    (r"Missing command\.", "缺少命令"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", r"多余的参数：\1"),
    (r"Option '?([^' ]*)'? requires an argument\.?", r"选项 \1 需要一个值"),
    (r"Option '?([^' ]*)'? does not take a value\.?", r"选项 \1 不带值"),
    (_VALUE + r"(.*) is not a day; write it as (\S+)", r"\1：\2 不是日期；请写成 \3"),
    (_VALUE + r"(.*) is not an amount; write it as (\S+)", r"\1：\2 不是金额；请写成 \3"),
    (_VALUE + r"(.*) lies outside (\S+) to (\S+)", r"\1：\2 不在 \3 至 \4 之间"),
    (_VALUE + r"'(.*)' is not one of (.*?)\.?", r"\1：\2 不在可选值之内：\3"),
    (_VALUE + r"Input should be a valid integer.*", r"\1：应为整数"),
    (_VALUE + r"Input should be less than or equal to (\S+)", r"\1：不得大于 \2"),
    (_VALUE + r"Input should be greater than or equal to (\S+)", r"\1：不得小于 \2"),
    (_VALUE + r"(.*)", r"\1：值无效（\2）"),
)
_HEADINGS: dict[str, tuple[str, str]] = {
    "ARGUMENTS_PANEL_TITLE": ("Arguments", "参数"),
    "OPTIONS_PANEL_TITLE": ("Options", "选项"),
    "COMMANDS_PANEL_TITLE": ("Commands", "命令"),
    "DEFAULT_STRING": ("[default: {}]", "[默认：{}]"),
    "REQUIRED_LONG_STRING": ("[required]", "[必填]"),
}


def speak(lang: Lang, words: Sequence[str], groups: Collection[str] = ()) -> None:
    """Headings in the language, if a help page is about to be shown."""
    if not words or "--help" in words or words[-1] in groups:
        from typer import rich_utils

        for name, (en, zh) in _HEADINGS.items():
            setattr(rich_utils, name, zh if lang == "zh" else en)


def show_usage(error: Any, lang: Lang, *, json: bool) -> int:
    """Says what is wrong with the command line and where help is; a group alone shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return 0  # making the error has shown the help
    context = getattr(error, "ctx", None)
    said = _said(str(error.format_message()).replace("Value error, ", ""), lang)
    sys.stderr.write(clean(f"{said} [cli.usage]") + "\n")
    if context is not None:
        path = context.command_path
        hint = f"用法见 `{path} --help`" if lang == "zh" else f"`{path} --help` shows how it is used"
        sys.stderr.write(f"{hint}\n")
    if json:
        problem = {"code": "cli.usage", "message": said, "file": None, "line": None, "column": None}
        sys.stdout.write(document({"problems": [problem]}, lang) + "\n")
    return int(getattr(error, "exit_code", USAGE))


def _said(message: str, lang: Lang) -> str:
    if lang == "zh":
        for pattern, chinese in _CHINESE:
            if found := re.fullmatch(pattern, message, re.DOTALL):
                return found.expand(chinese)
    return message
