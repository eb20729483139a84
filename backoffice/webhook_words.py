"""Outgoing webhooks in words: how an endpoint is doing, what a try came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formatting
from webhooks.log import Health, health_of
from webhooks.models import Endpoint, Message
from webhooks.types import PING, TYPES

ERRORS = {
    "timeout": gettext_lazy("No answer in time"),
    "connection": gettext_lazy("No connection, or no proper answer"),
    "tls": gettext_lazy("The certificate is not valid for this address"),
    "scheme": gettext_lazy("Not sent: the address does not begin with https://"),
    "port": gettext_lazy("Not sent: the port is not allowed"),
    "userinfo": gettext_lazy("Not sent: the address holds a user name"),
    "private_address": gettext_lazy("Not sent: the address leads into a private network"),
    "unresolvable": gettext_lazy("Not sent: nobody knows the name in the address"),
    "malformed": gettext_lazy("Not sent: the address is not well-formed"),
    "internal": gettext_lazy("Something went wrong on our side while this was processed."),
}
TONES = {"sent": "success", "failed": "danger", "waiting": "info", "sending": "info", "held": "warning"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An endpoint with a tone and a word for its badge, a sentence, and its figures of seven days."""

    endpoint: Endpoint
    tone: str
    word: str
    sentence: str
    health: Health


@dataclass(frozen=True, slots=True)
class Try:
    """One try to send a message."""

    at: datetime | None
    result: str
    went_well: bool
    seconds: str


def shown(endpoints: Iterable[Endpoint], *, at: datetime) -> list[Shown]:
    """Each endpoint and how it is doing."""
    listed = list(endpoints)
    health = health_of(listed, at=at)
    return [_shown(endpoint, health[endpoint.pk]) for endpoint in listed]


def _shown(endpoint: Endpoint, health: Health) -> Shown:
    if endpoint.paused_at:
        tone = "neutral" if endpoint.paused_reason == Endpoint.Paused.BY_STAFF else "danger"
        return Shown(endpoint, tone, _("Paused"), endpoint.get_paused_reason_display(), health)
    if endpoint.failing_since:
        since = _("Failing since {moment}.").format(moment=formatting.moment(endpoint.failing_since))
        return Shown(endpoint, "warning", _("Failing"), since, health)
    if health.rate is None:
        return Shown(endpoint, "info", _("Waiting"), _("Nothing was sent in the last seven days."), health)
    return Shown(endpoint, "success", _("Working"), _delivered(health), health)


def _delivered(health: Health) -> str:
    text = ngettext(
        "{count} message delivered in seven days, {rate}% of those tried.",
        "{count} messages delivered in seven days, {rate}% of those tried.",
        health.delivered,
    )
    return text.format(count=formatting.count(health.delivered), rate=health.rate)


def title_of(name: str) -> str:
    """What a type of message is called."""
    if name == PING:
        return _("Test message")
    return str(TYPES[name].title) if name in TYPES else name


def tries_of(message: Message) -> list[Try]:
    """The tries of a message, the latest first."""
    return [_try(told) for told in reversed(message.tries)]


def last_result(message: Message) -> str:
    """What the last try came to; empty before the first."""
    return _try(message.tries[-1]).result if message.tries else ""


def _try(told: dict[str, Any]) -> Try:
    status = told["status"]
    result = _("Status {status}").format(status=status) if status else str(ERRORS.get(told["error"], told["error"]))
    well = status is not None and 200 <= status < 300
    seconds = _("{seconds} s").format(seconds=f"{told['seconds']:.2f}") if told["seconds"] else ""
    return Try(parse_datetime(told["at"]), result, well, seconds)
