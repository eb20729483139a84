"""What happened, told upward: a lower floor records, a higher floor subscribes by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.copying import insert_plain
from customers.models import Event


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened, before it is stored."""

    kind: str
    at: datetime
    customer_id: int | None = None
    subject_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    # What it is about, as just written and still locked: spares subscribers reading it again. Not stored.
    subject: Any = field(default=None, compare=False, repr=False)


# A subscriber gets a whole batch of one kind and the present moment.
Subscriber = Callable[[Sequence[Happened], datetime], None]
_subscribers: dict[str, dict[str, Subscriber]] = defaultdict(dict)
# SQL that is true while anybody wants to hear of a kind: for those who would do work to tell.
_heard: dict[str, str] = {}


def subscribe(kind: str, *, name: str, after: str = "") -> Callable[[Subscriber], Subscriber]:
    """Call the decorated function, known as `name`, with every batch of events of this kind.

    It runs in the transaction that records them: what it writes stands or falls with the event. Subscribers run in the
    order of their registration; one that builds on what another has done names it in `after`, and imports it.
    """

    def register(subscriber: Subscriber) -> Subscriber:
        assert name not in _subscribers[kind], f"{name} already subscribes to {kind}"
        assert not after or after in _subscribers[kind], f"{name} has to subscribe to {kind} after {after}"
        _subscribers[kind][name] = subscriber
        return subscriber

    return register


def heard_if(kind: str, condition: str) -> None:
    """Events of this kind are only told where this SQL condition on the shop's tables is true."""
    assert kind not in _heard, f"two conditions for {kind}"
    _heard[kind] = condition


def is_heard(kind: str) -> str:
    """SQL that is true while anybody wants to hear of this kind, to be asked in a statement that is made anyway."""
    return _heard.get(kind, "false")


def record(happened: Iterable[Happened], *, at: datetime) -> None:
    """Store the events and hand them, kind by kind, to their subscribers. Call inside a transaction."""
    batch = list(happened)
    insert_plain(Event, [_row(h, at) for h in batch])
    tell(batch, at=at)


def _row(h: Happened, at: datetime) -> dict[str, Any]:
    return {
        "kind": h.kind, "customer_id": h.customer_id, "subject_id": h.subject_id, "data": h.data, "at": h.at,
        "recorded_at": at,
    }  # fmt: skip


def tell(batch: Sequence[Happened], *, at: datetime) -> None:
    """Hand what happened to its subscribers without storing it. Call inside a transaction."""
    for kind in dict.fromkeys(h.kind for h in batch):
        of_kind = [h for h in batch if h.kind == kind]
        for subscriber in _subscribers[kind].values():
            subscriber(of_kind, at)
