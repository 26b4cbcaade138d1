"""The one environment of templates: strict about names, escaping always, both languages at hand."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.urls import reverse
from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from tierwise.kernel.text import Text
from tierwise_web.common import words
from tierwise_web.common.refusing import said_of, told

_TIME = Markup("<time>{}</time>")


def environment(**options: Any) -> Environment:
    """The environment; ``common/base.html`` is the template ``base.html`` of the application ``common``."""
    options |= {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    options["loader"] = PrefixLoader({app.label: _loader(app.name) for app in _with_templates()})
    made = Environment(**options)
    made.globals |= {
        "say": say,
        "static": static,
        "url": url,
        "lang": words.language,
        "told": told,
        "said_of": said_of,
    }
    made.filters |= {"amount": words.amount, "plain": words.plain}
    made.filters |= {"day": day, "moment": moment}
    made.filters |= {"unbroken": words.unbroken}
    return made


def _with_templates() -> list[Any]:
    ours = [app for app in apps.get_app_configs() if app.name.startswith("tierwise_web.")]
    return [app for app in ours if (Path(app.path) / "templates").is_dir()]


def _loader(package: str) -> PackageLoader:
    return PackageLoader(package, f"templates/{package.rpartition('.')[2]}")


def say(en: str | Text, zh: str = "", **slots: Any) -> str:
    """The sentence in the language of the page; slots are escaped, the sentence is ours."""
    if not slots and isinstance(en, str):
        return zh if words.language() == "zh" else en
    text = en if isinstance(en, Text) else Text(en, zh)
    if not slots:
        return text.in_lang(words.language())
    return Markup(text.fill(words.language(), **{name: escape(value) for name, value in slots.items()}))


def day(value: date | str | None) -> Markup:
    """A day that no line breaks."""
    return _TIME.format(words.day(value))


def moment(value: datetime | None) -> Markup:
    """An instant; a line may break between day and minute alone."""
    on, _, minute = words.moment(value).partition(" ")
    return Markup(" ").join(_TIME.format(part) for part in (on, minute) if part)


def static(name: str) -> str:
    """The address of a static file."""
    return f"{settings.STATIC_URL}{name}"


@lru_cache(maxsize=4096)
def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a view by its name; the same for ever, and a page asks for dozens."""
    return reverse(name, args=args, kwargs=kwargs)
