"""Claims for missing points, from the staff's side: the queue, the order that fits, yes, no, undo."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django_tenants.utils import tenant_context

from customers.erasing import erase
from customers.models import Customer, Order
from customers.orders import apply_orders
from customers.snapshots import CustomerSnapshot, OrderSnapshot
from loyalty import claims, receipts
from loyalty.models import Balance, Claim, OrderEarning
from staff.actors import Actor
from staff.models import AuditEntry, Role
from tenants.models import Merchant
from tests.conftest import client_of, staff_of
from tests.portal.shopping import buy, member, open_programme
from tests.portal.test_claims import a_png, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_owner(as_owner: Client) -> Client:
    """Who reads English."""
    as_owner.cookies["language"] = "en"
    return as_owner


@pytest.fixture
def mina(cafe: Merchant, now: datetime) -> Customer:
    open_programme(cafe, now, hold_days=0)
    return member(cafe, now, name="Mina")


def claim(merchant: Merchant, customer: Customer, at: datetime, **said: Any) -> int:
    plain = {"number": "1001", "bought_on": at.date(), "amount_minor": 48_000, "currency": "KRW"}
    with tenant_context(merchant):
        return claims.file(customer.pk, **{**plain, **said}, at=at, actor=Actor("shopper", customer.pk)).pk


def available(merchant: Merchant, customer: Customer) -> int:
    with tenant_context(merchant):
        balance = Balance.objects.filter(pk=customer.pk).first()
        return balance.available if balance else 0


def state(merchant: Merchant, pk: int) -> str:
    with tenant_context(merchant):
        return Claim.objects.get(pk=pk).state


def a_guests_order(merchant: Merchant, at: datetime) -> int:
    buy(merchant, 48_000, at=at, email="typo@example.con")
    with tenant_context(merchant):
        return Order.objects.get(external_id="1001").pk


def test_who_has_waited_longest_comes_first(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    claim(cafe, mina, now - timedelta(days=3), number="first")
    claim(cafe, mina, now - timedelta(days=1), number="second")
    html = as_owner.get("/backoffice/claims/").content.decode()
    assert html.index("first") < html.index("second")


def test_the_home_page_says_that_somebody_waits(
    as_owner: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    claim(cafe, mina, now)
    assert "1 member waits for an answer about missing points." in as_owner.get("/backoffice/").content.decode()


def test_the_order_is_found_by_its_number(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    a_guests_order(cafe, now)
    pk = claim(cafe, mina, now, number="#1001", amount_minor=None)
    html = as_owner.get(f"/backoffice/claims/{pk}/").content.decode()
    assert "typo@example.con" in html
    assert "same number" in html


def test_the_order_is_found_by_its_amount(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    a_guests_order(cafe, now)
    pk = claim(cafe, mina, now, number="I have lost it")
    assert "same amount" in as_owner.get(f"/backoffice/claims/{pk}/").content.decode()


def test_an_order_handed_over_earns_by_the_rules(
    as_owner: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    order, pk = a_guests_order(cafe, now), claim(cafe, mina, now)
    as_owner.post(f"/backoffice/claims/{pk}/order/", {"order": order})
    assert state(cafe, pk) == "approved"
    assert available(cafe, mina) == 480
    with tenant_context(cafe):
        actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"claim.approved", "order.handed_over"} <= actions


def test_what_the_store_says_later_does_not_take_the_order_away(
    as_owner: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    order, pk = a_guests_order(cafe, now), claim(cafe, mina, now)
    as_owner.post(f"/backoffice/claims/{pk}/order/", {"order": order})
    later = now + timedelta(hours=1)
    buyer = CustomerSnapshot(source="st_1", updated_at=later, email="typo@example.con", embedded=True)
    told = OrderSnapshot(
        source="st_1", external_id="1001", number="1001", state="paid", buyer=buyer, currency="KRW", total=24_000,
        subtotal=24_000, placed_at=now, paid_at=now, updated_at=later,
    )  # fmt: skip
    with tenant_context(cafe), transaction.atomic():
        apply_orders([told], at=later)
    assert available(cafe, mina) == 240


def test_an_order_of_somebody_else_cannot_be_handed_over(
    as_owner: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    member(cafe, now, email="other@example.com")
    buy(cafe, 48_000, at=now, email="other@example.com")
    with tenant_context(cafe):
        order = Order.objects.get().pk
    pk = claim(cafe, mina, now)
    as_owner.post(f"/backoffice/claims/{pk}/order/", {"order": order})
    assert state(cafe, pk) == "open"
    assert available(cafe, mina) == 0


def test_points_by_the_rules_are_given(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    pk = claim(cafe, mina, now)
    assert 'value="480"' in as_owner.get(f"/backoffice/claims/{pk}/").content.decode()
    as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "480"})
    assert available(cafe, mina) == 480


def suggested(client: Client, pk: int) -> str:
    found = re.search(r'name="points"[^>]*value="(\d+)"', client.get(f"/backoffice/claims/{pk}/").content.decode())
    assert found
    return found[1]


def test_the_suggestion_is_what_the_order_would_earn(
    as_owner: Client, cafe: Merchant, now: datetime, time_machine: Any
) -> None:
    """By the member's tier, by which of their orders it is, and by what a limit leaves."""
    time_machine.move_to(now)
    gold = {"key": "gold", "name": {"en": "Gold"}, "threshold": 30_000, "factor": 200}
    second = {"key": "second", "kind": "nth_order", "nth": 2, "points": 70, "name": {"en": "Second"}}
    daily = {"key": "daily", "kind": "order", "points": 9, "name": {"en": "Daily"}, "limit": {"times_a_day": 1}}
    open_programme(cafe, now, hold_days=0, stacking="add", earning=[second, daily], tiers={"tiers": [gold]})
    mina = member(cafe, now, name="Mina")
    first = claim(cafe, mina, now, number="0")
    assert suggested(as_owner, first) == "489"
    buy(cafe, 40_000, at=now - timedelta(days=3))
    assert suggested(as_owner, first) == str(2 * 480 + 70 + 9)
    buy(cafe, 1_000, at=now - timedelta(hours=5), number="1002")
    assert suggested(as_owner, first) == str(2 * 480)


