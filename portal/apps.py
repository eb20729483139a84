from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import departures, mailing  # noqa: F401 listens, and registers the alarm that mails codes
