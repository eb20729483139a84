"""The membership card without a network, in a real browser with its real service worker."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import Come
from tests.browser.looking import PHONE

KEPT = "async () => (await (await caches.open('dangol-card')).keys()).map((kept) => new URL(kept.url).pathname).sort()"
IS_KEPT = "async () => Boolean(await caches.match('/card/', { cacheName: 'dangol-card' }))"

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


@pytest.fixture
def phone(come: Come) -> Page:
    """A member's phone that has opened the home page once, and so keeps the card."""
    page = come("regular", viewport=PHONE)
    page.goto("/")
    page.wait_for_function(IS_KEPT)
    page.wait_for_function("() => navigator.serviceWorker.controller")
    page.reload()  # under the worker's eyes, and kept once more, whole
    page.wait_for_load_state("networkidle")
    return page


def test_the_card_is_there_without_a_network(phone: Page) -> None:
    phone.context.set_offline(True)
    phone.goto("/card/")
    expect(phone.get_by_role("img", name="QR code of your membership card")).to_be_visible()
    expect(phone.get_by_text("You are offline", exact=True)).to_be_visible()
    assert phone.evaluate("getComputedStyle(document.querySelector('.member-card')).display") == "flex"


def test_any_other_page_leads_to_the_card(phone: Page) -> None:
    phone.context.set_offline(True)
    phone.goto("/rewards/")
    phone.wait_for_url("**/card/")


def test_no_other_page_is_kept(phone: Page) -> None:
    for path in ("/history/", "/me/", "/codes/", "/"):
        phone.goto(path)
    pages = [path for path in phone.evaluate(KEPT) if not path.endswith((".css", ".js"))]
    assert pages == ["/card/"]


def test_signing_out_forgets_the_card(come: Come) -> None:
    phone = come("new", viewport=PHONE)  # whose session nobody else needs
    phone.goto("/")
    phone.wait_for_function(IS_KEPT)
    phone.goto("/me/")
    phone.get_by_role("button", name="Sign out", exact=True).click()
    phone.wait_for_url(lambda url: url.endswith("/"))
    assert not phone.evaluate(IS_KEPT)


def test_who_is_signed_out_elsewhere_loses_the_card_at_the_next_look(phone: Page) -> None:
    phone.context.clear_cookies()
    phone.goto("/card/")
    phone.wait_for_url("**/sign-in/**")
    phone.wait_for_function("async () => !(await caches.match('/card/', { cacheName: 'dangol-card' }))")


def test_it_loses_the_card_as_soon_as_it_has_a_network_again(phone: Page) -> None:
    """The session is ended elsewhere while this phone shows its card without a network."""
    phone.context.set_offline(True)
    phone.goto("/card/")
    expect(phone.get_by_role("img", name="QR code of your membership card")).to_be_visible()
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    phone.wait_for_url("**/sign-in/**")
    assert not phone.evaluate(IS_KEPT)


def test_any_page_takes_the_card_away_once_the_session_is_over(phone: Page) -> None:
    url = phone.url
    phone.context.clear_cookies()
    phone.context.add_cookies([{"name": "shopper", "value": "ended elsewhere", "url": url}])
    phone.goto("/")
    phone.wait_for_function("async () => !(await caches.match('/card/', { cacheName: 'dangol-card' }))")


def test_a_card_is_not_shown_for_ever_without_a_network(phone: Page) -> None:
    phone.evaluate("""async () => {
        const kept = await caches.open('dangol-card');
        const old = await kept.match('/card/');
        const headers = new Headers(old.headers);
        headers.set('Date', new Date(Date.now() - 31 * 24 * 3600 * 1000).toUTCString());
        await kept.put('/card/', new Response(await old.blob(), { headers }));
    }""")
    phone.context.set_offline(True)
    with pytest.raises(Error, match="ERR_"):
        phone.goto("/card/")


def test_a_phone_that_keeps_no_card_is_led_to_the_sign_in(phone: Page) -> None:
    phone.context.clear_cookies()
    phone.evaluate("caches.delete('dangol-card')")
    phone.goto("/card/")
    phone.wait_for_url("**/sign-in/**")


def test_the_browser_finds_the_shop_fit_to_be_installed(phone: Page) -> None:
    session = phone.context.new_cdp_session(phone)
    told = session.send("Page.getAppManifest")
    assert not told["errors"]
    assert told["url"].endswith("/app.webmanifest")
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] == ["in-incognito"]  # as every window of a test is


def test_an_iphone_is_told_how_on_the_second_day(come: Come) -> None:
    page = come("regular", viewport=PHONE, user_agent=IPHONE)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'standalone', { get: () => false })")
    page.goto("/")
    offer = page.get_by_text("then “Add to Home Screen”")
    expect(offer).to_be_hidden()
    page.evaluate("localStorage.setItem('first-seen', '2026-01-01')")
    page.reload()
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Do not ask again").click()
    page.reload()
    expect(offer).to_be_hidden()
