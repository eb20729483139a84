"""Cafe24: a key instead of a signature, news that name orders and no more, and orders as its API tells them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.models import Customer
from storefront.connectors.cafe24.reading import ORDERS, POINTS_CHANGED, SIGNED_UP, UNUSED, order, read
from storefront.connectors.interface import Ignored, NotUnderstood, Origin
from storefront.documents import parse
from storefront.models import Store
from tenants.models import Merchant
from tests.customers.people import NOON
from tests.storefront.senders import Cafe24, payload

ORIGIN = Origin("st_1", "KR", "KRW", NOON)
MIRROR = replace(ORIGIN, settings={"points": "mirror"})
PAID = {"mall_id": "shop", "event_shop_no": "1", "order_id": "20261120-0000011", "paid": "T", "member_id": "minsu"}
MEMBER = {
    "mall_id": "shop", "member_id": "minsu", "name": "김민수", "created_date": "2026-11-20T11:59:00+09:00",
    "birthday": "1990-05-05", "cellphone": "010-1234-5678", "email": "minsu@example.com", "sms": "T",
    "news_mail": "F", "recommend_id": "sora",
}  # fmt: skip


@pytest.fixture
def cafe24(cafe: Merchant) -> Cafe24:
    return Cafe24(cafe)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["the-api-kez", "the-api-key ", "THE-API-KEY", "", "x"])
def test_another_key_is_answered_401(cafe24: Cafe24, key: str) -> None:
    assert cafe24.deliver(90025, PAID, key=key).status_code == 401


@pytest.mark.django_db
def test_an_order_is_wanted_and_never_taken_from_the_news(cafe24: Cafe24) -> None:
    assert cafe24.deliver(90025, PAID).status_code == 202
    cafe24.work()
    assert (cafe24.last().topic, cafe24.last().subject, cafe24.wanted()) == (
        "90025",
        PAID["order_id"],
        [PAID["order_id"]],
    )


@pytest.mark.django_db
def test_each_order_of_a_bulk_event_is_wanted(cafe24: Cafe24) -> None:
    cafe24.deliver(90071, PAID | {"order_id": "20261120-0000011, 20261120-0000012,20261120-0000011"})
    cafe24.work()
    assert cafe24.wanted() == ["20261120-0000011", "20261120-0000012"]


@pytest.mark.django_db
def test_a_body_that_comes_again_may_be_news_and_has_the_order_read_again(cafe24: Cafe24, cafe: Merchant) -> None:
    cafe24.deliver(90025, PAID)
    cafe24.work()
    with tenant_context(cafe):
        Store.objects.get().rereads.all().delete()
    assert cafe24.deliver(90025, PAID).status_code == 200
    cafe24.work()
    assert (len(cafe24.deliveries()), cafe24.wanted()) == (1, [PAID["order_id"]])


@pytest.mark.django_db
def test_a_member_who_signs_up_is_a_customer(cafe24: Cafe24, cafe: Merchant) -> None:
    cafe24.deliver(90032, MEMBER)
    cafe24.work()
    with tenant_context(cafe):
        customer = Customer.objects.get()
        assert (customer.name, customer.phone, customer.birthday) == ("김민수", "+821012345678", date(1990, 5, 5))
        assert list(customer.consents.values_list("channel", "granted")) == [("sms", True)]


def told(event_no: int, resource: Any, origin: Origin = ORIGIN) -> Any:
    return read(str(event_no), {"event_no": event_no, "resource": resource}, origin)


ORDER_EVENTS = [90023, 90024, 90025, 90026, 90027, 90028, 90029, 90071, 90072, 90073, 90074, 90160]


@pytest.mark.parametrize("event_no", ORDER_EVENTS)
def test_every_order_event_wants_the_order(event_no: int) -> None:
    assert told(event_no, PAID).wanted == (PAID["order_id"],)


def test_events_without_resource_are_read_as_well() -> None:
    assert read("90024", {"event_no": 90024, **PAID}, ORIGIN).wanted == (PAID["order_id"],)


DOCUMENTED = sorted({str(event["eventId"]) for event in parse(payload("cafe24/webhook-events"))})


@pytest.mark.parametrize("event_no", DOCUMENTED)
def test_every_documented_event_is_known(event_no: str) -> None:
    assert event_no in {*ORDERS, SIGNED_UP, POINTS_CHANGED, *UNUSED}


@pytest.mark.parametrize("event_no", [90077, 90080, 90143, 90144, 90145, 90146, 90147, 90148, 12345])
def test_an_event_that_is_not_used_says_why(event_no: int) -> None:
    with pytest.raises(Ignored, match=r"\.$"):
        told(event_no, MEMBER | {"case": "A", "mileage_money": 100})


def test_points_are_given_by_one_side_only() -> None:
    with pytest.raises(Ignored, match="given here"):
        told(90148, MEMBER)
    with pytest.raises(Ignored, match="not shown here yet"):
        told(90148, MEMBER, MIRROR)
    for mirrored in (lambda: told(90025, PAID, MIRROR), lambda: order(document(), MIRROR)):
        with pytest.raises(Ignored, match="gives the points of this store itself"):
            mirrored()


@pytest.mark.parametrize("birthday", [None, "", "0000-00-00", "1890-01-01", "2031-01-01", "1990-02-31"])
def test_a_birthday_that_is_none_is_left_out(birthday: str | None) -> None:
    assert told(90032, MEMBER | {"birthday": birthday}).customers[0].birthday is None


@pytest.mark.parametrize("document", [[], {}, {"resource": []}, {"resource": {"order_id": None}}, {"resource": {}}, 7])
@pytest.mark.parametrize("topic", ["90025", "90032"])
def test_a_body_of_another_shape_is_not_understood(topic: str, document: Any) -> None:
    with pytest.raises(NotUnderstood):
        read(topic, document, ORIGIN)


# ── Orders as the API tells them ────────────────────────────────────────────────────────────────


def amounts(**fields: str) -> dict[str, str]:
    plain = {"order_price_amount": "24680.00", "shipping_fee": "2500.00", "points_spent_amount": "1000.00"}
    return plain | {"coupon_discount_price": "-680.00", "shipping_fee_discount_amount": "0.00", **fields}


def document(**fields: Any) -> dict[str, Any]:
    return {
        "order_id": "20261120-0000011", "currency": "KRW", "member_id": "minsu", "member_email": "minsu@example.com",
        "order_date": "2026-11-20T11:21:35+09:00", "payment_date": "2026-11-20T11:22:00+09:00", "cancel_date": None,
        "paid": "T", "canceled": "F", "include_tax": "T", "initial_order_amount": amounts(),
        "actual_order_amount": amounts(), "buyer": {"name": "김민수", "cellphone": "010-1234-5678"},
        "items": [{"order_item_code": "20261120-0000011-01", "product_no": 5, "product_name": "원두", "quantity": 2,
                   "product_price": "12000.00", "option_price": "340", "additional_discount_price": "0.00"}],
        **fields,
    }  # fmt: skip


def test_an_order_is_read_with_its_discounts_shipping_and_points() -> None:
    found = order(document(), ORIGIN)
    assert (found.subtotal, found.shipping, found.tax, found.total) == (24_000, 2_500, 0, 26_500)
    assert (found.discount, found.points_paid, found.state, found.refunds) == (680, 1_000, "paid", ())
    assert [(line.quantity, line.unit_price, line.total) for line in found.lines] == [(2, 12_340, 24_680)]


@pytest.mark.parametrize(
    ("flags", "state"),
    [(("T", "F"), "paid"), (("F", "F"), "pending"), (("M", "F"), "pending"), (("T", "M"), "paid"),
     (("T", "T"), "cancelled"), (("F", "T"), "cancelled")],
)  # fmt: skip
def test_how_far_an_order_has_come(flags: tuple[str, str], state: str) -> None:
    paid, canceled = flags
    assert order(document(paid=paid, canceled=canceled), ORIGIN).state == state


def test_what_was_given_back_is_the_difference_of_then_and_now() -> None:
    now = amounts(order_price_amount="12680")
    [refund] = order(document(actual_order_amount=now, canceled="M"), ORIGIN).refunds
    assert (refund.external_id, refund.total, refund.subtotal, refund.cancelled) == (
        "given-back",
        12_000,
        12_000,
        False,
    )


def test_a_claim_that_came_to_nothing_gives_nothing_back() -> None:
    items = [document()["items"][0] | {"claim_code": "C1"}]
    [refund] = order(document(items=items), ORIGIN).refunds
    assert (refund.total, refund.cancelled) == (0, True)


def test_an_order_without_member_is_a_guests() -> None:
    found = order(document(member_id=None, member_email=None), ORIGIN).buyer
    assert found is not None
    assert (found.external_id, found.phone, found.name) == ("", "+821012345678", "김민수")


def test_a_later_reading_outweighs_an_earlier_one() -> None:
    later = replace(ORIGIN, received_at=NOON.replace(minute=1))
    assert order(document(), later).version > order(document(canceled="T"), ORIGIN).version
