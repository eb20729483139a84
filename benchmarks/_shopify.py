"""Orders as Shopify sends them: its own sample of about 10 kB, with an id, a buyer and a time of its own each."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

SAMPLE = Path(__file__).parent.parent / "tests" / "payloads" / "shopify" / "orders_create.json"
SECRET = "hush-this-is-a-benchmark"  # noqa: S105
TOPIC = "orders/create"
# Where a body differs from the next: numbers that occur nowhere else in the sample.
ORDER, BUYER, SECONDS = "7000000000001", "8000000000001", "2026-11-21T12:00:00+00:00"
FIRST_ORDER, FIRST_BUYER = 7_100_000_000_000, 8_100_000_000_000


def template() -> bytes:
    """The sample as a paid order, without blanks, as Shopify sends it."""
    order = json.loads(SAMPLE.read_text())
    order |= {
        "id": int(ORDER), "name": f"#{ORDER}", "cancelled_at": None, "cancel_reason": None, "test": False,
        "financial_status": "paid", "created_at": SECONDS, "processed_at": SECONDS, "updated_at": SECONDS,
    }  # fmt: skip
    order["customer"] |= {"id": int(BUYER), "email": f"buyer{BUYER}@example.com"}
    return json.dumps(order, separators=(",", ":")).encode()


def body(made_of: bytes, number: int, *, buyers: int, at: datetime) -> bytes:
    """The order of this number, by one of so many buyers in turn."""
    order, buyer = str(FIRST_ORDER + number), str(FIRST_BUYER + number % buyers)
    filled = made_of.replace(ORDER.encode(), order.encode()).replace(BUYER.encode(), buyer.encode())
    return filled.replace(SECONDS.encode(), at.isoformat(timespec="seconds").encode())


def signature(message: bytes) -> str:
    """What Shopify would write into `X-Shopify-Hmac-Sha256`."""
    return base64.b64encode(hmac.digest(SECRET.encode(), message, sha256)).decode()


def found_shop(name: str, at: datetime) -> tuple[Any, Any]:
    """A shop in dollars with a programme in force for long and a Shopify storefront: merchant and store."""
    from datetime import timedelta

    from django_tenants.utils import tenant_context

    from loyalty.programme import default_rules, publish
    from staff.actors import SYSTEM
    from storefront.stores import create_store
    from tenants.provisioning import provision

    shop = provision(name=name, country="US", currency="USD", language="en", time_zone="America/New_York", at=at)
    with tenant_context(shop):
        publish(default_rules("US", "USD"), actor=SYSTEM, at=at, in_force_from=at - timedelta(days=3650))
        store, _secret = create_store(kind="shopify", name="Shop", actor=SYSTEM, at=at, secret=SECRET)
    return shop, store


def fill_inbox(store: Any, numbers: Iterable[int], *, buyers: int, at: datetime) -> None:
    """Put these orders into the inbox as the hook does, but by COPY, and ring. Call inside the shop's schema."""
    from django.db import transaction

    from config.copying import insert
    from tenants.alarms import ring

    made_of = template()
    with transaction.atomic():
        for part in batched(numbers, 1_000):
            insert([_delivery(store, number, body(made_of, number, buyers=buyers, at=at), at) for number in part])
        ring("inbox")


def _delivery(store: Any, number: int, content: bytes, at: datetime) -> Any:
    from storefront.models import Delivery

    return Delivery(
        store=store, key=f"{TOPIC}:{uuid4()}", topic=TOPIC, subject=str(FIRST_ORDER + number), body=content,
        body_sha256=sha256(content).digest(), received_at=at, next_try_at=at,
    )  # fmt: skip


def batched(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """The numbers in lists of that size."""
    rest = iter(numbers)
    while part := list(islice(rest, size)):
        yield part
