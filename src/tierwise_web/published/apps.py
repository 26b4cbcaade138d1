"""The application ``published``."""

from django.apps import AppConfig


class PublishedConfig(AppConfig):
    """Read models of runs."""

    name = "tierwise_web.published"
    label = "published"

    def ready(self) -> None:
        """Makes the job known that splits the migration into its causes."""
        from tierwise_web.published.jobs import register_all

        register_all()
