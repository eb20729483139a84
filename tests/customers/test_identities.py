"""Who is who: accounts, proofs, guests; and that nobody comes to own what is another's."""

from __future__ import annotations

from typing import Any

import pytest

from customers.identities import (
    apply_customers,
    is_vouched_for,
    normalise_email,
    normalise_phone,
    prove_email,
    prove_phone,
    proven_email,
)
from customers.models import Customer, Event, Identity, Order
from customers.orders import apply_orders
from customers.profiles import WrongAddress, add_customer, edit_customer
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry
from tests.customers.people import NOON, a_guest, after, an_account, an_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]

SHOPPER = Actor("shopper")
MINSU = "minsu@example.com"


def prove(email: str = MINSU) -> Customer:
    return prove_email(email, at=NOON, actor=SHOPPER, language="ko")


# ── Accounts ────────────────────────────────────────────────────────────────────────────────────


def test_an_account_becomes_a_customer() -> None:
    [customer] = apply_customers([an_account(phone="+821012345678", language="ko")], at=NOON)
    assert (customer.name, customer.email, customer.phone, customer.language) == (
        "김민수", MINSU, "+821012345678", "ko",
    )  # fmt: skip
    assert Identity.objects.get().value == "7"


def test_the_newest_word_of_the_store_counts() -> None:
    apply_customers([an_account(updated_at=after(2), name="김민수 (새 이름)")], at=NOON)
    [customer] = apply_customers([an_account(updated_at=after(1), name="옛 이름")], at=NOON)
    assert customer.name == "김민수 (새 이름)"


def test_an_older_document_fills_only_what_is_empty() -> None:
    apply_customers([an_account(updated_at=after(2), name="")], at=NOON)
    [customer] = apply_customers([an_account(updated_at=after(1), name="김민수", email="old@example.com")], at=NOON)
    assert (customer.name, customer.email) == ("김민수", MINSU)


def test_a_customer_document_weighs_more_than_what_an_order_says_in_passing() -> None:
    document, passing = an_account(name="김민수"), an_account(name="민수", embedded=True)
    apply_customers([document], at=NOON)
    apply_orders([an_order(buyer=passing)], at=NOON)
    assert Customer.objects.get().name == "김민수"


def test_the_same_account_id_at_two_stores_are_two_accounts() -> None:
    apply_customers([an_account(), an_account(source="st_2", email="other@example.com")], at=NOON)
    assert Customer.objects.count() == 2


def test_one_account_several_times_in_a_batch_is_one_customer() -> None:
    apply_customers([an_account(updated_at=after(n), name=str(n)) for n in (1, 3, 2)], at=NOON)
    assert Customer.objects.get().name == "3"


def test_joining_is_told_once() -> None:
    apply_customers([an_account()], at=NOON)
    apply_customers([an_account(updated_at=after(1))], at=NOON)
    prove()
    assert Event.objects.filter(kind="customer.joined").count() == 1


# ── Proofs ──────────────────────────────────────────────────────────────────────────────────────


def test_an_address_nobody_knows_makes_a_new_member() -> None:
    customer = prove()
    assert (customer.email, customer.language, customer.joined_at) == (MINSU, "ko", NOON)
    assert proven_email(customer) == MINSU


def test_proving_again_is_the_same_customer() -> None:
    assert prove().pk == prove("MINSU@Example.com ").pk
    assert Identity.objects.count() == 1


def test_a_proof_stands_in_the_audit_trail_once() -> None:
    prove()
    prove()
    assert AuditEntry.objects.filter(action="customer.email_proven").count() == 1


def test_an_account_is_found_by_the_address_its_owner_proves() -> None:
    [account] = apply_customers([an_account()], at=NOON)
    assert prove().pk == account.pk


def test_of_two_accounts_with_one_address_the_older_is_given() -> None:
    [older] = apply_customers([an_account()], at=NOON)
    apply_customers([an_account(source="st_2")], at=NOON)
    assert prove().pk == older.pk


