"""A merging taken back: who they were, what they bought and agreed to, all where it was before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from customers.consents import allows, record_consent
from customers.erasing import erase
from customers.identities import apply_customers, prove_email
from customers.merging import CannotMerge, merge, particulars
from customers.models import Customer, Event
from customers.orders import apply_orders
from customers.tagging import tag
from customers.unmerging import CannotUnmerge, mergings_of, preview_merge, unmerge
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.customers.people import NOON, after, an_account, an_order

pytestmark = pytest.mark.usefixtures("in_cafe")
OLD = an_account("8", name="민수", email="old@example.com", phone="+821012345678")
TOLD: dict[str, Any] = {"channel": "email", "purpose": "advertising", "source": "portal"}


@pytest.fixture
def two(in_cafe: Merchant) -> tuple[Customer, Customer]:
    """Who will be gone, and who will be left: each with an account and an order."""
    left, gone = apply_customers([an_account(), OLD], at=NOON)
    apply_orders([an_order("1"), an_order("2", buyer=an_account("8", embedded=True))], at=NOON)
    return gone, left


def there_and_back(gone: Customer, left: Customer) -> tuple[Customer, Customer]:
    merge(gone, left, actor=SYSTEM, at=after(1))
    return unmerge(again(gone), actor=SYSTEM, at=after(2)), again(left)


def again(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


def owns(customer: Customer) -> tuple[list[str], list[str]]:
    orders = customer.orders.order_by("pk").values_list("external_id", flat=True)
    return sorted(customer.identities.values_list("value", flat=True)), list(orders)


def test_both_are_who_they_were(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    tag([gone.pk], ["VIP"], actor=SYSTEM, at=NOON)
    tag([left.pk], ["regular"], actor=SYSTEM, at=NOON)
    before = [particulars(again(customer)) for customer in two]
    assert [particulars(customer) for customer in there_and_back(gone, left)] == before


def test_accounts_and_orders_go_back(two: tuple[Customer, Customer]) -> None:
    before = [owns(customer) for customer in two]
    assert [owns(customer) for customer in there_and_back(*two)] == before


def test_their_past_goes_back(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    theirs = set(Event.objects.filter(customer=gone).values_list("pk", flat=True))
    there_and_back(gone, left)
    assert set(Event.objects.filter(customer=gone).values_list("pk", flat=True)) == theirs
    assert Event.objects.get(kind="customer.unmerged").customer == left


def test_an_order_that_came_since_by_the_account_goes_with_it(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    merge(gone, left, actor=SYSTEM, at=after(1))
    apply_orders([an_order("3", buyer=an_account("8", embedded=True)), an_order("4")], at=after(2))
    assert owns(again(left))[1] == ["1", "2", "3", "4"]
    unmerge(again(gone), actor=SYSTEM, at=after(3))
    assert (owns(gone)[1], owns(left)[1]) == (["2", "3"], ["1", "4"])


def test_a_decision_that_came_with_the_other_counts_no_more(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    record_consent(left, granted=False, at=NOON, **TOLD)
    record_consent(gone, granted=True, at=after(1), **TOLD)
    merge(gone, left, actor=SYSTEM, at=after(1))
    assert allows(left, "email", "advertising")
    unmerge(again(gone), actor=SYSTEM, at=after(2))
    assert not allows(left, "email", "advertising")
    assert allows(gone, "email", "advertising")


def test_a_decision_made_since_stays_with_who_is_left(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    merge(gone, left, actor=SYSTEM, at=after(1))
    record_consent(left, granted=True, at=after(2), **TOLD)
    unmerge(again(gone), actor=SYSTEM, at=after(3))
    assert allows(left, "email", "advertising")


def test_what_was_changed_since_stays(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    merge(gone, left, actor=SYSTEM, at=after(1))
    Customer.objects.filter(pk=left.pk).update(phone="+821099998888")
    unmerge(again(gone), actor=SYSTEM, at=after(2))
    assert (again(left).phone, again(gone).phone) == ("+821099998888", "+821012345678")


def test_a_proof_leads_to_its_owner_again(two: tuple[Customer, Customer]) -> None:
    proven = prove_email("proven@example.com", at=NOON, actor=SYSTEM)
    there_and_back(proven, two[1])
    assert prove_email("proven@example.com", at=after(3), actor=SYSTEM) == proven


def test_the_trail_of_both_tells_it(two: tuple[Customer, Customer]) -> None:
    there_and_back(*two)
    entries = AuditEntry.objects.filter(action="customer.unmerged")
    assert set(entries.values_list("object_id", flat=True)) == {customer.pk for customer in two}


def test_it_is_undone_once(two: tuple[Customer, Customer]) -> None:
    gone, _left = there_and_back(*two)
    with pytest.raises(CannotUnmerge):
        unmerge(gone, actor=SYSTEM, at=after(3))


def test_they_can_be_merged_and_parted_again(two: tuple[Customer, Customer]) -> None:
    before = [owns(customer) for customer in two]
    there_and_back(*there_and_back(*two))
    assert [owns(customer) for customer in two] == before


def test_a_merging_on_has_to_be_undone_first(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    [third] = apply_customers([an_account("9")], at=NOON)
    merge(gone, left, actor=SYSTEM, at=after(1))
    merge(again(left), third, actor=SYSTEM, at=after(2))
    with pytest.raises(CannotUnmerge):
        unmerge(again(gone), actor=SYSTEM, at=after(3))
    unmerge(again(left), actor=SYSTEM, at=after(4))
    assert unmerge(again(gone), actor=SYSTEM, at=after(5)).merged_into is None


def test_who_was_erased_since_stays_gone(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    merge(gone, left, actor=SYSTEM, at=after(1))
    erase(again(left), actor=SYSTEM, at=after(2))
    with pytest.raises(CannotUnmerge):
        unmerge(again(gone), actor=SYSTEM, at=after(3))


def test_mergings_that_can_be_undone_are_known(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    assert mergings_of(left) == []
    merge(gone, left, actor=SYSTEM, at=after(1))
    assert [event.subject_id for event in mergings_of(left)] == [gone.pk]
    unmerge(again(gone), actor=SYSTEM, at=after(2))
    assert mergings_of(left) == []


def test_a_preview_tells_which_value_wins(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    preview = preview_merge(gone, left)
    by_field = {conflict.field: conflict for conflict in preview.fields}
    assert (by_field["name"].result, by_field["name"].differs) == ("김민수", True)
    assert (by_field["phone"].result, by_field["phone"].differs) == ("+821012345678", False)
    assert (preview.orders, preview.accounts, preview.proofs) == (1, 1, 0)


def test_a_person_may_choose_the_others_value(two: tuple[Customer, Customer]) -> None:
    gone, left = two
    Customer.objects.filter(pk=gone.pk).update(birthday=date(1990, 3, 14), birthday_set_at=NOON)
    merge(again(gone), left, actor=SYSTEM, at=after(1), taking={"name", "email"})
    kept = again(left)
    assert (kept.name, kept.email, kept.birthday_set_at) == ("민수", "old@example.com", NOON)


def test_nobody_is_merged_with_themselves(two: tuple[Customer, Customer]) -> None:
    with pytest.raises(CannotMerge):
        preview_merge(two[0], two[0])
