"""Sending deliveries as a shop's program does: over HTTP, signed."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from django.test import Client
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront.models import Delivery, Store
from storefront.signatures import standard_webhooks
from storefront.stores import create_store
from tenants.alarms import drain
from tenants.models import Merchant
from tests.conftest import client_of


class Sender:
    """A program connected to a shop."""

    def __init__(self, merchant: Merchant, kind: str = "generic", secret: str = "") -> None:
        self.merchant = merchant
        self.client: Client = client_of(merchant)
        with tenant_context(merchant):
            self.store, self.secret = create_store(
                kind=kind, name="Web shop", actor=SYSTEM, at=datetime.now(UTC), secret=secret
            )

    @property
    def path(self) -> str:
        return f"/hooks/{self.store.public_id}/"

    def headers(self, body: bytes, *, key: str | None = None, at: datetime | None = None) -> dict[str, str]:
        key, seconds = key or uuid.uuid4().hex, int((at or datetime.now(UTC)).timestamp())
        signature = standard_webhooks.sign(self.secret, key, seconds, body)
        return {"webhook-id": key, "webhook-timestamp": str(seconds), "webhook-signature": signature}

    def post(self, body: bytes, headers: dict[str, str]) -> Any:
        return self.client.post(self.path, body, content_type="application/json", headers=headers)

    def send_raw(self, body: bytes, **signing: Any) -> Any:
        return self.post(body, self.headers(body, **signing))

    def send(self, kind: str, data: Any, **signing: Any) -> Any:
        return self.send_raw(json.dumps({"type": kind, "data": data}).encode(), **signing)

    def work(self) -> None:
        """Let the worker do all that is due now."""
        drain(self.merchant, datetime.now(UTC))

    def deliveries(self) -> list[Delivery]:
        with tenant_context(self.merchant):
            return list(Delivery.objects.order_by("id"))


def an_order(**fields: Any) -> dict[str, Any]:
    """A paid order of 12,000 won, placed now, by account 7."""
    now = datetime.now(UTC).isoformat()
    return {
        "id": "1001",
        "number": "#1001",
        "status": "paid",
        "currency": "KRW",
        "placed_at": now,
        "paid_at": now,
        "updated_at": now,
        "total": "12000",
        "customer": {"id": "7", "name": "김민수", "email": "minsu@example.com", "phone": "010-1234-5678"},
        **fields,
    }


def store_of(sender: Sender) -> Store:
    with tenant_context(sender.merchant):
        return Store.objects.get(pk=sender.store.pk)
