"""What was turned away lately, for the merchant to see what is wrong: the reason and the time, never what was sent.

Kept in the cache: a door that anybody can knock at must not write to the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

HOOK, WIDGET = "hook", "widget"  # the doors
NOWHERE = "nowhere"  # in place of a store's id: deliveries to an address that no store has
KEPT = timedelta(days=7)
DIFFERENT = 5  # reasons remembered for one store


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often deliveries (or tokens) were refused for one reason, and when last."""

    code: str
    count: int
    at: datetime


def note(store: str, code: str, *, at: datetime, door: str = HOOK) -> None:
    """Remember one refusal of the store with this public id. Two at the same moment may count as one."""
    key = _key(store, door)
    kept: dict[str, tuple[int, float]] = cache.get(key) or {}
    count, _last = kept.pop(code, (0, 0.0))
    newest = {code: (count + 1, at.timestamp()), **kept}
    cache.set(key, dict(list(newest.items())[:DIFFERENT]), timeout=int(KEPT.total_seconds()))


def lately(store: str, *, at: datetime, door: str = HOOK) -> list[Refusal]:
    """The refusals of the last days, the latest first. Empty while the cache is away."""
    kept: dict[str, tuple[int, float]] = cache.get(_key(store, door)) or {}
    return [
        Refusal(code, count, datetime.fromtimestamp(last, tz=at.tzinfo))
        for code, (count, last) in kept.items()
        if at.timestamp() - last < KEPT.total_seconds()
    ]


def forget(store: str, *, door: str = HOOK) -> None:
    """Begin anew: the secret was changed, so what was refused before says nothing."""
    cache.delete(_key(store, door))


def _key(store: str, door: str) -> str:
    return f"refused:{door}:{store[:40]}"
