"""Renders docs/reference/cli.md from the commands themselves.

Edit the help texts in src/tierwise_cli, then run `.venv/bin/python scripts/make_cli_docs.py`. A test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from tierwise.kernel.text import Lang, half
from tierwise_cli.main import PROGRAM, application
from tierwise_web.serve import register

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "docs" / "reference" / "cli.md"

INTRODUCTION = """\
# Command line 命令行

Every command, its arguments and its options. This file is made from the commands by
`scripts/make_cli_docs.py`; change the texts there.
全部命令及其参数与选项。本文件由 `scripts/make_cli_docs.py` 生成。

* `--json` gives one JSON document on standard output; decimals in it are texts with every digit.
  Problems come as `{"problems": [{"code", "message", "file", "line", "column"}]}`.
  在标准输出给出一个 JSON 文档，其中小数为保留全部位数的文本。
* Problems are told on standard error, one a line: `file:line: sentence [code]`. The codes are stable.
  问题写在标准错误输出，每行一个：`文件:行号: 说明 [代码]`；代码保持稳定。
* A progress bar appears on a terminal when a step takes longer than two seconds.
  在终端中，超过两秒的步骤会显示进度条。

| Exit code 退出码 | Meaning | 含义 |
|---|---|---|
| 0 | done | 完成 |
| 1 | `replay` found a difference, `check` found what blocks grading, or a bug | 重算有差异、检查发现阻止分级的问题，或程序错误 |
| 2 | what was asked cannot be done; the message says what to mend | 无法执行，提示中说明如何更正 |
| 130 | interrupted; nothing is half-written | 已中断，不留半成品 |

| Environment 环境变量 | Meaning | 含义 |
|---|---|---|
| `TIERWISE_LANG` | language of the answers: `zh` or `en`; else `LC_ALL`, `LC_MESSAGES`, `LANG` | 输出语言 |
| `TIERWISE_ACTOR` | who acts; else the login | 操作人 |
| `TIERWISE_NOW` | the clock, for tests and repetitions: an instant in ISO 8601 | 固定时钟，用于测试与重现 |

| Web application 网页应用 | Meaning | 含义 |
|---|---|---|
| `TIERWISE_HOSTS` | names under which it may be asked for, besides this machine's own; separated by commas | 除本机外允许访问的主机名，以逗号分隔 |
| `TIERWISE_SECOND_FACTOR` | roles (codes, separated by commas) that come in with a second factor only, or `all` | 必须两步验证的角色代码（逗号分隔），或 `all` |
| `TIERWISE_OIDC_ISSUER`, `TIERWISE_OIDC_CLIENT_ID`, `TIERWISE_OIDC_CLIENT_SECRET` | the company's own sign-in (OpenID Connect); no secret for a public client | 公司统一登录（OpenID Connect）；公开客户端无需密钥 |
| `TIERWISE_OIDC_TITLE`, `TIERWISE_OIDC_USERNAME` | its name on the sign-in page; the claim that is the user name at the first time (`preferred_username`) | 登录页显示的名称；首次登录时对应用户名的声明（缺省 `preferred_username`） |
| `TIERWISE_OIDC_MAP`, `TIERWISE_OIDC_NEW` | `claim:value=role:code` and `claim:value=unit:code`, separated by commas; `1` lets unknown people in | 声明到角色与单位的映射（逗号分隔）；`1` 允许未知人员进入 |
| `TIERWISE_SESSION_HOURS` | hours that a sign-in lasts, 1 to 720; 12 by default | 登录有效小时数，1 至 720，缺省 12 |
| `TIERWISE_MOST_CUSTOMERS` | customers that one account manager may come to by claiming from the pool; 500 by default, 0 for no limit | 客户经理通过公海领取可达到的客户数上限，缺省 500，0 表示不限 |
| `TIERWISE_HTTPS` | `1` where a proxy in front ends the encryption: cookies travel encrypted only | 前置代理负责加密时设为 `1`，Cookie 仅经加密传输 |
| `TIERWISE_DATABASE_URL` | `postgresql://user:password@host:5432/name`; else SQLite in the folder of `--data` | 数据库地址；缺省为 `--data` 文件夹中的 SQLite |
| `TIERWISE_SECRET_KEY` | signs sessions; else made once and kept in the folder of `--data` | 会话签名密钥；缺省自动生成并保存于 `--data` 文件夹 |
| `TIERWISE_LOG_LEVEL` | `INFO` (one line a request), `WARNING` … | 日志级别；`INFO` 为每个请求一行 |
| `TIERWISE_BOOK`, `TIERWISE_WEB_DATA` | where a server of your own finds book and folder (`tierwise_web.config.wsgi`); `serve` sets them | 自备服务器时的账簿与数据文件夹；`serve` 会自动设置 |
"""


def render() -> str:
    """The text of docs/reference/cli.md."""
    parts = [INTRODUCTION]
    for path, command in commands(get_command(everything()), PROGRAM):
        parts.append(_section(path, command))
    return "\n".join(f"{part.rstrip()}\n" for part in parts)


def everything() -> Any:
    """The command line with what the web application adds to it."""
    app = application()
    register(app)
    return app


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command below a command, with the words that call it."""
    for name, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from commands(child, f"{path} {name}")
        else:
            yield f"{path} {name}", child


def _section(path: str, command: Any) -> str:
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    lines = [f"## {path}", "", _in("en", command.help), "", _in("zh", command.help), ""]
    lines += ["```", " ".join([path, *_usage(shown)]), "```", ""]
    lines += ["| | Meaning | 含义 |", "|---|---|---|", *(_row(param) for param in shown)]
    return "\n".join(lines)


def _usage(params: list[Any]) -> Iterator[str]:
    """Arguments first; required options after them; the others as one word."""
    arguments = [param for param in params if param.param_type_name == "argument"]
    for param in arguments:
        word = f"{param.metavar}..." if param.nargs == -1 else param.metavar
        yield word if param.required else f"[{word}]"
    for param in params:
        if param not in arguments and param.required:
            yield f"{param.opts[0]} {param.metavar}"
    yield "[OPTIONS]"


def _row(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"| `{param.metavar}` | {_in('en', param.help)} | {_in('zh', param.help)} |"
    name = f"{param.opts[0]} {param.metavar}".strip().replace("|", "\\|")
    default = "" if param.default in (None, False) else f" (`{param.default}`)"
    return f"| `{name}` | {_in('en', param.help)}{default} | {_in('zh', param.help)}{default} |"


def _in(lang: Lang, text: str | None) -> str:
    return half(text or "", lang).replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
