"""The programme's editor in a browser: what one types shows at once, and everything works without scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from staff.models import Role
from tests.browser.conftest import Come
from tests.browser.looking import PHONE

EDIT = "/backoffice/programme/edit/"


def test_consequences_follow_what_is_typed(come: Come) -> None:
    page = come(Role.OWNER)
    page.goto(EDIT + "earning/")
    field = page.locator("[name=earn_points]")
    field.fill("7")
    expect(page.locator("#means-earn_per")).to_have_text("₩40,000 earns 2,800 P, worth ₩2,800.")  # as is usual here
    expect(page.locator("#consequences h2").first).to_have_text("You give 7% back")
    expect(field).to_be_focused()
    page.locator(".segments label").nth(1).click()
    phone = page.frame_locator(".phone-screen")
    expect(phone.get_by_text("You collect 7 % of what you spend, in points.")).to_be_visible()


def test_a_rule_shows_only_the_fields_of_its_effect(come: Come) -> None:
    page = come(Role.OWNER)
    page.goto(EDIT + "rules/new/?kind=order")
    expect(page.locator("[name=factor]")).to_be_visible()
    expect(page.locator("[name=per]")).to_be_hidden()
    page.locator("[name=effect][value=rate]").check()
    expect(page.locator("[name=factor]")).to_be_hidden()
    expect(page.locator("[name=per]")).to_be_visible()


def test_a_draft_is_saved_without_scripts(come: Come) -> None:
    page = come(Role.OWNER, viewport=PHONE, java_script_enabled=False)
    page.goto(EDIT + "terms/")
    page.locator("[name=hold_days]").fill("8")
    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.locator("[name=hold_days]")).to_have_value("8")
    expect(page.locator("#means-hold_days")).to_have_text("Points can be used: 8 days after payment.")
