"""`python -m demo.regulars`: what regulars do beside buying, so that no page of the demo is empty.

Some take rewards, most of which are used; some wait for the counter; two miss points; staff have marked a few. Once:
what is there already is left as it is.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import django
from django.db import transaction
from django.utils import timezone, translation
from django_tenants.utils import tenant_context

from demo.shops import SHOPS, Shop

if TYPE_CHECKING:
    from customers.models import Customer

TAKERS = 24  # members who take rewards
TAGS = {"KR": ("단체 주문", "원두 좋아함"), "GB": ("Club rider", "Commuter")}


def main() -> None:
    django.setup()
    from tenants.models import Merchant

    for shop in SHOPS:
        merchant = Merchant.objects.get(slug=shop.slug)
        # What they take is written down in the words that they read.
        with tenant_context(merchant), translation.override(shop.language):
            from loyalty.models import Redemption

            if not Redemption.objects.exclude(origin__startswith="stamps:").exists():
                _live(shop, at=timezone.now())


def _live(shop: Shop, *, at: datetime) -> None:
    from customers.models import Customer
    from loyalty.models import Balance

    random = Random(f"regulars/{shop.slug}")
    richest = list(Balance.objects.order_by("-available", "pk").values_list("pk", flat=True)[:TAKERS])
    members = list(Customer.objects.filter(pk__in=richest).order_by("pk"))
    with transaction.atomic():
        for member in members:
            _take(member.pk, shop, random, at)
        _mark(members, shop, random, at)
        _miss(members[:2], shop, at)


def _take(customer_id: int, shop: Shop, random: Random, at: datetime) -> None:
    """One or two rewards of those within reach; two of three are used."""
    from loyalty import redemption
    from loyalty.offers import offers
    from staff.actors import Actor

    taker = Actor("shopper", customer_id, "")
    for number in range(random.choice((1, 1, 2))):
        can_have = [offer.reward for offer in offers(customer_id, at=at) if offer.state == "now"]
        if not can_have:
            return
        reward = random.choice(can_have)
        amount = reward.least_points or None if reward.kind == "variable" else None
        where = "till" if reward.where == ("till",) else "store"
        taken = redemption.redeem(
            customer_id, reward.key, points=amount, where=where, key=f"demo:{customer_id}:{number}",  # type: ignore[arg-type]
            at=at - timedelta(hours=1), actor=taker,
        )  # fmt: skip
        if random.random() < 0.66:
            cashier = Actor("staff", None, shop.staff["cashier"])
            redemption.use(taken.pk, key=f"demo:use:{taken.pk}", at=at - timedelta(minutes=20), actor=cashier)


def _mark(members: list[Customer], shop: Shop, random: Random, at: datetime) -> None:
    """Tags, and birthdays of this week and others."""
    from customers.models import Customer
    from customers.tagging import tag
    from staff.actors import Actor

    owner = Actor("staff", None, shop.staff["owner"])
    for word in TAGS[shop.country]:
        tag([member.pk for member in random.sample(members, min(6, len(members)))], add=(word,), actor=owner, at=at)
    for days, member in enumerate(members[:10]):
        day = at.date() + timedelta(days=days * 2)
        born = date(1970 + random.randint(0, 35), day.month, min(day.day, 28))
        Customer.objects.filter(pk=member.pk).update(birthday=born, birthday_set_at=at - timedelta(days=60))


def _miss(members: list[Customer], shop: Shop, at: datetime) -> None:
    """Two members miss the points of a purchase."""
    from loyalty import claims
    from staff.actors import Actor

    notes = {"KR": "매장에서 샀는데 번호를 못 드렸어요.", "GB": "Bought in the shop and forgot to give my number."}
    for days, member in enumerate(members, 1):
        claims.file(
            member.pk, number=f"{at:%y%m%d}-{90 + days}", bought_on=(at - timedelta(days=days)).date(),
            amount_minor=shop.wares[0].price * 2, currency=shop.currency, note=notes[shop.country], at=at,
            actor=Actor("shopper", member.pk, ""),
        )  # fmt: skip


if __name__ == "__main__":
    main()
