"""Stripe: one payment told several times counts once, refunds by their sum, test mode earns nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from customers.models import Order
from storefront.connectors.interface import Ignored, NotUnderstood, Origin
from storefront.connectors.stripe.money import minor
from storefront.connectors.stripe.reading import read
from tenants.models import Merchant
from tests.customers.people import NOON
from tests.storefront.senders import Stripe

ORIGIN = Origin("st_1", "GB", "GBP", NOON)
T = int(NOON.timestamp())


def session(**fields: Any) -> dict[str, Any]:
    return {
        "id": "cs_1", "object": "checkout.session", "created": T, "currency": "gbp", "payment_intent": "pi_1",
        "payment_status": "paid", "amount_total": 2_000, "amount_subtotal": 1_500, "customer": None,
        "total_details": {"amount_shipping": 300, "amount_tax": 300, "amount_discount": 100},
        "customer_details": {"email": "ann@example.com", "name": "Ann", "phone": None}, **fields,
    }  # fmt: skip


def intent(**fields: Any) -> dict[str, Any]:
    return {"id": "pi_1", "object": "payment_intent", "created": T + 5, "currency": "gbp", "amount_received": 2_000,
            "customer": None, "receipt_email": "ann@example.com", **fields}  # fmt: skip


def charge(refunded: int, **fields: Any) -> dict[str, Any]:
    return {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "currency": "gbp", "amount": 2_000,
            "amount_refunded": refunded, **fields}  # fmt: skip


@pytest.fixture
def stripe(bikes: Merchant) -> Stripe:
    return Stripe(bikes)


def standing(order: Order) -> tuple[Any, ...]:
    return order.external_id, order.total, order.shipping, order.refunded, order.guest_email


STEPS = {
    "checkout": lambda s: s.deliver("checkout.session.completed", session(), created=T + 5),
    "payment": lambda s: s.deliver("payment_intent.succeeded", intent(), created=T + 5),
    "part": lambda s: s.deliver("charge.refunded", charge(500), created=T + 60),
    "more": lambda s: s.deliver("charge.refunded", charge(1_500), created=T + 60),
}


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(STEPS)), ids="-".join)
def test_a_payment_counts_once_however_it_is_told(stripe: Stripe, order: tuple[str, ...]) -> None:
    for step in (*order, order[0]):
        assert STEPS[step](stripe).status_code in {200, 202}
        stripe.work()
    assert standing(stripe.order()) == ("pi_1", 2_000, 300, 1_500, "ann@example.com")


@pytest.mark.django_db
def test_the_test_mode_is_a_trial(stripe: Stripe) -> None:
    stripe.deliver("payment_intent.succeeded", intent(), created=T, livemode=False)
    stripe.work()
    assert stripe.order().test


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["payout.paid", "v2.core.event", "customer.subscription.updated", ""])
def test_an_event_that_is_not_used_is_kept_and_marked(stripe: Stripe, kind: str) -> None:
    assert stripe.deliver(kind, {"id": "x"}, created=T).status_code == 202
    stripe.work()
    assert stripe.last().state == "ignored"


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────


def told(kind: str, object_: Any, **event: Any) -> Any:
    data = {"object": object_, **event.pop("data", {})}
    return read(kind, {"type": kind, "created": T, "livemode": True, "data": data, **event}, ORIGIN)


def test_a_checkout_tells_tax_and_shipping() -> None:
    [found] = told("checkout.session.completed", session()).orders
    assert (found.subtotal, found.shipping, found.tax, found.discount) == (1_400, 300, 300, 100)
    inside = session(
        amount_subtotal=1_800, total_details={"amount_shipping": 300, "amount_tax": 300, "amount_discount": 100}
    )
    [found] = told("checkout.session.async_payment_succeeded", inside).orders
    assert (found.subtotal, found.tax) == (1_700, 0)


@pytest.mark.parametrize("fields", [{"payment_status": "unpaid"}, {"payment_intent": None}])
def test_a_checkout_that_is_not_paid_or_a_subscription_waits_for_its_payment(fields: dict[str, Any]) -> None:
    with pytest.raises(Ignored):
        told("checkout.session.completed", session(**fields))


def test_a_tip_earns_nothing() -> None:
    [found] = told("payment_intent.succeeded", intent(amount_details={"tip": {"amount": 200}})).orders
    assert found.total == 1_800


def test_a_refund_that_failed_later_is_none() -> None:
    [found] = told("charge.updated", charge(0), data={"previous_attributes": {"amount_refunded": 500}}).refunds
    assert (found.total, found.cancelled) == (0, True)
    with pytest.raises(Ignored):
        told("charge.updated", charge(0))


def test_a_charge_without_payment_stands_for_itself() -> None:
    assert told("charge.refunded", charge(5, payment_intent=None)).refunds[0].order_external_id == "ch_1"


@pytest.mark.parametrize(
    ("amount", "currency", "ours"),
    [(1_234, "GBP", 1_234), (12_000, "KRW", 12_000), (1_234, "KWD", 1_234), (5_000, "ISK", 50), (5_000, "UGX", 50)],
)
def test_amounts_are_in_the_worlds_minor_units(amount: int, currency: str, ours: int) -> None:
    assert minor(amount, currency) == ours


@pytest.mark.parametrize("kind", ["checkout.session.completed", "payment_intent.succeeded", "charge.refunded"])
@pytest.mark.parametrize("document", [[], {}, {"data": []}, {"data": {"object": {"id": 1}}}, 7])
def test_a_body_of_another_shape_is_not_understood(kind: str, document: Any) -> None:
    with pytest.raises(NotUnderstood):
        read(kind, document, ORIGIN)
