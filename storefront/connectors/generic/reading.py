"""Our own documents (storefront/schemas) turned into snapshots."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import (
    ConsentSnapshot,
    CustomerSnapshot,
    LineSnapshot,
    OrderSnapshot,
    RefundedLine,
    RefundSnapshot,
)
from storefront.connectors.fields import Mistakes, text
from storefront.connectors.interface import Ignored, NotUnderstood, Origin, Snapshots
from storefront.documents import problems

# Which document each type of event carries. The type changes nothing else: documents are states, not steps.
DOCUMENTS = {
    "order.created": "order",
    "order.paid": "order",
    "order.updated": "order",
    "order.cancelled": "order",
    "order.refunded": "refund",
    "refund.created": "refund",
    "refund.updated": "refund",
    "customer.created": "customer",
    "customer.updated": "customer",
}


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """The snapshot in an event. Raises NotUnderstood with every mistake, Ignored for a type that is not known."""
    if wrong := problems(document, "event"):
        raise NotUnderstood(wrong)
    if topic not in DOCUMENTS:
        raise Ignored(gettext_noop("Events of this type are not used."))
    name, data = DOCUMENTS[topic], document["data"]
    if wrong := problems(data, name, at="/data"):
        raise NotUnderstood(wrong)
    reader = Reader(origin)
    snapshots = reader.snapshots(name, data)
    reader.mistakes.raise_if_any()
    return snapshots


class Reader:
    """Reads one document that its schema has found well-formed; what a schema cannot say is gathered in `mistakes`."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.mistakes = Mistakes(origin.received_at)

    def snapshots(self, name: str, data: dict[str, Any]) -> Snapshots:
        """What a document of this name says."""
        match name:
            case "order":
                return Snapshots(orders=(self.order(data),))
            case "refund":
                currency = self.mistakes.currency("/data/currency", data["currency"])
                return Snapshots(refunds=(self.refund("/data", data, data["order_id"], currency),))
            case _:
                return Snapshots(customers=(self.customer(data),))

    def order(self, data: dict[str, Any]) -> OrderSnapshot:
        """An order, with its lines, refunds and buyer."""
        time, amount = self.mistakes.moment_or_none, self.mistakes.money
        currency = self.mistakes.currency("/data/currency", data["currency"])
        updated_at = self.mistakes.moment("/data/updated_at", data["updated_at"])
        lines = tuple(self.line(f"/data/lines/{n}", line, currency) for n, line in enumerate(data.get("lines", [])))
        goods = sum(line.total for line in lines) if lines else None
        subtotal, shipping, tax, total = self.parts("/data", data, currency, goods)
        return OrderSnapshot(
            source=self.origin.source,
            external_id=data["id"],
            number=text(data.get("number"), 60) or data["id"][:60],
            state=data["status"],
            test=data.get("test", False),
            currency=currency,
            placed_at=self.mistakes.moment("/data/placed_at", data["placed_at"]),
            paid_at=time("/data/paid_at", data.get("paid_at")),
            cancelled_at=time("/data/cancelled_at", data.get("cancelled_at")),
            fulfilled_at=time("/data/fulfilled_at", data.get("fulfilled_at")),
            delivered_at=time("/data/delivered_at", data.get("delivered_at")),
            confirmed_at=time("/data/confirmed_at", data.get("confirmed_at")),
            updated_at=updated_at,
            subtotal=subtotal,
            discount=amount("/data/discount", data.get("discount"), currency),
            shipping=shipping,
            tax=tax,
            total=total,
            gift_card=sum(line.total for line in lines if line.gift_card),
            points_paid=amount("/data/paid_with_points", data.get("paid_with_points"), currency),
            codes=self.codes(data, currency),
            lines=lines,
            refunds=self.refunds(data, currency),
            buyer=self.person(data["customer"], updated_at=updated_at, embedded=True) if "customer" in data else None,
        )

    def codes(self, data: dict[str, Any], currency: str) -> dict[str, int | None]:
        """The discount codes used, and what each took off where that is told."""
        return {
            told["code"]: self.mistakes.money(f"/data/codes/{n}/amount", told["amount"], currency)
            if "amount" in told
            else None
            for n, told in enumerate(data.get("codes", []))
        }

    def parts(self, path: str, data: dict[str, Any], currency: str, goods: int | None) -> tuple[int, int, int, int]:
        """Subtotal, shipping, tax and total; a subtotal that is not stated is what the lines or the total say."""
        names = ("subtotal", "shipping", "tax", "total")
        subtotal, shipping, tax, total = (self.mistakes.money(f"{path}/{n}", data.get(n), currency) for n in names)
        if "subtotal" not in data:
            subtotal = total - shipping - tax if goods is None else goods
        if subtotal < 0:
            self.mistakes.note(f"{path}/total", "is less than shipping and tax together")
        return subtotal, shipping, tax, total

    def line(self, path: str, data: dict[str, Any], currency: str) -> LineSnapshot:
        """One line of an order."""
        total = self.mistakes.money(f"{path}/total", data["total"], currency)
        quantity = int(data["quantity"])
        price = self.mistakes.money(f"{path}/unit_price", data.get("unit_price"), currency)
        return LineSnapshot(
            external_id=data["id"],
            name=text(data["name"], 300),
            quantity=quantity,
            unit_price=price if "unit_price" in data else total // max(quantity, 1),
            total=total,
            discount=self.mistakes.money(f"{path}/discount", data.get("discount"), currency),
            product_id=data.get("product_id", ""),
            sku=data.get("sku", ""),
            gift_card=data.get("gift_card", False),
            collections=tuple(data.get("collections", ())),
            tags=tuple(data.get("tags", ())),
        )

    def refunds(self, data: dict[str, Any], currency: str) -> tuple[RefundSnapshot, ...]:
        """The refunds inside an order."""
        return tuple(
            self.refund(f"/data/refunds/{n}", refund, data["id"], currency, embedded=True)
            for n, refund in enumerate(data.get("refunds", []))
        )

    def refund(
        self, path: str, data: dict[str, Any], order_id: str, currency: str, *, embedded: bool = False
    ) -> RefundSnapshot:
        """One refund; `path` is where it stands."""
        lines = tuple(
            RefundedLine(
                line["line_id"],
                int(line["quantity"]),
                self.mistakes.money(f"{path}/lines/{n}/amount", line["amount"], currency),
            )
            for n, line in enumerate(data.get("lines", []))
        )
        goods = sum(line.amount for line in lines) if lines else None
        subtotal, shipping, tax, total = self.parts(path, data, currency, goods)
        updated_at = self.mistakes.moment(f"{path}/updated_at", data["updated_at"])
        return RefundSnapshot(
            source=self.origin.source,
            order_external_id=order_id,
            external_id=data["id"],
            currency=currency,
            updated_at=updated_at,
            at=self.mistakes.moment_or_none(f"{path}/refunded_at", data.get("refunded_at")) or updated_at,
            subtotal=subtotal,
            shipping=shipping,
            tax=tax,
            total=total,
            cancelled=data.get("status") == "cancelled",
            embedded=embedded,
            reason=text(data.get("reason"), 300),
            lines=lines,
        )

    def customer(self, data: dict[str, Any]) -> CustomerSnapshot:
        """A customer document."""
        updated_at = self.mistakes.moment("/data/updated_at", data["updated_at"])
        return self.person(
            data,
            updated_at=updated_at,
            birthday=self.mistakes.day("/data/birthday", data.get("birthday")),
            created_at=self.mistakes.moment_or_none("/data/created_at", data.get("created_at")),
            consents=tuple(
                ConsentSnapshot(
                    c["channel"], c["purpose"], c["granted"], self.mistakes.moment(f"/data/consents/{n}/at", c["at"])
                )
                for n, c in enumerate(data.get("consents", []))
            ),
        )

    def person(self, data: dict[str, Any], **fields: Any) -> CustomerSnapshot:
        """Who it is, in a customer document or inside an order."""
        return CustomerSnapshot(
            source=self.origin.source,
            external_id=data.get("id", ""),
            name=text(data.get("name"), 100),
            email=normalise_email(data.get("email", "")),
            email_verified=data.get("email_verified", False),
            phone=normalise_phone(data.get("phone", ""), self.origin.country),
            phone_verified=data.get("phone_verified", False),
            language=data.get("language", "").partition("-")[0].lower(),
            **fields,
        )
