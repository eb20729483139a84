"""Every page as every kind of visitor sees it: in both languages, small and large, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser

from staff.models import Role
from staff.permissions import CAPABILITIES
from tests.browser import pages
from tests.browser.crawling import LANGUAGES, Crawl
from tests.browser.pages import PLAIN
from tests.browser.visitors import World
from tests.isolation.doors import patterns


@dataclass(frozen=True)
class Visit:
    """Somebody who looks at some pages of a shop; without a shop, of the installation's own host."""

    who: str  # whose cookies; without any, nobody's
    pages: pages.Pages
    shop: str = "cafe"
    status: int | None = None  # of each page; when not given, what the person's role says
    contrast: bool = True

    @property
    def urlconf(self) -> str:
        return pages.SHOP if self.shop else pages.PUBLIC

    def expected(self, path: str) -> int:
        """The status that this person is to get."""
        if self.status or "/join/nonsense/" in path:
            return self.status or 404
        capability = getattr(resolve(urlsplit(path).path, urlconf=self.urlconf).func, "capability", None)
        allowed = not capability or self.who not in set(Role) or Role(self.who) in CAPABILITIES[capability]
        return 200 if allowed else 403


COLLEAGUES = (Role.MANAGER, Role.CASHIER, Role.ANALYST)
VISITS = {
    "owner": Visit(Role.OWNER, pages.OFFICE),
    **{str(role): Visit(role, pages.one_of_each(pages.OFFICE), contrast=False) for role in COLLEAGUES},
    "owner's account": Visit(Role.OWNER, pages.ACCOUNT),
    "manager's account": Visit(Role.MANAGER, pages.BARE_ACCOUNT),
    "analyst's account": Visit(Role.ANALYST, {"staff:me": PLAIN, "account_email": PLAIN}),
    "half signed in": Visit("halfway", pages.HALF_SIGNED_IN),
    "at the door": Visit("", pages.DOOR),
    "regular": Visit("regular", pages.MEMBER),
    "debtor": Visit("debtor", pages.MEMBER),
    "leaving": Visit("long", pages.MEMBER),
    "stranger": Visit("", pages.STRANGER),
    "asking for a code": Visit("asking", pages.ASKING),
    "founder": Visit("founder of fresh", pages.EMPTY_OFFICE, "fresh"),
    "first member": Visit("first of fresh", pages.MEMBER, "fresh"),
    "owner who closes": Visit(
        "founder of closing", {"backoffice:home": PLAIN, "backoffice:settings": PLAIN}, "closing"
    ),
    "member of a closing shop": Visit("", {"portal:home": PLAIN}, "closing", status=503),
    "member of a suspended shop": Visit("", {"portal:home": PLAIN}, "suspended", status=503),
    "visitor": Visit("", pages.SITE, ""),
    "operator's account": Visit("operator", pages.BARE_ACCOUNT, ""),
}


@pytest.fixture
def crawl(browser: Browser, world: World, name: str, language: str) -> Iterator[Crawl]:
    """A window of this visitor."""
    visit = VISITS[name]
    context = browser.new_context(locale="en-GB", timezone_id="Asia/Seoul", reduced_motion="reduce")
    cookies = {**world.cookies.get(visit.who, {}), "language": language}
    context.add_cookies([{"name": n, "value": v, "url": world.url("/", visit.shop)} for n, v in cookies.items()])
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield Crawl(page, name, language, visit.contrast)
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VISITS)
def test_every_page_is_sound(world: World, crawl: Crawl, name: str, language: str) -> None:
    visit = VISITS[name]
    ids = world.shops[visit.shop].ids
    for pattern, variants in visit.pages.items():
        for path in pages.paths(pattern, variants, ids, visit.urlconf):
            crawl.look(world.url(path, visit.shop), visit.expected(path))
    assert not crawl.report(), crawl.report()


@pytest.mark.parametrize("urlconf", [pages.SHOP, pages.PUBLIC])
def test_somebody_looks_at_every_page(urlconf: str) -> None:
    seen = {name for visit in VISITS.values() if visit.urlconf == urlconf for name in visit.pages}
    names = {name for name, _pattern, _route in patterns(urlconf)}
    assert names - {"styles"} - seen == pages.NOT_LOOKED_AT[urlconf]
