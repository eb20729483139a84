"""The alarm that makes points available, and expires them, when their time has come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty import ledger
from loyalty.audit import audit
from loyalty.models import Balance
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.loyalty.members import member
from tests.loyalty.orders import NOON, deliver, order, publish

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_points_become_available_and_expire_by_the_clock_alone(cafe: Merchant) -> None:
    with tenant_context(cafe):
        publish(hold_days=7, expiry_months=1)
        deliver(order())
    seen = []
    for days in (6, 7, 11, 38, 41, 42):  # told on 1 and 28 December; the month after ends on the 31st in Seoul
        drain(cafe, NOON + days * DAY)
        with tenant_context(cafe):
            seen.append(Balance.objects.values_list("available", "pending").get())
            assert audit(at=NOON + days * DAY) == []
    assert seen == [(0, 123), (123, 0), (123, 0), (123, 0), (123, 0), (0, 0)]


def test_points_that_return_to_a_lot_ring_for_its_notice_and_expiry(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = member()
        told: dict[str, Any] = {"reason": "", "actor": SYSTEM, "at": NOON}
        ledger.adjust(who, 50, key="a", expires_at=NOON + 9 * DAY, **told)
        hold = ledger.hold(who, 50, key="h", **told)
    drain(cafe, NOON + DAY)
    with tenant_context(cafe):
        assert ledger.next_due() is None
        with transaction.atomic():
            ledger.void(hold.pk, key="v", **told)
    drain(cafe, NOON + 6 * DAY)
    drain(cafe, NOON + 9 * DAY)
    with tenant_context(cafe):
        assert Balance.objects.get().available == 0


def test_many_members_are_settled_in_batches(cafe: Merchant) -> None:
    with tenant_context(cafe):
        people = [member() for _ in range(1200)]
        commands = [ledger.Earn(who, 5, f"e{who}", NOON, matures_at=NOON + DAY) for who in people]
        ledger.earn(commands, actor=SYSTEM, at=NOON)
    assert drain(cafe, NOON + DAY) >= 3
    with tenant_context(cafe):
        assert Balance.objects.filter(available=5).count() == Customer.objects.count() == 1200
