"""The application ``pages``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry


class PagesConfig(AppConfig):
    """What crosses applications."""

    name = "tierwise_web.pages"
    label = "pages"
    entries = (Entry("home", Text("Overview", "总览"), "home"),)
