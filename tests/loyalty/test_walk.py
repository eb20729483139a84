"""Random walks over everything that people do with points: after each step the books hold and nothing appeared.

SEEDS (2) says how many walks, STEPS (60) how long each is.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum

from customers.merging import CannotMerge, merge
from customers.models import Customer, Order
from customers.unmerging import CannotUnmerge, unmerge
from loyalty import claims, counter, ledger, redemption, stamps
from loyalty.audit import audit
from loyalty.models import Balance, Claim, OrderEarning, Redemption
from tenants.models import Merchant
from tests.loyalty.members import SORA, member
from tests.loyalty.rewards import order_with, publish, reward
from tests.loyalty.test_redemption import REFUNDED, follow
from tests.shops import NOW

SEEDS, STEPS = int(os.environ.get("SEEDS", "2")), int(os.environ.get("STEPS", "60"))
# Answers that people get; everything else is an error.
REFUSALS = (
    redemption.CannotRedeem, redemption.CannotUse, CannotMerge, CannotUnmerge, ledger.NotEnoughPoints,
    ledger.AlreadyResolved, ledger.KeyReused, counter.CounterError, claims.CannotDecide, claims.CannotClaim,
    stamps.CannotStamp, Customer.DoesNotExist, Redemption.DoesNotExist, IndexError,
)  # fmt: skip
CARD = {"key": "cups", "name": {"en": "Cups"}, "stamps": 2, "reward": "coffee"}


class Walk:
    """Three members, and what happens to them."""

    def __init__(self, seed: int) -> None:
        self.random, self.at, self.number = random.Random(seed), NOW, 0
        self.people = [member() for _ in range(3)]
        self.given = 0  # by staff, in all
        self.adjusted: list[tuple[int, int]] = []  # journal, points
        self.purchases: list[str] = []
        self.stamps: list[str] = []
        self.acts: list[Callable[[], Any]] = [
            self.adjust, self.reverse, self.take, self.take, self.slide, self.use, self.use, self.unuse, self.unuse,
            self.cancel, self.give_back, self.lapse, self.order, self.touch, self.refund, self.unrefund, self.merge,
            self.unmerge, self.unmerge, self.buy, self.undo_purchase, self.claim, self.undo_claim, self.stamp,
            self.stamp, self.undo_stamp,
        ]  # fmt: skip

    def step(self) -> str:
        """One act; what is refused leaves nothing behind."""
        self.at += timedelta(seconds=1)
        act, before = self.random.choice(self.acts), (self.given, list(self.adjusted))
        try:
            with transaction.atomic():
                act()
        except REFUSALS:
            self.given, self.adjusted = before
        return act.__name__

    def _told(self) -> dict[str, Any]:
        self.number += 1
        return {"actor": SORA, "at": self.at, "key": f"walk:{self.number}"}

    def _present(self) -> int:
        here = Customer.objects.filter(pk__in=self.people, merged_into=None).order_by("pk")
        return self.random.choice(list(here.values_list("pk", flat=True)))

    def _taken(self) -> int:
        return self.random.choice(list(Redemption.objects.order_by("pk").values_list("pk", flat=True)))

    def _order(self) -> Order:
        return self.random.choice(list(Order.objects.filter(source="st_test").order_by("pk")))

    def adjust(self) -> None:
        points = self.random.choice([50, 120, 300, -40])
        journal = ledger.adjust(self._present(), points, reason="x", **self._told())
        self.given += points
        self.adjusted.append((journal.pk, points))

    def reverse(self) -> None:
        journal, points = one = self.random.choice(self.adjusted)
        ledger.reverse(journal, reason="x", **self._told())
        self.given -= points
        self.adjusted.remove(one)

    def take(self) -> None:
        redemption.redeem(self._present(), self.random.choice(["coffee", "kept"]), where="till", **self._told())

    def slide(self) -> None:
        redemption.redeem(self._present(), "slide", points=200, where="till", **self._told())

    def use(self) -> None:
        redemption.use(self._taken(), **self._told())

    def unuse(self) -> None:
        redemption.unuse(self._taken(), **self._told())

    def cancel(self) -> None:
        redemption.cancel(self._taken(), reason="", **self._told())

    def give_back(self) -> None:
        redemption.give_back(self._taken(), reason="", **self._told())

    def lapse(self) -> None:
        redemption.lapse(self._taken(), actor=SORA, at=self.at)

    def order(self) -> None:
        code = Redemption.objects.get(pk=self._taken()).code
        follow(order_with(code, who=self.random.choice([None, self._present()])), self.at)

    def touch(self) -> None:
        follow(self._order(), self.at)

    def refund(self) -> None:
        follow(self._order(), self.at, **REFUNDED)

    def unrefund(self) -> None:
        follow(self._order(), self.at, refunds={}, refunded=0)

    def merge(self) -> None:
        gone, left = (Customer.objects.get(pk=self._present()) for _ in range(2))
        merge(gone, left, actor=SORA, at=self.at)

    def unmerge(self) -> None:
        gone = Customer.objects.filter(pk__in=self.people).exclude(merged_into=None).order_by("pk")
        unmerge(self.random.choice(list(gone)), actor=SORA, at=self.at)

    def buy(self) -> None:
        told = self._told()
        self.purchases.append(told["key"])
        counter.purchase(self._present(), 12_300, **told)

    def undo_purchase(self) -> None:
        counter.undo(self.random.choice(self.purchases), at=self.at, actor=SORA)

    def claim(self) -> None:
        filed = claims.file(
            self._present(), bought_on=NOW.date(), number=f"n{self.number}", amount_minor=10_000, currency="KRW",
            at=self.at, actor=SORA,
        )  # fmt: skip
        claims.approve(filed.pk, points=self.random.choice([70, 100]), reason="x", actor=SORA, at=self.at)

    def undo_claim(self) -> None:
        filed = list(Claim.objects.order_by("pk").values_list("pk", flat=True))
        claims.undo(self.random.choice(filed), actor=SORA, at=self.at)

    def stamp(self) -> None:
        told = self._told()
        self.stamps.append(told["key"])
        stamps.stamp(self._present(), "cups", 1, **told)

    def undo_stamp(self) -> None:
        stamps.undo(self.random.choice(self.stamps), actor=SORA, at=self.at)

    def expected(self) -> int:
        """Points that all members together must have: given, earned and claimed, less what was used."""
        used = Redemption.objects.filter(state="used").aggregate(n=Sum("points"))["n"] or 0
        earned = OrderEarning.objects.aggregate(n=Sum("posted"))["n"] or 0
        approved = Claim.objects.filter(state="approved", journal__entries__customer__isnull=False)
        claimed = approved.aggregate(n=Sum("journal__entries__points"))["n"] or 0
        return int(self.given + earned + claimed - used)

    @staticmethod
    def found() -> int:
        """Points that they have."""
        has = Sum(F("available") + F("pending") + F("held") - F("debt"))
        return int(Balance.objects.aggregate(n=has)["n"] or 0)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_people_do_no_point_appears_or_is_lost(in_cafe: Merchant, seed: int) -> None:
    slide = reward("slide", kind="variable", points=100, value_minor=1000, least_points=100)
    publish(reward(), reward("kept", on_refund="keep"), slide, stamps=[CARD])
    walk, walked = Walk(seed), []
    for _ in range(STEPS):
        walked.append(walk.step())
        assert audit() == [], walked[-20:]
        assert walk.found() == walk.expected(), walked[-20:]
