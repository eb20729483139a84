"""What a connector makes of a store's document: the state of an order, a refund or a customer as the store sees it now.

Money is in minor units of the order's currency, times are aware, addresses are normalised (identities.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import orjson

# How far an order has come. Breaks the tie of two documents with the same `updated_at`.
PROGRESS = {"pending": 0, "paid": 1, "cancelled": 2}


def version_of(updated_at: datetime, rank: int, content: dict[str, Any]) -> str:
    """A text that sorts by the sender's `updated_at`, then by `rank`, then by a digest of the content.

    The greatest version of a document wins, so that deliveries may come in any order and any number of times.
    """
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()[:16]
    return f"{updated_at.astimezone(UTC).replace(tzinfo=None).isoformat('T', 'microseconds')}Z.{rank}.{digest}"


def _stated(snapshot: object, **instead: object) -> dict[str, Any]:
    """The fields of a snapshot, without what was computed from them."""
    known = type(snapshot).__dataclass_fields__  # type: ignore[attr-defined]
    return {name: value for name, value in vars(snapshot).items() if name in known} | instead


@dataclass(frozen=True, slots=True)
class ConsentSnapshot:
    """What the store says a customer allowed or withdrew."""

    channel: str
    purpose: str
    granted: bool
    at: datetime


@dataclass(frozen=True)
class CustomerSnapshot:
    """A customer of a store. Without `external_id` it is a guest, known only by an address."""

    source: str  # the store's public id
    updated_at: datetime
    external_id: str = ""
    name: str = ""
    email: str = ""
    email_verified: bool = False  # the store has seen proof that the customer controls the address
    phone: str = ""
    phone_verified: bool = False
    language: str = ""
    birthday: date | None = None
    created_at: datetime | None = None
    consents: tuple[ConsentSnapshot, ...] = ()
    embedded: bool = False  # told inside an order: weaker than a customer document of the same moment

    @cached_property
    def version(self) -> str:
        """Sorts documents of one customer, see version_of."""
        return version_of(self.updated_at, 0 if self.embedded else 1, _stated(self))


@dataclass(frozen=True, slots=True)
class MergeSnapshot:
    """Two accounts of a store that the store has made one: what belonged to `from_id` is now `into_id`'s."""

    source: str
    from_id: str
    into_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ErasureSnapshot:
    """A person whose data the store was told to erase, by account or, for a guest, by address and orders."""

    source: str
    external_id: str
    email: str
    phone: str
    order_ids: tuple[str, ...]
    at: datetime
    only_report: bool = False  # the person asked what is stored; nothing is erased


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a store says of a product besides what its orders say: the words that rules may ask for.

    `collections` (or categories) by each of their names: title, handle or slug, number. Empty: the store says, none.
    """

    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """How they stand in a line of Order.lines: both, also when empty, for then they were told."""
        return {"collections": list(self.collections), "tags": list(self.tags)}


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """One line of an order; `total` is what it costs after discounts."""

    external_id: str
    name: str
    quantity: int
    unit_price: int
    total: int
    discount: int = 0
    product_id: str = ""
    sku: str = ""
    gift_card: bool = False
    # Of the product. None: this document does not tell them, so what is known of the product stays (orders.py).
    collections: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """How a line stands in Order.lines."""
        return {
            "external_id": self.external_id,
            "name": self.name,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "total": self.total,
            "discount": self.discount,
            "product_id": self.product_id,
            "sku": self.sku,
            "gift_card": self.gift_card,
            **({"collections": list(self.collections)} if self.collections else {}),
            **({"tags": list(self.tags)} if self.tags else {}),
        }


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """How much of one line was given back: a quantity and its money without tax."""

    line_id: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class RefundSnapshot:
    """One refund of an order. `total` is `subtotal` (goods) + `shipping` + `tax`."""

    source: str
    order_external_id: str
    external_id: str
    currency: str
    updated_at: datetime
    at: datetime
    total: int
    subtotal: int
    shipping: int = 0
    tax: int = 0
    cancelled: bool = False  # the refund itself did not happen after all
    embedded: bool = False  # told inside its order, which knows more (e.g. whether prices include tax)
    reason: str = ""
    lines: tuple[RefundedLine, ...] = ()

    @cached_property
    def version(self) -> str:
        """Sorts documents of one refund, see version_of."""
        return version_of(self.updated_at, 2 * self.cancelled + self.embedded, _stated(self))


@dataclass(frozen=True)
class OrderSnapshot:
    """An order as its store says it stands now."""

    source: str
    external_id: str
    state: str  # a key of PROGRESS
    currency: str
    placed_at: datetime
    updated_at: datetime
    total: int  # what the buyer owed: subtotal + shipping + tax where it is not included
    subtotal: int  # lines after discounts
    number: str = ""
    test: bool = False
    discount: int = 0  # informative: already taken off
    shipping: int = 0
    tax: int = 0  # 0 when the prices include it
    gift_card: int = 0  # part of `subtotal` that bought gift cards
    points_paid: int = 0  # part of `total` paid with rewards
    codes: Mapping[str, int | None] = field(default_factory=dict)  # discount codes used, and what each took off
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    fulfilled_at: datetime | None = None
    delivered_at: datetime | None = None
    confirmed_at: datetime | None = None
    lines: tuple[LineSnapshot, ...] = ()
    refunds: tuple[RefundSnapshot, ...] = ()
    buyer: CustomerSnapshot | None = None
    products: Mapping[str, ProductFacts] = field(default_factory=dict)  # by id, as read at the store beside the order

    @cached_property
    def version(self) -> str:
        """Sorts documents of one order; refunds have versions of their own, and what was read beside has none."""
        content = _stated(self, refunds=None, products=None, buyer=self.buyer and self.buyer.version)
        return version_of(self.updated_at, PROGRESS[self.state], content)
