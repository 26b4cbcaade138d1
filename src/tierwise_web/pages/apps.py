"""The application ``pages``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_ASSESSMENTS


class PagesConfig(AppConfig):
    """What crosses applications."""

    name = "tierwise_web.pages"
    label = "pages"
    entries = (
        Entry("home", Text("Overview", "总览"), "home"),
        Entry("customers", Text("Prospects", "潜在客户"), "prospects", SEE_ASSESSMENTS),
    )
