from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self) -> None:
        """Listen to orders and to customers who are merged or erased, answer the alarms, and say what rules ask for."""
        from loyalty import (  # noqa: F401
            backdating,
            birthdays,
            carrying,
            claim_mail,
            claims,
            earning,
            happening,
            issuing,
            merging,
            notices,
            product_words,
            redeemers,
            replaying,
            settling,
            stamp_merging,
            stamp_orders,
            stamp_visits,
            tier_reviews,
        )
