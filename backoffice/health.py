"""How a storefront connection is doing, in one line, judged by its latest deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from storefront.models import Delivery, Store

JUDGED = 100  # deliveries of each store
NOT_ACCEPTED = (Delivery.State.REFUSED, Delivery.State.FAILED)


@dataclass(frozen=True, slots=True)
class Health:
    """A store, a tone and a word for its badge, a sentence, and when it was last heard of."""

    store: Store
    tone: str
    word: str
    sentence: str
    last_at: datetime | None


def health_of(stores: Sequence[Store]) -> list[Health]:
    """The health of several stores in one query."""
    latest = _latest(stores)
    return [_health(store, latest[store.pk]) for store in stores]


def _latest(stores: Sequence[Store]) -> dict[int, list[tuple[str, datetime]]]:
    """State and time of the latest deliveries of each store, newest first."""
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    columns = ("store_id", "state", "received_at")
    parts = [Delivery.objects.filter(store=s).order_by("-id").values_list(*columns)[:JUDGED] for s in stores]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0] if parts else []
    for store_id, state, received_at in rows:
        found[store_id].append((state, received_at))
    return found


def _health(store: Store, latest: list[tuple[str, datetime]]) -> Health:
    last = max((received_at for _state, received_at in latest), default=None)
    states = [state for state, _received_at in latest]
    dead = states.count(Delivery.State.DEAD)
    troubled = sum(state in NOT_ACCEPTED for state in states)
    if store.disconnected_at:
        since = _("Disconnected on {day}.").format(day=formatting.day(store.disconnected_at))
        return Health(store, "neutral", _("Disconnected"), since, last)
    if not states:
        return Health(store, "info", _("Waiting"), _("Waiting for the first delivery."), None)
    if dead:
        return Health(store, "danger", _("Needs you"), _given_up(dead), last)
    if troubled:
        return Health(store, "warning", _("Look here"), _not_accepted(troubled, len(states)), last)
    return Health(store, "success", _("Working"), _all_fine(len(states)), last)


def _given_up(count: int) -> str:
    text = ngettext(
        "{count} delivery was given up. Look why, then process it again.",
        "{count} deliveries were given up. Look why, then process them again.",
        count,
    )
    return text.format(count=formatting.count(count))


def _not_accepted(count: int, of: int) -> str:
    text = ngettext(
        "{count} of the last {total} deliveries was not accepted.",
        "{count} of the last {total} deliveries were not accepted.",
        count,
    )
    return text.format(count=formatting.count(count), total=formatting.count(of))


def _all_fine(count: int) -> str:
    text = ngettext("The last delivery went well.", "The last {count} deliveries went well.", count)
    return text.format(count=formatting.count(count))
