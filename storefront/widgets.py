"""What a store's widget may do: on which sites it stands, where its button is, and the secret that signs its tokens."""

from __future__ import annotations

import ipaddress
import re
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from config import encryption
from staff import audit
from staff.actors import Actor
from storefront import refusals
from storefront.models import Store

PREFIX = "dgw_"
OLD_SECRET_LIVES = timedelta(hours=24)
MOST_SITES = 10
SIDES = ("right", "left")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")

NOT_A_SITE = gettext_noop("This is no address of a site. Write it as https://www.example.com.")
NOT_SECURE = gettext_noop("The site must be reached by https://.")


class NotASite(ValueError):
    """The text is no origin that may hold the frame; the message is an untranslated sentence."""


@dataclass(frozen=True, slots=True)
class Widget:
    """The settings of one store's widget."""

    sites: tuple[str, ...]  # origins, such as "https://www.example.com"
    side: str  # of the window, where the button stands
    has_secret: bool
    hint: str  # the secret's last four characters
    old_until: datetime | None  # until when the secret before is good too

    @property
    def is_on(self) -> bool:
        """Whether any page may show it."""
        return bool(self.sites)


def widget_of(store: Store) -> Widget:
    """The widget of a store; of one that never had any, an empty one."""
    kept: dict[str, Any] = store.widget
    until = kept.get("old_until")
    return Widget(
        sites=tuple(kept.get("sites", [])),
        side=kept.get("side", SIDES[0]),
        has_secret=bool(kept.get("secret")),
        hint=kept.get("hint", ""),
        old_until=datetime.fromisoformat(until) if until else None,
    )


def valid_secrets(store: Store, at: datetime) -> list[str]:
    """The secrets a token may be signed with at this moment, newest first. None that no present key can decrypt."""
    widget = widget_of(store)
    kept = [store.widget.get("secret")]
    if widget.old_until and widget.old_until > at:
        kept.append(store.widget.get("old_secret"))
    return [plain for ciphertext in kept if ciphertext and (plain := _decrypted(ciphertext))]


@transaction.atomic
def place(store: Store, *, sites: Sequence[str], side: str, actor: Actor, at: datetime) -> Widget:
    """Let the widget stand on exactly these sites (origins, see origin_of), at that side."""
    before = widget_of(_locked(store))
    _keep(store, sites=list(dict.fromkeys(sites)), side=side)
    after = widget_of(store)
    changes = {"sites": [", ".join(before.sites), ", ".join(after.sites)], "side": [before.side, after.side]}
    changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if changed:
        _audit("storefront.widget_placed", store, actor, at, changed)
    return after


@transaction.atomic
def new_secret(store: Store, *, actor: Actor, at: datetime) -> str:
    """Make the secret that the store's server signs tokens with, shown this once; the one before works for a day."""
    kept = _locked(store).widget
    secret = PREFIX + random.token_urlsafe(32)
    old = {"old_secret": kept.get("secret", ""), "old_until": (at + OLD_SECRET_LIVES).isoformat()}
    fresh = {"secret": encryption.encrypt(secret), "hint": secret[-4:]}
    _keep(store, **(old if kept.get("secret") else {}), **fresh)
    refusals.forget(store.public_id, door=refusals.WIDGET)
    _audit("storefront.widget_secret_made", store, actor, at)
    return secret


def origin_of(text: str) -> str:
    """The origin of a site, whatever was pasted around it. Raises NotASite.

    https only; http for this very machine on an installation that is reached there. What comes back stands in a header:
    nothing but a scheme, a host name and a port.
    """
    text = text.strip().lower()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:
        raise NotASite(NOT_A_SITE) from error
    if parts.username or not (_is_local(host) or _is_public(host)):
        raise NotASite(NOT_A_SITE)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(host)):
        raise NotASite(NOT_SECURE)
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


def _is_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not host.endswith(".localhost")
    return False


def _is_local(host: str) -> bool:
    """Whether the host is this machine, and the installation is one to try things out on."""
    here = settings.DEBUG or settings.PUBLIC_HOST == "localhost"
    return here and (host in ("localhost", "127.0.0.1") or bool(re.fullmatch(r"([a-z0-9-]+\.)+localhost", host)))


def _decrypted(ciphertext: str) -> str:
    try:
        return encryption.decrypt(ciphertext)
    except InvalidToken:
        return ""


def _locked(store: Store) -> Store:
    """The row as it stands, so that two who change it at once lose nothing."""
    locked = Store.objects.select_for_update().get(pk=store.pk)
    store.widget = locked.widget
    return locked


def _keep(store: Store, **values: Any) -> None:
    store.widget = {**store.widget, **values}
    store.save(update_fields=["widget"])


def _audit(action: str, store: Store, actor: Actor, at: datetime, changes: dict[str, list[Any]] | None = None) -> None:
    audit.record(
        action, actor=actor, at=at, object_kind="store", object_id=store.pk, object_label=store.name, changes=changes
    )
