"""The database of a team: Django's own, which asks ``SELECT 1`` before each request only where there is reason to.

A server that ends closes its connections, and what was closed can be read from (its end). So a connection that is silent
is alive, as far as anybody can know without waiting; one that has something to say is asked in words. It saves one of
six questions of every page.

A network that is cut closes nothing, so that such a connection fails with the first question of a request. That is asked
once more over a new connection, where it reads and nothing stands before it.

A question that was prepared is refused when a table got another form meanwhile (another server of a newer release brought
the database up to date). Nothing was done then, so it is asked once more over a new connection, too.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, NotSupportedError, OperationalError
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked = self._outdated = False
        self.execute_wrappers.append(self._ask)

    def close_if_unusable_or_obsolete(self) -> None:
        """Django's own, before each request and after it."""
        self._asked = False
        super().close_if_unusable_or_obsolete()

    def _ask(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Asks; once more over a new connection, where nothing can be done twice."""
        first, self._asked = not self._asked, True
        try:
            return execute(sql, params, many, context)
        except (OperationalError, InterfaceError):
            reads = isinstance(sql, str) and sql.startswith("SELECT ")
            if not (first and reads and self.connection.closed) or self.in_atomic_block:
                raise
        except NotSupportedError:
            self._outdated = True
            if self.in_atomic_block:
                raise
        self.close()
        context["cursor"].cursor = self.cursor().cursor
        return execute(sql, params, many, context)

    def is_usable(self) -> bool:
        """Whether the connection can be used for the next request."""
        return not self._outdated and (_is_silent(self.connection) or bool(super().is_usable()))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection on which nothing is prepared yet."""
        self._outdated = False
        return super().get_new_connection(conn_params)


def _is_silent(connection: Any) -> bool:
    """Whether a connection is open and nothing came in by itself: no end, no notice."""
    if connection is None or connection.closed:
        return False
    waiting = select.poll()  # poll, as select() knows no descriptor above 1023
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)
