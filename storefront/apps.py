from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "storefront"

    def ready(self) -> None:
        """Answer the alarms."""
        from storefront import inbox, nightly, pulling, rereading, subscriptions  # noqa: F401
