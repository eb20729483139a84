"""What the rows of one order tell: an order snapshot."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.addresses import normalise_email
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot, RefundSnapshot
from imports.context import Context
from imports.dates import moment_of
from imports.lines import Unit
from imports.numbers import money_of, number_of, phone_of, precision_of
from imports.problems import Problem, problem

# How exports write where an order stands, without case, spaces and signs.
STATES = {
    "paid": "paid partiallyrefunded refunded completed complete processing fulfilled shipped delivered success captured"
    " 결제완료 입금완료 배송준비중 배송대기 배송보류 배송중 배송완료 구매확정 상품준비중 주문완료"
    " 교환완료 부분환불 환불 환불완료 반품완료 반품 수취확인",
    "pending": "pending pendingpayment onhold authorized unpaid partiallypaid open draft checkoutdraft"
    " 입금전 입금대기 결제대기 주문접수 미결제",
    "cancelled": "cancelled canceled voided failed expired 취소 취소완료 주문취소 결제취소 입금전취소 취소처리",
}
STATE_OF = {word: state for state, words in STATES.items() for word in words.split()}
REFUNDED = {"refunded", "환불", "환불완료", "반품완료", "반품"}


@dataclass
class Purchase:
    """The rows of one order, understood."""

    row: int
    span: int
    order: OrderSnapshot

    @property
    def signs(self) -> list[str]:
        """What tells which order it is."""
        return ["o" + self.order.external_id]

    @property
    def label(self) -> str:
        return self.order.number or self.order.external_id


def purchase_of(unit: Unit, context: Context) -> Purchase:
    """Understand the rows of one order; what it is as a whole stands in the first. Raises Problem."""
    cells = unit.cells[0]
    for row in unit.cells:
        context.check_width(row)
    number = context.text(cells, "number", 60)
    external_id = context.text(cells, "order_id") or number
    if not external_id:
        raise problem("no_order_id")
    currency = context.text(cells, "currency", 20).upper() or context.currency
    precision_of(currency)
    placed_at, paid_at, cancelled_at = (_time(cells, key, context) for key in ("placed_at", "paid_at", "cancelled_at"))
    if placed_at is None:
        raise problem("no_date")
    state = _state(cells, context, cancelled=cancelled_at is not None)
    money = _Money.of(cells, context, currency)
    order = OrderSnapshot(
        source=context.run.source, external_id=external_id, number=number or external_id[:60], state=state,
        currency=currency, placed_at=placed_at,
        updated_at=placed_at,  # older than anything the store itself will ever say of it
        paid_at=(paid_at or placed_at) if state != "pending" else paid_at,
        cancelled_at=cancelled_at or (placed_at if state == "cancelled" else None),
        total=money.total, subtotal=money.subtotal, shipping=money.shipping, tax=money.tax, discount=money.discount,
        lines=_lines(unit, context, currency), buyer=_buyer(cells, context, placed_at),
    )  # fmt: skip
    return Purchase(unit.row, len(unit.cells), replace(order, refunds=_refunds(order, money.refunded, context)))


def _time(cells: list[str], key: str, context: Context) -> datetime | None:
    text = context.text(cells, key, 60)
    if not any(c in "123456789" for c in text):
        return None
    moment = moment_of(text, context.zone, month_first=context.mapping.month_first)
    if moment > context.at:
        raise problem("future", value=text)
    return moment


def _state(cells: list[str], context: Context, *, cancelled: bool) -> str:
    text = context.text(cells, "status", 60)
    word = re.sub(r"[\W_]+", "", text.casefold())
    if word and word not in STATE_OF:
        raise problem("unknown_status", value=text)
    return "cancelled" if cancelled else STATE_OF.get(word, "paid")


@dataclass(frozen=True, slots=True)
class _Money:
    total: int
    subtotal: int
    shipping: int
    tax: int
    discount: int
    refunded: int

    @classmethod
    def of(cls, cells: list[str], context: Context, currency: str) -> _Money:
        """The amounts; goods are what is left of the total when no column tells, and prices then include the tax."""

        def amount(key: str) -> int | None:
            text = context.text(cells, key, 40)
            return money_of(text.lstrip("-") if key == "discount" else text, currency) if text else None

        total, shipping = amount("total"), amount("shipping") or 0
        if total is None:
            raise problem("no_total")
        subtotal = amount("subtotal")
        if subtotal is None:
            subtotal = max(total - shipping - (amount("tax") or 0), 0)
        tax = max(min(amount("tax") or 0, total - subtotal - shipping), 0)  # more would be included in the prices
        refunded = min(amount("refunded") or 0, total)
        if not refunded and re.sub(r"[\W_]+", "", context.text(cells, "status", 60).casefold()) in REFUNDED:
            refunded = total
        return cls(total, subtotal, shipping, tax, amount("discount") or 0, refunded)


def _refunds(order: OrderSnapshot, refunded: int, context: Context) -> tuple[RefundSnapshot, ...]:
    """All that was given back, as one refund."""
    if not refunded:
        return ()
    refund = RefundSnapshot(
        source=order.source, order_external_id=order.external_id, external_id=f"import:{context.run.pk}",
        currency=order.currency, updated_at=order.placed_at, at=order.placed_at, total=refunded,
        subtotal=min(refunded, order.subtotal), shipping=max(refunded - order.subtotal, 0),
    )  # fmt: skip
    return (refund,)


def _lines(unit: Unit, context: Context, currency: str) -> tuple[LineSnapshot, ...]:
    """One line for each row that names a product."""
    lines = []
    for place, cells in enumerate(unit.cells, start=1):
        name = context.text(cells, "line_name", 1000)[:200]
        if not name:
            continue
        quantity = _quantity(context.text(cells, "line_quantity", 20))
        price_text = context.text(cells, "line_price", 40)
        price = money_of(price_text, currency) if price_text else 0
        sku = context.text(cells, "line_sku", 200)[:100]
        lines.append(LineSnapshot(str(place), name, quantity, price, price * quantity, sku=sku))
    return tuple(lines)


def _quantity(text: str) -> int:
    if not text:
        return 1
    value = number_of(text)
    if value < 0 or value != value.to_integral_value() or value > Decimal(10**6):
        raise problem("bad_number", value=text)
    return int(value)


def _buyer(cells: list[str], context: Context, at: datetime) -> CustomerSnapshot | None:
    """Who bought, as far as the file tells. What cannot be an address is left out: the order counts all the same."""
    phone_text = context.text(cells, "customer_phone", 40)
    try:
        phone = phone_of(phone_text, context.country) if phone_text else ""
    except Problem:
        phone = ""
    told: dict[str, Any] = {
        "external_id": context.text(cells, "customer_id"),
        "name": context.text(cells, "customer_name"),
        "email": normalise_email(context.text(cells, "customer_email", 254)),
        "phone": phone,
    }
    if not any(told.values()):
        return None
    return CustomerSnapshot(source=context.run.source, updated_at=at, created_at=at, embedded=True, **told)
