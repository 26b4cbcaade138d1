"""The application ``editing``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_EDITS


class EditingConfig(AppConfig):
    """Changes on their way to the book."""

    name = "tierwise_web.editing"
    label = "editing"
    entries = (Entry("data", Text("People's changes", "人工变更"), "editing:changes", SEE_EDITS),)

    def ready(self) -> None:
        """Makes the job that hands over known."""
        from tierwise_web.editing.jobs import register_all

        register_all()
