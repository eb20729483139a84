"""Connecting a storefront as its owner does it: Shopify with one mistake on the way, and any program."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from django.db import connections
from playwright.sync_api import Page, expect

from tenants.alarms import drain
from tests.browser.conftest import Come
from tests.browser.looking import PHONE, check
from tests.browser.visitors import World

FIRST = {"id": 4101, "email": "buyer@example.com", "created_at": "2026-11-20T03:00:00Z"}


def begin(page: Page, kind: str, where: str = "") -> str:
    """From the chooser to the steps; the hook's path."""
    page.goto("/backoffice/storefronts/new/")
    check(page)
    page.get_by_role("link", name=kind).click()
    page.get_by_label("Name").fill(f"{kind} shop")
    if where:
        page.get_by_label("Shopify address").fill(where)
    check(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Waiting for the first delivery…")).to_be_visible()
    check(page)
    return "/hooks/" + page.locator("#hook").input_value().split("/hooks/")[1]


def deliver(world: World, path: str, secret: str, shop: str = "beans.myshopify.com") -> int:
    """A customer from Shopify, signed with this secret; the answer's status."""
    body = json.dumps({**FIRST, "updated_at": datetime.now(UTC).isoformat()}).encode()
    headers = {
        "Host": f"cafe.localhost:{world.port}",
        "Content-Type": "application/json",
        "X-Shopify-Topic": "customers/update",
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Webhook-Id": str(datetime.now(UTC).timestamp()),
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode(),
    }
    request = urllib.request.Request(f"http://127.0.0.1:{world.port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def work(world: World) -> None:
    """What the worker does; in a thread of its own, so that the browser sees it at once."""
    drain(world.shops["cafe"].merchant, datetime.now(UTC))
    connections.close_all()


def test_shopify_is_connected_and_told_what_is_wrong_on_the_way(come: Come, world: World) -> None:
    page = come("owner")
    path = begin(page, "Shopify", "beans.myshopify.com")
    page.get_by_label("Signing secret").fill("shpat_0123456789")
    page.get_by_role("button", name="Save the secret").click()
    expect(page.get_by_text("This is an access token.").first).to_be_visible()
    check(page)
    page.get_by_label("Signing secret").fill("0123456789abcdef")
    page.get_by_role("button", name="Save the secret").click()
    expect(page.get_by_text("A secret is stored.")).to_be_visible()
    assert deliver(world, path, "another") == 401
    expect(page.get_by_text("The secret is not the right one.")).to_be_visible(timeout=15_000)
    check(page)
    assert deliver(world, path, "0123456789abcdef", shop="tea.myshopify.com") == 202
    with ThreadPoolExecutor(1) as worker:
        worker.submit(work, world).result()
    expect(page.get_by_text("It works.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Another shop sends to this address.")).to_be_visible()
    check(page)


def test_a_program_is_connected_on_a_phone_without_scripts(come: Come) -> None:
    page = come("owner", viewport=PHONE, java_script_enabled=False)
    page.goto("/backoffice/storefronts/new/")
    page.get_by_role("link", name="Any program").click()
    page.get_by_label("Name").fill("Till")
    page.get_by_role("button", name="Go on").click()
    assert page.locator("#secret").input_value().startswith("whsec_")
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("The secret was shown once.")).to_be_visible()
