"""Passkeys under the strict Content-Security-Policy, with a virtual authenticator for the finger."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from demo.shops import PASSWORD
from tests.browser.conftest import Visit
from tests.browser.house import House
from tests.browser.looking import check

FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_and_signs_in_without_a_password(house: House, visit: Visit) -> None:
    page = visit()
    give_finger(page)
    house.sign_in(page, "bikes", "analyst")
    add_passkey(page, house)
    try:
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/backoffice/**")
    finally:
        remove_passkey(page, house)


def test_a_browser_without_a_finger_says_so(house: House, visit: Visit) -> None:
    page = visit()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**FINGER, "isUserVerified": False}})
    page.goto(house.url("/account/login/", shop="bikes"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The passkey was not accepted.")).to_be_visible()


def give_finger(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})


def add_passkey(page: Page, house: House) -> None:
    """Add one; afterwards its recovery codes are shown."""
    page.goto(house.url("/account/2fa/webauthn/add/", shop="bikes"))
    confirm(page)
    page.wait_for_url("**/webauthn/add/**")
    check(page)
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    check(page)


def confirm(page: Page) -> None:
    """Show by the password that it is really the person."""
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def remove_passkey(page: Page, house: House) -> None:
    """Leave the account as it was, for the tests after this."""
    page.goto(house.url("/account/2fa/webauthn/", shop="bikes"))
    page.get_by_role("link", name="Remove").click()
    confirm(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()


def sign_out(page: Page) -> None:
    page.locator("summary[aria-label='Your account']").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")
    check(page)
