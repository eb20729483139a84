"""With JavaScript switched off the main ways still lead somewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from staff.models import Role
from tests.browser.busy_shop import PASSWORD
from tests.browser.conftest import Come
from tests.browser.looking import PHONE


@pytest.fixture
def plain(come: Come) -> Come:
    """A phone whose browser runs no scripts, with a page open: `plain("/", "regular")`."""

    def go(path: str, who: str = "") -> Page:
        page = come(who, viewport=PHONE, java_script_enabled=False)
        page.goto(path)
        return page

    return go


def test_staff_sign_in(plain: Come) -> None:
    page = plain("/account/login/")
    page.locator("input[name=login]").fill("cashier@sodam.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_a_member_sees_their_points(plain: Come) -> None:
    page = plain("/", "regular")
    expect(page.locator(".balance")).to_contain_text(" P")
    page.get_by_role("link", name="All of it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("History")


def test_a_shopper_asks_for_a_code(plain: Come) -> None:
    page = plain("/")
    page.locator("input[type=email]").fill("plain@example.com")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.locator("input[autocomplete=one-time-code]")).to_be_visible()


def test_a_customer_is_found(plain: Come) -> None:
    page = plain("/backoffice/customers/", Role.OWNER)
    page.locator("input[type=search]").fill("debtor@")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)


def test_the_phones_menu_opens(plain: Come) -> None:
    page = plain("/backoffice/", Role.OWNER)
    page.locator("details.sheet > summary").click()
    page.locator(".sheet-panel").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")


def test_another_language_is_chosen(plain: Come) -> None:
    page = plain("/sign-in/")
    page.locator("header details summary").click()
    page.get_by_role("button", name="한국어").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("로그인")
