"""When a store's API does not tell what rules ask for of products: why, kept in `store.settings` for its page.

Only what waiting does not help is kept: a permission that is missing, an API that is closed. Orders come in all the
same, and earn by the other rules. It is tried again after some hours, and at once with a new key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from storefront.models import Store

KEY = "products"  # in Store.settings
AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Untold:
    """Since when, and why: a code of PlatformError and the platform's own words."""

    since: datetime
    tried_at: datetime
    code: str
    detail: str


def untold(store: Store) -> Untold | None:
    """What keeps the store from telling; None when nothing does, as far as we know."""
    kept = store.settings.get(KEY) or {}
    if "since" not in kept:
        return None
    since, tried_at = (datetime.fromisoformat(kept[name]) for name in ("since", "tried_at"))
    return Untold(since, tried_at, kept.get("code", ""), kept.get("detail", ""))


def may_be_asked(store: Store, at: datetime) -> bool:
    """Whether it has not refused lately."""
    known = untold(store)
    return known is None or known.tried_at + AGAIN <= at


def note(store: Store, code: str, detail: str, *, at: datetime) -> None:
    """Keep that it refused."""
    known = untold(store)
    since = known.since if known else at
    _keep(store, {"since": since.isoformat(), "tried_at": at.isoformat(), "code": code, "detail": detail})


def forget(store: Store) -> None:
    """It tells again, or has a new key."""
    if KEY in store.settings:
        _keep(store, None)


@transaction.atomic
def _keep(store: Store, kept: dict[str, str] | None) -> None:
    """Write it into the settings, beside what others keep there meanwhile."""
    locked = Store.objects.select_for_update().get(pk=store.pk)
    locked.settings.pop(KEY, None)
    if kept:
        locked.settings[KEY] = kept
    locked.save(update_fields=["settings"])
    store.settings = locked.settings
