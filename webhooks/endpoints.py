"""Adding endpoints and changing them: by pages, by the API, and by Dangol itself when one is beyond hope."""

from __future__ import annotations

import secrets as random
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from config import egress
from staff import audit
from staff.actors import Actor
from tenants.alarms import ring
from webhooks import signing
from webhooks.models import Endpoint, Message
from webhooks.types import TYPES

ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
MOST = 20  # endpoints of one shop
ALARM = "webhooks"


class WrongEndpoint(ValueError):
    """The endpoint cannot be so. `field` is url, types or "" (the whole); `code` says why.

    Codes of url: those of egress.Refused, "timeout" (its name was not told in time), "taken" (there is one with this
    address). Of types: "unknown_type". Of the whole: "too_many".
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


def create_endpoint(
    url: str, *, types: Collection[str] = (), actor: Actor, at: datetime, description: str = ""
) -> tuple[Endpoint, str]:
    """Add an endpoint that hears of events from now on. Returns it with its secret, which is shown this once.

    `types` are names of webhooks.types.TYPES; none: all, also those to come. Looks the name up: call outside
    transactions. Raises WrongEndpoint.
    """
    url = checked_url(url)
    secret = signing.new_secret()
    with transaction.atomic():
        _check_room(url)
        endpoint = Endpoint.objects.create(
            public_id="we_" + "".join(random.choice(ID_ALPHABET) for _ in range(16)),
            url=url,
            types=checked_types(types),
            description=description.strip()[:200],
            secrets=signing.sealed(secret, at=at),
            created_at=at,
        )
        _audit("webhook.added", endpoint, actor, at)
    return endpoint, secret


def change_endpoint(
    endpoint: Endpoint, *, url: str, types: Collection[str], description: str, actor: Actor, at: datetime
) -> Endpoint:
    """Change where it is and what it hears of. As create_endpoint otherwise. Raises WrongEndpoint."""
    if url != endpoint.url:
        url = checked_url(url)
    told = {"url": url, "types": checked_types(types), "description": description.strip()[:200]}
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        if Endpoint.objects.filter(url=url).exclude(pk=endpoint.pk).exists():
            raise WrongEndpoint("url", "taken")
        before = {field: getattr(endpoint, field) for field in told}
        changes = {field: [before[field], value] for field, value in told.items() if value != before[field]}
        if changes:
            Endpoint.objects.filter(pk=endpoint.pk).update(**told)
            _audit("webhook.changed", endpoint, actor, at, changes)
    endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def rotate_secret(endpoint: Endpoint, *, actor: Actor, at: datetime) -> str:
    """Give the endpoint a new secret and return it. For 24 hours messages carry signatures of both."""
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    secret = signing.new_secret()
    endpoint.secrets = signing.sealed(secret, at=at, before=endpoint)
    endpoint.save(update_fields=["secrets"])
    _audit("webhook.secret_rotated", endpoint, actor, at)
    return secret


@transaction.atomic
def pause(
    endpoint: Endpoint, *, actor: Actor, at: datetime, reason: Endpoint.Paused = Endpoint.Paused.BY_STAFF
) -> Endpoint:
    """Send it nothing until it is resumed; what happens meanwhile is kept for it. Nothing when it is paused already."""
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if endpoint.paused_at is not None:
        return endpoint
    endpoint.paused_at, endpoint.paused_reason = at, reason
    endpoint.save(update_fields=["paused_at", "paused_reason"])
    waiting = endpoint.messages.filter(state=Message.State.WAITING)
    waiting.update(state=Message.State.HELD, next_try_at=None)
    _audit("webhook.paused", endpoint, actor, at, reason=str(reason))
    return endpoint


@transaction.atomic
def resume(endpoint: Endpoint, *, resend: bool, actor: Actor, at: datetime) -> int:
    """Send to it again. With `resend` also all that failed or was held back meanwhile; tells how many those are."""
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if endpoint.paused_at is None:
        return 0
    since = min(filter(None, (endpoint.failing_since, endpoint.paused_at)))
    endpoint.paused_at, endpoint.paused_reason = None, ""
    endpoint.failing_since, endpoint.failures, endpoint.rest_until = None, 0, None
    endpoint.save(update_fields=["paused_at", "paused_reason", "failing_since", "failures", "rest_until"])
    held = endpoint.messages.filter(state=Message.State.HELD)
    again = _send_again(endpoint.messages.failed_since(since) | held.exclude(body=""), at) if resend else 0
    held.update(state=Message.State.SKIPPED, settled_at=at)
    _audit("webhook.resumed", endpoint, actor, at)
    ring(ALARM)
    return again


@transaction.atomic
def delete_endpoint(endpoint: Endpoint, *, actor: Actor, at: datetime) -> None:
    """Forget the endpoint with its secrets and its log."""
    _audit("webhook.deleted", endpoint, actor, at)
    endpoint.delete()


@transaction.atomic
def redeliver(message: Message, *, actor: Actor, at: datetime) -> bool:
    """Send one message again under the same id, with a fresh schedule. False when it is too old: its body is gone."""
    again = _send_again(Message.objects.filter(pk=message.pk).exclude(body=""), at)
    if again:
        _audit("webhook.redelivered", message.endpoint, actor, at)
    return bool(again)


@transaction.atomic
def redeliver_failed(endpoint: Endpoint, *, since: datetime, actor: Actor, at: datetime) -> int:
    """Send again all that failed or was held back since then, and tell how many."""
    again = _send_again(endpoint.messages.failed_since(since), at)
    if again:
        _audit("webhook.redelivered", endpoint, actor, at)
    return again


def paused_by_us() -> QuerySet[Endpoint]:
    """Endpoints that were paused because they failed, and wait for a person."""
    return Endpoint.objects.filter(paused_at__isnull=False).exclude(paused_reason=Endpoint.Paused.BY_STAFF)


def checked_url(url: str) -> str:
    """The address if messages may be sent there now. Raises WrongEndpoint."""
    url = url.strip()
    try:
        egress.check(url)
    except (egress.Refused, egress.Unreachable) as error:
        raise WrongEndpoint("url", error.reason) from None
    return url


def checked_types(types: Collection[str]) -> list[str]:
    """The names in the order of the table. Raises WrongEndpoint."""
    if not set(types) <= TYPES.keys():
        raise WrongEndpoint("types", "unknown_type")
    return [name for name in TYPES if name in types]


def _check_room(url: str) -> None:
    if Endpoint.objects.filter(url=url).exists():
        raise WrongEndpoint("url", "taken")
    if Endpoint.objects.count() >= MOST:
        raise WrongEndpoint("", "too_many")


def _send_again(messages: QuerySet[Message], at: datetime) -> int:
    again = messages.exclude(state=Message.State.SENDING).update(
        state=Message.State.WAITING, attempts=0, next_try_at=at, settled_at=None
    )
    if again:
        ring(ALARM)
    return again


def _audit(  # noqa: PLR0917
    action: str, endpoint: Endpoint, actor: Actor, at: datetime, changes: dict[str, list[Any]] | None = None,
    reason: str = "",
) -> None:  # fmt: skip
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="webhook",
        object_id=endpoint.pk,
        object_label=str(endpoint),
        changes=changes,
        reason=reason,
    )
