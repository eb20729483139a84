"""API keys in the backoffice."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django_tenants.utils import tenant_context

from api.keys import create_key
from api.models import ApiKey
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.shops import NOW

LIST, NEW = "/backoffice/developers/", "/backoffice/developers/keys/new/"
KEY = re.compile(r"dk_(?:live|test)_[a-z0-9]{32}")


def told(**changes: Any) -> dict[str, Any]:
    return {"name": "Till", "kind": "live", "scopes": ["orders:write", "points:read"], "expiry": "never", **changes}


def test_it_invites_to_make_the_first_key(as_owner: Client) -> None:
    page = as_owner.get(LIST).content.decode()
    assert NEW in page
    assert "/api/v1/programme" in page


def test_it_makes_a_key_and_shows_it_once(cafe: Merchant, as_owner: Client) -> None:
    answer = as_owner.post(NEW, told(), follow=True)
    [key] = set(KEY.findall(answer.content.decode()))
    assert key.startswith("dk_live_")
    assert not KEY.search(as_owner.get(LIST).content.decode())
    host = {"host": cafe.host, "authorization": f"Bearer {key}"}
    assert Client(headers=host).get("/api/v1/orders").status_code == 403
    assert Client(headers=host).get("/api/v1/programme").status_code == 404  # none was published


def test_it_makes_a_test_key_that_expires(cafe: Merchant, as_owner: Client) -> None:
    as_owner.post(NEW, told(kind="test", expiry="30"))
    with tenant_context(cafe):
        key = ApiKey.objects.get()
    assert key.test
    assert key.expires_at
    assert (key.expires_at - key.created_at).days == 30
    assert key.scopes == ["orders:write", "points:read"]


def test_a_key_needs_a_name_and_a_scope(cafe: Merchant, as_owner: Client) -> None:
    wrong: list[dict[str, Any]] = [
        {"name": ""}, {"scopes": []}, {"scopes": ["shop:sell"]}, {"kind": "none"}, {"expiry": "1"}
    ]  # fmt: skip
    for changes in wrong:
        assert as_owner.post(NEW, told(**changes)).status_code == 422
    with tenant_context(cafe):
        assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing(cafe: Merchant, as_owner: Client) -> None:
    with tenant_context(cafe):
        key, text = create_key("Till", scopes=["orders:read"], actor=SYSTEM, at=NOW)
    assert as_owner.post(f"{LIST}keys/{key.pk}/revoke/").status_code == 302
    host = {"host": cafe.host, "authorization": f"Bearer {text}"}
    assert Client(headers=host).get("/api/v1/orders").status_code == 401


def test_a_manager_looks_and_a_cashier_does_not(as_manager: Client, as_colleague: Client) -> None:
    assert as_manager.get(LIST).status_code == 200
    assert as_manager.get(NEW).status_code == 403
    assert as_colleague.get(LIST).status_code == 403
