"""What a kind of storefront must be able to do: a connector is a module with these functions.

docs/connectors.md has the recipe for a new one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from customers.snapshots import CustomerSnapshot, ErasureSnapshot, MergeSnapshot, OrderSnapshot, RefundSnapshot
from storefront.documents import Problem
from storefront.signatures import Verdict

Headers = Mapping[str, str]  # by lower-case name


class NotUnderstood(Exception):
    """The document is not what its kind should be."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{path}: {message}" for path, message in problems)[:500])
        self.problems = list(problems)


class Ignored(Exception):
    """Understood, and nothing to do; the message says why."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from, as far as reading it depends on it."""

    source: str  # the store's public id
    country: str  # of the merchant: how national phone numbers are read
    currency: str  # of the merchant: for amounts that come without one
    received_at: datetime
    settings: Mapping[str, Any] = field(default_factory=dict)  # Store.settings


@dataclass(frozen=True, slots=True)
class Snapshots:
    """What one document says."""

    customers: tuple[CustomerSnapshot, ...] = ()
    orders: tuple[OrderSnapshot, ...] = ()
    refunds: tuple[RefundSnapshot, ...] = ()
    merges: tuple[MergeSnapshot, ...] = ()  # accounts that the store has made one
    erasures: tuple[ErasureSnapshot, ...] = ()  # people whose data the law wants gone
    shop_gone: bool = False  # the law wants what was received from this shop gone, because our app was removed there
    wanted: tuple[str, ...] = ()  # ids of orders that the document only mentions: to be read at the store's API


class Connector(Protocol):
    """Functions only, without side effects: signatures, names, and documents turned into snapshots."""

    SECRET_IS_OURS: bool  # whether we make the signing secret, or the shop system does
    CHECKED_AT_THE_DOOR: bool  # whether the sender is told at once (422) what is wrong with a document
    KEPT_HEADERS: frozenset[str]  # lower-case; never those that carry secrets
    # An unsigned body by which the sender only tries the address: answered 200, nothing is kept. None: there is none.
    PING: re.Pattern[bytes] | None
    # Whether equal bodies may be two pieces of news, because nothing in them or beside them tells one from the other.
    # Then a body that is known already is worked on again, which must do no harm.
    REPEATS_ARE_NEWS: bool

    def verify(self, headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
        """Whether the delivery is signed with one of the secrets. Never raises.

        `url` is the hook's address as the sender was told it, never as the request states it.
        """

    def key(self, headers: Headers, digest: str) -> str:
        """What deliveries share exactly when they are the same one; `digest` is the body's SHA-256 in hex."""

    def topic(self, headers: Headers, document: Any) -> str:
        """What kind of news this is, in the sender's word. Never raises; empty when unknown."""

    def subject(self, topic: str, document: Any) -> str:
        """What the news is about, e.g. the order's id at the store. Never raises; empty when unknown."""

    def read(self, topic: str, document: Any, origin: Origin) -> Snapshots:
        """The snapshots in a document. Raises NotUnderstood, or Ignored when there is nothing to do."""
