"""What was received about people who are erased: the bodies go, the rows stay as a log of what happened when.

What still waits to be worked on keeps its body until then; it is taken without its person (customers/tombstones.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from customers.events import Happened, subscribe
from customers.models import Order
from staff.actors import SYSTEM
from storefront.models import Delivery, Store
from storefront.stores import disconnect


@subscribe("customer.erased", name="storefront.forgetting")
def forget(happened: Sequence[Happened], at: datetime) -> None:
    """Forget what was received about the accounts and the orders of who was erased."""
    subjects: dict[str, list[str]] = defaultdict(list)
    for erased in happened:
        for source, account in erased.subject or []:
            subjects[source].append(account)
    orders = Order.objects.filter(customer__in=[erased.customer_id for erased in happened])
    for source, external_id in orders.values_list("source", "external_id"):
        subjects[source].append(external_id)
    forget_deliveries(subjects)


def forget_deliveries(subjects: Mapping[str, Sequence[str]]) -> None:
    """Forget the bodies of deliveries about these things: by the store's public id, the ids of accounts or orders."""
    for source, ids in subjects.items():
        about = Delivery.objects.filter(store__public_id=source, subject__in=[i for i in ids if i], next_try_at=None)
        about.update(body=b"", headers={}, errors=[])


def part(store: Store, *, at: datetime) -> None:
    """Our app was removed from the shop: forget its keys and all that was received, and take nothing more.

    The merchant's customers, their orders and their points stay: they are the merchant's, not the app's.
    """
    if store.disconnected_at is None:
        disconnect(store, actor=SYSTEM, at=at)
    store.rereads.all().delete()
    store.deliveries.all().update(body=b"", headers={}, errors=[])
