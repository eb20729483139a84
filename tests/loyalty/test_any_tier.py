"""Whatever order purchases and refunds arrive in, members end on the tier that an independent reckoning gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from customers.orders import apply_orders, apply_refunds
from loyalty import tiers
from loyalty.audit import audit
from loyalty.models import Balance
from loyalty.placements import differing
from loyalty.tier_rules import Tier, TierPlan
from tenants import alarms
from tenants.models import Merchant
from tests.loyalty.orders import RULES, buyer, order, publish, refund
from tests.loyalty.test_any_order import Undo

pytestmark = pytest.mark.django_db

SEOUL = ZoneInfo("Asia/Seoul")
BEGAN = datetime(2023, 1, 1, tzinfo=SEOUL)
STEPS = (
    Tier("one", {"en": "One"}, 100, entry_points=10),
    Tier("two", {"en": "Two"}, 200),
    Tier("three", {"en": "Three"}, 300),
)


@dataclass(frozen=True)
class Bought:
    """A purchase so many days after the beginning, and how much of it was given back."""

    day: int
    amount: int
    back: int

    @property
    def at(self) -> datetime:
        return BEGAN + timedelta(days=self.day, hours=13)


purchases = st.lists(
    st.builds(Bought, day=st.integers(0, 1400), amount=st.integers(20, 250), back=st.integers(0, 60)),
    min_size=1, max_size=7, unique_by=lambda bought: bought.day,
)  # fmt: skip
plans = st.builds(
    TierPlan, metric=st.just("spend"), window=st.sampled_from(["lifetime", "calendar_year", "rolling"]),
    months=st.integers(1, 14), grace_days=st.sampled_from([0, 30]), tiers=st.just(STEPS),
)  # fmt: skip


def months_later(at: datetime, months: int) -> datetime:
    years, month = divmod(at.month - 1 + months, 12)
    first = at.replace(year=at.year + years, month=month + 1, day=1)
    longest = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    return first.replace(day=min(at.day, longest))


def reckoned(bought: list[Bought], plan: TierPlan, at: datetime) -> str:
    """The tier by the words of docs/tiers.md."""
    kept = [(b.at, max(b.amount - b.back, 0)) for b in bought if b.amount > b.back]
    values = []  # what carries a tier at that moment
    if plan.window == "lifetime":
        values = [sum(amount for _, amount in kept)]
    elif plan.window == "calendar_year":
        for year in {when.year for when, _ in kept}:
            ends = datetime(year + 2, 1, 1, tzinfo=SEOUL) + timedelta(days=plan.grace_days)
            values += [sum(amount for when, amount in kept if when.year == year)] if ends > at else []
    else:
        for last, _ in kept:
            if months_later(last, plan.months) + timedelta(days=plan.grace_days) > at:
                within = [a for when, a in kept if when <= last and when >= months_later(last, -plan.months)]
                values.append(sum(within))
    reached = [tier.key for tier in STEPS if max(values, default=0) >= tier.threshold]
    return reached[-1] if reached else ""


def tier_after(shop: Merchant, bought: list[Bought], refund_first: list[bool], plan: TierPlan, at: datetime) -> str:
    """The tier at that moment, everything having been delivered then in this order."""
    found = "?"
    try:
        with transaction.atomic():
            publish(replace(RULES, tiers=plan), at=BEGAN)
            for b, first in zip(bought, refund_first, strict=True):
                name = f"{b.day}-{b.amount}"
                placed = order(
                    external_id=name, placed_at=b.at, paid_at=b.at, updated_at=b.at, total=b.amount, subtotal=b.amount,
                    lines=(), buyer=buyer(embedded=False),
                )  # fmt: skip
                back = [refund(f"r{name}", b.back, order_external_id=name, updated_at=b.at, at=b.at)] if b.back else []
                if first:
                    apply_refunds(back, at=at)
                apply_orders([placed], at=at)
                if not first:
                    apply_refunds(back, at=at)
            who = Customer.objects.get().pk
            found = tiers.tier_of([who])[who]
            assert differing(plan, replace(RULES, tiers=plan), at=at, customers=[who]) == []
            assert audit() == []
            raise Undo
    except Undo:
        return found


def test_any_order_of_deliveries_gives_the_reckoned_tier(in_cafe: Merchant) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(bought=purchases, plan=plans, days=st.integers(0, 900), data=st.data())
    def try_it(bought: list[Bought], plan: TierPlan, days: int, data: st.DataObject) -> None:
        at = max(b.at for b in bought) + timedelta(days=days, hours=1)
        wanted = reckoned(bought, plan, at)
        for _ in range(2):
            shuffled = data.draw(st.permutations(bought))
            first = [data.draw(st.booleans()) for _ in bought]
            assert tier_after(in_cafe, shuffled, first, plan, at) == wanted

    try_it()


def test_time_alone_gives_the_reckoned_tier_each_day_it_is_asked(in_cafe: Merchant) -> None:
    """The alarm at the periods' ends leads where a look from nothing would."""

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(bought=purchases, plan=plans, days=st.lists(st.integers(1, 500), min_size=1, max_size=3))
    def try_it(bought: list[Bought], plan: TierPlan, days: list[int]) -> None:
        try:
            with transaction.atomic():
                publish(replace(RULES, tiers=plan), at=BEGAN)
                in_time = sorted(bought, key=lambda b: b.day)
                for b in in_time:
                    alarms.drain(in_cafe, b.at)
                    net = max(b.amount - b.back, 0)
                    name = f"{b.day}-{b.amount}"
                    apply_orders([order(
                        external_id=name, placed_at=b.at, paid_at=b.at, updated_at=b.at, total=net, subtotal=net,
                        lines=(), buyer=buyer(embedded=False),
                    )], at=b.at)  # fmt: skip
                at = in_time[-1].at
                for more in days:
                    at += timedelta(days=more)
                    alarms.drain(in_cafe, at)
                    assert Balance.objects.get().tier == reckoned(bought, plan, at)
                raise Undo
        except Undo:
            pass

    try_it()
