"""The portal as an app on a phone: its manifest, its icons, its worker, and what signing out leaves behind."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import datetime

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from config.colour import parse
from portal import icons
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import signed_in
from tests.portal.shopping import member

pytestmark = pytest.mark.django_db


def test_each_shop_has_a_manifest_of_its_own(cafe: Merchant, bikes: Merchant) -> None:
    told = [json.loads(client_of(shop).get("/app.webmanifest").content) for shop in (cafe, bikes)]
    assert [manifest["name"] for manifest in told] == [cafe.name, bikes.name]
    assert all(manifest["scope"] == manifest["start_url"] == "/" for manifest in told)
    assert {(icon["sizes"], icon["purpose"]) for icon in told[0]["icons"]} == {
        (f"{size}x{size}", purpose) for size in (192, 512) for purpose in ("any", "maskable")
    }


def test_the_manifest_says_nothing_of_a_member(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now, name="Mina")
    told = signed_in(cafe, mina).get("/app.webmanifest").content.decode()
    assert "Mina" not in told
    assert mina.card_code not in told


@pytest.mark.parametrize("size", icons.SIZES)
def test_an_icon_is_a_picture_of_its_size_in_the_shops_colour(as_nobody: Client, size: int) -> None:
    response = as_nobody.get(f"/app-{size}.png")
    assert response["Content-Type"] == "image/png"
    assert struct.unpack(">II", response.content[16:24]) == (size, size)


def test_an_icon_of_another_size_is_not_drawn(as_nobody: Client) -> None:
    assert as_nobody.get("/app-100000.png").status_code == 404


def test_the_drawing_stays_in_the_circle_that_every_mask_shows() -> None:
    size = 192
    png = icons.png(size, parse("#000000"), parse("#ffffff"))
    packed = zlib.decompress(png[png.index(b"IDAT") + 4 : -16])
    rows = [packed[y * (size // 2 + 1) + 1 : (y + 1) * (size // 2 + 1)] for y in range(size)]
    drawn = [(x, y) for y, row in enumerate(rows) for x in range(size) if row[x // 2] >> (0 if x % 2 else 4) & 15]
    assert drawn
    assert all((x - 95.5) ** 2 + (y - 95.5) ** 2 <= (0.4 * size) ** 2 for x, y in drawn)


def test_the_worker_lies_at_the_root_and_is_asked_for_each_time(as_nobody: Client) -> None:
    response = as_nobody.get("/app-worker.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"


def test_signing_out_clears_what_the_browser_keeps(cafe: Merchant, now: datetime) -> None:
    assert signed_in(cafe, member(cafe, now)).post("/sign-out/")["Clear-Site-Data"] == '"storage"'


def test_a_session_that_was_ended_elsewhere_clears_it_at_the_next_page(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    phone = signed_in(cafe, mina)
    with tenant_context(cafe):
        mina.sessions.all().delete()
    assert phone.get("/")["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in phone.get("/")  # the cookie went with it


def test_a_stranger_is_not_asked_to_clear_anything(as_nobody: Client) -> None:
    assert "Clear-Site-Data" not in as_nobody.get("/")