def test_points_of_a_claim_count_towards_a_tier_until_it_is_undone(
    as_owner: Client, cafe: Merchant, now: datetime
) -> None:
    gold = {"key": "gold", "name": {"en": "Gold"}, "threshold": 400}
    open_programme(cafe, now, hold_days=0, tiers={"metric": "points", "tiers": [gold]})
    mina = member(cafe, now, name="Mina")
    pk = claim(cafe, mina, now)
    as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "480"})
    assert tier(cafe, mina) == "gold"
    as_owner.post(f"/backoffice/claims/{pk}/undo/")
    assert tier(cafe, mina) == ""


def tier(merchant: Merchant, customer: Customer) -> str:
    with tenant_context(merchant):
        return Balance.objects.get(pk=customer.pk).tier


def test_another_number_needs_a_reason(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    pk = claim(cafe, mina, now)
    assert as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "500"}).status_code == 422
    as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "500", "reason": "And a bit for waiting"})
    assert available(cafe, mina) == 500


@pytest.mark.parametrize("points", ["0", "-5", "x", "", "99999999999999999999"])
def test_points_that_are_no_number_are_asked_for_again(
    as_owner: Client, cafe: Merchant, mina: Customer, now: datetime, points: str
) -> None:
    pk = claim(cafe, mina, now)
    assert as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": points}).status_code == 422


def test_it_is_decided_once(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    pk = claim(cafe, mina, now)
    for _ in range(2):
        as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "480"})
    as_owner.post(f"/backoffice/claims/{pk}/decline/", {"answer": "No."})
    assert state(cafe, pk) == "approved"
    assert available(cafe, mina) == 480


def test_declining_needs_words(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    pk = claim(cafe, mina, now)
    assert as_owner.post(f"/backoffice/claims/{pk}/decline/", {"answer": " "}).status_code == 422
    as_owner.post(f"/backoffice/claims/{pk}/decline/", {"answer": "From another shop."})
    assert state(cafe, pk) == "declined"


def test_undoing_takes_the_points_back(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    pk = claim(cafe, mina, now)
    as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "480"})
    for _ in range(2):
        as_owner.post(f"/backoffice/claims/{pk}/undo/")
    assert state(cafe, pk) == "open"
    assert available(cafe, mina) == 0
    as_owner.post(f"/backoffice/claims/{pk}/points/", {"points": "480"})
    assert available(cafe, mina) == 480


def test_undoing_makes_the_order_nobodys_again(as_owner: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    order, pk = a_guests_order(cafe, now), claim(cafe, mina, now)
    as_owner.post(f"/backoffice/claims/{pk}/order/", {"order": order})
    as_owner.post(f"/backoffice/claims/{pk}/undo/")
    assert available(cafe, mina) == 0
    with tenant_context(cafe):
        assert Order.objects.get(pk=order).customer_id is None
        assert OrderEarning.objects.get(pk=order).posted == 0


def test_an_order_that_was_the_members_stays_theirs_after_undoing(
    as_owner: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    pk = claim(cafe, mina, now)
    buy(cafe, 48_000, at=now)
    with tenant_context(cafe):
        order = Order.objects.get().pk
    as_owner.post(f"/backoffice/claims/{pk}/order/", {"order": order})
    as_owner.post(f"/backoffice/claims/{pk}/undo/")
    assert available(cafe, mina) == 480


def test_the_photo_is_for_staff_and_comes_as_a_file(
    as_owner: Client, as_nobody: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    pk = claim(cafe, mina, now, photo=receipts.read(upload(a_png()), None))
    response = as_owner.get(f"/backoffice/claims/{pk}/photo/")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "image/png"
    assert as_nobody.get(f"/backoffice/claims/{pk}/photo/").status_code == 302


def test_the_photo_goes_when_the_member_is_erased(
    cafe: Merchant, mina: Customer, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    pk = claim(cafe, mina, now, photo=receipts.read(upload(a_png()), None), note="I am Mina")
    with tenant_context(cafe), django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        path = Claim.objects.get(pk=pk).photo
        erase(mina, actor=Actor("system"), at=now)
    with tenant_context(cafe):
        assert not default_storage.exists(path)
        assert Claim.objects.get(pk=pk).note == ""


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ANALYST])
def test_only_who_may_decides(cafe: Merchant, mina: Customer, now: datetime, role: Role) -> None:
    pk, client = claim(cafe, mina, now), client_of(cafe, staff_of(cafe, role))
    assert client.get("/backoffice/claims/").status_code == 403
    assert client.post(f"/backoffice/claims/{pk}/points/", {"points": "480"}).status_code == 403
