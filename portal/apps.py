from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal import mailing  # noqa: F401 registers the alarm that mails codes
