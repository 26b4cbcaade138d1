"""Who a request comes from: the session of its cookie and the person of the session, found with one plain question each."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from tierwise_web.common.asking import Question
from tierwise_web.people.models import User, known_roles

BACKEND = f"{__name__}.Backend"
BY_COMPANY = "by-company"
"""In the session of who came in with the company's own sign-in."""
BY_PASSWORD = "by-password"
"""In the session of who came in with name and password, whatever was the second step."""
_SESSION = Question(Session, "s", "FROM django_session s WHERE s.session_key = %s AND s.expire_date > %s")
_PERSON = Question(
    User,
    "u",
    "FROM people_user u LEFT JOIN people_grant g ON g.user_id = u.id WHERE u.id = %s",
    also=[("held", "g.role")],
)


class SessionStore(db.SessionStore):
    """Sessions in the database."""

    def _get_session_from_db(self) -> Session | None:
        session = next(iter(_SESSION.ask(self.session_key, timezone.now())), None)
        if session is None:
            self._session_key = None
        return session


class Backend(ModelBackend):
    """Name and password."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session with its roles, unless it left."""
        rows = _PERSON.ask(user_id)  # one for each role, and one where there is none
        if not rows or not rows[0].is_active:
            return None
        found = rows[0]
        found.roles = known_roles(row.__dict__["held"] for row in rows)
        return found
