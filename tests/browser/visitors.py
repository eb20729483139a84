"""Who looks at the pages, with the cookies of each: all signed in before the browser opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.test import Client
from django_tenants.utils import schema_context, tenant_context

from customers.identities import prove_email
from customers.models import Customer
from portal import codes, sessions
from portal.pages.signing_in import ASKING_COOKIE
from portal.tokens import cookie_name
from staff import addresses
from staff.actors import SYSTEM
from staff.models import Role, User
from storefront.models import Store
from tenants import lifecycle
from tenants.models import Merchant
from tests.browser.busy_shop import PASSWORD, Busy, fill
from welcome.founding import found_shop

Cookies = dict[str, str]


@dataclass
class World:
    """The shops that are looked at, by slug, and the cookies of each visitor."""

    shops: dict[str, Busy] = field(default_factory=dict)
    cookies: dict[str, Cookies] = field(default_factory=dict)
    port: int = 0

    def url(self, path: str, slug: str = "") -> str:
        """An address at a shop or, without, on the public host."""
        return f"http://{slug + '.' if slug else ''}localhost:{self.port}{path}"


def make_world() -> World:
    """A busy shop, one that opened a moment ago, one that is closing and one that is suspended."""
    world, at = World(), datetime.now(UTC)
    busy = world.shops["cafe"] = fill(Merchant.objects.get(slug="cafe"))
    _busy_visitors(world, busy, at)
    for slug in ("fresh", "closing", "suspended"):
        world.shops[slug] = _young_shop(world, slug, at)
    lifecycle.close(world.shops["closing"].merchant, reason="", actor_name="정소담", at=at)
    lifecycle.suspend(world.shops["suspended"].merchant, reason="", actor_name="Operator", at=at)
    _operator(world)
    return world


def _busy_visitors(world: World, shop: Busy, at: datetime) -> None:
    for role in Role:
        world.cookies[role] = staff_cookies(shop.merchant, shop.ids[role])
    for name in ("regular", "debtor", "long", "new"):
        world.cookies[name] = shopper_cookies(shop.merchant, shop.ids[name], at)
    with tenant_context(shop.merchant):
        browser = codes.ask("somebody@example.com", language="ko", at=at)
        world.cookies["asking"] = {cookie_name(ASKING_COOKIE): browser}
        user = User.objects.get(pk=shop.ids[Role.ANALYST])
        shop.ids["confirmation"] = EmailConfirmationHMAC(EmailAddress.objects.get(user=user)).key
        shop.ids |= {"reset_user": user_pk_to_url_str(user), "reset": default_token_generator.make_token(user)}
        shop.ids["shopify"] = Store.objects.filter(kind="shopify", credentials="").get().public_id
        shop.ids["gone"] = Store.objects.exclude(disconnected_at=None).get().public_id
        shop.ids["first_version"] = 1
    halfway = Client(headers={"host": shop.merchant.host})
    halfway.post("/account/login/", {"login": "owner@sodam.example", "password": PASSWORD})
    world.cookies["halfway"] = _jar(halfway)


def _young_shop(world: World, slug: str, at: datetime) -> Busy:
    """A shop as sign-up leaves it, with its founder and somebody who joined without buying."""
    founded = found_shop(
        name=f"{slug.title()} 우리 동네 책방과 작은 카페", email=f"founder@{slug}.example", password=PASSWORD,
        country="KR", language="ko", at=at, slug=slug,
    )  # fmt: skip
    shop = Busy(founded.merchant)
    with tenant_context(shop.merchant), transaction.atomic():
        shop.ids["first"] = prove_email("first@example.com", at=at, actor=SYSTEM).pk
    world.cookies[f"founder of {slug}"] = staff_cookies(shop.merchant, founded.owner.pk)
    world.cookies[f"first of {slug}"] = shopper_cookies(shop.merchant, shop.ids["first"], at)
    return shop


def _operator(world: World) -> None:
    with schema_context("public"):
        public = Merchant.objects.get(schema_name="public")
        user = User.objects.create_superuser("operator@dangol.example", PASSWORD, name="Operator")
        addresses.register(user, verified=True)
    states = {"merchant": "cafe", "suspended": "suspended", "closing": "closing"}
    world.shops[""] = Busy(public, {name: world.shops[slug].merchant.pk for name, slug in states.items()})
    world.cookies["operator"] = staff_cookies(public, user.pk, host="localhost")


def staff_cookies(merchant: Merchant, user_id: int, host: str = "") -> Cookies:
    """Signed in with the password so lately that nothing asks for it again, and noted among the devices."""
    client = Client(headers={"host": host or merchant.host, "user-agent": "Mozilla/5.0 (Macintosh) Chrome/140"})
    with tenant_context(merchant):
        client.force_login(User.objects.get(pk=user_id))
        session = client.session
        confirmed = {"method": "password", "reauthenticated": True, "at": datetime.now(UTC).timestamp() + 3600}
        session["account_authentication_methods"] = [confirmed]
        session["account_authentication_methods_user"] = str(user_id)
        session.save()
        about = {"ip": "198.51.100.7", "user_agent": client.defaults["HTTP_USER_AGENT"]}
        UserSession.objects.create(user_id=user_id, session_key=session.session_key, **about)
    return _jar(client)


def shopper_cookies(merchant: Merchant, customer_id: int, at: datetime) -> Cookies:
    with tenant_context(merchant):
        customer = Customer.objects.get(pk=customer_id)
        _session, token = sessions.begin(customer, user_agent="Mozilla/5.0 (iPhone) Safari/605", at=at)
    return {cookie_name(sessions.COOKIE): token}


def _jar(client: Client) -> Cookies:
    return {name: morsel.value for name, morsel in client.cookies.items() if name != "language"}
