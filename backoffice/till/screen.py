"""The customer's screen: a second device, or the tablet turned around, on which customers type their own number.

It is tied to one till by a code of six digits that staff read out. It learns nothing but what staff have opened at the
till: a masked name and points. All of it lives in the cache, for minutes: what is lost is typed again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core.cache import cache

PAIR_SECONDS = 10 * 60
ASKED_SECONDS = 2 * 60
SHOWN_SECONDS = 20
OPEN_SECONDS = 18 * 3600  # a long day


@dataclass(frozen=True, slots=True)
class Asked:
    """A number that a customer typed; `id` tells one time from the next."""

    id: str
    phone: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the customer's screen says of the member whom staff have opened."""

    id: str
    name: str  # masked
    points: int


def pairing_code(till: str) -> str:
    """A fresh code that ties one screen to this till, once, within ten minutes."""
    code = f"{secrets.randbelow(1_000_000):06}"
    cache.set(f"till:pair:{code}", till, PAIR_SECONDS)
    cache.set(f"till:open:{till}", 1, OPEN_SECONDS)
    return code


def pair(code: str) -> str | None:
    """The till of this code, which is used up by that; None when there is none."""
    digits = "".join(letter for letter in code if letter in "0123456789")[:6]
    key = f"till:pair:{digits}"
    till: str | None = cache.get(key)
    return till if till and cache.delete(key) else None  # of two at once only one deletes it


def is_open(till: str) -> bool:
    """Whether that till still wants screens."""
    return cache.get(f"till:open:{till}") is not None


def close(till: str) -> None:
    """Let its screens go."""
    cache.delete(f"till:open:{till}")


def ask(till: str, phone: str) -> None:
    """A customer typed this number (E.164). The till sees it within two seconds."""
    cache.set(f"till:asked:{till}", Asked(secrets.token_hex(4), phone), ASKED_SECONDS)


def asked(till: str) -> Asked | None:
    """The number that waits at the till."""
    waiting: Asked | None = cache.get(f"till:asked:{till}")
    return waiting


def show(till: str, name: str, points: int) -> None:
    """Staff have opened this member: the customer who waits may see it, and waits no more."""
    cache.delete(f"till:asked:{till}")
    cache.set(f"till:shown:{till}", Shown(secrets.token_hex(4), name, points), SHOWN_SECONDS)


def shown(till: str) -> Shown | None:
    """What the customer's screen is to show."""
    seen: Shown | None = cache.get(f"till:shown:{till}")
    return seen


def clear(till: str) -> None:
    """The next customer comes."""
    cache.delete(f"till:asked:{till}")
    cache.delete(f"till:shown:{till}")
