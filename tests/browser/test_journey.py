"""The main job from end to end: a merchant signs up, a signed order arrives, the shopper sees the points."""

from __future__ import annotations

import re
import subprocess
import sys

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.house import House
from tests.browser.looking import PHONE, check

SHOPPER = "try@example.com"  # the customer of the snippets' order


def test_a_merchant_signs_up_an_order_arrives_and_the_shopper_sees_the_points(house: House, visit: Visit) -> None:
    merchant = visit()
    shop = sign_up(merchant, house)
    snippet = connect_a_storefront(merchant)
    assert "202" in run(snippet)
    expect(merchant.get_by_text("It works.")).to_be_visible(timeout=20_000)
    follow_the_order(merchant)
    shopper = visit(viewport=PHONE)
    sign_in_by_code(shopper, house, shop)
    expect(shopper.get_by_text(re.compile(r"\b12\b")).first).to_be_visible()


def sign_up(page: Page, house: House) -> str:
    """Open a shop on the public site and stand in its backoffice; the shop's address."""
    page.goto(house.url("/sign-up/"))
    page.get_by_label("Name of the shop").fill("Corner Bakery")
    page.get_by_label("Your e-mail").fill("owner@corner.example")
    page.locator("input[name=password]").fill("sourdough every morning")
    page.get_by_label("Country").select_option("GB")
    page.locator("select[name=language]").select_option("en")
    check(page)
    page.get_by_role("button", name="Open the shop").click()
    page.wait_for_url("**/backoffice/**")
    check(page)
    return page.url.split("/backoffice/")[0]


def connect_a_storefront(page: Page) -> str:
    """Connect a program and copy the Python snippet that its page offers."""
    base = page.url.split("/backoffice/")[0]
    page.goto(f"{base}/backoffice/storefronts/new/")
    check(page)
    page.get_by_role("link", name="Any program").click()
    page.locator("input[name=name]").fill("Counter")
    page.locator("main form").get_by_role("button").last.click()
    expect(page.get_by_text("Waiting for the first delivery…")).to_be_visible()
    check(page)
    return page.locator("pre").first.inner_text()


def run(snippet: str) -> str:
    """Run what a merchant pasted; what it printed."""
    done = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


def follow_the_order(page: Page) -> None:
    """From the storefront's page to the order and its customer, with the arithmetic of the points."""
    page.get_by_role("link", name="See the order").click()
    expect(page.locator("main")).to_contain_text("£12.00")
    expect(page.locator("main")).to_contain_text("12 points")
    check(page)
    page.get_by_role("link", name="Try-out Customer").first.click()
    expect(page.locator("main")).to_contain_text(SHOPPER)
    check(page)


def sign_in_by_code(page: Page, house: House, shop: str) -> None:
    """Sign in to the portal with the code from the mail."""
    page.goto(f"{shop}/sign-in/")
    page.locator("input[type=email]").fill(SHOPPER)
    page.locator("input[type=email]").press("Enter")
    page.wait_for_url("**/sign-in/code/**")
    check(page)
    page.locator("input[autocomplete=one-time-code]").fill(house.code_for(SHOPPER))
    page.locator("input[autocomplete=one-time-code]").press("Enter")
    page.wait_for_url(f"{shop}/")
    check(page)
