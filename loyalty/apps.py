from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        """Listen to orders, and answer the alarm."""
        from loyalty import earning, settling  # noqa: F401
