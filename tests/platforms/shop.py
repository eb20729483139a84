"""The state of a simulated shop, in plain figures. Each platform renders it in its own documents and news.

Money is in minor units of the shop's currency; prices include tax.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from tests.platforms.coupons import Coupons
from tests.platforms.products import SimCollection, SimProduct
from tests.platforms.server import Answer, Request
from tests.platforms.wire import Deliver, Message

OPENED = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)


@dataclass
class SimCustomer:
    """Somebody with an account."""

    id: str
    name: str
    email: str
    phone: str
    created_at: datetime
    updated_at: datetime
    subscribed: bool = False


@dataclass
class SimLine:
    """So many of one article, at so much each, less a discount on all of them."""

    id: str
    name: str
    price: int
    quantity: int
    discount: int = 0
    product: str = ""  # its id, where the shop has it in stock

    @property
    def total(self) -> int:
        return self.price * self.quantity - self.discount


@dataclass
class SimRefund:
    """Goods given back by line (id: quantity and money), and shipping."""

    id: str
    at: datetime
    lines: dict[str, tuple[int, int]]
    shipping: int = 0
    goods: int = 0  # money for goods that is of no line
    reason: str = ""

    @property
    def total(self) -> int:
        return sum(money for _, money in self.lines.values()) + self.goods + self.shipping


@dataclass
class SimOrder:
    """One order."""

    id: str
    number: str
    placed_at: datetime
    updated_at: datetime
    lines: list[SimLine]
    shipping: int
    customer: SimCustomer | None
    email: str
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    refunds: list[SimRefund] = field(default_factory=list)

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping

    @property
    def refunded(self) -> int:
        return sum(refund.total for refund in self.refunds)

    @property
    def net_goods(self) -> int:
        """What was paid for goods and not given back: what points are for."""
        if self.paid_at is None or self.cancelled_at is not None:
            return 0
        return self.subtotal - sum(refund.total - refund.shipping for refund in self.refunds)


class Shop:
    """What happens in a shop. `now` is its clock, moved by whoever simulates; a second passes with each change."""

    KIND: ClassVar[str]

    def __init__(self, send: Deliver | None = None, *, currency: str = "KRW", now: datetime = OPENED) -> None:
        self.send: Deliver = send or (lambda message: 200)
        self.currency, self.now = currency, now
        self.orders: dict[str, SimOrder] = {}
        self.customers: dict[str, SimCustomer] = {}
        self.coupons = Coupons()
        self.products: dict[str, SimProduct] = {}
        self._numbers = 1000

    def stock(self, name: str, *collections: SimCollection, tags: tuple[str, ...] = ()) -> SimProduct:
        """The shop has this article from now on: orders of that name are of it."""
        product = SimProduct(self.new_id(), name, list(collections), list(tags))
        self.products[product.id] = product
        return product

    def collection(self, title: str, handle: str, above: SimCollection | None = None) -> SimCollection:
        """A new collection or category."""
        return SimCollection(self.new_id(), title, handle, above)

    def place_order(
        self,
        *lines: tuple[str, int, int],
        customer: SimCustomer | None = None,
        email: str = "guest@example.com",
        shipping: int = 0,
        discount: int = 0,
        paid: bool = True,
    ) -> SimOrder:
        """Somebody orders `(article, price, quantity)`…; `discount` is on the first line. It is paid at once."""
        self._tick()
        articles = lines or (("Beans", 12_000, 1),)
        placed = [self._line_of(*article) for article in articles]
        placed[0].discount = discount
        order_id = self.new_id()
        order = SimOrder(
            self.order_id(order_id), f"#{order_id}", self.now, self.now, placed, shipping, customer,
            customer.email if customer else email, paid_at=self.now if paid else None,
        )  # fmt: skip
        self.orders[order.id] = order
        self.tell("placed", order)
        return order

    def pay(self, order: SimOrder) -> None:
        """The money has come."""
        order.paid_at = self._touch(order)
        self.tell("paid", order)

    def refund(self, order: SimOrder, line: int = 0, quantity: int = 1, *, shipping: int = 0) -> SimRefund:
        """Give back so many of a line, with their share of its price."""
        at = self._touch(order)
        of = order.lines[line]
        refund = SimRefund(self.new_id(), at, {of.id: (quantity, of.total * quantity // of.quantity)}, shipping)
        order.refunds.append(refund)
        self.tell("refunded", order, refund)
        return refund

    def refund_amount(self, order: SimOrder, goods: int) -> SimRefund:
        """Give back money for goods that is of no line, as a kindness."""
        refund = SimRefund(self.new_id(), self._touch(order), {}, goods=goods)
        order.refunds.append(refund)
        self.tell("refunded", order, refund)
        return refund

    def cancel(self, order: SimOrder) -> None:
        """The order is void."""
        order.cancelled_at = self._touch(order)
        self.tell("cancelled", order)

    def edit(self, order: SimOrder, name: str, price: int, quantity: int = 1) -> None:
        """Put one more article on the order; the buyer pays the difference at once."""
        order.lines.append(self._line_of(name, price, quantity))
        self._touch(order)
        self.tell("edited", order)

    def register(self, name: str, email: str, phone: str = "", *, subscribed: bool = False) -> SimCustomer:
        """Somebody opens an account."""
        self._tick()
        customer = SimCustomer(self.customer_id(self.new_id()), name, email, phone, self.now, self.now, subscribed)
        self.customers[customer.id] = customer
        self.tell_of_customer("registered", customer)
        return customer

    def change_customer(self, customer: SimCustomer, **fields: str | bool) -> None:
        """Somebody changes their name, address or consent."""
        self._tick()
        for name, value in fields.items():
            setattr(customer, name, value)
        customer.updated_at = self.now
        self.tell_of_customer("changed", customer)

    def deliver(self, message: Message) -> int:
        """Send one piece of news and return what the receiver answered."""
        return self.send(message)

    # ── what a platform does in its own way ────────────────────────────────────────────────────

    secret: str  # that its news are signed with

    def settings(self) -> dict[str, str]:
        """What the merchant enters on our side."""
        raise NotImplementedError

    def credentials(self) -> dict[str, Any]:
        """What the merchant gives us to ask the API with."""
        raise NotImplementedError

    def answer(self, request: Request) -> Answer:
        """What the API says."""
        raise NotImplementedError

    def tell(self, what: str, order: SimOrder, refund: SimRefund | None = None) -> None:
        """Send the news of an order: placed, paid, refunded, cancelled or edited."""

    def tell_of_customer(self, what: str, customer: SimCustomer) -> None:
        """Send the news of a customer: registered or changed."""

    def order_id(self, number: str) -> str:
        return number

    def customer_id(self, number: str) -> str:
        return number

    def new_id(self) -> str:
        self._numbers += 1
        return str(self._numbers)

    def _line_of(self, name: str, price: int, quantity: int) -> SimLine:
        product = next((product.id for product in self.products.values() if product.name == name), "")
        return SimLine(self.new_id(), name, price, quantity, product=product)

    def _touch(self, order: SimOrder) -> datetime:
        self._tick()
        order.updated_at = self.now
        return self.now

    def _tick(self) -> None:
        self.now += timedelta(seconds=1)

    def in_window(self, first: datetime | None, last: datetime | None, field_name: str) -> list[SimOrder]:
        """Orders by `placed_at` or `updated_at`, both ends included, oldest first."""
        found = [
            order
            for order in self.orders.values()
            if (first is None or getattr(order, field_name) >= first)
            and (last is None or getattr(order, field_name) <= last)
        ]
        return sorted(found, key=lambda order: (getattr(order, field_name), order.id))
