"""The application ``workflow``."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """Jobs."""

    name = "tierwise_web.workflow"
    label = "workflow"
