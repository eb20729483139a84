"""Customers: list, get, add or bring up to date, change."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404

from api import paging, telling
from api.calling import Answer, Call
from api.json_schema import text, yes_or_no
from api.operation import invalid, operation
from api.resources.upserting import upsert
from config.problems import Refused
from customers.addresses import normalise_email, normalise_phone
from customers.finding import holder_of
from customers.matching import take_turn
from customers.models import Customer, Identity
from customers.profiles import Particulars, WrongAddress, edit_customer

FILTERS = {
    "q": text("Part of a name, address, phone number or card code.", maxLength=100),
    "email": text("Customers with this e-mail address, stated or proven.", maxLength=254),
    "phone": text("As email, for a phone number.", maxLength=40),
    "external_id": text("The customer with this account at `source`.", maxLength=255),
    "source": text("`api` (when not given) or a storefront's id.", maxLength=40),
    "member": yes_or_no("Only members of the programme, or only others."),
}


def customer_of(pk: int) -> Customer:
    """The customer of an address. Raises Http404."""
    found = Customer.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def present_customer_of(pk: int) -> Customer:
    """As customer_of, for who writes. Raises 409 for one who was merged or erased: what is given would reach nobody."""
    found = customer_of(pk)
    if found.erased_at:
        raise Refused(409, "customer_erased", "This customer was erased: nothing is written about them any more.")
    if (left := found.merged_into) is not None:
        while left.merged_into is not None:
            left = left.merged_into
        raise Refused(409, "customer_merged", f"This customer is part of customer {left.pk} now.")
    return found


@operation(
    "customers:read", "List customers", "Customers", answers={200: "Customers"}, query={**FILTERS, **paging.QUERY}
)
def list_customers(call: Call) -> Answer:
    """Newest first. Filters narrow each other."""
    rows = Customer.objects.search(call.query.get("q", ""))
    if "member" in call.query:
        rows = rows.filter(joined_at__isnull=not call.query["member"])
    if email := call.query.get("email"):
        rows = rows.filter(pk__in=_known_by(Identity.Kind.EMAIL, normalise_email(email)))
    if phone := call.query.get("phone"):
        rows = rows.filter(pk__in=_known_by(Identity.Kind.PHONE, normalise_phone(phone, call.merchant.country)))
    if external_id := call.query.get("external_id"):
        holder = holder_of(Identity.Kind.STORE, external_id, source=call.query.get("source", "api"))
        rows = rows.filter(pk=holder.pk if holder else 0)
    return paging.page_of(rows, call, telling.customers)


def _known_by(kind: str, value: str) -> list[int]:
    """Who states or has proven this address; the newest first, as many as a page can hold."""
    if not value:
        return []
    stated = Customer.objects.filter(**{"email" if kind == Identity.Kind.EMAIL else "phone": value})
    found = set(stated.order_by("-pk").values_list("pk", flat=True)[: paging.MOST])
    holder = holder_of(kind, value)
    return sorted(found | ({holder.pk} if holder else set()))


@operation("customers:read", "Get a customer", "Customers", answers={200: "Customer"}, refuses=(404,))
def get_customer(call: Call, pk: int) -> Answer:
    """By our id. The ETag changes with the customer."""
    return Answer(telling.customer(customer_of(pk)))


@operation(
    "customers:write", "Add a customer or bring one up to date", "Customers",
    answers={200: "Customer", 201: "Customer"}, body="CustomerDocument",
)  # fmt: skip
def put_customer(call: Call) -> Answer:
    """The customer is found by the document's `id` (an account at your side), else by `email`, else by `phone`.

    With an `id`, documents are states: the one with the newest `updated_at` counts, whatever order they arrive in.
    Without one, what you say now counts. `email_verified: true` means that the customer has shown to control the
    address; without it, an address that another customer has proven answers 409.
    """
    customer, is_new = upsert(call)
    headers = {"Location": f"/api/v1/customers/{customer.pk}"} if is_new else {}
    return Answer(telling.customer(customer), 201 if is_new else 200, headers)


@operation(
    "customers:write", "Change a customer", "Customers", answers={200: "Customer"}, body="CustomerChanges",
    refuses=(404,), matches=True,
)  # fmt: skip
def patch_customer(call: Call, pk: int) -> Answer:
    """Only what the body names is changed. With `If-Match`, only if nobody else has changed it meanwhile."""
    take_turn()
    customer = present_customer_of(pk)
    call.must_match(Answer(telling.customer(customer)))
    edited = edit(customer, call, dict(call.body))
    return Answer(telling.customer(edited))


def edit(customer: Customer, call: Call, told: dict[str, Any]) -> Customer:
    """Change what is told. Raises 422."""
    changes = Particulars(**told)  # type: ignore[typeddict-item]
    if told.get("birthday") is not None:
        changes["birthday"] = birthday_of(told["birthday"], call)
    if "language" in told:
        changes["language"] = told["language"].partition("-")[0].lower()
    try:
        return edit_customer(customer, country=call.merchant.country, actor=call.actor, at=call.at, **changes)
    except WrongAddress as error:
        raise invalid([(f"/{error.field}", str(error))]) from error


def birthday_of(text: str, call: Call) -> date:
    """A day in the past. Raises 422."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise invalid([("/birthday", "is no date that exists")]) from error
    if day > call.at.date():
        raise invalid([("/birthday", "lies in the future")])
    return day
