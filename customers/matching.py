"""Who is who among the people that a batch speaks of: read at once, decided in memory, written at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from config.copying import insert
from config.many import AnyOf
from customers.cards import new_card_code
from customers.events import Happened, record, tell
from customers.models import Customer, Identity, Order
from customers.snapshots import CustomerSnapshot
from customers.tombstones import tombstone

STORE, EMAIL, PHONE = Identity.Kind.STORE, Identity.Kind.EMAIL, Identity.Kind.PHONE
DESCRIBED = ("name", "email", "phone", "language", "birthday")

NEWER = """
UPDATE customers_identity SET version = newer.version
FROM unnest(%s::bigint[], %s::text[]) AS newer(id, version) WHERE customers_identity.id = newer.id
"""


def take_turn() -> None:
    """Wait for one's turn to decide who is who in this shop; kept until the transaction ends.

    First in the lock order, before rows of orders (ascending id) and of balances (ascending customer). It rules out
    that two deliveries create one customer twice, or that an order arrives unseen while its address is being proven.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/customers', 0))")


class Register:
    """The accounts and proofs that matter to a batch, and what is to be written. Hold the turn while using it."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.accounts: dict[tuple[str, str], Identity] = {}
        self.proofs: dict[tuple[str, str], Identity] = {}
        self._customers: dict[int, Customer] = {}
        self._tied: list[Identity] = []
        self._dirty: dict[int, Customer] = {}
        self._newer: list[Identity] = []
        self._happened: list[tuple[str, Customer, Customer | None]] = []

    @classmethod
    def of(cls, people: Sequence[CustomerSnapshot], *, at: datetime) -> Register:
        """What is known of the accounts and addresses of these people."""
        register = cls(at)
        register.read_accounts({(p.source, p.external_id) for p in people if p.external_id})
        register.read_proofs(EMAIL, {p.email for p in people if p.email})
        register.read_proofs(PHONE, {p.phone for p in people if p.phone})
        return register

    def read_accounts(self, keys: set[tuple[str, str]]) -> None:
        """Learn whose accounts these are, and which were erased; a key is (source, external id)."""
        for source in {source for source, _ in keys}:
            values = [either for of, value in keys if of == source for either in (value, tombstone(source, value))]
            found = self._with_customers(Identity.objects.filter(AnyOf("value", values), kind=STORE, source=source))
            self.accounts |= {(i.source, i.value): i for i in found}

    def read_proofs(self, kind: str, values: set[str]) -> None:
        """Learn who has proven these addresses."""
        if values:
            found = self._with_customers(Identity.objects.filter(AnyOf("value", values), kind=kind, source=""))
            self.proofs |= {(i.kind, i.value): i for i in found}

    def _with_customers(self, identities: Iterable[Identity]) -> list[Identity]:
        """The identities with their customers: one object for each, however many identities lead to it."""
        found = list(identities)
        unknown = {i.customer_id for i in found} - self._customers.keys()
        if unknown:
            self._customers |= {c.pk: c for c in Customer.objects.filter(AnyOf("pk", unknown))}
        for identity in found:
            identity.customer = self._customers[identity.customer_id]
        return found

    def owner_of(self, person: CustomerSnapshot) -> Customer | None:
        """Whose account it is; None for a guest, and for an account that is tied to nobody."""
        account = self.accounts.get((person.source, person.external_id)) if person.external_id else None
        return account.customer if account else None

    def customer_of(self, person: CustomerSnapshot) -> Customer | None:
        """Whose account it is, else who has proven its address; None for a stranger and for who was erased."""
        return None if self.was_erased(person) else self.owner_of(person) or self._holder(_addresses(person))

    def was_erased(self, person: CustomerSnapshot) -> bool:
        """Whether this account was erased, and was not opened anew since: see erasing.py."""
        key = (person.source, person.external_id)
        if not person.external_id or key in self.accounts:
            return False
        grave = self.accounts.get((person.source, tombstone(*key)))
        return grave is not None and not (person.created_at and person.created_at > grave.proven_at)

    def enter(self, person: CustomerSnapshot) -> None:
        """Take in what a store says of an account. Guests leave no trace here, nor do those who were erased."""
        if not person.external_id or self.was_erased(person):
            return
        account = self.accounts.get((person.source, person.external_id)) or self._open(person)
        if account is None:
            return
        self._describe(account, person)
        for kind, value in _addresses(person, verified=True):
            self._tie_address(account.customer, kind, value)

    def prove(self, kind: str, value: str, *, language: str) -> Customer:
        """The customer who has just shown to control the address: see identities.prove_email."""
        proof = self.proofs.get((kind, value))
        customer = proof.customer if proof else self._taken_over(kind, value) or self._begin(self.at)
        self._tie_address(customer, kind, value)
        if kind == EMAIL and not customer.email:
            customer.email = value
        if kind == PHONE and not customer.phone:
            customer.phone = value
        customer.language = customer.language or language
        self._join(customer, self.at)
        self._dirty[id(customer)] = customer
        return customer

    def save(self) -> None:
        """Write all of it, give guest orders to whoever proved their address, and tell what happened."""
        new = {id(i.customer): i.customer for i in self._tied if i.customer.pk is None}
        insert(list(new.values()))
        changed = [c for key, c in self._dirty.items() if key not in new]
        if changed:  # one plain statement, where bulk_update would write a CASE for each field
            written = [*DESCRIBED, "birthday_set_at", "joined_at", "card_code"]
            Customer.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=written)
        for identity in self._tied:
            identity.customer = identity.customer  # takes over the id; set by hand, it would drop the object
        insert(self._tied)
        newer = {i.pk: i.version for i in self._newer}
        if newer:
            with connection.cursor() as cursor:
                cursor.execute(NEWER, [list(newer), list(newer.values())])
        self._tell(new.values(), changed)
        attach_guest_orders([i for i in self._tied if i.kind != STORE], at=self.at)

    def _open(self, person: CustomerSnapshot) -> Identity | None:
        """Tie a new account to who has proven its verified address, else to a new customer.

        An account whose unverified address somebody has proven is left untied: its orders reach that customer by the
        address, but whoever typed it in at the store must not come to own their points.
        """
        holder = self._holder(_addresses(person, verified=True))
        if holder is None and self._holder(_addresses(person)):
            return None
        since = person.created_at or person.updated_at
        customer = holder or self._begin(since)
        self._join(customer, since)
        account = self._tie(customer, STORE, person.source, person.external_id)
        self.accounts[person.source, person.external_id] = account
        return account

    def _describe(self, account: Identity, person: CustomerSnapshot) -> None:
        """The newest document overwrites what it states; an older one only fills what is still empty."""
        newer = person.version > account.version
        for field in DESCRIBED:
            stated, present = getattr(person, field), getattr(account.customer, field)
            newer_wins = newer and field != "birthday"  # which is locked once it is known: it is worth points
            if stated and stated != present and (newer_wins or not present):
                setattr(account.customer, field, stated)
                if field == "birthday":
                    account.customer.birthday_set_at = self.at
                self._dirty[id(account.customer)] = account.customer
        if newer:
            account.version = person.version
            if account.pk is not None:
                self._newer.append(account)

    def _tie_address(self, customer: Customer, kind: str, value: str) -> None:
        holder = self._holder([(kind, value)])
        if holder is None:
            self.proofs[kind, value] = self._tie(customer, kind, "", value)
        elif holder is not customer:
            self._happened.append(("customer.same_address", customer, holder))

    def _tie(self, customer: Customer, kind: str, source: str, value: str) -> Identity:
        identity = Identity(customer=customer, kind=kind, source=source, value=value, proven_at=self.at)
        self._tied.append(identity)
        return identity

    def _begin(self, since: datetime) -> Customer:
        return Customer(card_code=new_card_code(), created_at=min(since, self.at))

    def _join(self, customer: Customer, since: datetime) -> None:
        if customer.joined_at is None:
            customer.joined_at = min(since, self.at)
            self._dirty[id(customer)] = customer
            self._happened.append(("customer.joined", customer, None))

    def _holder(self, addresses: Iterable[tuple[str, str]]) -> Customer | None:
        return next((self.proofs[a].customer for a in addresses if a in self.proofs), None)

    def _taken_over(self, kind: str, value: str) -> Customer | None:
        """The oldest customer who goes by this address and has proven no other of its kind.

        One with an account at a store may be a stranger who typed the address in there (docs/redemption.md). If they
        have proven anything else they keep what they have; if not, it is the prover's, with a card of its own.
        """
        known = Customer.objects.filter(**{"email" if kind == EMAIL else "phone": value})
        others = Identity.objects.filter(customer=OuterRef("pk"), kind=PHONE if kind == EMAIL else EMAIL)
        accounts = Identity.objects.filter(customer=OuterRef("pk"), kind=STORE)
        free = known.exclude(identities__kind=kind).exclude(Exists(accounts), Exists(others))
        customer = free.order_by("id").first()
        if customer is not None and customer.identities.filter(kind=STORE).exists():
            customer.card_code = new_card_code()
        return customer

    def _tell(self, new: Iterable[Customer], changed: Iterable[Customer]) -> None:
        known = [("customer.created", c) for c in new] + [("customer.updated", c) for c in changed]
        tell([Happened(kind, self.at, customer_id=c.pk) for kind, c in known], at=self.at)
        record(
            (
                Happened(
                    kind,
                    (customer.joined_at if kind == "customer.joined" else None) or self.at,
                    customer_id=customer.pk,
                    data={"other": other.pk} if other else {},
                )
                for kind, customer, other in self._happened
            ),
            at=self.at,
        )


def attach_guest_orders(proofs: Sequence[Identity], *, at: datetime) -> list[Order]:
    """Give the guest orders of newly proven addresses to their customers. Returns the orders; records order.changed."""
    owners = {(i.kind, i.value): i.customer_id for i in proofs}
    if not owners:
        return []
    waiting = Order.objects.filter(
        Q(guest_email__in=[value for kind, value in owners if kind == EMAIL])
        | Q(guest_phone__in=[value for kind, value in owners if kind == PHONE]),
        customer=None,
    )
    orders = list(waiting.order_by("id").select_for_update(of=("self",), no_key=True))
    for order in orders:
        order.customer_id = owners.get((EMAIL, order.guest_email)) or owners.get((PHONE, order.guest_phone))
        order.changed_at = at
    if orders:
        Order.objects.bulk_update(orders, ["customer", "changed_at"])
    record(changes_of(orders, at=at), at=at)
    return orders


def changes_of(orders: Iterable[Order], *, at: datetime) -> list[Happened]:
    """One order.changed for each, at the time the order tells; without a placing it is now."""
    return [
        Happened("order.changed", at=o.changed_in_store_at or at, customer_id=o.customer_id, subject_id=o.pk, subject=o)
        for o in orders
    ]


def _addresses(person: CustomerSnapshot, *, verified: bool = False) -> list[tuple[str, str]]:
    """Kind and value of the person's addresses; with `verified`, only those their store has seen proof of."""
    stated = [(EMAIL, person.email, person.email_verified), (PHONE, person.phone, person.phone_verified)]
    return [(kind, value) for kind, value, proven in stated if value and (proven or not verified)]
