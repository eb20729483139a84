"""Whom a row means, by the rules of docs/imports.md: the account, then what is proven, then what is stated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from customers.models import Customer, Identity
from imports.people import Person
from imports.problems import Problem, problem

STORE, EMAIL, PHONE = Identity.Kind.STORE, Identity.Kind.EMAIL, Identity.Kind.PHONE


class Known:
    """The customers that a batch of rows may mean."""

    def __init__(self, people: Sequence[Person], source: str) -> None:
        accounts = {p.external_id for p in people if p.external_id}
        emails, phones = {p.email for p in people if p.email}, {p.phone for p in people if p.phone}
        self._accounts = _identities(STORE, source, accounts)
        self._proofs = {EMAIL: _identities(EMAIL, "", emails), PHONE: _identities(PHONE, "", phones)}
        self._stated = {EMAIL: _stating("email", emails), PHONE: _stating("phone", phones)}
        self._customers = Customer.objects.select_related("balance").in_bulk(self._ids())
        self._proven, self._elsewhere = self._their_identities(source)

    def match(self, person: Person) -> Customer | None:
        """The customer this row means; None for somebody new. Raises Problem where a sign leads to somebody else."""
        if found := self._accounts.get(person.external_id):
            return self._customers[found]
        for kind, value in ((EMAIL, person.email), (PHONE, person.phone)):
            if found := self._proofs[kind].get(value):
                if self._is_another(found, person):
                    raise problem("two_people")
                return self._customers[found]
        return self._known_by(person)

    def has_account(self, external_id: str) -> bool:
        """Whether this account is somebody's already."""
        return external_id in self._accounts

    def _known_by(self, person: Person) -> Customer | None:
        """The oldest customer who states the address and has proven no other of its kind."""
        for kind, value in ((EMAIL, person.email), (PHONE, person.phone)):
            for pk in self._stated[kind].get(value, ()):
                customer = self._customers[pk]
                differs = kind == PHONE and person.email and customer.email and person.email != customer.email
                if not differs and (pk, kind) not in self._proven and not self._is_another(pk, person):
                    return customer
        return None

    def _is_another(self, customer_id: int, person: Person) -> bool:
        return bool(person.external_id) and customer_id in self._elsewhere

    def _ids(self) -> set[int]:
        stated = (pk for by_value in self._stated.values() for ids in by_value.values() for pk in ids)
        return {*self._accounts.values(), *self._proofs[EMAIL].values(), *self._proofs[PHONE].values(), *stated}

    def _their_identities(self, source: str) -> tuple[set[tuple[int, str]], set[int]]:
        """Who has proven an address of which kind, and who has an account in this store."""
        proven, accounts = set(), set()
        found = Identity.objects.filter(customer__in=self._customers).values_list("customer_id", "kind", "source")
        for customer_id, kind, of in found:
            if kind != STORE:
                proven.add((customer_id, kind))
            elif of == source:
                accounts.add(customer_id)
        return proven, accounts


def matched(people: Iterable[Person], known: Known) -> list[tuple[Person, Customer | None, Problem | None]]:
    """Each row with its customer or what is wrong; a second row about one customer is wrong."""
    rows: dict[int, int] = {}
    answers: list[tuple[Person, Customer | None, Problem | None]] = []
    for person in people:
        try:
            customer = known.match(person)
        except Problem as found:
            answers.append((person, None, found))
            continue
        if customer and rows.setdefault(customer.pk, person.row) != person.row:
            answers.append((person, None, problem("duplicate", row=rows[customer.pk])))
        else:
            answers.append((person, customer, None))
    return answers


def _identities(kind: str, source: str, values: set[str]) -> dict[str, int]:
    if not values:
        return {}
    found = Identity.objects.filter(kind=kind, source=source, value__in=values)
    return dict(found.values_list("value", "customer_id"))


def _stating(field: str, values: set[str]) -> dict[str, list[int]]:
    if not values:
        return {}
    found = Customer.objects.filter(**{f"{field}__in": values}).order_by("pk").values_list(field, "pk")
    by_value: dict[str, list[int]] = defaultdict(list)
    for value, pk in found:
        by_value[value].append(pk)
    return by_value
