"""`python -m demo.opening`: bring the database up to the code, and open the two shops unless they are open.

It uses the functions that sign-up uses. Each shop opens in one transaction: a start that was interrupted leaves none
half open.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import django
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from demo.shops import OPERATOR, PASSWORD, SHOPS, Shop, staff_email
from demo.trade import DAYS
from demo.webshop import KEYS

HISTORY = timedelta(days=DAYS + 1)  # the programme began a day before the first order


def main() -> None:
    django.setup()
    call_command("migrate_fleet", pool=2)
    at = timezone.now()
    open_operator()
    for shop in SHOPS:
        open_shop(shop, at=at)
        if shop.web_shop and "WEBSHOP_PORT" in os.environ:
            connect_web_shop(shop, at=at)


def open_operator() -> None:
    """The person who runs the installation, on its own host."""
    from staff import addresses
    from staff.models import User

    with schema_context("public"), transaction.atomic():
        if not User.objects.filter(email=OPERATOR).exists():
            addresses.register(User.objects.create_superuser(OPERATOR, PASSWORD, name="Operator"), verified=True)


def open_shop(shop: Shop, *, at: datetime) -> None:
    """The shop with its staff, programme and storefront connection, as if it had opened before its first order."""
    from tenants.models import Merchant
    from tenants.provisioning import provision

    if Merchant.objects.filter(slug=shop.slug).exists():
        return
    with transaction.atomic():
        merchant = provision(
            name=shop.name, country=shop.country, currency=shop.currency, language=shop.language,
            time_zone=shop.time_zone, slug=shop.slug, at=at - HISTORY,
        )  # fmt: skip
        Merchant.objects.filter(pk=merchant.pk).update(brand_colour=shop.colour)
        with tenant_context(merchant):
            _furnish(shop, at=at)


def connect_web_shop(shop: Shop, *, at: datetime) -> None:
    """Connect the simulated web shop, or tell the connection where it listens this time."""
    from staff.actors import SYSTEM
    from storefront.credentials import keep_credentials
    from storefront.models import Store
    from storefront.stores import create_store
    from tenants.models import Merchant

    url = f"http://127.0.0.1:{os.environ['WEBSHOP_PORT']}"
    with tenant_context(Merchant.objects.get(slug=shop.slug)), transaction.atomic():
        store = Store.objects.select_for_update().filter(kind="woocommerce", settings__has_key="api_url").first()
        if store is None:
            place = {"site_url": url, "api_url": url}
            store, _ = create_store(kind="woocommerce", name=shop.web_shop, actor=SYSTEM, at=at, settings=place)
            keep_credentials(store, KEYS, actor=SYSTEM, at=at)
        elif store.settings.get("api_url") != url:
            store.settings |= {"site_url": url, "api_url": url}
            store.save(update_fields=["settings"])


def _furnish(shop: Shop, *, at: datetime) -> None:
    from loyalty.programme import Rules, publish
    from loyalty.starts import start
    from staff import addresses
    from staff.actors import Actor
    from staff.models import User
    from storefront.stores import create_store

    staff = {
        role: User.objects.create_user(staff_email(shop, role), PASSWORD, name=name, role=role)
        for role, name in shop.staff.items()
    }
    for user in staff.values():
        addresses.register(user, verified=True)
    owner = Actor("staff", staff["owner"].pk, str(staff["owner"]))
    began = start(shop.start, shop.country, shop.currency).to_json()
    rules = {**began, **shop.programme, "rewards": [*began["rewards"], *shop.rewards]}
    publish(Rules.from_json(rules), actor=owner, at=at, in_force_from=at - HISTORY)
    create_store(kind="generic", name=shop.store, actor=owner, at=at)


if __name__ == "__main__":
    main()
