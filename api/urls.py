"""The API's addresses, without trailing slash."""

from typing import Any

from django.urls import path, re_path

from api import pages
from api.endpoint import resource
from api.resources import consents, customers, occasions, orders, points, programme, rewards, stamps, tiers, webhooks

app_name = "api"

CUSTOMERS = "api/v1/customers"
CUSTOMER = f"{CUSTOMERS}/<int:pk>"
ORDERS = "api/v1/orders"
ENDPOINTS = "api/v1/webhook-endpoints"
ENDPOINT = f"{ENDPOINTS}/<str:endpoint_id>"
ORDER = f"{ORDERS}/<str:external_id>"
REDEMPTION = "api/v1/redemptions/<str:code>"

described: list[Any] = [
    path(CUSTOMERS, resource("Customers", get=customers.list_customers, put=customers.put_customer), name="customers"),
    path(CUSTOMER, resource("Customer", get=customers.get_customer, patch=customers.patch_customer), name="customer"),
    path(
        f"{CUSTOMER}/consents",
        resource("Consents", get=consents.list_consents, post=consents.add_consent),
        name="consents",
    ),
    path(f"{CUSTOMER}/points", resource("Balance", get=points.get_balance), name="balance"),
    path(f"{CUSTOMER}/points/history", resource("History", get=points.list_history), name="history"),
    path(f"{CUSTOMER}/points/lots", resource("Lots", get=points.list_lots), name="lots"),
    path(f"{CUSTOMER}/points/adjustments", resource("Adjustments", post=points.adjust_points), name="adjustments"),
    path(f"{CUSTOMER}/points/earnings", resource("Earnings", post=points.earn_points), name="earnings"),
    path(f"{CUSTOMER}/occasions", resource("Occasions", post=occasions.tell_occasion), name="occasions"),
    path(f"{CUSTOMER}/rewards", resource("Offers", get=rewards.list_offers), name="offers"),
    path(
        f"{CUSTOMER}/redemptions",
        resource("Redemptions", get=rewards.list_redemptions, post=rewards.take_reward),
        name="redemptions",
    ),
    path(REDEMPTION, resource("Redemption", get=rewards.get_redemption), name="redemption"),
    path(f"{REDEMPTION}/use", resource("Use", post=rewards.use_redemption), name="redemption_use"),
    path(f"{REDEMPTION}/cancel", resource("Cancel", post=rewards.cancel_redemption), name="redemption_cancel"),
    path("api/v1/rewards", resource("Rewards", get=rewards.list_rewards), name="rewards"),
    path(f"{CUSTOMER}/tier", resource("Tier", get=tiers.get_tier), name="tier"),
    path(f"{CUSTOMER}/stamps", resource("Stamps", get=stamps.list_stamps, post=stamps.give_stamps), name="stamps"),
    path(ORDERS, resource("Orders", get=orders.list_orders), name="orders"),
    path(ORDER, resource("Order", get=orders.get_order, put=orders.put_order), name="order"),
    path(f"{ORDER}/refunds/<str:refund_id>", resource("Refund", put=orders.put_refund), name="refund"),
    path(
        ENDPOINTS,
        resource("Endpoints", get=webhooks.list_webhook_endpoints, post=webhooks.add_webhook_endpoint),
        name="webhook_endpoints",
    ),
    path(
        ENDPOINT,
        resource(
            "Endpoint",
            get=webhooks.get_webhook_endpoint,
            patch=webhooks.patch_webhook_endpoint,
            delete=webhooks.delete_webhook_endpoint,
        ),
        name="webhook_endpoint",
    ),
    path(f"{ENDPOINT}/secrets", resource("Secrets", post=webhooks.rotate_webhook_secret), name="webhook_secrets"),
    path(f"{ENDPOINT}/pause", resource("Pause", post=webhooks.pause_webhook_endpoint), name="webhook_pause"),
    path(f"{ENDPOINT}/resume", resource("Resume", post=webhooks.resume_webhook_endpoint), name="webhook_resume"),
    path(f"{ENDPOINT}/messages", resource("Messages", get=webhooks.list_webhook_messages), name="webhook_messages"),
    path(
        f"{ENDPOINT}/messages/<int:pk>/redeliver",
        resource("Redeliver", post=webhooks.redeliver_webhook_message),
        name="webhook_redeliver",
    ),
    path("api/v1/programme", resource("Programme", get=programme.get_programme), name="programme"),
]
urlpatterns = [
    *described,
    path("api/v1/openapi.json", pages.openapi, name="openapi"),
    path("api/v1/docs/", pages.docs, name="docs"),
    re_path(r"^api(?:/.*)?$", pages.nothing_here, name="nothing_here"),
]
