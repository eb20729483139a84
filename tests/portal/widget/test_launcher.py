"""The one script that a store's page loads: small, cacheable, and with nothing secret in it."""

import gzip
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.widget.conftest import StoreServer

pytestmark = pytest.mark.django_db
LARGEST = 6 * 1024  # bytes, compressed


def script(server: StoreServer, **query: str) -> Any:
    return client_of(server.merchant).get("/widget.js", {"store": server.store.public_id, **query})


def test_it_is_at_most_six_kilobytes_compressed(server: StoreServer) -> None:
    assert len(gzip.compress(script(server).content, 9)) <= LARGEST


def test_it_is_kept_for_an_hour_and_asked_for_by_its_version(server: StoreServer) -> None:
    first = script(server)
    assert "max-age=3600" in first["Cache-Control"]
    again = client_of(server.merchant).get(
        "/widget.js", {"store": server.store.public_id}, headers={"if-none-match": first["ETag"]}
    )
    assert again.status_code == 304


def test_its_own_version_is_kept_for_ever(server: StoreServer) -> None:
    version = script(server)["ETag"].strip('"')
    assert "immutable" in script(server, v=version)["Cache-Control"]
    assert "immutable" not in script(server, v="older")["Cache-Control"]


def test_a_name_cannot_break_out_of_it(server: StoreServer, cafe: Merchant) -> None:
    from portal.widget.launching import launcher_of

    cafe.name = '</script><script>alert("1")\u2028'
    with tenant_context(cafe):
        text = launcher_of(server.fresh(), cafe).text
    assert "</script>" not in text
    assert "\u2028" not in text


def test_it_holds_no_secret(server: StoreServer) -> None:
    assert server.secret not in script(server).content.decode()


def test_it_sets_no_cookie(server: StoreServer) -> None:
    assert not script(server).cookies


def test_an_unknown_store_has_none(as_nobody: Client) -> None:
    assert as_nobody.get("/widget.js", {"store": "st_nobody"}).status_code == 404
    assert as_nobody.get("/widget.js").status_code == 404
