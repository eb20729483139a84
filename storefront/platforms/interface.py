"""What can be asked of a shop system's own API: a reader is an object with these methods.

Readers ask and translate, nothing more: they keep nothing, look nothing up in the database, never sleep and never try
again. What to do about an answer that does not come is for whoever asks to decide (`PlatformError.retry_after`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from django.utils.translation import gettext_noop

from customers.snapshots import CustomerSnapshot, OrderSnapshot, ProductFacts

T = TypeVar("T")
By = Literal["placed", "changed"]

# What can be wrong, in words for the merchant. The platform's own words come after, as a detail.
MESSAGES = {
    "no_credentials": gettext_noop("No key for the shop's API was entered."),
    "wrong_credentials": gettext_noop("The shop does not accept the key: it is wrong, or was withdrawn or expired."),
    "missing_permission": gettext_noop("The key is valid but lacks a permission that is needed."),
    "not_found": gettext_noop("There is no such shop at this address, or its API is switched off."),
    "rate_limited": gettext_noop("The shop asks us to slow down."),
    "busy": gettext_noop("The shop cannot answer at the moment."),
    "unreachable": gettext_noop("The shop could not be reached."),
    "not_possible": gettext_noop("The shop cannot make such a code."),
    "unexpected": gettext_noop("The shop answered with something we do not understand."),
}
# Trying again does not help with these until somebody has done something about it.
FOR_A_PERSON = frozenset({"no_credentials", "wrong_credentials", "missing_permission", "not_found", "not_possible"})


class PlatformError(Exception):
    """The platform did not give what was asked for: `code` is a key of MESSAGES, `detail` says more (never secrets).

    `retry_after` is how many seconds the platform wants to be left alone; None when it does not say.
    """

    def __init__(self, code: str, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail[:300]
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        """What is wrong as an untranslated sentence for the merchant."""
        return MESSAGES[self.code]

    @property
    def for_a_person(self) -> bool:
        """Whether it stays wrong until somebody does something about it."""
        return self.code in FOR_A_PERSON


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What a platform says about the shop itself. Empty where it does not say."""

    name: str
    currency: str
    url: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A document on a page that we do not understand, and why."""

    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of what was asked for. `cursor` asks for the next page and is empty after the last."""

    items: list[T]
    cursor: str = ""
    total: int | None = None  # about how many there are in all pages, where the platform says; with the first page
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook as the platform has it: deliveries on `topic` go to `url`, unless the platform has stopped them."""

    id: str
    topic: str
    url: str
    active: bool = True


class Reader(Protocol):
    """The API of one shop. Every method may raise PlatformError."""

    renewed: dict[str, Any] | None  # credentials that took the place of those it began with; to be kept by the caller
    SUBSCRIBES: bool  # whether webhooks can be registered through the API

    def check(self) -> ShopFacts:
        """Whether the credentials open what is needed; what the shop is."""

    def order(self, external_id: str) -> OrderSnapshot | None:
        """The order as it stands now, complete and with its refunds; None when the shop has no such order."""

    def orders(self, *, since: datetime | None, until: datetime, by: By, cursor: str = "") -> Page[OrderSnapshot]:
        """Orders placed, or changed, from `since` (None: from the beginning) to `until`, page by page.

        An order that changes while the pages are read may come twice or, by "changed", move beyond `until`.
        """

    def customers(self, *, cursor: str = "") -> Page[CustomerSnapshot]:
        """All customers with an account, page by page."""

    def products(self, ids: Sequence[str]) -> Mapping[str, ProductFacts]:
        """Collections and tags of these products, by id; what the shop does not have any more is left out.

        Ask for `Platform.products_at_once` at most. Nothing where that is 0.
        """

    def subscribe(self, hook_url: str, *, secret: str = "") -> list[str]:
        """Have the platform send its news there, signed with `secret` where it lets us choose; returns the topics.

        Harmless to repeat: what is there stays, and what was stopped goes on. Nothing where SUBSCRIBES is False.
        """

    def unsubscribe(self, hook_url: str) -> None:
        """Have it send nothing there any more."""

    def subscriptions(self, hook_url: str) -> list[Subscription]:
        """The webhooks that go there, with their state."""
