"""The application ``common``."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Words, templates and protection; no tables."""

    name = "tierwise_web.common"
    label = "common"
