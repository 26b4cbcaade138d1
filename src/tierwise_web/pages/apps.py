"""The application ``pages``."""

from datetime import timedelta

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_ASSESSMENTS

COUNTED_EVERY = timedelta(seconds=5)
"""So often the worker looks whether book, edition or day are other than those of the funnel."""


class PagesConfig(AppConfig):
    """What crosses applications."""

    name = "tierwise_web.pages"
    label = "pages"
    entries = (
        Entry("home", Text("Overview", "总览"), "home"),
        Entry("customers", Text("Prospects", "潜在客户"), "prospects", SEE_ASSESSMENTS),
    )

    def ready(self) -> None:
        """Has the worker count what the funnel shows."""
        from tierwise_web.pages.steps_kept import keep_counted
        from tierwise_web.workflow.duties import add_duty

        add_duty(keep_counted, every=COUNTED_EVERY)
