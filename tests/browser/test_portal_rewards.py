"""Taking a reward as people do it: pressed twice, the network cut in the middle, with a slider, at twice the size."""

from __future__ import annotations

import re
from http.client import HTTPConnection

import pytest
from django_tenants.utils import tenant_context
from playwright.sync_api import Page, Request, Route, expect

from loyalty.models import Redemption
from tests.browser.conftest import Come
from tests.browser.looking import PHONE, check, sideways
from tests.browser.visitors import World

CODE = re.compile(r"/codes/\d+/\?new$")


def taken(world: World) -> int:
    """How many rewards the regular has ever taken."""
    shop = world.shops["cafe"]
    with tenant_context(shop.merchant):
        return Redemption.objects.filter(customer_id=shop.ids["regular"]).count()


def carry_out(request: Request, world: World) -> int:
    """Send to the server what the browser wanted to send; the status of the answer."""
    connection = HTTPConnection("127.0.0.1", world.port)
    headers = {**request.all_headers(), "host": f"cafe.localhost:{world.port}"}
    connection.request("POST", "/rewards/coffee/", request.post_data_buffer, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def page(come: Come) -> Page:
    page = come("regular", viewport=PHONE)
    page.goto("/rewards/")
    return page


def test_two_presses_are_one_code(page: Page, world: World) -> None:
    before = taken(world)
    page.get_by_role("link", name="An americano").click()
    page.get_by_role("button", name="Use 300 P and get the code").dblclick()
    expect(page).to_have_url(CODE)
    expect(page.get_by_role("img", name="QR code of this reward")).to_be_visible()
    check(page)
    assert taken(world) == before + 1


def test_an_answer_that_is_lost_costs_nothing_more(page: Page, world: World) -> None:
    before = taken(world)
    lost: list[int] = []

    def cut(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(carry_out(route.request, world))  # the server has done it; the answer never arrives
            route.abort("connectionreset")
        else:
            route.continue_()

    page.goto("/rewards/coffee/")
    page.context.route("**/rewards/coffee/", cut)
    press = page.get_by_role("button", name="Use 300 P and get the code")
    press.click()
    expect(page.get_by_text("The network was cut. Press again: it counts once.")).to_be_visible()
    assert lost == [302]
    press.click()
    expect(page).to_have_url(CODE)
    assert taken(world) == before + 1


def test_without_scripts_it_works_as_well(come: Come, world: World) -> None:
    before = taken(world)
    page = come("regular", viewport=PHONE, java_script_enabled=False)
    page.goto("/rewards/money/")
    page.get_by_label("Points to use").fill("1200")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("₩1,200 off").first).to_be_visible()
    page.get_by_role("button", name="Use 1,200 P and get the code").click()
    expect(page).to_have_url(CODE)
    assert taken(world) == before + 1


def test_the_slider_and_the_number_follow_each_other(page: Page) -> None:
    page.goto("/rewards/money/")
    field, slider = page.get_by_role("spinbutton", name="Points to use"), page.get_by_role("slider")
    field.fill("700")
    expect(slider).to_have_value("700")
    expect(page.locator("[data-range-worth]")).to_have_text("₩700 off")
    slider.focus()
    slider.press("ArrowRight")
    expect(field).to_have_value("800")
    check(page)


def test_a_code_is_cancelled_and_that_is_undone(page: Page) -> None:
    page.goto("/rewards/coffee/")
    page.get_by_role("button", name="Use 300 P and get the code").click()
    expect(page).to_have_url(CODE)
    page.get_by_role("button", name="Cancel and have 300 P back").click()
    expect(page.get_by_text("300 P are back.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(CODE)


@pytest.mark.parametrize("path", ["/", "/rewards/", "/rewards/cake/", "/earn/", "/codes/", "/tier/", "/claims/new/"])
def test_at_twice_the_size_nothing_is_cut_off(come: Come, path: str) -> None:
    page = come("regular", language="ko", viewport={"width": 195, "height": 422}, device_scale_factor=2)
    page.goto(path)
    assert sideways(page) <= 0


def test_the_home_page_answers_the_usual_questions_without_scrolling(come: Come) -> None:
    """On a phone: how much, what for, until when, and which tier."""
    page = come("regular", viewport=PHONE)
    page.goto("/")
    nav = page.locator(".portal-nav").bounding_box()
    assert nav
    for answer in (".balance .figure", ".home-offers", ".notice-row[href='/expiry/']", ".tier-card"):
        box = page.locator(answer).bounding_box()
        assert box, answer
        assert box["y"] + box["height"] <= nav["y"], answer
