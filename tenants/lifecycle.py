"""A merchant's life after sign-up: suspended, resumed, closed, and after thirty days erased for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from tenants import alarms, directory, erasure
from tenants.models import Merchant, TrailEntry

log = structlog.get_logger(__name__)
State = Merchant.State

GRACE = timedelta(days=30)


class WrongState(ValueError):
    """The merchant is not in a state from which this can be done; the message says so to the operator."""


def suspend(merchant: Merchant, *, reason: str, actor_name: str, at: datetime) -> None:
    """Stop an active shop: its pages and hooks answer 503, its alarms wait. Raises WrongState."""
    change = {"state": State.SUSPENDED, "state_reason": reason}
    _change(merchant, [State.ACTIVE], "merchant.suspended", change, reason=reason, actor_name=actor_name, at=at)


def resume(merchant: Merchant, *, actor_name: str, at: datetime, reason: str = "") -> None:
    """Let a suspended shop go on; what waited runs at once. Raises WrongState."""
    change = {"state": State.ACTIVE, "state_reason": ""}
    _change(merchant, [State.SUSPENDED], "merchant.resumed", change, reason=reason, actor_name=actor_name, at=at)


def close(merchant: Merchant, *, reason: str, actor_name: str, at: datetime) -> None:
    """Stop a shop and erase it after GRACE. Raises WrongState."""
    change = {"state": State.CLOSING, "state_reason": reason, "erase_after": at + GRACE}
    from_states = [State.ACTIVE, State.SUSPENDED]
    with schema_context("public"), transaction.atomic():
        _change(merchant, from_states, "merchant.closed", change, reason=reason, actor_name=actor_name, at=at)
        alarms.ring("erase", at + GRACE)


def cancel_closing(merchant: Merchant, *, actor_name: str, at: datetime, reason: str = "") -> None:
    """Take a closing back within the grace: the shop is active again, as it was. Raises WrongState."""
    change = {"state": State.ACTIVE, "state_reason": "", "erase_after": None}
    _change(merchant, [State.CLOSING], "merchant.reopened", change, reason=reason, actor_name=actor_name, at=at)


def next_erasure() -> datetime | None:
    """When the next closed merchant is to be erased: the alarm's due time."""
    first: datetime | None = Merchant.objects.filter(state=State.CLOSING).aggregate(first=Min("erase_after"))["first"]
    return first


@alarms.handler("erase", due=next_erasure)
def erase_due(at: datetime) -> None:
    """Erase one merchant whose grace is over: schema, hosts, alarms, files and cache. The trail keeps its name."""
    with schema_context("public"), transaction.atomic():
        merchant = (
            Merchant.objects.select_for_update(skip_locked=True)
            .filter(state=State.CLOSING, erase_after__lte=at)
            .order_by("erase_after")
            .first()
        )
        if merchant is not None:
            erasure.erase(merchant)
            _record(merchant, "merchant.erased", actor_name="Dangol", at=at)
            log.info("merchant_erased", schema=merchant.schema_name)


def _change(
    merchant: Merchant,
    from_states: Sequence[State],
    action: str,
    change: dict[str, Any],
    *,
    reason: str,
    actor_name: str,
    at: datetime,
) -> None:
    """Lock, check, write, record; and show it here at once, elsewhere when the directory forgets (seconds)."""
    with schema_context("public"), transaction.atomic():
        row = Merchant.objects.select_for_update().exclude(schema_name="public").get(pk=merchant.pk)
        if row.state not in from_states:
            raise WrongState(_("%(merchant)s is %(state)s.") % {"merchant": row, "state": row.get_state_display()})
        for name, value in change.items():
            setattr(row, name, value)
            setattr(merchant, name, value)
        row.save(update_fields=[*change])
        _record(row, action, reason=reason, actor_name=actor_name, at=at)
        transaction.on_commit(directory.forget)


def _record(merchant: Merchant, action: str, *, actor_name: str, at: datetime, reason: str = "") -> None:
    TrailEntry.objects.create(
        at=at,
        actor_name=actor_name[:200],
        action=action,
        schema_name=merchant.schema_name,
        merchant_name=merchant.name,
        reason=reason[:300],
    )
