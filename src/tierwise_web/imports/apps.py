"""The application ``imports``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_IMPORTS


class ImportsConfig(AppConfig):
    """Imports."""

    name = "tierwise_web.imports"
    label = "imports"
    entries = (Entry("data", Text("Imports", "导入记录"), "imports:list", SEE_IMPORTS),)