def test_an_account_whose_owner_proved_another_address_is_not_given_away() -> None:
    apply_customers([an_account()], at=NOON)
    owner = prove()
    apply_customers([an_account(updated_at=after(1), email="taken@example.com")], at=NOON)
    assert prove("taken@example.com").pk != owner.pk


def test_an_empty_address_proves_nothing() -> None:
    with pytest.raises(ValueError, match="empty"):
        prove("not an address")


def test_a_phone_number_can_be_proven_too() -> None:
    [account] = apply_customers([an_account(phone="+821012345678")], at=NOON)
    assert prove_phone("+821012345678", at=NOON, actor=SHOPPER).pk == account.pk


# ── Guests ──────────────────────────────────────────────────────────────────────────────────────


def test_guest_orders_join_whoever_proves_their_address() -> None:
    apply_orders([an_order("1", buyer=a_guest()), an_order("2", buyer=a_guest(email="other@example.com"))], at=NOON)
    customer = prove()
    assert [o.external_id for o in customer.orders.all()] == ["1"]
    assert Event.objects.filter(kind="order.changed", customer=customer).count() == 1


def test_a_later_guest_order_of_a_proven_address_is_given_at_once() -> None:
    customer = prove()
    [order] = apply_orders([an_order(buyer=a_guest())], at=NOON)
    assert order.customer == customer


def test_a_later_state_of_a_joined_guest_order_stays_with_its_customer() -> None:
    apply_orders([an_order(buyer=a_guest())], at=NOON)
    customer = prove()
    [order] = apply_orders([an_order(buyer=a_guest(), updated_at=after(1), total=1)], at=NOON)
    assert (order.customer, order.total) == (customer, 1)


def test_guest_orders_join_by_phone() -> None:
    apply_orders([an_order(buyer=a_guest(email="", phone="+821012345678"))], at=NOON)
    assert prove_phone("+821012345678", at=NOON, actor=SHOPPER).orders.count() == 1


def test_guest_orders_join_when_the_store_has_verified_the_address() -> None:
    apply_orders([an_order(buyer=a_guest())], at=NOON)
    [customer] = apply_customers([an_account(email_verified=True)], at=NOON)
    assert customer.orders.count() == 1


# ── What the store has verified, and what not ──────────────────────────────────────────────────


def test_an_account_with_a_verified_address_joins_who_proved_it() -> None:
    customer = prove()
    [account] = apply_customers([an_account(email_verified=True)], at=NOON)
    assert account == customer
    assert set(customer.identities.values_list("kind", flat=True)) == {"email", "store"}


def test_an_account_that_only_claims_a_proven_address_is_not_tied_to_it() -> None:
    customer = prove()
    assert apply_customers([an_account()], at=NOON) == [customer]
    assert not Identity.objects.filter(kind="store").exists()


def test_its_orders_reach_who_proved_the_address_all_the_same() -> None:
    customer = prove()
    [order] = apply_orders([an_order()], at=NOON)
    assert order.customer == customer


def test_two_customers_are_never_merged_silently() -> None:
    [account] = apply_customers([an_account(email="")], at=NOON)
    holder = prove()
    apply_customers([an_account(updated_at=after(1), email_verified=True)], at=NOON)
    assert Customer.objects.count() == 2
    event = Event.objects.get(kind="customer.same_address")
    assert (event.customer_id, event.data) == (account.pk, {"other": holder.pk})


def test_two_stores_that_verified_one_address_know_one_customer() -> None:
    apply_customers([an_account(email_verified=True), an_account(source="st_2", email_verified=True)], at=NOON)
    assert Customer.objects.count() == 1


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────


def test_a_customer_added_by_hand_is_a_member_who_has_proven_nothing() -> None:
    customer = add_customer(country="KR", actor=SYSTEM, at=NOON, name="이서연", phone="010-2345-6789")
    assert (customer.phone, customer.joined_at, customer.identities.count()) == ("+821023456789", NOON, 0)


