"""The page of one member beyond points and notes: tags, why this balance, the timeline of everything by kind."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice import timeline
from backoffice.balance_why import why
from customers.events import Happened, record
from customers.models import Customer
from customers.orders import apply_refunds
from loyalty import ledger
from loyalty.models import Redemption, Stamp
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_member, a_programme, a_refund, an_order, some_points

pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


@pytest.fixture
def minji(cafe: Merchant) -> Customer:
    now = timezone.now()
    a_programme(cafe, now)
    return a_member(cafe, now - DAY)


@pytest.fixture
def busy(cafe: Merchant, minji: Customer) -> Customer:
    """One with a reward taken and used, a stamp, a tier, a notice and a claim."""
    now = timezone.now()
    with tenant_context(cafe), transaction.atomic():
        taken = Redemption.objects.create(
            customer=minji, reward="coffee", terms={"name": {"en": "Free coffee", "ko": "커피"}}, points=0,
            value_minor=0, currency="KRW", origin="staff", code="ABCD2345", key="k", created_at=now,
            valid_until=now + DAY,
        )  # fmt: skip
        Stamp.objects.create(customer=minji, card="cups", change=1, after=1, key="s", reason="visit", at=now)
        told = {"points": 500, "expires_at": now.isoformat(), "days_before": 30, "notice": "sent"}
        record(
            [
                Happened("reward.redeemed", now, minji.pk, taken.pk, {"reward": "coffee"}),
                Happened("tier.changed", now, minji.pk, data={"from": "", "to": "gold"}),
                Happened("points.expiring", now, minji.pk, 1, told),
                Happened("claim.filed", now, minji.pk, 1),
                Happened("claim.decided", now, minji.pk, 1, {"outcome": "declined"}),
            ],
            at=now,
        )
    return minji


def test_tags_are_kept_and_stand_in_the_trail(cafe: Merchant, as_colleague: Client, minji: Customer) -> None:
    as_colleague.post(f"/backoffice/customers/{minji.pk}/tags/", {"tags": "VIP,  단골 , VIP"})
    with tenant_context(cafe):
        assert Customer.objects.get(pk=minji.pk).tags == ["VIP", "단골"]
        assert AuditEntry.objects.filter(action="customer.tagged", object_id=minji.pk).exists()
    as_colleague.post(f"/backoffice/customers/{minji.pk}/tags/", {"tags": "단골"})
    with tenant_context(cafe):
        assert Customer.objects.get(pk=minji.pk).tags == ["단골"]


def test_a_tag_that_is_too_long_is_refused(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    as_owner.post(f"/backoffice/customers/{minji.pk}/tags/", {"tags": "x" * 41})
    with tenant_context(cafe):
        assert Customer.objects.get(pk=minji.pk).tags == []


def test_an_analyst_may_not_tag(as_analyst: Client, minji: Customer) -> None:
    assert as_analyst.post(f"/backoffice/customers/{minji.pk}/tags/", {"tags": "a"}).status_code == 403


def test_everything_that_moved_points_adds_up_to_the_balance(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    order = an_order(cafe, now - 20 * DAY, total=50000)
    customer = Customer(pk=order.customer_id)
    an_order(cafe, now - DAY, number="1002", total=30000)
    gift = some_points(cafe, customer, 300, now)
    with tenant_context(cafe):
        told: dict[str, Any] = {"actor": SYSTEM, "at": now}
        held = ledger.hold(customer.pk, 200, reason="", key="h", **told)
        ledger.capture(held.pk, key="c", points=150, **told)
        ledger.hold(customer.pk, 100, reason="", key="h2", **told)
        ledger.reverse(gift.pk, reason="", key="r", **told)
        found = why(customer.pk)
        assert found.total == sum(points for _label, points in found.places) > 0
    text = page(as_owner, f"/backoffice/customers/{customer.pk}/why/")
    assert "Earned by orders" in text
    assert re.search(r"Used for rewards.*?150", text, re.DOTALL)


def test_the_timeline_tells_everything(cafe: Merchant, as_owner: Client, busy: Customer) -> None:
    text = page(as_owner, f"/backoffice/customers/{busy.pk}/")
    told = ["Took a reward", "Free coffee, code A-BCD2-345", "1 stamp", "Reached the tier", "Told that 500 P expire"]
    for words in [*told, "Asked for missing points", "The claim was declined"]:
        assert words in text, words


@pytest.mark.parametrize(
    ("show", "there", "not_there"),
    [
        ("rewards", "Took a reward", "Reached the tier"), ("tier", "Joined the programme", "Took a reward"),
        ("contact", "Told that", "Joined the programme"), ("staff", "wrote a note about", "Took a reward"),
        ("points", "Adjusted", "Took a reward"), ("orders", "No points", "Took a reward"),
    ],
)  # fmt: skip
def test_it_is_narrowed_down_to_a_kind(
    cafe: Merchant, as_owner: Client, busy: Customer, show: str, there: str, not_there: str
) -> None:
    now = timezone.now()
    some_points(cafe, busy, 10, now)
    with tenant_context(cafe):
        AuditEntry.objects.create(
            at=now, actor_kind="staff", actor_name="유진", action="customer.edited", object_kind="customer",
            object_id=busy.pk, object_label="김민지",
        )  # fmt: skip
        an = an_order(cafe, now - 200 * DAY, number="9")
        type(an).objects.filter(pk=an.pk).update(customer=busy)
    as_owner.post(f"/backoffice/customers/{busy.pk}/notes/", {"text": "wrote a note about oat milk"})
    text = page(as_owner, f"/backoffice/customers/{busy.pk}/?show={show}")
    assert there in text
    assert not_there not in text


def test_older_moments_of_a_kind_follow(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    now = timezone.now()
    with tenant_context(cafe), transaction.atomic():
        record([Happened("customer.visited", now - n * DAY, minji.pk) for n in range(30)], at=now)
        first = timeline.of(minji, show="tier")
        rest = timeline.of(minji, before=first.older, show="tier")
    assert len(first.moments) + len(rest.moments) == 31
    assert f"?show=tier&amp;before={str(first.older)[:10]}" in page(
        as_owner, f"/backoffice/customers/{minji.pk}/?show=tier"
    )


def test_a_kind_without_moments_offers_all_of_them(as_owner: Client, minji: Customer) -> None:
    assert "Nothing of this kind has happened" in page(as_owner, f"/backoffice/customers/{minji.pk}/?show=rewards")


def test_refunds_are_told_in_why(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    a_programme(cafe, now)
    refund = a_refund("1001", now, total=4000)
    order = an_order(cafe, now - DAY)
    with tenant_context(cafe), transaction.atomic():
        apply_refunds([refund], at=now)
        found = why(order.customer_id or 0)
    assert [line.icon for line in found.lines] == ["coins", "undo-2"]
    assert found.total == 80


def test_a_birthday_that_is_known_changes_only_with_a_reason(
    cafe: Merchant, as_colleague: Client, minji: Customer
) -> None:
    with tenant_context(cafe):
        Customer.objects.filter(pk=minji.pk).update(birthday="1990-03-14", birthday_set_at=timezone.now())
    path = f"/backoffice/customers/{minji.pk}/edit/"
    told = {"name": "김민지", "email": "", "phone": "", "language": "", "birthday": "1990-04-14"}
    assert as_colleague.post(path, told).status_code == 422
    assert as_colleague.post(path, {**told, "reason": "주민등록증 확인"}).status_code == 302
    with tenant_context(cafe):
        assert AuditEntry.objects.get(action="customer.edited").reason == "주민등록증 확인"
