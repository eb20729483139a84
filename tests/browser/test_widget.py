"""The widget on a store's page, of another site, in a browser that blocks the cookies of others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django_tenants.utils import tenant_context
from playwright.sync_api import Browser, FrameLocator, Page, expect

from portal.widget import tokens
from staff.actors import SYSTEM
from storefront import widgets
from storefront.models import Store
from storefront.stores import create_store
from tests.browser.house import free_port
from tests.browser.looking import LAPTOP, PHONE, axe_findings
from tests.browser.visitors import World

SHIFTS = """() => new Promise((resolve) => {
  const seen = new PerformanceObserver((list) => resolve(list.getEntries().length));
  seen.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(0), 300);
})"""
STRICT = "default-src 'none'; script-src {shop}; frame-src {shop}; connect-src 'self'"


@dataclass
class Shop:
    """The site of a store, on another host than Dangol: one page with the widget's line."""

    world: World
    port: int
    store: Store
    secret: str
    language: str = "en"
    token: str = ""
    token_url: str = ""
    served: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def fresh_token(self, **claims: Any) -> str:
        now = datetime.now(UTC).timestamp()
        told = {
            "iss": self.store.public_id, "aud": "cafe.localhost", "sub": "w-1", "name": "나래",
            "exp": int(now) + 200, "jti": f"{now}",
        }  # fmt: skip
        return tokens.sign({**told, **claims}, self.secret)

    def page(self) -> str:
        script = self.world.url(f"/widget.js?store={self.store.public_id}", "cafe")
        url = f' data-token-url="{self.token_url}"' if self.token_url else ""
        return (
            f'<!doctype html><html lang="{self.language}"><title>Shop</title><main><h1>Beans</h1><p>Fresh.</p>'
            "<button data-dangol-open>Points</button></main>"
            f'<script async src="{script}" data-token="{self.token}"{url}></script></html>'
        )


@pytest.fixture(scope="module")
def shop(world: World) -> Iterator[Shop]:
    """A store of the café with a site at 127.0.0.1, served from another port."""
    port, at = free_port(), datetime.now(UTC)
    merchant = world.shops["cafe"].merchant
    with tenant_context(merchant):
        store, _secret = create_store(kind="generic", name="Beans online", actor=SYSTEM, at=at)
        widgets.place(store, sites=[f"http://127.0.0.1:{port}"], side="right", actor=SYSTEM, at=at)
        secret = widgets.new_secret(store, actor=SYSTEM, at=at)
    site = Shop(world, port, store, secret)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.served.append(self.path)
            is_token = self.path.startswith("/token")
            body = (site.fresh_token() if is_token else site.page()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain" if is_token else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", STRICT.format(shop=world.url("", "cafe")))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    with tenant_context(merchant):
        Store.objects.filter(pk=store.pk).delete()


