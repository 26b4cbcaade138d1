"""Keeping, sharing and forgetting views of the list."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tierwise.kernel.errors import fail
from tierwise_web.audit.services import record
from tierwise_web.common.asking import Question
from tierwise_web.customers.models import SavedView
from tierwise_web.people.models import User

EXISTS = "web.view-exists"
MOST = 50
"""So many views one person keeps."""


_VIEWS = Question(
    SavedView,
    "v",
    "FROM customers_savedview v JOIN people_user u ON u.id = v.owner_id "
    "WHERE v.owner_id = %s OR v.shared ORDER BY v.name, v.id",
    also=[("owner_name", "u.name")],
)


def views_for(user: User) -> list[SavedView]:
    """The person's own views, and those that others share, with ``owner_name``; every list asks for them."""
    return _VIEWS.ask(user.pk)


@transaction.atomic
def save_view(
    *, name: str, query: str, shared: bool, replace: bool = False, actor: User, at: datetime
) -> SavedView:
    """A view under a name. **Raises** ``web.view-exists`` where another of the person's own has it, unless that is to be
    replaced; ``web.too-many-views``."""
    mine = SavedView.objects.select_for_update().filter(owner=actor, name=name).first()
    if mine is not None and not replace and (mine.query, mine.shared) != (query, shared):
        raise fail(EXISTS, "you have a view of this name: {name}", "您已有同名视图：{name}", name=name)
    others = SavedView.objects.filter(owner=actor).exclude(name=name).count()
    if others >= MOST:
        raise fail(
            "web.too-many-views",
            "these are {most} views already; remove one first",
            "已有 {most} 个视图，请先删除一个",
            most=MOST,
        )
    kept, _ = SavedView.objects.update_or_create(
        owner=actor, name=name, defaults={"query": query, "shared": shared, "created_at": at}
    )
    record("customers.view-saved", user=actor, at=at, view=name, shared=shared)
    return kept


@transaction.atomic
def remove_view(view: SavedView, *, actor: User, at: datetime) -> None:
    """Forgets a view of one's own."""
    record("customers.view-removed", user=actor, at=at, view=view.name)
    view.delete()
