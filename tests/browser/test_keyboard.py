"""Everything can be done without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from staff.models import Role
from tests.browser.conftest import Come
from tests.browser.looking import PHONE
from tests.browser.visitors import World


def focused(page: Page) -> str:
    """The text or name of what has the focus."""
    return str(
        page.evaluate("() => (document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()")
    )


@pytest.mark.parametrize(("path", "who"), [("/backoffice/", Role.OWNER), ("/", "regular"), ("/account/login/", "")])
def test_the_first_key_leads_past_the_menus(come: Come, path: str, who: str) -> None:
    page = come(who)
    page.goto(path)
    page.locator("body").press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_dialog_keeps_the_focus_and_gives_it_back(come: Come, world: World) -> None:
    page = come(Role.OWNER)
    page.goto(f"/backoffice/customers/{world.shops['cafe'].ids['debtor']}/")
    opener = page.get_by_role("button", name="Adjust points")
    opener.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator(":focus")).to_have_count(1)
    for _step in range(12):
        page.keyboard.press("Tab")
        outside = page.evaluate("() => !document.activeElement.closest('dialog, body:not(:has(:focus))')")
        assert not outside, f"the focus left for {focused(page)}"
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_menu_is_walked_by_arrows_and_closed_by_escape(come: Come) -> None:
    page = come(Role.OWNER)
    page.goto("/backoffice/")
    summary = page.locator("summary[aria-label='Your account']")
    summary.press("Enter")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Your account"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Two-step sign-in"
    page.keyboard.press("Escape")
    expect(page.locator("details.user-menu[open]")).to_have_count(0)
    expect(summary).to_be_focused()


def test_the_phones_menu_opens_by_a_key(come: Come) -> None:
    page = come(Role.OWNER, viewport=PHONE)
    page.goto("/backoffice/")
    page.locator("details.sheet > summary").press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".sheet-panel a").first).to_be_focused()


def test_a_customer_is_found_by_keys_alone(come: Come, world: World) -> None:
    page = come(Role.CASHIER)
    page.goto("/backoffice/customers/")
    page.keyboard.press("/")
    expect(page.locator("input[type=search]:focus")).to_be_visible()
    page.keyboard.type("debtor@")
    expect(page.locator("#results tbody tr")).to_have_count(1, timeout=15_000)
    page.locator("#results tbody a").press("Enter")
    page.wait_for_url(f"**/customers/{world.shops['cafe'].ids['debtor']}/")


def test_points_are_given_and_taken_back_by_keys_alone(come: Come, world: World) -> None:
    page = come(Role.OWNER)
    page.goto(f"/backoffice/customers/{world.shops['cafe'].ids['new']}/")
    page.get_by_role("button", name="Adjust points").press("Enter")
    page.locator("dialog[open] input[name=points]").press_sequentially("70")
    page.keyboard.press("Enter")
    toast = page.locator(".toast", has_text="+70 P")
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".toast", has_text="Undone")).to_be_visible()
