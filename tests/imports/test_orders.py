"""Past orders from a file: one order on several rows, no order twice, and taking them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Customer, Order
from customers.orders import apply_orders
from customers.snapshots import CustomerSnapshot, OrderSnapshot
from loyalty.models import Balance
from loyalty.programme import default_rules, publish
from staff.actors import SYSTEM
from tests.imports.conftest import bring, check, counts, do, found, upload
from tests.loyalty.conftest import books_hold  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]
DAY = timedelta(days=1)
SHOPIFY = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,\
Lineitem name,Lineitem price,Refunded Amount,Id,Cancelled at
#1001,a@example.com,paid,2026-11-18 10:00:00 +0900,KRW,30000,3000,0,33000,2026-11-18 09:59:00 +0900,2,Beans,10000,0,501,
#1001,a@example.com,,,,,,,,,1,Cup,10000,,,
#1002,b@example.com,refunded,2026-11-18 11:00:00 +0900,KRW,5000,0,0,5000,2026-11-18 11:00:00 +0900,1,Tea,5000,5000,502,
#1003,c@example.com,voided,,KRW,5000,0,0,5000,2026-11-18 11:30:00 +0900,1,Tea,5000,0,503,2026-11-18 12:00:00 +0900
"""
OWN = '주문번호,주문일시,총 결제금액,주문자ID\nA1,2026-11-19 10:00,"12,000",m1\nA2,2026-11-19 11:00,5000,m1\n'


def a_programme(now: datetime) -> None:
    publish(default_rules("KR", "KRW"), actor=SYSTEM, at=now - 5 * DAY, in_force_from=now - 5 * DAY)


def of_a_store(external_id: str, at: datetime, **told: object) -> OrderSnapshot:
    fields = {
        "state": "paid",
        "currency": "KRW",
        "placed_at": at,
        "updated_at": at,
        "total": 33_000,
        "subtotal": 33_000,
    }
    return OrderSnapshot(source="st_shop", external_id=external_id, **{**fields, **told})  # type: ignore[arg-type]


def test_neighbouring_rows_are_the_lines_of_one_order() -> None:
    run = bring(upload(SHOPIFY, "orders", source="st_shop"))
    order = Order.objects.get(external_id="501")
    assert counts(run.done) == {"c": 3}
    assert [line["name"] for line in order.lines] == ["Beans", "Cup"]
    assert (order.number, order.total, order.subtotal, order.shipping, order.guest_email) == (
        "#1001", 33_000, 30_000, 3_000, "a@example.com",
    )  # fmt: skip
    assert Order.objects.get(external_id="502").refunded == 5_000
    assert Order.objects.get(external_id="503").state == "cancelled"


def test_an_order_of_the_stores_own_is_never_doubled(now: datetime) -> None:
    placed = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
    apply_orders([of_a_store("501", placed)], at=now)
    apply_orders([of_a_store("x", placed, number="#1002", total=5_000)], at=now)
    run = bring(upload(SHOPIFY, "orders", source="st_shop"))
    assert counts(run.done) == {"c": 1, "s": 2}
    assert found(run, real=True) == {
        2: "The store has sent this order itself.",
        4: "An order with this number, total and day is here already.",
    }


def test_what_the_store_says_later_counts_more(now: datetime) -> None:
    bring(upload(SHOPIFY, "orders", source="st_shop"))
    apply_orders([of_a_store("501", now, total=40_000)], at=now)
    assert Order.objects.get(external_id="501").total == 40_000
    assert Order.objects.count() == 3


def test_orders_since_the_programme_began_earn_points(now: datetime) -> None:
    a_programme(now)
    bring(upload(OWN, "orders"))
    customer = Customer.objects.get()
    assert customer.identities.get().value == "m1"
    assert Balance.objects.get(customer=customer).earned > 0


def test_undoing_takes_points_and_orders_back(now: datetime) -> None:
    a_programme(now)
    run = bring(upload(OWN, "orders"))
    run = do(run, "undo", now + DAY)
    assert set(Order.objects.values_list("state", flat=True)) == {"cancelled"}
    balance = Balance.objects.get()
    assert (balance.available, balance.pending, balance.earned) == (0, 0, 0)
    assert (run.undone["orders_cancelled"], run.state) == (2, "undone")


def test_undoing_removes_orders_that_moved_nothing(now: datetime) -> None:
    run = bring(upload(OWN, "orders"))
    run = do(run, "undo", now + DAY)
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert run.undone["orders_removed"] == 2


def test_undoing_leaves_an_order_that_the_store_has_sent_since(now: datetime) -> None:
    run = bring(upload(SHOPIFY, "orders", source="st_shop"))
    buyer = CustomerSnapshot(source="st_shop", updated_at=now, external_id="7")
    apply_orders([of_a_store("501", now, buyer=buyer)], at=now)
    run = do(run, "undo", now + DAY)
    assert [order.external_id for order in Order.objects.all()] == ["501"]
    assert found(run, real=True) == {2: "The store has sent this order since: left as it is."}


def test_the_same_order_apart_is_an_error() -> None:
    run = check(upload(OWN + "A1,2026-11-19 10:00,1,m1\n", "orders"))
    assert found(run) == {4: "Row 2 is the same order, but they do not stand together."}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A9,,5000,paid,KRW", "There is no order date in this row."),
        ("A9,2026-11-19,,paid,KRW", "There is no total in this row."),
        ("A9,2026-11-19,-1,paid,KRW", "Money cannot be below zero: “-1”."),
        ("A9,2026-11-19,0.5,paid,KRW", "“0.5” is no amount in KRW."),
        ("A9,2026-11-19,1,paid,WON", "“WON” is no currency."),
        ("A9,2026-11-19,1,somehow,KRW", "We do not know the status “somehow”."),
        ("A9,2036-11-19,1,paid,KRW", "“2036-11-19” lies in the future."),
        (",2026-11-19,1,paid,KRW", "There is no order id in this row."),
    ],
)
def test_an_error_is_told_in_words(row: str, said: str) -> None:
    assert found(check(upload(f"order_id,date,total,status,currency\n{row}\n", "orders"))) == {2: said}
