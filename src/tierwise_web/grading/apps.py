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
        """Makes the jobs of grading known, and has the worker show what was published elsewhere."""
        from tierwise_web.grading.jobs import register_all
        from tierwise_web.grading.showing import LOOKED_EVERY, keep_newest
        from tierwise_web.workflow.duties import add_duty

        register_all()
        add_duty(keep_newest, every=LOOKED_EVERY)
