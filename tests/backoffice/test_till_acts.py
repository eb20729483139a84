"""Points, stamps and rewards at the till: one effect for each key, undone within seconds, within limits."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer, Order
from loyalty import redemption, stamps
from loyalty.models import Balance, Redemption
from staff.actors import SYSTEM
from staff.models import AuditEntry, Role
from tenants.models import Merchant
from tests.backoffice.tilling import PINS, a_regular, a_till_programme, buy, headline, limit, new_key, with_pin

pytestmark = pytest.mark.django_db


@pytest.fixture
def regular(cafe: Merchant) -> Customer:
    a_till_programme(cafe)
    return a_regular(cafe)


def available(shop: Merchant, customer: Customer) -> int:
    with tenant_context(shop):
        return Balance.objects.get(pk=customer.pk).available


def post(client: Client, customer: Customer, what: str, **data: Any) -> Any:
    return client.post(f"/backoffice/till/members/{customer.pk}/{what}/", {"key": new_key(), **data})


def undo(client: Client, kind: str, key: str, **more: Any) -> Any:
    return client.post("/backoffice/till/undo/", {"kind": kind, "key": key, **more})


def test_a_purchase_gives_points_and_says_so(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    page = buy(as_colleague, regular, "12,000")
    assert headline(page) == "+120 P"
    assert "1,120 P" in page.content.decode()
    assert available(cafe, regular) == 1120


def test_a_purchase_that_is_sent_again_has_one_effect_and_the_same_answer(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    key = new_key()
    assert [headline(buy(as_colleague, regular, key=key)) for _ in range(3)] == ["+120 P"] * 3
    assert available(cafe, regular) == 1120


def test_a_key_with_another_amount_is_refused(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    key = new_key()
    buy(as_colleague, regular, key=key)
    assert buy(as_colleague, regular, "9000", key=key).status_code == 422
    assert available(cafe, regular) == 1120


@pytest.mark.parametrize("amount", ["", "0", "-5", "abc", "1.5", "9" * 13, "1e5", "\x00"])
def test_what_is_no_amount_is_refused(as_colleague: Client, cafe: Merchant, regular: Customer, amount: str) -> None:
    response = buy(as_colleague, regular, amount)
    assert response.status_code == 422 or amount == "1e5"


def test_the_points_are_shown_before(as_colleague: Client, regular: Customer) -> None:
    page = as_colleague.get(f"/backoffice/till/members/{regular.pk}/preview/?amount=12345")
    assert "+123 P" in page.content.decode()


def test_a_purchase_is_undone(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    key = new_key()
    buy(as_colleague, regular, key=key)
    for _ in range(2):
        assert undo(as_colleague, "purchase", key).status_code == 200
    assert available(cafe, regular) == 1000
    assert buy(as_colleague, regular, key=key).status_code == 422  # a late retry does not bring it back


def test_undoing_too_late_is_refused(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    key = new_key()
    buy(as_colleague, regular, key=key)
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        assert undo(as_colleague, "purchase", key).status_code == 422
    assert available(cafe, regular) == 1120


def test_a_stamp_is_given_once_and_undone(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    key = new_key()
    for _ in range(2):
        assert post(as_colleague, regular, "stamp", card="cups", count=2, key=key).status_code == 200
    with tenant_context(cafe):
        assert stamps.cards(regular.pk, at=timezone.now())[0].stamps == 2
    assert undo(as_colleague, "stamp", key).status_code == 200
    with tenant_context(cafe):
        assert stamps.cards(regular.pk, at=timezone.now())[0].stamps == 0


def test_a_reward_is_handed_over_once_and_undone(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    key = new_key()
    for _ in range(2):
        page = post(as_colleague, regular, "reward", reward="coffee", key=key)
        assert headline(page) == "커피 한 잔"
    assert available(cafe, regular) == 500
    assert undo(as_colleague, "reward", key).status_code == 200
    assert available(cafe, regular) == 1000
    assert post(as_colleague, regular, "reward", reward="coffee", key=key).status_code == 422


def test_a_reward_costs_what_the_till_showed_or_is_refused(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    page = as_colleague.get(f"/backoffice/till/members/{regular.pk}/").content.decode()
    assert re.search(r'name="reward" value="coffee"><input type="hidden" name="points" value="(\d+)">', page)
    assert post(as_colleague, regular, "reward", reward="coffee", points="1").status_code == 422


def test_a_reward_that_is_too_dear_is_refused_in_words(as_colleague: Client, cafe: Merchant) -> None:
    a_till_programme(cafe)
    poor = a_regular(cafe, 100)
    response = post(as_colleague, poor, "reward", reward="coffee")
    assert response.status_code == 422
    assert available(cafe, poor) == 100


def test_a_code_is_used_once_and_can_be_undone(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    with tenant_context(cafe):
        taken = redemption.redeem(regular.pk, "coffee", key="k", at=timezone.now(), actor=SYSTEM)
    key, address = new_key(), f"/backoffice/till/codes/{taken.pk}/use/"
    assert [as_colleague.post(address, {"key": key}).status_code for _ in range(2)] == [200, 200]
    assert as_colleague.post(address, {"key": new_key()}).status_code == 422
    assert undo(as_colleague, "code", key, reference=str(taken.pk)).status_code == 200
    with tenant_context(cafe):
        assert Redemption.objects.get(pk=taken.pk).state == "ready"


def test_what_was_undone_is_not_done_again_by_the_same_form(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    with tenant_context(cafe):
        taken = redemption.redeem(regular.pk, "coffee", key="k", at=timezone.now(), actor=SYSTEM)
    members = f"/backoffice/till/members/{regular.pk}"
    forms: dict[str, tuple[str, dict[str, Any]]] = {
        "code": (f"/backoffice/till/codes/{taken.pk}/use/", {}),
        "stamp": (f"{members}/stamp/", {"card": "cups", "count": "1"}),
        "reward": (f"{members}/reward/", {"reward": "coffee"}),
        "purchase": (f"{members}/purchase/", {"amount": "12000"}),
    }
    for kind, (address, data) in forms.items():
        sent = {**data, "key": new_key()}
        assert as_colleague.post(address, sent).status_code == 200
        assert undo(as_colleague, kind, sent["key"], reference=str(taken.pk)).status_code == 200
        assert as_colleague.post(address, sent).status_code == 422, kind


def test_nothing_is_undone_for_a_key_that_did_nothing(as_colleague: Client, regular: Customer) -> None:
    for kind in ("purchase", "stamp", "reward", "code", "moon"):
        assert undo(as_colleague, kind, new_key(), reference="999").status_code == 422


def test_above_the_limit_a_manager_approves_in_the_same_form(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    limit(cafe, most_minor={"cashier": 10_000})
    manager, key = with_pin(cafe, Role.MANAGER), new_key()
    asked = buy(as_colleague, regular, key=key)
    assert asked.status_code == 422
    assert key in asked.content.decode()
    assert buy(as_colleague, regular, key=key, approver=manager.pk, pin="0000").status_code == 422
    assert available(cafe, regular) == 1000
    assert buy(as_colleague, regular, key=key, approver=manager.pk, pin=PINS[Role.MANAGER]).status_code == 200
    with tenant_context(cafe):
        entry = AuditEntry.objects.get(action="till.purchase")
    assert (entry.actor_name, entry.reason) == ("Cashier", "Manager")


def test_a_cashier_can_not_approve_for_themselves(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    limit(cafe, most_points={"cashier": 10})
    cashier = with_pin(cafe, Role.CASHIER)
    response = buy(as_colleague, regular, approver=cashier.pk, pin=PINS[Role.CASHIER])
    assert response.status_code == 422
    assert available(cafe, regular) == 1000


def test_an_order_of_the_till_is_called_that(as_owner: Client, cafe: Merchant, regular: Customer) -> None:
    buy(as_owner, regular)
    with tenant_context(cafe):
        order = Order.objects.get(source="till")
    as_owner.cookies["language"] = "en"
    assert "Till · " in as_owner.get(f"/backoffice/orders/{order.pk}/").content.decode()
    assert order.number in as_owner.get("/backoffice/orders/").content.decode()


def test_a_use_by_somebody_else_is_not_undone(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    with tenant_context(cafe):
        taken = redemption.redeem(regular.pk, "coffee", key="k", at=timezone.now(), actor=SYSTEM)
        redemption.use(taken.pk, key="elsewhere", at=timezone.now(), actor=SYSTEM)
    assert undo(as_colleague, "code", new_key(), reference=str(taken.pk)).status_code == 422
    with tenant_context(cafe):
        assert Redemption.objects.get(pk=taken.pk).state == "used"


def test_undoing_once_more_does_not_reach_a_later_use(as_colleague: Client, cafe: Merchant, regular: Customer) -> None:
    """Undone here, used at another counter: the first form has nothing to take back any more."""
    with tenant_context(cafe):
        taken = redemption.redeem(regular.pk, "coffee", key="k", at=timezone.now(), actor=SYSTEM)
    address, first, second = f"/backoffice/till/codes/{taken.pk}/use/", new_key(), new_key()
    as_colleague.post(address, {"key": first})
    undo(as_colleague, "code", first, reference=str(taken.pk))
    as_colleague.post(address, {"key": second})
    assert undo(as_colleague, "code", first, reference=str(taken.pk)).status_code == 422
    with tenant_context(cafe):
        assert Redemption.objects.get(pk=taken.pk).state == "used"


def test_a_reward_that_was_used_elsewhere_since_is_not_undone(
    as_colleague: Client, cafe: Merchant, regular: Customer
) -> None:
    key = new_key()
    post(as_colleague, regular, "reward", reward="coffee", key=key)
    with tenant_context(cafe):
        taken = Redemption.objects.get(key=f"till:{key}")
        redemption.unuse(taken.pk, key="office", at=timezone.now(), actor=SYSTEM)
        redemption.use(taken.pk, key="elsewhere", at=timezone.now(), actor=SYSTEM)
    assert undo(as_colleague, "reward", key).status_code == 422
    assert available(cafe, regular) == 500
