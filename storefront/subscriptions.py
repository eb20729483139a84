"""Whether a platform still sends us its news: webhooks registered through its API, and looked after once a day.

Shopify takes a subscription away after eight failures, WooCommerce disables one after five, both without a word. The
alarm "store_checks" asks for each store that has credentials and keeps what it found in `store.settings`:
nobody is asked while a page is shown.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from staff import audit
from staff.actors import Actor
from storefront import stores
from storefront.asking import asking
from storefront.credentials import credentials_of
from storefront.models import Store
from storefront.platforms import PLATFORMS
from storefront.platforms.interface import FOR_A_PERSON, PlatformError, Reader
from tenants.alarms import handler, ring

log = structlog.get_logger(__name__)

ALARM = "store_checks"
KEY = "subscriptions"  # in Store.settings
EVERY = timedelta(days=1)
SOONER = timedelta(hours=1)  # when the shop could not be asked
BATCH = 3  # stores in one run: each may take its seconds


@dataclass(frozen=True, slots=True)
class State:
    """How it stood when we last looked. Topics are in the platform's words."""

    checked_at: datetime
    by_hand: bool = False  # the platform's API does not tell: webhooks are set, and to be looked after, by hand
    active: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()  # the platform has them but sends nothing any more
    missing: tuple[str, ...] = ()  # we would want them, and they are not there
    trouble: str = ""  # a code of PlatformError: we could not look
    detail: str = ""
    registered: bool = False  # we have registered them once; before that, missing is no news

    @property
    def well(self) -> bool:
        """Whether nothing is to be done, as far as we know."""
        return not self.trouble and not self.stopped and not (self.missing and self.registered)


def state(store: Store) -> State | None:
    """What was found last; None when nobody has looked yet."""
    kept = store.settings.get(KEY) or {}
    if "checked_at" not in kept:
        return None
    return State(
        checked_at=datetime.fromisoformat(kept["checked_at"]),
        by_hand=kept.get("by_hand", False),
        trouble=kept.get("trouble", ""),
        detail=kept.get("detail", ""),
        registered=kept.get("registered", False),
        **{name: tuple(kept.get(name, ())) for name in ("active", "stopped", "missing")},
    )


def subscribe(store: Store, *, actor: Actor, at: datetime) -> State:
    """Have the platform send its news to us, or go on sending; returns how it stands then.

    The secret they are signed with is known here before the first comes: Shopify's is the app's, WooCommerce takes
    ours. Raises PlatformError. Harmless to repeat. Not for a transaction: the platform is asked.
    """
    secret = _signing_secret(store, actor=actor, at=at)
    with asking(store, at=at) as reader:
        topics = reader.subscribe(stores.hook_url(store), secret=secret)
        found = _look(store, reader, at, registered=bool(topics))
    with transaction.atomic():
        _keep(store, found, at + EVERY)
        _audit("storefront.subscribed", store, actor, at, topics)
    return found


def unsubscribe(store: Store, *, actor: Actor, at: datetime) -> None:
    """Have the platform send nothing here any more. Raises PlatformError. Call before the store is disconnected."""
    with asking(store, at=at) as reader:
        reader.unsubscribe(stores.hook_url(store))
        found = _look(store, reader, at, registered=False)
    with transaction.atomic():
        _keep(store, found, at + EVERY)
        _audit("storefront.unsubscribed", store, actor, at, [])


def check(store: Store, *, at: datetime) -> State:
    """Look how it stands and keep it. What goes wrong is part of the answer, not raised."""
    before = state(store)
    registered = bool(before and before.registered)
    try:
        with asking(store, at=at) as reader:
            reader.check()
            found = _look(store, reader, at, registered=registered)
    except PlatformError as error:
        log.warning("store_check_failed", store=store.pk, code=error.code)
        found = State(at, trouble=error.code, detail=error.detail, registered=registered)
    again = EVERY if not found.trouble or found.trouble in FOR_A_PERSON else SOONER
    with transaction.atomic():
        _keep(store, found, at + again)
    return found


def _earliest_due() -> datetime | None:
    return min((due for _, due in _to_check()), default=None)


@handler(ALARM, due=_earliest_due)
def run(at: datetime) -> None:
    """Look at some stores whose day is over."""
    due = sorted(((when, store.pk, store) for store, when in _to_check() if when <= at), key=lambda item: item[:2])
    for _, _, store in due[:BATCH]:
        check(store, at=at)


def _to_check() -> list[tuple[Store, datetime]]:
    """The stores that have something to ask with, each with the time of its next check."""
    found = Store.objects.filter(disconnected_at=None, kind__in=list(PLATFORMS)).exclude(credentials="")
    return [(store, _next_check(store)) for store in found]


def _next_check(store: Store) -> datetime:
    stated = (store.settings.get(KEY) or {}).get("next_check_at")
    return datetime.fromisoformat(stated) if stated else store.created_at + EVERY


def _look(store: Store, reader: Reader, at: datetime, *, registered: bool) -> State:
    if not reader.SUBSCRIBES:
        return State(at, by_hand=True)
    found = reader.subscriptions(stores.hook_url(store))
    active = tuple(sorted({subscription.topic for subscription in found if subscription.active}))
    stopped = tuple(sorted({subscription.topic for subscription in found} - set(active)))
    missing = tuple(sorted(set(PLATFORMS[store.kind].topics) - set(active) - set(stopped)))
    return State(at, active=active, stopped=stopped, missing=missing, registered=registered)


def _keep(store: Store, found: State, next_check_at: datetime) -> None:
    """Write it into the settings, beside what others keep there meanwhile."""
    locked = Store.objects.select_for_update().get(pk=store.pk)
    kept: dict[str, Any] = {name: getattr(found, name) for name in State.__slots__}
    kept |= {"checked_at": found.checked_at.isoformat(), "next_check_at": next_check_at.isoformat()}
    locked.settings[KEY] = kept
    locked.save(update_fields=["settings"])
    store.settings = locked.settings
    ring(ALARM, next_check_at)


def _signing_secret(store: Store, *, actor: Actor, at: datetime) -> str:
    """The newest secret of the store; where there is none yet, or the platform has its own, it is taken over first."""
    known = stores.valid_secrets(store, at)
    theirs = credentials_of(store).get("client_secret", "") if store.kind == Store.Kind.SHOPIFY else ""
    if theirs and theirs not in known:
        return stores.rotate_secret(store, secret=theirs, actor=actor, at=at)
    if not known and store.kind == Store.Kind.WOOCOMMERCE:
        return stores.rotate_secret(store, secret=random.token_urlsafe(32), actor=actor, at=at)
    return theirs or (known[0] if known else "")


def _audit(action: str, store: Store, actor: Actor, at: datetime, topics: list[str]) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="store",
        object_id=store.pk,
        object_label=store.name,
        changes={"topics": [None, topics]},
    )
