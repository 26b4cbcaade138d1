"""The application ``people``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import MANAGE_PEOPLE, READ_LOG


class PeopleConfig(AppConfig):
    """Users, roles, organisation."""

    name = "tierwise_web.people"
    label = "people"
    entries = (
        Entry("settings", Text("People", "人员"), "people:people", MANAGE_PEOPLE),
        Entry("settings", Text("Log", "操作日志"), "people:log", READ_LOG),
    )
