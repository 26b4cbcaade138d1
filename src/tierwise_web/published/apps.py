"""The application ``published``."""

from django.apps import AppConfig


class PublishedConfig(AppConfig):
    """Read models of runs."""

    name = "tierwise_web.published"
    label = "published"
