"""Whose points are spent at the till: a number that anybody may have typed in at a store does not say it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice.till.proving import is_name
from customers.identities import apply_customers, prove_phone
from customers.models import Customer
from customers.snapshots import CustomerSnapshot
from loyalty import ledger, redemption
from loyalty.models import Balance, Redemption
from staff.actors import SYSTEM
from staff.models import AuditEntry, Role
from tenants.models import Merchant
from tests.backoffice.tilling import (
    PHONE,
    a_regular,
    a_till_programme,
    buy,
    find,
    headline,
    new_key,
    take_over,
    with_pin,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def online(cafe: Merchant) -> Customer:
    """Somebody with an account at a store, who typed this number in there; nobody has verified it."""
    at = timezone.now()
    a_till_programme(cafe)
    account = CustomerSnapshot(source="st_test", external_id="c-1", updated_at=at, name="이 도현", phone=PHONE)
    with tenant_context(cafe), transaction.atomic():
        (customer,) = apply_customers([account], at=at)
        ledger.adjust(customer.pk, 1000, reason="", key="gift", actor=SYSTEM, at=at)
    return customer


def available(shop: Merchant, customer: Customer) -> int:
    with tenant_context(shop):
        return Balance.objects.get(pk=customer.pk).available


def coffee(client: Client, customer: Customer, **more: Any) -> Any:
    data = {"reward": "coffee", "key": new_key(), **more}
    return client.post(f"/backoffice/till/members/{customer.pk}/reward/", data)


def a_code(shop: Merchant, customer: Customer) -> Redemption:
    with tenant_context(shop):
        return redemption.redeem(customer.pk, "coffee", key="k", at=timezone.now(), actor=SYSTEM)


def use(client: Client, taken: Redemption, **more: Any) -> Any:
    return client.post(f"/backoffice/till/codes/{taken.pk}/use/", {"key": new_key(), **more})


def proofs(shop: Merchant) -> int:
    with tenant_context(shop):
        return AuditEntry.objects.filter(action="till.name_confirmed").count()


def test_a_reward_asks_for_card_or_name_and_takes_nothing_before(
    as_colleague: Client, cafe: Merchant, online: Customer
) -> None:
    find(as_colleague, PHONE)
    key = new_key()
    asked = coffee(as_colleague, online, key=key)
    assert asked.status_code == 422
    assert 'name="proof"' in asked.content.decode()
    assert key in asked.content.decode()
    assert available(cafe, online) == 1000


def test_points_are_collected_all_the_same(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    assert buy(as_colleague, online).status_code == 200
    assert available(cafe, online) == 1120


def test_a_collected_purchase_does_not_prove_the_number(as_colleague: Client, online: Customer) -> None:
    buy(as_colleague, online)
    find(as_colleague, PHONE)
    assert coffee(as_colleague, online).status_code == 422


def test_the_card_is_enough_until_the_next_customer(as_colleague: Client, online: Customer) -> None:
    find(as_colleague, online.card_code)
    assert coffee(as_colleague, online).status_code == 200
    as_colleague.get("/backoffice/till/")
    assert coffee(as_colleague, online).status_code == 422


def test_the_card_is_not_enough_ten_minutes_later(as_colleague: Client, online: Customer) -> None:
    find(as_colleague, online.card_code)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert coffee(as_colleague, online).status_code == 422


def test_what_was_shown_to_a_colleague_does_not_count_for_the_next(
    as_colleague: Client, cafe: Merchant, online: Customer
) -> None:
    find(as_colleague, online.card_code)
    take_over(as_colleague, with_pin(cafe, Role.MANAGER))
    assert coffee(as_colleague, online).status_code == 422


def test_the_card_may_be_scanned_when_it_is_asked_for(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    assert coffee(as_colleague, online, proof=online.card_code.lower()).status_code == 200
    assert available(cafe, online) == 500


def test_the_card_of_another_member_proves_nothing(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    other = a_regular(cafe, phone="+821055554444")
    find(as_colleague, other.card_code)
    assert coffee(as_colleague, online).status_code == 422
    assert coffee(as_colleague, online, proof=other.card_code).status_code == 422
    assert available(cafe, online) == 1000


def test_the_full_name_is_enough_and_is_noted(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    assert headline(coffee(as_colleague, online, proof="이도현")) == "커피 한 잔"
    with tenant_context(cafe):
        entry = AuditEntry.objects.get(action="till.name_confirmed")
    assert (entry.actor_name, entry.object_id) == ("Cashier", online.pk)


def test_the_name_is_asked_for_once_for_one_customer(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    assert coffee(as_colleague, online, proof="이도현").status_code == 200
    assert coffee(as_colleague, online).status_code == 200
    assert proofs(cafe) == 1


def test_a_wrong_name_is_refused_and_not_guessed_for_ever(
    as_colleague: Client, cafe: Merchant, online: Customer
) -> None:
    for wrong in ("이*현", "이", "이도훈", "도현이요", "김민서"):
        assert coffee(as_colleague, online, proof=wrong).status_code == 422
    assert coffee(as_colleague, online, proof="이도현").status_code == 422
    assert available(cafe, online) == 1000
    assert proofs(cafe) == 0
    assert coffee(as_colleague, online, proof=online.card_code).status_code == 200


def test_a_member_without_a_name_is_only_proven_by_the_card(
    as_colleague: Client, cafe: Merchant, online: Customer
) -> None:
    with tenant_context(cafe):
        Customer.objects.filter(pk=online.pk).update(name="")
    assert "name" not in headline(coffee(as_colleague, online, proof=" "))
    assert coffee(as_colleague, online, proof="-").status_code == 422


def test_a_form_sent_again_after_its_answer_was_lost_is_asked_nothing(
    as_colleague: Client, cafe: Merchant, online: Customer
) -> None:
    key = new_key()
    coffee(as_colleague, online, key=key, proof="이도현")
    as_colleague.get("/backoffice/till/")
    assert headline(coffee(as_colleague, online, key=key)) == "커피 한 잔"
    assert available(cafe, online) == 500


def test_a_code_of_the_members_list_asks_too(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    taken = a_code(cafe, online)
    find(as_colleague, PHONE)
    assert use(as_colleague, taken).status_code == 422
    assert use(as_colleague, taken, proof="이도현").status_code == 200


def test_a_code_that_was_shown_is_its_own_proof(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    taken = a_code(cafe, online)
    find(as_colleague, taken.code)
    assert coffee(as_colleague, online).status_code == 422  # it says nothing of the member's points
    assert use(as_colleague, taken).status_code == 200


def test_a_number_that_was_given_at_the_till_is_enough(as_colleague: Client, cafe: Merchant) -> None:
    a_till_programme(cafe)
    member = a_regular(cafe)
    buy(as_colleague, member)
    find(as_colleague, "5678")
    assert coffee(as_colleague, member).status_code == 200


def test_a_number_that_was_proven_is_enough(as_colleague: Client, cafe: Merchant, online: Customer) -> None:
    with tenant_context(cafe), transaction.atomic():
        owner = prove_phone(PHONE, at=timezone.now(), actor=SYSTEM)
    find(as_colleague, PHONE)
    assert coffee(as_colleague, owner).status_code == 200


def test_whoever_is_not_that_online_customer_becomes_a_member_with_the_same_number(
    as_colleague: Client, cafe: Merchant, online: Customer
) -> None:
    assert 'name="another"' in find(as_colleague, PHONE).content.decode()
    form = {"phone": PHONE, "another": "1"}
    assert 'name="name"' in as_colleague.post("/backoffice/till/members/new/", form).content.decode()
    for _ in range(2):  # sent twice is once
        page = as_colleague.post("/backoffice/till/members/new/", {**form, "name": "김민서"})
        assert headline(page) == "김*서"
    with tenant_context(cafe):
        assert Customer.objects.filter(phone=PHONE).count() == 2
    choice = find(as_colleague, PHONE).content.decode()
    assert "이* 도*" in choice
    assert "김*서" in choice
    assert 'name="another"' not in choice


def test_a_number_of_a_member_of_the_till_is_nobody_elses(as_colleague: Client, cafe: Merchant) -> None:
    a_till_programme(cafe)
    member = a_regular(cafe)
    assert 'name="another"' not in find(as_colleague, PHONE).content.decode()
    as_colleague.post("/backoffice/till/members/new/", {"phone": PHONE, "another": "1", "name": "X"})
    with tenant_context(cafe):
        assert Customer.objects.get() == member


@pytest.mark.parametrize(
    ("said", "is_it"),
    [("Kim Minsu", True), ("minsu  KIM", True), ("MinsuKim", True), ("Minsu", False), ("", False), ("M* K*", False)],
)
def test_a_name_is_told_whole_in_any_order(said: str, is_it: bool) -> None:
    assert is_name("Minsu Kim", said) is is_it
