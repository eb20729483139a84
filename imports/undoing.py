"""Taking a run back, chunk by chunk, the last first. What was touched since is left as it is, and listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from customers.consents import current
from customers.events import Happened, tell
from customers.matching import take_turn
from customers.models import Consent, Customer, Identity, Order
from imports import undoing_members, undoing_orders
from imports.context import Context
from imports.models import Chunk, Run
from imports.outcomes import Touched, plain, value_of
from imports.people import DESCRIBED
from loyalty.models import Balance, Journal
from staff.models import AuditEntry

WRITTEN = (*DESCRIBED, "joined_at")
MOST_LISTED = 200
Leave = Callable[[Touched, str], None]


def undo_chunk(run: Run, context: Context) -> bool:
    """Take back what one chunk did; False when none is left. Call inside a transaction that holds the run."""
    chunk = Chunk.objects.filter(run=run, real=True).exclude(touched=[]).order_by("-offset").first()
    if chunk is None:
        return False
    touched = [Touched.from_json(stored) for stored in chunk.touched]
    left: dict[str, list[Any]] = {}

    def leave(one: Touched, why: str) -> None:
        left[str(one.row)] = [why, {}]
        listed = run.undone.setdefault("listed", [])
        if len(listed) < MOST_LISTED:
            listed.append([one.row, one.customer, one.order, why])

    take_turn()
    _take_back(touched, run, context, leave)
    run.undone["left"] = run.undone.get("left", 0) + len(left)
    run.row = max(run.row - sum(span for _row, span, _letter in chunk.outcomes), 0)
    chunk.problems, chunk.touched = {**chunk.problems, **left}, []
    chunk.save(update_fields=["problems", "touched"])
    return True


def _take_back(touched: list[Touched], run: Run, context: Context, leave: Leave) -> None:
    if run.is_bulk:
        count(run, undoing_members.take_back(touched, context, leave))
        return
    with_order = [one for one in touched if one.order]
    count(run, undoing_orders.take_back(with_order, context, leave))
    count(run, {"points": undoing_members.take_back_points(touched, context, leave)})
    with_customer = [one for one in touched if one.customer]
    customers = Customer.objects.select_for_update(no_key=True, of=("self",)).in_bulk(
        [c.customer for c in with_customer]
    )
    _take_back_consents(with_customer, customers, run, context, leave)
    known = [one for one in with_customer if one.customer in customers]
    _restore([one for one in known if not one.created], customers, run, context, leave)
    _remove([one for one in known if one.created], customers, run, context, leave)


def count(run: Run, counts: dict[str, int]) -> None:
    """Add to what the page tells about the undoing."""
    for name, number in counts.items():
        run.undone[name] = run.undone.get(name, 0) + number


def _take_back_consents(
    touched: list[Touched], customers: dict[int, Customer], run: Run, context: Context, leave: Leave
) -> None:
    """Say again what was decided before: consents are only ever added."""
    rows = []
    for one in touched:
        if not one.consents or one.customer not in customers:
            continue
        decisions = current(customers[one.customer])
        for channel, purpose, before in one.consents:
            latest = decisions.get((channel, purpose))
            if latest is None or latest.evidence.get("import") != run.pk:
                leave(one, "touched_consent")
                continue
            rows.append(
                Consent(
                    customer_id=one.customer, channel=channel, purpose=purpose, granted=bool(before), at=context.at,
                    source="import", evidence={"undone_import": run.pk, "file": run.file_name},
                )
            )  # fmt: skip
    Consent.objects.bulk_create(rows)
    count(run, {"consents": len(rows)})


def _restore(touched: list[Touched], customers: dict[int, Customer], run: Run, context: Context, leave: Leave) -> None:
    """Give known customers back what they had, field by field, where nobody has changed it since."""
    changed = []
    for one in touched:
        customer = customers[one.customer or 0]
        fields = {name: pair for name, pair in one.changes.items() if name in WRITTEN}
        since = [name for name, (_before, after) in fields.items() if plain(getattr(customer, name)) != after]
        if since:
            leave(one, "touched_field")
        for name in fields.keys() - set(since):
            setattr(customer, name, value_of(name, fields[name][0]))
        if fields.keys() - set(since):
            changed.append(customer)
    if changed:
        Customer.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN)
        tell([Happened("customer.updated", context.at, customer_id=c.pk) for c in changed], at=context.at)
    _untie(touched, run)
    count(run, {"restored": len(changed)})


def _untie(touched: list[Touched], run: Run) -> None:
    """Take back the accounts that the run tied."""
    accounts = {one.changes["account"][1]: one.customer for one in touched if "account" in one.changes}
    tied = Identity.objects.filter(kind=Identity.Kind.STORE, source=run.source, value__in=accounts, version="")
    tied.filter(customer__in=set(accounts.values())).delete()


def _remove(touched: list[Touched], customers: dict[int, Customer], run: Run, context: Context, leave: Leave) -> None:
    """Delete the customers who came with the run and stand as they came; empty those whom the ledger must keep."""
    meddled = _meddled_with(touched, run)
    clean = []
    for one in touched:
        now = customers[one.customer or 0]
        same = all((plain(getattr(now, name)) or None) == one.changes.get(name, [None, None])[1] for name in WRITTEN)
        if same and one.customer not in meddled:
            clean.append(one)
        else:
            leave(one, "touched_customer")
    ids = {one.customer for one in clean if one.customer}
    kept = set(Balance.objects.filter(customer__in=ids, version__gt=0).values_list("customer_id", flat=True))
    kept |= set(Consent.objects.filter(customer__in=ids).values_list("customer_id", flat=True))
    Balance.objects.filter(customer__in=ids - kept).delete()  # nothing ever stood on them
    Customer.objects.filter(pk__in=ids - kept).delete()
    _empty_out(sorted(ids & kept), context.at)
    count(run, {"removed": len(ids)})


def _empty_out(ids: list[int], at: datetime) -> None:
    """Nothing personal is left: a nameless row that the ledger, or a consent's history, stands on."""
    accounts: dict[int, list[tuple[str, str]]] = {pk: [] for pk in ids}
    stores = Identity.objects.filter(customer__in=ids, kind=Identity.Kind.STORE)
    for customer_id, source, value in stores.values_list("customer_id", "source", "value"):
        accounts[customer_id].append((source, value))
    Identity.objects.filter(customer__in=ids).delete()
    Customer.objects.filter(pk__in=ids).update(
        name="", email="", phone="", language="", birthday=None, joined_at=None, erased_at=at
    )
    told = [Happened("customer.erased", at, customer_id=pk, subject_id=pk, subject=accounts[pk]) for pk in ids]
    tell(told, at=at)


def _meddled_with(touched: list[Touched], run: Run) -> set[int]:
    """Of the customers who came with the run, those who have got something of their own since."""
    ids = [one.customer for one in touched if one.customer]
    ours = [one.journal for one in touched if one.journal]
    own = Journal.objects.filter(customer__in=ids).exclude(pk__in=ours).exclude(resolves__in=ours)
    theirs: set[int] = set(own.values_list("customer_id", flat=True))
    theirs |= set(Order.objects.filter(customer__in=ids).values_list("customer_id", flat=True))
    consents = Consent.objects.filter(customer__in=ids).exclude(evidence__has_any_keys=["import", "undone_import"])
    theirs |= set(consents.values_list("customer_id", flat=True))
    came_with = {(one.customer, one.changes.get("account_version", [None, ""])[1]) for one in touched}
    for customer_id, kind, source, version in Identity.objects.filter(customer__in=ids).values_list(
        "customer_id", "kind", "source", "version"
    ):
        if kind != Identity.Kind.STORE or source != run.source or (customer_id, version) not in came_with:
            theirs.add(customer_id)
    trail = AuditEntry.objects.filter(object_kind="customer", object_id__in=ids)
    return theirs | {pk for pk in trail.values_list("object_id", flat=True) if pk}
