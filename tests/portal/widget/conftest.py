"""A store with a widget on two sites, and its server that signs tokens."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from portal.widget import tokens
from staff.actors import SYSTEM
from storefront import widgets
from storefront.models import Store
from storefront.stores import create_store
from tenants.models import Merchant
from tests.conftest import client_of

SITE, OTHER_SITE = "https://www.cafe.example", "https://m.cafe.example:8443"
_NUMBERS = itertools.count()


class StoreServer:
    """The server of a store's site: knows the widget's secret, and who is signed in there."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        at = datetime.now(UTC)
        with tenant_context(merchant):
            self.store, _secret = create_store(kind="generic", name="Web shop", actor=SYSTEM, at=at)
            widgets.place(self.store, sites=[SITE, OTHER_SITE], side="right", actor=SYSTEM, at=at)
            self.secret = widgets.new_secret(self.store, actor=SYSTEM, at=at)

    def claims(self, **changed: Any) -> dict[str, Any]:
        claims = {
            "iss": self.store.public_id, "aud": self.merchant.host, "sub": "c-1",
            "exp": int(datetime.now(UTC).timestamp()) + 240, "jti": f"n{next(_NUMBERS)}",
        }  # fmt: skip
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(self, **changed: Any) -> str:
        return tokens.sign(self.claims(**changed), self.secret)

    def enter(self, token: str = "", *, client: Client | None = None, headers: dict[str, str] | None = None) -> Any:
        """What the frame's first page asks."""
        headers = headers or {"sec-fetch-site": "same-origin"}
        body = json.dumps({"token": token, "language": "en"})
        client = client or client_of(self.merchant)
        path = f"/widget/{self.store.public_id}/enter/"
        return client.post(path, body, content_type="application/json", headers=headers)

    def frame(self, token: str = "", *, client: Client | None = None) -> str:
        """Where the frame goes after it entered."""
        return str(self.enter(token, client=client).json()["url"])

    def fresh(self) -> Store:
        with tenant_context(self.merchant):
            return Store.objects.get(pk=self.store.pk)


@pytest.fixture
def server(cafe: Merchant) -> StoreServer:
    return StoreServer(cafe)


@pytest.fixture
def frame_client(cafe: Merchant) -> Client:
    """A browser that shows a frame of another site: it says so, and keeps no cookie."""
    client = client_of(cafe)
    client.defaults |= {"HTTP_SEC_FETCH_DEST": "iframe", "HTTP_SEC_FETCH_SITE": "same-origin"}
    return client
