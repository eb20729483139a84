from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        """Listen to orders and to customers who are merged or erased, and answer the alarms."""
        from loyalty import backdating, claim_mail, earning, merging, settling, tier_reviews  # noqa: F401
