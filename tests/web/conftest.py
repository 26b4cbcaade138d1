"""The web application over a small graded company; a client for everybody in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

_DATA = tempfile.mkdtemp(prefix="tierwise-web-")
os.environ["TIERWISE_WEB_DATA"] = _DATA
os.environ["DJANGO_SETTINGS_MODULE"] = "tierwise_web.config.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings as web_settings  # noqa: E402
from django.test import Client  # noqa: E402

from tierwise import api  # noqa: E402
from tierwise.demo.company import write_company  # noqa: E402
from tierwise_web.people.models import OrgUnit, User  # noqa: E402
from tierwise_web.people.services import grant, unit  # noqa: E402

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LAST_MONTH = date(2026, 10, 31)
PASSWORD = "correct horse battery"

MakeUser = Callable[..., User]


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> api.Book:
    """A company of eighty customers, graded at two month ends."""
    folder = tmp_path_factory.mktemp("company")
    company = write_company(folder / "files", customers=80, seed=3, last_month=LAST_MONTH)
    made = api.create_book(folder / "book", name="示例 Sample", actor="ann", at=AT, base_currency="CNY")
    items = [api.ImportItem(table, files) for table, files in company.tables.items()]
    api.import_batch(made, items, strict=True, actor="ann", at=AT)
    for day in (date(2026, 9, 30), LAST_MONTH):
        api.grade(made, "customer_value", as_of=day, actor="ann", at=AT)
    return made


@pytest.fixture(autouse=True)
def _book_of_the_application(book: api.Book, db: None) -> None:
    web_settings.BOOK = Path(book.path)


@pytest.fixture
def make_user() -> MakeUser:
    """Makes a user with roles."""

    def make(username: str, *roles: str, **fields: Any) -> User:
        user = User(username=username, name=fields.pop("name", username.title()), **fields)
        user.set_unusable_password()
        user.save()
        grant(user, roles, by="test", at=AT)
        return user

    return make


@pytest.fixture
def as_user() -> Callable[[User | None], Client]:
    """A browser in which somebody is signed in, or nobody."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def tree() -> dict[str, OrgUnit]:
    """Headquarters with two teams."""
    top = unit("hq", "Headquarters", "headquarters", None)
    return {"hq": top, **{code: unit(code, code, "team", top) for code in ("north", "south")}}
