"""The pictures of the README, taken from a running `make demo`: `python -m scripts.screenshots [PORT]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from demo.people import people
from demo.shops import BIKES
from scripts.browser import find
from tests.browser.house import House

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


def main(port: int) -> None:
    house = House(port)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        backoffice(browser, house)
        portal(browser, house)
        browser.close()


def backoffice(browser: Browser, house: House) -> None:
    """The merchant's home, without the set-up list of a shop that has long been open."""
    page = window(browser, 1360, 900)
    house.sign_in(page, BIKES.slug, "owner")
    hide = page.get_by_role("button", name="Do not show this list again")
    if hide.count():
        hide.click()
    page.goto(house.url("/backoffice/", shop=BIKES.slug))
    take(page, "backoffice.png")


def portal(browser: Browser, house: House) -> None:
    """The home of a regular, on a phone."""
    page, shopper = window(browser, 390, 844), people(BIKES)[0].email
    page.goto(house.url("/sign-in/", shop=BIKES.slug))
    page.locator("input[type=email]").fill(shopper)
    page.locator("input[type=email]").press("Enter")
    page.wait_for_url("**/sign-in/code/**")
    page.locator("input[autocomplete=one-time-code]").fill(house.code_for(shopper))
    page.locator("input[autocomplete=one-time-code]").press("Enter")
    page.wait_for_url(house.url("/", shop=BIKES.slug))
    take(page, "portal.png")


def window(browser: Browser, width: int, height: int) -> Page:
    """A window in the shop's language and time, light, with sharp pixels."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id=BIKES.time_zone,
        color_scheme="light",
        device_scale_factor=2,
    )
    return context.new_page()


def take(page: Page, name: str) -> None:
    """Save what the window shows, once its fonts are there."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
