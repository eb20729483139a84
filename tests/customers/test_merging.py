"""Two customers become one: by the store or by a person, whatever arrives when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from customers.consents import allows, record_consent
from customers.identities import apply_customers, prove_email
from customers.merging import CannotMerge, apply_merges, merge
from customers.models import Customer, Event, Order
from customers.orders import apply_orders
from customers.snapshots import MergeSnapshot
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.customers.people import NOON, after, an_account, an_order

pytestmark = pytest.mark.usefixtures("in_cafe")
OLD = an_account("8", name="민수", email="old@example.com", phone="+821012345678")
MERGED = MergeSnapshot("st_1", from_id="8", into_id="7", at=NOON)


def present() -> Customer:
    return Customer.objects.present().get()


def test_who_is_left_keeps_accounts_orders_and_what_was_known(in_cafe: Merchant) -> None:
    apply_customers([an_account(), OLD], at=NOON)
    apply_orders([an_order("1"), an_order("2", buyer=an_account("8", embedded=True))], at=NOON)
    [left] = apply_merges([MERGED], at=after(1))
    assert left == present()
    assert (left.name, left.email, left.phone) == ("김민수", "minsu@example.com", "+821012345678")
    assert set(left.identities.values_list("value", flat=True)) == {"7", "8"}
    assert left.orders.count() == 2


def test_who_is_gone_is_in_no_list(in_cafe: Merchant) -> None:
    apply_customers([an_account(), OLD], at=NOON)
    apply_merges([MERGED], at=after(1))
    gone = Customer.objects.get(merged_into__isnull=False)
    assert (gone.merged_into, gone.name, gone.email, gone.joined_at) == (present(), "", "", None)
    assert list(Customer.objects.search("민수")) == [present()]
    assert list(Customer.objects.search("")) == [present()]


STEPS: dict[str, Callable[[], object]] = {
    "kept": lambda: apply_customers([an_account()], at=NOON),
    "deleted": lambda: apply_customers([OLD], at=NOON),
    "order": lambda: apply_orders([an_order("2", buyer=an_account("8", embedded=True))], at=NOON),
    "merge": lambda: apply_merges([MERGED], at=after(1)),
}


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids="-".join)
def test_the_order_of_arrival_does_not_matter(in_cafe: Merchant, order: tuple[str, ...]) -> None:
    for step in order:
        with transaction.atomic():
            STEPS[step]()
    assert Order.objects.get().customer == present()
    assert set(present().identities.values_list("value", flat=True)) == {"7", "8"}


def test_saying_it_again_changes_nothing(in_cafe: Merchant) -> None:
    apply_customers([an_account(), OLD], at=NOON)
    apply_merges([MERGED, MERGED], at=after(1))
    apply_merges([MERGED], at=after(2))
    assert Event.objects.filter(kind="customer.merged").count() == 1


def test_a_chain_of_mergings_ends_at_the_last(in_cafe: Merchant) -> None:
    apply_customers([an_account("7"), an_account("8"), an_account("9")], at=NOON)
    late = MergeSnapshot("st_1", from_id="9", into_id="8", at=NOON)
    apply_merges([MERGED, late], at=after(1))
    assert set(present().identities.values_list("value", flat=True)) == {"7", "8", "9"}


def test_the_latest_decision_of_both_counts(in_cafe: Merchant) -> None:
    kept, old = apply_customers([an_account(), OLD], at=NOON)
    told: dict[str, Any] = {"channel": "email", "purpose": "advertising", "source": "portal"}
    record_consent(kept, granted=True, at=NOON, **told)
    record_consent(old, granted=False, at=after(5), **told)
    apply_merges([MERGED], at=after(10))
    assert not allows(present(), "email", "advertising")


def test_a_proven_address_goes_along(in_cafe: Merchant) -> None:
    apply_customers([an_account(email="")], at=NOON)
    proven = prove_email("minsu@example.com", at=NOON, actor=SYSTEM)
    left = merge(proven, Customer.objects.exclude(pk=proven.pk).get(), actor=SYSTEM, at=after(1))
    assert prove_email("minsu@example.com", at=after(2), actor=SYSTEM) == left


def test_a_customer_who_is_gone_is_not_merged_again(in_cafe: Merchant) -> None:
    kept, old = apply_customers([an_account(), OLD], at=NOON)
    merge(old, kept, actor=SYSTEM, at=NOON + timedelta(minutes=1))
    with pytest.raises(CannotMerge):
        merge(old, kept, actor=SYSTEM, at=after(2))
    with pytest.raises(CannotMerge):
        merge(kept, kept, actor=SYSTEM, at=after(2))
