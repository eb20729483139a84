from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "storefront"

    def ready(self) -> None:
        """Answer the alarms, and make the codes of rewards."""
        from storefront import coupons, inbox, nightly, pulling, rereading, subscriptions  # noqa: F401
