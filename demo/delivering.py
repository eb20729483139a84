"""`python -m demo.delivering send`: 90 days of orders, signed, to the shops' hooks. `… wait`: until all are processed.

Safe to repeat: the same messages have the same ids, so a start that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import tenant_context

from demo.opening import HISTORY
from demo.shops import SHOPS, Shop
from demo.storefront import Message, messages
from demo.trade import DAYS

SENDERS = 3
TAKEN = (200, 202)
PATIENCE = 120.0  # seconds without progress before we give up


class NotTakenError(Exception):
    """A hook refused a message, or the worker does not get on."""


@dataclass(frozen=True)
class Hook:
    """Where a shop's storefront sends to, and what it signs with."""

    host: str
    path: str
    secret: str


def main(verb: str) -> int:
    django.setup()
    try:
        if verb == "send":
            for shop in SHOPS:
                deliver(shop)
        else:
            wait_until_processed()
    except NotTakenError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def deliver(shop: Shop) -> None:
    """Send everything that happened at the shop up to its opening in the demo. Raises NotTakenError."""
    from tenants.models import Merchant

    merchant = Merchant.objects.get(slug=shop.slug)
    with tenant_context(merchant):
        hook = hook_of(merchant.host)
    todo = messages(shop, until=merchant.created_at + HISTORY)
    tell = Progress(f"Delivering {DAYS} days of orders to {shop.name}", len(todo))
    shares = [todo[sender::SENDERS] for sender in range(SENDERS)]
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(lambda share: send(hook, share, tell.step), shares))
    tell.end()


def hook_of(host: str) -> Hook:
    """The hook of the shop whose schema is active."""
    from storefront.models import Store
    from storefront.stores import valid_secrets

    store = Store.objects.order_by("id")[0]
    port = urlsplit(settings.PUBLIC_URL).port
    return Hook(f"{host}:{port}", f"/hooks/{store.public_id}/", valid_secrets(store, timezone.now())[0])


def send(hook: Hook, share: Sequence[Message], sent: Callable[[], None]) -> None:
    """Send messages one after the other over one connection. Raises NotTakenError."""
    connection = http.client.HTTPConnection("127.0.0.1", int(hook.host.rpartition(":")[2]), timeout=30)
    for message in share:
        body = json.dumps(message.body, ensure_ascii=False).encode()
        connection.request("POST", hook.path, body, _headers(hook, message, body))
        response = connection.getresponse()
        answer = response.read()
        if response.status not in TAKEN:
            raise NotTakenError(f"The hook of {hook.host} answered {response.status}: {answer.decode()[:300]}")
        sent()
    connection.close()


def _headers(hook: Hook, message: Message, body: bytes) -> dict[str, str]:
    from storefront.signatures.standard_webhooks import sign

    now = int(time.time())
    return {
        "Host": hook.host,
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(hook.secret, message.id, now, body),
    }


def wait_until_processed() -> None:
    """Wait for the worker to empty the inboxes and do what else became due. Raises NotTakenError."""
    left = unprocessed()
    tell = Progress("Turning them into customers and points", left)
    moved = time.monotonic()
    while left:
        time.sleep(0.2)
        now = unprocessed()
        if now < left:
            moved = time.monotonic()
            tell.step(left - now)
        elif time.monotonic() - moved > PATIENCE:
            raise NotTakenError(f"The worker left {now} deliveries undone: see worker.log.")
        left = now
    tell.end()


def unprocessed() -> int:
    """How many deliveries, and other pieces of work of the shops, are due now."""
    from storefront.models import Delivery
    from tenants.models import Alarm, Merchant

    shops = list(Merchant.objects.filter(slug__in=[shop.slug for shop in SHOPS]))
    due = Alarm.objects.filter(schema_name__in=[shop.schema_name for shop in shops], due_at__lte=timezone.now()).count()
    for shop in shops:
        with tenant_context(shop):
            due += Delivery.objects.filter(next_try_at__isnull=False).count()
    return due


class Progress:
    """A line that counts up: in place on a terminal, else only its end."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.shown = what, total, 0, 0.0

    def step(self, count: int = 1) -> None:
        self.done += count
        if sys.stdout.isatty() and time.monotonic() - self.shown > 0.1:
            self.shown = time.monotonic()
            print(f"\r{self.what}: {min(self.done, self.total):,} of {self.total:,}", end="", flush=True)

    def end(self) -> None:
        print(f"{chr(13) if sys.stdout.isatty() else ''}{self.what}: {self.total:,} of {self.total:,}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
