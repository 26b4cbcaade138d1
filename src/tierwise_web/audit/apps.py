"""The application ``audit``."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The add-only log."""

    name = "tierwise_web.audit"
    label = "audit"
