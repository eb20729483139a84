"""Comparing a store's orders of a window with ours: what differs becomes drift, and nothing is changed.

A pull (pulling.py) in pieces: the orders placed in a piece of the window are read, then those of ours that did not come
are asked for one by one; after the last piece, the orders changed in the window. See docs/agreement.md. Orders whose
lines still lack what rules ask of their products are marked as to be read (products.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.matching import Register
from customers.models import Order
from customers.snapshots import OrderSnapshot
from storefront.agreement import differences, stated
from storefront.history import add, note_trouble
from storefront.models import Drift, Pull, Reread
from storefront.platforms.interface import Page, Reader
from storefront.products import lacking
from storefront.wanted import want

GRACE = timedelta(minutes=2)  # news of the last moments may be under way
PIECE = 2000  # orders of ours; what was seen is remembered for so many
ASKED_AT_ONCE = 10

PLACED, ABSENT, CHANGED = "placed", "absent", "changed"
FIRST = PLACED


@dataclass
class Place:
    """Where a comparison stands; kept as JSON in Pull.cursor."""

    begins: str  # this piece of the window, ISO 8601
    ends: str
    page: str = ""  # the platform's cursor
    seen: list[str] = field(default_factory=list)  # ids that came in this piece
    absent: list[str] = field(default_factory=list)  # ids of ours that did not, still to be asked for
    read_at: str = ""  # makes no two places alike

    @classmethod
    def of(cls, pull: Pull) -> Place:
        return cls(**json.loads(pull.cursor))

    def keep(self, pull: Pull) -> None:
        pull.cursor = json.dumps(asdict(self))


def begin(pull: Pull) -> None:
    """Put a new comparison at the first piece of its window."""
    assert pull.since is not None
    _piece_from(pull, pull.since).keep(pull)


def read(pull: Pull, reader: Reader, at: datetime) -> Page[OrderSnapshot] | dict[str, OrderSnapshot | None]:
    """The next page of orders; or those that did not come, each asked for by its id. Raises PlatformError."""
    place = Place.of(pull)
    if pull.stage == ABSENT:
        return {external_id: reader.order(external_id) for external_id in place.absent[:ASKED_AT_ONCE]}
    begins, ends = datetime.fromisoformat(place.begins), datetime.fromisoformat(place.ends)
    by: Any = "placed" if pull.stage == PLACED else "changed"
    return reader.orders(since=begins, until=ends, by=by, cursor=place.page)


def take(pull: Pull, reading: Page[OrderSnapshot] | dict[str, OrderSnapshot | None], at: datetime) -> None:
    """Compare what was read, write what differs down as drift, and move on."""
    if isinstance(reading, dict):
        _take_absent(pull, reading, at)
    else:
        _take_page(pull, reading, at)


def _take_page(pull: Pull, page: Page[OrderSnapshot], at: datetime) -> None:
    place = Place.of(pull)
    for unreadable in page.unreadable:
        note_trouble(pull, unreadable.external_id, unreadable.reason)
    items = {snapshot.external_id: snapshot for snapshot in page.items}
    if pull.stage == PLACED:
        place.seen += [*items, *(unreadable.external_id for unreadable in page.unreadable)]
    else:  # those placed in the window were compared before
        items = {key: s for key, s in items.items() if pull.since and s.placed_at < pull.since}
    compare(pull, items, at)
    place.page = page.cursor
    _move_on(pull, place)


def _take_absent(pull: Pull, reading: dict[str, OrderSnapshot | None], at: datetime) -> None:
    place = Place.of(pull)
    compare(pull, {key: snapshot for key, snapshot in reading.items() if snapshot}, at)
    gone = [key for key, snapshot in reading.items() if snapshot is None]
    ours = Order.objects.filter(source=pull.store.public_id, external_id__in=gone, changed_at__lte=at)
    add(pull, "compared", len(gone))
    _write(pull, {o.external_id: _Found(Drift.Kind.EXTRA, o.number, {}, {}) for o in ours}, at)
    place.absent = place.absent[len(reading) :]
    _move_on(pull, place)


def _move_on(pull: Pull, place: Place) -> None:
    """To the next page, to what did not come, to the next piece, to the orders changed, or to the end."""
    assert pull.since is not None
    if place.page or place.absent:
        place.keep(pull)
    elif pull.stage == PLACED and (absent := _absent(pull, place)):
        pull.stage, place.absent, place.seen = ABSENT, absent, []
        place.keep(pull)
    elif pull.stage in (PLACED, ABSENT) and (ends := datetime.fromisoformat(place.ends)) < pull.until:
        pull.stage = PLACED
        _piece_from(pull, ends).keep(pull)
    elif pull.stage in (PLACED, ABSENT):
        pull.stage = CHANGED
        Place(pull.since.isoformat(), pull.until.isoformat()).keep(pull)
    else:
        pull.state, pull.cursor = Pull.State.DONE, ""


def _piece_from(pull: Pull, begins: datetime) -> Place:
    """The next piece of the window: as long as it takes for so many orders of ours."""
    ours = Order.objects.filter(source=pull.store.public_id, placed_at__gt=begins, placed_at__lt=pull.until)
    last = ours.order_by("placed_at").values_list("placed_at", flat=True)[PIECE : PIECE + 1]
    ends = next(iter(last), None) or pull.until
    return Place(begins.isoformat(), ends.isoformat())


def _absent(pull: Pull, place: Place) -> list[str]:
    """Ids of orders of ours placed in this piece that did not come. Nothing hangs on cancelled ones and tests."""
    ours = Order.objects.filter(
        source=pull.store.public_id,
        placed_at__gte=datetime.fromisoformat(place.begins),
        placed_at__lt=datetime.fromisoformat(place.ends),
        state__in=[Order.State.PENDING, Order.State.PAID],
        test=False,
    )
    seen = set(place.seen)
    return [key for key in ours.order_by("placed_at", "pk").values_list("external_id", flat=True) if key not in seen]


# ── Comparing, and writing down ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    number: str
    differences: dict[str, list[Any]]
    theirs: dict[str, Any]


def compare(pull: Pull, items: Mapping[str, OrderSnapshot], at: datetime) -> None:
    """Write down which of these orders, read at the store at `at`, differ from ours; close drift of the others."""
    source = pull.store.public_id
    ours = {o.external_id: o for o in Order.objects.filter(source=source, external_id__in=items)}
    found, agree = {}, []
    register = Register.of([s.buyer for s in items.values() if s.buyer], at=at)
    news = Reread.objects.filter(store=pull.store, external_id__in=items, wanted_at__gt=pull.until)
    to_be_read = set(news.values_list("external_id", flat=True))
    for key, snapshot in items.items():
        order = ours.get(key)
        # A shop system without times of change says the moment of reading, which is `at`.
        told_a_moment_ago = pull.until < snapshot.updated_at < at
        if told_a_moment_ago or key in to_be_read or (order and order.changed_at > at):
            add(pull, "under_way", 1)
            continue
        theirs = stated(snapshot)
        add(pull, "compared", 1)
        if differing := differences(order, theirs):
            theirs["customer"] = _customer_of(register, snapshot, order)
            is_missed = order is None or order.state == Order.State.UNKNOWN
            kind = Drift.Kind.MISSED if is_missed else Drift.Kind.STALE
            found[key] = _Found(kind, snapshot.number, differing, theirs)
        else:
            agree.append(key)
    want(pull.store, lacking(pull.store, [ours[key] for key in agree if key in ours], at=at), at=at)
    _close(pull, agree, at)
    _write(pull, found, at)


def _customer_of(register: Register, snapshot: OrderSnapshot, order: Order | None) -> int | None:
    """Who would have the points."""
    if snapshot.buyer is None:
        return order.customer_id if order else None
    customer = register.customer_of(snapshot.buyer)
    return customer.pk if customer else None


def _close(pull: Pull, external_ids: Sequence[str], at: datetime) -> None:
    """What agrees now is in drift no more."""
    Drift.objects.filter(store=pull.store, external_id__in=external_ids, repaired_at=None).update(repaired_at=at)


def _write(pull: Pull, found: Mapping[str, _Found], at: datetime) -> None:
    """One open row for each order. What somebody left as it is stays so unless it differs otherwise now."""
    known = Drift.objects.select_for_update().filter(store=pull.store, external_id__in=found, repaired_at=None)
    rows = {drift.external_id: drift for drift in known.order_by("id")}
    for key, what in found.items():
        drift = rows.get(key) or Drift(store=pull.store, external_id=key, found_at=at)
        if (drift.kind, drift.differences) != (what.kind, what.differences):
            drift.put_aside_at, drift.note = None, ""
        drift.pull, drift.kind, drift.number = pull, what.kind, what.number
        drift.differences, drift.theirs = what.differences, what.theirs
        drift.save()
        add(pull, what.kind, 1)


def open_drifts(stores: Iterable[int]) -> Any:
    """Drift that somebody should look at, of these stores."""
    return Drift.objects.filter(store__in=stores, repaired_at=None, put_aside_at=None)
