"""The application ``people``."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Users, roles, organisation."""

    name = "tierwise_web.people"
    label = "people"
