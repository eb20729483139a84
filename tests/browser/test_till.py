"""The till in a real browser: a card before a camera, a scanner, a network that is cut, two screens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserType, Page, Route, expect

from staff.models import Role
from tests.browser.conftest import FLAGS
from tests.browser.counters import PINS, SLUG, Counter, film_of, make_counter
from tests.browser.looking import PHONE, Watch, check
from tests.browser.visitors import World

TABLET = {"width": 1024, "height": 768}
CUT = ("net::ERR_", "Failed to fetch")  # what the browser says of a network that was cut
Stand = Callable[..., Page]


@pytest.fixture(scope="module")
def counter(world: World, django_db_blocker: Any) -> Counter:
    with django_db_blocker.unblock():
        return make_counter(world)


@pytest.fixture(scope="module")
def eyes(
    counter: Counter, browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path_factory: Any
) -> Iterator[Browser]:
    """A Chromium whose camera sees the member's card."""
    film = film_of(counter.card_code, tmp_path_factory.mktemp("camera") / "card.y4m")
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    arguments = {**browser_type_launch_args, "args": [*FLAGS, *camera]}
    browser = browser_type.launch(**arguments)
    yield browser
    browser.close()


@pytest.fixture
def stand(browser: Browser, world: World, counter: Counter) -> Iterator[Stand]:
    """Stand at the till: `stand(Role.CASHIER)`. What the browser complains about fails the test."""
    watches: list[Watch] = []

    def open_till(
        who: str = Role.OWNER, path: str = "/backoffice/till/", *, by: Browser = browser,
        expected: tuple[str, ...] = (), **options: Any,
    ) -> Page:  # fmt: skip
        defaults = {"viewport": TABLET, "locale": "en-GB", "timezone_id": "Asia/Seoul", "reduced_motion": "reduce"}
        context = by.new_context(**{**defaults, "base_url": world.url("/", SLUG), **options})
        cookies = {**counter.cookies_of(who), "language": "en"}
        context.add_cookies([{"name": n, "value": v, "url": world.url("/", SLUG)} for n, v in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(15_000)
        watches.append(Watch(page, expected=list(expected)))
        page.goto(path)
        return page

    yield open_till
    for watch in watches:
        watch.page.context.close()
    complaints = [complaint for watch in watches for complaint in watch.complaints]
    assert not complaints, "\n".join(complaints)


def open_member(page: Page, phone: str = "01012345678") -> None:
    page.get_by_label("Phone number, its last four digits, card or code").fill(phone)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("김*서")


def give_points(page: Page) -> None:
    page.get_by_role("button", name="₩10,000").click()
    page.get_by_role("button", name="Give points").click()


def test_a_card_before_the_camera_two_touches_and_the_points_are_given(
    stand: Stand, eyes: Browser, counter: Counter
) -> None:
    before = counter.points
    page = stand(by=eyes, permissions=["camera"])
    page.get_by_role("button", name="Scan a card").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("김*서")
    check(page)
    page.get_by_role("button", name="₩10,000").click()
    expect(page.locator(".earns")).to_have_text("+100 P")
    page.get_by_role("button", name="Give points").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("+100 P")
    check(page)
    assert counter.points == before + 100
    page.get_by_role("link", name="Next customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "김*서"
    )  # it was allowed once: the camera reads by itself


def test_without_permission_for_the_camera_the_till_says_so(stand: Stand, eyes: Browser) -> None:
    page = stand(by=eyes)
    page.context.clear_permissions()
    page.get_by_role("button", name="Scan a card").click()
    expect(page.locator("[data-camera-note]")).to_contain_text("The camera is not allowed")


BURST = """
(code) => [...code, "Enter"].forEach((letter) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {
  code: letter === "Enter" ? letter : (/[0-9]/.test(letter) ? "Digit" : "Key") + letter, key: "Process", bubbles: true,
})))
"""


def test_a_scanner_finds_the_member_wherever_the_focus_is_and_in_hangul(stand: Stand, counter: Counter) -> None:
    """A burst of keys whose letters an input method has swallowed: their places tell the code."""
    page = stand()
    page.locator(".till-head .shop-name").focus()
    page.evaluate(BURST, counter.card_code)
    expect(page.get_by_role("heading", level=1)).to_have_text("김*서")


def test_the_keypad_finds_by_the_last_digits(stand: Stand) -> None:
    page = stand(viewport=PHONE, has_touch=True)
    for digit in "5678":
        page.get_by_role("button", name=digit, exact=True).tap()
    page.get_by_role("button", name="Find").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is it?")
    check(page)
    page.get_by_role("link", name="김*서").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("김*서")


def test_what_was_given_is_undone(stand: Stand, counter: Counter) -> None:
    before = counter.points
    page = stand()
    open_member(page)
    give_points(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Undone")
    assert counter.points == before


def use_coffee(page: Page) -> None:
    page.locator("form", has=page.locator("input[value=coffee]")).get_by_role("button", name="Use").click()


def test_a_redemption_whose_answer_is_lost_happens_once(stand: Stand, counter: Counter) -> None:
    """The request reaches the shop, its answer never comes back: sent again it tells what had happened."""
    points, taken = counter.points, counter.redemptions
    page = stand(expected=CUT)
    open_member(page)

    def lose_the_answer(route: Route) -> None:
        to = urlsplit(route.request.url)
        headers = {**route.request.all_headers(), "host": to.netloc}  # not every system resolves names below localhost
        assert route.fetch(url=f"http://127.0.0.1:{to.port}{to.path}", headers=headers).status == 200
        route.abort("connectionreset")

    page.route("**/reward/", lose_the_answer, times=1)
    use_coffee(page)
    retry = page.locator("[data-retry-banner]")
    expect(retry).to_be_visible()
    assert (counter.points, counter.redemptions) == (points - 500, taken + 1)
    retry.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A coffee")
    expect(retry).to_be_hidden()
    assert (counter.points, counter.redemptions) == (points - 500, taken + 1)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Undone")
    assert counter.points == points


def test_a_redemption_that_never_left_happens_once_it_is_sent_again(stand: Stand, counter: Counter) -> None:
    points, taken = counter.points, counter.redemptions
    page = stand(expected=CUT)
    open_member(page)
    page.route("**/reward/", lambda route: route.abort("internetdisconnected"), times=1)
    use_coffee(page)
    expect(page.locator("[data-retry-banner]")).to_be_visible()
    assert counter.points == points
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A coffee")
    assert (counter.points, counter.redemptions) == (points - 500, taken + 1)


def test_offline_is_said_plainly_and_nothing_can_be_given(stand: Stand) -> None:
    page = stand(expected=CUT)
    open_member(page)
    page.context.set_offline(True)
    expect(page.locator("[data-offline-banner]")).to_be_visible()
    expect(page.get_by_role("button", name="Give points")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator("[data-offline-banner]")).to_be_hidden()
    expect(page.get_by_role("button", name="Give points")).to_be_enabled()


def test_pressed_twice_it_happens_once(stand: Stand, counter: Counter) -> None:
    before = counter.points
    page = stand()
    open_member(page)
    page.get_by_role("button", name="₩10,000").click()
    form = page.locator("form.till-pay")
    form.evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    expect(page.get_by_role("heading", level=1)).to_have_text("+100 P")
    assert counter.points == before + 100


def type_pin(page: Page, role: Role) -> None:
    for digit in PINS[role]:
        page.get_by_role("button", name=digit, exact=True).click()


def test_a_cashier_takes_over_by_pin_and_the_office_stays_shut(stand: Stand) -> None:
    page = stand(expected=("423 from",))
    page.get_by_role("button", name="Lock the till").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who stands here?")
    check(page)
    page.get_by_text("오민재").click()
    type_pin(page, Role.CASHIER)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_label("Phone number, its last four digits, card or code")).to_be_visible()
    page.goto("/backoffice/")
    expect(page).to_have_url(re.compile(r"/till/leave/$"))
    check(page)


def test_a_customer_types_the_number_on_a_screen_of_their_own(stand: Stand) -> None:
    page = stand(Role.CASHIER)
    page.get_by_label("More").click()
    page.get_by_role("button", name="Screen for customers").click()
    code = page.locator(".till-steps .till-figure").inner_text()
    theirs = stand("", "/backoffice/till/customer/", viewport=PHONE)
    check(theirs)
    theirs.get_by_label("Code from the till").fill(code)
    theirs.get_by_role("button", name="Connect").click()
    theirs.get_by_label("Your phone number").fill("010-1234-5678")
    check(theirs)
    theirs.get_by_role("button", name="Done").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.goto("/backoffice/till/")
    page.get_by_role("link", name="김*서").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("김*서")
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Hello, 김*서")


def test_somebody_new_is_made_a_member(stand: Stand) -> None:
    page = stand(viewport=PHONE)
    page.get_by_label("Phone number, its last four digits, card or code").fill("010-5555-0001")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody new")
    check(page)
    page.get_by_role("button", name="Make a member").click()
    expect(page.get_by_text("New member")).to_be_visible()