@pytest.fixture
def strict(browser: Browser, browser_type: Any, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A Chromium that takes no cookie of a third party."""
    flags = [*browser_type_launch_args["args"], "--test-third-party-cookie-phaseout"]
    blocking = browser_type.launch(**{**browser_type_launch_args, "args": flags})
    yield blocking
    blocking.close()


@pytest.fixture(autouse=True)
def _nobody_is_there(shop: Shop) -> None:
    """Each test begins with a page for strangers, in English."""
    shop.token = shop.token_url = ""
    shop.language = "en"
    shop.served.clear()


def come(browser: Browser, shop: Shop, **options: Any) -> Page:
    defaults = {"viewport": LAPTOP, "reduced_motion": "reduce"}
    page = browser.new_context(**{**defaults, **options}).new_page()
    page.set_default_timeout(15_000)
    page.goto(shop.url)
    return page


def opened(page: Page, name: str = "My points") -> FrameLocator:
    """Press the button; the frame."""
    page.get_by_role("button", name=name, exact=True).click()
    return page.frame_locator("iframe")


def test_the_store_signs_the_shopper_in_though_cookies_are_blocked(strict: Browser, shop: Shop) -> None:
    shop.token = shop.fresh_token()
    page = come(strict, shop)
    frame = opened(page)
    frame.get_by_role("link", name="Me", exact=True).click()
    expect(frame.locator("input[name=name]")).to_have_value("나래")
    frame.locator("input[name=name]").fill("나래 김")
    frame.get_by_role("button", name="Save", exact=True).first.click()
    expect(frame.get_by_text("Saved.")).to_be_visible()
    frame.get_by_role("link", name="Show my QR", exact=True).click()
    expect(frame.locator("svg.qr")).to_be_visible()


def test_cookies_of_the_frame_are_blocked_in_these_tests(strict: Browser, shop: Shop) -> None:
    page = come(strict, shop)
    expect(opened(page).locator("input[type=email]")).to_be_visible()
    inside = next(frame for frame in page.frames if "/w/" in frame.url)
    assert inside.evaluate("() => { document.cookie = 'probe=1; SameSite=None; Secure'; return document.cookie }") == ""


def test_a_stranger_gets_as_far_as_the_code(strict: Browser, shop: Shop) -> None:
    frame = opened(come(strict, shop))
    frame.locator("input[type=email]").fill("stranger@example.com")
    frame.get_by_role("button", name="Send me a code").click()
    expect(frame.locator("input[autocomplete=one-time-code]")).to_be_visible()


def test_a_fresh_token_is_fetched_where_the_page_has_none(strict: Browser, shop: Shop) -> None:
    shop.token_url = "/token"
    page = come(strict, shop)
    assert "/token" not in shop.served
    frame = opened(page)
    expect(frame.get_by_role("link", name="Me", exact=True)).to_be_visible()


def test_a_used_token_leads_to_the_sign_in(strict: Browser, shop: Shop) -> None:
    shop.token = shop.fresh_token()
    expect(opened(come(strict, shop)).get_by_role("link", name="Me", exact=True)).to_be_visible()
    expect(opened(come(strict, shop)).locator("input[type=email]")).to_be_visible()


def test_escape_closes_it_and_the_focus_goes_back(browser: Browser, shop: Shop) -> None:
    page = come(browser, shop)
    opener = page.get_by_role("button", name="My points", exact=True)
    frame = opened(page)
    frame.locator("input[type=email]").focus()
    page.frames[-1].wait_for_load_state("load")  # its scripts listen for keys only then
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(opener).to_be_focused()
    page.get_by_role("button", name="Points", exact=True).click()
    expect(page.locator("iframe")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_be_hidden()
    page.context.close()


def test_it_moves_nothing_and_asks_for_one_file(browser: Browser, shop: Shop) -> None:
    page = browser.new_context(viewport={"width": 1360, "height": 850}).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(shop.url)
    expect(page.get_by_role("button", name="My points", exact=True)).to_be_visible()
    shifts = page.evaluate(SHIFTS)
    assert shifts == 0
    assert len([url for url in asked if "cafe.localhost" in url]) == 1
    page.context.close()


def test_on_a_phone_it_fills_the_screen_in_the_pages_language(browser: Browser, shop: Shop) -> None:
    shop.token, shop.language = shop.fresh_token(sub="w-2"), "ko"
    page = come(browser, shop, viewport=PHONE)
    frame = opened(page, "내 포인트")
    expect(frame.locator("html")).to_have_attribute("lang", "ko")
    expect(frame.locator(".portal-nav")).to_be_visible()
    box = page.locator("dialog").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    page.context.close()


def test_another_site_gets_no_frame(browser: Browser, shop: Shop) -> None:
    page = browser.new_context().new_page()
    page.goto(shop.url.replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="My points", exact=True).click()
    page.wait_for_timeout(1000)
    assert not any("/w/" in frame.url for frame in page.frames)
    page.context.close()


def test_axe_finds_nothing_in_the_launcher_and_the_frame(browser: Browser, shop: Shop) -> None:
    shop.token = shop.fresh_token(sub="w-3")
    page = browser.new_context(viewport={"width": 1360, "height": 850}, bypass_csp=True).new_page()
    page.goto(shop.url)
    expect(page.get_by_role("button", name="My points", exact=True)).to_be_visible()
    assert axe_findings(page) == []
    frame = opened(page)
    expect(frame.get_by_role("link", name="Me", exact=True)).to_be_visible()
    assert axe_findings(page) == []
    page.context.close()
