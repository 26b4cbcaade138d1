"""The application ``grading``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_RUNS


class GradingConfig(AppConfig):
    """Runs."""

    name = "tierwise_web.grading"
    label = "grading"
    entries = (Entry("grading", Text("Runs", "分级运行"), "grading:runs", SEE_RUNS),)

    def ready(self) -> None:
        """Makes the jobs of grading known."""
        from tierwise_web.grading.jobs import register_all

        register_all()
