"""A real Chromium and a running Dangol. Browser tests speak to it as people do: by pages, hooks and mails only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from playwright.sync_api import Browser, Page

from scripts.browser import find
from tests import shops
from tests.browser.house import House, running_house
from tests.browser.looking import LAPTOP, Watch
from tests.browser.served import running_server
from tests.browser.visitors import World, make_world

# Chromium must look for nothing outside: it would find no network, or someone else's.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
Visit = Callable[..., Page]
Come = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
        if "world" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)  # without, there would be no test database


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = find()
    if path is None:
        pytest.skip("there is no Chromium: `make test` installs Debian's")
    # Playwright keeps an event loop in this thread, and the tests that come after must still reach the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return {"executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Iterator[Browser]:
    """One for all. While it runs, its event loop gives this thread a database session of its own: closed with it."""
    yield browser
    connections.close_all()


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Dangol with the demo's two shops, for all browser tests of this process."""
    with running_house() as running:
        yield running


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Shops full of data, served by this process, for all tests here that only look."""
    with django_db_blocker.unblock():
        connection.set_schema_to_public()
        made = make_world()
        with running_server() as made.port:
            yield made
        shops.put_right()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a window of its own: `visit(locale="ko-KR", viewport=PHONE)`; what it complains about fails the test."""
    watches: list[Watch] = []

    def open_window(*, expected: tuple[str, ...] = (), **options: Any) -> Page:
        defaults = {"viewport": LAPTOP, "locale": "en-GB", "timezone_id": "Europe/London", "reduced_motion": "reduce"}
        page = browser.new_context(**{**defaults, **options}).new_page()
        page.set_default_timeout(15_000)
        watches.append(Watch(page, expected=list(expected)))
        return page

    yield open_window
    complaints = [complaint for watch in watches for complaint in watch.complaints]
    for watch in watches:
        watch.page.context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def come(browser: Browser, world: World) -> Iterator[Come]:
    """A window of one of the world's visitors: `come("regular", language="ko")`. Signed in, and nowhere yet."""
    contexts = []

    def open_window(who: str = "", shop: str = "cafe", *, language: str = "en", **options: Any) -> Page:
        defaults = {"viewport": LAPTOP, "locale": "en-GB", "timezone_id": "Asia/Seoul", "reduced_motion": "reduce"}
        contexts.append(browser.new_context(**{**defaults, "base_url": world.url("/", shop), **options}))
        cookies = {**world.cookies.get(who, {}), "language": language}
        contexts[-1].add_cookies([{"name": n, "value": v, "url": world.url("/", shop)} for n, v in cookies.items()])
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        return page

    yield open_window
    for context in contexts:
        context.close()
