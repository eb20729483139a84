"""Pages that nobody hopes to see, and pages with mistakes in their forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.http import HttpRequest, HttpResponse
from playwright.sync_api import Page

from config import errors, outbox
from staff.models import Role
from tests.browser.conftest import Come
from tests.browser.crawling import LANGUAGES, Crawl
from tests.browser.looking import LAPTOP, PHONE
from tests.browser.visitors import World

Window = Callable[..., Crawl]


@pytest.fixture
def window(come: Come) -> Iterator[Window]:
    """`window("ko", Role.OWNER)`: a window that complains about what is wrong."""
    opened: list[Crawl] = []

    def open_window(language: str, who: str = "", shop: str = "cafe") -> Crawl:
        size = PHONE if language == "ko" else LAPTOP
        opened.append(Crawl(come(who, shop, language=language, viewport=size), "trouble", language))
        return opened[-1]

    yield open_window
    for crawl in opened:
        assert not crawl.report(), crawl.report()


def answer_with(monkeypatch: pytest.MonkeyPatch, view: Callable[..., HttpResponse]) -> None:
    """Let the poster's page answer otherwise."""
    monkeypatch.setattr("backoffice.pages.poster.render", view)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [400, 429, 503])
def test_an_error_page_is_sound(
    world: World, window: Window, monkeypatch: pytest.MonkeyPatch, status: int, language: str
) -> None:
    answer_with(monkeypatch, lambda request, *_args: errors.page(request, status))
    window(language, Role.OWNER).look(world.url("/backoffice/poster/", "cafe"), status)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failure_has_a_page(world: World, window: Window, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    def fail(request: HttpRequest, *args: Any) -> HttpResponse:
        raise RuntimeError("what a programmer got wrong")

    answer_with(monkeypatch, fail)
    window(language, Role.OWNER).look(world.url("/backoffice/poster/", "cafe"), 500)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", ["cafe", ""], ids=["shop", "public"])
def test_a_page_that_is_not_there_has_a_page(world: World, window: Window, slug: str, language: str) -> None:
    window(language, shop=slug).look(world.url("/nowhere/", slug), 404)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_without_its_token_is_explained(world: World, window: Window, language: str) -> None:
    crawl = window(language)
    crawl.watch.expected = ["403 from"]
    crawl.page.goto(world.url("/sign-in/", "cafe"))
    crawl.page.locator("main form input[name=csrfmiddlewaretoken]").evaluate("field => field.value = 'wrong'")
    crawl.page.locator("input[type=email]").fill("somebody@example.com")
    crawl.page.locator("input[type=email]").press("Enter")
    crawl.page.locator(".request-id").wait_for()
    crawl.judge(crawl.page.url, "csrf")


FORMS = {
    "customer": (Role.OWNER, "cafe", "/backoffice/customers/new/", {"email": "no address", "phone": "12"}),
    "programme": (Role.OWNER, "cafe", "/backoffice/programme/edit/terms/", {"hold_days": "9999"}),
    "storefront": (Role.OWNER, "cafe", "/backoffice/storefronts/new/generic/", {"name": ""}),
    "settings": (Role.OWNER, "cafe", "/backoffice/settings/", {"name": ""}),
    "password": (Role.OWNER, "cafe", "/account/password/change/", {"oldpassword": "wrong"}),
    "sign-in": ("", "cafe", "/account/login/", {"login": "owner@sodam.example", "password": "wrong"}),
    "address": ("", "cafe", "/sign-in/", {"email": "no address"}),
    "code": ("asking", "cafe", "/sign-in/code/", {"code": "12"}),
    "sign-up": ("", "", "/sign-up/", {"email": "no address", "password": "short"}),
    "find": ("", "", "/find/", {"address": "no such shop"}),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_mistakes_are_told_soundly(world: World, window: Window, form: str, language: str) -> None:
    who, slug, path, wrong = FORMS[form]
    crawl = window(language, who, slug)
    crawl.watch.expected = ["422 from", "400 from"]
    crawl.page.goto(world.url(path, slug))
    send_form(crawl.page, wrong)
    crawl.page.locator("[aria-invalid=true], .alert[data-tone=danger], .form-errors").first.wait_for()
    crawl.judge(f"{crawl.page.url}#{form}", "mistakes")


def send_form(page: Page, values: dict[str, str]) -> None:
    """Fill the page's form and send it as a browser that checks nothing."""
    form = page.locator("main form:has(button[type=submit])").first
    form.evaluate("form => form.noValidate = true")
    for name, value in values.items():
        form.locator(f"[name={name}]").first.fill(value)
    form.evaluate("form => form.requestSubmit()")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_outbox_is_sound(world: World, window: Window, settings: Any, tmp_path: Path, language: str) -> None:
    settings.SHOW_OUTBOX, settings.OUTBOX = True, tmp_path
    letter = "Your code is 123 456.\n\nhttp://cafe.localhost/" + "a" * 90
    for number in range(3):
        letter_to = [f"somebody{number}@example.com"]
        outbox.Backend().send_messages([mail.EmailMessage("123 456 소담커피", letter, to=letter_to)])
    window(language, shop="").look(world.url("/outbox/"), 200)
