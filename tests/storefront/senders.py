"""Shop systems, delivering to a shop over HTTP as they sign."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django_tenants.utils import tenant_context

from customers.models import Order
from loyalty.audit import audit
from storefront.models import Delivery, Reread
from storefront.signatures import hmacs, stripe
from storefront.stores import hook_url
from tenants.models import Merchant
from tests.storefront.sending import Sender

PAYLOADS = Path(__file__).parent.parent / "payloads"


def payload(path: str) -> bytes:
    """A real body, e.g. "woocommerce/order_processing"."""
    return (PAYLOADS / f"{path}.json").read_bytes()


def changed(path: str, **fields: Any) -> bytes:
    """A real body with other values in some fields."""
    return json.dumps(json.loads(payload(path)) | fields).encode()


def base64_of(secret: str, message: bytes) -> str:
    return base64.b64encode(hmacs.hmac_sha256(secret.encode(), message)).decode()


class Shop(Sender):
    """What the tests ask of any of them."""

    def order(self, external_id: str | None = None) -> Order:
        with tenant_context(self.merchant):
            known = Order.objects.select_related("customer", "earning").exclude(state="unknown")
            return known.get(external_id=external_id) if external_id else known.get()

    def wanted(self) -> list[str]:
        """The orders that are to be read at the shop."""
        with tenant_context(self.merchant):
            return list(Reread.objects.order_by("external_id").values_list("external_id", flat=True))

    def last(self) -> Delivery:
        return self.deliveries()[-1]

    def books_hold(self) -> bool:
        with tenant_context(self.merchant):
            return audit() == []


class WooCommerce(Shop):
    def __init__(self, merchant: Merchant, secret: str = "woo & secret") -> None:
        super().__init__(merchant, kind="woocommerce", secret=secret)
        self.signs_with = secret

    def deliver(self, topic: str, body: bytes, *, delivery_id: str = "d1") -> Any:
        named = {"topic": topic, "delivery-id": delivery_id, "signature": base64_of(self.signs_with, body)}
        return self.post(body, {f"X-WC-Webhook-{name}": value for name, value in named.items()})

    def ping(self, body: bytes = b"webhook_id=3") -> Any:
        return self.client.post(self.path, body, content_type="application/x-www-form-urlencoded")


class Cafe24(Shop):
    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant, kind="cafe24", secret="the-api-key")

    def deliver(self, event_no: int, resource: Any, *, key: str = "the-api-key", wrapped: bool = True) -> Any:
        document = {"event_no": event_no, **({"resource": resource} if wrapped else resource)}
        return self.post(json.dumps(document).encode(), {"x-api-key": key})


class Square(Shop):
    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant, kind="square", secret="square-key")

    def deliver(self, kind: str, told: dict[str, Any], *, url: str = "", event_id: str = "e1") -> Any:
        document = {"merchant_id": "M", "type": kind, "event_id": event_id, "data": {"type": "x", "object": told}}
        body = json.dumps(document).encode()
        with tenant_context(self.merchant):
            url = url or hook_url(self.store)
        return self.post(body, {"x-square-hmacsha256-signature": base64_of(self.secret, url.encode() + body)})


class Stripe(Shop):
    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant, kind="stripe", secret="whsec_stripe")

    def deliver(self, kind: str, told: dict[str, Any], *, created: int, livemode: bool = True, **more: Any) -> Any:
        data = {"object": told, **more}
        document = {
            "id": "evt_1",
            "object": "event",
            "type": kind,
            "created": created,
            "livemode": livemode,
            "data": data,
        }
        body = json.dumps(document).encode()
        return self.post(body, {"stripe-signature": stripe.sign(self.secret, int(datetime.now(UTC).timestamp()), body)})
