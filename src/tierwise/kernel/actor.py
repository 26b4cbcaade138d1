"""Who acts: a name that says somebody, and whether two names say the same person. Source: spec 11, decision 0011."""

from __future__ import annotations

import unicodedata

from tierwise.kernel.errors import fail


def same_person(one: str, other: str) -> bool:
    """Whether two names are those of one person: case, width, blanks and what is invisible do not tell people apart."""
    return _known_as(one) == _known_as(other)


def refuse_nobody(actor: str) -> None:
    """**Raises** ``actor.nobody`` for a name without a visible sign: nobody could be asked about what was done."""
    if not _known_as(actor):
        raise fail(
            "actor.nobody",
            "the name of who acts is empty; say it with `--actor NAME` or the environment variable TIERWISE_ACTOR",
            "操作人姓名为空；请用 `--actor 姓名` 或环境变量 TIERWISE_ACTOR 说明",
        )


def _known_as(name: str) -> str:
    """A name without case and width, and without blanks and controls, which an input method adds unseen."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "CZ")