def test_a_customer_added_by_hand_is_found_when_they_prove_their_address() -> None:
    added = add_customer(country="KR", actor=SYSTEM, at=NOON, email=MINSU)
    assert prove() == added


@pytest.mark.parametrize(("field", "value"), [("email", "nobody"), ("phone", "12")])
def test_an_address_that_is_none_is_refused(field: str, value: Any) -> None:
    with pytest.raises(WrongAddress) as caught:
        add_customer(country="KR", actor=SYSTEM, at=NOON, **{field: value})
    assert caught.value.field == field


def test_an_edit_is_audited_with_what_changed() -> None:
    customer = add_customer(country="KR", actor=SYSTEM, at=NOON, name="이서연")
    edit_customer(customer, country="KR", actor=SYSTEM, at=NOON, name="이서윤", email="")
    assert AuditEntry.objects.get(action="customer.edited").changes == {"name": ["이서연", "이서윤"]}


# ── Addresses ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Kim@Example.COM ", "kim@example.com"),
        ("한글@도메인.한국", "한글@도메인.한국"),
        ("nobody", ""), ("@x", ""), ("x@", ""), ("a@b@c", ""), ("a b@c", ""), ("a@b\x00", ""),
        ("x" * 250 + "@y.kr", ""),
    ],
)  # fmt: skip
def test_an_email_address_is_brought_into_one_form(text: str, email: str) -> None:
    assert normalise_email(text) == email


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("010-1234-5678", "KR", "+821012345678"),
        ("+82 10 1234 5678", "GB", "+821012345678"),
        ("07911 123456", "GB", "+447911123456"),
        ("555-555-SHIP!", "US", "+15555557447"),
        ("없음", "KR", ""), ("12", "KR", ""), ("", "KR", ""), ("1" * 60, "KR", ""), ("010-1234-5678", "", ""),
    ],
)  # fmt: skip
def test_a_phone_number_is_brought_into_one_form(text: str, country: str, phone: str) -> None:
    assert normalise_phone(text, country) == phone


def test_an_order_that_changed_hands_is_told_to_its_new_customer() -> None:
    apply_orders([an_order(buyer=a_guest())], at=NOON)
    customer = prove()
    assert Event.objects.filter(kind="order.changed").latest("id").customer_id == customer.pk
    assert Order.objects.get().changed_at == NOON


# ── An account opened with somebody's address ──────────────────────────────────────────────────


def test_who_proves_an_address_gets_a_card_that_the_accounts_opener_does_not_know() -> None:
    [opened] = apply_customers([an_account()], at=NOON)
    customer = prove()
    assert customer.pk == opened.pk
    assert Customer.objects.get(pk=opened.pk).card_code != opened.card_code


def test_a_card_given_by_hand_stays_when_its_holder_proves_their_address() -> None:
    added = add_customer(email=MINSU, country="KR", actor=SYSTEM, at=NOON)
    assert prove().card_code == added.card_code


def test_an_account_that_proved_its_phone_is_not_given_to_who_proves_its_address() -> None:
    [opened] = apply_customers([an_account(phone="+821012345678", phone_verified=True)], at=NOON)
    assert prove().pk != opened.pk


def test_an_account_is_vouched_for_until_somebody_else_proves_its_address() -> None:
    apply_customers([an_account()], at=NOON)
    account = Identity.objects.get(kind="store")
    assert is_vouched_for(account)
    prove_email(MINSU, at=after(1), actor=SHOPPER)
    assert not is_vouched_for(account)
    assert is_vouched_for(account, MINSU)
    assert not is_vouched_for(account, "other@example.com")


def test_an_account_tied_by_its_stores_word_is_vouched_for() -> None:
    prove()
    apply_customers([an_account(email_verified=True)], at=after(1))
    assert is_vouched_for(Identity.objects.get(kind="store"))
