"""Every page as every kind of visitor sees it: in both languages, small and large, by day and by night."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve

from staff.models import Role
from staff.permissions import CAPABILITIES
from tests.browser import pages
from tests.browser.conftest import Come
from tests.browser.crawling import CLOSELY, LANGUAGES, NOT_AT_ALL, WITHOUT_CONTRAST, Crawl
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
    axe: str = CLOSELY
    languages: tuple[str, ...] = LANGUAGES

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


BACKOFFICE = pages.COUNTER | pages.OFFICE
COLLEAGUES = (Role.MANAGER, Role.CASHIER, Role.ANALYST)
VISITS = {
    "owner at the counter": Visit(Role.OWNER, pages.COUNTER),
    "owner in the office": Visit(Role.OWNER, pages.OFFICE),
    # The words are those of the owner's pages: each colleague reads them in one language.
    **{
        str(role): Visit(role, pages.one_of_each(BACKOFFICE), axe=WITHOUT_CONTRAST, languages=(LANGUAGES[place % 2],))
        for place, role in enumerate(COLLEAGUES)
    },
    "owner's account": Visit(Role.OWNER, pages.ACCOUNT),
    "manager's account": Visit(Role.MANAGER, pages.BARE_ACCOUNT),
    "analyst's account": Visit(Role.ANALYST, {"staff:me": PLAIN, "account_email": PLAIN}),
    "half signed in": Visit("halfway", pages.HALF_SIGNED_IN),
    "at the door": Visit("", pages.DOOR),
    "regular": Visit("regular", pages.REGULAR),
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
    "operator": Visit("operator", pages.OPERATOR, "", axe=NOT_AT_ALL),  # django-unfold's pages, not ours
}


@pytest.fixture
def crawl(come: Come, name: str, language: str) -> Crawl:
    """A window of this visitor."""
    visit = VISITS[name]
    return Crawl(come(visit.who, visit.shop, language=language), name, language, visit.axe)


@pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name, visit in VISITS.items() for language in visit.languages]
)
def test_every_page_is_sound(world: World, crawl: Crawl, name: str, language: str) -> None:
    visit, refused = VISITS[name], False
    ids = world.shops[visit.shop].ids
    for pattern, variants in visit.pages.items():
        for path in pages.paths(pattern, variants, ids, visit.urlconf):
            status = visit.expected(path)
            see = crawl.ask if status == 403 and refused else crawl.look  # one refusal looks like all others
            see(world.url(path, visit.shop), status)
            refused = refused or status == 403
    assert not crawl.report(), crawl.report()


def looked_at(urlconf: str) -> set[str]:
    return {name for visit in VISITS.values() if visit.urlconf == urlconf for name in visit.pages}


def test_somebody_looks_at_every_page_of_a_shop() -> None:
    names = {name for name, _pattern, _route in patterns(pages.SHOP)}
    assert names - {"styles"} - looked_at(pages.SHOP) == pages.NO_SHOP_PAGES


def test_somebody_looks_at_every_page_of_the_installations_host() -> None:
    names = {name for name, _pattern, _route in patterns(pages.PUBLIC)}
    same = looked_at(pages.SHOP) | pages.NO_ACCOUNT_PAGES  # the pages of accounts are those of the shops
    assert names - {"styles"} - looked_at(pages.PUBLIC) - same == pages.NO_PUBLIC_PAGES


def test_what_nobody_looks_at_is_no_page(world: World) -> None:
    """It takes a form, leads on, or gives something else than HTML."""
    client = Client(headers={"host": "cafe.localhost"})
    client.cookies.load(world.cookies[Role.OWNER] | world.cookies["regular"])
    shown = []
    for name, _pattern, route in patterns(pages.SHOP):
        if name in pages.NO_SHOP_PAGES - pages.PARTS:
            path = re.sub(r"<(slug|str):\w+>", "x", re.sub(r"<int:\w+>", "1", route))
            answer = client.get(f"/{path}")
            shown += [name] if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"] else []
    assert not shown
