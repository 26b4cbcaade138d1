"""Who may decide, and where decisions are made. Source: spec 11 (nothing is approved by its requester), decisions 0007, 0011."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.kernel.errors import TierwiseError, fail

if TYPE_CHECKING:
    from tierwise.book.settings import Settings


def refuse_elsewhere(settings: Settings) -> None:
    """**Raises** ``decision.elsewhere`` if the web application owns the decisions of this book."""
    if settings.decisions == "web":
        raise fail(
            "decision.elsewhere",
            "decisions of this book are made in the web application (`decisions: web` in book.yaml); decide there",
            "此账簿的决定在网页应用中作出（book.yaml 中 `decisions: web`）；请到网页应用中处理",
        )


def own_request(person: str, asked: str) -> TierwiseError:
    """The refusal to decide on what one has asked for oneself."""
    return fail(
        "decision.own-request",
        "{person} asked for {asked} and cannot decide on it; somebody else has to (`--actor NAME` says who)",
        "{asked} 由 {person} 提出，本人不能审批；须由他人处理（用 `--actor 姓名` 说明操作人）",
        person=person,
        asked=asked,
    )
