"""Who may ask for a view: said beside the view, checked by the door, and listed by a test.

A view that says nothing is refused to everybody, so that a forgotten line closes a door and never opens one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.views.decorators.http import require_POST

View = TypeVar("View", bound=Callable[..., Any])
NEEDS, ONLY_SENT = "tierwise_needs", "tierwise_only_sent"
PUBLIC, SIGNED_IN = "public", "signed-in"


def public(view: View) -> View:
    """For everybody, also before sign-in."""
    return _mark(view, PUBLIC)


def signed_in(view: View) -> View:
    """For everybody who is signed in."""
    return _mark(view, SIGNED_IN)


def needs(permission: str) -> Callable[[View], View]:
    """For those whose roles have a permission."""
    return lambda view: _mark(view, permission)


def only_sent(view: View) -> View:
    """For what a form sends; it gives no page of its own, so that whoever opens its address is led to one."""
    guarded = require_POST(view)
    setattr(guarded, ONLY_SENT, True)
    return guarded


def gives_page(view: Any) -> bool:
    """Whether a view can be opened as a page."""
    return not getattr(view, ONLY_SENT, False)


def _mark(view: View, need: str) -> View:
    setattr(view, NEEDS, need)
    return view


def need_of(view: Any) -> str | None:
    """What a view asks for; ``None`` where nothing was said."""
    found = getattr(view, NEEDS, None)
    return found if isinstance(found, str) else None
