"""An order's deliveries shuffled and repeated end in the same points, also when the rules change in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Order
from customers.snapshots import OrderSnapshot, RefundSnapshot
from loyalty.audit import audit
from loyalty.models import Balance, OrderEarning
from loyalty.rules import Rules
from tenants.models import Merchant
from tests.loyalty.orders import NOON, RULES, after, buyer, deliver, order, publish, refund

pytestmark = pytest.mark.django_db

STORY: list[OrderSnapshot | RefundSnapshot] = [
    order(state="pending", paid_at=None, updated_at=after(1)),
    order(updated_at=after(2)),
    order(updated_at=after(3), subtotal=20_000, total=20_000),
    refund("r1", 3_333),
    refund("r2", 1_111),
    refund("r2", 1_111, cancelled=True, updated_at=after(40)),
    refund("r3", 4_000),
]
CANCELLED = order(state="cancelled", updated_at=after(60), subtotal=20_000, total=20_000)
MOVED = order(buyer=buyer("8"), updated_at=after(50), subtotal=20_000, total=20_000)


class Undo(Exception):
    """Ends a try without a trace."""


# Rules that look at the order alone: what they give must not depend on what arrives first.
RICH: dict[str, Any] = {
    "stacking": "add",
    "earning": [
        {"key": "beans", "kind": "lines", "name": {"en": "Beans"}, "effect": "multiply", "factor": 300,
         "lines": {"least_price_minor": 5_000}},
        {"key": "noon", "kind": "order", "name": {"en": "Noon"}, "effect": "rate", "points": 1, "per": 700,
         "window": {"weekdays": [4], "from_time": "11:00", "to_time": "13:00"}},
        {"key": "piece", "kind": "lines", "name": {"en": "Piece"}, "points": 11, "each": True},
        {"key": "big", "kind": "order", "name": {"en": "Big"}, "points": 50, "minimum_minor": 12_000},
    ],
}  # fmt: skip


def points_after(
    deliveries: list[OrderSnapshot | RefundSnapshot], change_at: int, more: dict[str, Any] | None = None
) -> list[object]:
    """What everybody has once these came, with new rules published after `change_at` of them."""
    result: list[object] = []
    try:
        with transaction.atomic():
            publish(Rules.from_json({**RULES.to_json(), **(more or {})}))
            for number, delivery in enumerate(deliveries):
                if number == change_at:
                    publish(earn_points=7, at=NOON + timedelta(seconds=1))
                deliver(delivery, at=after(100))
            assert audit() == []
            earned = OrderEarning.objects.values_list("posted", "outcome").get()
            people = Balance.objects.order_by("customer__identities__value").values_list(
                "customer__identities__value", "available", "pending", "held", "debt", "earned"
            )
            result = [earned, [row for row in people if any(row[1:])], Order.objects.get().version]
            raise Undo
    except Undo:
        return result


@pytest.mark.parametrize("more", [{}, RICH], ids=["plain", "rich"])
@pytest.mark.parametrize("ending", [[], [CANCELLED], [MOVED]], ids=["refunded", "cancelled", "moved"])
def test_any_order_and_any_repeats_give_the_same_points(
    in_cafe: Merchant, ending: list[OrderSnapshot | RefundSnapshot], more: dict[str, Any]
) -> None:
    story = [*STORY, *ending]
    expected = points_after(story, change_at=-1, more=more)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        shuffled=st.permutations(story),
        again=st.lists(st.sampled_from(story), max_size=4),
        change_at=st.integers(0, len(story)),
    )
    def try_it(
        shuffled: list[OrderSnapshot | RefundSnapshot], again: list[OrderSnapshot | RefundSnapshot], change_at: int
    ) -> None:
        assert points_after([*shuffled, *again], change_at, more) == expected

    try_it()


def test_the_story_ends_with_what_is_left_of_the_order(in_cafe: Merchant) -> None:
    earned, people, _ = points_after(STORY, change_at=-1)
    assert earned == (126, "earned")  # (20,000 − 3,333 − 4,000) × 1 %
    assert people == [("7", 0, 126, 0, 0, 126)]
