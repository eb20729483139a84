from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        """Listen to what happens, and answer the alarms."""
        from webhooks import events, keeping, working  # noqa: F401
