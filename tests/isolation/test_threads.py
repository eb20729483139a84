"""Eight threads of one process serve two shops at once, again and again: nobody is served the other's page."""

from __future__ import annotations

import io
import json
import random
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from django_tenants.utils import tenant_context

from staff.models import Role
from storefront.models import Delivery
from storefront.signatures import standard_webhooks
from tests.isolation.conftest import Shops
from tests.isolation.filling import Filled
from tests.threads import threads

THREADS, REQUESTS = 8, 150
# Light pages, so that there can be many; each shows the shop's own mark to who is signed in.
MARKED = ("/card/", "/history/", "/account/sessions/")
UNMARKED = ("/nothing/here/", "/backoffice/customers/999/", "/backoffice/settings/colour/", "/brand-x.css")
application = get_wsgi_application()


class Visitor:
    """Asks the application as a web server does, signed in at one shop as staff and as shopper."""

    def __init__(self, shop: Filled, seed: int) -> None:
        self.shop, self.random, self.sent = shop, random.Random(seed), 0
        cookies = {**shop.cookies[Role.OWNER], **shop.cookies["shopper"]}
        self.about: dict[str, Any] = {
            "HTTP_HOST": shop.merchant.host,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }

    def visit(self, times: int) -> list[str]:
        """What was wrong about so many requests."""
        return [wrong for _ in range(times) if (wrong := self.one())]

    def one(self) -> str:
        dice = self.random.random()
        if dice < 0.05:
            return self.deliver()
        path = self.random.choice(MARKED if dice < 0.6 else UNMARKED)
        status, page = ask(RequestFactory().get(path, **self.about).environ)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
            path in MARKED and self.shop.mark.lower() not in page.lower()
        ):
            return f"{path} → {status}"
        return f"{path} is the other's" if self.other.lower() in page.lower() else ""

    def deliver(self) -> str:
        body = json.dumps({"type": "unheard.of", "data": {}}).encode()
        key, seconds = f"{self.shop.mark}-{self.random.getrandbits(64)}", int(datetime.now(UTC).timestamp())
        signed: dict[str, Any] = {
            "HTTP_WEBHOOK_ID": key,
            "HTTP_WEBHOOK_TIMESTAMP": str(seconds),
            "HTTP_WEBHOOK_SIGNATURE": standard_webhooks.sign(self.shop.secrets["store"], key, seconds, body),
        }
        path = f"/hooks/{self.shop.ids['store']}/"
        request = RequestFactory().post(path, body, content_type="application/json", **self.about, **signed)
        status, _page = ask(request.environ)
        self.sent += 1
        return "" if status == HTTPStatus.ACCEPTED else f"hook → {status}"

    other = ""


def ask(environ: dict[str, Any]) -> tuple[int, str]:
    """The status and the page."""
    told: list[int] = []
    environ["wsgi.errors"] = io.StringIO()
    body = application(environ, lambda status, headers, exc_info=None: told.append(int(status.split()[0])))  # type: ignore[arg-type]
    page = b"".join(body).decode(errors="replace")
    body.close()
    return told[0], page


@pytest.mark.django_db(transaction=True)
def test_many_requests_in_threads_get_their_own_shop(filled_shops: Shops) -> None:
    ours, theirs, _canaries = filled_shops
    visitors = [Visitor((ours, theirs)[number % 2], number) for number in range(THREADS)]
    for visitor in visitors:
        visitor.other = (theirs if visitor.shop is ours else ours).mark
    before = {shop.mark: deliveries(shop) for shop in (ours, theirs)}
    with threads(THREADS) as at_once:
        visits = [at_once.start(visitor.visit, REQUESTS) for visitor in visitors]
        wrong = [line for visit in visits for line in visit.result(120)]
    assert not wrong, "\n".join(wrong[:20])
    for shop in (ours, theirs):
        sent = sum(visitor.sent for visitor in visitors if visitor.shop is shop)
        assert deliveries(shop) == before[shop.mark] + sent


def deliveries(shop: Filled) -> int:
    with tenant_context(shop.merchant):
        return Delivery.objects.count()
