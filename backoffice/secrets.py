"""A secret that is shown once: kept, encrypted, from the request that made it to the next page."""

from __future__ import annotations

from typing import Protocol

from cryptography.fernet import InvalidToken
from django.http import HttpRequest

from config.encryption import decrypt, encrypt

KEY = "secret_to_show"


class HasPublicId(Protocol):
    """What has an id of its own in the address of its page: a store, an outgoing webhook."""

    public_id: str


def keep_for_next_page(request: HttpRequest, holder: HasPublicId, secret: str, *, what: str = "") -> None:
    """Have its next page show this secret; `what` tells secrets of one store apart."""
    if not secret:
        return
    request.session[KEY] = [holder.public_id + what, encrypt(secret)]


def shown_once(request: HttpRequest, holder: HasPublicId, *, what: str = "") -> str:
    """The secret to show on its page, gone afterwards; empty when there is none."""
    name, ciphertext = request.session.get(KEY, ["", ""])
    if name != holder.public_id + what:
        return ""
    del request.session[KEY]
    try:
        return decrypt(ciphertext)
    except InvalidToken:
        return ""
