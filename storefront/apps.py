from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "storefront"

    def ready(self) -> None:
        """Answer the alarm."""
        from storefront import inbox  # noqa: F401
