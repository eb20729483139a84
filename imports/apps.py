from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "imports"

    def ready(self) -> None:
        """Answer the alarm."""
        from imports import work  # noqa: F401
