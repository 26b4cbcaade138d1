"""The application ``merging``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_DUPLICATES


class MergingConfig(AppConfig):
    """Duplicate customers."""

    name = "tierwise_web.merging"
    label = "merging"
    entries = (Entry("data", Text("Duplicates", "查重合并"), "merging:duplicates", SEE_DUPLICATES),)

    def ready(self) -> None:
        """Makes the job that looks for duplicates known."""
        from tierwise_web.merging.jobs import register_all

        register_all()
