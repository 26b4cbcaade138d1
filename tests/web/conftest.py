"""The web application over a small graded company; a client for everybody in it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

_DATA = tempfile.mkdtemp(prefix="tierwise-web-")
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
os.environ["TIERWISE_WEB_DATA"] = _DATA
os.environ["DJANGO_SETTINGS_MODULE"] = "tierwise_web.config.settings"

import django  # noqa: E402

from tierwise_web.config.static import publish_static  # noqa: E402

publish_static(Path(_DATA))

django.setup()

from django.conf import settings as web_settings  # noqa: E402
from django.test import Client  # noqa: E402

from tierwise import api  # noqa: E402
from tierwise.demo.company import write_company  # noqa: E402
from tierwise_web.people.models import OrgUnit, User  # noqa: E402
from tierwise_web.people.services import grant, unit  # noqa: E402
from tierwise_web.published.build import build  # noqa: E402
from tierwise_web.published.editions import earlier_runs, folder, silent, to_show  # noqa: E402
from tierwise_web.published.models import Current, Edition  # noqa: E402

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LAST_MONTH = date(2026, 10, 31)
PASSWORD = "correct horse battery"

web_settings.PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # quick: nobody attacks a test

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
def _book_of_the_application(book: api.Book, db: None, tmp_path: Path) -> None:
    web_settings.BOOK, web_settings.DATA = Path(book.path), tmp_path / "data"


@pytest.fixture(scope="session")
def built(book: api.Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished read model of the run to show."""
    record = to_show(book)
    assert record is not None
    earlier = earlier_runs(api.list_runs(book), record, set())
    place = tmp_path_factory.mktemp("read")
    return build(book, record, earlier, place, in_cycle=False, progress=silent)[0]


@pytest.fixture
def edition(built: Path, book: api.Book) -> Edition:
    """What pages read."""
    folder().mkdir(parents=True, exist_ok=True)
    shutil.copy(built, folder() / built.name)
    record = to_show(book)
    assert record is not None
    kept = Edition.objects.create(
        run_id=record.run_id,
        policy_code=record.policy_code,
        as_of=record.as_of,
        digest=record.digest,
        file=built.name,
        customers=sum(record.counts.values()),
        in_force=False,
        made_at=AT,
    )
    Current.objects.create(id=1, edition=kept, since=AT)
    return kept


@pytest.fixture
def own_book(book: api.Book, edition: Edition, tmp_path: Path) -> api.Book:
    """A copy that the test may write to; pages read the edition of the first."""
    shutil.copytree(book.path, tmp_path / "own")
    web_settings.BOOK = tmp_path / "own"
    return api.open_book(web_settings.BOOK)


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
def sam(own_book: api.Book, make_user: MakeUser, as_user: Callable[[User | None], Client]) -> Client:
    """The data steward, before a book that may be written to."""
    return as_user(make_user("sam", "data_steward"))


@pytest.fixture
def company(book: api.Book) -> OrgUnit:
    """Headquarters with every team of the book below: who leads it reaches all customers that have a team."""
    top = unit("company", "Company", "headquarters", None)
    rows = book.read("customers", book.current()).to_pylist()
    for team in sorted({row["team"] for row in rows if row["team"]}):
        unit(team, team, "team", top)
    return top


@pytest.fixture
def tree() -> dict[str, OrgUnit]:
    """Headquarters with two teams."""
    top = unit("hq", "Headquarters", "headquarters", None)
    return {"hq": top, **{code: unit(code, code, "team", top) for code in ("north", "south")}}
