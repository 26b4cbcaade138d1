"""How a command is declared: its own parameters, and the ones that all commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_type_hints

import typer

from tierwise.engine.place import EngineName
from tierwise.kernel.text import both
from tierwise_cli.call import Session, call_of, guarded
from tierwise_cli.options import flag, option

Body = Callable[..., None]

_JSON = Annotated[
    bool,
    flag("--json", "One JSON document on standard output.", "在标准输出给出一个 JSON 文档。"),
]
_LANG = Annotated[
    Literal["en", "zh"] | None,
    option(
        "--lang",
        "en|zh",
        "Language of the answer; else TIERWISE_LANG, else LANG.",
        "输出语言；缺省取 TIERWISE_LANG，再取 LANG。",
    ),
]
_ACTOR = Annotated[
    str | None,
    option(
        "--actor",
        "NAME",
        "Who does it; else TIERWISE_ACTOR, else the login.",
        "操作人；缺省取 TIERWISE_ACTOR，再取登录名。",
    ),
]
_ENGINE = Annotated[
    EngineName | None,
    option(
        "--engine",
        "duckdb|spark",
        "Where to compute; else as book.yaml says. The results are the same.",
        "在何处计算；缺省按 book.yaml。结果相同。",
    ),
]
_SPARK = Annotated[
    str | None,
    option(
        "--spark",
        "URL",
        "A Spark master (local[4], spark://…, yarn, k8s://…) or Spark Connect server (sc://…).",
        "Spark 主节点（local[4]、spark://…、yarn、k8s://…）或 Spark Connect 服务器（sc://…）。",
    ),
]
_AT = Annotated[str | None, typer.Option("--at", hidden=True)]


def group(name: str, en: str, zh: str) -> typer.Typer:
    """An empty group of commands."""
    made = typer.Typer(name=name, help=both(en, zh), no_args_is_help=True, add_completion=False)
    made.callback()(_language_before)
    return made


def _language_before(lang: Annotated[str | None, typer.Option("--lang", hidden=True)] = None) -> None:
    """The language may stand before the command; it has been read already."""


def command(
    app: typer.Typer, name: str, en: str, zh: str, *, writes: bool = False, computes: bool = False
) -> Callable[[Body], Body]:
    """Adds a command whose body gets a ``Call`` first and its own parameters after it, by name.

    ``writes``: it has an actor. ``computes``: it may be told where whole populations are computed.
    """

    def declare(body: Body) -> Body:
        shared: dict[str, Any] = {"json": _JSON, "lang": _LANG, "at": _AT}
        shared |= {"actor": _ACTOR} if writes else {}
        shared |= {"engine": _ENGINE, "spark": _SPARK} if computes else {}
        own = _own_parameters(body)

        def run(**values: Any) -> None:
            session: Session = values.pop("context").find_root().obj
            options = {option: values.pop(option) for option in shared}

            def work() -> None:
                body(call_of(session, **options), **values)

            session.lang = options["lang"] or session.lang
            guarded(session, work, json=options["json"])

        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        run.__signature__ = inspect.Signature([context, *own, *_shared_parameters(shared)])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in [context, *own, *_shared_parameters(shared)]}
        app.command(name, help=both(en, zh))(run)
        return body

    return declare


def _own_parameters(body: Body) -> list[inspect.Parameter]:
    hints = get_type_hints(body, include_extras=True)
    parameters = list(inspect.signature(body).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [p.replace(annotation=hints[p.name], kind=keyword) for p in parameters]


def _shared_parameters(shared: dict[str, Any]) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, keyword, annotation=kind, default=False if name == "json" else None)
        for name, kind in shared.items()
    ]
