"""Orders and members as Cafe24's Admin API tells them: GET /admin/orders/<id>?embed=items,buyer and /admin/customers.

An order carries its amounts twice: as first ordered and as they stand now. The difference is what was given back, in
one sum for all cancellations and returns, so that it can be read any number of times. It has no time of its last
change: the moment of reading stands for it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot, RefundSnapshot
from storefront.connectors.amounts import exact, minor
from storefront.connectors.cafe24.times import moment
from storefront.connectors.fields import id_text, known_id, text
from storefront.connectors.interface import Ignored, Origin

GOODS_OFF = (
    "coupon_discount_price",
    "membership_discount_amount",
    "set_product_discount_amount",
    "app_discount_amount",
    "market_other_discount_amount",
)
LINE_OFF = ("additional_discount_price", "coupon_discount_price", "app_item_discount_amount")
SHIPPING_OFF = ("coupon_shipping_fee_amount", "shipping_fee_discount_amount")
GIVEN_BACK = "given-back"  # the id of the one sum
MIRRORED = gettext_noop("Cafe24 gives the points of this store itself, so its orders are not brought in.")


def mirrors(origin: Origin) -> bool:
    """Whether the store gives points itself and we only show them. Both at once would count every purchase twice."""
    return origin.settings.get("points") == "mirror"


def order(document: dict[str, Any], origin: Origin) -> OrderSnapshot:
    """An order as first sold, with what was given back since.

    Raises Ignored when the store gives the points itself; KeyError, TypeError, ValueError, AttributeError or
    InvalidOperation for another shape.
    """
    if mirrors(origin):
        raise Ignored(MIRRORED)
    currency = document["currency"]
    now = document["actual_order_amount"]
    first = document.get("initial_order_amount") or now
    external_id, with_tax = known_id(document["order_id"]), document.get("include_tax") == "F"
    left = _parts(now, currency, with_tax)
    # What was added later (an exchange for something dearer) counts as sold.
    goods, shipping, tax = map(max, _parts(first, currency, with_tax), left)
    return OrderSnapshot(
        source=origin.source,
        external_id=external_id,
        number=external_id[:60],
        state=_state(document),
        currency=currency,
        placed_at=_placed_at(document),
        paid_at=moment(document.get("payment_date")),
        cancelled_at=moment(document.get("cancel_date")) if document.get("canceled") == "T" else None,
        fulfilled_at=_all_of(document, "shipped_date"),
        delivered_at=_all_of(document, "delivered_date"),
        confirmed_at=_all_of(document, "purchaseconfirmation_date"),
        updated_at=origin.received_at,
        subtotal=goods,
        discount=_off(first, GOODS_OFF, currency),
        shipping=shipping,
        tax=tax,
        total=goods + shipping + tax,
        points_paid=minor(first.get("points_spent_amount"), currency),
        lines=tuple(_line(item, currency) for item in document.get("items") or []),
        refunds=_given_back(document, origin, (goods, shipping, tax), left),
        buyer=_buyer(document, origin),
    )


def customer(document: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    """A member as /admin/customers or /admin/customersprivacy tells of them (the second also name and addresses)."""
    since = moment(document.get("created_date"))
    return CustomerSnapshot(
        source=origin.source,
        external_id=known_id(document["member_id"]),
        updated_at=origin.received_at,
        created_at=since,
        name=text(document.get("name"), 100),
        email=normalise_email(document.get("email") or ""),
        phone=normalise_phone(document.get("cellphone") or document.get("phone") or "", origin.country),
    )


def _parts(amounts: dict[str, Any], currency: str, with_tax: bool) -> tuple[int, int, int]:
    """Goods after discounts, shipping, and tax where prices do not include it."""
    goods = minor(amounts["order_price_amount"], currency) - _off(amounts, GOODS_OFF, currency)
    shipping = minor(amounts.get("shipping_fee"), currency) - _off(amounts, SHIPPING_OFF, currency)
    return max(goods, 0), max(shipping, 0), minor(amounts.get("tax"), currency) if with_tax else 0


def _off(amounts: dict[str, Any], names: tuple[str, ...], currency: str) -> int:
    """Discounts together. Some events write them with a minus, so the sign does not count."""
    return minor(sum((abs(exact(amounts.get(name))) for name in names), Decimal(0)), currency)


def _state(document: dict[str, Any]) -> str:
    """T is yes, F is no, M is in part: a part paid is not paid, a part cancelled is not cancelled."""
    if document.get("canceled") == "T":
        return "cancelled"
    return "paid" if document.get("paid") == "T" else "pending"


def _placed_at(document: dict[str, Any]) -> datetime:
    placed_at = moment(document["order_date"])
    if placed_at is None:
        raise ValueError("no order_date")
    return placed_at


def _all_of(document: dict[str, Any], step: str) -> datetime | None:
    """When the last item came to this step; none before all have, but for those that were cancelled or sent back."""
    kept = [item for item in document.get("items") or [] if not item.get("claim_code")]
    times = [moment(item.get(step)) for item in kept]
    return max((time for time in times if time), default=None) if all(times) else None


def _given_back(
    document: dict[str, Any], origin: Origin, sold: tuple[int, int, int], left: tuple[int, int, int]
) -> tuple[RefundSnapshot, ...]:
    """The one sum of all that was given back; none while there is no claim. A cancelled order needs none."""
    goods, shipping, tax = (a - b for a, b in zip(sold, left, strict=True))
    claimed = any(item.get("claim_code") for item in document.get("items") or [])
    if document.get("canceled") == "T" or not (claimed or goods or shipping or tax):
        return ()
    return (
        RefundSnapshot(
            source=origin.source,
            order_external_id=id_text(document["order_id"]),
            external_id=GIVEN_BACK,
            currency=document["currency"],
            updated_at=origin.received_at,
            at=moment(document.get("return_confirmed_date") or document.get("cancel_date")) or origin.received_at,
            total=goods + shipping + tax,
            subtotal=goods,
            shipping=shipping,
            tax=tax,
            cancelled=goods + shipping + tax == 0,  # asked for, but not done, or taken back
            embedded=True,
        ),
    )


def _line(item: dict[str, Any], currency: str) -> LineSnapshot:
    quantity = int(exact(item.get("quantity")))
    price = exact(item.get("product_price")) + exact(item.get("option_price"))
    off = sum(
        (
            abs(exact(item.get(n)))
            for n in ("additional_discount_price", "coupon_discount_price", "app_item_discount_amount")
        ),
        Decimal(0),
    )
    return LineSnapshot(
        external_id=id_text(item["order_item_code"]),
        name=text(item.get("product_name"), 300),
        quantity=quantity,
        unit_price=minor(price, currency),
        discount=minor(off, currency),
        total=minor(price * quantity - off, currency),
        product_id=id_text(item.get("product_no")),
        sku=text(item.get("custom_variant_code") or item.get("variant_code"), 100),
    )


def _buyer(document: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    """The member; without one a guest, by what they left for the order."""
    buyer = document.get("buyer") or {}
    return CustomerSnapshot(
        source=origin.source,
        external_id=id_text(document.get("member_id")),
        updated_at=origin.received_at,
        name=text(buyer.get("name") or document.get("billing_name"), 100),
        email=normalise_email(document.get("member_email") or buyer.get("email") or ""),
        phone=normalise_phone(buyer.get("cellphone") or buyer.get("phone") or "", origin.country),
        embedded=True,
    )
