"""Which customer a document means, and bringing that customer up to it."""

from __future__ import annotations

from typing import Any

from api.calling import Call
from api.operation import invalid
from config.problems import Refused
from customers.consents import record_stated
from customers.finding import holder_of, known_by
from customers.identities import apply_customers, prove_email, prove_phone
from customers.matching import take_turn
from customers.models import Customer, Identity
from customers.profiles import Particulars, add_customer, edit_customer
from customers.snapshots import CustomerSnapshot
from storefront.connectors.generic.reading import Reader
from storefront.connectors.interface import NotUnderstood, Origin

SOURCE = "api"  # of all that programs send: one namespace of ids for the shop, whatever key is used
TAKEN = (
    "Another customer has proven this address. Send email_verified (or phone_verified) when yours has shown to control "
    "it, or leave it out."
)


def origin(call: Call) -> Origin:
    """What reading a document that came through the API depends on."""
    return Origin(SOURCE, call.merchant.country, call.merchant.currency, call.at)


def understood(reader: Reader, snapshot: Any) -> Any:
    """The snapshot, unless its document had mistakes that a schema cannot find: then 422 names them."""
    try:
        reader.mistakes.raise_if_any()
    except NotUnderstood as error:
        raise invalid(sorted((path.removeprefix("/data"), told) for path, told in error.problems)) from error
    return snapshot


def upsert(call: Call) -> tuple[Customer, bool]:
    """The customer whom the document tells of, brought up to it, and whether they are new. Raises 409 and 422."""
    take_turn()
    newest = Customer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    reader = Reader(origin(call))
    document = {"updated_at": call.at.isoformat(), **call.body}
    snapshot = understood(reader, reader.customer(document))
    customer = _by_account(snapshot, call) if snapshot.external_id else _by_address(snapshot, call)
    return customer, customer.pk > newest


def _by_account(snapshot: CustomerSnapshot, call: Call) -> Customer:
    apply_customers([snapshot], at=call.at)
    owner = holder_of(Identity.Kind.STORE, snapshot.external_id, source=SOURCE)
    if owner is None:
        raise Refused(409, "address_taken", TAKEN)
    return owner


def _by_address(snapshot: CustomerSnapshot, call: Call) -> Customer:
    """By e-mail, else by phone; what else is told of the customer is taken over."""
    kind, value, proven = _address(snapshot)
    if not value:
        raise invalid([("", "must have an id, or an email or phone that can be read")])
    if kind == Identity.Kind.EMAIL and snapshot.phone_verified:
        raise invalid([("/phone_verified", "needs an id, or a phone without an email")])
    customer = _proven(kind, value, snapshot, call) if proven else known_by(kind, value)
    told = _told(snapshot)
    if customer is None:
        customer = add_customer(country=call.merchant.country, actor=call.actor, at=call.at, **told)
    else:
        customer = edit_customer(customer, country=call.merchant.country, actor=call.actor, at=call.at, **told)
    record_stated([(customer, snapshot)], at=call.at)
    return customer


def _address(snapshot: CustomerSnapshot) -> tuple[Identity.Kind, str, bool]:
    if snapshot.email:
        return Identity.Kind.EMAIL, snapshot.email, snapshot.email_verified
    return Identity.Kind.PHONE, snapshot.phone, snapshot.phone_verified


def _proven(kind: str, value: str, snapshot: CustomerSnapshot, call: Call) -> Customer:
    prove = prove_email if kind == Identity.Kind.EMAIL else prove_phone
    return prove(value, at=call.at, language=snapshot.language, actor=call.actor)


def _told(snapshot: CustomerSnapshot) -> Particulars:
    """What the document states; what it leaves out stays as it is."""
    stated = {
        "name": snapshot.name, "email": snapshot.email, "phone": snapshot.phone, "language": snapshot.language,
        "birthday": snapshot.birthday,
    }  # fmt: skip
    return Particulars(**{field: value for field, value in stated.items() if value})  # type: ignore[typeddict-item]
