"""Codes that a storefront's own checkout takes: what is asked for, and who can make them.

Rewards (room `loyalty`) want codes, connections to shops (room `storefront`) can make them; the two stand side by side
and do not know each other. So the wish is put into words here, below both, and the connections register as the maker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Coupon:
    """One code that can be used once. Money in minor units of `currency`."""

    code: str
    title: str
    kind: str  # amount, percent, shipping or product
    currency: str
    amount_minor: int  # of "amount"; of "product": what it is worth at most
    percent: int
    most_minor: int | None  # of "percent": the discount is at most this
    product: str  # the store's id of it; empty: all goods
    minimum_minor: int  # of the order
    starts_at: datetime
    ends_at: datetime
    account: str  # the member's account at the store; empty: none that we know


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a code decides whether a storefront can make such codes at all."""

    kind: str  # as of Coupon
    most_minor: int | None = None
    product: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether every storefront that makes codes can make this one: there is no need to ask which do."""
        return self.kind != "product" and (self.kind != "percent" or self.most_minor is None)


@dataclass(frozen=True, slots=True)
class Place:
    """A storefront that makes codes."""

    public_id: str
    name: str
    platform: str = ""  # a key of storefront.coupons.PLATFORMS


class Refused(Exception):
    """The store did not do it. `message` is "code: detail", the code one of storefront.platforms.interface.MESSAGES.

    `final`: asking again won't help until a person has acted. `rest` is how many seconds the store wants to be left
    alone, where it says.
    """

    def __init__(self, message: str, *, final: bool, rest: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.final = final
        self.rest = rest


class Maker(Protocol):
    """Who makes codes at stores. Asks over the network: no transaction may be open."""

    def places(self) -> Sequence[Place]:
        """The shop's storefronts that can make codes, oldest first."""

    def impossible(self, place: Place, wish: Wish) -> str:
        """Why this storefront can never make such a code; empty when it can. Asks nobody."""

    def make(self, place: str, coupon: Coupon, *, at: datetime) -> str:
        """Make the code; its id at the store. Made before, it is found again. Raises Refused."""

    def withdraw(self, place: str, coupon: Coupon, external_id: str, *, at: datetime) -> None:
        """See that nobody can use the code any more. Gone before, or never made, is as good. Raises Refused."""


_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """The one who makes codes, when the process starts."""
    assert not _makers, "two makers of codes"
    _makers.append(maker)


def places() -> Sequence[Place]:
    """The active shop's storefronts that can make codes, oldest first."""
    return _makers[0].places() if _makers else ()


def impossible(place: Place, wish: Wish) -> str:
    """Why this storefront can never make such a code, in one word; empty when it can.

    "limited_percent": it knows no percentage with an upper limit. "product": it finds products by their number alone.
    """
    return _makers[0].impossible(place, wish) if _makers else ""


def make(place: str, coupon: Coupon, *, at: datetime) -> str:
    """See Maker.make."""
    return _makers[0].make(place, coupon, at=at)


def withdraw(place: str, coupon: Coupon, external_id: str, *, at: datetime) -> None:
    """See Maker.withdraw."""
    _makers[0].withdraw(place, coupon, external_id, at=at)
